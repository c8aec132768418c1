"""A board whose program is started from the prompt, patched, and what it tells after its end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance
from tests.firmware.plain_host import PlainHost

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck.link.console_flight import ConsoleFlight, read
from calldeck_console import pins
from calldeck_wire import messages

PLUGGED = {pins.HEADSET_PLUGGED: False}
RUN = "from calldeck_console.pico import runner\nrunner.run()\n"
BOOM = """
from calldeck_console import core
def boom(*_):
    raise ValueError("boom")
core.advance = boom
"""
HUNG = 26
# The program runs well for three seconds; then this pin, which has no other use, tells.
LATER = f"""
import time, machine
began = time.ticks_ms()
hung = machine.Pin({HUNG}, machine.Pin.OUT, value=0)
def spent():
    if time.ticks_diff(time.ticks_ms(), began) > 3000:
        hung(1)
        return True
"""


@contextlib.contextmanager
def maintenance(uf2: Path) -> Iterator[LockstepEmulator]:
    """Give a board in maintenance mode, its raw REPL open."""
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        pico.watch(*pins.LAMPS, pins.MICROPHONE_SWITCH, HUNG)
        yield pico


def begin(pico: LockstepEmulator, patch: str) -> None:
    """Start the console program from the prompt, patched."""
    pico.send((patch + RUN).encode() + b"\x04")


def until_reset(pico: LockstepEmulator, within_us: float) -> float:
    """Let time pass until the chip has been reset once more; return the microsecond."""
    resets = len(pico.resets)
    end_us = pico.now_us + within_us
    while len(pico.resets) == resets:
        assert pico.now_us < end_us, "no reset"
        pico.run_until_output(end_us)
    return pico.resets[-1].at_us


def recorded(host: PlainHost) -> ConsoleFlight | None:
    """Ask for the flight recorder, and read it."""
    since = len(host.heard)
    host.say(messages.REPORT_REQUEST, messages.REPORT_FLIGHT)
    host.run_for(400_000)
    pieces = list(host.of(messages.FLIGHT, since))
    assert [piece.values[0] for piece in pieces] == list(range(0, pieces[-1].values[1] or 1, 64))
    return read(b"".join(piece.tail for piece in pieces))


def logged(host: PlainHost) -> list[tuple[int, bytes]]:
    host.run_for(100_000)
    return [(news.values[0], news.tail) for news in host.of(messages.LOG)]
