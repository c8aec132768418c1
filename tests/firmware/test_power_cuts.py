"""Power cut at any instant of a write of the settings: the old or the new ones, whole.

On the real image. One board goes through write after write: each time it comes up, says which
settings it has, saves others to the end, and is cut off in the middle of saving a third.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.firmware.talker import Talker

from calldeck.consoles.lockstep import FlashTiming, LockstepEmulator
from calldeck_console import pins
from calldeck_console.keeping import SETTLED_S, WRITE_EVERY_S
from calldeck_console.settings import (
    KEPT_BYTES,
    LIMITS,
    SECTORS,
    Settings,
    is_blank,
    is_marked,
    newest,
    read_record,
)
from calldeck_wire import messages

SETTINGS_AT = (2048 - 1408 - 8) * 1024
SECTOR_BYTES = 4096
# Pages as slow as no chip's: a cut in the middle of one is then as likely as in an erase.
ERASE_MS = 45.0
PAGE_MS = 20.0
SAVED_S = WRITE_EVERY_S + SETTLED_S + 2
STEP_US = 1_000

Content = tuple[object, ...]


def wished(number: int) -> Settings:
    """Return settings of which no two have any value in common."""
    settings = Settings()
    for key, (_, least, most) in LIMITS.items():
        if key != messages.SETTING_SAFE_MUTED:
            settings.change(key, least + number * 7 % (most - least + 1))
    settings.change(messages.SETTING_SAFE_MUTED, number % 2)
    settings.name(f"desk {number}".encode() * (1 + number % 3))
    return settings


def sectors(pico: LockstepEmulator) -> list[bytes]:
    """Return what the firmware reads of the two sectors."""
    return [
        pico.read_flash(SETTINGS_AT + place * SECTOR_BYTES, KEPT_BYTES) for place in range(SECTORS)
    ]


def in_flash(pico: LockstepEmulator) -> Content:
    """Return the settings that stand in the flash, by the firmware's own reader on CPython."""
    kept = sectors(pico)
    found = read_record(kept[newest(*kept)])
    assert found is not None
    return found.content()


def told(talker: Talker) -> Content:
    """Return the settings that the console says it has."""
    report = talker.report()
    return (*report.values[2:], report.tail)


def order(talker: Talker, settings: Settings) -> None:
    """Order settings as a host does: one after another, and a lamp state without a call."""
    for key, (name, _, _) in LIMITS.items():
        talker.order(messages.SETTING, key, getattr(settings, name))
    talker.order(messages.LABEL, tail=settings.label)


@dataclass(frozen=True, slots=True)
class Window:
    """When the operations of a write happen, in us after the boot that it belongs to."""

    erase: float
    record: float
    mark: float

    def pick(self, kind: str, generator: random.Random) -> float:
        """Return an instant within an operation, anywhere in the write, or at its very end."""
        end = self.mark + PAGE_MS * 1000
        if kind == "anywhere":
            return generator.uniform(self.erase, end)
        if kind == "end":
            return end + generator.uniform(-1, 2) * 1000
        length = ERASE_MS if kind == "erase" else PAGE_MS
        return float(getattr(self, kind)) + generator.uniform(0, length) * 1000


# What is cut in turn.
KINDS = ("erase", "record", "mark", "anywhere", "erase", "record", "erase", "record", "mark", "end")


class Board:
    """The board that is cut off again and again."""

    def __init__(self, pico: LockstepEmulator, seed: int) -> None:
        self.pico = pico
        self.talker = Talker(pico)
        self.random = random.Random(seed)
        self.number = 0
        self.boot_us = 0.0

    def next(self) -> Settings:
        self.number += 1
        return wished(self.number)

    def boot(self) -> Content:
        """Start the board, or let it start; return the settings it has."""
        self.talker.boot()
        self.boot_us = self.pico.resets[-1].at_us
        return told(self.talker)

    def save(self) -> Content:
        """Have settings saved to the end; return them."""
        settings = self.next()
        order(self.talker, settings)
        before = len(self.talker.heard)
        self.talker.run_until(self.boot_us + SAVED_S * 1e6)
        [report] = [heard for heard in self.talker.heard[before:] if heard.name == "settings"]
        assert report.values[0] == 1
        assert in_flash(self.pico) == settings.content()
        return settings.content()

    def measure(self) -> Window:
        """See when the operations of the second write after a boot happen."""
        order(self.talker, self.next())
        ends: list[float] = []
        kept = sectors(self.pico)
        while len(ends) < 3:
            self.talker.run_until(self.pico.now_us + STEP_US)
            if sectors(self.pico) != kept:
                kept = sectors(self.pico)
                ends.append(self.pico.now_us - self.boot_us)
        lengths_us = (ERASE_MS * 1000, PAGE_MS * 1000, PAGE_MS * 1000)
        return Window(*(end - length for end, length in zip(ends, lengths_us, strict=True)))

    def cut(self, at_us: float) -> str:
        """Cut the power at a time after the boot; return what it left in the other sector."""
        newer = newest(*sectors(self.pico))
        assert newer >= 0
        before = sectors(self.pico)[1 - newer]
        self.talker.run_until(self.boot_us + at_us)
        self.pico.unplug(power=True)
        left = sectors(self.pico)[1 - newer]
        self.pico.plug()
        if left == before:
            return "untouched"
        if is_blank(left):
            return "erased"
        record = read_record(left)
        if record is None:
            # An erase sets bits of what stood there, and clears none.
            erasing = bytes(old & now for old, now in zip(before, left, strict=True)) == before
            return "half erased" if erasing else "half a record"
        return "whole" if is_marked(left) else "not marked"


def cuts(uf2: Path, seed: int, count: int) -> Iterator[str]:
    """Cut one board's power `count` times; give what each cut left behind."""
    with LockstepEmulator(
        uf2,
        seed=seed,
        drive={pins.HEADSET_PLUGGED: False},
        flash_timing=FlashTiming(ERASE_MS, PAGE_MS),
    ) as pico:
        board = Board(pico, seed)
        for _ in range(2):  # both sectors hold something, so that an erase can be seen
            board.boot()
            board.save()
            pico.power_cycle()
        board.boot()
        board.save()
        window = board.measure()
        pico.power_cycle()
        held = {board.boot()}
        for place in range(count):
            old = board.save()
            new = board.next()
            order(board.talker, new)
            left = board.cut(window.pick(KINDS[place % len(KINDS)], board.random))
            assert in_flash(pico) in (old, new.content())
            has = board.boot()
            assert has == in_flash(pico)
            assert has in (old, new.content())
            assert not board.talker.all("fault")
            held.add(has)
            yield left
        assert len(held) > 1


def show(left: Counter[str]) -> None:
    print(", ".join(f"{what} {count}" for what, count in sorted(left.items())))  # noqa: T201 the figures are what the test shows


def test_power_cut_during_a_write_leaves_the_old_or_the_new_settings(uf2: Path) -> None:
    left = Counter(cuts(uf2, seed=5, count=20))
    show(left)
    assert left.keys() >= {"half erased", "half a record", "not marked"}


@pytest.mark.full
@pytest.mark.parametrize("seed", range(25))
def test_power_cut_at_twenty_points_of_each_of_twenty_five_boards(uf2: Path, seed: int) -> None:
    left = Counter(cuts(uf2, seed=100 + seed, count=20))
    show(left)
    assert sum(left.values()) == 20
    assert left.keys() >= {"half erased", "half a record", "not marked"}
