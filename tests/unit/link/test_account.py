"""The account of presses, welcome by welcome; what the delivery tests do at random, by name."""

from __future__ import annotations

from calldeck.link.account import LapseCount, PressAccount, PressCounts


def account(presses: int = 100, overflow: int = 0) -> PressAccount:
    made = PressAccount()
    made.welcome(presses, overflow, rebooted=False)
    return made


def arrive(made: PressAccount, *counts: int) -> None:
    for count in counts:
        made.delivered += 1
        made.arrived(count % 65_536)


def test_the_only_press_that_waited_before_the_first_hello_belongs_to_the_run() -> None:
    made = account(100)
    arrive(made, 100)
    assert made.counts() == PressCounts(1, 1, 0, 0, 0)


def test_presses_that_waited_before_the_first_hello_belong_to_the_run() -> None:
    made = account(65_537)
    arrive(made, 65_535, 65_536, 65_537, 65_538)
    assert made.counts() == PressCounts(4, 4, 0, 0, 0)


def test_presses_still_to_come_from_before_the_first_hello_can_be_lost_in_a_reset() -> None:
    """The answer to the hello got lost for a while: presses were made and waited meanwhile."""
    made = account(32)
    arrive(made, 1, 2, 3)
    assert made.counts().lost == 29, "still to come"
    made.told(36, 0)
    made.welcome(36, 0, rebooted=True)
    assert made.counts() == PressCounts(36, 3, 0, 33, 0)


def test_a_drop_that_the_edges_told_of_is_known_though_a_power_cut_took_its_count() -> None:
    made = account(0)
    arrive(made, 1, 2, 3)
    made.delivered += 1
    made.arrived(5, after_drops=True)
    made.told(9, 0)
    made.welcome(0, 0, rebooted=True, counting_anew=True)
    assert made.counts() == PressCounts(9, 4, 0, 4, 1)


def test_a_hole_that_nothing_explains_is_lost() -> None:
    made = account()
    arrive(made, 101, 104)
    assert made.counts().lost == 2
    made.told(104, 1)
    assert made.counts().lost == 1


def test_drops_of_presses_that_had_arrived_explain_nothing() -> None:
    made = account()
    arrive(made, 101, 102)
    made.told(102, 2)
    assert made.counts() == PressCounts(2, 2, 0, 0, 0)
    made.welcome(102, 2, rebooted=True)
    arrive(made, 105)
    assert made.counts().lost == 2


def test_what_was_pending_at_a_reset_is_counted_under_it() -> None:
    made = account()
    arrive(made, 101)
    made.welcome(104, 1, rebooted=True)
    arrive(made, 105)
    assert made.counts() == PressCounts(5, 2, 0, 2, 1)


def test_a_press_between_a_reset_and_its_welcome_was_not_lost_by_it() -> None:
    made = account()
    arrive(made, 101)
    made.welcome(103, 0, rebooted=True)
    assert made.counts().reset == 2
    arrive(made, 103, 104)
    assert made.counts() == PressCounts(4, 3, 0, 1, 0)


def test_a_power_cut_begins_a_new_count_and_keeps_the_old_one() -> None:
    made = account()
    arrive(made, 101, 102)
    made.told(104, 1)
    # It has counted more since than before: only the cause of its boot tells.
    made.welcome(200, 0, rebooted=True, counting_anew=True)
    arrive(made, 200, 201)
    assert made.counts() == PressCounts(6, 4, 0, 1, 1)


def test_a_console_that_counts_less_than_before_has_had_its_power_cut() -> None:
    made = account()
    arrive(made, 101)
    made.welcome(0, 0, rebooted=True)
    arrive(made, 1, 2)
    assert made.counts() == PressCounts(3, 3, 0, 0, 0)


def test_lapses_are_summed_over_the_boots_of_a_run() -> None:
    lapses = LapseCount()
    assert lapses.total == 0
    lapses.told(1, 7)
    lapses.told(1, 9)
    lapses.told(2, 1)
    lapses.told(2, 3)
    lapses.told(3, 0)
    assert lapses.total == 5
