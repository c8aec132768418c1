"""Storms over the link: nothing lost, nothing doubled, nothing late, whatever the line does."""

from __future__ import annotations

import pytest
from tests.unit.link.storm import Job, blow, jobs
from tests.unit.link.verdict import Outcome
from tests.unit.link.weather import WEATHERS

FRAMES = 100_000
FULL_FRAMES = 1_000_000
EACH = 8_000
FULL_EACH = 12_000


def has_been(weather: str, outcome: Outcome) -> dict[str, bool]:
    """Return what tells that a storm was one: its trouble has left its marks."""
    errors = outcome.errors
    marks = {
        "lossy": errors["gap"] > 100 and errors["repeated"] > 50,
        "duplicating": errors["repeated"] > 100,
        "corrupting": errors["damaged"] > 500,
        "slow": errors["repeated"] > 500,
        "stalling": outcome.expired > 20,
        "cut and reopened": outcome.connections > 20 and outcome.expired > 20,
        "watchdog": outcome.connections > 20 and outcome.reset > 0,
        "power cuts": outcome.connections > 20 and outcome.reset > 0,
        "refusing ledger": outcome.connections > 50,
    }
    if weather.startswith("all of it"):
        marks[weather] = errors["damaged"] > 100 and outcome.expired > 0
    return {
        "its trouble": marks.get(weather, True),
        "clock and numbers wrapped": outcome.wraps >= 2,
        "presses": outcome.presses > 200,
        "most of them on a picture": outcome.shown > 0.7 * outcome.edges,
    }


def check(weather: str, frames: int, each: int) -> None:
    """Go through every storm of one weather; the first unsound one tells its story."""
    total = Outcome()
    for job in jobs(frames, each):
        if job.weather == weather:
            outcome = blow(job)
            assert outcome.sound, "\n".join(outcome.stories)
            total.add(outcome)
    assert total.frames >= frames / len(WEATHERS)
    assert total.presses == total.delivered + total.reset + total.overflow
    missing = [what for what, is_there in has_been(weather, total).items() if not is_there]
    assert not missing, f"{weather}: no storm for want of {missing}: {total}"


# Each in a group of its own, so that they share the cores.
EVERY_WEATHER = [
    pytest.param(name, id=name, marks=pytest.mark.xdist_group(f"storm {name}")) for name in WEATHERS
]


@pytest.mark.parametrize("weather", EVERY_WEATHER)
def test_no_press_is_lost_doubled_or_late(weather: str) -> None:
    check(weather, FRAMES, EACH)


@pytest.mark.full
@pytest.mark.parametrize("weather", EVERY_WEATHER)
def test_no_press_of_a_million_frames_is_lost_doubled_or_late(weather: str) -> None:
    check(weather, FULL_FRAMES, FULL_EACH)


def test_a_storm_is_the_same_whenever_it_blows() -> None:
    job = Job("all of it", 3, 1_500)
    assert blow(job) == blow(job)
    assert blow(job) != blow(Job("all of it", 4, 1_500))
