"""What the witness at the buttons says of a storm, beside what the link says of itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields

from tests.unit.link.rig import Key, Rig

from calldeck.link.model import ConsoleEdge
from calldeck_wire.messages import BUTTON_NAMES, LAMP_COUNT
from calldeck_wire.modular import MASK

EXPIRY_MS = 1_500
"""What the daemon's settings say where nobody has changed them."""
TOLD = 3
"""So many mistakes of a storm are told in words; the rest is counted."""


@dataclass
class Outcome:
    """What came of one storm or many; words as in the summary of a run, but for the first three.

    frames: read whole by the end they were meant for. late: acted on when truly older than may be.
    wrong: everything else that must not be. stories: the first mistakes in words. shown: edges
    that came with the meaning of what was shown. wraps: of the console's clock and of its numbers.
    errors: the link's own counters.
    """

    frames: int = 0
    edges: int = 0
    late: int = 0
    presses: int = 0
    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    expired: int = 0
    reset: int = 0
    overflow: int = 0
    wrong: int = 0
    shown: int = 0
    wraps: int = 0
    connections: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    stories: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.late or self.wrong)


@dataclass(slots=True)
class Moment:
    """What the witness saw of one edge: when, which, and what the lamps showed."""

    place: int
    at_s: float
    button: int
    pressed: bool
    shown: int | None
    arrived: bool = False


