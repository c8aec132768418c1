"""The simulated call centre, watched from outside on its own clock."""

from __future__ import annotations

from typing import Any

import pytest

from calldeck.acd.simulated import SimulatedSwitch, SwitchSettings
from calldeck.acd.simulated.happenings import happen
from calldeck.acd.simulated.records import AgentReport, CommandReport, QueueReport, Report
from calldeck.desk import AcdCommand, Channel, Direction, Outcome, Status, Verb

AGENT = "1001"


class Centre:
    """A switch without made-up callers, and one agent to command."""

    def __init__(self, **settings: Any) -> None:
        chosen = {"callers_per_minute": 0.0, "talk_s": (10.0, 10.0), **settings}
        self.switch = SimulatedSwitch(SwitchSettings(**chosen), seed=1)
        self.number = 0

    def ask(self, verb: Verb, argument: str = "", call: str | None = None) -> list[Report]:
        """Give a command and let it be processed."""
        self.number += 1
        command = AcdCommand(self.number, verb, AGENT, call, argument, None)
        self.switch.submit(command, self.switch.now_s)
        return self.later(0.005)

    def happens(self, name: str, **arguments: object) -> list[Report]:
        happen(self.switch, name, arguments, agent=AGENT, at_s=self.switch.now_s)
        return self.later(0)

    def later(self, seconds: float) -> list[Report]:
        return list(self.switch.advance(self.switch.now_s + seconds))

    def is_available(self) -> Centre:
        self.ask(Verb.LOGIN)
        self.ask(Verb.READY)
        self.later(1)
        return self

    def is_talking(self) -> Centre:
        self.is_available().happens("call")
        self.happens("answer")
        assert self.agent.status is Status.TALKING
        return self

    @property
    def agent(self) -> AgentReport:
        return self.switch.agent_report(AGENT)

    @property
    def counts(self) -> tuple[int, int, int]:
        counters = self.switch.counters
        return counters.offered, counters.answered, counters.abandoned


def agents(reports: list[Report]) -> list[Status]:
    return [report.status for report in reports if isinstance(report, AgentReport)]


def answers(reports: list[Report]) -> list[tuple[Outcome, str]]:
    return [(r.outcome, r.words) for r in reports if isinstance(r, CommandReport)]


def test_a_call_from_arrival_to_the_end_of_work() -> None:
    centre = Centre(answer_after_s=2.0, after_call_work_s=20.0).is_available()
    assert agents(centre.happens("call", caller="+12025550123")) == [Status.RINGING]
    assert (centre.agent.cause, centre.agent.call is not None) == ("call_offered", True)
    assert centre.counts == (1, 0, 0)
    assert agents(centre.later(1.9)) == []
    assert agents(centre.later(0.1)) == [Status.TALKING]
    assert centre.counts == (1, 1, 0)
    assert agents(centre.later(10)) == [Status.AFTER_CALL_WORK]
    assert (centre.agent.call, centre.agent.cause) == (None, "customer_hung_up")
    assert agents(centre.later(20)) == [Status.AVAILABLE]
    assert centre.agent.cause == "work_time_over"


def test_a_command_takes_its_time_and_is_answered_before_its_effect_is_told() -> None:
    centre = Centre(processing_s=0.05)
    command = AcdCommand(7, Verb.LOGIN, AGENT, None, "start", None)
    centre.switch.submit(command, 1.0)
    assert centre.switch.next_at() == pytest.approx(1.05)
    assert centre.later(1.04) == []
    answer, fact = centre.later(0.01)
    assert isinstance(answer, CommandReport)
    assert (answer.number, answer.outcome) == (7, Outcome.CONFIRMED)
    assert isinstance(fact, AgentReport)
    assert (fact.status, fact.reason, fact.cause) == (Status.NOT_READY, "start", "agent")


def test_after_call_work_of_no_length_waits_for_the_agent() -> None:
    centre = Centre(after_call_work_s=0.0).is_talking()
    centre.happens("hang_up")
    centre.later(100_000)
    assert centre.agent.status is Status.AFTER_CALL_WORK
    assert answers(centre.ask(Verb.END_WORK)) == [(Outcome.CONFIRMED, "")]
    assert (centre.agent.status, centre.agent.cause) == (Status.AVAILABLE, "agent")


