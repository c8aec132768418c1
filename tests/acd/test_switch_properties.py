"""Whatever agents, callers and supervisors do: what the simulated call centre keeps to."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from calldeck.acd.simulated import SimulatedSwitch, SwitchSettings
from calldeck.acd.simulated.happenings import happen
from calldeck.acd.simulated.records import AgentReport, CallerState, CommandReport, QueueReport
from calldeck.desk import AcdCommand, Direction, Status, Verb

AGENTS = ("1001", "1002", "1003")
IN_CALL = {Status.RINGING, Status.TALKING, Status.HELD}
NEXT = {
    # what a call can do from each status; other changes come from agents and supervisors
    Status.RINGING: {Status.AVAILABLE, Status.NOT_READY},
    Status.TALKING: {Status.RINGING, Status.HELD},
    Status.HELD: {Status.TALKING},
    Status.AFTER_CALL_WORK: {Status.TALKING, Status.HELD},
}
ENDS = {CallerState.SERVED, CallerState.ABANDONED, CallerState.NOT_REACHED}
HAPPENINGS = ("call", "call", "outbound", "answer", "hang_up", "abandon")
agents = st.sampled_from(AGENTS)
seconds = st.sampled_from([0.0, 0.004, 0.2, 1.0, 7.5, 33.0])


class AnyShift(RuleBasedStateMachine):
    """Three agents, one queue, everything at once."""

    @initialize(
        seed=st.integers(0, 99),
        rate=st.sampled_from([0.0, 12.0, 120.0]),
        answer=st.sampled_from([None, 0.0, 2.0]),
        work=st.sampled_from([0.0, 3.0]),
    )
    def start(self, seed: int, rate: float, answer: float | None, work: float) -> None:
        chosen = SwitchSettings(
            callers_per_minute=rate,
            answer_after_s=answer,
            after_call_work_s=work,
            talk_s=(1.0, 9.0),
            patience_s=12.0,
            ring_no_answer_s=6.0,
        )
        self.switch = SimulatedSwitch(chosen, seed=seed, agents=[(name, name) for name in AGENTS])
        self.told = {name: self.switch.agent_report(name) for name in AGENTS}
        self.queue = self.switch.queue_report()
        self.asked: dict[int, Verb] = {}
        self.answered: Counter[int] = Counter()
        self.silences = 0
        self.ends: dict[str, CallerState] = {}

    def _advance(self, by_s: float) -> None:
        known = dict(self.switch.callers)
        last_s = self.switch.now_s
        for report in self.switch.advance(self.switch.now_s + by_s):
            assert last_s <= report.at_s <= self.switch.now_s
            last_s = report.at_s
            match report:
                case AgentReport():
                    self._agent_told(report)
                case QueueReport():
                    self.queue = report
                case CommandReport():
                    self.answered[report.number] += 1
                    assert self.answered[report.number] == 1
        for name, caller in known.items():
            if name not in self.switch.callers:
                self.ends[name] = caller.state

    def _agent_told(self, report: AgentReport) -> None:
        before = self.told[report.agent]
        if report.status in NEXT and report.status is not before.status:
            assert before.status in NEXT[report.status], (before, report)
            placed = report.call is not None and report.call.direction is Direction.OUTBOUND
            assert placed or before.status is not Status.NOT_READY, "nobody not ready is rung"
        assert (report.call is not None) == (report.status in IN_CALL)
        if report.call is not None and before.call is not None:
            assert report.call == before.call, "a call is not exchanged for another"
        assert report.cause
        self.told[report.agent] = report

    @rule(agent=agents, verb=st.sampled_from(Verb), right_call=st.booleans())
    def command(self, agent: str, verb: Verb, right_call: bool) -> None:
        call = self.told[agent].call
        named = call.id if call is not None and right_call else None
        number = len(self.asked) + 1
        self.asked[number] = verb
        command = AcdCommand(number, verb, agent, named, "reason", None)
        self.switch.submit(command, self.switch.now_s)

    @rule(agent=agents, name=st.sampled_from(HAPPENINGS))
    def world(self, agent: str, name: str) -> None:
        happen(self.switch, name, {}, agent=agent, at_s=self.switch.now_s)

    @rule(agent=agents, status=st.sampled_from(["available", "not_ready", "logged_out"]))
    def supervisor(self, agent: str, status: str) -> None:
        happen(self.switch, "force", {"status": status}, agent=agent, at_s=self.switch.now_s)

    @rule(agent=agents, count=st.integers(1, 3))
    def refuses(self, agent: str, count: int) -> None:
        happen(self.switch, "refuse", {"count": count}, agent=agent, at_s=self.switch.now_s)

    @rule(agent=agents)
    def falls_silent(self, agent: str) -> None:
        self.silences += 1
        happen(self.switch, "silent", {"for_s": 2.0}, agent=agent, at_s=self.switch.now_s)

    @rule(by_s=seconds)
    def time_passes(self, by_s: float) -> None:
        self._advance(by_s)

    @rule()
    def next_thing(self) -> None:
        due_s = self.switch.next_at()
        if due_s is not None:
            self._advance(due_s - self.switch.now_s)

    @invariant()
    def counters_agree(self) -> None:
        states = Counter(caller.state for caller in self.switch.callers.values())
        counters = self.switch.counters
        waiting = states[CallerState.QUEUED] + states[CallerState.RINGING]
        assert counters.offered == counters.answered + counters.abandoned + waiting
        assert states[CallerState.SERVED] == states[CallerState.ABANDONED] == 0
        assert states[CallerState.NOT_REACHED] == 0
        assert set(self.ends.values()) <= ENDS
        abandoned = sum(end is CallerState.ABANDONED for end in self.ends.values())
        assert abandoned <= counters.abandoned

    @invariant()
    def one_call_for_one_agent(self) -> None:
        calls = [agent.caller.id for agent in self.switch.agents.values() if agent.caller]
        assert len(calls) == len(set(calls))
        at_agents = {CallerState.RINGING, CallerState.CALLED, CallerState.WITH_AGENT}
        assert set(calls) == {
            caller.id for caller in self.switch.callers.values() if caller.state in at_agents
        }

    @invariant()
    def all_is_told(self) -> None:
        for name, told in self.told.items():
            now = self.switch.agent_report(name)
            assert (told.status, told.reason, told.call, told.muted, told.cause) == (
                now.status,
                now.reason,
                now.call,
                now.muted,
                now.cause,
            )
            if now.status not in {Status.TALKING, Status.HELD}:
                assert not now.muted
        queue = self.switch.queue_report()
        assert self.queue.waiting == queue.waiting
        assert self.queue.oldest_since_s == queue.oldest_since_s

    @invariant()
    def nobody_waits_while_somebody_is_idle(self) -> None:
        idle = [
            agent
            for agent in self.switch.agents.values()
            if agent.status is Status.AVAILABLE
            and agent.available_since_s + 0.2 < self.switch.now_s
        ]
        assert not (idle and self.switch.queue_report().waiting)

    def teardown(self) -> None:
        if not hasattr(self, "switch"):
            return
        self.switch.stop_arrivals()
        self._advance(1000)
        if not self.silences:
            assert set(self.answered) == set(self.asked), "every command is answered"
        held = sum(agent.status is Status.HELD for agent in self.switch.agents.values())
        assert len(self.switch.callers) == held, "only those on hold are still here"
        counters = self.switch.counters
        assert counters.offered == counters.answered + counters.abandoned


AnyShift.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestAnyShift = AnyShift.TestCase
