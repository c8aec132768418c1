"""How bright a lamp is: by its pattern, by day and by night, measured on its pin."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.plain_host import PlainHost

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console import pins
from calldeck_wire import messages

HOLD = pins.LAMPS[messages.LAMPS_ORDER.index("hold")]
RED = pins.LAMPS[messages.LAMPS_ORDER.index("availability_red")]
MUTE_LAMP = pins.MICROPHONE_SWITCH
SLOT = messages.FIRST_SLOT


@pytest.fixture
def host(uf2: Path) -> Iterator[PlainHost]:
    with LockstepEmulator(uf2, drive={pins.HEADSET_PLUGGED: False}) as pico:
        made = PlainHost(pico)
        made.connect()
        yield made


def shares(host: PlainHost, *numbers: int) -> list[float]:
    """Return for which share of the time each pin is high."""
    return [host.pico.duty(number) for number in numbers]


def test_a_lamp_is_as_bright_as_its_pattern_says(host: PlainHost) -> None:
    assert host.order(messages.PATTERN, SLOT, 25) == messages.RESULT_DONE
    host.show(hold=SLOT, availability_red=messages.SLOT_STEADY)
    host.run_for(20_000)
    assert shares(host, HOLD, RED) == pytest.approx([0.25, 1.0], abs=0.002)
    host.show(availability_red=SLOT)
    host.run_for(20_000)
    assert shares(host, HOLD, RED) == pytest.approx([0.0, 0.25], abs=0.002)
    host.show(hold=messages.SLOT_STEADY)
    host.run_for(20_000)
    assert shares(host, HOLD, RED) == [1.0, 0.0]


def test_by_night_all_lamps_but_the_mute_lamp_are_dimmed(host: PlainHost) -> None:
    host.order(messages.SETTING, messages.SETTING_NIGHT_PERCENT, 10)
    host.show(hold=messages.SLOT_STEADY)
    host.run_for(20_000)
    assert shares(host, HOLD, MUTE_LAMP) == [1.0, 1.0]
    host.flags |= messages.FLAG_NIGHT
    host.show(hold=messages.SLOT_STEADY)
    host.run_for(20_000)
    assert shares(host, HOLD, MUTE_LAMP) == pytest.approx([0.1, 1.0], abs=0.002)
    host.flags &= ~messages.FLAG_NIGHT
    host.show(hold=messages.SLOT_STEADY)
    host.run_for(20_000)
    assert shares(host, HOLD) == [1.0]


def test_a_dimmed_pattern_keeps_its_time(host: PlainHost) -> None:
    host.order(messages.PATTERN, SLOT, 50, tail=(500).to_bytes(2, "little") * 2)
    host.pico.watch(HOLD)
    began_us = host.show(hold=SLOT)
    host.run_for(3_400_000)
    edges = [edge.at_us for edge in host.pico.edges(HOLD)]
    pauses = [(a, b) for a, b in itertools.pairwise(edges) if b - a > 400_000]
    assert len(pauses) == 3
    for place, (dark, light) in enumerate(pauses):
        # Dark from 500 ms on, for as long, each second; a width counts from the next period on.
        assert dark - began_us == pytest.approx(500_000 + 1_000_000 * place, abs=2_500)
        assert light - began_us == pytest.approx(1_000_000 * (place + 1), abs=2_500)


def test_a_lamp_test_shows_all_lamps_and_reads_them_back(host: PlainHost) -> None:
    host.order(messages.SETTING, messages.SETTING_DAY_PERCENT, 40)
    host.show()
    host.run_for(20_000)
    _, plugged, lamps, muted = host.ask(messages.REPORT_LEVELS, messages.LEVELS)[:4]
    assert (plugged, lamps, muted) == (1, 0, 1)
    assert host.order(messages.DISPLAY, messages.DISPLAY_TEST, 1_000) == messages.RESULT_DONE
    assert shares(host, *pins.LAMPS) == pytest.approx([0.4] * 10, abs=0.002)
    _, plugged, lamps, muted = host.ask(messages.REPORT_LEVELS, messages.LEVELS)[:4]
    assert (plugged, lamps, muted) == (1, 0x3FF, 1)
    host.run_for(1_100_000)
    assert shares(host, *pins.LAMPS) == [0.0] * 10


def test_a_dark_console_shows_nothing_until_a_button_is_pressed(host: PlainHost) -> None:
    host.show(hold=messages.SLOT_STEADY)
    assert host.order(messages.DISPLAY, messages.DISPLAY_DARK, 0) == messages.RESULT_DONE
    host.fall_silent()
    host.pico.watch(*pins.LAMPS)
    host.pico.forget_edges()
    host.run_for(10_000_000)
    assert all(not host.pico.edges(pin) for pin in pins.LAMPS)
    assert shares(host, *pins.LAMPS) == [0.0] * 10
    host.press(messages.BUTTON_STATUS, host.pico.now_us + 1_000, 50_000)
    host.run_for(2_500_000)
    attention = pins.LAMPS[messages.LAMPS_ORDER.index("attention")]
    assert len(host.pico.edges(attention)) >= 2  # link lost