def test_work_ended_by_the_agent_leaves_no_timer_behind() -> None:
    centre = Centre(after_call_work_s=20.0).is_talking()
    centre.happens("hang_up")
    centre.ask(Verb.NOT_READY, "break")
    assert agents(centre.later(100)) == []
    assert (centre.agent.status, centre.agent.reason) == (Status.NOT_READY, "break")


def test_no_call_rings_in_after_call_work_or_when_not_ready() -> None:
    centre = Centre(after_call_work_s=20.0, patience_s=1000).is_talking()
    centre.happens("call")
    centre.happens("hang_up")
    assert agents(centre.later(19.9)) == []
    centre.ask(Verb.NOT_READY)
    centre.later(50)
    assert centre.switch.queue_report().waiting == 1


def test_a_not_ready_right_after_work_comes_before_the_next_call() -> None:
    centre = Centre(after_call_work_s=1.0, patience_s=1000).is_talking()
    centre.happens("call")
    centre.happens("hang_up")
    assert agents(centre.later(1.0)) == [Status.AVAILABLE]
    assert answers(centre.ask(Verb.NOT_READY)) == [(Outcome.CONFIRMED, "")]
    assert agents(centre.later(100)) == []


def test_who_has_just_become_available_is_not_offered_the_next_arrival_at_once() -> None:
    centre = Centre(offer_after_s=0.5)
    centre.ask(Verb.LOGIN)
    centre.ask(Verb.READY)
    assert agents(centre.happens("call")) == []
    assert agents(centre.later(0.49)) == []
    assert agents(centre.later(0.02)) == [Status.RINGING]


@pytest.mark.parametrize("end", ["abandon", "work ended by the agent", "work left for a break"])
def test_a_call_that_is_over_leaves_nothing_to_come(end: str) -> None:
    centre = Centre(answer_after_s=5, after_call_work_s=20).is_available()
    centre.happens("call")
    if end == "abandon":
        centre.happens("abandon")
    else:
        centre.happens("answer")
        centre.happens("hang_up")
        centre.ask(Verb.END_WORK if "agent" in end else Verb.NOT_READY)
    centre.later(0.2)
    assert centre.switch.next_at() is None


def test_hold_stops_the_customers_talk_time() -> None:
    centre = Centre().is_talking()
    centre.later(4)
    assert agents(centre.ask(Verb.HOLD)) == [Status.HELD]
    assert agents(centre.later(60)) == []
    assert agents(centre.ask(Verb.RESUME)) == [Status.TALKING]
    assert agents(centre.later(5.9)) == []
    assert agents(centre.later(0.1)) == [Status.AFTER_CALL_WORK]


def test_a_customer_may_hang_up_on_hold() -> None:
    centre = Centre().is_talking()
    centre.ask(Verb.HOLD)
    assert agents(centre.happens("hang_up")) == [Status.AFTER_CALL_WORK]
    assert agents(centre.later(10)) == []


def test_mute_lasts_no_longer_than_the_call() -> None:
    centre = Centre().is_talking()
    (_, fact) = centre.ask(Verb.MUTE)
    assert isinstance(fact, AgentReport)
    assert fact.muted
    centre.ask(Verb.HOLD)
    assert centre.agent.muted
    centre.happens("hang_up")
    assert not centre.agent.muted


def test_asking_for_what_is_so_already_is_no_error_and_no_news() -> None:
    centre = Centre().is_talking()
    for verb in (Verb.UNMUTE, Verb.RESUME, Verb.LOGIN):
        reports = centre.ask(verb)
        assert answers(reports) == [(Outcome.CONFIRMED, "")]
        assert agents(reports) == []


@pytest.mark.parametrize("verb", [Verb.READY, Verb.NOT_READY, Verb.END_WORK, Verb.LOGOUT])
def test_nothing_but_its_end_ends_a_call(verb: Verb) -> None:
    centre = Centre().is_talking()
    assert answers(centre.ask(verb))[0][0] is Outcome.DENIED
    assert centre.agent.status is Status.TALKING


