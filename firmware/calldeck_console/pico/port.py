"""The USB serial port: what is written to it never waits for a host that does not read."""

import time

import calldeck_native
import micropython
from micropython import const

# The CDC buffer of 256 bytes drains in packets of 64 or less. Whole units of 32 keep
# its free space a multiple of 32, so that "writable" means "a unit fits without waiting":
# a plain write to a full buffer would block for 500 ms.
_UNIT = const(32)
# A frame is made only when all before it has left, and then there is room for the longest one.
ROOM = 512
_SHORT_MS = const(2)
_LONG_MS = const(100)
_STOPPED_MS = const(100)


class Port:
    """What is to be written to the USB serial port: only what fits is."""

    def __init__(self) -> None:
        self.backlog = b""
        self.moved_ms = 0  # when something left last, or began to wait

    @micropython.native
    def look_again_ms(self, wait: int) -> int:
        """Return how long to wait, of at most `wait` ms, before there may be room again.

        A host that has just fallen behind is about to read; one that stopped costs little.
        """
        pause = _SHORT_MS
        if time.ticks_diff(time.ticks_ms(), self.moved_ms) > _STOPPED_MS:
            pause = _LONG_MS
        return pause if wait > pause else wait

    @micropython.native
    def send(self, data: bytes) -> None:
        """Write a frame, or keep what does not fit."""
        if self.backlog or len(data) > _UNIT or not calldeck_native.put(data):
            # Empty frames fill its last unit, as `put` does.
            if not self.backlog:
                self.moved_ms = time.ticks_ms()
            self.backlog += data + bytes(-len(data) % _UNIT)
            self.flush()

    @micropython.native
    def flush(self) -> None:
        """Write as many units as fit without waiting."""
        while self.backlog and calldeck_native.put(self.backlog[:_UNIT]):
            self.backlog = self.backlog[_UNIT:]
            self.moved_ms = time.ticks_ms()
