"""The message table: every message of the protocol, as data.

A payload is the message's id (one byte), the session (four bytes) and the fields
in the order of the table, little endian; a message with a tail ends in as many
bytes as the frame still holds. A receiver ignores bytes behind the fields it
knows, so that a newer version may append fields; it skips and counts ids that it
does not know. HELLO and WELCOME keep their first two fields in every version.

Ids below 0x80 go from the host to the console, the others from the console to
the host. Times are console milliseconds on the ring of `modular`.
"""

import struct

from calldeck_wire.emit import micropython

HEADER_FORMAT = "<BI"
HEADER_BYTES = struct.calcsize(HEADER_FORMAT)
FROM_CONSOLE = 0x80


class Message:
    """One row of the table.

    `fields` holds (name, struct code, unit or meaning); `since` is the first
    protocol version that has the message; `tail` names the trailing bytes, or "".
    """

    def __init__(
        self,
        number: int,
        name: str,
        since: int,
        fields: tuple[tuple[str, str, str], ...],
        tail: str = "",
    ) -> None:
        self.number = number
        self.name = name
        self.since = since
        self.fields = fields
        self.tail = tail
        self.format = HEADER_FORMAT + "".join([field[1] for field in fields])
        self.size = struct.calcsize(self.format)


# --- host to console -------------------------------------------------------------------
# Opens a session (its number stands in the header). Each hello carries a new one.
HELLO = Message(
    0x01,
    "hello",
    1,
    (("oldest", "B", "protocol version"), ("newest", "B", "protocol version")),
)
# Everything before `next_edge` has been written to the press ledger.
ACKNOWLEDGE = Message(
    0x02,
    "acknowledge",
    1,
    (
        ("next_edge", "I", "sequence number"),
        ("microphone", "I", "change counter of the newest microphone report seen"),
    ),
)
# The whole lamp state, leased. `slots` holds one pattern slot per lamp (see LAMPS_ORDER).
LAMPS = Message(
    0x03,
    "lamps",
    1,
    (
        ("number", "I", "grows when the content changes"),
        ("until", "I", "console ms at which the lease ends"),
        ("flags", "B", "FLAG_* and the headset kind"),
        ("slots", "10s", "pattern slot of each lamp"),
    ),
)
# Orders: delivered once and in sequence, each answered by CONFIRM.
PATTERN = Message(
    0x04,
    "pattern",
    1,
    (
        ("order", "I", "order number"),
        ("slot", "B", "FIRST_SLOT to SLOTS - 1"),
        ("brightness", "B", "percent of the lamp's own, 1 to 100"),
    ),
    "on and off times in turn, 16 bits each, ms; none: steady",
)
SETTING = Message(
    0x05,
    "setting",
    1,
    (
        ("order", "I", "order number"),
        ("key", "B", "SETTING_*"),
        ("value", "I", "the setting's own unit"),
    ),
)
MICROPHONE_REQUEST = Message(
    0x06,
    "microphone_request",
    1,
    (
        ("order", "I", "order number"),
        ("based_on", "I", "change counter that the host knew"),
        ("muted", "B", "1 muted, 0 open"),
    ),
)
RESET = Message(
    0x07,
    "reset",
    1,
    (("order", "I", "order number"), ("mode", "B", "MODE_*")),
)
PING = Message(0x08, "ping", 1, (("token", "I", "returned by the pong"),))
# Asks for reports that are not sent by themselves; SELF-TEST sends LEVELS by itself too.
REPORT_REQUEST = Message(0x09, "report_request", 1, (("reports", "B", "REPORT_* added together"),))
# Orders again.
DISPLAY = Message(
    0x0A,
    "display",
    1,
    (
        ("order", "I", "order number"),
        ("what", "B", "DISPLAY_*"),
        ("ms", "H", "of a lamp test, 1 to MAX_LAMP_TEST_MS; 0 with the others"),
    ),
)
# In self-test only: the lamps as they are told, without pattern or lease.
DRIVE = Message(
    0x0B,
    "drive",
    1,
    (
        ("order", "I", "order number"),
        ("lamps", "H", "bit n: lamp n of LAMPS_ORDER is on"),
        ("muted", "B", "1: the microphone switch mutes"),
    ),
)
LABEL = Message(
    0x0C,
    "label",
    1,
    (("order", "I", "order number"),),
    "name of the desk, UTF-8, at most MAX_LABEL_BYTES",
)

