"""What a console is told of its settings, what it says of them, and its lamps by night."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from tests.clock import run
from tests.unit.station.place import Place

from calldeck.config.settings import Settings
from calldeck_console.keeping import WRITE_EVERY_S
from calldeck_wire import messages

SAVED_S = WRITE_EVERY_S + 5


def place_with(folder: Path, *, label: str = "", **console: Any) -> Place:
    place = Place(folder)
    place.settings = Settings.model_validate(
        {
            "journal": {"folder": str(folder)},
            "desks": [{"label": label}],
            "console": console,
        }
    )
    return place


def lines(place: Place) -> list[str]:
    return [line.text for line in place.daemon.told]


def local(hour: int, minute: int, second: int = 0) -> int:
    """Return the wall-clock ms of a time of a summer's day, wherever this runs."""
    return round(time.mktime((2026, 7, 1, hour, minute, second, 0, 0, -1)) * 1000)


def test_a_console_is_told_its_settings_and_keeps_them_over_a_power_cut(tmp_path: Path) -> None:
    async def test() -> None:
        place = place_with(
            tmp_path, label="Fenster 7 ü", cough_ms=300, safe_microphone="open", brightness=60
        )
        async with place.open():
            await place.ready()
            await asyncio.sleep(SAVED_S)
            place.console.power_cycle()
            kept = place.console.state.settings
            assert (kept.cough_ms, kept.safe_muted, kept.day_percent) == (300, 0, 60)
            assert kept.label.decode() == "Fenster 7 ü"
            assert kept.saved
            assert not place.console.state.microphone.muted, "as it is to be after a start"

    run(test())


def test_what_is_not_kept_yet_is_told_and_what_is_then(tmp_path: Path) -> None:
    async def test() -> None:
        place = place_with(tmp_path, label="Fenster", cough_ms=300)
        async with place.open():
            await place.ready()
            keeps = "the console keeps its settings as soon as there is no call"
            assert "it is the one of Fenster" in lines(place)
            assert keeps in lines(place)
            await asyncio.sleep(SAVED_S)
            assert lines(place)[-1] == "the console has kept its settings"

    run(test())


def test_nothing_is_said_or_written_where_nothing_is_new(tmp_path: Path) -> None:
    async def test() -> None:
        place = place_with(tmp_path, cough_ms=300)
        async with place.open():
            await place.ready()
            await asyncio.sleep(SAVED_S)
            place.daemon.kill()
            place.start()
            await place.ready()
            await asyncio.sleep(SAVED_S)
            assert not [text for text in lines(place) if "settings" in text]
            assert place.console.state.settings.writes == 1

    run(test())


def test_nothing_is_written_while_the_agent_talks(tmp_path: Path) -> None:
    async def test() -> None:
        place = place_with(tmp_path, cough_ms=300)
        async with place.open():
            await place.talking()
            await asyncio.sleep(60)
            assert place.console.state.settings.writes == 0
            place.daemon.acd.happen("hang_up", {})
            await asyncio.sleep(5)
            assert place.console.state.settings.writes == 1

    run(test())


def test_a_console_that_goes_by_other_settings_is_told_of(tmp_path: Path) -> None:
    """An older one may know narrower limits, and refuses what it was told."""

    async def test() -> None:
        place = place_with(tmp_path, cough_ms=300, label="Fenster")
        settings = place.console.state.settings
        change = settings.change

        def refuses(key: int, value: int) -> int:
            if key == messages.SETTING_COUGH_MS:
                return messages.RESULT_BAD_VALUE
            return change(key, value)

        settings.change = refuses  # type: ignore[method-assign]
        async with place.open():
            await place.ready()
            [problem] = [line for line in place.daemon.told if line.kind == "problem"]
            assert problem.text.startswith("The console goes by other settings than it was told")
            assert problem.detail == "cough_ms = 250 (300)"

    run(test())


def test_night_falls_and_ends_by_the_clock_on_the_wall(tmp_path: Path) -> None:
    async def test() -> None:
        place = place_with(tmp_path, night="22:00-06:00", night_brightness=20)
        async with place.open():

            def begin_at(at_ms: int) -> None:
                place.wall_offset_ms = at_ms - place.now

            def dim() -> bool:
                return bool(place.console.state.lamps.flags & messages.FLAG_NIGHT)

            begin_at(local(21, 58, 30))
            await place.ready()
            # A clock that is set is looked at within a minute.
            await asyncio.sleep(61)
            begin_at(local(21, 59, 30))
            assert not dim()
            await asyncio.sleep(29)
            assert not dim()
            await asyncio.sleep(61)
            assert dim()
            assert place.console.state.settings.night_percent == 20
            assert place.console.state.lamps.brightness[0] == 20
            begin_at(local(5, 59, 10))
            await asyncio.sleep(61)
            assert not dim()
            assert place.console.state.lamps.brightness[0] == 100

    run(test())


def test_without_a_night_its_brightness_is_not_told(tmp_path: Path) -> None:
    async def test() -> None:
        place = place_with(tmp_path, night_brightness=20)
        async with place.open():
            await place.ready()
            assert place.console.state.settings.night_percent == 100
            assert place.console.state.settings.saved

    run(test())
