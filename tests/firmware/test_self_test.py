"""Self-test on the real firmware: asked for by an order, it does as it is told, for one boot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.plain_host import PlainHost

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console import pins
from calldeck_wire import messages

MODE = 13  # place in a welcome
SETTLED_US = 60_000


@pytest.fixture
def host(uf2: Path) -> Iterator[PlainHost]:
    """Give a host of a console in self-test."""
    with LockstepEmulator(uf2, drive={pins.HEADSET_PLUGGED: False}) as pico:
        made = PlainHost(pico)
        made.connect()
        assert made.welcome[MODE] == messages.MODE_NORMAL
        restart(made, messages.MODE_SELF_TEST)
        assert made.welcome[MODE] == messages.MODE_SELF_TEST
        yield made


def restart(host: PlainHost, mode: int) -> None:
    resets = len(host.pico.resets)
    assert host.order(messages.RESET, mode) == messages.RESULT_DONE
    host.run_for(100_000)
    assert len(host.pico.resets) == resets + 1
    host.connect()


def lit(host: PlainHost) -> list[str]:
    """Return the lamps whose pins are high, and "mute" for the switch with its lamp."""
    found = [
        name
        for name, pin in zip(messages.LAMPS_ORDER, pins.LAMPS, strict=True)
        if host.pico.level(pin)
    ]
    return found + (["mute"] if host.pico.level(pins.MICROPHONE_SWITCH) else [])


def levels(host: PlainHost) -> dict[str, int]:
    values = host.ask(messages.REPORT_LEVELS, messages.LEVELS)
    names = [field[0] for field in messages.LEVELS.fields]
    return dict(zip(names, values, strict=True))


def test_each_lamp_is_lit_alone_and_the_switch_by_itself(host: PlainHost) -> None:
    assert lit(host) == [], "nothing by itself, link lost neither"
    for place, lamp in enumerate(messages.LAMPS_ORDER):
        for muted in (1, 0):
            assert host.order(messages.DRIVE, 1 << place, muted) == messages.RESULT_DONE
            host.run_for(20_000)
            assert lit(host) == [lamp] + ["mute"] * muted
            told = levels(host)
            assert (told["lamps"], told["muted"]) == (1 << place, muted)
    assert host.order(messages.DRIVE, (1 << messages.LAMP_COUNT) - 1, 1) == messages.RESULT_DONE
    host.run_for(20_000)
    assert lit(host) == [*messages.LAMPS_ORDER, "mute"]


def test_a_leased_lamp_state_changes_nothing(host: PlainHost) -> None:
    host.order(messages.DRIVE, 0b1000, 0)
    host.show(attention=messages.SLOT_STEADY)
    host.run_for(3_000_000)
    assert lit(host) == ["hold"]
    host.fall_silent()
    host.run_for(5_000_000)
    assert lit(host) == ["hold"], "no link lost either"


def test_each_button_and_the_plug_are_told_by_themselves(host: PlainHost) -> None:
    sources = [(1 << button, pin) for button, pin in enumerate(pins.BUTTONS)]
    for down, pin in sources:
        host.run_for(SETTLED_US)
        for level, buttons in ((False, down), (True, 0)):
            since = len(host.heard)
            host.pico.drive(pin, level)
            host.run_for(SETTLED_US)
            [told] = host.of(messages.LEVELS, since)
            assert (told.values[0], told.values[1]) == (buttons, 1)
    for level, plugged in ((True, 0), (False, 1)):
        since = len(host.heard)
        host.pico.drive(pins.HEADSET_PLUGGED, level)
        host.run_for(SETTLED_US)
        [told] = host.of(messages.LEVELS, since)
        assert (told.values[0], told.values[1]) == (0, plugged)


@pytest.mark.parametrize("reset", ["order", "pin", "power"])
def test_the_next_reset_is_a_normal_one(host: PlainHost, reset: str) -> None:
    host.order(messages.DRIVE, 0b1000, 0)
    host.run_for(20_000)
    assert lit(host) == ["hold"]
    if reset == "order":
        restart(host, messages.MODE_NORMAL)
    elif reset == "pin":
        host.pico.reset()
        host.connect()
    else:
        host.pico.power_cycle()
        host.connect()
    assert host.welcome[MODE] == messages.MODE_NORMAL
    assert host.order(messages.DRIVE, 0b1000, 0) == messages.RESULT_UNSUPPORTED
    host.show(attention=messages.SLOT_STEADY)
    host.run_for(50_000)
    assert lit(host) == ["attention", "mute"]