# --- console to host -------------------------------------------------------------------
WELCOME = Message(
    0x81,
    "welcome",
    1,
    (
        ("oldest", "B", "protocol version"),
        ("newest", "B", "protocol version"),
        ("previous", "I", "session before this one, 0 after a reboot"),
        ("first_edge", "I", "sequence number of the oldest unacknowledged edge"),
        ("unheard", "H", "edges since the boot that no session was there to hear"),
        ("presses", "I", "press edges queued since power-up"),
        ("overflow", "I", "press edges dropped by a full queue since power-up"),
        ("cause", "B", "CAUSE_* of the last reset"),
        ("board", "B", "board revision from the straps"),
        ("firmware", "3s", "major, minor, patch"),
        ("now", "I", "console ms"),
        ("serial", "8s", "unique id of the board"),
        ("boot", "I", "random number of this boot"),
        ("mode", "B", "MODE_NORMAL or MODE_SELF_TEST"),
    ),
)
# `press` counts press edges up to and including this edge, modulo 2**16; `back` is how
# many edges lie between the oldest unacknowledged one and this one: a receiver that
# expected an older one learns that it was dropped.
EDGE = Message(
    0x82,
    "edge",
    1,
    (
        ("birth", "I", "session in force when the edge was stamped"),
        ("sequence", "I", "sequence number"),
        ("back", "B", "edges"),
        ("what", "B", "button, or EDGE_PRESSED and button"),
        ("ms", "I", "console ms"),
        ("shown", "I", "lamp state displayed at that instant, 0 = link lost"),
        ("press", "H", "press count"),
    ),
)
HELD = Message(
    0x83,
    "held",
    1,
    (
        ("buttons", "B", "bit n: button n is down"),
        ("ms", "I", "console ms"),
        ("next_edge", "I", "number of the edge to come: who misses one before it cannot judge"),
    ),
)
# Repeated until an ACKNOWLEDGE names its counter.
MICROPHONE = Message(
    0x84,
    "microphone",
    1,
    (
        ("counter", "I", "changes of microphone or plug so far"),
        ("muted", "B", "1 muted, 0 open"),
        ("cause", "B", "MICROPHONE_BY_*"),
        ("plugged", "B", "1 headset plugged"),
    ),
)
PONG = Message(0x85, "pong", 1, (("token", "I", "of the ping"), ("now", "I", "console ms")))
CONFIRM = Message(
    0x86,
    "confirm",
    1,
    (("next_order", "I", "order number"), ("result", "B", "RESULT_* of the newest order")),
)
STATS = Message(
    0x87,
    "stats",
    1,
    (
        ("uptime", "I", "s"),
        ("free_heap", "I", "bytes, after the newest collection"),
        ("presses", "I", "press edges queued since power-up"),
        ("overflow", "I", "press edges dropped by a full queue since power-up"),
        ("received", "I", "whole frames from the host since the boot"),
        ("sent", "I", "frames to the host since the boot"),
        ("lapses", "H", "leases that ran out since the boot"),
        ("damaged", "H", "frames that failed their check"),
        ("unknown", "H", "messages with an id we do not know"),
        ("stale", "H", "messages of another session"),
        ("overrun", "H", "edges lost because the interrupt ring was full"),
        ("unsaid", "H", "faults and log lines that gave way to newer ones"),
        ("repairs", "H", "inputs found at another level than they had told"),
        ("worst_loop", "H", "ms"),
        ("worst_collection", "H", "us"),
    ),
)
FAULT = Message(
    0x88,
    "fault",
    1,
    (("code", "B", "FAULT_*"), ("detail", "I", "by code"), ("ms", "I", "console ms")),
)
LOG = Message(0x89, "log", 1, (("level", "B", "of Python's logging, 10 to 50"),), "text")
# What the pins are at, whatever the console believes.
LEVELS = Message(
    0x8A,
    "levels",
    1,
    (
        ("buttons", "B", "bit n: button n is down"),
        ("plugged", "B", "1 headset plugged"),
        ("lamps", "H", "bit n: lamp n of LAMPS_ORDER is on"),
        ("muted", "B", "1: the microphone's control net, and with it the mute lamp, is on"),
        ("ms", "I", "console ms"),
    ),
)
# Edges that a full queue had to drop, one after another.
GAP = Message(
    0x8B,
    "gap",
    1,
    (
        ("dropped", "I", "edges dropped by a full queue since power-up"),
        ("edges", "H", "of this gap"),
        ("first_ms", "I", "console ms of the first one"),
        ("last_ms", "I", "console ms of the last one"),
    ),
)
SETTINGS = Message(
    0x8C,
    "settings",
    1,
    (
        ("saved", "B", "1: in flash, 0: in force, and to be saved when there is no call"),
        ("writes", "I", "times that the flash was written"),
        ("cough_ms", "H", "SETTING_COUGH_MS"),
        ("bounce_ms", "H", "SETTING_BOUNCE_MS"),
        ("safe_muted", "B", "SETTING_SAFE_MUTED"),
        ("day_percent", "B", "SETTING_DAY_PERCENT"),
        ("night_percent", "B", "SETTING_NIGHT_PERCENT"),
    ),
    "name of the desk, UTF-8",
)
# The flight recorder of the boot before this one, in pieces; `flight.py` says what it holds.
FLIGHT = Message(
    0x8D,
    "flight",
    1,
    (
        ("at", "H", "offset of this piece, bytes"),
        ("total", "H", "bytes of the whole"),
    ),
    "piece",
)

