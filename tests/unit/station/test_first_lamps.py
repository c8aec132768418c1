"""The consoles come first: what else a start loads waits for their lamps, but not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.clock import run
from tests.unit.station.place import Place

from calldeck.supervision import FIRST_LAMPS_S, FirstLamps


def waited_s(folder: Path, begin: Callable[[Place], None]) -> tuple[float, bool]:
    """Return how long a start waited for a place that begins so, and whether it has lamps then."""

    async def body() -> tuple[float, bool]:
        loop = asyncio.get_running_loop()
        place = Place(folder)
        begin(place)
        async with place.open():
            first_lamps = FirstLamps([place.daemon.runner])
            began_s = loop.time()
            await first_lamps.wait()
            took_s = loop.time() - began_s
            await asyncio.sleep(0)  # what was sent in this turn arrives in the next
            return took_s, place.console.state.lamps.leased

    return run(body())


def test_the_lamps_of_a_console_are_waited_for(tmp_path):
    took_s, leased = waited_s(tmp_path, lambda place: None)
    assert took_s < FIRST_LAMPS_S
    assert leased


def test_a_console_that_is_not_there_is_not_waited_for(tmp_path):
    took_s, _leased = waited_s(tmp_path, lambda place: place.console.unplug())
    assert took_s == 0


def test_one_that_is_silent_is_not_waited_for_long(tmp_path):
    def silence(place: Place) -> None:
        place.console.take = lambda data: None  # type: ignore[method-assign]

    took_s, leased = waited_s(tmp_path, silence)
    assert took_s == FIRST_LAMPS_S
    assert not leased


def test_one_of_several_that_is_not_there_does_not_hide_that_another_is(tmp_path):
    async def body() -> None:
        loop = asyncio.get_running_loop()
        here, gone = Place(tmp_path / "here"), Place(tmp_path / "gone")
        gone.console.unplug()
        async with here.open(), gone.open():
            first_lamps = FirstLamps([here.daemon.runner, gone.daemon.runner])
            await first_lamps.wait()
            assert here.daemon.station.session.lamp_frames > 0
            assert loop.time() < 86_400.125 + FIRST_LAMPS_S

    run(body())
