"""The tests that run on the board itself, run on the emulated one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.board import SUITES, program, result
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute
from tests.system.test_replug import emulated

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console import pins

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def board(uf2: Path) -> Iterator[LockstepEmulator]:
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        pico.release(pins.HEADSET_PLUGGED)
        yield pico


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_passes_on_the_board(board: LockstepEmulator, suite: str) -> None:
    output = execute(board, program(suite), within_s=60)
    tests, failures = result(output)
    assert failures == 0, output
    assert tests >= 2, output


def test_a_failing_suite_is_told(board: LockstepEmulator) -> None:
    broken = program("lamps").replace("(50, 50)", "(500, 500)")
    tests, failures = result(execute(board, broken, within_s=60))
    assert (tests, failures) == (4, 1)


def test_the_target_for_a_board_takes_a_console_through_all_suites(uf2: Path) -> None:
    """`make test-board` on the emulator's port; the console is one again afterwards."""
    with emulated(uf2, {}) as (console, _do):
        command = [sys.executable, "-m", "tests.firmware.board", console.url]
        for _ in range(2):
            ended = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
            )
            assert ended.returncode == 0, ended.stdout + ended.stderr
            assert ended.stdout.count(" 0 failed") == len(SUITES)
