"""The lamps: the default profile as people were promised it, and the checks on any profile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.desk.scene import Scene

from calldeck.desk import AcdLink, Button, QueueFact, Status, lamps
from calldeck.desk.profile import (
    DEFAULT,
    PATTERNS,
    Attention,
    BadPattern,
    FlashTooFast,
    LookAlike,
    ProfileError,
    StatusLight,
    TooManyPatterns,
    check_look_alike,
    check_pattern,
    check_profile,
)


@pytest.mark.parametrize(
    "status, red, green, hold",
    [
        (Status.LOGGED_OUT, "off", "off", "off"),
        (Status.AVAILABLE, "off", "steady", "off"),
        (Status.RINGING, "off", "flash", "off"),
        (Status.TALKING, "wink", "off", "off"),
        (Status.HELD, "wink", "off", "flash"),
        (Status.AFTER_CALL_WORK, "double", "double", "off"),
        (Status.NOT_READY, "blip", "off", "off"),
    ],
)
def test_each_status_has_its_lamps(status: Status, red: str, green: str, hold: str) -> None:
    plan = Scene(login_at_start=False).starts(status).lamps
    assert (plan.availability_red, plan.availability_green) == (red, green)
    assert plan.availability_blue == "off"
    assert (plan.hold, plan.attention) == (hold, "off")
    assert plan.call_active == (status in {Status.RINGING, Status.TALKING, Status.HELD})


def test_the_times_of_the_patterns() -> None:
    assert PATTERNS == lamps.PATTERNS
    assert PATTERNS == {
        "flash": (500, 500),
        "wink": (900, 100),
        "blip": (100, 900),
        "double": (100, 100, 100, 700),
        "fast": (170, 170),
    }


def test_a_customer_held_too_long_makes_the_hold_lamp_fast_until_the_hold_is_over() -> None:
    scene = Scene(hold_reminder_ms=45_000).starts(Status.HELD)
    scene.wait(44_999)
    assert scene.lamps.hold == "flash"
    scene.fact(Status.HELD, muted=True)
    scene.wait(1)
    assert scene.lamps.hold == "fast"
    scene.fact(Status.TALKING)
    assert scene.lamps.hold == "off"
    scene.fact(Status.HELD)
    assert scene.lamps.hold == "flash"


@pytest.mark.parametrize(
    "waiting, lit",
    [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (8, 4), (9, 5), (99, 5)],
)
def test_the_queue_bar(waiting: int, lit: int) -> None:
    scene = Scene().starts(Status.AVAILABLE)
    scene.happens(QueueFact(waiting, 0 if waiting else None))
    plan = scene.lamps
    bar = [plan.queue1, plan.queue2, plan.queue3, plan.queue4, plan.queue5]
    assert bar == ["steady"] * lit + ["off"] * (5 - lit)


def test_the_queue_bar_is_dark_when_the_acd_is_lost_and_until_it_speaks_again() -> None:
    scene = Scene().starts(Status.AVAILABLE)
    scene.happens(QueueFact(9, 0))
    scene.happens(AcdLink(False))
    assert scene.lamps.queue1 == "off"
    scene.happens(AcdLink(True))
    scene.fact(Status.AVAILABLE)
    assert scene.lamps.queue1 == "off"


def test_a_plan_drawn_after_a_refusals_time_does_not_show_it() -> None:
    scene = Scene().starts(Status.NOT_READY)
    scene.press(Button.HOLD)
    assert lamps.plan(scene.desk, scene.now + 1999).attention == "double"
    assert lamps.plan(scene.desk, scene.now + 2000).attention == "off"


class TestChecks:
    def test_the_default_profile_passes(self) -> None:
        check_profile(DEFAULT)

    @pytest.mark.parametrize("times", [(50, 50), (1, 332), (10, 10, 10, 10, 10, 10, 10, 800)])
    def test_more_than_three_flashes_in_some_second(self, times: tuple[int, ...]) -> None:
        with pytest.raises(FlashTooFast, match="'quick'"):
            check_pattern("quick", times)

    @pytest.mark.parametrize("times", [(170, 170), (10, 10, 10, 10, 10, 960), (1, 333)])
    def test_three_are_allowed(self, times: tuple[int, ...]) -> None:
        check_pattern("quick", times)

    def test_a_burst_across_the_repeat_counts(self) -> None:
        """Two flashes at the end and two at the begin of the next round are four in a second."""
        with pytest.raises(FlashTooFast):
            check_pattern("bursts", (10, 200, 10, 2000, 10, 200, 10, 200))

    @pytest.mark.parametrize("times", [(), (100,), (100, 100, 100), (100, 0), (-1, 100)])
    def test_what_is_no_pattern(self, times: tuple[int, ...]) -> None:
        with pytest.raises(BadPattern):
            check_pattern("odd", times)

    def test_a_pattern_without_definition(self) -> None:
        statuses = {**DEFAULT.statuses, Status.RINGING: StatusLight("green", "flutter")}  # type: ignore[arg-type]
        with pytest.raises(BadPattern, match="'flutter'"):
            check_profile(replace(DEFAULT, statuses=statuses))

    def test_a_status_without_a_row(self) -> None:
        statuses = dict(DEFAULT.statuses)
        del statuses[Status.HELD]
        with pytest.raises(BadPattern, match="'held'"):
            check_profile(replace(DEFAULT, statuses=statuses))

    def test_six_patterns_on_one_lamp(self) -> None:
        light = replace(DEFAULT.statuses[Status.LOGGED_OUT], availability="fast")
        with pytest.raises(TooManyPatterns, match="availability"):
            check_profile(replace(DEFAULT, statuses={**DEFAULT.statuses, Status.LOGGED_OUT: light}))

    def test_two_statuses_that_differ_in_colour_alone(self) -> None:
        light = replace(DEFAULT.statuses[Status.NOT_READY], availability="steady")
        with pytest.raises(LookAlike, match=r"available.*not_ready|not_ready.*available"):
            check_profile(replace(DEFAULT, statuses={**DEFAULT.statuses, Status.NOT_READY: light}))

    def test_two_names_for_the_same_times_are_alike_too(self) -> None:
        light = replace(DEFAULT.statuses[Status.NOT_READY], availability="flash two")
        profile = replace(
            DEFAULT,
            patterns={**PATTERNS, "flash two": (500, 500)},
            statuses={**DEFAULT.statuses, Status.NOT_READY: light},
        )
        with pytest.raises(LookAlike):
            check_profile(profile)

    def test_a_fault_that_looks_like_a_lost_link(self) -> None:
        profile = replace(
            DEFAULT,
            patterns={**PATTERNS, "slow": (1000, 1000)},
            attention={**DEFAULT.attention, Attention.FAULT: "slow"},
        )
        with pytest.raises(LookAlike, match="link lost"):
            check_look_alike(profile)

    def test_all_are_value_errors(self) -> None:
        assert issubclass(ProfileError, ValueError)
