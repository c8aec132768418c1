"""The console's clock as the host knows it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from calldeck.link.clock import GRAIN_MS, ConsoleClock
from calldeck_wire.modular import MASK, add, difference

trips = st.tuples(st.floats(0, 80), st.floats(0, 80))


def console_at(host_ms: float, offset: int, drift: float = 0.0) -> int:
    return add(offset, int(host_ms * (1 + drift)))


@given(
    exchanges=st.lists(st.tuples(st.floats(1, 1_500), trips), min_size=1, max_size=60),
    offset=st.sampled_from([0, MASK - 20_000, 12_345]),
    start=st.floats(0, 1e9),
)
def test_the_error_is_at_most_half_the_shortest_round_trip(
    exchanges: list[tuple[float, tuple[float, float]]], offset: int, start: float
) -> None:
    clock, now = ConsoleClock(), start
    for pause, (there, back) in exchanges:
        now += pause
        clock.sample(now, now + there + back, console_at(now + there, offset))
        now += there + back
        error = difference(clock.console_ms(now), console_at(now, offset))
        assert abs(error) <= clock.uncertainty_ms
        assert clock.uncertainty_ms <= (there + back) / 2 + GRAIN_MS + 1e-6


@given(drift=st.floats(-1e-4, 1e-4), seed=trips)
def test_two_crystals_part_by_less_than_3_ms(drift: float, seed: tuple[float, float]) -> None:
    clock, now = ConsoleClock(), 0.0
    for ping in range(200):
        trip = 1 + (ping * 7 + seed[0]) % 10
        clock.sample(now, now + trip, console_at(now + trip / 2, 77, drift))
        now += 1_000
        error = difference(clock.console_ms(now), console_at(now, 77, drift))
        assert abs(error) <= 3 <= clock.uncertainty_ms


@given(asleep_ms=st.integers(300, 100_000_000), trip=st.floats(0.5, 100))
def test_a_host_that_slept_believes_the_first_answer_after_it(asleep_ms: int, trip: float) -> None:
    """The host's clock stands still in its sleep, the console's does not."""
    clock = ConsoleClock()
    for ping in range(20):
        clock.sample(ping * 1_000, ping * 1_000 + 1, console_at(ping * 1_000, 5))
    clock.sample(30_000, 30_000 + trip, console_at(30_000 + trip / 2, 5 + asleep_ms))
    error = difference(clock.console_ms(31_000), console_at(31_000, 5 + asleep_ms))
    assert abs(error) <= trip / 2 + 2


@given(age=st.integers(0, 1 << 28), now=st.floats(0, 1e9))
def test_an_age_is_the_way_back_on_the_ring(age: int, now: float) -> None:
    clock = ConsoleClock()
    clock.sample(now, now, 100)
    assert clock.age_ms(add(100, -age), now) == age


def test_the_future_is_the_clocks_error_or_half_a_ring_ago() -> None:
    clock = ConsoleClock()
    clock.sample(0, 0, 100)
    assert clock.age_ms(110, 0) == 0
    assert clock.age_ms(100 + 5_000, 0) > 1 << 29
