"""Frames: payload and CRC-32, stuffed with COBS, ended by a zero byte.

COBS (Cheshire and Baker, 1999) removes every zero from the frame, so a zero is
always a frame's end: a receiver that joins in the middle is in step again after
one frame. A payload of at most MAX_PAYLOAD bytes keeps every run shorter than
254, where COBS needs none of its long-run special cases.
"""

from binascii import crc32

from calldeck_wire.emit import micropython

TYPE_CHECKING = False  # MicroPython has no typing
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PAYLOAD = 120
CHECK_BYTES = 4
# One code byte in front; the closing zero is not counted.
MAX_ENCODED = MAX_PAYLOAD + CHECK_BYTES + 1
DELIMITER = b"\x00"

# MicroPython is known by what it lacks: nothing here may ask which machine it runs on.
_OBJECTS_COST_LITTLE = hasattr(b"", "translate")
# What COBS puts in front of a run of so many bytes: an object for each, so that none is made.
# A console would keep 9 kB of its heap for them, and never use them.
_CODES = [bytes([length + 1]) for length in range(254 if _OBJECTS_COST_LITTLE else 1)]
_EMPTY_RUN = _CODES[0]
# CRC-32 of anything that ends in its own CRC-32 is always the same. And a zero byte in front
# changes nothing where the register begins with the value that this byte turns into the usual
# one. So a frame is checked where it lies, without cutting the payload out first.
_BEFORE_ZERO = 0x0F6A7026
_WHOLE = 0x2144DF1C


def frame_by_runs(data: bytes) -> bytes:
    """Return `data`, of at most 253 bytes, with run lengths for its zeros, and a zero at its end.

    The fast way where making small objects costs little.
    """
    codes = _CODES
    runs = data.split(DELIMITER)
    return b"".join([codes[len(run)] + run if run else _EMPTY_RUN for run in runs]) + DELIMITER


def frame_by_bytes(data: bytes) -> bytes:
    """Return the same: the fast way where making objects costs much, for it makes few."""
    # Each zero becomes the place of its run's length, so every byte moves by exactly one.
    frame = bytearray(DELIMITER + data + DELIMITER)
    code_at = 0
    at = 0
    for byte in data:
        at += 1
        if not byte:
            frame[code_at] = at - code_at
            code_at = at
    frame[code_at] = at + 1 - code_at
    return bytes(frame)


_frame = frame_by_runs if _OBJECTS_COST_LITTLE else frame_by_bytes


def encode_in_python(payload: bytes) -> bytes:
    """Return the bytes that carry `payload` over the line, closing zero included.

    Raises ValueError for a payload that is empty or longer than MAX_PAYLOAD.
    """
    if not 0 < len(payload) <= MAX_PAYLOAD:
        raise ValueError("payload of %d bytes, 1 to %d fit a frame" % (len(payload), MAX_PAYLOAD))
    return _frame(payload + crc32(payload).to_bytes(CHECK_BYTES, "little"))


def decode_frame(encoded: bytes) -> bytes | None:
    """Return the payload of a frame without its closing zero, or None where it is damaged."""
    return None if 0 in encoded else _decode(encoded)


def _decode_in_python(encoded: bytes) -> bytes | None:
    """Return the payload of a frame in which no zero is, or None where it is damaged."""
    end = len(encoded)
    if end < CHECK_BYTES + 2:
        return None
    plain = bytearray(encoded)
    at = 0
    while at < end:
        plain[at] = 0
        at += encoded[at]
    # The last run must end with the text, though the zeros would be right without it.
    if at != end or crc32(plain, _BEFORE_ZERO) != _WHOLE:
        return None
    return bytes(plain)[1:-CHECK_BYTES]


encode_frame: "Callable[[bytes], bytes]" = encode_in_python
_decode: "Callable[[bytes], bytes | None]" = _decode_in_python


def use(encode: "Callable[[bytes], bytes]", decode: "Callable[[bytes], bytes | None]") -> None:
    """Have frames made and taken apart by other code, which must give the same bytes.

    For a machine that can do it faster than Python. `encode` stands for `encode_frame` (where it
    is called as `frames.encode_frame`); `decode` gets frames in which no zero is.
    """
    global encode_frame, _decode
    encode_frame = encode
    _decode = decode


class FrameReader:
    """Cuts a stream of bytes into payloads; memory is bounded whatever arrives.

    `damaged` counts frames that failed COBS, CRC or length; `oversize` those that
    grew past MAX_ENCODED before their end (they are skipped to the next zero).
    """

    def __init__(self) -> None:
        self.partial = b""
        self.skipping = False
        self.damaged = 0
        self.oversize = 0

    @micropython.native
    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes and return the payloads that they complete."""
        if not self.partial and not self.skipping and data.find(DELIMITER) == len(data) - 1:
            parts, rest = [data[:-1]], b""  # most often it is one frame
        else:
            parts = data.split(DELIMITER)
            rest = parts.pop()
        if parts and (self.partial or self.skipping):
            # The end of what the chunks before have begun.
            self._append(parts[0])
            parts[0] = self.partial
            self.partial = b""
            self.skipping = False
        payloads = []
        for part in parts:
            if 0 < len(part) <= MAX_ENCODED:
                payload = _decode(part)
                if payload is None:
                    self.damaged += 1
                else:
                    payloads.append(payload)
            elif part:
                self.oversize += 1
        if rest:
            self._append(rest)
        return payloads

    def _append(self, part: bytes) -> None:
        if self.skipping:
            return
        if len(self.partial) + len(part) > MAX_ENCODED:
            self.oversize += 1
            self.skipping = True
            self.partial = b""
        else:
            self.partial += part

    def copy_to(self, other: "FrameReader") -> None:
        """Make `other` equal to this reader."""
        other.partial = self.partial
        other.skipping = self.skipping
        other.damaged = self.damaged
        other.oversize = self.oversize

    def key(self) -> tuple[bytes, bool]:
        """Return what decides the future of this reader, for comparing states."""
        return (self.partial, self.skipping)
