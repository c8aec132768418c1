"""The inputs on the real firmware: what counts as an edge, when it was, and what does not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute
from tests.firmware.plain_host import PlainHost, numbers_follow, presses_of

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console import pins
from calldeck_wire import messages

MUTE, HOLD, STATUS, ASSIST = range(4)
PLUGGED = {pins.HEADSET_PLUGGED: False}
SECOND_US = 1_000_000
BOUNCE_US = 10_000
HELD_US = 200
# From the interrupt to the look at the clock, which the stamp does not know.
LATE_MS = 0.06


@pytest.fixture
def host(uf2: Path) -> Iterator[PlainHost]:
    with LockstepEmulator(uf2, drive=PLUGGED, cache=True) as pico:
        made = PlainHost(pico)
        made.connect()
        made.show()
        made.run_for(50_000)
        yield made


def drive(host: PlainHost, button: int, level: bool, at_us: float) -> None:
    """Drive a button's pin; True is the level of a button that is up."""
    host.pico.drive(pins.BUTTONS[button], level, round(at_us, 3))


def bounce(host: PlainHost, button: int, at_us: float, generator: random.Random, to: bool) -> float:
    """Have a contact change its level and bounce for up to 10 ms; return when it first held."""
    changes = [at_us]
    end_us = at_us + generator.uniform(0, BOUNCE_US - 500)
    while changes[-1] < end_us:
        long = generator.random() < 0.5
        stay_us = generator.uniform(250, 3_000) if long else generator.uniform(5, 150)
        changes.append(min(changes[-1] + stay_us, end_us))
    if len(changes) % 2 == 0:
        changes.pop()  # it ends where it was to go
    for place, change_us in enumerate(changes):
        drive(host, button, to if place % 2 == 0 else not to, change_us)
    for place in range(0, len(changes) - 1, 2):
        if changes[place + 1] - changes[place] > HELD_US:
            return changes[place]
    return changes[-1]


def test_a_contact_that_bounces_for_ten_milliseconds_is_one_press_and_one_release(
    host: PlainHost,
) -> None:
    generator = random.Random(11)
    expected: list[tuple[int, bool, float]] = []
    for _ in range(60):
        button = generator.choice((HOLD, STATUS, ASSIST))
        at_us = host.pico.now_us + generator.uniform(1_000, 9_000)
        down_us = bounce(host, button, at_us, generator, to=False)
        up_us = bounce(host, button, at_us + 60_000, generator, to=True)
        expected += [(button, True, down_us), (button, False, up_us)]
        host.run_for(150_000)
    told = [
        (edge.values[3] & ~messages.EDGE_PRESSED, bool(edge.values[3] & messages.EDGE_PRESSED))
        for edge in host.edges
    ]
    assert told == [(button, pressed) for button, pressed, _at in expected]
    for edge, (_button, _pressed, at_us) in zip(host.edges, expected, strict=True):
        # The console has booted once, with its power: its clock is the emulator's, cut down.
        assert -LATE_MS <= at_us / 1000 - edge.values[4] < 1 + LATE_MS


def test_four_buttons_at_once_are_four_presses(host: PlainHost) -> None:
    at_us = host.pico.now_us + 5_000
    for button in range(4):
        host.press(button, at_us, 80_000)
    host.run_for(200_000)
    assert sorted(button for button, _ms in presses_of(host)) == [MUTE, HOLD, STATUS, ASSIST]
    assert len({ms for _button, ms in presses_of(host)}) == 1
    assert len(host.edges) == 8


def test_a_tap_of_five_milliseconds_is_a_press_and_a_release(host: PlainHost) -> None:
    for _ in range(20):
        host.press(HOLD, host.pico.now_us + 3_333, 5_000)
        host.run_for(61_000)
    assert len(presses_of(host)) == 20
    assert len(host.edges) == 40


def test_a_glitch_never_counts_and_a_level_that_holds_always_does(host: PlainHost) -> None:
    host.pico.watch(pins.MICROPHONE_SWITCH)
    host.press(MUTE, host.pico.now_us + 1_000, 60_000)  # muted after the boot: this opens it
    host.run_for(300_000)
    host.pico.forget_edges()
    before = len(host.edges)
    generator = random.Random(12)
    for length_us in range(20, 181, 4):
        for button in (MUTE, HOLD):
            host.press(
                button, round(host.pico.now_us + generator.uniform(1_000, 2_000), 3), length_us
            )
        host.run_for(5_000)
    assert len(host.edges) == before
    assert host.pico.edges(pins.MICROPHONE_SWITCH) == []
    for place in range(20):
        host.press(HOLD, round(host.pico.now_us + generator.uniform(1_000, 2_000), 3), 220 + place)
        host.run_for(40_000)
    assert len(host.edges) == before + 40