@pytest.mark.parametrize("verb", [Verb.HOLD, Verb.RESUME, Verb.MUTE, Verb.UNMUTE])
def test_a_command_for_another_call_is_denied(verb: Verb) -> None:
    centre = Centre().is_talking()
    assert answers(centre.ask(verb, call="call-99999")) == [(Outcome.DENIED, "that call is over")]
    centre.happens("hang_up")
    assert answers(centre.ask(verb))[0][0] is Outcome.DENIED


@pytest.mark.parametrize("verb", [Verb.READY, Verb.NOT_READY, Verb.END_WORK])
def test_who_is_logged_out_can_do_nothing_but_log_in(verb: Verb) -> None:
    centre = Centre()
    assert answers(centre.ask(verb))[0][0] is Outcome.DENIED
    assert centre.agent.status is Status.LOGGED_OUT


def test_a_caller_loses_patience_in_the_queue() -> None:
    centre = Centre(patience_s=30)
    reports = centre.happens("call")
    assert [r.waiting for r in reports if isinstance(r, QueueReport)] == [1]
    centre.later(29)
    assert centre.counts == (1, 0, 0)
    reports = centre.later(1)
    assert [r.waiting for r in reports if isinstance(r, QueueReport)] == [0]
    assert centre.counts == (1, 0, 1)


def test_a_caller_loses_patience_while_it_rings() -> None:
    centre = Centre(answer_after_s=None).is_available()
    centre.happens("call", patience_s=3.0)
    reports = centre.later(3)
    assert agents(reports) == [Status.AVAILABLE]
    assert centre.agent.cause == "caller_abandoned"
    assert centre.counts == (1, 0, 1)
    centre.happens("answer")
    assert centre.agent.status is Status.AVAILABLE


def test_an_answered_caller_has_all_the_patience_in_the_world() -> None:
    centre = Centre(talk_s=(100, 100), patience_s=5).is_talking()
    centre.later(90)
    assert centre.counts == (1, 1, 0)
    assert centre.agent.status is Status.TALKING


def test_an_unanswered_ring_returns_to_the_queue_and_forces_not_ready() -> None:
    centre = Centre(answer_after_s=None, ring_no_answer_s=20, patience_s=60).is_available()
    centre.happens("call")
    arrived = centre.switch.now_s
    centre.later(20)
    agent = centre.agent
    assert (agent.status, agent.reason, agent.cause) == (Status.NOT_READY, "no-answer", "no_answer")
    queue = centre.switch.queue_report()
    assert (queue.waiting, queue.oldest_since_s) == (1, arrived)
    centre.later(40)
    assert centre.counts == (1, 0, 1)


def test_the_longest_waiting_is_served_first() -> None:
    centre = Centre(patience_s=1000).is_talking()
    centre.happens("call")
    first = centre.switch.queue_report().oldest_since_s
    centre.later(5)
    centre.happens("call")
    centre.happens("hang_up")
    centre.ask(Verb.END_WORK)
    centre.later(0.2)
    assert centre.agent.status is Status.RINGING
    assert centre.switch.queue_report().oldest_since_s == pytest.approx((first or 0) + 5)


def test_the_longest_idle_agent_is_offered_the_call() -> None:
    switch = SimulatedSwitch(
        SwitchSettings(callers_per_minute=0), agents=[("a", "1"), ("b", "2"), ("c", "3")]
    )
    for number, (agent, at_s) in enumerate([("b", 1.0), ("c", 2.0), ("a", 3.0)]):
        switch.submit(AcdCommand(2 * number, Verb.LOGIN, agent, None, "", None), at_s)
        switch.submit(AcdCommand(2 * number + 1, Verb.READY, agent, None, "", None), at_s)
    switch.advance(10)
    for _ in range(2):
        happen(switch, "call", {}, agent="a", at_s=10)
    switch.advance(10)
    statuses = [switch.agent_report(agent).status for agent in "abc"]
    assert statuses == [Status.AVAILABLE, Status.RINGING, Status.RINGING]


