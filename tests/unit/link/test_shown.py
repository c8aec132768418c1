"""Lamp states: their numbers, their lease, and what a press made on one of them meant."""

from __future__ import annotations

import asyncio

import pytest
from tests.clock import run
from tests.unit.link.frames import Tap
from tests.unit.link.rig import Rig, lamps
from tests.unit.link.test_session import HOLD, STATUS, tap

from calldeck.link.model import LampContent
from calldeck.link.session import LAST_LEASE_MS
from calldeck_wire import messages
from calldeck_wire.modular import difference


def test_a_number_belongs_to_its_session_and_grows_only_with_the_content() -> None:
    async def test() -> None:
        rig = Rig()
        line = Tap()
        rig.port.to_console = line
        async with rig.open():
            rig.show(lamps("available"))
            await rig.connected()
            await asyncio.sleep(1.8)
            rig.show(lamps("available"))
            rig.show(lamps("held", slot=2))
            rig.show(lamps("held", slot=2))
            await asyncio.sleep(1.8)
            rig.show(lamps("talking", slot=2))  # looks alike, means something else
            await asyncio.sleep(1.8)
            await rig.unplugged()
            rig.show(lamps("held", slot=2))
            rig.show(lamps("available"))
            rig.console.plug()
            await rig.connected()
            await asyncio.sleep(1)
            first, second = rig.numbers[0], rig.numbers[-1]
            numbers: dict[int, list[int]] = {first: [], second: []}
            for session, values in line.of(messages.LAMPS):
                numbers[session].append(values[0])
            assert numbers[first] == [1] * 4 + [2] * 4 + [3] * 4
            assert set(numbers[second]) == {1}

    run(test())


def test_a_state_is_refreshed_in_time_and_its_lease_ends_in_console_time() -> None:
    async def test() -> None:
        rig = Rig()
        line = Tap()
        rig.port.to_console = line
        async with rig.open():
            rig.show(lamps("available"))
            await rig.connected()
            for _ in range(12):
                line.frames.clear()
                await asyncio.sleep(0.501)
                ((_session, values),) = line.of(messages.LAMPS)
                left = difference(values[1], rig.console._now())
                assert 1_490 <= left <= 2_001
                assert rig.console.lit("hold")
            # The host falls silent: the console shows link lost by itself when the lease ends.
            until = rig.console.state.lamps.until
            rig.port.to_console = lambda data: b""
            await rig.until(lambda: not rig.console.lit("hold"))
            assert 0 <= difference(rig.console._now(), until) <= 6

    run(test())


def test_a_press_comes_back_with_the_meaning_of_what_was_shown() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(0.3)
            await tap(rig, HOLD)  # link lost is shown
            rig.show(lamps("first"))
            await asyncio.sleep(0.1)
            await tap(rig, HOLD)
            rig.show(lamps("second"))
            # The frame has not arrived: the agent still sees the first.
            rig.hand.toggle(STATUS)
            await asyncio.sleep(0.1)
            rig.hand.toggle(STATUS)
            await asyncio.sleep(0.1)
            meanings = [edge.meaning for edge in rig.listener.edges]
            assert meanings == [None, None, "first", "first", "first", "second"]

    run(test())


def test_a_press_of_an_earlier_session_keeps_its_meaning() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            rig.show(lamps("first"))
            await rig.connected()
            await asyncio.sleep(0.5)
            rig.console.unplug()
            await asyncio.sleep(0.1)
            rig.hand.toggle(HOLD)
            rig.show(lamps("second"))
            rig.console.plug()
            await rig.until(lambda: bool(rig.listener.edges))
            assert rig.listener.edges[0].meaning == "first"
            assert rig.listener.edges[0].birth == rig.numbers[0] != rig.numbers[-1]

    run(test())


@pytest.mark.parametrize("gap_ms", [0, 3, 40])
def test_between_two_sessions_nothing_is_taken_for_shown(gap_ms: int) -> None:
    """The picture of the session before may still be lit, but its number is not of this one."""

    async def test() -> None:
        rig = Rig()
        async with rig.open():
            rig.show(lamps("first"))
            await rig.connected()
            await asyncio.sleep(0.5)
            await rig.unplugged()
            rig.show(lamps("second"))
            rig.console.plug()
            await rig.connected()
            await asyncio.sleep(gap_ms / 1000)
            rig.hand.toggle(HOLD)
            await asyncio.sleep(0.1)
            assert rig.listener.edges[0].meaning in (None, "second")

    run(test())


def test_a_number_that_this_daemon_never_gave_means_nothing() -> None:
    async def test() -> None:
        old = Rig()
        async with old.open():
            old.show(lamps("of the old daemon"))
            await old.connected()
            await asyncio.sleep(0.5)
            old.console.unplug()
            await asyncio.sleep(0.1)
            old.hand.toggle(HOLD)
        old.console.plug()
        old.console._step()
        rig = Rig(seed=1, console=old.console)
        async with rig.open():
            rig.show(lamps("of the new daemon"))
            await rig.until(lambda: bool(rig.listener.edges))
            assert rig.listener.edges[0].meaning is None
            assert rig.session.account.counts().sent == 1
            assert rig.session.account.counts().lost == 0

    run(test())


def test_ended_lamps_stay_ended_whatever_happens_before_the_connection_does() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            rig.show(LampContent(lamps("talking").slots, messages.FLAG_CONFIRMED_MUTE, "talking"))
            await rig.connected()
            await asyncio.sleep(1)
            assert rig.console.state.lamps.leased
            rig.session.end_lamps(rig.now)
            rig.show(lamps("held", slot=2))  # a fact, a press: nobody will renew it
            await asyncio.sleep((LAST_LEASE_MS + 10) / 1000)
            assert not rig.console.state.lamps.leased
            await rig.replugged()
            await asyncio.sleep(1)
            assert not rig.console.state.lamps.leased

    run(test())
