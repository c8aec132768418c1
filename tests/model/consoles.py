"""The real console core, each of its steps taken once: `calldeck_console.core` behind a memory.

A console is kept in a normal form, as the desk is (see `desks`). It is sound because:

- all its times are compared with the present one, so they are moved together; those that lie
  farther back than the longest time they are compared with are moved to where that is;
- the session, the number of a lamp state, the token of a view and the microphone's counter are
  compared for equality and order with newer ones only, so the present one is always 1 (0: none);
- edges leave for the model's cable at once, with what they were stamped with: on their way they
  are the world's. Counters of statistics decide nothing;
- patterns are uploaded as steady lights: which slot a lamp shows is what it says, and when it
  blinks is tested elsewhere.

Contact bounce is none: a bounce time of -1 ms opens an input at once.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.model.grid import COUGH, LONGEST, NOW, UNIT

from calldeck_console import core
from calldeck_console.buttons import INPUTS, PLUG
from calldeck_console.link import Identity
from calldeck_console.state import State
from calldeck_wire import messages
from calldeck_wire.modular import MASK

NO_BOUNCE = -1


class Stamped(NamedTuple):
    """An edge as it leaves the console. `shown`: a lamp state of this session was displayed."""

    button: int
    pressed: bool
    shown: bool


class Face(NamedTuple):
    """What is to be seen and told of a console. `left`: ticks of its lease, 0 for none.

    `own_switch`: a plugged headset hangs on the switch, which goes by the console alone.
    """

    slots: bytes
    confirmed_mute: bool
    leased: bool
    left: int
    shown: bool
    muted: bool
    plugged: bool
    own_switch: bool
    net_muted: bool
    downs: int


class Turn(NamedTuple):
    """What one step of the console did. `retold`: its microphone has something new to tell."""

    console: int
    edges: tuple[Stamped, ...]
    retold: bool


Order = tuple[object, ...]


class Consoles:
    """All consoles met so far, by number."""

    def __init__(self, *, plugged: bool = True) -> None:
        self.known: list[State] = []
        self.faces: list[Face] = []
        self._ids: dict[object, int] = {}
        self._turns: dict[tuple[int, Order], Turn] = {}
        self._work = State(Identity())
        self.steps = 0
        state = State(Identity())
        state.settings.cough_ms = COUGH * UNIT
        state.settings.bounce_ms = NO_BOUNCE
        state.apply_settings()
        for slot in range(messages.FIRST_SLOT, messages.SLOTS):
            state.lamps.set_pattern(slot, 100, ())
        state.microphone.muted = False
        state.microphone.plugged = plugged
        state.inputs.level[PLUG] = state.inputs.raw[PLUG] = plugged
        state.lamps.lost_since = NOW
        self.start = self._keep(state)

    def press(self, console: int, button: int) -> Turn:
        """Press a button."""
        return self._turn(console, ("edge", button, True))

    def release(self, console: int, button: int) -> Turn:
        """Release a button."""
        return self._turn(console, ("edge", button, False))

    def plug(self, console: int, plugged: bool) -> Turn:
        """Plug a headset in, or pull it out."""
        return self._turn(console, ("edge", PLUG, plugged))

    def show(self, console: int, slots: bytes, flags: int, left: int) -> Turn:
        """Let a lamp state arrive that is valid for `left` ticks yet."""
        return self._turn(console, ("show", slots, flags, left))

    def hello(self, console: int) -> Turn:
        """Let a host begin a new session."""
        return self._turn(console, ("hello",))

    def later(self, console: int) -> Turn:
        """Let a tick pass."""
        return self._turn(console, ("later",))

    def _turn(self, console: int, order: Order) -> Turn:
        turn = self._turns.get((console, order))
        if turn is None:
            turn = self._turns[console, order] = self._take(console, order)
        return turn

    def _take(self, console: int, order: Order) -> Turn:
        self.steps += 1
        state = self._work
        self.known[console].copy_to(state)
        now = NOW
        match order:
            case ("edge", int(source), bool(level)):
                core.advance(state, now, [(source, level, now, state.view)], b"")
                if source == PLUG and not level:
                    core.advance(state, now + 1, [], b"")  # pulled out once it has held
            case ("show", bytes(slots), int(flags), int(left)):
                # The payload, but for its frame: the codec has its own tests.
                until = (now + left * UNIT) & MASK
                self._hears(state, messages.LAMPS, (2, until, flags, slots))
            case ("hello",):
                self._hears(state, messages.HELLO, (1, 1), session=2)
                state.link.welcome_due = False
            case ("later",):
                now += UNIT
                core.advance(state, now, [], b"")
        edges = tuple(
            Stamped(what & ~messages.EDGE_PRESSED, bool(what & messages.EDGE_PRESSED), bool(shown))
            for _, what, _, shown, _ in (
                state.link.edges.item(place)  # type: ignore[misc]
                for place in range(state.link.edges.count)
            )
        )
        retold = state.microphone.counter != 1
        return Turn(self._keep(state, now - NOW), edges, retold)

    def _hears(
        self,
        state: State,
        message: messages.Message,
        values: tuple[object, ...],
        session: int | None = None,
    ) -> None:
        payload = messages.encode(message, session or state.link.session, values)
        core._receive(state, payload, NOW)
        core.advance(state, NOW, [], b"")

    def _keep(self, state: State, passed: int = 0) -> int:
        _normalise(state, passed)
        key = (state.key(NOW), state.lamps.leased, state.lamps.number, bytes(state.lamps.slots))
        number = self._ids.get(key)
        if number is None:
            number = self._ids[key] = len(self.known)
            kept = State(Identity())
            state.copy_to(kept)
            self.known.append(kept)
            self.faces.append(_face(kept))
        return number


def _face(state: State) -> Face:
    lamps, microphone = state.lamps, state.microphone
    pins = core.picture(state, NOW)
    return Face(
        slots=bytes(lamps.slots),
        confirmed_mute=lamps.confirmed_mute(),
        leased=lamps.leased,
        left=(lamps.until - NOW) // UNIT if lamps.leased else 0,
        shown=bool(lamps.shown_number()),
        muted=microphone.muted,
        plugged=microphone.plugged,
        own_switch=core.inline(state) and microphone.plugged,
        net_muted=bool(pins >> core.MICROPHONE_BIT & 1),
        downs=state.inputs.down,
    )


def _normalise(state: State, passed: int) -> None:
    inputs, microphone, lamps, link = state.inputs, state.microphone, state.lamps, state.link
    oldest = NOW - LONGEST * UNIT
    for source in range(INPUTS):
        inputs.raw_ms[source] = NOW
        inputs.raw_stamp[source] = (0, 0)
        inputs.closed[source] = False
        inputs.changed_ms[source] = max(inputs.changed_ms[source] - passed, oldest)
    inputs.awake = True
    microphone.down_ms = max(microphone.down_ms - passed, oldest) if microphone.down else NOW
    microphone.was_open = microphone.was_open and microphone.down
    microphone.counter = microphone.told = 1
    microphone.cause = 0
    microphone.reported = False
    lamps.until = lamps.until - passed if lamps.leased else NOW
    lamps.lost_since = NOW
    lamps.lapses = lamps.dimmed = 0
    lamps.number = min(lamps.number, 1)
    lamps.flags = lamps.flags if lamps.leased else 0
    link.session = link.previous = link.answer_session = min(link.session, 1)
    edges = link.edges
    edges.items[:] = [None] * len(edges.items)
    edges.head = edges.base = edges.count = edges.sent = edges.sent_at = 0
    link.held_ms = NOW
    link.presses = link.received = link.unheard = 0
    link.notices.clear()
    state.birth = state.old_birth = link.session
    state.shown = lamps.shown_number()
    state.view = 1
    state.old_view = state.old_shown = 0
    state.uptime_s = 0
    state.uptime_ms = NOW
