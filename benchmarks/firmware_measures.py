"""What is measured on the real firmware, in emulated time: one function for each kind of figure.

Each takes the flash cache's model as an argument (False: every fetch from flash is free) and
returns plain figures. Deterministic: the same firmware gives the same ones.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance  # noqa: E402
from tests.firmware.plain_host import PlainHost  # noqa: E402

from calldeck.consoles.images import find_image  # noqa: E402
from calldeck.consoles.lockstep import LockstepEmulator  # noqa: E402
from calldeck.desk import lamps as desk_lamps  # noqa: E402
from calldeck_console import pins  # noqa: E402
from calldeck_wire import messages  # noqa: E402

MUTE, HOLD, STATUS, ASSIST = range(4)
PLUGGED = {pins.HEADSET_PLUGGED: False}
SECOND_US = 1_000_000
PATTERNS = sorted(desk_lamps.PATTERNS)
SLOTS = {name: messages.FIRST_SLOT + place for place, name in enumerate(PATTERNS)}
PRESSED = messages.EDGE_PRESSED
# What most programs for such a board look like: every 20 ms a look at each button, and a level that
# two looks agree on is printed, because contacts bounce.
HABIT = """
import time
from machine import Pin
buttons = [Pin(number, Pin.IN, Pin.PULL_UP) for number in {buttons}]
told = [1] * 4
seen = [1] * 4
while True:
    for place, button in enumerate(buttons):
        level = button()
        if level == seen[place] and level != told[place]:
            told[place] = level
            print("button", place, level)
        seen[place] = level
    time.sleep_ms(20)
"""


@contextmanager
def console(cache: bool) -> Iterator[PlainHost]:
    """Give a host with a console that has booted, knows all patterns and has a session."""
    with LockstepEmulator(find_image(), cache=cache, drive=PLUGGED) as pico:
        host = PlainHost(pico)
        host.connect()
        host.show()
        for name in PATTERNS:
            steps = desk_lamps.PATTERNS[name]
            tail = b"".join(step.to_bytes(2, "little") for step in steps)
            host.order(messages.PATTERN, SLOTS[name], 100, tail=tail)
        yield host


def boot_ms(cache: bool) -> float:
    """Return the ms from power to the first answer to a hello."""
    with LockstepEmulator(find_image(), cache=cache, drive=PLUGGED) as pico:
        host = PlainHost(pico)
        # The first boot of all makes the file system; an agent's is the second.
        host.connect()
        host.run_for(SECOND_US)
        pico.power_cycle()
        began_us = pico.resets[-1].at_us
        host.connect()
        return (host.last(messages.WELCOME).at_us - began_us) / 1000


def microphone_ms(cache: bool, presses: int) -> list[float]:
    """Return the ms from the edge of MUTE to the microphone's pin, under a mixed load."""
    found = []
    with console(cache) as host:
        pico = host.pico
        pico.watch(pins.MICROPHONE_SWITCH)
        load = _Load(host, random.Random(3))
        for _ in range(presses):
            if pico.level(pins.MICROPHONE_SWITCH):
                host.press(MUTE, pico.now_us + 1_000, 60_000)  # a tap opens
                load.run_for(200_000)
            assert pico.level(pins.MICROPHONE_SWITCH) is False
            pico.forget_edges()
            at_us = round(pico.now_us + load.generator.uniform(1_000, 90_000), 3)
            host.press(MUTE, at_us, 400_000)
            load.run_for(200_000)
            [edge] = pico.edges(pins.MICROPHONE_SWITCH)
            assert edge.level
            found.append((edge.at_us - at_us) / 1000)
            load.run_for(450_000)
    return found


def longest_glitch_us(cache: bool) -> float:
    """Return the longest pulse on MUTE, in us, that never switches the microphone.

    Of sixteen phases between the pulse and the console's clocks the worst one counts.
    """
    with console(cache) as host:
        pico = host.pico
        if pico.level(pins.MICROPHONE_SWITCH):
            host.press(MUTE, pico.now_us + 1_000, 60_000)
            host.run_for(200_000)
        pico.watch(pins.MICROPHONE_SWITCH)

        def switches(length_us: float) -> bool:
            for phase in range(16):
                at_us = pico.now_us + 20_000 + phase * 0.317
                pico.forget_edges()
                host.press(MUTE, at_us, length_us)
                host.run_for(40_000)
                if pico.edges(pins.MICROPHONE_SWITCH):
                    if pico.level(pins.MICROPHONE_SWITCH):
                        host.press(MUTE, pico.now_us + 1_000, 60_000)
                    host.run_for(400_000)
                    return True
            return False

        shortest, longest = 0.0, 2_000.0
        assert switches(longest)
        while longest - shortest > 1.0:
            middle = (shortest + longest) / 2
            if switches(middle):
                longest = middle
            else:
                shortest = middle
        return shortest


