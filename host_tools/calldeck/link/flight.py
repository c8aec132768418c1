"""The flight recorder of the link: the last frames both ways, for whoever looks into a fault.

No I/O and no clock. It is on for a whole shift and there is one for each console, so a frame is
kept as its few bytes and not as an object.
"""

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

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
        self._chunks: deque[bytearray] = deque(maxlen=FRAMES // _CHUNK + 1)
        self._room = 0
        self._count = 0

    def note(self, direction: int, ms: float, payload: bytes) -> None:
        """Keep a frame's payload."""
        if self._room == 0:
            if len(self._chunks) == self._chunks.maxlen:
                self._count -= _CHUNK
            self._chunks.append(bytearray())
            self._room = _CHUNK
        self._room -= 1
        self._count += 1
        chunk = self._chunks[-1]
        chunk += _HEAD.pack(direction, int(ms) & _MS_MASK, len(payload))
        chunk += payload

    def frames(self) -> list[Frame]:
        """Return the last frames, the oldest first."""
        return list(islice(self._all(), max(0, self._count - FRAMES), None))

    def _all(self) -> Iterator[Frame]:
        for chunk in self._chunks:
            at = 0
            while at < len(chunk):
                direction, ms, size = _HEAD.unpack_from(chunk, at)
                at += _HEAD.size + size
                yield Frame(direction, ms, bytes(chunk[at - size : at]))
