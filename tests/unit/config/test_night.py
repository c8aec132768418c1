"""The hours of the night, and the label: what a person may write, and what it says else."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from calldeck.config import load_settings
from calldeck.config.night import MINUTES_A_DAY, NightHours, parse_night
from calldeck.config.settings import MAX_LABEL_BYTES, ConsoleSettings, DeskSettings
from calldeck.errors import UsageError
from calldeck_wire import messages


@pytest.mark.parametrize(
    "text, first, last, before, after",
    [
        ("22:00-06:00", 22 * 60, 6 * 60 - 1, 22 * 60 - 1, 6 * 60),
        ("00:00-00:01", 0, 0, MINUTES_A_DAY - 1, 1),
        ("13:30-14:00", 13 * 60 + 30, 14 * 60 - 1, 13 * 60 + 29, 14 * 60),
    ],
)
def test_the_night_begins_and_ends_on_the_minute(
    text: str, first: int, last: int, before: int, after: int
) -> None:
    hours = parse_night(text)
    assert hours is not None
    assert hours.holds(first)
    assert hours.holds(last)
    assert not hours.holds(before)
    assert not hours.holds(after)


def test_a_night_has_as_many_minutes_as_it_says() -> None:
    assert sum(NightHours(22 * 60, 6 * 60).holds(minute) for minute in range(MINUTES_A_DAY)) == 480


def test_no_night_at_all() -> None:
    assert parse_night("") is None
    assert ConsoleSettings().night_hours is None


@pytest.mark.parametrize(
    "text", ["22-6", "22:00 - 06:00", "24:00-06:00", "22:60-06:00", "22:00-06:00 ", "at night"]
)
def test_what_is_no_night_is_refused_with_an_example(text: str, tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(f'[console]\nnight = "{text}"\n', "utf-8")
    with pytest.raises(UsageError, match=r"line 2: \[console\] night = .*22:00-06:00"):
        load_settings(path)


def test_a_night_without_an_end_is_refused() -> None:
    with pytest.raises(ValidationError, match="has no end"):
        ConsoleSettings(night="06:00-06:00")


def test_a_label_has_the_room_that_a_console_has() -> None:
    assert messages.MAX_LABEL_BYTES == MAX_LABEL_BYTES
    assert DeskSettings(label="x" * 32).label == "x" * 32
    with pytest.raises(ValidationError, match="room for 32 bytes in UTF-8, and this has 34"):
        DeskSettings(label="ü" * 17)
