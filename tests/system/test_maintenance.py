"""The firmware in maintenance mode: told for what it is, and its prompt left usable."""

import os
import termios
import tty

from tests.firmware.device import MAINTENANCE_PINS
from tests.system.test_replug import emulated

from calldeck_console import pins
from calldeck_wire.messages import BUTTON_NAMES

STATUS = pins.BUTTONS[BUTTON_NAMES.index("STATUS")]


def test_a_console_in_maintenance_mode_is_told_at_once(start, uf2):
    with emulated(uf2, MAINTENANCE_PINS) as (console, do):
        ended = start("--console", console.url, "--require-console").wait()
        message = ended.refused(3)
        assert len(message.splitlines()) == 1
        for part in (console.url, "maintenance mode", "Unplug it", "without touching a button"):
            assert part in message
        # It would be 3 s more if only silence told.
        assert ended.took_s < 3.5
        assert answers_at_a_line(console.url)
        # Powered up again without a finger on STATUS it is a console.
        do(console.release(STATUS))
        do(console.power_cycle())
        run = start("--console", console.url)
        run.wait_for("console", "connected: serial ")
        run.interrupt()
        assert run.wait().code == 130


def answers_at_a_line(path: str) -> bool:
    """Type a line, as a person would: the raw prompt would not answer it."""
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(port)
        termios.tcflush(port, termios.TCIFLUSH)
        os.write(port, b"print(6 * 7)\r")
        said = b""
        while b"42\r\n>>> " not in said:
            said += os.read(port, 100)
        return True
    finally:
        os.close(port)