class TestHappenings:
    def test_abandon_takes_the_longest_waiting(self) -> None:
        centre = Centre()
        centre.happens("call")
        centre.later(1)
        centre.happens("call")
        centre.happens("abandon")
        assert centre.switch.queue_report().oldest_since_s == 1.0
        assert centre.counts == (2, 0, 1)

    def test_refuse_denies_the_next_commands_with_these_words(self) -> None:
        centre = Centre()
        centre.happens("refuse", count=2, words="full moon")
        for _ in range(2):
            assert answers(centre.ask(Verb.LOGIN)) == [(Outcome.DENIED, "full moon")]
        assert centre.agent.status is Status.LOGGED_OUT
        assert answers(centre.ask(Verb.LOGIN)) == [(Outcome.CONFIRMED, "")]

    def test_silent_gives_no_answer_and_no_effect_until_over(self) -> None:
        centre = Centre()
        centre.happens("silent", for_s=5)
        assert centre.ask(Verb.LOGIN) == []
        assert centre.later(10) == []
        assert centre.agent.status is Status.LOGGED_OUT
        assert answers(centre.ask(Verb.LOGIN)) == [(Outcome.CONFIRMED, "")]

    def test_calls_go_on_while_the_switch_is_silent(self) -> None:
        centre = Centre(answer_after_s=1.0).is_available()
        centre.happens("silent", for_s=60)
        assert agents(centre.happens("call")) == [Status.RINGING]
        assert agents(centre.later(1)) == [Status.TALKING]

    def test_force_sets_a_status_with_its_cause(self) -> None:
        centre = Centre().is_available()
        centre.happens("force", status="not_ready", reason="training", cause="Ms Keller")
        agent = centre.agent
        assert (agent.status, agent.reason, agent.cause) == (
            Status.NOT_READY,
            "training",
            "Ms Keller",
        )

    @pytest.mark.parametrize("status", ["not_ready", "logged_out"])
    def test_force_in_a_call_counts_from_its_end(self, status: str) -> None:
        centre = Centre(after_call_work_s=5).is_talking()
        assert centre.happens("force", status=status, cause="Ms Keller") == []
        centre.later(10)
        assert centre.agent.status is Status.AFTER_CALL_WORK
        centre.later(5)
        assert (centre.agent.status, centre.agent.cause) == (Status(status), "Ms Keller")

    def test_force_while_ringing_gives_the_call_back(self) -> None:
        centre = Centre(answer_after_s=2).is_available()
        centre.happens("call")
        centre.happens("force", status="logged_out")
        assert (centre.agent.status, centre.agent.cause) == (Status.LOGGED_OUT, "supervisor")
        assert centre.switch.queue_report().waiting == 1
        centre.later(5)
        assert centre.agent.status is Status.LOGGED_OUT

    def test_what_makes_no_sense_now_changes_nothing(self) -> None:
        centre = Centre().is_available()
        before = centre.agent
        for name in ("answer", "hang_up", "abandon"):
            assert centre.happens(name) == []
        assert centre.agent.status is before.status
        assert centre.counts == (0, 0, 0)

    @pytest.mark.parametrize(
        "name, arguments, says",
        [
            ("earthquake", {}, "call, outbound, answer"),
            ("answer", {"loud": True}, "loud"),
            ("call", {"queue": "sales"}, "queue"),
            ("call", {"patience_s": 0}, "patience_s"),
            ("call", {"caller": 5}, "caller"),
            ("call", {"channel": "pigeon"}, "voice, video"),
            ("outbound", {"queue": "support"}, "queue"),
            ("outbound", {"channel": 3}, "channel"),
            ("refuse", {"count": 0}, "count"),
            ("refuse", {"count": True}, "count"),
            ("silent", {}, "for_s"),
            ("silent", {"for_s": float("nan")}, "for_s"),
            ("force", {"status": "ringing"}, "not_ready"),
        ],
    )
    def test_a_happening_without_sense_is_refused_by_name(
        self, name: str, arguments: dict[str, object], says: str
    ) -> None:
        centre = Centre()
        with pytest.raises(ValueError, match=says):
            centre.happens(name, **arguments)
        assert centre.switch.next_at() is None

    def test_help_and_an_emergency_are_told_apart(self) -> None:
        centre = Centre().is_talking()
        assert answers(centre.ask(Verb.EMERGENCY)) == [(Outcome.CONFIRMED, "")]
        emergency_s = centre.switch.now_s
        assert answers(centre.ask(Verb.ASSIST, call="call-of-before")) == [(Outcome.CONFIRMED, "")]
        assert centre.switch.emergencies == [(emergency_s, AGENT)]
        assert centre.switch.assists == [(centre.switch.now_s, AGENT)]


