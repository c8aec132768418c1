"""What happens after twelve days: the clock and the numbers wrap, and nobody notices."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance
from tests.firmware.plain_host import PlainHost, numbers_follow, presses_of

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck.desk import lamps as desk_lamps
from calldeck_console import pins
from calldeck_wire import messages
from calldeck_wire.modular import MASK, MODULUS

MUTE, HOLD, STATUS, ASSIST = range(4)
SECOND_US = 1_000_000
PLUGGED = {pins.HEADSET_PLUGGED: False}
WRAP_US = MODULUS * 1000
HOLD_LAMP = pins.LAMPS[messages.LAMPS_ORDER.index("hold")]
ATTENTION = pins.LAMPS[messages.LAMPS_ORDER.index("attention")]
SLOT = messages.FIRST_SLOT


@pytest.mark.parametrize("seconds", [3, 6])
def test_over_the_wrap_of_its_clock_a_console_does_what_it_did(uf2: Path, seconds: int) -> None:
    """Edges, their order, a lease, a pattern and link lost, from seconds before to after it."""
    with LockstepEmulator(uf2, drive=PLUGGED, clock_us=WRAP_US - seconds * SECOND_US) as pico:
        host = PlainHost(pico)
        host.connect()
        steps = desk_lamps.PATTERNS["flash"]
        tail = b"".join(step.to_bytes(2, "little") for step in steps)
        host.order(messages.PATTERN, SLOT, 100, tail=tail)
        pico.watch(HOLD_LAMP, ATTENTION, pins.MICROPHONE_SWITCH)
        host.show(hold=SLOT)
        buttons = []
        for place in range(40):
            buttons.append((HOLD, STATUS, ASSIST)[place % 3])
            host.press(buttons[-1], pico.now_us + 10_000, 60_000)
            host.run_for(200_000)
        assert pico.now_us > (seconds + 1) * SECOND_US
        heard = presses_of(host)
        assert [button for button, _ms in heard] == buttons
        assert numbers_follow(host)
        assert heard[0][1] > MODULUS - 10_000
        assert heard[-1][1] < 10_000
        gaps = [(b[1] - a[1]) & MASK for a, b in itertools.pairwise(heard)]
        assert all(gap in (199, 200, 201) for gap in gaps)
        edges = [edge.at_us for edge in pico.edges(HOLD_LAMP)]
        assert len(edges) >= 14
        for before, after in itertools.pairwise(edges):
            assert after - before == pytest.approx(steps[0] * 1000, abs=2_500)
        assert [edge.level for edge in pico.edges(ATTENTION)] == [False]  # no link lost any more
        host.press(MUTE, pico.now_us + 1_000, 60_000)
        host.run_for(300_000)
        assert pico.level(pins.MICROPHONE_SWITCH) is False
        host.fall_silent()
        host.run_for(3 * SECOND_US)
        assert pico.edges(ATTENTION)[1].level
        assert len(pico.resets) == 1


def test_a_lease_that_is_given_before_the_wrap_ends_after_it(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=PLUGGED, clock_us=WRAP_US - 3 * SECOND_US) as pico:
        host = PlainHost(pico)
        host.connect()
        pico.watch(ATTENTION, HOLD_LAMP)
        host.run_until(2 * SECOND_US)
        host.show(hold=messages.SLOT_STEADY)
        host.fall_silent()
        ends_us = pico.now_us + 2 * SECOND_US
        host.run_until(ends_us - 20_000)
        assert pico.level(HOLD_LAMP) is True
        host.run_until(ends_us + 20_000)
        assert (pico.level(HOLD_LAMP), pico.level(ATTENTION)) == (False, True)


START = f"""
from calldeck_wire import reliable
made = reliable.Outbox.__init__
def near_the_end(self, *arguments):
    made(self, *arguments)
    self.base = {MASK - 5}
reliable.Outbox.__init__ = near_the_end
from calldeck_console.pico import runner
runner.run()
"""


def test_over_the_wrap_of_their_numbers_no_edge_is_lost_or_doubled(uf2: Path) -> None:
    """The program is started at the prompt with a queue whose numbers are about to wrap."""
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        pico.send(START.encode() + b"\x04")
        pico.run_until(pico.now_us + 300_000)
        host = PlainHost(pico)
        host.connect()
        assert host.welcome[3] == MASK - 5
        host.show()
        buttons = []
        for place in range(20):
            buttons.append((HOLD, STATUS, ASSIST)[place % 3])
            host.acknowledging = place % 4 != 0  # some are told again
            host.press(buttons[-1], pico.now_us + 10_000, 60_000)
            host.run_for(250_000)
        host.acknowledging = True
        host.run_for(500_000)
        assert [button for button, _ms in presses_of(host)] == buttons
        assert numbers_follow(host)
        assert host.edges[-1].values[1] == 2 * len(buttons) - 7
