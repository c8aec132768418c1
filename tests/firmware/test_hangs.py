"""The watchdog on the real firmware: what hangs is bitten, and the recorder tells where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.device import run_for
from tests.firmware.life import (
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
from calldeck_wire import messages

BACK_US = 1_500_000


@pytest.fixture
def board(uf2: Path) -> Iterator[LockstepEmulator]:
    with maintenance(uf2) as pico:
        yield pico


HANGS = {
    "inputs": """
from calldeck_console.pico.inputs import Inputs
healthy = Inputs.changes
def hang(self, now):
    while spent(): pass
    return healthy(self, now)
Inputs.changes = hang
""",
    "core": """
from calldeck_console import core
healthy = core.advance
def hang(*arguments):
    while spent(): pass
    return healthy(*arguments)
core.advance = hang
""",
    "lamps": """
from calldeck_console.pico.outputs import Outputs
healthy = Outputs.show
def hang(self, lit):
    healthy(self, lit)
    while spent(): pass
Outputs.show = hang
""",
    "link": """
from calldeck_console import core
healthy = core.transmit
def hang(*arguments):
    while spent(): pass
    return healthy(*arguments)
core.transmit = hang
""",
    "collection": """
import gc
from calldeck_console.pico import runner
class Slow:
    def collect(self):
        while spent(): pass
        gc.collect()
runner.gc = Slow()
""",
}


@pytest.mark.parametrize("stage", HANGS)
def test_what_hangs_is_bitten_and_the_recorder_tells_where(
    board: LockstepEmulator, stage: str
) -> None:
    host = PlainHost(board)
    begin(board, LATER + HANGS[stage])
    began_us = board.now_us
    host.connect()
    host.show(hold=messages.SLOT_STEADY)
    host.press(messages.BUTTON_ASSIST, board.now_us + 1_000, 50_000)
    host.run_until(began_us + 2_900_000)
    assert len(board.resets) == 1, "healthy until then"
    bitten_us = until_reset(board, 2_500_000)
    assert board.resets[-1].cause == "watchdog"
    host.connect()
    [hung_us] = [edge.at_us for edge in board.edges(HUNG) if edge.level]
    assert board.now_us - hung_us < BACK_US
    assert host.welcome[7] == messages.CAUSE_WATCHDOG
    assert (30, b"restarted by the watchdog") in logged(host)
    found = recorded(host)
    assert found is not None
    assert (found.doing, found.missing, found.error) == (stage, (), "")
    assert abs(bitten_us - hung_us - found.for_ms * 1_000) < 20_000
    words = [line.split(maxsplit=1)[1] for line in found.lines]
    assert words[0] == "boot cause=power mode=maintenance"
    assert "edge ASSIST down" in words
    assert "edge ASSIST up" in words
    assert any(word.startswith("session ..") for word in words)


STOPS = {
    "lamps": """
from calldeck_console.pico.outputs import Outputs
Outputs.show = lambda self, lit: None
""",
    "link": """
from calldeck_console.pico import runner
runner._Runner._transmit = lambda self, now: None
""",
}


@pytest.mark.parametrize("part", STOPS)
def test_a_loop_that_goes_on_without_a_part_is_bitten_too(
    board: LockstepEmulator, part: str
) -> None:
    begin(board, STOPS[part])
    began_us = board.now_us
    bitten_us = until_reset(board, 2_000_000)
    assert board.resets[-1].cause == "watchdog"
    assert 900_000 < bitten_us - began_us < 1_200_000
    host = PlainHost(board)
    host.connect()
    assert board.now_us - began_us < BACK_US + 200_000
    found = recorded(host)
    assert found is not None
    assert found.missing == (part,)


def test_a_healthy_console_is_never_bitten(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=PLUGGED) as pico:
        run_for(pico, 60_000_000)
        assert [reset.cause for reset in pico.resets] == ["power"]