class TestChannels:
    @pytest.mark.parametrize("verb", [Verb.HOLD, Verb.RESUME, Verb.MUTE, Verb.UNMUTE])
    @pytest.mark.parametrize("channel", Channel)
    def test_only_who_hears_the_agent_can_be_held_and_muted(
        self, channel: Channel, verb: Verb
    ) -> None:
        centre = Centre().is_available()
        centre.happens("call", channel=channel.value)
        centre.happens("answer")
        assert centre.agent.call is not None
        assert centre.agent.call.channel is channel
        assert centre.agent.call.direction is Direction.INBOUND
        outcome, words = answers(centre.ask(verb))[0]
        assert (outcome is Outcome.CONFIRMED, not words) == (channel.has_voice,) * 2
        assert centre.agent.status is (
            Status.HELD if channel.has_voice and verb is Verb.HOLD else Status.TALKING
        )

    def test_a_contact_without_a_voice_ends_as_a_call_does(self) -> None:
        centre = Centre(answer_after_s=1.0, after_call_work_s=5.0).is_available()
        centre.happens("call", channel="email")
        assert agents(centre.later(1)) == [Status.TALKING]
        assert agents(centre.later(10)) == [Status.AFTER_CALL_WORK]
        assert agents(centre.later(5)) == [Status.AVAILABLE]
        assert centre.counts == (1, 1, 0)


class TestOutbound:
    def placed(self, ready: bool = False, **settings: Any) -> Centre:
        centre = Centre(**settings)
        centre.ask(Verb.LOGIN, "callbacks")
        if ready:
            centre.ask(Verb.READY)
        assert agents(centre.happens("outbound", caller="+12025550123")) == [Status.RINGING]
        return centre

    @pytest.mark.parametrize("ready", [False, True])
    def test_it_rings_at_the_customers_until_they_answer(self, ready: bool) -> None:
        centre = self.placed(ready, answer_after_s=1.0)
        assert centre.agent.call is not None
        assert centre.agent.call.direction is Direction.OUTBOUND
        assert (centre.agent.call.queue, centre.agent.cause) == ("", "agent")
        assert answers(centre.ask(Verb.ANSWER))[0][0] is Outcome.DENIED
        centre.switch.set_auto_answer("201", 0.5)
        assert agents(centre.later(10)) == [], "the agent's phone does not answer for them"
        assert agents(centre.happens("answer")) == [Status.TALKING]
        assert centre.agent.cause == "call_answered"
        assert agents(centre.ask(Verb.HOLD)) == [Status.HELD]
        assert agents(centre.happens("hang_up")) == [Status.AFTER_CALL_WORK]
        assert centre.counts == (0, 0, 0), "nobody has reached a queue"

    @pytest.mark.parametrize(
        "ready, status, reason",
        [(False, Status.NOT_READY, "callbacks"), (True, Status.AVAILABLE, "")],
    )
    @pytest.mark.parametrize(
        "end, cause",
        [
            ("nobody answers", "customer_not_reached"),
            ("customer declines", "customer_hung_up"),
            ("agent hangs up", "agent_hung_up"),
        ],
    )
    def test_one_that_is_not_answered_leaves_the_agent_what_they_were(
        self, ready: bool, status: Status, reason: str, end: str, cause: str
    ) -> None:
        centre = self.placed(ready, ring_no_answer_s=20)
        assert agents(centre.later(19.9)) == []
        if end == "customer declines":
            centre.happens("hang_up")
        elif end == "agent hangs up":
            centre.ask(Verb.HANG_UP)
        centre.later(0.2)
        agent = centre.agent
        assert (agent.status, agent.reason, agent.cause) == (status, reason, cause)
        assert centre.switch.callers == {}
        assert agents(centre.later(100)) == []

    def test_a_supervisors_word_counts_from_its_end(self) -> None:
        centre = self.placed()
        assert centre.happens("force", status="logged_out") == []
        centre.happens("abandon")
        assert centre.agent.status is Status.RINGING, "it is no caller who waits"
        centre.happens("hang_up")
        assert (centre.agent.status, centre.agent.cause) == (Status.LOGGED_OUT, "supervisor")

    def test_who_is_busy_or_logged_out_places_none(self) -> None:
        centre = Centre()
        assert centre.happens("outbound") == []
        centre.is_talking()
        assert centre.happens("outbound") == []
        centre.happens("hang_up")
        assert centre.happens("outbound") == []

    def test_a_caller_waits_meanwhile(self) -> None:
        centre = self.placed(ready=True, patience_s=100)
        centre.happens("call")
        assert centre.switch.queue_report().waiting == 1
        centre.happens("hang_up")
        centre.later(0.2)
        assert centre.agent.call is not None
        assert centre.agent.call.direction is Direction.INBOUND


