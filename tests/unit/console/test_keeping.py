"""When the settings are written, and that a cut at any point leaves the old or the new ones."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldeck_console.keeping import SETTLED_S, TRIES, WRITE_EVERY_S, Flash, Keeper
from calldeck_console.link import Identity
from calldeck_console.settings import KEPT_BYTES, MARK, PAGE_BYTES, Settings
from calldeck_console.state import State
from calldeck_wire import messages

COUGH = messages.SETTING_COUGH_MS
SESSION = 0x5E55


class PowerCut(Exception):
    """The power is gone in the middle of an operation."""


class Chip(Flash):
    """A flash chip that loses its power, or a bit, at a given operation.

    What was cut half-way reads at random from then on: now so, now so, as weak cells do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[str] = []
        self.cut_at = -1
        self.cut_share = 0.0
        self.weak_share = 0.5
        self.weak = [bytearray(KEPT_BYTES), bytearray(KEPT_BYTES)]
        self.random = random.Random(1)
        self.broken = False

    def read(self, sector: int) -> bytes:
        weak = self.weak[sector]
        return bytes(
            value ^ (self.random.getrandbits(8) & weak[at])
            for at, value in enumerate(self.sectors[sector])
        )

    def erase(self, sector: int) -> None:
        self.weak[sector][:] = bytes(KEPT_BYTES)
        self._operate("erase", sector, 0, b"\xff" * KEPT_BYTES)

    def program(self, sector: int, page: int, data: bytes) -> None:
        at = page * PAGE_BYTES
        goal = bytearray(self.sectors[sector][at : at + PAGE_BYTES])
        for place, value in enumerate(data):
            goal[place] &= value
        if self.broken:
            goal[1] |= 0xFF
        self._operate("mark" if page else "record", sector, at, bytes(goal))

    def _bits(self, share: float) -> int:
        return sum(1 << bit for bit in range(8) if self.random.random() < share)

    def _operate(self, name: str, sector: int, at: int, goal: bytes) -> None:
        cut = len(self.operations) == self.cut_at
        self.operations.append(name)
        for place, value in enumerate(goal, start=at):
            changing = self.sectors[sector][place] ^ value
            if cut:
                self.weak[sector][place] = changing & self._bits(self.weak_share)
                changing &= self._bits(self.cut_share)
            self.sectors[sector][place] ^= changing
        if cut:
            raise PowerCut


class Bench:
    """A console's state with its keeper, at ease: one lamp state without a call, no button."""

    def __init__(self, flash: Flash) -> None:
        self.keeper = Keeper(flash)
        self.state = State(Identity(), self.keeper.settings)
        self.state.link.session = SESSION
        self.state.lamps.leased = True

    @property
    def settings(self) -> Settings:
        return self.state.settings

    def turns(self, count: int = 5) -> None:
        """Let the loop turn some times in the same second."""
        for _ in range(count):
            if not self.settings.saved:
                self.keeper.save(self.state)

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.state.uptime_s += 1
            self.turns(2)


def saved(chip: Chip, **values: int) -> Bench:
    """Return a bench whose settings are written to the chip."""
    bench = Bench(chip)
    for value in values.values():
        bench.settings.change(COUGH, value)
    bench.wait(WRITE_EVERY_S + SETTLED_S + 1)
    assert bench.settings.saved
    return bench


def test_a_new_console_has_the_defaults_and_no_fault() -> None:
    keeper = Keeper(Chip())
    assert not keeper.lost
    assert keeper.settings.saved
    assert keeper.settings.content() == Settings().content()


def test_settings_outlive_a_reset() -> None:
    chip = Chip()
    before = saved(chip, cough_ms=300)
    assert chip.operations == ["erase", "record", "mark"]
    after = Keeper(chip)
    assert after.settings.content() == before.settings.content()
    assert (after.settings.saved, after.settings.writes) == (True, 1)


def test_a_save_is_reported_and_counted() -> None:
    bench = saved(Chip(), cough_ms=300)
    assert bench.state.link.reports & messages.REPORT_SETTINGS
    assert bench.settings.writes == 1


def test_the_same_values_again_are_not_written() -> None:
    chip = Chip()
    bench = saved(chip, cough_ms=300)
    chip.operations.clear()
    for _ in range(5):
        bench.settings.change(COUGH, 300)
        bench.settings.name(b"")
        bench.wait(20)
    assert chip.operations == []


def test_a_change_that_is_taken_back_is_not_written() -> None:
    chip = Chip()
    bench = saved(chip, cough_ms=300)
    chip.operations.clear()
    bench.settings.change(COUGH, 400)
    bench.turns()
    bench.settings.change(COUGH, 300)
    bench.wait(30)
    assert bench.settings.saved
    assert chip.operations == []


def test_the_settings_of_one_session_are_one_record() -> None:
    chip = Chip()
    bench = Bench(chip)
    bench.wait(30)
    for value in range(300, 310):
        bench.settings.change(COUGH, value)
        bench.wait(1)
    assert chip.operations == []
    bench.wait(SETTLED_S + 1)
    assert chip.operations == ["erase", "record", "mark"]


