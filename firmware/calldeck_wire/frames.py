"""Frames: payload and CRC-32, stuffed with COBS, ended by a zero byte.

COBS (Cheshire and Baker, 1999) removes every zero from the frame, so a zero is
always a frame's end: a receiver that joins in the middle is in step again after
one frame. A payload of at most MAX_PAYLOAD bytes keeps every run shorter than
254, where COBS needs none of its long-run special cases.
"""

import binascii
import struct

MAX_PAYLOAD = 120
CHECK_BYTES = 4
# One code byte in front; the closing zero is not counted.
MAX_ENCODED = MAX_PAYLOAD + CHECK_BYTES + 1
DELIMITER = b"\x00"


def stuff(data: bytes) -> bytes:
    """Return `data`, of at most 253 bytes, with its zeros replaced by run lengths (COBS)."""
    # Each zero becomes the place of its run's length, so every byte moves by exactly one.
    stuffed = bytearray(len(data) + 1)
    code_at = 0
    at = 0
    for byte in data:
        at += 1
        if byte:
            stuffed[at] = byte
        else:
            stuffed[code_at] = at - code_at
            code_at = at
    stuffed[code_at] = at + 1 - code_at
    return bytes(stuffed)


def unstuff(data: bytes) -> bytes | None:
    """Return what `stuff` was given, or None where `data` is no such text."""
    end = len(data)
    if end == 0 or 0 in data:
        return None
    plain = bytearray(data)
    at = 0
    while at < end:
        plain[at] = 0
        at += data[at]
    return bytes(plain[1:]) if at == end else None


def encode_frame(payload: bytes) -> bytes:
    """Return the bytes that carry `payload` over the line, closing zero included.

    Raises ValueError for a payload that is empty or longer than MAX_PAYLOAD.
    """
    if not 0 < len(payload) <= MAX_PAYLOAD:
        raise ValueError("payload of %d bytes, 1 to %d fit a frame" % (len(payload), MAX_PAYLOAD))
    return stuff(payload + struct.pack("<I", binascii.crc32(payload))) + DELIMITER


def decode_frame(encoded: bytes) -> bytes | None:
    """Return the payload of a frame without its closing zero, or None where it is damaged."""
    data = unstuff(encoded)
    if data is None or len(data) <= CHECK_BYTES:
        return None
    payload = data[:-CHECK_BYTES]
    if struct.pack("<I", binascii.crc32(payload)) != data[-CHECK_BYTES:]:
        return None
    return payload


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

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes and return the payloads that they complete."""
        payloads = []
        parts = data.split(DELIMITER)
        last = len(parts) - 1
        for index, part in enumerate(parts):
            self._append(part)
            if index == last:
                break
            if self.partial:
                payload = decode_frame(self.partial)
                if payload is None:
                    self.damaged += 1
                else:
                    payloads.append(payload)
            self.partial = b""
            self.skipping = False
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