TABLE = (
    HELLO,
    ACKNOWLEDGE,
    LAMPS,
    PATTERN,
    SETTING,
    MICROPHONE_REQUEST,
    RESET,
    PING,
    REPORT_REQUEST,
    DISPLAY,
    DRIVE,
    LABEL,
    WELCOME,
    EDGE,
    HELD,
    MICROPHONE,
    PONG,
    CONFIRM,
    STATS,
    FAULT,
    LOG,
    LEVELS,
    GAP,
    SETTINGS,
    FLIGHT,
)
BY_NUMBER = {message.number: message for message in TABLE}

# Buttons, in the order of their bits.
BUTTON_NAMES = ("MUTE", "HOLD", "STATUS", "ASSIST")
BUTTON_MUTE = 0
BUTTON_HOLD = 1
BUTTON_STATUS = 2
BUTTON_ASSIST = 3
EDGE_PRESSED = 0x80

# Lamps, in the order of LAMPS.slots.
LAMPS_ORDER = (
    "availability_red",
    "availability_green",
    "availability_blue",
    "hold",
    "attention",
    "queue_1",
    "queue_2",
    "queue_3",
    "queue_4",
    "queue_5",
)
LAMP_COUNT = 10
SLOT_OFF = 0
SLOT_STEADY = 1
FIRST_SLOT = 2
SLOTS = 16
MAX_STEPS = 8
MAX_STEP_MS = 10_000
# No more than three flashes in any second (WCAG 2.3.1, taken as our own rule for lamps).
MIN_FLASH_MS = 333

