"""The firmware in maintenance mode: told for what it is, and its prompt left usable."""

import itertools
import os
import subprocess
import sys
import termios
import time
import tty
from pathlib import Path

import pytest
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


def mpremote(port: str, *words: object) -> str:
    """Run mpremote on a port, as a technician would; return what it said."""
    command = [sys.executable, "-m", "mpremote", "connect", port, *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 0, f"{words}: {ended.stdout}{ended.stderr}"
    return ended.stdout


@pytest.mark.parametrize(
    "seconds", [5, pytest.param(60, marks=(pytest.mark.full, pytest.mark.timeout(180)))]
)
def test_mpremote_is_at_home_in_maintenance_mode_and_then_all_is_normal(
    start, uf2, tmp_path, seconds
):
    note = tmp_path / "note.txt"
    note.write_text("left by a technician\n")
    with emulated(uf2, MAINTENANCE_PINS) as (console, do):
        do(console.wait_connected(10))  # it is there when it has seen the hand on STATUS
        do(console.release(STATUS))
        until = time.monotonic() + seconds
        for turn in itertools.count():
            if time.monotonic() >= until:
                break
            work(console.url, note, turn)
        assert turn >= 1
        assert [reset.cause for reset in console.resets] == ["power"], "no watchdog bites there"
        mpremote(console.url, "resume", "reset")
        do(console.wait_until(lambda: len(console.resets) == 2, 10))
        run = start("--console", console.url)
        run.wait_for("console", "connected: serial ")
        run.interrupt()
        assert run.wait().code == 130


def work(port: str, note: Path, turn: int) -> None:
    """Do what technicians do: files, single lines, soft resets, looking around."""
    assert mpremote(port, "resume", "eval", f"{turn} * 7").strip() == str(turn * 7)
    mpremote(port, "cp", note, ":")  # after a soft reset, as without `resume`
    assert "note.txt" in mpremote(port, "resume", "ls")
    assert mpremote(port, "cat", ":note.txt") == note.read_text()
    code = "from calldeck_console.pico import modes; print(modes.boot_mode())"
    assert mpremote(port, "soft-reset", "exec", code).strip() == "1"
    mpremote(port, "resume", "rm", ":note.txt")
