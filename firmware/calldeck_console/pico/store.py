"""The two sectors of the flash chip that hold the settings."""

import time

import calldeck_native
import machine

from calldeck_console import keeping
from calldeck_wire import flight


class Flash(keeping.Flash):
    """The sectors of the chip. While one is written nothing else happens on this board.

    The watchdog is fed right before: it must not take the slowest erase of an old chip
    (400 ms) for a program that hangs.
    """

    def __init__(self, watchdog: machine.WDT) -> None:
        self.watchdog = watchdog

    def read(self, sector: int) -> bytes:
        """Return the first KEPT_BYTES of a sector."""
        return calldeck_native.settings_read(sector)

    def erase(self, sector: int) -> None:
        """Erase a sector."""
        self._begin(sector, flight.FLASH_ERASE)
        calldeck_native.settings_erase(sector)

    def program(self, sector: int, page: int, data: bytes) -> None:
        """Write the beginning of an erased page."""
        self._begin(sector, page)
        calldeck_native.settings_program(sector, page, data)

    def _begin(self, sector: int, what: int) -> None:
        now = time.ticks_ms()
        calldeck_native.record(now, flight.FLASH, sector << 8 | what)
        calldeck_native.turn(now)
        calldeck_native.stage(flight.STAGE_FLASH)
        self.watchdog.feed()
