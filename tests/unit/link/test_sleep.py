"""A computer that was asleep, in jumped time: nothing of before is believed, nothing old acts."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest
from tests.clock import JumpingLoop, run
from tests.unit.link.rig import Rig, lamps
from tests.unit.link.test_session import HOLD, tap

from calldeck.link.connection import LATE_MS, SILENCE_MS
from calldeck.link.session import PING_MS
from calldeck.link.standstill import NOTICED_MS, Standstill, clock_gap_ms
from calldeck_wire import messages

EXPIRY_MS = 1_500
"""Of the desk: an edge that may be older does not act (`[commands] press_expiry_ms`)."""


# --- noticing --------------------------------------------------------------------------------


def test_a_gap_that_grows_is_a_sleep_told_once() -> None:
    clocks = Standstill(500.0)
    assert clocks.grown_ms(500.0) == 0
    assert clocks.grown_ms(500.0 + 8 * 3_600_000) == 8 * 3_600_000
    assert clocks.grown_ms(500.0 + 8 * 3_600_000) == 0


def test_a_clock_that_is_kept_in_step_is_no_sleep() -> None:
    """Half a millisecond each second is what a wall clock may be slewed by: for a day."""
    clocks = Standstill(0.0)
    assert not any(clocks.grown_ms(0.5 * second) for second in range(86_400))


def test_readings_that_were_held_up_are_no_sleep_and_hide_none() -> None:
    clocks = Standstill(0.0)
    assert clocks.grown_ms(-900.0) == 0
    assert clocks.grown_ms(0.0) == 0
    assert clocks.grown_ms(-900.0 + 5_000) == 4_100


def test_a_clock_that_was_set_back_is_no_sleep_and_hides_none() -> None:
    clocks = Standstill(0.0)
    assert clocks.grown_ms(-3_600_000.0) == 0
    assert clocks.grown_ms(-3_600_000.0 + NOTICED_MS) == NOTICED_MS


def test_the_clocks_of_this_computer_agree_while_it_is_awake() -> None:
    clocks = Standstill(clock_gap_ms())
    end = time.monotonic() + 0.05
    while time.monotonic() < end:
        assert clocks.grown_ms(clock_gap_ms()) == 0
    if sys.platform == "linux":
        boot_ms = time.clock_gettime(time.CLOCK_BOOTTIME) * 1000
        assert clock_gap_ms() + time.monotonic() * 1000 == pytest.approx(boot_ms, abs=1_000)


# --- the session ---------------------------------------------------------------------------


async def asleep_with_presses(rig: Rig, ages_ms: list[float], sleep_ms: float) -> None:
    """Sleep for so long; presses are made while asleep, so long before the waking."""
    passed = 0.0
    for age in sorted(ages_ms, reverse=True):
        rig.sleep(sleep_ms - age - passed)
        passed = sleep_ms - age
        rig.hand.toggle(HOLD)
        rig.hand.toggle(HOLD)
    rig.sleep(sleep_ms - passed)


@pytest.mark.parametrize("sleep_ms", [1_000, 5_000, 60_000, 8 * 3_600_000])
def test_a_new_session_begins_promptly_after_the_waking(sleep_ms: float) -> None:
    async def test() -> None:
        rig = Rig()
        rig.show(lamps("on"))
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(10)
            rig.sleep(sleep_ms)
            woke = rig.now
            await rig.until(lambda: len(rig.listener.ups) == 2)
            # The next turn of the lamps or of a ping at the latest.
            assert rig.now - woke <= 500 + 10
            seconds = round(sleep_ms / 1000)
            assert len(rig.listener.downs) == 1
            assert rig.listener.downs[0].startswith("This computer was asleep")
            assert rig.listener.downs[0].endswith(f"for {seconds} seconds.")
            assert rig.port.connections == 1
            assert rig.problems == []
            await rig.until(lambda: rig.console.lit("hold"))

    run(test())


def test_a_lamp_state_of_before_is_not_believed() -> None:
    """Neither by the console, nor by a press that was made when the lease had run out."""

    async def test() -> None:
        rig = Rig()
        rig.show(lamps("seen before"))
        async with rig.open():
            await rig.connected()
            await rig.until(lambda: rig.console.lit("hold"))
            await asleep_with_presses(rig, [10_000, 500], 20_000)
            assert not rig.console.lit("hold")
            await rig.drained()
            assert [edge.meaning for edge in rig.listener.edges] == [None] * 4

    run(test())


def test_presses_made_meanwhile_come_once_with_their_true_ages() -> None:
    ages_ms = [30_000.0, 5_000.0, 1_600.0, 400.0]

    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(10)
            await asleep_with_presses(rig, ages_ms, 60_000)
            woke = rig.now
            await rig.drained()
            assert rig.listener.keys == rig.hand.known.edges
            for edge, age in zip(rig.listener.edges[::2], ages_ms, strict=True):
                assert edge.age_ms == pytest.approx(edge.at_ms - woke + age, abs=2)
                assert edge.oldest_ms >= edge.at_ms - woke + age - 2
            expired = [edge.oldest_ms > EXPIRY_MS for edge in rig.listener.edges[::2]]
            assert expired == [True, True, True, False]
            assert rig.session.account.counts().lost == 0

    run(test())


def test_what_was_under_way_when_the_computer_fell_asleep_is_not_taken_for_new() -> None:
    """A frame that left before the sleep and is read after it is the first thing that is read."""

    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(3)
            rig.port.stall(20)
            rig.hand.toggle(HOLD)
            await asyncio.sleep(0.01)
            rig.sleep(60_000)
            await rig.until(lambda: bool(rig.listener.edges))
            assert rig.listener.edges[0].age_ms >= 60_000
            assert rig.session.errors["stale"] > 0

    run(test())


def test_a_press_after_the_waking_is_a_fresh_one() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(3)
            rig.sleep(60_000)
            await tap(rig, HOLD)
            await rig.drained()
            assert [edge.oldest_ms < EXPIRY_MS for edge in rig.listener.edges] == [True, True]

    run(test())


def test_a_sleep_shorter_than_is_noticed_is_put_right_by_the_next_ping() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(3)
            rig.sleep(NOTICED_MS - 1)
            await asyncio.sleep(1.1)
            assert rig.listener.downs == []
            await tap(rig, HOLD)
            assert all(edge.age_ms <= 5 for edge in rig.listener.edges)

    run(test())


def test_a_sleep_before_the_first_answer_starts_the_hellos_anew() -> None:
    async def test() -> None:
        rig = Rig()
        rig.port.to_host = lambda data: b""
        async with rig.open():
            await asyncio.sleep(2.5)
            rig.sleep(60_000)
            await asyncio.sleep(1)
            rig.port.to_host = bytes
            await rig.connected()
            assert rig.problems == []
            assert rig.listener.downs == []
            assert rig.port.connections == 1

    run(test())


def test_a_console_that_went_with_the_sleep_is_missed_and_taken_back() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(3)
            rig.sleep(60_000)
            rig.console.power_cycle()
            await rig.connected()
            await rig.until(lambda: len(rig.listener.ups) == 2)
            assert rig.listener.ups[1].restarted == "power"

    run(test())


@pytest.mark.parametrize(
    "late_ms,sessions",
    [(1_900, 1), (SILENCE_MS + 1, 1), (LATE_MS + PING_MS, 2), (3_600_000, 2)],
)
def test_time_in_which_nobody_served_us_is_not_the_consoles_silence(
    late_ms: float, sessions: int
) -> None:
    """Its clock has gone on and ours too: a stopped process, or Windows asleep."""

    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(3)
            loop = asyncio.get_running_loop()
            assert isinstance(loop, JumpingLoop)
            loop.seconds += late_ms / 1000
            await asyncio.sleep(0.1)
            assert rig.problems == []
            assert rig.port.connections == 1
            assert len(rig.listener.ups) == sessions
            await tap(rig, HOLD)
            assert all(edge.age_ms <= 5 for edge in rig.listener.edges)

    run(test())


def test_bytes_that_are_read_before_the_late_timer_do_not_hide_that_nobody_served_us() -> None:
    """A loop hands over what has arrived before it calls what is due."""

    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(3)
            loop = asyncio.get_running_loop()
            assert isinstance(loop, JumpingLoop)
            connection = rig.keeper._connection
            assert connection is not None
            loop.seconds += (LATE_MS + PING_MS) / 1000
            connection.data_received(b"\x00")
            assert len(rig.listener.downs) == 1
            await rig.until(lambda: len(rig.listener.ups) == 2)

    run(test())


# --- restarts --------------------------------------------------------------------------------


def test_a_restart_is_told_with_its_cause_and_only_a_restart() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await rig.replugged()
            rig.hand.reset()
            await rig.until(lambda: len(rig.listener.ups) == 3)
            rig.hand.power_cycle()
            await rig.until(lambda: len(rig.listener.ups) == 4)
            rig.session.reset_console(messages.MODE_NORMAL, rig.now)
            await rig.until(lambda: len(rig.listener.ups) == 5)
            await rig.replugged()
            rig.hand.reset()
            await rig.until(lambda: len(rig.listener.ups) == 7)
        told = [welcome.restarted for welcome in rig.listener.ups]
        assert told == ["", "", "watchdog", "power", "ordered", "", "watchdog"]

    run(test())
