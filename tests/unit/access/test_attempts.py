"""Guessing PINs: how many tries anybody gets, whatever they do in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from calldeck.access.attempts import FIRST_WAIT_S, LONGEST_WAIT_S, REMEMBERED, Attempts

HOUR_S = 3600.0


def test_four_failures_are_free_the_fifth_costs_half_a_minute_then_it_doubles() -> None:
    attempts = Attempts()
    for _failure in range(4):
        attempts.failed("1001", 0)
        assert attempts.locked_for_s("1001", 0) == 0
    now, waits = 0.0, []
    for _failure in range(4):
        attempts.failed("1001", now)
        waits.append(attempts.locked_for_s("1001", now))
        now += waits[-1]
        assert attempts.locked_for_s("1001", now) == 0
    assert waits == [30, 60, 120, 240]


def test_others_are_not_locked_with_one() -> None:
    attempts = Attempts()
    for _failure in range(9):
        attempts.failed("1001", 0)
    assert attempts.locked_for_s("1001", 0) > 0
    assert attempts.locked_for_s("1002", 0) == 0


def test_the_right_pin_ends_the_counting() -> None:
    attempts = Attempts()
    for _failure in range(4):
        attempts.failed("1001", 0)
    attempts.succeeded("1001")
    attempts.failed("1001", 0)
    assert attempts.locked_for_s("1001", 0) == 0


def test_no_wait_grows_without_end() -> None:
    attempts, now = Attempts(), 0.0
    for _failure in range(200):
        attempts.failed("1001", now)
        wait_s = attempts.locked_for_s("1001", now)
        assert wait_s <= LONGEST_WAIT_S
        now += wait_s


@given(st.lists(st.floats(min_value=0, max_value=600), min_size=1, max_size=200))
def test_a_guesser_gets_few_tries_an_hour_however_they_time_them(pauses: list[float]) -> None:
    """The waits are 30, 60, 120, ... seconds: four free tries and seven more fill an hour."""
    attempts, now, tries = Attempts(), 0.0, 0
    for pause in pauses:
        now += pause
        if now > HOUR_S:
            break
        if attempts.locked_for_s("1001", now) == 0:
            attempts.failed("1001", now)
            tries += 1
    assert tries <= 4 + 7


def test_a_guesser_gets_no_more_tries_by_failing_with_other_ids_in_between() -> None:
    """Whenever the guesser has to wait, they fill the memory with other ids."""
    attempts, now, tries = Attempts(), 0.0, 0
    while now < HOUR_S:
        attempts.failed("1001", now)
        tries += 1
        if wait_s := attempts.locked_for_s("1001", now):
            now += wait_s
            for number in range(REMEMBERED + 1):
                attempts.failed(f"made up {tries} {number}", now)
    assert tries <= 4 + 7


def test_memory_is_bounded_and_who_is_locked_stays_locked() -> None:
    attempts = Attempts()
    for _failure in range(5):
        attempts.failed("1001", 0)
    for number in range(5 * REMEMBERED):
        attempts.failed(f"made up {number}", 1)
    assert attempts.locked_for_s("1001", 1) == FIRST_WAIT_S - 1
    assert len(attempts._records) == REMEMBERED


def test_made_up_ids_do_not_wipe_out_what_is_known_of_one() -> None:
    attempts = Attempts()
    for _failure in range(4):
        attempts.failed("1001", 0)
    for number in range(3 * REMEMBERED):
        attempts.failed(f"made up {number}", 1)
    attempts.failed("1001", 2)
    assert attempts.locked_for_s("1001", 2) == FIRST_WAIT_S
