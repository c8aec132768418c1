"""Errors of the real program, and of a damaged image: a restart, or a prompt that tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.device import execute, raw_repl, run_for
from tests.firmware.life import (
    BOOM,
    HUNG,
    LATER,
    PLUGGED,
    begin,
    logged,
    maintenance,
    recorded,
    until_reset,
)
from tests.firmware.plain_host import PlainHost

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console import pins
from calldeck_wire import messages


@pytest.fixture
def board(uf2: Path) -> Iterator[LockstepEmulator]:
    with maintenance(uf2) as pico:
        yield pico


FAILS = """
from calldeck_console import core
healthy = core.advance
def boom(*arguments):
    if spent(): raise ValueError("boom")
    return healthy(*arguments)
core.advance = boom
"""


def test_an_error_restarts_the_console_at_once_and_dark(board: LockstepEmulator) -> None:
    host = PlainHost(board)
    begin(board, LATER + FAILS)
    began_us = board.now_us
    host.connect()
    host.show(hold=messages.SLOT_STEADY)
    host.run_until(began_us + 2_900_000)
    hold = pins.LAMPS[messages.LAMPS_ORDER.index("hold")]
    assert board.level(hold) is True
    reset_us = until_reset(board, 1_500_000)
    assert board.resets[-1].cause == "software"
    [failed_us] = [edge.at_us for edge in board.edges(HUNG) if edge.level]
    assert reset_us - failed_us < 20_000
    dark = next(edge for edge in board.edges(hold) if edge.at_us > failed_us)
    assert dark.level is False, "before the reset takes its drive away"
    assert dark.at_us < reset_us
    host.connect()
    assert board.now_us - failed_us < 1_000_000
    assert host.welcome[7] == messages.CAUSE_EXCEPTION
    assert (40, b"restarted after an error") in logged(host)
    found = recorded(host)
    assert found is not None
    assert found.doing == "error"
    assert found.last_error == 'ValueError: boom (File "<stdin>", line 13, in boom)'
    assert 'File "calldeck_console/pico/runner.py", line ' in found.error
    # Nothing was lit in between but what the program that came back shows by itself.
    switch = [edge.level for edge in board.edges(pins.MICROPHONE_SWITCH) if edge.at_us >= failed_us]
    assert False not in switch


def changed_image(uf2: Path, folder: Path, old: bytes, new: bytes) -> Path:
    """Return a copy of the image with a text changed, wherever it stands."""
    assert len(old) == len(new)
    data = bytearray(uf2.read_bytes())
    contents = b"".join(data[at + 32 : at + 32 + 256] for at in range(0, len(data), 512))
    assert old in contents
    changed = contents.replace(old, new)
    for block in range(len(data) // 512):
        data[512 * block + 32 : 512 * block + 288] = changed[256 * block : 256 * block + 256]
    path = folder / "changed.uf2"
    path.write_bytes(data)
    return path


def small_ints(numbers: tuple[int, ...]) -> bytes:
    """Return a frozen tuple's items as they lie in flash."""
    return b"".join((2 * number + 1).to_bytes(4, "little") for number in numbers)


@pytest.fixture
def crashing(uf2: Path, tmp_path: Path) -> Path:
    """Give an image whose program cannot use its pins: there is no GP99."""
    lamps = small_ints(pins.LAMPS)
    return changed_image(uf2, tmp_path, lamps, lamps[:-4] + small_ints((99,)))


def test_the_third_early_error_in_a_row_leaves_the_prompt_and_says_why(crashing: Path) -> None:
    with LockstepEmulator(crashing, drive=PLUGGED) as pico:
        said = run_for(pico, 3_000_000)
        assert [reset.cause for reset in pico.resets] == ["power", *["software"] * 3]
        assert pico.resets[-1].at_us < 1_000_000
        assert b"Traceback (most recent call last):" in said
        assert b'File "calldeck_console/pico/outputs.py"' in said
        assert b"ValueError: invalid pin" in said
        assert said.endswith(b">>> ")
        raw_repl(pico)
        assert execute(pico, "print(6 * 7)") == "42\r\n"
        # A reset is another try, and so is a power cycle.
        pico.send(b"import machine; machine.reset()\x04")
        run_for(pico, 3_000_000)
        assert len(pico.resets) == 4 + 1 + 3
        pico.power_cycle()
        run_for(pico, 3_000_000)
        assert len(pico.resets) == 8 + 1 + 3


def test_whoever_opens_the_port_late_is_told_why_too(crashing: Path) -> None:
    with LockstepEmulator(crashing, drive=PLUGGED, port_open=False) as pico:
        assert run_for(pico, 5_000_000) == b""
        pico.dtr(True)
        said = run_for(pico, 500_000)
        assert b"Traceback (most recent call last):" in said
        assert b"ValueError: invalid pin" in said


def test_errors_far_apart_never_leave_the_prompt(board: LockstepEmulator) -> None:
    word = "import machine; machine.mem32[0x4005800c] = 0x0CA10000 | 2 << 8\n"
    late = "import time\nwhile time.ticks_ms() < 11000: time.sleep_ms(100)\n"
    # Two errors in a row before, and the third one comes late: the program is tried again.
    execute(board, word + "from calldeck_console.pico import modes\nmodes._crashes = 2")
    begin(board, late + BOOM)
    until_reset(board, 15_000_000)
    host = PlainHost(board)
    host.connect()
    assert host.welcome[7] == messages.CAUSE_EXCEPTION


@pytest.mark.parametrize("module", ["calldeck_console/pico/modes.py", "calldeck_console/core.py"])
def test_a_damaged_image_is_told_at_the_prompt(uf2: Path, tmp_path: Path, module: str) -> None:
    """modes.py is what boot.py needs first, core.py what main.py does."""
    name = module.encode()
    image = changed_image(uf2, tmp_path, b"\0" + name + b"\0", b"\0" + name[:-4] + b"X.py\0")
    with LockstepEmulator(image, drive=PLUGGED) as pico:
        said = run_for(pico, 5_000_000)
        assert [reset.cause for reset in pico.resets] == ["power"]
        assert b"Traceback (most recent call last):" in said
        assert b"ImportError: " in said
        assert said.endswith(b">>> ")
        raw_repl(pico)
        assert execute(pico, "print(6 * 7)") == "42\r\n"


FORGOTTEN = """
import os
for folder in ("calldeck_console", "calldeck_console/pico", "calldeck_wire", "lib"):
    os.mkdir(folder)
for path in ("main.py", "boot.py", "time.py", "struct.py", "logging.py", "lib/select.py",
        "calldeck_console/__init__.py", "calldeck_console/pico/__init__.py",
        "calldeck_console/pico/runner.py", "calldeck_wire/__init__.py"):
    with open(path, "w") as file:
        file.write("raise ValueError('a forgotten file')")
"""


def test_forgotten_files_do_not_take_the_place_of_the_program(board: LockstepEmulator) -> None:
    execute(board, FORGOTTEN)
    board.send(b"import machine; machine.reset()\x04")
    until_reset(board, 500_000)
    host = PlainHost(board)
    host.connect()
    host.order(messages.RESET, messages.MODE_MAINTENANCE)
    until_reset(board, 500_000)
    run_for(board, 800_000)
    raw_repl(board)
    # A technician's own modules can be imported all the same, from where they always were.
    execute(board, "with open('lib/mine.py', 'w') as file: file.write('VALUE = 7')")
    assert execute(board, "import mine; print(mine.VALUE)") == "7\r\n"
