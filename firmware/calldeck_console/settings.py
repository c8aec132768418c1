"""Settings of one console: in force at once, kept in flash through resets and updates.

The host hands over its own in each session; the label and the safe microphone state are
the desk's. `keeping` writes them; here is what stands in the flash.

Two sectors take turns, so that the older settings stand until the newer ones are whole.
Each holds a record on its first page, and on its second the mark that says that the
record was finished: a record cut off in its very last moment may read well today and
badly tomorrow, and only a mark that was begun after it tells that it will stay.
"""

import struct
from binascii import crc32

from calldeck_wire import messages
from calldeck_wire.modular import MASK, difference

# SETTING_* to (attribute, least, most).
LIMITS = {
    messages.SETTING_COUGH_MS: ("cough_ms", 100, 1000),
    messages.SETTING_BOUNCE_MS: ("bounce_ms", 1, 50),
    messages.SETTING_SAFE_MUTED: ("safe_muted", 0, 1),
    messages.SETTING_DAY_PERCENT: ("day_percent", 1, 100),
    messages.SETTING_NIGHT_PERCENT: ("night_percent", 1, 100),
}

PAGE_BYTES = 256
SECTORS = 2
# What is read of a sector: the page of the record and the page of the mark.
KEPT_BYTES = 2 * PAGE_BYTES
MARK = b"complete"

# A record: head, body, CRC-32 of both. The body grows at its end, and a version that adds
# fields is read by those before it as far as they know it.
_MAGIC = 0xCA11
_VERSION = 1
_HEAD = "<HBBI"  # magic, version, bytes of the body, sequence number
_HEAD_BYTES = struct.calcsize(_HEAD)
# SETTING_COUGH_MS to SETTING_NIGHT_PERCENT, length of the label, label.
_BODY = "<HHBBBB%ds" % messages.MAX_LABEL_BYTES
_BODY_BYTES = struct.calcsize(_BODY)
_CHECK = "<I"
_CHECK_BYTES = 4
_LONGEST_BODY = PAGE_BYTES - _HEAD_BYTES - _CHECK_BYTES
_ORDER = (
    messages.SETTING_COUGH_MS,
    messages.SETTING_BOUNCE_MS,
    messages.SETTING_SAFE_MUTED,
    messages.SETTING_DAY_PERCENT,
    messages.SETTING_NIGHT_PERCENT,
)


class Settings:
    """Values in force; `saved` tells whether the flash holds the same.

    `writes` counts the writes of the flash and is the number of the newest record;
    `changes` counts how often a value has changed since the boot.
    """

    def __init__(self) -> None:
        self.cough_ms = 250
        self.bounce_ms = 10
        self.safe_muted = 1
        self.day_percent = 100
        self.night_percent = 100
        self.label = b""
        self.saved = True
        self.writes = 0
        self.changes = 0

    def change(self, key: int, value: int) -> int:
        """Set one value; return RESULT_DONE, RESULT_BAD_VALUE or RESULT_UNSUPPORTED."""
        if key not in LIMITS:
            return messages.RESULT_UNSUPPORTED
        name, least, most = LIMITS[key]
        if not least <= value <= most:
            return messages.RESULT_BAD_VALUE
        if getattr(self, name) != value:
            setattr(self, name, value)
            self._note_change()
        return messages.RESULT_DONE

    def name(self, label: bytes) -> int:
        """Set the name of the desk; return RESULT_DONE or RESULT_BAD_VALUE."""
        if len(label) > messages.MAX_LABEL_BYTES:
            return messages.RESULT_BAD_VALUE
        try:
            str(label, "utf-8")
        except UnicodeError:
            return messages.RESULT_BAD_VALUE
        if label != self.label:
            self.label = label
            self._note_change()
        return messages.RESULT_DONE

    def _note_change(self) -> None:
        self.saved = False
        self.changes = (self.changes + 1) & MASK

    def values(self) -> tuple[int, ...]:
        """Return the fields of messages.SETTINGS, in order."""
        return (1 if self.saved else 0, self.writes) + self._numbers()

    def _numbers(self) -> tuple[int, ...]:
        return (
            self.cough_ms,
            self.bounce_ms,
            self.safe_muted,
            self.day_percent,
            self.night_percent,
        )

    def content(self) -> tuple[object, ...]:
        """Return what is kept in flash, for comparing."""
        return self._numbers() + (self.label,)

    def record(self, number: int) -> bytes:
        """Return these settings as record `number`, at most PAGE_BYTES."""
        head = struct.pack(_HEAD, _MAGIC, _VERSION, _BODY_BYTES, number)
        label = (len(self.label), self.label)
        text = head + struct.pack(_BODY, *(self._numbers() + label))
        return text + struct.pack(_CHECK, crc32(text))

    def copy_to(self, other: "Settings") -> None:
        """Make `other` equal to these settings."""
        other.cough_ms = self.cough_ms
        other.bounce_ms = self.bounce_ms
        other.safe_muted = self.safe_muted
        other.day_percent = self.day_percent
        other.night_percent = self.night_percent
        other.label = self.label
        other.saved = self.saved
        other.writes = self.writes
        other.changes = self.changes

    def key(self) -> tuple[object, ...]:
        """Return all values, for comparing states."""
        return self.values() + (self.label,)


def read_record(kept: bytes) -> Settings | None:
    """Return the settings of a sector's record, None where there is no whole one.

    A value that makes no sense, of a foreign record or a later version, gives way to its
    default and leaves the others as they are.
    """
    if len(kept) < _HEAD_BYTES:
        return None
    magic, version, length, number = struct.unpack_from(_HEAD, kept, 0)
    end = _HEAD_BYTES + length
    if magic != _MAGIC or version < 1 or not _BODY_BYTES <= length <= _LONGEST_BODY:
        return None
    if len(kept) < end + _CHECK_BYTES:
        return None
    if struct.unpack_from(_CHECK, kept, end)[0] != crc32(kept[:end]):
        return None
    settings = Settings()
    body = struct.unpack_from(_BODY, kept, _HEAD_BYTES)
    for place in range(len(_ORDER)):
        settings.change(_ORDER[place], body[place])
    length, label = body[-2:]
    if length <= len(label):
        settings.name(label[:length])
    settings.saved = True
    settings.writes = number & MASK
    settings.changes = 0
    return settings


def is_marked(kept: bytes) -> bool:
    """Tell whether the record of a sector was finished."""
    return kept[PAGE_BYTES : PAGE_BYTES + len(MARK)] == MARK


def is_blank(kept: bytes) -> bool:
    """Tell whether a sector holds nothing, as a new one and an erased one."""
    return kept.count(b"\xff") == len(kept)


def newest(first: bytes, second: bytes) -> int:
    """Return which of two sectors has the settings that hold, -1 where neither has any.

    A finished record goes before one that is not. Record numbers are on the ring of `modular`.
    """
    records = (read_record(first), read_record(second))
    if records[0] is None or records[1] is None:
        return 0 if records[0] else 1 if records[1] else -1
    if is_marked(first) != is_marked(second):
        return 0 if is_marked(first) else 1
    return 0 if difference(records[0].writes, records[1].writes) > 0 else 1
