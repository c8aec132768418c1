"""The flight recorder: the last events before a reset, and what the program was doing then.

It lies in memory that no reset reaches but a power cut; the next boot hands the old one to the
host and begins a new one. It is never written to flash. (`calldeck_wire.flight` is its format.)
"""

import struct

from calldeck_wire import flight

TYPE_CHECKING = False  # MicroPython has no typing
if TYPE_CHECKING:
    from collections.abc import Callable

    # Takes console ms, the kind and its detail. It allocates nothing on the console.
    Record = Callable[[int, int, int], None]


def nowhere(ms: int, kind: int, detail: int) -> None:
    """Record nothing: the place of a recorder where there is none."""


class Recorder:
    """A flight recorder in `memory`, of flight.BYTES."""

    def __init__(self, memory: bytearray | memoryview) -> None:
        self.memory = memory

    def word(self, place: int) -> int:
        """Return a word of the head."""
        value: int = struct.unpack_from("<I", self.memory, 4 * place)[0]
        return value

    def set_word(self, place: int, value: int) -> None:
        """Set a word of the head."""
        struct.pack_into("<I", self.memory, 4 * place, value & flight.ALL_ONES)

    def is_whole(self) -> bool:
        """Tell whether the memory holds a recorder, and not the noise of a power cut."""
        mark = self.word(flight.MARK)
        return mark == flight.MARK_WORD and self.word(flight.CHECK) == mark ^ flight.ALL_ONES

    def contents(self) -> bytes:
        """Return all of it, nothing where the memory holds no recorder."""
        return bytes(self.memory) if self.is_whole() else b""

    def text(self) -> str:
        """Return the text of the error that ended the program, empty where none did."""
        text = self.contents()[flight.TEXT_AT :]
        end = text.find(b"\x00")
        text = text if end < 0 else text[:end]
        # It may have been cut within a character, and be damaged: ASCII is left of it.
        return "".join([chr(byte) if byte < 128 else "?" for byte in text])

    def begin(self, ms: int, cause: int, mode: int) -> None:
        """Begin with an empty recorder: a boot by this cause, in this mode."""
        boot = cause << 8 | mode
        for at in range(len(self.memory)):
            self.memory[at] = 0
        self.set_word(flight.BOOT, boot)
        self.set_word(flight.STAGE, flight.STAGE_START)
        self.set_word(flight.TURN, ms)
        self.set_word(flight.FED, ms)
        self.set_word(flight.CHECK, flight.MARK_WORD ^ flight.ALL_ONES)
        self.set_word(flight.MARK, flight.MARK_WORD)
        self.record(ms, flight.BOOTED, boot)

    def record(self, ms: int, kind: int, detail: int) -> None:
        """Write a record; on the Pico `calldeck_native.record` does the same."""
        count = self.word(flight.COUNT)
        place = flight.HEAD_BYTES + count % flight.RECORDS * flight.RECORD_BYTES
        what = kind << flight.KIND_SHIFT | detail & flight.DETAIL_MASK
        struct.pack_into(flight.RECORD_FORMAT, self.memory, place, ms, what)
        self.set_word(flight.COUNT, count + 1)

    def end_by_error(self, ms: int, text: str) -> None:
        """Keep the text of an error that ends the program: its end, where it is too long."""
        kept = text.encode()[-flight.TEXT_BYTES :]
        self.set_word(flight.STAGE, flight.STAGE_ERROR)
        self.memory[flight.TEXT_AT : flight.TEXT_AT + len(kept)] = kept
        self.record(ms, flight.ERROR, len(kept))
