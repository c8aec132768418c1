"""Running Python on the emulated board: maintenance mode, and MicroPython's raw REPL."""

from __future__ import annotations

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console import pins
from calldeck_wire import messages

BOOT_US = 800_000
STATUS_HELD_US = 2_500_000
_STATUS = pins.BUTTONS[messages.BUTTON_STATUS]
MAINTENANCE_PINS = {_STATUS: False, pins.HEADSET_PLUGGED: False}


def run_for(pico: LockstepEmulator, microseconds: float) -> bytes:
    """Let time pass; return what the board has said meanwhile."""
    pico.run_until(pico.now_us + microseconds)
    return b"".join(chunk.data for chunk in pico.read())


def enter_maintenance(pico: LockstepEmulator) -> None:
    """Power up with STATUS held (drive MAINTENANCE_PINS), and open the raw REPL."""
    pico.run_until(STATUS_HELD_US)
    pico.release(_STATUS)
    raw_repl(pico)


def raw_repl(pico: LockstepEmulator) -> None:
    """Open the raw REPL of a board in maintenance mode."""
    pico.read()
    pico.send(b"\r\x03\x01")
    greeting = run_for(pico, 200_000)
    assert b"raw REPL; CTRL-B to exit" in greeting, greeting


def execute(pico: LockstepEmulator, code: str, within_s: float = 20.0) -> str:
    """Run `code` on the board and return what it printed; what it raised fails the test."""
    pico.send(code.encode() + b"\x04")
    said = b""
    end_us = pico.now_us + within_s * 1e6
    while said.count(b"\x04") < 2:
        assert pico.now_us < end_us, f"not done within {within_s} s: {said!r}"
        said += run_for(pico, 20_000)
    output, error = said.removeprefix(b"OK").split(b"\x04")[:2]
    assert not error, error.decode()
    return output.decode()
