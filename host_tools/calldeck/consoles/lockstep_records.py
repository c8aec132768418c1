"""What the lockstep emulator tells of: times are emulated microseconds."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that the device handed over, at an emulated microsecond."""

    at_us: float
    data: bytes


@dataclass(frozen=True, slots=True)
class PinEdge:
    """A pin changed what it drives; `level` is None when it stopped driving at all."""

    at_us: float
    level: bool | None


@dataclass(frozen=True, slots=True)
class Reset:
    """A start of the chip.

    cause: 'power' (RAM is noise), 'run' (the reset pin), 'software' (machine.reset()) or
    'watchdog' (its time ran out); the last two keep the watchdog's scratch registers.
    """

    at_us: float
    cause: str


@dataclass(frozen=True, slots=True)
class FlashOperation:
    """An order to the flash chip: 'erase' of sectors or 'program' of pages.

    It ends at `end_us` unless a reset or the loss of power comes before.
    """

    at_us: float
    kind: Literal["erase", "program"]
    offset: int
    length: int
    end_us: float


@dataclass(frozen=True, slots=True)
class UsbStrings:
    """What the device says of itself on USB."""

    vendor_id: int
    product_id: int
    manufacturer: str
    product: str
    serial_number: str