def test_an_edge_has_the_time_at_which_its_level_began(host: PlainHost) -> None:
    """Every phase of the console's millisecond: the filter's 0.2 ms may not show."""
    for phase in range(50):
        at_us = round(host.pico.now_us + 5_000 + 20.0 * phase, 3)
        host.press(HOLD, at_us, 40_000)
        host.run_for(100_000)
        assert -LATE_MS <= at_us / 1000 - host.edges[-2].values[4] < 1 + LATE_MS


def test_a_stuck_button_is_told_and_a_stuck_mute_stays_muted(host: PlainHost) -> None:
    pico = host.pico
    host.press(MUTE, pico.now_us + 1_000, 60_000)
    host.run_for(300_000)
    assert pico.level(pins.MICROPHONE_SWITCH) is False
    began_us = pico.now_us
    drive(host, MUTE, False, began_us + 1_000)
    drive(host, ASSIST, False, began_us + 1_000)
    host.run_until(began_us + 19_900_000)
    assert list(host.of(messages.FAULT)) == []
    host.run_until(began_us + 20_200_000)
    faults = [fault.values[:2] for fault in host.of(messages.FAULT)]
    assert faults == [(messages.FAULT_STUCK_BUTTON, ASSIST)]
    host.run_until(began_us + 60_200_000)
    faults = [fault.values[:2] for fault in host.of(messages.FAULT)]
    assert faults[1:] == [(messages.FAULT_STUCK_BUTTON, MUTE)]
    assert pico.level(pins.MICROPHONE_SWITCH) is True
    pico.release(pins.BUTTONS[ASSIST])
    host.press(HOLD, pico.now_us + 1_000, 50_000)
    host.run_for(300_000)
    assert presses_of(host)[-1][0] == HOLD
    assert pico.level(pins.MICROPHONE_SWITCH) is True


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.full)])
def test_an_input_that_chatters_stops_no_other(host: PlainHost, seconds: int) -> None:
    pico = host.pico
    generator = random.Random(13)
    presses = 0
    for _ in range(seconds * 4):
        now_us = pico.now_us
        for _ in range(500):  # 1 to 4 kHz
            now_us += generator.uniform(250, 750)
            drive(host, STATUS, False, now_us)
            now_us += generator.uniform(250, 750)
            drive(host, STATUS, True, now_us)
            if now_us > pico.now_us + 250_000:
                break
        host.press(HOLD, pico.now_us + 50_000, 60_000)
        presses += 1
        host.run_until(now_us + 1_000)
    host.run_for(500_000)
    assert len(pico.resets) == 1
    assert numbers_follow(host)
    assert [button for button, _ms in presses_of(host)].count(HOLD) == presses


def test_the_filter_is_what_the_assembler_makes_of_its_lines(uf2: Path) -> None:
    """`edge_filter._WORDS` against MicroPython's own assembler, on the board."""
    code = """
import rp2
from calldeck_console.pico.edge_filter import HELD_US, PROGRAM
TURNS = (HELD_US - 7) // 2
@rp2.asm_pio(fifo_join=rp2.PIO.JOIN_RX)
def lines():
    set(x, 2)
    in_(x, 5)
    set(x, 30)
    in_(x, 5)
    mov(osr, isr)
    jmp(not_y, "low")
    wrap_target()
    label("high")
    wait(0, pin, 0)
    mov(x, osr)
    label("falling")
    jmp(pin, "high")
    jmp(x_dec, "falling")
    mov(isr, null)
    push(noblock)
    irq(rel(0))
    label("low")
    wait(1, pin, 0)
    mov(x, osr)
    label("rising")
    jmp(pin, "still")
    jmp("low")
    label("still")
    jmp(x_dec, "rising")
    set(y, 1)
    mov(isr, y)
    push(noblock)
    irq(rel(0))
    wrap()
print(TURNS == 2 * 32 + 30)
print([hex(word) for word in lines[0]] == [hex(word) for word in PROGRAM[0]])
print(lines[3:5] == PROGRAM[3:5])
"""
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        assert execute(pico, code).split() == ["True"] * 3