class Verdict:
    """Follows one storm. It knows the console's state and the clock, and asks the link nothing."""

    def __init__(self, title: str, rig: Rig) -> None:
        self._title = title
        self._rig = rig
        self._began_s = rig.now / 1000
        self._began_console_ms = rig.console._now()
        self._moments: dict[Key, Moment] = {}
        self._newest = 0
        self._last = -1
        self._uncertain = False
        self.outcome = Outcome()

    # --- while it blows -------------------------------------------------------------------

    def tell(self, what: str, at_s: float) -> None:
        """Put a mistake into words."""
        self.outcome.wrong += 1
        self._say(what, at_s)

    def _say(self, what: str, at_s: float) -> None:
        if len(self.outcome.stories) < TOLD:
            self.outcome.stories.append(f"{self._title}: at {at_s - self._began_s:.3f} s {what}")

    def _now_s(self) -> float:
        return self._rig.now / 1000

    def _name(self, key: Key) -> str:
        moment = self._moments[key]
        what = "press" if moment.pressed else "release"
        at_s = moment.at_s - self._began_s
        name = BUTTON_NAMES[moment.button]
        return f"the {what} of {name} at {at_s:.3f} s (birth {key[0]:08x}, sequence {key[1]})"

    def before_toggle(self, button: int, now_s: float) -> None:
        """Look at the console just before a finger moves."""
        state = self._rig.console.state
        if state.birth == 0:
            return
        key = (state.birth, state.link.edges.next_number())
        if key in self._moments:
            self.tell(f"the console gives {self._name(key)} and another edge one number", now_s)
        self.outcome.wraps += key[1] == 0 and self._newest == MASK
        self._newest = key[1]
        pressed = not self._rig.hand.down[button]
        self._moments[key] = Moment(len(self._moments), now_s, button, pressed, self._displayed())
        if not self._rig.listener.ups:
            self._rig.hand.known.early = [k for k, m in self._moments.items() if m.pressed]

    def _displayed(self) -> int | None:
        """Return the number that the lamps show, read from their pins; None for link lost."""
        console = self._rig.console
        if not console.state.lamps.leased:
            return None
        return console.pins & ((1 << LAMP_COUNT) - 1)

    def reset(self, bite: Callable[[], None]) -> None:
        """Let the console lose its memory."""
        self._uncertain = self._uncertain or bite == self._rig.hand.power_cycle
        bite()

    def arrived(self, edge: ConsoleEdge, now_s: float) -> None:
        """Judge an edge that was put on record and handed on."""
        key = (edge.birth, edge.sequence)
        moment = self._moments.get(key)
        if moment is None:
            self.tell(f"an edge came that nobody made: {edge}", now_s)
            return
        self.outcome.edges += 1
        if moment.arrived:
            self.outcome.doubled += 1
            self._say(f"{self._name(key)} came again", now_s)
            return
        moment.arrived = True
        if moment.place <= self._last:
            self.tell(f"{self._name(key)} came after a later one", now_s)
        self._last = moment.place
        if (edge.button, edge.pressed) != (moment.button, moment.pressed):
            self.tell(f"{self._name(key)} came as {edge}", now_s)
        self._judge_age(edge, key, moment, now_s)
        if edge.meaning is not None:
            self.outcome.shown += 1
            if edge.meaning != moment.shown:
                what = f"with {moment.shown} on the lamps came with {edge.meaning}"
                self.tell(f"{self._name(key)} {what}", now_s)

    def _judge_age(self, edge: ConsoleEdge, key: Key, moment: Moment, now_s: float) -> None:
        true_ms = (now_s - moment.at_s) * 1000
        # The rule of the station, which hands on what it takes at once.
        acted = edge.oldest_ms <= EXPIRY_MS
        if true_ms > edge.oldest_ms:
            self.tell(f"{self._name(key)} is {true_ms:.3f} ms old, at most {edge.oldest_ms}", now_s)
        if acted and true_ms > EXPIRY_MS:
            self.outcome.late += 1
            self._say(f"{self._name(key)} would be acted on, {true_ms:.3f} ms old", now_s)
        if edge.pressed and not acted:
            self.outcome.expired += 1

    # --- at the end -----------------------------------------------------------------------

    def at_the_end(self, frames: int) -> Outcome:
        """Say what became of each press, and whether the link's own account says the same."""
        outcome, known, now_s = self.outcome, self._rig.hand.known, self._now_s()
        outcome.frames = frames
        outcome.errors = Counter(self._rig.session.errors)
        outcome.connections = self._rig.port.connections
        outcome.wraps += self._rig.console._now() < self._began_console_ms
        presses = {key for key, moment in self._moments.items() if moment.pressed}
        missing = {key for key in presses if not self._moments[key].arrived}
        reset = missing.intersection(known.pending_at_reset)
        overflow = missing.intersection(known.dropped)
        if set(known.presses) != presses:
            self.tell("the hand and the witness disagree about what was pressed", now_s)
        if reset & overflow:
            self.tell("a press is explained twice", now_s)
        for key in sorted(missing - reset - overflow):
            outcome.lost += 1
            self._say(f"{self._name(key)} is lost", now_s)
        outcome.presses = len(presses)
        outcome.delivered = len(presses - missing)
        outcome.reset, outcome.overflow = len(reset), len(overflow)
        self._compare_accounts(presses, missing, reset, overflow)
        return outcome

    def _compare_accounts(
        self, presses: set[Key], missing: set[Key], reset: set[Key], overflow: set[Key]
    ) -> None:
        """Hold the link's account against the truth.

        It must name every press, but where only the console knew better it may be mistaken:
        a press from before the first answer that never arrives may be one of an earlier run; a
        power cut takes figures with it that nobody had been told, so that the account knows of
        fewer presses; and it cannot tell which of the dropped ones had arrived before, so that it
        may take as many for dropped that a reset took.
        """
        known = self._rig.hand.known
        counts = self._rig.session.account.counts()
        doubtful = len(missing.intersection(known.early))
        arrived_and_dropped = len((presses - missing).intersection(known.dropped))
        explained = len(reset | overflow)
        unknown = len(presses) if self._uncertain else doubtful
        for name, told, least, most in (
            ("lost", counts.lost, 0, 0),
            ("delivered", counts.delivered, self.outcome.delivered, self.outcome.delivered),
            ("duplicated", counts.duplicated, self.outcome.doubled, self.outcome.doubled),
            ("sent", counts.sent, len(presses) - unknown, len(presses)),
            ("explained", counts.reset + counts.overflow, explained - unknown, explained),
            ("reset", counts.reset, len(reset) - unknown - arrived_and_dropped, len(reset)),
            (
                "overflow",
                counts.overflow,
                len(overflow) - unknown,
                len(overflow) + arrived_and_dropped,
            ),
        ):
            if not least <= told <= most:
                truth = f"{least}" if least == most else f"{least} to {most}"
                self.tell(f"the account says {told} {name}, and it is {truth}", self._now_s())
