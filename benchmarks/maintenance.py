"""A program of our own on the emulated board: maintenance mode, and MicroPython's raw REPL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import serial
from tests.system.outliving import PATIENCE_S, OutlivingConsole, until

# Longer than STATUS must be held at power-up to ask for maintenance.
HELD_US = 2_500_000
STOP = b"\x04"


def enter(console: OutlivingConsole) -> None:
    """Have the console in maintenance mode, where the firmware's program does not run."""
    console.press("STATUS")
    began_us = console.do("power_cycle")
    console.wait_until_us(began_us + HELD_US)
    console.let_go("STATUS")
    until(Path(console.port).exists, lambda: "no port in maintenance mode")


def leave(console: OutlivingConsole) -> None:
    """Have the firmware's own program again."""
    console.do("power_cycle")


@contextmanager
def running(console: OutlivingConsole, program: str) -> Iterator[serial.Serial]:
    """Run a program that answers on the port until it gets STOP; give the port."""
    with serial.Serial(console.port, timeout=PATIENCE_S, exclusive=True) as port:
        port.write(b"\r\x03\x01")
        _read_until(port, b"raw REPL; CTRL-B to exit\r\n>")
        port.write(program.encode() + b"\x04")
        _read_until(port, b"OK")
        yield port
        port.write(STOP)
        said = _read_until(port, b"\x04>")
        assert said == b"\x04\x04>", said


def _read_until(port: serial.Serial, end: bytes) -> bytes:
    said = bytes(port.read_until(end))
    assert said.endswith(end), f"no {end!r} within {PATIENCE_S} s, but {said!r}"
    return said
