"""The host's end of the protocol: one session after another with one console.

No I/O and no clock: bytes and times come in as arguments, bytes go out through the
`send` callable, news through the listener. `connection` puts it on a byte stream.
All host times are milliseconds on one monotonic clock.
"""

import math
import struct
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace

from calldeck.errors import CalldeckError
from calldeck.link.account import PressAccount
from calldeck.link.clock import ConsoleClock
from calldeck.link.console_flight import Pieces, read
from calldeck.link.decode import (
    check_versions,
    fault_of,
    gap_of,
    microphone_of,
    restart_of,
    settings_of,
    welcome_of,
)
from calldeck.link.flight import FROM_CONSOLE, TO_CONSOLE, FlightRecorder
from calldeck.link.model import (
    ConsoleEdge,
    ConsoleStats,
    LampContent,
    Listener,
    MicrophoneReport,
    Welcome,
)
from calldeck_wire import NEWEST_PROTOCOL, OLDEST_PROTOCOL, messages
from calldeck_wire.frames import FrameReader, encode_frame
from calldeck_wire.messages import Message
from calldeck_wire.modular import MASK, add, difference
from calldeck_wire.reliable import GAP, NEW, Inbox, Outbox

# A console answers a hello within one turn of its loop; a lost answer is asked for again. Each
# time later: an answer that takes longer than this would else always belong to a hello before.
HELLO_AGAIN_MS = 250
_HELLO_LONGEST_MS = 1_000
# Twice in the shortest time in which a console may be missed (connection.SILENCE_MS) and once more;
# sixteen of them, which the clock is judged by, are too short for two crystals to drift apart.
PING_MS = 1_000
# So much sooner where something else leaves for the console: one write instead of two.
PING_EARLIER_MS = 400
# So many pings may be on their way: an answer to an older one tells of a clock too long ago.
_PINGS = 8
# Orders are carried out one at a time, so that each result belongs to its order.
ORDERS = 64
# A console confirms in a few milliseconds; far enough from that not to repeat what is being done.
ORDER_AGAIN_MS = 100
# A console sends its flight recorder within a few of its turns; so often it is asked for it.
FLIGHT_AGAIN_MS = 1_000
_FLIGHT_ASKED = 3
# After these restarts it is asked what it was doing.
_FAILURES = (messages.CAUSE_WATCHDOG, messages.CAUSE_EXCEPTION)
# These take the console's own counters with them.
_FORGETTING = (messages.CAUSE_POWER, messages.CAUSE_PIN)
# The last lamp state of all: a lease in the past would be refused, so the way must fit in.
LAST_LEASE_MS = 100
# Percent: no profile dims single patterns so far.
FULL_BRIGHTNESS = 100
# More than a console's queue has places.
_BIRTHS = 128
# More states than a press can be waiting for before it is too old to act.
_MEANINGS = 64


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How the link treats the console.

    lease_ms: how long a lamp state holds without word from us, at most 3000 (DESIGN.md
    decision 8). refresh_ms: how often an unchanged one is sent again. patterns: slot to
    on/off milliseconds in turn. settings: SETTING_* to value. label: the name of the desk; empty:
    the console keeps the one that it has.
    """

    patterns: Mapping[int, tuple[int, ...]]
    settings: Mapping[int, int]
    lease_ms: int = 2_000
    refresh_ms: int = 500
    label: str = ""


class SeenEdges:
    """The identities of edges that were put on record, by this daemon or one before it.

    The edges of one birth are put on record in the order of their numbers, so the newest number
    of each birth tells of all of them. A console repeats at most the edges of its queue, and they
    have no more births than there are places in it.
    """

    def __init__(self, earlier: list[tuple[int, int]] | None = None) -> None:
        self._newest: dict[int, int] = {}
        for key in earlier or []:
            self.add(key)

    def __contains__(self, key: tuple[int, int]) -> bool:
        birth, sequence = key
        newest = self._newest.get(birth)
        return newest is not None and difference(sequence, newest) <= 0

    def add(self, key: tuple[int, int]) -> None:
        """Remember an edge; the births that came first are forgotten."""
        birth, sequence = key
        if key in self:
            return
        # At the end also where the birth is known: the oldest is the one not heard of for longest.
        self._newest.pop(birth, None)
        self._newest[birth] = sequence
        if len(self._newest) > _BIRTHS:
            del self._newest[next(iter(self._newest))]


class HostSession:
    """Speaks with one console; survives its resets and, by `begin`, new connections.

    What must outlive a connection lives here: the edges seen, the account of presses,
    the meanings of the lamp states that were shown, the counters.
    """

    def __init__(
        self,
        settings: LinkSettings,
        listener: Listener,
        seen: SeenEdges,
        new_session_number: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._seen = seen
        self._new_number = new_session_number
        self.account = PressAccount()
        self.flight = FlightRecorder()
        self.errors: Counter[str] = Counter()
        self.lamp_frames = 0
        self.welcome: Welcome | None = None
        self.on_first_lamps: Callable[[], None] = _nobody
        """Called when a console is told its first lamp state, in each connection."""
        self._reset_ordered = False
        self._content: LampContent | None = None
        self._lamps_ended = False
        self._meanings: dict[int, Hashable] = {}
        self._send: Callable[[bytes], None] = _nowhere
        self._reset_connection()

    def _reset_connection(self) -> None:
        self._reader = FrameReader()
        self._session = 0
        self._established = False
        self._hello_at = 0.0
        self._hello_ms = 0.0
        self._hello_wait = float(HELLO_AGAIN_MS)
        self._inbox = Inbox()
        self._skips_told = 0
        self._orders = Outbox(ORDERS, 1, ORDER_AGAIN_MS)
        self._clock = ConsoleClock()
        self._pings: OrderedDict[int, float] = OrderedDict()
        self._ping_at = 0.0
        self._token = 0
        self._order_at = 0.0
        self._pieces = Pieces()
        self._flight_at = math.inf
        self._flight_left = 0
        self._number = 0
        self._lamps_at = 0.0
        self._lamps_sent = False
        self._pattern_orders: dict[int, int] = {}
        self._settings_order = -1  # the last of those that tell the settings
        self._microphone: MicrophoneReport | None = None  # told again in each session
        self._microphone_seen = 0
        self.heard_ms = 0.0

    # --- life -----------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """The number of the present session: the birth of the edges made in it; 0: none yet."""
        return self._session

    @property
    def established(self) -> bool:
        """Whether the console has answered our hello."""
        return self._established

    def begin(self, send: Callable[[bytes], None], now: float) -> None:
        """Start on a new connection: say hello."""
        self._reset_connection()
        self._send = send
        self.heard_ms = now
        self._hello(now)

    def end(self, why: str) -> None:
        """The connection is gone."""
        self._send = _nowhere
        if self._established:
            self._established = False
            self._listener.console_down(why)

    def _hello(self, now: float) -> None:
        """Open a session with a number of its own, also when a hello is repeated."""
        self._session = self._new_number()
        self._hello_ms = now
        self._hello_at = now + self._hello_wait
        self._hello_wait = min(2 * self._hello_wait, _HELLO_LONGEST_MS)
        self._put(messages.HELLO, (OLDEST_PROTOCOL, NEWEST_PROTOCOL), now)

    def tick(self, now: float) -> None:
        """Send whatever is due by time."""
        if not self._established:
            if now >= self._hello_at:
                self._hello(now)
            return
        lamps_due = now >= self._lamps_at and self._patterns_known()
        # Together with a lamp state that is due anyhow, a little before its time.
        if now >= self._ping_at - (PING_EARLIER_MS if lamps_due else 0):
            self._ping(now)
        # Before the next order: what an agent sees does not wait for what is needed later.
        if lamps_due:
            self._send_lamps(now)
        if self._orders.due(round(now) & MASK) >= 0:
            self._send_order(now)
        if now >= self._flight_at:
            self._ask_flight(now)

    def next_deadline(self) -> float:
        """Return the host ms at which `tick` wants to be called."""
        if not self._established:
            return self._hello_at
        deadline = min(self._ping_at, self._flight_at)
        if self._patterns_known():
            deadline = min(deadline, self._lamps_at)
        if self._orders.count:
            deadline = min(deadline, self._order_at)
        return deadline

    # --- to the console -------------------------------------------------------------------

    def show(self, content: LampContent, now: float) -> None:
        """Show a lamp state from now on; an unchanged one is only refreshed in its turn."""
        if content == self._content or self._lamps_ended:
            return
        self._content = content
        self._number = add(self._number, 1) or 1
        self._lamps_at = now
        if self._established and self._patterns_known():
            self._send_lamps(now)

    def end_lamps(self, now: float) -> None:
        """Show nothing any more: the console's lease ends at once, and it shows link lost.

        For good: what may still happen until the connection ends would have a lease of full length.
        """
        self._lamps_ended = True
        content, self._content = self._content, None
        if content is None or not self._established or not self._lamps_sent:
            return
        self._number = add(self._number, 1) or 1
        # All off meanwhile: a lamp that still says something would be believed.
        dark = LampContent(
            bytes(len(content.slots)), content.flags & ~messages.FLAG_CONFIRMED_MUTE, None
        )
        self._put_lamps(dark, LAST_LEASE_MS, now)

    def request_microphone(self, *, muted: bool, now: float) -> bool:
        """Ask the console to change its microphone; False where its state is not known yet.

        The console refuses where the microphone has changed since the report that we know.
        """
        if not self._established or self._microphone is None:
            return False
        self._order(messages.MICROPHONE_REQUEST, (self._microphone.counter, int(muted)), b"", now)
        return True

    def reset_console(self, mode: int, now: float) -> None:
        """Order a reset into a mode (MODE_*); nothing happens where no console has answered."""
        if self._established:
            self._reset_ordered = True
            self._order(messages.RESET, (mode,), b"", now)

    def ask_stats(self, now: float) -> None:
        """Ask for the console's counters."""
        if self._established:
            self._put(messages.REPORT_REQUEST, (messages.REPORT_STATS,), now)

    def _ask_flight(self, now: float) -> None:
        """Ask for the console's flight recorder, a few times at most."""
        self._flight_at = math.inf
        if self._flight_left:
            self._flight_left -= 1
            self._flight_at = now + FLIGHT_AGAIN_MS
            self._put(messages.REPORT_REQUEST, (messages.REPORT_FLIGHT,), now)

    def _put(
        self, message: Message, values: tuple[object, ...], now: float, tail: bytes = b""
    ) -> None:
        payload = messages.encode(message, self._session, values, tail)
        self.flight.note(TO_CONSOLE, now, payload)
        self._send(encode_frame(payload))

    def _ping(self, now: float) -> None:
        self._token = add(self._token, 1)
        self._pings[self._token] = now
        while len(self._pings) > _PINGS:
            self._pings.popitem(last=False)
        self._ping_at = now + PING_MS
        self._put(messages.PING, (self._token,), now)

    def _order(self, message: Message, values: tuple[object, ...], tail: bytes, now: float) -> None:
        if self._orders.push((message, values, tail)) is not None:
            self.errors["order_dropped"] += 1
        if self._orders.due(round(now) & MASK) >= 0:
            self._send_order(now)

    def _send_order(self, now: float) -> None:
        place = self._orders.due(round(now) & MASK)
        item = self._orders.item(place)
        assert isinstance(item, tuple)
        message, values, tail = item
        self._orders.mark_sent(round(now) & MASK)
        # One more than the queue's own time: its milliseconds are whole ones.
        self._order_at = now + ORDER_AGAIN_MS + 1
        self._put(message, (self._orders.number(place), *values), now, tail)

    def _order_patterns(self, now: float) -> None:
        """Tell the console its patterns, those first that the lamps need now."""
        needed = b"" if self._content is None else self._content.slots
        patterns = sorted(
            self._settings.patterns.items(), key=lambda item: (item[0] not in needed, item[0])
        )
        self._pattern_orders = {slot: order for order, (slot, _) in enumerate(patterns)}
        for slot, steps in patterns:
            tail = struct.pack(f"<{len(steps)}H", *steps)
            self._order(messages.PATTERN, (slot, FULL_BRIGHTNESS), tail, now)

    def _order_settings(self, now: float) -> None:
        """Tell the console its settings; one that has them already writes nothing."""
        for key, value in sorted(self._settings.settings.items()):
            self._order(messages.SETTING, (key, value), b"", now)
        if self._settings.label:
            self._order(messages.LABEL, (), self._settings.label.encode(), now)
        if self._settings.settings or self._settings.label:
            self._settings_order = self._orders.next_number() - 1

    def _patterns_known(self) -> bool:
        """Whether there is a lamp state, and the console knows its patterns: else it refuses it."""
        if self._content is None:
            return False
        confirmed = self._orders.base
        if confirmed >= len(self._pattern_orders):
            return True
        orders = self._pattern_orders
        return all(orders.get(slot, -1) < confirmed for slot in self._content.slots)

    def _send_lamps(self, now: float) -> None:
        content = self._content
        assert content is not None
        self._meanings[_state_key(self._session, self._number)] = content.meaning
        while len(self._meanings) > _MEANINGS:
            del self._meanings[next(iter(self._meanings))]
        self._lamps_at = now + self._settings.refresh_ms
        self._put_lamps(content, self._settings.lease_ms, now)

    def _put_lamps(self, content: LampContent, lease_ms: int, now: float) -> None:
        until = add(self._clock.console_ms(now), lease_ms)
        self.lamp_frames += 1
        if not self._lamps_sent:
            self._lamps_sent = True
            self.on_first_lamps()
        self._put(messages.LAMPS, (self._number, until, content.flags, content.slots), now)

    # --- from the console -----------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes from the console.

        Raises ProtocolMismatch where its firmware speaks no version that we speak.
        """
        damaged, oversize = self._reader.damaged, self._reader.oversize
        acknowledge = False
        for payload in self._reader.feed(data):
            acknowledge |= self._take(payload, now)
        self.errors["damaged"] += self._reader.damaged - damaged
        self.errors["oversize"] += self._reader.oversize - oversize
        if acknowledge:
            self._put(messages.ACKNOWLEDGE, (self._inbox.expected, self._microphone_seen), now)

    def _take(self, payload: bytes, now: float) -> bool:
        """Take one payload; True where an acknowledgement is owed."""
        self.flight.note(FROM_CONSOLE, now, payload)
        number, session = messages.peek(payload)
        if session != self._session or session == 0:
            self.errors["stale"] += 1
            return False
        message = messages.BY_NUMBER.get(number)
        self.heard_ms = now
        if message is messages.WELCOME:
            self._take_welcome(payload, now)
            return False
        if not self._established:
            self.errors["unexpected"] += 1
            return False
        values = None if message is None else messages.decode(message, payload)
        if message is None or values is None or number < messages.FROM_CONSOLE:
            self.errors["unknown"] += 1
            return False
        if message is messages.EDGE:
            return self._take_edge(values, now)
        if message is messages.MICROPHONE:
            return self._take_microphone(values)
        self._take_other(message, values, payload, now)
        return False

    def _take_welcome(self, payload: bytes, now: float) -> None:
        if self._established:
            return
        check_versions(payload)
        values = messages.decode(messages.WELCOME, payload)
        if values is None:
            self.errors["unknown"] += 1
            return
        welcome = welcome_of(values)
        # Not by `previous`: after a lost answer that is our own hello before this one.
        before = self.welcome
        rebooted = before is not None and before.boot != welcome.boot
        another = before is not None and before.serial != welcome.serial
        if rebooted and not another:
            why = restart_of(welcome.cause, ordered=self._reset_ordered)
            welcome = replace(welcome, restarted=why)
        self.welcome = welcome
        self._reset_ordered = False
        self._established = True
        self._clock.sample(self._hello_ms, now, values[10])
        self._inbox.start(welcome.first_edge)
        self.account.welcome(
            welcome.presses,
            welcome.overflow,
            rebooted=rebooted,
            counting_anew=another or welcome.cause in _FORGETTING,
        )
        self._number = 1
        self._ping_at = now
        self._order_patterns(now)
        self._order_settings(now)
        self._listener.console_up(welcome)
        # Of a boot that nobody has been told of yet.
        if welcome.cause in _FAILURES and (welcome.restarted or welcome.previous == 0):
            self._flight_left = _FLIGHT_ASKED
            self._ask_flight(now)
        self.tick(now)

    def _take_edge(self, values: tuple[int, ...], now: float) -> bool:
        birth, sequence, back, what, ms, shown, press = values
        verdict = self._inbox.accept(sequence, add(sequence, -back))
        if verdict == GAP:
            self.errors["gap"] += 1
            return True
        key = (birth, sequence)
        if verdict != NEW or key in self._seen:
            self.errors["repeated"] += 1
            return True
        button = what & ~messages.EDGE_PRESSED
        if button >= len(messages.BUTTON_NAMES):
            self.errors["unknown"] += 1
            return True
        age_ms = self._clock.age_ms(ms, now)
        edge = ConsoleEdge(
            birth=birth,
            sequence=sequence,
            button=button,
            pressed=bool(what & messages.EDGE_PRESSED),
            ms=ms,
            age_ms=age_ms,
            oldest_ms=age_ms + math.ceil(self._clock.uncertainty_ms),
            at_ms=now,
            meaning=self._meanings.get(_state_key(birth, shown)) if shown else None,
        )
        try:
            self._listener.edge(edge)
        except CalldeckError:
            # It could not be put on record: it must come again, and nothing may acknowledge it.
            self._inbox.start(sequence)
            raise
        self._seen.add(key)
        if edge.pressed:
            self.account.arrived(press, after_drops=self._inbox.skipped > self._skips_told)
            self._skips_told = self._inbox.skipped
        return True

    def _take_microphone(self, values: tuple[int, ...]) -> bool:
        report = microphone_of(values)
        self._microphone_seen = report.counter
        if report != self._microphone:
            self._microphone = report
            self._listener.microphone(report)
        return True

    def _take_other(
        self, message: Message, values: tuple[int, ...], payload: bytes, now: float
    ) -> None:
        if message is messages.PONG:
            sent = self._pings.pop(values[0], None)
            if sent is not None:
                self._clock.sample(sent, now, values[1])
        elif message is messages.CONFIRM:
            self._take_confirm(values, now)
        elif message is messages.HELD:
            self._take_held(values, now)
        elif message is messages.FAULT:
            self._listener.fault(fault_of(values[0], values[1]))
        elif message is messages.GAP:
            self._listener.fault(gap_of(values))
        elif message is messages.FLIGHT:
            self._take_flight(values, messages.tail_of(message, payload))
        elif message is messages.STATS:
            stats = ConsoleStats(*values)
            self.account.told(stats.presses, stats.overflow)
            self._listener.stats(stats)
        elif message is messages.SETTINGS:
            self._listener.settings(settings_of(values, messages.tail_of(message, payload)))
        elif message is messages.LOG:
            text = messages.tail_of(message, payload).decode("utf-8", "replace")
            self._listener.log(values[0], text)

    def _take_held(self, values: tuple[int, ...], now: float) -> None:
        """Pass on which buttons are still down, where no edge that says otherwise is missing."""
        buttons, ms, next_edge = values
        if next_edge == self._inbox.expected:
            age_ms = self._clock.age_ms(ms, now) + math.ceil(self._clock.uncertainty_ms)
            self._listener.held(buttons, ms, age_ms)

    def _take_flight(self, values: tuple[int, ...], piece: bytes) -> None:
        whole = self._pieces.take(values[0], values[1], piece)
        if whole is None or self._flight_at == math.inf:
            return
        self._flight_at = math.inf
        flight = read(whole)
        if flight is not None:
            self._listener.flight(flight)

    def _take_confirm(self, values: tuple[int, ...], now: float) -> None:
        next_order, result = values
        released = self._orders.acknowledge(next_order, round(now) & MASK)
        if released and result == messages.RESULT_STALE:
            self.errors["microphone_request_refused"] += 1
        elif released and result != messages.RESULT_DONE:
            self.errors["order_refused"] += 1
        if 0 <= self._settings_order < next_order:
            self._settings_order = -1
            self._put(messages.REPORT_REQUEST, (messages.REPORT_SETTINGS,), now)
        self.tick(now)


def _state_key(session: int, number: int) -> int:
    """Return what names a lamp state for ever: its number belongs to its session."""
    return session << 32 | number


def _nobody() -> None:
    """Tell nobody."""


def _nowhere(data: bytes) -> None:
    """Drop what is sent while no connection is there."""