class TestMadeUpCallers:
    def busy(self, seed: int, *, answer: bool = True) -> tuple[list[Report], SimulatedSwitch]:
        settings = SwitchSettings(callers_per_minute=12, answer_after_s=2.0 if answer else None)
        switch = SimulatedSwitch(settings, seed=seed)
        switch.submit(AcdCommand(1, Verb.LOGIN, AGENT, None, "", None), 0)
        switch.submit(AcdCommand(2, Verb.READY, AGENT, None, "", None), 0)
        return list(switch.advance(600)), switch

    def test_the_same_seed_gives_the_same_day(self) -> None:
        assert self.busy(7)[0] == self.busy(7)[0]
        assert self.busy(7)[0] != self.busy(8)[0]

    def test_one_step_or_many_make_the_same_day(self) -> None:
        whole, _ = self.busy(7)
        settings = SwitchSettings(callers_per_minute=12)
        switch = SimulatedSwitch(settings, seed=7)
        switch.submit(AcdCommand(1, Verb.LOGIN, AGENT, None, "", None), 0)
        switch.submit(AcdCommand(2, Verb.READY, AGENT, None, "", None), 0)
        parts = [report for second in range(601) for report in switch.advance(float(second))]
        assert parts == whole

    def test_the_rate_is_kept(self) -> None:
        settings = SwitchSettings(callers_per_minute=12)
        switch = SimulatedSwitch(settings, seed=3)
        switch.advance(60 * 1000)
        mean, deviation = 12_000, 12_000**0.5
        assert abs(switch.counters.offered - mean) < 4 * deviation

    def test_what_agents_do_never_changes_who_calls_when(self) -> None:
        answered, ignored = self.busy(7)[1], self.busy(7, answer=False)[1]
        assert answered.counters.offered == ignored.counters.offered
        assert answered.counters.answered > ignored.counters.answered

    def test_stopped_arrivals_stay_stopped(self) -> None:
        switch = SimulatedSwitch(SwitchSettings(), seed=1)
        switch.stop_arrivals()
        switch.advance(10_000)
        assert switch.counters.offered == 0
        assert switch.next_at() is None


def test_the_clock_never_goes_back() -> None:
    switch = SimulatedSwitch(SwitchSettings())
    switch.advance(5)
    with pytest.raises(ValueError, match="5"):
        switch.advance(4.9)


def test_no_report_and_no_representation_holds_a_callers_number() -> None:
    centre = Centre(patience_s=100).is_available()
    seen = repr(centre.happens("call", caller="+12025550199"))
    seen += repr(list(centre.switch.callers.values())) + repr(centre.switch.agents)
    assert "0199" not in seen


@pytest.mark.parametrize(
    "wrong",
    [
        {"callers_per_minute": -1},
        {"patience_s": 0},
        {"ring_no_answer_s": 0},
        {"answer_after_s": -0.1},
        {"talk_s": (5, 1)},
    ],
)
def test_settings_without_sense_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SwitchSettings(**wrong)
