"""What must never stop the console: garbage, hosts that do not read, cables that come and go."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.plain_host import PlainHost, numbers_follow, presses_of

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console import pins
from calldeck_console.link import EDGE_QUEUE, WINDOW
from calldeck_wire import messages
from calldeck_wire.modular import difference

MUTE, HOLD, STATUS, ASSIST = range(4)
PLUGGED = {pins.HEADSET_PLUGGED: False}
SECOND_US = 1_000_000


@pytest.fixture
def host(uf2: Path) -> Iterator[PlainHost]:
    with LockstepEmulator(uf2, drive=PLUGGED) as pico:
        made = PlainHost(pico)
        made.connect()
        made.show(hold=messages.SLOT_STEADY)
        made.run_for(50_000)
        yield made


def boots(host: PlainHost) -> int:
    return len(host.pico.resets)


def garbage_between_frames(host: PlainHost, amount: int) -> int:
    """Send `amount` bytes of garbage in pieces, a press and a ping after each; return the presses.

    A quarter of the pieces are damaged frames of ours, which look most like something.
    """
    generator = random.Random(20)
    presses = 0
    while amount > 0:
        length = min(amount, generator.choice((1, 7, 64, 300, 1_200)))
        amount -= length
        piece = generator.randbytes(length)
        if generator.random() < 0.25:
            piece = bytes(1 if byte == 0 else byte for byte in piece)
        # A zero ends the piece: the next frame is whole.
        host.pico.send(piece + b"\0")
        host.press(generator.choice((HOLD, STATUS, ASSIST)), host.pico.now_us + 3_000, 30_000)
        presses += 1
        host.run_for(45_000)
        while host.pico.queued:
            host.run_for(5_000)
    return presses


@pytest.mark.parametrize("amount", [60_000, pytest.param(1_000_000, marks=pytest.mark.full)])
def test_garbage_between_frames_costs_no_edge_and_no_reset(host: PlainHost, amount: int) -> None:
    presses = garbage_between_frames(host, amount)
    host.run_for(300_000)
    assert boots(host) == 1
    assert len(host.edges) == 2 * presses
    assert numbers_follow(host)
    found = host.statistics()
    assert found["damaged"] > 0
    assert found["overflow"] == found["overrun"] == 0


@pytest.mark.parametrize("minutes", [2, pytest.param(60, marks=pytest.mark.full)])
def test_a_host_that_stops_reading_stops_nothing(host: PlainHost, minutes: int) -> None:
    """The port stays open and nobody reads: lamps go to link lost, MUTE works, edges wait."""
    pico = host.pico
    pico.watch(pins.MICROPHONE_SWITCH)
    host.press(MUTE, pico.now_us + 1_000, 100_000)  # muted after the boot: this opens it
    host.run_for(300_000)
    assert pico.level(pins.MICROPHONE_SWITCH) is False
    pico.stop_reading(True)
    host.fall_silent()
    pressed = 0
    began_us = pico.now_us
    for minute in range(minutes):
        # Statistics are asked for again and again, and are what is given up first.
        host.say(messages.REPORT_REQUEST, messages.REPORT_STATS)
        pressed += 1
        host.press(HOLD, began_us + minute * 60 * SECOND_US + 30 * SECOND_US, 80_000)
        pico.run_until(began_us + (minute + 1) * 60 * SECOND_US)
    pico.forget_edges()
    host.press(MUTE, pico.now_us + 1_000, 100_000)
    pico.run_until(pico.now_us + 10_000)
    assert [edge.level for edge in pico.edges(pins.MICROPHONE_SWITCH)] == [True]
    assert boots(host) == 1
    pico.run_until(pico.now_us + 500_000)
    pico.stop_reading(False)
    host.run_for(SECOND_US)
    host.connect()
    host.run_for(SECOND_US)
    assert host.welcome[2] != 0  # the same boot
    made = 2 * (pressed + 2)  # the two presses of MUTE are edges too
    if made <= EDGE_QUEUE:
        assert numbers_follow(host)
        assert [button for button, _ms in presses_of(host)] == [MUTE] + [HOLD] * pressed + [MUTE]
        assert list(host.of(messages.GAP)) == []
        return
    # More than the queue holds: the oldest are gone, all in one gap, and it is told when that was.
    [(dropped, edges, first_ms, last_ms)] = [gap.values for gap in host.of(messages.GAP)]
    assert dropped == edges
    # A few of them were in the cable when the host stopped reading, and came in the end.
    assert 0 <= edges - (made - len(host.edges)) <= WINDOW
    numbers = [edge.values[1] for edge in host.edges]
    assert numbers[-1] - numbers[0] + 1 == made
    assert sum(b - a != 1 for a, b in itertools.pairwise(numbers)) == 1
    assert difference(last_ms, first_ms) == pytest.approx((edges // 2 - 1) * 60_000, abs=200)


def test_twenty_edges_a_second_wait_for_a_host_that_is_away_until_they_expire(
    host: PlainHost,
) -> None:
    """No unexpired edge is ever dropped; what was is told with its times."""
    pico = host.pico
    pico.stop_reading(True)
    host.fall_silent()
    began_us = pico.now_us
    for place in range(100):  # a press and a release each: 20 edges a second for 10 s
        host.press((HOLD, STATUS)[place % 2], began_us + 100_000 * place, 50_000)
    pico.run_until(began_us + 10 * SECOND_US)
    pico.stop_reading(False)
    host.connect()
    host.run_for(SECOND_US)
    assert numbers_follow(host)
    [gap] = [news.values for news in host.of(messages.GAP)]
    edges = len(host.edges)
    assert edges == EDGE_QUEUE
    assert gap[0] == gap[1] == 200 - EDGE_QUEUE
    # The gap ends where what was kept begins, and all of it had expired.
    assert 0 < difference(host.edges[0].values[4], gap[3]) <= 50
    assert difference(host.edges[-1].values[4], gap[3]) > 1_500
    assert abs(difference(gap[3], gap[2]) - (gap[1] - 1) * 50) <= 2


@pytest.mark.parametrize("times", [5, pytest.param(50, marks=pytest.mark.full)])
def test_unplugged_and_plugged_again_nothing_is_lost_and_nothing_restarts(
    host: PlainHost, times: int
) -> None:
    pico = host.pico
    generator = random.Random(7)
    for _ in range(times):
        host.press(HOLD, pico.now_us + 1_000, 40_000)
        host.run_for(generator.uniform(500, 120_000))
        pico.unplug()
        pico.run_until(pico.now_us + generator.uniform(100, 400_000))
        host.press(STATUS, pico.now_us + 1_000, 40_000)
        pico.run_until(pico.now_us + 100_000)
        pico.plug()
        host.connect()
        host.show(hold=messages.SLOT_STEADY)
        host.run_for(150_000)
    assert boots(host) == 1
    assert numbers_follow(host)
    assert [button for button, _ms in presses_of(host)] == [HOLD, STATUS] * times