def test_a_host_that_changes_its_mind_for_ever_does_not_wear_the_flash_out() -> None:
    chip = Chip()
    bench = Bench(chip)
    for turn in range(1000):
        bench.settings.change(COUGH, 300 + turn // 4 % 2)
        bench.wait(1)
    assert 0 < chip.operations.count("erase") <= 1000 // WRITE_EVERY_S


def test_nothing_is_written_right_after_a_boot() -> None:
    """A console that starts again and again would write again and again."""
    chip = Chip()
    bench = Bench(chip)
    bench.settings.change(COUGH, 300)
    bench.wait(WRITE_EVERY_S - 1)
    assert chip.operations == []


def in_a_call(state: State) -> None:
    state.lamps.flags = messages.FLAG_CALL_ACTIVE


def without_word(state: State) -> None:
    state.lamps.leased = False


def with_an_edge(state: State) -> None:
    state.link.stamp_edge(1, True, 0, SESSION, 1)


def with_a_button_down(state: State) -> None:
    state.inputs.down = 1


def in_bounce(state: State) -> None:
    state.inputs.closed[4] = True


def owing_an_answer(state: State) -> None:
    state.link.confirm_due = True


@pytest.mark.parametrize(
    "disturb",
    [in_a_call, without_word, with_an_edge, with_a_button_down, in_bounce, owing_an_answer],
)
@pytest.mark.parametrize("steps_done", [0, 1, 2])
def test_no_step_is_taken_while_the_console_is_needed(
    disturb: Callable[[State], None], steps_done: int
) -> None:
    chip = Chip()
    bench = Bench(chip)
    bench.settings.change(COUGH, 300)
    bench.turns()
    bench.state.uptime_s = 30
    bench.turns(steps_done)
    assert len(chip.operations) == steps_done
    disturb(bench.state)
    bench.wait(60)
    assert len(chip.operations) == steps_done


def test_a_write_that_was_disturbed_goes_on_when_it_is_quiet_again() -> None:
    chip = Chip()
    bench = Bench(chip)
    bench.settings.change(COUGH, 300)
    bench.wait(11)
    bench.state.uptime_s += 1
    bench.state.inputs.down = 1
    bench.wait(5)
    bench.state.inputs.down = 0
    bench.wait(1)
    assert bench.settings.saved
    assert chip.operations == ["erase", "record", "mark"]


def test_what_changes_in_the_middle_of_a_write_is_written_next() -> None:
    chip = Chip()
    bench = Bench(chip)
    bench.settings.change(COUGH, 300)
    bench.turns()
    bench.state.uptime_s = 30
    bench.turns(2)
    assert chip.operations == ["erase", "record"]
    bench.settings.change(COUGH, 250)  # what it was at the boot, when the flash was blank
    bench.wait(5)
    assert not bench.settings.saved, "the flash holds what was in force before"
    bench.wait(20)
    assert bench.settings.saved
    assert Keeper(chip).settings.cough_ms == 250


def test_both_sectors_unreadable_is_a_fault_and_is_mended() -> None:
    chip = Chip()
    for sector in chip.sectors:
        sector[7] = 0
    bench = Bench(chip)
    assert bench.keeper.lost
    assert not bench.settings.saved
    bench.wait(WRITE_EVERY_S + 1)
    assert bench.settings.saved
    assert not Keeper(chip).lost


def test_a_worn_out_sector_is_not_worn_on_and_keeps_the_old_settings() -> None:
    chip = Chip()
    bench = saved(chip, cough_ms=300)
    chip.operations.clear()
    chip.broken = True
    bench.settings.change(COUGH, 400)
    bench.wait(1000)
    assert not bench.settings.saved
    assert chip.operations.count("erase") == TRIES
    assert Keeper(chip).settings.cough_ms == 300


def cut_write(chip: Chip, bench: Bench, cut_at: int, share: float, value: int) -> None:
    """Have a write of `value` cut in its operation `cut_at`."""
    chip.operations.clear()
    chip.cut_at, chip.cut_share = cut_at, share
    bench.settings.change(COUGH, value)
    with pytest.raises(PowerCut):
        bench.wait(40)
    chip.cut_at = -1


# Of a record's few hundred bits that change: the last ones open, or many.
SHARES = st.sampled_from([0.0, 0.5, 0.99, 1.0])
WEAK_SHARES = st.sampled_from([0.0, 0.004, 0.5])
CUTS = st.tuples(st.integers(0, 2), SHARES, WEAK_SHARES, st.booleans())


@given(st.lists(CUTS, min_size=1, max_size=12), st.integers(0, 1 << 32))
def test_power_cuts_leave_the_old_or_the_new_settings_also_in_weak_cells(
    cuts: list[tuple[int, float, float, bool]], seed: int
) -> None:
    chip = Chip()
    chip.random.seed(seed)
    saved(chip, cough_ms=200)
    possible = {200}
    weak = False
    for turn, (cut_at, share, chip.weak_share, save_between) in enumerate(cuts):
        bench = Bench(chip)
        assert bench.settings.cough_ms in possible
        assert not bench.keeper.lost
        weak |= chip.weak_share > 0
        if not weak:
            possible = {bench.settings.cough_ms}
        # A cell that was left half-way reads this way today and that way tomorrow: settings of a
        # write that was cut may come back until one is finished, but never others than those.
        possible.add(201 + turn)
        cut_write(chip, bench, cut_at, share, 201 + turn)
        for _ in range(5):
            assert Keeper(chip).settings.cough_ms in possible
        if save_between:
            bench = Bench(chip)
            bench.settings.change(COUGH, 600 + turn)
            bench.wait(40)
            assert bench.settings.saved
            possible = {600 + turn}
            weak = False
            assert Keeper(chip).settings.cough_ms == 600 + turn


def test_the_first_write_of_all_leaves_the_defaults_or_its_own() -> None:
    for cut_at in range(3):
        for seed in range(20):
            chip = Chip()
            chip.random.seed(seed)
            cut_write(chip, Bench(chip), cut_at, 0.5, 300)
            after = Keeper(chip)
            assert after.settings.cough_ms in (250, 300)
            assert not after.lost


def test_the_mark_is_not_what_an_erased_page_holds() -> None:
    assert b"\xff" not in MARK
