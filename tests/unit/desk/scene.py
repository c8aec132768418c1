"""A desk to play with: says what happens, remembers what the desk asked for and how presses ended.

The tests read like an agent's day: the clock stands still unless a test lets it go on.
"""

from __future__ import annotations

from calldeck.desk import (
    AcdCommand,
    AcdLink,
    AgentFact,
    Asked,
    Button,
    Call,
    CommandResult,
    ConsoleLink,
    ContactMarked,
    DeadlinePassed,
    Desk,
    Edge,
    Event,
    Gesture,
    Held,
    HelpAcknowledged,
    MicrophoneChanged,
    Note,
    Outcome,
    Policy,
    PressOutcome,
    RequestEnded,
    Status,
    Verb,
    View,
    lamps,
    step,
)

CALL = Call("call-1", "support", 1000)
IN_CALL = frozenset({Status.RINGING, Status.TALKING, Status.HELD})
AS_SHOWN = View(Status.LOGGED_OUT, None, "what the desk shows")


class Scene:
    """One desk and its day. Starts connected to nothing, at 10,000 ms."""

    def __init__(self, **policy: object) -> None:
        self.desk = Desk.start(Policy(agent="1001", **policy))  # type: ignore[arg-type]
        self.now = 10_000
        self.commands: list[AcdCommand] = []
        self.outcomes: dict[str, list[tuple[str, str]]] = {}
        self.requests: dict[str, list[tuple[str, str]]] = {}
        self.notes: list[Note] = []
        self.edges = 0
        self.counter = 0

    def happens(self, event: Event) -> list[AcdCommand]:
        """Step the desk; give the commands of this step."""
        self.desk, results = step(self.desk, event, self.now)
        commands = [result for result in results if isinstance(result, AcdCommand)]
        self.commands += commands
        for result in results:
            if isinstance(result, PressOutcome):
                self.outcomes.setdefault(result.press, []).append((result.outcome, result.why))
            elif isinstance(result, RequestEnded):
                self.requests.setdefault(result.request, []).append((result.outcome, result.why))
            elif isinstance(result, Note):
                self.notes.append(result)
        return commands

    def fact(
        self,
        status: Status,
        *,
        call: Call | None = None,
        muted: bool | None = False,
        reason: str = "",
        cause: str = "agent",
    ) -> list[AcdCommand]:
        if call is None and status in IN_CALL:
            call = CALL
        return self.happens(AgentFact(status, reason, call, muted, cause))

    def starts(self, status: Status, call: Call | None = None) -> Scene:
        """Bring console and ACD up with the agent in this status, for long already."""
        self.happens(ConsoleLink(True))
        self.microphone(False)
        self.happens(AcdLink(True))
        self.fact(status, call=call)
        return self

    def press(self, button: Button, shown: View | None = AS_SHOWN) -> str:
        return self._edge(button, True, shown)

    def release(self, button: Button) -> str:
        return self._edge(button, False, AS_SHOWN)

    def tap(self, button: Button, shown: View | None = AS_SHOWN) -> str:
        """Press and release, and let the time pass in which a second tap could come."""
        press = self.quick_tap(button, shown)
        if self.desk.tap is not None:
            self.wait(self.desk.tap.until_ms - self.now)
        return press

    def quick_tap(self, button: Button, shown: View | None = AS_SHOWN) -> str:
        """Press and release; give the press edge's id."""
        press = self.press(button, shown)
        self.release(button)
        return press

    def held(self, button: Button) -> None:
        """The console tells that a button is still down."""
        self.happens(Held((button,), self.now % 2**30))

    def hold(self, button: Button, milliseconds: int) -> str:
        """Press a button for so long, with what the console tells meanwhile."""
        press = self.press(button)
        for _step in range(milliseconds // 100):
            self.wait(100)
            self.held(button)
        self.wait(milliseconds % 100)
        self.release(button)
        return press

    def gesture(self, gesture: Gesture) -> str:
        """Make a gesture; give the id of the press edge that has its outcome."""
        times = self.desk.policy.gestures
        match gesture:
            case Gesture.MUTE_PRESS:
                return self.tap(Button.MUTE)
            case Gesture.HOLD_PRESS:
                return self.tap(Button.HOLD)
            case Gesture.STATUS_TAP:
                return self.tap(Button.STATUS)
            case Gesture.STATUS_DOUBLE_TAP:
                self.quick_tap(Button.STATUS)
                self.wait(times.double_tap_ms // 2)
                return self.tap(Button.STATUS)
            case Gesture.STATUS_LONG_PRESS:
                return self.hold(Button.STATUS, times.long_press_ms)
            case Gesture.STATUS_LONGEST_PRESS:
                return self.hold(Button.STATUS, times.logout_press_ms)
            case Gesture.ASSIST_TAP:
                return self.tap(Button.ASSIST)
            case Gesture.ASSIST_LONG_PRESS:
                return self.hold(Button.ASSIST, times.emergency_press_ms)

    def _edge(self, button: Button, pressed: bool, shown: View | None) -> str:
        self.edges += 1
        press = f"edge-{self.edges}"
        seen = self.desk.view() if shown is AS_SHOWN else shown
        self.happens(Edge(press, button, pressed, self.now % 2**30, seen))
        return press

    def microphone(self, muted: bool) -> list[AcdCommand]:
        self.counter += 1
        return self.happens(MicrophoneChanged(muted, self.counter, "button"))

    def answer(self, outcome: Outcome = Outcome.CONFIRMED, words: str = "") -> list[AcdCommand]:
        """The ACD answers the last command."""
        return self.happens(CommandResult(self.commands[-1].number, outcome, words))

    def ask(self, verb: Verb, agent: str = "", reason: str = "") -> str:
        """Ask at a page; give the request's name."""
        self.edges += 1
        request = f"request-{self.edges}"
        self.happens(Asked(request, verb, agent, reason))
        return request

    def mark(
        self, contact: str, *, unresolved: bool | None = None, disposition: str | None = None
    ) -> str:
        """Say something of a contact at the page; give the request's name."""
        self.edges += 1
        request = f"request-{self.edges}"
        self.happens(ContactMarked(request, contact, unresolved, disposition))
        return request

    def end_of_request(self, request: str) -> tuple[str, str]:
        """The request's one outcome."""
        assert len(self.requests.get(request, [])) == 1, (request, self.requests)
        return self.requests[request][0]

    def acknowledge(self) -> None:
        """The team leader is coming."""
        assert self.desk.help is not None
        self.happens(HelpAcknowledged(self.desk.help.number))

    def wait(self, milliseconds: int) -> None:
        """Let time pass, with each deadline fired when it is due."""
        end = self.now + milliseconds
        while (deadline := self.desk.next_deadline()) is not None and deadline <= end:
            self.now = deadline
            self.happens(DeadlinePassed())
        self.now = end

    def end_of(self, press: str) -> tuple[str, str]:
        """The press's one outcome."""
        assert len(self.outcomes.get(press, [])) == 1, (press, self.outcomes)
        return self.outcomes[press][0]

    def is_open(self, press: str) -> bool:
        return press not in self.outcomes

    @property
    def asked(self) -> list[str]:
        """The verbs asked of the ACD so far."""
        return [command.verb.value for command in self.commands]

    @property
    def lamps(self) -> lamps.LampPlan:
        return lamps.plan(self.desk, self.now)