FLAG_HEADSET = 0x03  # two bits: HEADSET_*
FLAG_CONFIRMED_MUTE = 0x04
FLAG_CALL_ACTIVE = 0x08
FLAG_NIGHT = 0x10  # the lamps at SETTING_NIGHT_PERCENT instead of SETTING_DAY_PERCENT
HEADSET_INLINE = 0
HEADSET_USB = 1
HEADSET_NONE = 2

# The longest lease that a console grants, whatever the host asks for.
MAX_LEASE_MS = 3_000

SETTING_COUGH_MS = 1  # a MUTE press shorter than this is a tap; 100 to 1000 ms
SETTING_BOUNCE_MS = 2  # contact bounce that is swallowed after an edge; 1 to 50 ms
SETTING_SAFE_MUTED = 3  # the microphone after a reset: 1 muted, 0 open
SETTING_DAY_PERCENT = 4  # brightness of the lamps; 1 to 100
SETTING_NIGHT_PERCENT = 5  # the same while FLAG_NIGHT is shown; 1 to 100
MAX_LABEL_BYTES = 32

MODE_NORMAL = 0
MODE_MAINTENANCE = 1
MODE_BOOTLOADER = 2
MODE_SELF_TEST = 3

# Reports, in the order in which they leave.
REPORT_LEVELS = 0x01
REPORT_SETTINGS = 0x02
REPORT_FLIGHT = 0x04
REPORT_STATS = 0x08

DISPLAY_NORMAL = 0
DISPLAY_TEST = 1  # all lamps but the mute lamp, steady, for a time
DISPLAY_DARK = 2  # no lamp, not even link lost, until a button is pressed or a host says hello
MAX_LAMP_TEST_MS = 10_000

RESULT_DONE = 0
RESULT_STALE = 1  # the microphone has changed since the counter that the request names
RESULT_BAD_VALUE = 2
RESULT_UNSUPPORTED = 3
RESULT_BUSY = 4  # not now: there is a call

MICROPHONE_BY_RESET = 0
MICROPHONE_BY_BUTTON = 1
MICROPHONE_BY_HOST = 2
MICROPHONE_BY_PLUG = 3

CAUSE_POWER = 1
CAUSE_PIN = 2  # the reset button or pin
CAUSE_WATCHDOG = 3  # the program hung
CAUSE_ORDER = 4  # of the host, or of the technician in maintenance mode
CAUSE_EXCEPTION = 5  # the program ended by an error

FAULT_STUCK_BUTTON = 1  # detail: button
FAULT_EDGE_OVERRUN = 2  # detail: edges lost so far because the interrupt ring was full
FAULT_INPUT_REPAIRED = 4  # detail: input; it was at another level than it had told
FAULT_SETTINGS_LOST = 5  # detail: 0; the flash held no settings that can be read, defaults are on


@micropython.native
def encode(message: Message, session: int, values: tuple[object, ...], tail: bytes = b"") -> bytes:
    """Return the payload of a message; values in the order of its fields."""
    return struct.pack(message.format, message.number, session, *values) + tail


@micropython.native
def peek(payload: bytes) -> tuple[int, int]:
    """Return (message id, session) of a payload, (0, 0) where it is too short for a header."""
    if len(payload) < HEADER_BYTES:
        return (0, 0)
    number, session = struct.unpack_from(HEADER_FORMAT, payload, 0)
    return (number, session)


@micropython.native
def decode(message: Message, payload: bytes) -> tuple[int, ...] | None:
    """Return the values of a payload's fields in order, None where it is too short.

    Byte-string fields come as `bytes` at their place.
    """
    values = unpack(message, payload)
    return None if values is None else values[2:]


@micropython.native
def unpack(message: Message, payload: bytes) -> tuple[int, ...] | None:
    """Return (message id, session, ...) and what `decode` returns, in one go."""
    if len(payload) < message.size:
        return None
    return struct.unpack_from(message.format, payload, 0)


def tail_of(message: Message, payload: bytes) -> bytes:
    """Return the trailing bytes of a payload."""
    return payload[message.size :]