class _Load:
    """A mixed load: fingers, ten lamps at work, lamp states, statistics, pings."""

    def __init__(self, host: PlainHost, generator: random.Random) -> None:
        self.host = host
        self.generator = generator
        self.lamp_ms: list[float] = []
        self.press_at_us: list[float] = []
        self._next_us = host.pico.now_us
        self._lamp = messages.LAMPS_ORDER.index("queue_5")
        self._pin = pins.LAMPS[self._lamp]
        host.pico.watch(self._pin)
        host.show(bytes([SLOTS["fast"]] * (messages.LAMP_COUNT - 1)) + b"\0")

    def run_for(self, microseconds: float) -> None:
        """Let time pass under the load."""
        end_us = self.host.pico.now_us + microseconds
        while self._next_us < end_us:
            self.host.run_until(self._next_us)
            self._next_us += self.generator.uniform(20_000, 60_000)
            self._change_a_lamp()
        self.host.run_until(end_us)

    def press_something(self) -> None:
        """Have a button pressed some time soon; its press counts for the figures."""
        at_us = round(self.host.pico.now_us + self.generator.uniform(500, 40_000), 3)
        self.press_at_us.append(at_us)
        self.host.press(self.generator.choice((HOLD, STATUS, ASSIST)), at_us, 30_000)

    def _change_a_lamp(self) -> None:
        host = self.host
        if self.generator.random() < 0.1:
            host.say(messages.REPORT_REQUEST, messages.REPORT_STATS)
        lit = not host.slots[self._lamp]
        before = len(host.pico.edges(self._pin))
        slots = host.slots[:-1] + bytes([messages.SLOT_STEADY if lit else messages.SLOT_OFF])
        at_us = host.show(slots)
        host.run_for(15_000)
        edges = host.pico.edges(self._pin)[before:]
        assert [edge.level for edge in edges] == [lit]
        self.lamp_ms.append((edges[0].at_us - at_us) / 1000)


def mixed(cache: bool, presses: int) -> tuple[list[float], list[float], dict[str, int]]:
    """Return (ms from edge to wire, ms from lamp frame to pin, statistics) of a mixed load."""
    with console(cache) as host:
        load = _Load(host, random.Random(4))
        before = len(host.edges)
        for _ in range(presses):
            load.press_something()
            load.run_for(120_000)
        load.run_for(200_000)
        told = [edge.at_us for edge in host.edges[before:] if edge.values[3] & PRESSED]
        assert len(told) == presses
        wire = [(at - pressed) / 1000 for at, pressed in zip(told, load.press_at_us, strict=True)]
        return wire, load.lamp_ms, host.statistics()


def quiet_wire_ms(cache: bool, presses: int) -> list[float]:
    """Return the ms from edge to wire of presses on an idle console with a session."""
    generator = random.Random(5)
    with console(cache) as host:
        before = len(host.edges)
        pressed = []
        for _ in range(presses):
            at_us = round(host.pico.now_us + generator.uniform(500, 40_000), 3)
            pressed.append(at_us)
            host.press(HOLD, at_us, 60_000)
            host.run_for(150_000)
        told = [edge.at_us for edge in host.edges[before:] if edge.values[3] & PRESSED]
        return [(at - edge) / 1000 for at, edge in zip(told, pressed, strict=True)]


