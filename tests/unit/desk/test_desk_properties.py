"""Whatever happens, in whatever order: what the desk promises about presses, commands and lamps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from calldeck.desk import (
    REASONS,
    AcdCommand,
    AcdLink,
    AgentFact,
    Asked,
    Button,
    Call,
    Channel,
    CommandResult,
    ConsoleLink,
    ContactMarked,
    DeadlinePassed,
    Desk,
    Direction,
    Edge,
    EdgesCancelled,
    EquipmentFault,
    Event,
    ForcedAcknowledged,
    Held,
    MicrophoneChanged,
    Outcome,
    Policy,
    PolicyChanged,
    PressOutcome,
    QueueFact,
    RequestEnded,
    Result,
    Status,
    SystemMicrophone,
    Verb,
    View,
    lamps,
    step,
    stuck,
    table,
)
from calldeck.desk.terms import VERB_BUTTON

CALLS = [
    Call("call-1", "support", 5),
    Call("call-2", "support", 6),
    Call("call-3", "support", 7, Direction.OUTBOUND),
    Call("mail-1", "support", 8, channel=Channel.EMAIL),
]
ENDS = {"refused", "noted", "cancelled", "confirmed", "denied", "timed_out", "unknown"}
LEGAL_AVAILABILITY = {
    # red, green, hold: the rows of the default profile
    ("off", "off", "off"),
    ("off", "steady", "off"),
    ("off", "flash", "off"),
    ("wink", "off", "off"),
    ("wink", "off", "flash"),
    ("wink", "off", "fast"),
    ("double", "double", "off"),
    ("blip", "off", "off"),
}
CHOICES = {
    *(tuple("steady" if lamp == place else "off" for lamp in range(5)) for place in range(5)),
    ("steady", "off", "off", "off", "steady"),
}
BARS = {("steady",) * lit + ("off",) * (5 - lit) for lit in range(6)}


class AnyDay(RuleBasedStateMachine):
    """Throws everything at a desk that can be thrown."""

    @initialize(login=st.booleans(), timeout=st.sampled_from([300, 3000]))
    def start(self, login: bool, timeout: int) -> None:
        policy = Policy("1001", login_at_start=login, command_timeout_ms=timeout)
        self.desk = Desk.start(policy)
        self.now = 0
        self.edges = 0
        self.counter = 0
        self.changes = 0
        """Changes of status or call, and losses of the ACD, as counted here."""
        self.views: list[tuple[View | None, int]] = [(None, 0), (self.desk.view(), 0)]
        self.seen: dict[str, int] = {}
        """How many changes there had been when the picture was drawn that a press was made on."""
        self.presses: dict[str, Button] = {}
        self.requests: set[str] = set()
        self.outcomes: Counter[str] = Counter()
        self.caused: Counter[str] = Counter()
        self.commands: list[AcdCommand] = []
        self.fact: AgentFact | None = None

    def _take(self, event: object) -> tuple[Result, ...]:
        before = self.desk
        self.desk, results = step(self.desk, event, self.now)  # type: ignore[arg-type]
        for result in results:
            if isinstance(result, PressOutcome):
                assert result.outcome in ENDS
                self.outcomes[result.press] += 1
                assert self.outcomes[result.press] == 1, "one outcome for each edge"
            elif isinstance(result, RequestEnded):
                self.outcomes[result.request] += 1
                assert self.outcomes[result.request] == 1, "one outcome for each request"
            elif isinstance(result, AcdCommand):
                self._check_command(before, result)
        self.views.append((self.desk.view(), self.changes))
        return results

    def _check_command(self, before: Desk, command: AcdCommand) -> None:
        assert self.desk.acd_up
        assert self.desk.confirmed, "nothing is asked on an unconfirmed state"
        last = self.commands[-1].number if self.commands else 0
        assert command.number > last
        self.commands.append(command)
        if command.press is not None:
            assert command.press in self.presses
            assert self.outcomes[command.press] == 0, "a press that has ended cannot act"
            self.caused[command.press] += 1
            assert self.caused[command.press] == 1, "no press acts twice"
            if self.presses[command.press] in (Button.HOLD, Button.STATUS):
                assert self.seen[command.press] == self.changes, "changed since it was seen"

    @rule(
        button=st.sampled_from(Button),
        pressed=st.booleans(),
        back=st.sampled_from([0, 0, 0, 1, 2, 3, 10, None]),
    )
    def edge(self, button: Button, pressed: bool, back: int | None) -> None:
        """An edge on the picture of so many steps back; None: on no picture."""
        self.edges += 1
        name = f"edge-{self.edges}"
        view, seen = (None, 0) if back is None else self.views[max(0, len(self.views) - 1 - back)]
        if pressed:
            self.presses[name] = button
            self.seen[name] = seen
        results = self._take(Edge(name, button, pressed, self.now % 2**30, view))
        acted = [r for r in results if isinstance(r, AcdCommand) and r.press == name]
        if acted and button in (Button.HOLD, Button.STATUS):
            assert view is not None
            assert (view.status, view.call) == (self.desk.status, self.desk.call_id)
        if not pressed:
            assert self.outcomes[name] == 1, "a release has its outcome at once"

    @rule(
        status=st.sampled_from(Status),
        call=st.sampled_from(CALLS),
        muted=st.booleans(),
        cause=st.sampled_from(["acd", "agent"]),
    )
    def fact_comes(self, status: Status, call: Call, muted: bool, cause: str) -> None:
        in_call = status in {Status.RINGING, Status.TALKING, Status.HELD}
        self._fact(AgentFact(status, "r", call if in_call else None, muted, cause))

    @rule(reasons=st.sampled_from([REASONS, ("break", "lunch"), ()]))
    def rules_change(self, reasons: tuple[str, ...]) -> None:
        self._take(PolicyChanged(replace(self.desk.policy, reasons=reasons)))

    def _fact(self, fact: AgentFact) -> None:
        self.fact = fact
        self.changes += (self.desk.status, self.desk.call) != (fact.status, fact.call)
        self._take(fact)

    @rule(by=st.sampled_from(["status", "acd"]), button=st.sampled_from(Button))
    def there_and_back(self, by: str, button: Button) -> None:
        """A tap on a picture that is as it was, but for what happened in between."""
        drawn = len(self.views) - 1
        back = AgentFact(self.desk.status, "r", self.desk.call, self.desk.muted, "acd")
        if by == "acd":
            self.acd_link(False)
            self.acd_link(True)
        else:
            other = Status.TALKING if back.status is Status.HELD else Status.HELD
            self._fact(replace(back, status=other))
        self._fact(back)
        for pressed in (True, False):
            self.edge(button, pressed, len(self.views) - 1 - drawn)

    @rule(buttons=st.sets(st.sampled_from(Button)), passed=st.sampled_from([-5, 0, 599, 600, 3000]))
    def held(self, buttons: set[Button], passed: int) -> None:
        """Evidence, true or not, of a button that is down; time goes on with it."""
        self.now += max(0, passed)
        self._take(Held(tuple(buttons), (self.now + min(0, passed)) % 2**30))

    @rule(muted=st.sampled_from([True, False, None]))
    def system_microphone(self, muted: bool | None) -> None:
        self._take(SystemMicrophone(muted))

    @rule(button=st.sampled_from(Button), present=st.booleans())
    def equipment(self, button: Button, present: bool) -> None:
        self._take(EquipmentFault(stuck(button), present))

    @rule(verb=st.sampled_from(list(table.REQUESTS)), reason=st.sampled_from(["break", "shrug"]))
    def asked(self, verb: Verb, reason: str) -> None:
        self._request(lambda name: Asked(name, verb, "1002", reason))

    @rule(
        call=st.sampled_from(CALLS),
        unresolved=st.sampled_from([True, False, None]),
        disposition=st.sampled_from(["resolved", "shrug", None]),
    )
    def contact_marked(self, call: Call, unresolved: bool | None, disposition: str | None) -> None:
        self._request(lambda name: ContactMarked(name, call.id, unresolved, disposition))

    def _request(self, make: Callable[[str], Event]) -> None:
        self.edges += 1
        name = f"request-{self.edges}"
        self.requests.add(name)
        self._take(make(name))

    @rule(newer=st.integers(0, 2))
    def forced_acknowledged(self, newer: int) -> None:
        if self.desk.forced is not None:
            self._take(ForcedAcknowledged(self.desk.forced.number + newer))
            assert (self.desk.forced is None) == (newer == 0)

    @rule(up=st.booleans())
    def acd_link(self, up: bool) -> None:
        self.changes += self.desk.acd_up and not up
        self._take(AcdLink(up))

    @rule(up=st.booleans())
    def console_link(self, up: bool) -> None:
        self._take(ConsoleLink(up))

    @rule()
    def cancelled(self) -> None:
        self._take(EdgesCancelled("link"))
        assert self.desk.downs == ()

    @rule(muted=st.booleans())
    def microphone(self, muted: bool) -> None:
        self.counter += 1
        self._take(MicrophoneChanged(muted, self.counter, "button"))

    @rule(waiting=st.integers(0, 12))
    def queue(self, waiting: int) -> None:
        self._take(QueueFact(waiting, self.now if waiting else None))

    @rule(back=st.integers(0, 3), outcome=st.sampled_from(Outcome))
    def answer(self, back: int, outcome: Outcome) -> None:
        if self.commands:
            number = self.commands[max(0, len(self.commands) - 1 - back)].number
            self._take(CommandResult(number, outcome, "words"))

    @rule(milliseconds=st.sampled_from([0, 1, 80, 500, 2000, 3000, 70_000]))
    def time_passes(self, milliseconds: int) -> None:
        self.now += milliseconds
        self._take(DeadlinePassed())

    @rule()
    def next_deadline(self) -> None:
        deadline = self.desk.next_deadline()
        if deadline is not None:
            self.now = deadline
            self._take(DeadlinePassed())

    @invariant()
    def time_lies_ahead(self) -> None:
        deadline = self.desk.next_deadline()
        assert deadline is None or deadline > self.now

    @invariant()
    def facts_win(self) -> None:
        if self.fact is not None:
            assert self.desk.status is self.fact.status
            assert self.desk.call == self.fact.call

    @invariant()
    def one_command_of_each_button(self) -> None:
        waiting = [wish.verb for wish in self.desk.wishes]
        assert len(waiting) <= 7  # ANSWER, HANG_UP and EMERGENCY beside one of each button
        assert sum(VERB_BUTTON.get(verb) is Button.STATUS for verb in waiting) <= 1
        assert sum(VERB_BUTTON.get(verb) is Button.HOLD for verb in waiting) <= 1
        assert sum(VERB_BUTTON.get(verb) is Button.MUTE for verb in waiting) <= 1
        assert len(set(waiting)) == len(waiting)
        if not self.desk.acd_up:
            assert waiting == []

    @invariant()
    def lamps_are_legal(self) -> None:
        plan = lamps.plan(self.desk, self.now)
        row = (plan.availability_red, plan.availability_green, plan.hold)
        assert row in LEGAL_AVAILABILITY
        assert plan.availability_blue == "off"
        bar = (plan.queue1, plan.queue2, plan.queue3, plan.queue4, plan.queue5)
        assert bar in (BARS if self.desk.choice is None else CHOICES)
        assert plan.attention in {"off", "flash", "double", "steady", "blip"}
        if not self.desk.confirmed:
            assert row == ("off", "off", "off")
            assert plan.attention == "flash"
            assert bar == ("off",) * 5
            assert not plan.confirmed_mute
            assert plan.call_active
        if plan.confirmed_mute:
            assert self.fact is not None
            assert self.fact.muted
        if self.desk.wishes or self.desk.plan is not None:
            assert plan.attention != "off", "a wish is never silent"

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        self._take(AcdLink(False))
        self._take(ConsoleLink(False))
        assert self.desk.wishes == ()
        assert self.desk.plan is None
        assert self.desk.choice is None
        self.now += 1000  # a tap that waits for another one
        self._take(DeadlinePassed())
        for press in (*self.presses, *self.requests):
            assert self.outcomes[press] == 1, f"{press} has no end"


AnyDay.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyDay = AnyDay.TestCase
