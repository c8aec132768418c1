"""The console's end of the link: session, edges on their way, answers owed.

Frames leave in order of urgency and only while the runner has room; what a stalled
host costs first is statistics and log lines, never an edge. (DESIGN.md decisions 2, 5, 9.)
"""

import struct

from calldeck_console.flight import nowhere
from calldeck_wire import NEWEST_PROTOCOL, OLDEST_PROTOCOL, agree, flight, frames, messages
from calldeck_wire.emit import micropython
from calldeck_wire.frames import FrameReader
from calldeck_wire.modular import MASK, difference
from calldeck_wire.reliable import NEW, Inbox, Outbox

EDGE_QUEUE = 64
WINDOW = 8
# Twice the slowest answer of a healthy host (its ledger write included), so that a
# retransmission means a lost frame and not an impatient console.
RETRANSMIT_MS = 100
HELD_MS = 100
NOTICES = 4
_REPORTS = (
    messages.REPORT_LEVELS
    | messages.REPORT_SETTINGS
    | messages.REPORT_FLIGHT
    | messages.REPORT_STATS
)
TYPE_CHECKING = False  # MicroPython has no typing
if TYPE_CHECKING:
    from calldeck_console.flight import Record

_EDGE = messages.EDGE.number
_EDGE_RECORD = flight.EDGE
_EDGE_FORMAT = messages.EDGE.format


class Identity:
    """What the board is and why it booted, told in every welcome; fixed for one boot."""

    def __init__(
        self,
        serial: bytes = b"\x00" * 8,
        firmware: bytes = b"\x00\x00\x00",
        board: int = 0,
        cause: int = messages.CAUSE_POWER,
        boot: int = 0,
        mode: int = messages.MODE_NORMAL,
    ) -> None:
        self.serial = serial
        self.firmware = firmware
        self.board = board
        self.cause = cause
        self.boot = boot
        self.mode = mode