def habit_ms(cache: bool, presses: int) -> list[float]:
    """Return the ms from edge to the end of the printed line, of a program of the usual kind."""
    generator = random.Random(5)
    found = []
    with LockstepEmulator(find_image(), cache=cache, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        pico.send(HABIT.format(buttons=pins.BUTTONS).encode() + b"\x04")
        pico.run_until(pico.now_us + 500_000)
        pin = pins.BUTTONS[HOLD]
        for _ in range(presses):
            pico.read()
            at_us = round(pico.now_us + generator.uniform(500, 40_000), 3)
            pico.drive(pin, False, at_us)
            pico.release(pin, at_us + 60_000)
            text = b""
            while b"\n" not in text:
                assert pico.run_until_output(at_us + 200_000)
                for chunk in pico.read():
                    text += chunk.data
                    last_us = chunk.at_us
            assert text.startswith(b"button 1 0") or b"button 1 0" in text, text
            found.append((last_us - at_us) / 1000)
            pico.run_until(at_us + 150_000)
    return found


def pattern_error_ms(cache: bool, seconds: int) -> float:
    """Return the worst error of an edge, of ten lamps with the shipped patterns, in ms.

    From the earliest edge of each lamp to its latest one, measured against the pattern: the start
    of a pattern is a whole console millisecond that nobody outside knows.
    """
    with console(cache) as host:
        pico = host.pico
        names = [PATTERNS[place % len(PATTERNS)] for place in range(messages.LAMP_COUNT)]
        pico.watch(*pins.LAMPS)
        pico.forget_edges()
        host.show(bytes(SLOTS[name] for name in names))
        host.run_for(seconds * SECOND_US)
        worst = 0.0
        for name, pin in zip(names, pins.LAMPS, strict=True):
            steps = desk_lamps.PATTERNS[name]
            expected_us, offsets = 0.0, []
            for place, edge in enumerate(pico.edges(pin)):
                assert edge.level == (place % 2 == 0)
                offsets.append(edge.at_us - expected_us)
                expected_us += steps[place % len(steps)] * 1000
            assert len(offsets) > seconds
            worst = max(worst, (max(offsets) - min(offsets)) / 1000)
        return worst


def busy_percent(cache: bool, lamps: Callable[[PlainHost], None], seconds: int) -> float:
    """Return the share of its time, in percent, that the console works while it shows `lamps`.

    With a session, a ping a second and the lease renewed twice a second.
    """
    with console(cache) as host:
        lamps(host)
        host.run_for(2 * SECOND_US)
        before, began_us = host.pico.busy_ns, host.pico.now_us
        host.run_for(seconds * SECOND_US)
        return (host.pico.busy_ns - before) / 10 / (host.pico.now_us - began_us)


def all_dark(host: PlainHost) -> None:
    """Show nothing."""
    host.show()


def one_after_another(pattern: str, pause_us: float) -> Callable[[PlainHost], None]:
    """Return what starts all ten lamps on a pattern, each so long after the one before it."""

    def start(host: PlainHost) -> None:
        slots = bytearray(messages.LAMP_COUNT)
        for lamp in range(messages.LAMP_COUNT):
            slots[lamp] = SLOTS[pattern]
            host.show(bytes(slots))
            host.run_for(pause_us)

    return start


def heap(
    cache: bool, edges: int, frames: int, progress: Callable[[int], None]
) -> tuple[int, int, dict[str, int]]:
    """Return (bytes free after the boot, bytes lost over so many edges and frames, statistics).

    Both after a collection, which the console makes each second in which it has time.
    """
    with console(cache) as host:
        pico = host.pico
        host.run_for(3 * SECOND_US)
        first = host.statistics()["free_heap"]
        # Once through everything first: what is made at the first use is no drift.
        _work(host, 400, 400, lambda _done: None)
        before = host.statistics()["free_heap"]
        _work(host, edges, frames, progress)
        assert len(pico.resets) == 1
        after = host.statistics()
        return first, before - after["free_heap"], after


def _work(host: PlainHost, edges: int, frames: int, progress: Callable[[int], None]) -> None:
    """Have the console tell so many edges and take so many lamp states, and come to rest."""
    turns = edges // 8
    each = frames / turns
    shown = 0
    for turn in range(turns):
        now_us = host.pico.now_us
        # Four presses and releases within 100 ms, on all buttons in turn.
        for finger in range(4):
            host.press(finger, now_us + 500 + finger * 3_000, 22_000 + 3_000 * finger)
        while shown < (turn + 1) * each:
            shown += 1
            host.show(bytes([messages.SLOT_STEADY * (shown & 1)] * messages.LAMP_COUNT))
            host.run_for(5_000)
        host.run_until(now_us + 100_000)
        host.heard.clear()
        if turn % 500 == 0:
            progress(8 * turn)
    host.edges.clear()
    host.run_for(4 * SECOND_US)
