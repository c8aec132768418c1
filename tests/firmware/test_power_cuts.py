"""Power cut at any instant of a write of the settings: the old or the new ones, whole.

On the real image. One board goes through write after write: each time it comes up, says which
settings it has, saves others to the end, and is cut off in the middle of saving a third.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.kept_settings import Content, in_flash, order, sectors, start, told
from tests.firmware.plain_host import PlainHost

from calldeck.consoles.lockstep import FlashTiming, LockstepEmulator
from calldeck_console import pins
from calldeck_console.keeping import WRITE_EVERY_S
from calldeck_console.settings import (
    LIMITS,
    PAGE_BYTES,
    Settings,
    is_blank,
    is_marked,
    newest,
    read_record,
)
from calldeck_wire import messages

# Pages as slow as no chip's, so that a cut in the middle of one is found as easily as in an erase.
TIMING = FlashTiming(erase_ms=45.0, page_ms=20.0)
SLICE_US = 1_000
OPERATIONS = ("erase", "program", "program")
# Where the power is cut, in turn: within one of the operations, between them, or at the very end.
PLACES = ("erase", "record", "mark", "between", "erase", "record", "erase", "record", "mark", "end")
# What it can leave behind there: at the edges of an operation that of the one before or after.
LEAVES = {
    "erase": {"untouched", "half erased", "erased"},
    "between": {"erased", "not marked"},
    "record": {"erased", "half a record", "not marked"},
    "mark": {"not marked", "whole"},
    "end": {"whole"},
}


def wished(number: int) -> Settings:
    """Return settings that tell of each value which number it is of."""
    settings = Settings()
    for key, (_, least, most) in LIMITS.items():
        if key != messages.SETTING_SAFE_MUTED:
            settings.change(key, least + number * 7 % (most - least + 1))
    settings.change(messages.SETTING_SAFE_MUTED, number % 2)
    settings.name(f"desk {number}".encode() * (1 + number % 3))
    return settings


class Board:
    """The board that is cut off again and again."""

    def __init__(self, pico: LockstepEmulator, seed: int) -> None:
        self.pico = pico
        self.host = PlainHost(pico)
        self.random = random.Random(seed)
        self.number = 0

    def next(self) -> Settings:
        self.number += 1
        return wished(self.number)

    def boot(self) -> Content:
        """Let the board start; return the settings it has."""
        start(self.host)
        return told(self.host)[2]

    def save(self) -> Content:
        """Have settings saved to the end; return them."""
        settings = self.next()
        before = len(self.host.heard)
        order(self.host, settings)
        deadline_us = self.pico.now_us + (WRITE_EVERY_S + 5) * 1e6
        while not list(self.host.of(messages.SETTINGS, before)):
            assert self.pico.now_us < deadline_us, "not saved"
            self.host.run_for(100_000)
        assert told(self.host)[0] == 1
        assert in_flash(self.pico) == settings.content()
        return settings.content()

    def cut(self, place: str) -> str:
        """Cut the power in the write that comes; return what it left in the sector."""
        writing = 1 - newest(*sectors(self.pico))
        before = sectors(self.pico)[writing]
        before_us = self.pico.flash_operations()[-3].at_us
        self.host.run_until(before_us + (WRITE_EVERY_S - 2) * 1e6)
        done = len(self.pico.flash_operations())
        begun = {
            "erase": 1,
            "record": 2,
            "mark": 3,
            "between": self.random.choice((1, 2)),
            "end": 3,
        }
        deadline_us = self.pico.now_us + 8e6
        while len(self.pico.flash_operations()) < done + begun[place]:
            assert self.pico.now_us < deadline_us, "nothing is written"
            self.host.run_for(SLICE_US)
        operations = self.pico.flash_operations()[done:]
        assert tuple(operation.kind for operation in operations) == OPERATIONS[: begun[place]]
        now = operations[-1]
        if place in ("between", "end"):
            at_us = now.end_us + self.random.uniform(0.1, 0.3) * 1_000
        else:
            at_us = self.random.uniform(now.at_us, now.end_us)
        self.pico.run_until(at_us)
        self.pico.unplug(power=True)
        left = sectors(self.pico)[writing]
        self.pico.plug()
        return what_is_left(before, left, erased=begun[place] > 1)


def what_is_left(before: bytes, left: bytes, *, erased: bool) -> str:
    """Tell how far a write came, by what the sector held before and holds now."""
    if left == before:
        return "untouched"
    if is_blank(left):
        return "erased"
    if read_record(left) is not None and left[:PAGE_BYTES] != before[:PAGE_BYTES]:
        return "whole" if is_marked(left) else "not marked"
    return "half a record" if erased else "half erased"


def cuts(uf2: Path, seed: int, count: int) -> Iterator[str]:
    """Cut one board's power `count` times; give what each cut left behind."""
    drive = {pins.HEADSET_PLUGGED: False}
    with LockstepEmulator(uf2, seed=seed, drive=drive, flash_timing=TIMING) as pico:
        board = Board(pico, seed)
        board.boot()
        board.save()
        for turn in range(count):
            place = PLACES[turn % len(PLACES)]
            old = board.save()
            new = board.next()
            order(board.host, new)
            left = board.cut(place)
            assert left in LEAVES[place]
            kept = in_flash(pico)
            assert kept == (new.content() if left == "whole" else old)
            assert board.boot() == kept
            assert not list(board.host.of(messages.FAULT))
            yield left


def show(left: Counter[str]) -> None:
    print(", ".join(f"{what} {count}" for what, count in sorted(left.items())))  # noqa: T201 the figures are what the test shows


WANTED = {"half erased", "half a record", "not marked", "whole"}


def test_power_cut_during_a_write_leaves_the_old_or_the_new_settings(uf2: Path) -> None:
    left = Counter(cuts(uf2, seed=5, count=20))
    show(left)
    assert left.keys() >= WANTED


@pytest.mark.full
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.timeout(600)
def test_power_cut_at_fifty_points_of_each_of_ten_boards(uf2: Path, seed: int) -> None:
    left = Counter(cuts(uf2, seed=100 + seed, count=50))
    show(left)
    assert sum(left.values()) == 50
    assert left.keys() >= WANTED
