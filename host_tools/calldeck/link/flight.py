"""The flight recorder of the link: the last frames both ways, for whoever looks into a fault.

No I/O and no clock. It is on for a whole shift and there is one for each console, so a frame is
kept as its few bytes and not as an object, and all but the newest are packed: most frames differ
from those before them by a few bits.
"""

import struct
import sys
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

FRAMES = 1_024
"""So many frames are kept: at rest the last four minutes."""

TO_CONSOLE = 0
FROM_CONSOLE = 1

_CHUNK = 64
_HEAD = struct.Struct("<BIB")
_MS_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it passed. ms: host milliseconds, of which 32 bits are kept; direction: TO_*."""

    direction: int
    ms: int
    payload: bytes


class FlightRecorder:
    """Keeps the last frames, in chunks of which the oldest is dropped whole."""

    def __init__(self) -> None:
        self._packed: deque[bytes] = deque(maxlen=FRAMES // _CHUNK)
        self._newest = bytearray()
        self._count = 0  # frames in the newest chunk

    def note(self, direction: int, ms: float, payload: bytes) -> None:
        """Keep a frame's payload."""
        if self._count == _CHUNK:
            self._packed.append(zlib.compress(self._newest, 1))
            self._newest = bytearray()
            self._count = 0
        self._count += 1
        self._newest += _HEAD.pack(direction, int(ms) & _MS_MASK, len(payload))
        self._newest += payload

    def frames(self) -> list[Frame]:
        """Return the last frames, the oldest first."""
        chunks = [*(zlib.decompress(chunk) for chunk in self._packed), bytes(self._newest)]
        return [frame for chunk in chunks for frame in _frames(chunk)][-FRAMES:]

    def __sizeof__(self) -> int:
        """Count what is kept, too."""
        return sum(map(sys.getsizeof, (self._packed, *self._packed, self._newest)))


def _frames(chunk: bytes) -> Iterator[Frame]:
    at = 0
    while at < len(chunk):
        direction, ms, size = _HEAD.unpack_from(chunk, at)
        at += _HEAD.size + size
        yield Frame(direction, ms, chunk[at - size : at])
