"""A host that is there before the console program is: what it sends then must not stop the boot."""

from __future__ import annotations

from pathlib import Path

from tests.firmware.device import run_for
from tests.firmware.plain_host import PlainHost

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console import pins

CTRL_C = b"\x03"
EVERY_US = 500
BOOT_US = 500_000


def test_a_byte_three_in_a_frame_is_no_ctrl_c_while_the_console_starts(uf2: Path) -> None:
    """It stands in every thirtieth hello, and a daemon sends one as soon as there is a port."""
    with LockstepEmulator(uf2, drive={pins.HEADSET_PLUGGED: False}) as pico:
        run_for(pico, 2_000_000)  # the first boot of all makes a file system
        pico.power_cycle()
        while not pico.connected:
            pico.run_until_output(pico.now_us + 1_000_000)
        for _ in range(BOOT_US // EVERY_US):
            pico.send(CTRL_C)
            pico.run_until(pico.now_us + EVERY_US)
        pico.read()
        PlainHost(pico).connect()
