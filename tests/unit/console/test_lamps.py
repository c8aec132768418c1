"""Lamps: patterns to the millisecond, and nothing confident without a lease."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldeck.desk import lamps as desk_lamps
from calldeck_console.lamps import ATTENTION, Lamps, flashes_slowly
from calldeck_wire import messages
from calldeck_wire.modular import MODULUS, add

FLASH, BLIP, DOUBLE = 2, 3, 4
PATTERNS = {FLASH: (500, 500), BLIP: (100, 900), DOUBLE: (100, 100, 100, 700)}
HOLD = messages.LAMPS_ORDER.index("hold")


def lamps() -> Lamps:
    made = Lamps()
    for slot, steps in PATTERNS.items():
        assert made.set_pattern(slot, 100, steps) == messages.RESULT_DONE
    return made


def slots(**named: int) -> bytes:
    return bytes(named.get(name, 0) for name in messages.LAMPS_ORDER)


def timeline(shown: Lamps, lamp: int, start: int, length: int) -> list[int]:
    """Return the ms after `start` at which the lamp changes, stepping only when asked to."""
    changes, now, lit = [], start, False
    while (passed := (now - start) % MODULUS) < length:
        shown.expire(now)
        if (shown.lit(now) >> lamp & 1) != lit:
            lit = not lit
            changes.append(passed)
        wait = shown.wait_ms(now)
        assert wait > 0
        now = add(now, wait)
    return changes


@pytest.mark.parametrize("start", [0, 12_345, MODULUS - 700])
def test_a_pattern_runs_to_the_millisecond(start: int) -> None:
    shown = lamps()
    assert shown.show(1, add(start, 2900), 0, slots(hold=DOUBLE), start)
    assert timeline(shown, HOLD, start, 2600) == [
        0, 100, 200, 300, 1000, 1100, 1200, 1300, 2000, 2100, 2200, 2300,
    ]  # fmt: skip


def test_refreshing_an_unchanged_state_never_restarts_a_pattern() -> None:
    shown = lamps()
    shown.show(1, 2000, 0, slots(hold=FLASH, attention=BLIP), 0)
    shown.show(1, 2300, 0, slots(hold=FLASH, attention=BLIP), 300)
    assert shown.lit(450) >> HOLD & 1
    shown.show(2, 2500, 0, slots(hold=FLASH), 600)
    assert not shown.lit(900) >> HOLD & 1
    assert shown.lit(1100) >> HOLD & 1


def test_without_a_lease_only_link_lost_is_shown() -> None:
    shown = lamps()
    everything = bytes([1] * 10)
    shown.show(7, 2000, messages.FLAG_CONFIRMED_MUTE, everything, 0)
    assert shown.shown_number() == 7
    assert shown.confirmed_mute()
    shown.expire(1999)
    assert shown.lit(1999) == 0x3FF
    shown.expire(2000)
    assert shown.shown_number() == 0
    assert not shown.confirmed_mute()
    assert shown.lapses == 1
    assert [shown.lit(ms) for ms in (2000, 2999, 3000, 3999, 4000)] == [
        1 << ATTENTION, 1 << ATTENTION, 0, 0, 1 << ATTENTION,
    ]  # fmt: skip


def test_a_lease_is_never_longer_than_three_seconds() -> None:
    shown = lamps()
    shown.show(1, 60_000, 0, slots(hold=1), 0)
    shown.expire(3000)
    assert not shown.leased


@pytest.mark.parametrize(
    ("number", "until", "content"),
    [
        (4, 2000, slots(hold=1)),  # older than what is shown
        (0, 2000, slots(hold=1)),  # no number
        (6, 0, slots(hold=1)),  # lease already over
        (6, 2000, slots(hold=9)),  # a pattern that was never uploaded
        (6, 2000, slots(hold=200)),  # no such slot
    ],
)
def test_a_state_that_cannot_be_true_is_not_shown(number: int, until: int, content: bytes) -> None:
    shown = lamps()
    shown.show(5, 2000, 0, slots(attention=1), 0)
    assert not shown.show(number, until, 0, content, 100)
    assert shown.lit(100) == 1 << ATTENTION


def test_every_shipped_pattern_is_accepted() -> None:
    for steps in desk_lamps.PATTERNS.values():
        assert flashes_slowly(tuple(steps))


@pytest.mark.parametrize(
    "steps",
    [
        (100,),
        (0, 100),
        (50, 50),
        (10, 10, 10, 10, 10, 10, 10, 900),
        (100, 20_000),
        (100, 100) * 5,
    ],
)
def test_a_pattern_that_flickers_or_makes_no_sense_is_refused(steps: tuple[int, ...]) -> None:
    assert lamps().set_pattern(5, 100, steps) == messages.RESULT_BAD_VALUE


@given(
    st.lists(st.one_of(st.integers(1, 400), st.integers(1, 2000)), min_size=2, max_size=8).filter(
        lambda steps: len(steps) % 2 == 0
    )
)
def test_an_accepted_pattern_has_at_most_three_flashes_in_any_second(steps: list[int]) -> None:
    cycle = [sum(steps[:place]) for place in range(0, len(steps), 2)]
    # From each flash on, as many cycles as a second can hold.
    starts = [sum(steps) * turn + at for turn in range(1000 // sum(steps) + 2) for at in cycle]
    # One millisecond of grace for 3 flashes of 333 ms.
    worst = max(sum(first <= other < first + 999 for other in starts) for first in cycle)
    assert flashes_slowly(tuple(steps)) == (worst <= 3)


def test_a_pattern_that_becomes_another_begins_anew_and_the_same_one_goes_on() -> None:
    lit = lamps()
    content = bytes([0, 0, 0, 2, 0, 0, 0, 0, 0, 0])
    assert lit.show(1, 3000, 0, content, 0)
    assert lit.lit(0) == 1 << HOLD
    assert lit.lit(700) == 0  # 500/500
    assert lit.set_pattern(2, 100, PATTERNS[2]) == messages.RESULT_DONE
    assert lit.lit(900) == 0
    assert lit.lit(1000) == 1 << HOLD
    assert lit.set_pattern(2, 100, (900, 100)) == messages.RESULT_DONE
    assert lit.lit(1600) == 1 << HOLD
    assert lit.lit(2499) == 1 << HOLD
    assert lit.lit(2500) == 0
    assert lit.set_pattern(2, 100, ()) == messages.RESULT_DONE
    assert lit.lit(2600) == lit.lit(2900) == 1 << HOLD