class Link:
    """State of the link.

    `presses` and `overflow` count since power-up: the runner carries them across resets,
    where the board can.
    """

    def __init__(self, identity: Identity, record: "Record" = nowhere) -> None:
        self.identity = identity
        self.record = record
        self.self_test = identity.mode == messages.MODE_SELF_TEST
        self.reader = FrameReader()
        self.session = 0
        self.previous = 0
        self.answer_session = 0  # of the hello that is to be answered
        self.edges = Outbox(EDGE_QUEUE, WINDOW, RETRANSMIT_MS)
        self.orders = Inbox()
        self.order_result = messages.RESULT_DONE
        self.presses = 0
        self.overflow = 0  # press edges dropped
        self.dropped = 0  # edges dropped
        # A run of dropped edges; it is told when there is room in the queue again.
        self.gap_edges = 0
        self.gap_first_ms = 0
        self.gap_last_ms = 0
        self.received = 0
        self.sent = 0
        self.unsaid = 0
        self.unheard = 0
        self.unknown = 0
        self.stale = 0
        self.held_ms = 0
        self.welcome_due = False
        self.confirm_due = False
        self.pong_due = False
        self.pong_token = 0
        self.reports = 0  # REPORT_* that are due
        self.flight_at = 0
        # Faults and log lines: (message, values, tail), oldest first.
        self.notices: list[tuple[messages.Message, tuple[int, ...], bytes]] = []

    def hello(self, session: int, payload: bytes) -> bool:
        """Answer a hello; True where a new session has begun.

        The answer goes out for any version range, so that the host can say which side
        is too old; a session begins only when the ranges meet.
        """
        values = messages.decode(messages.HELLO, payload)
        if values is None or session == 0:
            return False
        meets = agree(values[0], values[1]) != 0
        if self.session:
            self.previous = self.session
        self.session = session if meets else 0
        self.welcome_due = True
        self.answer_session = session
        self.confirm_due = self.pong_due = False
        self.reports = 0
        self.edges.restart()
        self.orders.start(0)
        return meets

    @micropython.native
    def stamp_edge(self, button: int, pressed: bool, ms: int, birth: int, shown: int) -> None:
        """Queue an edge for delivery; before the first session it is only counted."""
        what = button
        if pressed:
            what |= messages.EDGE_PRESSED
        self.record(ms, _EDGE_RECORD, what)
        if not birth:
            self.unheard = (self.unheard + 1) & 0xFFFF
            return
        presses = self.presses
        if pressed:
            self.presses = presses = (presses + 1) & MASK
        dropped = self.edges.push((birth, what, ms, shown, presses & 0xFFFF))
        if dropped is not None:
            assert isinstance(dropped, tuple)
            self._note_drop(dropped[1], dropped[2])

    def _note_drop(self, what: int, ms: int) -> None:
        """Account for an edge that gave way; the oldest does, so expired ones go first."""
        if what & messages.EDGE_PRESSED:
            self.overflow = (self.overflow + 1) & MASK
        self.dropped = (self.dropped + 1) & MASK
        if self.gap_edges == 0:
            self.gap_first_ms = ms
        if self.gap_edges < 0xFFFF:
            self.gap_edges += 1
        self.gap_last_ms = ms

    @micropython.native
    def gap_over(self) -> bool:
        """Tell whether edges were dropped, and no more of them will be for now."""
        return self.gap_edges > 0 and self.edges.count < EDGE_QUEUE

    def gap_frame(self) -> bytes:
        """Return the frame that tells of the edges dropped."""
        return self.frame(
            messages.GAP, (self.dropped, self.gap_edges, self.gap_first_ms, self.gap_last_ms)
        )

    def ask(self, reports: int) -> None:
        """Note which reports the host asks for; the flight recorder begins anew."""
        self.reports |= reports & _REPORTS
        if reports & messages.REPORT_FLIGHT:
            self.flight_at = 0

    def notice(self, message: messages.Message, values: tuple[int, ...], tail: bytes = b"") -> None:
        """Queue a fault or log line; the oldest one gives way when too many wait."""
        if message is messages.FAULT:
            self.record(values[2], flight.FAULT, values[0] << 16 | values[1] & 0xFFFF)
        if len(self.notices) == NOTICES:
            self.notices.pop(0)
            self.unsaid = (self.unsaid + 1) & 0xFFFF
        self.notices.append((message, values, tail))

    def order(self, number: int) -> bool:
        """Judge an order by its number; True where it is new and must be carried out."""
        self.confirm_due = True
        return self.orders.accept(number, self.orders.expected) == NEW

    @micropython.native
    def edge_frame(self, place: int) -> bytes:
        """Return the frame of the queued edge at a place."""
        item = self.edges.item(place)
        assert isinstance(item, tuple)
        birth, what, ms, shown, press = item
        # As `frame` does it: a press waits for this.
        number = self.edges.number(place)
        return frames.encode_frame(
            struct.pack(
                _EDGE_FORMAT, _EDGE, self.session, birth, number, place, what, ms, shown, press
            )
        )

    def welcome_frame(self, now: int) -> bytes:
        """Return the answer to a hello."""
        values = (
            OLDEST_PROTOCOL,
            NEWEST_PROTOCOL,
            self.previous,
            self.edges.base,
            self.unheard,
            self.presses,
            self.overflow,
            self.identity.cause,
            self.identity.board,
            self.identity.firmware,
            now,
            self.identity.serial,
            self.identity.boot,
            self.identity.mode,
        )
        return frames.encode_frame(messages.encode(messages.WELCOME, self.answer_session, values))

    def confirm_frame(self) -> bytes:
        """Return the answer to the newest order."""
        return self.frame(messages.CONFIRM, (self.orders.expected, self.order_result))

    @micropython.native
    def frame(
        self, message: messages.Message, values: tuple[object, ...], tail: bytes = b""
    ) -> bytes:
        """Return a frame of the present session."""
        return frames.encode_frame(messages.encode(message, self.session, values, tail))

    @micropython.native
    def held_due(self, buttons: int, now: int) -> bool:
        """Tell whether the button bitmap must go out: every HELD_MS while one is down."""
        return bool(buttons and self.session) and difference(now, self.held_ms) >= HELD_MS

    def copy_to(self, other: "Link") -> None:
        """Make `other` equal to this link; both are of the same board."""
        self.reader.copy_to(other.reader)
        self.edges.copy_to(other.edges)
        self.orders.copy_to(other.orders)
        other.self_test = self.self_test
        other.session = self.session
        other.previous = self.previous
        other.answer_session = self.answer_session
        other.order_result = self.order_result
        other.presses = self.presses
        other.overflow = self.overflow
        other.unheard = self.unheard
        other.unknown = self.unknown
        other.stale = self.stale
        other.held_ms = self.held_ms
        other.welcome_due = self.welcome_due
        other.confirm_due = self.confirm_due
        other.pong_due = self.pong_due
        other.pong_token = self.pong_token
        other.reports = self.reports
        other.flight_at = self.flight_at
        other.dropped = self.dropped
        other.gap_edges = self.gap_edges
        other.gap_first_ms = self.gap_first_ms
        other.gap_last_ms = self.gap_last_ms
        other.received = self.received
        other.sent = self.sent
        other.unsaid = self.unsaid
        other.notices[:] = self.notices

    def key(self, now: int) -> tuple[object, ...]:
        """Return what decides the future of the link; sequence numbers left out."""
        return (
            self.reader.key(),
            self.session,
            self.edges.key(now),
            self.orders.expected,
            self.welcome_due,
            self.confirm_due,
            self.pong_due,
            self.reports,
            self.gap_edges,
            len(self.notices),
        )
