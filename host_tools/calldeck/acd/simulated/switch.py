"""The simulated switch: queues, their callers, their agents. A pure world: time is passed in.

`advance` moves the clock and hands back what the switch reports on the way. Commands and happenings
arrive at a time given with them and take effect when the clock gets there. The same seed and the
same arrivals give the same world.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from calldeck.acd.interface import Counters
from calldeck.acd.simulated.agenda import Action, Agenda
from calldeck.acd.simulated.arrivals import Arrivals
from calldeck.acd.simulated.commands import carry_out
from calldeck.acd.simulated.outbound import is_placed
from calldeck.acd.simulated.queues import Queues, ReadyAgents
from calldeck.acd.simulated.records import (
    Agent,
    AgentReport,
    Caller,
    CallerState,
    CallReport,
    CommandReport,
    QueueReport,
    Report,
    SwitchSettings,
)
from calldeck.desk import AcdCommand, Cause, Channel, Direction, Outcome, Status, Verb

MADE_UP_CALLER = "next caller"


class SimulatedSwitch:
    """A call centre. `agents`: pairs of login id and extension; more come by `hire`.

    `anchor`: the moment of the driver's clock at which the switch's clock showed which second, and
    how many of its seconds pass in one of the driver's. Whoever drives the switch keeps it here, so
    that the next driver finds the time right.
    """

    def __init__(
        self,
        settings: SwitchSettings,
        *,
        seed: int = 0,
        agents: Iterable[tuple[str, str]] = (("1001", "201"),),
    ) -> None:
        self.settings = settings
        self.now_s = 0.0
        self.counters = Counters()
        self.assists: list[tuple[float, str]] = []
        """When who asked for the team leader."""
        self.emergencies: list[tuple[float, str]] = []
        self.anchor: tuple[float, float, float] | None = None
        self.queues = Queues()
        self.queues.add(settings.queue)
        self.agents: dict[str, Agent] = {}
        for name, extension in agents:
            self.hire(name, extension).cause = Cause.STARTED
        self.callers: dict[str, Caller] = {}
        """Callers not at their end yet, in order of arrival."""
        self.refusals = 0
        self.refusal_words = ""
        self.silent_until_s = 0.0
        self._agenda = Agenda()
        self._reports: list[Report] = []
        self._made = 0
        self._placed = 0
        self._lines: list[tuple[str, tuple[str, ...]]] = [("", ())]
        self._ready = ReadyAgents(settings.offer_after_s)
        self._phones: dict[str, float | None] = {}
        self._arrivals = Arrivals(settings.callers_per_minute, settings.talk_s, seed)
        self._talk_random = random.Random(f"talk {seed}")
        self._queue_random = random.Random(f"queue {seed}")
        self._expect_caller()

    # -- the clock ---------------------------------------------------------------------------

    def next_at(self) -> float | None:
        """When something happens next by itself, in seconds of the switch's clock."""
        return self._agenda.next_at()

    def advance(self, to_s: float) -> tuple[Report, ...]:
        """Move the clock to `to_s` and give all that is reported on the way, in order.

        Raises ValueError when `to_s` lies in the past.
        """
        if to_s < self.now_s:
            raise ValueError(f"the switch's clock shows {self.now_s} s, it cannot go to {to_s} s")
        while (due := self._agenda.pop_due(to_s)) is not None:
            self.now_s, action = due
            action()
            self._tell_queue()
        self.now_s = to_s
        reports, self._reports = tuple(self._reports), []
        return reports

    def at(self, time_s: float, key: str, action: Action) -> None:
        """Let `action` happen at `time_s`, now at the earliest."""
        self._agenda.at(max(time_s, self.now_s), key, action)

    def soon(self, time_s: float, what: str, action: Action) -> None:
        """Let something from outside happen, whatever else was asked for before."""
        self._made += 1
        self.at(time_s, f"outside {self._made} {what}", action)

    # -- from outside ------------------------------------------------------------------------

    def at_phone(self, extension: str) -> Agent | None:
        """Give the agent who is logged in at a phone."""
        return next(
            (
                agent
                for agent in self.agents.values()
                if agent.extension == extension and agent.status is not Status.LOGGED_OUT
            ),
            None,
        )

    def connect(self, extension: str = "", queues: tuple[str, ...] = ()) -> int:
        """Open a line for the commands of one phone; answers name their line.

        Whoever logs in by it works at the phone `extension` and serves `queues`; empty: of theirs.
        """
        self._lines.append((extension, queues))
        return len(self._lines) - 1

    def hire(self, agent: str, extension: str, queues: tuple[str, ...] = ()) -> Agent:
        """Know an agent, who is logged out at first; one who is known keeps their phone."""
        for name in queues:
            self.queues.add(name)
        known = self.agents.get(agent)
        if known is None:
            served = queues or (self.settings.queue,)
            known = self.agents[agent] = Agent(agent, extension, served)
        elif queues:
            known.queues = queues
        return known

    def submit(self, command: AcdCommand, at_s: float, line: int = 0) -> None:
        """Take a command that reaches the switch at `at_s`."""
        due_s = max(at_s, self.now_s) + self.settings.processing_s
        self.soon(due_s, "command", partial(self._carry_out, command, line))

    def auto_answer_s(self, extension: str) -> float | None:
        """After how much ringing this phone answers by itself; None: never."""
        return self._phones.get(extension, self.settings.answer_after_s)

    def set_auto_answer(self, extension: str, seconds: float | None) -> None:
        """Let a phone answer by itself after so much ringing, or not; also one that rings."""
        self._phones[extension] = seconds
        for agent in self.agents.values():
            if agent.extension == extension:
                self._agenda.cancel(f"answer {agent.id}")
                if agent.status is Status.RINGING and not is_placed(agent):
                    self._answer_by_itself(agent)

    def stop_arrivals(self) -> None:
        """Make up no more callers."""
        self._agenda.cancel(MADE_UP_CALLER)

    def agent_report(self, agent: str) -> AgentReport:
        """Tell the whole truth about one agent. Raises KeyError for an agent not known here."""
        known = self.agents[agent]
        call = None
        if known.caller is not None:
            one = known.caller
            call = CallReport(one.id, one.queue, known.call_since_s, one.direction, one.channel)
        return AgentReport(
            self.now_s, agent, known.status, known.reason, call, known.muted, known.cause
        )

    def queue_report(self, queue: str = "") -> QueueReport:
        """Tell the state of a queue; empty: the one of those who name none."""
        return self.queues.report(queue or self.settings.queue, self.now_s)

    # -- callers -----------------------------------------------------------------------------

    def arrive(
        self,
        number: str,
        patience_s: float | None = None,
        queue: str = "",
        channel: Channel = Channel.VOICE,
    ) -> None:
        """Let a caller reach a queue now."""
        talk_s = self._talk_random.uniform(*self.settings.talk_s)
        self._arrive(number, talk_s, patience_s, queue or self.settings.queue, channel)

    def customer(self, number: str, channel: Channel) -> Caller:
        """Make the customer of a call that an agent places; it comes from no queue."""
        self._placed += 1
        talk_s = self._talk_random.uniform(*self.settings.talk_s)
        name, outbound = f"out-{self._placed:05d}", Direction.OUTBOUND
        return Caller(name, number, "", self.now_s, talk_s, 0, channel, outbound)

    def answer(self, agent: Agent) -> None:
        """Let the call be taken, by whom it rings at; nothing happens when none rings."""
        caller = agent.caller
        if agent.status is not Status.RINGING or caller is None:
            return
        self.stop_ringing(agent)
        self._agenda.cancel(f"patience {caller.id}")
        if not is_placed(agent):
            self.counters = replace(self.counters, answered=self.counters.answered + 1)
        caller.state = CallerState.WITH_AGENT
        self.change(agent, Status.TALKING, cause=Cause.CALL_ANSWERED)
        self.start_talking(agent, caller)

    def start_talking(self, agent: Agent, caller: Caller) -> None:
        """Let the customer's talk time run."""
        caller.talking_since_s = self.now_s
        self.at(self.now_s + caller.talk_s, f"talk {caller.id}", partial(self.hang_up, agent))

    def stop_talking(self, caller: Caller) -> None:
        """Let the customer's talk time stand still: they are on hold."""
        if caller.talking_since_s is not None:
            caller.talk_s = max(0.0, caller.talk_s - (self.now_s - caller.talking_since_s))
            caller.talking_since_s = None
        self._agenda.cancel(f"talk {caller.id}")

    def hang_up(self, agent: Agent, cause: str = Cause.CUSTOMER_HUNG_UP) -> None:
        """Let the call end; nothing happens when there is none."""
        caller = agent.caller
        if agent.status not in (Status.TALKING, Status.HELD) or caller is None:
            return
        self._agenda.cancel(f"talk {caller.id}")
        caller.state = CallerState.SERVED
        del self.callers[caller.id]
        caller.agent = None
        agent.caller, agent.muted = None, False
        self.change(agent, Status.AFTER_CALL_WORK, cause=cause)
        if self.settings.after_call_work_s > 0:
            end_s = self.now_s + self.settings.after_call_work_s
            self.at(end_s, f"work {agent.id}", partial(self.end_work, agent, Cause.WORK_TIME_OVER))

    def abandon_longest(self) -> None:
        """Let the caller who has waited longest, in the queue or ringing, hang up."""
        waiting = (CallerState.QUEUED, CallerState.RINGING)
        longest = next((c for c in self.callers.values() if c.state in waiting), None)
        if longest is not None:
            self._abandon(longest)

    def _expect_caller(self) -> None:
        next_s = self._arrivals.next_after(self.now_s)
        if next_s is not None:
            self.at(next_s, MADE_UP_CALLER, self._made_up_caller)

    def _made_up_caller(self) -> None:
        number, talk_s = self._arrivals.number(), self._arrivals.talk_time()
        self._expect_caller()
        names = self.queues.names
        self._arrive(
            number, talk_s, None, names[0] if len(names) == 1 else self._queue_random.choice(names)
        )

    def _arrive(
        self,
        number: str,
        talk_s: float,
        patience_s: float | None,
        queue: str,
        channel: Channel = Channel.VOICE,
    ) -> None:
        offered = self.counters.offered + 1
        self.counters = replace(self.counters, offered=offered)
        caller = Caller(f"call-{offered:05d}", number, queue, self.now_s, talk_s, offered, channel)
        self.callers[caller.id] = caller
        self.queues.put(caller)
        patience = self.settings.patience_s if patience_s is None else patience_s
        self.at(self.now_s + patience, f"patience {caller.id}", partial(self._abandon, caller))
        self.distribute()

    def _abandon(self, caller: Caller) -> None:
        self._agenda.cancel(f"patience {caller.id}")
        caller.state = CallerState.ABANDONED
        del self.callers[caller.id]
        self.counters = replace(self.counters, abandoned=self.counters.abandoned + 1)
        self.queues.take(caller)
        agent, caller.agent = caller.agent, None
        if agent is not None:
            self.stop_ringing(agent)
            agent.caller = None
            self.after_ringing(agent, Cause.CALLER_ABANDONED)

    # -- agents ------------------------------------------------------------------------------

    def change(self, agent: Agent, status: Status, *, reason: str = "", cause: str) -> None:
        """Set the agent's status and tell it."""
        if status is Status.AVAILABLE and agent.status is not Status.AVAILABLE:
            agent.available_since_s = self.now_s
            offer_s = self.now_s + self.settings.offer_after_s
            self.at(offer_s, f"offer {agent.id}", self.distribute)
            self._ready.add(agent)
        elif status is not Status.AVAILABLE:
            self._ready.remove(agent)
        agent.status, agent.reason, agent.cause = status, reason, cause
        self.tell(agent)

    def tell(self, agent: Agent) -> None:
        """Report the agent's whole truth."""
        self._reports.append(self.agent_report(agent.id))

    def end_work(self, agent: Agent, cause: str) -> None:
        """End after-call work: into what a supervisor set during the call, else available."""
        if agent.status is Status.AFTER_CALL_WORK:
            self._agenda.cancel(f"work {agent.id}")
            self._next_status(agent, cause)

    def leave_work(self, agent: Agent) -> None:
        """Forget the timer of after-call work, and what was to come after it."""
        self._agenda.cancel(f"work {agent.id}")
        agent.after_call = None

    def after_ringing(self, agent: Agent, cause: str) -> None:
        """Set the status after a call that was not answered."""
        self._next_status(agent, cause)

    def distribute(self) -> None:
        """Offer waiting calls, the longest waiting first, to the agents longest idle."""
        if not self._ready.any(self.now_s):
            return
        for caller in self.queues.longest_first():
            agent = self._ready.longest_idle(caller.queue, self.now_s)
            if agent is not None:
                self._offer(caller, agent)

    def return_to_queue(self, agent: Agent, status: Status, reason: str, cause: str) -> None:
        """Take a ringing call from the agent, who gets this status, and offer it to others."""
        caller = agent.caller
        if agent.status is not Status.RINGING or caller is None:
            return
        self.stop_ringing(agent)
        caller.state = CallerState.QUEUED
        caller.agent = None
        self.queues.put(caller)
        agent.caller, agent.after_call = None, None
        self.change(agent, status, reason=reason, cause=cause)
        self.distribute()

    def _next_status(self, agent: Agent, cause: str) -> None:
        status, reason = Status.AVAILABLE, ""
        if agent.after_call is not None:
            status, reason, cause = agent.after_call
            agent.after_call = None
        self.change(agent, status, reason=reason, cause=cause)

    def _offer(self, caller: Caller, agent: Agent) -> None:
        caller.state = CallerState.RINGING
        caller.agent = agent
        self.queues.take(caller)
        agent.caller, agent.call_since_s = caller, self.now_s
        self.change(agent, Status.RINGING, cause=Cause.CALL_OFFERED)
        no_answer = partial(
            self.return_to_queue, agent, Status.NOT_READY, "no-answer", Cause.NO_ANSWER
        )
        self.at(self.now_s + self.settings.ring_no_answer_s, f"ring {agent.id}", no_answer)
        self._answer_by_itself(agent)

    def _answer_by_itself(self, agent: Agent) -> None:
        after_s = self.auto_answer_s(agent.extension)
        if after_s is not None:
            answer_s = agent.call_since_s + after_s
            self.at(answer_s, f"answer {agent.id}", partial(self.answer, agent))

    def stop_ringing(self, agent: Agent) -> None:
        """Forget what was to come of a call that rings."""
        self._agenda.cancel(f"ring {agent.id}")
        self._agenda.cancel(f"answer {agent.id}")

    # -- commands and reports ----------------------------------------------------------------

    def _carry_out(self, command: AcdCommand, line: int) -> None:
        if self.now_s < self.silent_until_s:
            return  # no answer and no effect, as if it had been lost
        if self.refusals > 0:
            self.refusals -= 1
            self._answer(command, line, Outcome.DENIED, self.refusal_words)
            return
        extension, queues = self._lines[line]
        if command.verb is Verb.LOGIN and command.agent not in self.agents:
            self.hire(command.agent, extension)
        denied, effect = carry_out(self, command, extension)
        self._answer(command, line, Outcome.DENIED if denied else Outcome.CONFIRMED, denied)
        if command.verb is Verb.LOGIN and not denied:
            self.hire(command.agent, extension, queues)
        if effect is not None:
            effect()

    def _answer(self, command: AcdCommand, line: int, outcome: Outcome, words: str) -> None:
        report = CommandReport(self.now_s, line, command.agent, command.number, outcome, words)
        self._reports.append(report)

    def _tell_queue(self) -> None:
        self._reports += self.queues.news(self.now_s)
