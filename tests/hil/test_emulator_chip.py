"""The emulated chip itself, with programs of a few lines of C that show their results on pins.

They need no firmware: what is tested is that the harness behaves as the RP2040's data sheet says.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from tests.hil.bare_metal import ProgramBuilder, uf2_of

from calldeck.consoles.lockstep import (
    FlashTiming,
    LockstepEmulator,
    PinEdge,
)
from calldeck.errors import EmulatorError, FirmwareMissing

RESULT_PINS = range(16)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> ProgramBuilder:
    """Give a function that makes an image of the body of a C function."""
    return ProgramBuilder(tmp_path_factory.mktemp("programs"))


def shown(pico: LockstepEmulator) -> int:
    """Read the number that a program shows on its pins."""
    return sum(1 << pin for pin in RESULT_PINS if pico.level(pin))


def gaps(edges: list[PinEdge]) -> list[float]:
    """Give the microseconds between edges."""
    return [later.at_us - earlier.at_us for earlier, later in pairwise(edges)]


MEMORY = """
  unsigned ram_kept = REG(0x20030000) == 0x5eed5eed;
  show((REG(WATCHDOG + 0x0c) & 0xff) | ram_kept << 8 | REG(WATCHDOG + 8) << 9);
  REG(WATCHDOG + 0x0c) = 0xa5;
  REG(0x20030000) = 0x5eed5eed;
  while (INPUTS >> 20 & 3);
  for (;;) {
    if (INPUTS >> 20 & 1) REG(WATCHDOG) = 1u << 31;
    if (INPUTS >> 21 & 1) {
      REG(WATCHDOG + 4) = 2 * 5000;
      REG(WATCHDOG) = 1u << 30;
      for (;;);
    }
  }
"""


def test_what_a_reset_keeps(build: ProgramBuilder) -> None:
    with LockstepEmulator(build(MEMORY)) as pico:
        pico.run_until(1_000)
        assert shown(pico) == 0

        pico.drive(20, True, at_us=2_000)
        pico.drive(20, False, at_us=2_100)
        pico.run_until(3_000)
        assert pico.resets[-1].cause == "software"
        assert pico.resets[-1].at_us == pytest.approx(2_000, abs=1)
        assert shown(pico) == 0xA5 | 1 << 8 | 2 << 9

        pico.drive(21, True, at_us=10_000)
        pico.drive(21, False, at_us=10_100)
        pico.run_until(20_000)
        assert pico.resets[-1].cause == "watchdog"
        assert pico.resets[-1].at_us == pytest.approx(15_000, abs=2)
        assert shown(pico) == 0xA5 | 1 << 8 | 1 << 9

        pico.reset()
        pico.run_until(21_000)
        assert pico.resets[-1].cause == "run"
        assert shown(pico) == 1 << 8  # RAM yes, scratch registers and reason no

        pico.power_cycle()
        pico.run_until(22_000)
        assert pico.resets[-1].cause == "power"
        assert shown(pico) == 0
        assert [reset.at_us for reset in pico.resets] == sorted(r.at_us for r in pico.resets)


def test_without_power_nothing_runs_and_time_does(build: ProgramBuilder) -> None:
    with LockstepEmulator(build("outputs(1 << 6); SET = 1 << 6;")) as pico:
        pico.watch(6)
        pico.run_until(1_000)
        assert pico.level(6) is True
        pico.unplug(power=True)
        assert pico.state == "off"
        assert pico.level(6) is None
        pico.run_until(500_000)
        assert pico.now_us == 500_000
        pico.plug()
        pico.run_until(501_000)
        assert pico.level(6) is True
        assert [edge.level for edge in pico.edges(6)] == [False, True, None, False, True]
        assert pico.edges(6)[2].at_us == pytest.approx(1_000, abs=1)
        assert pico.edges(6)[4].at_us == pytest.approx(500_000, abs=10)


def test_a_waveform_arrives_to_the_microsecond(build: ProgramBuilder) -> None:
    copy = "outputs(1 << 6); for (;;) OUTPUTS = (INPUTS >> 2 & 1) << 6;"
    times = [1_000, 1_001, 1_007, 1_008, 1_500, 90_000.5, 90_002]
    with LockstepEmulator(build(copy), drive={2: False}) as pico:
        pico.watch(6)
        pico.run_until(100)
        pico.forget_edges()
        for number, at_us in enumerate(times):
            pico.drive(2, number % 2 == 0, at_us)
        pico.run_until(100_000)
        seen = pico.edges(6)
        assert [edge.level for edge in seen] == [True, False, True, False, True, False, True]
        assert [edge.at_us for edge in seen] == pytest.approx(times, abs=0.2)


def test_pulls_and_outputs_decide_what_a_pin_reads(build: ProgramBuilder) -> None:
    # GP2 pulled up, GP3 pulled down, GP4 pulled up and driven low from outside, GP20 an output.
    program = """
      REG(0x4001c00c) = 0x4a; REG(0x4001c010) = 0x46; REG(0x4001c014) = 0x4a;
      outputs(1 << 20); SET = 1 << 20;
      unsigned read = INPUTS;
      show((read >> 2 & 7) | (read >> 20 & 1) << 3 | 1 << 4);
    """
    with LockstepEmulator(build(program), drive={4: False}) as pico:
        pico.run_until(1_000)
        assert shown(pico) == 0b11001


def test_an_edge_is_latched_only_when_the_level_changes(build: ProgramBuilder) -> None:
    # Counts latched falling edges of GP2, of which the raw interrupt register keeps bit 10.
    program = """
      unsigned count = 0;
      REG(0x400140f0) = 0xffffffff;
      outputs(0xf0);
      for (;;) if (REG(0x400140f0) >> 10 & 1) { REG(0x400140f0) = 1 << 10; OUTPUTS = ++count << 4; }
    """
    with LockstepEmulator(build(program), drive={2: True}) as pico:
        for at_us in (100, 200, 300):
            pico.drive(2, True, at_us)  # no change
        pico.drive(2, False, 400)
        pico.drive(2, False, 500)  # no change
        pico.drive(2, True, 600)
        pico.drive(2, False, 700)
        pico.run_until(1_000)
        assert shown(pico) >> 4 == 2


def test_an_alarm_wakes_the_core_at_its_microsecond(build: ProgramBuilder) -> None:
    program = """
      outputs(1 << 6);
      REG(TIMER + 0x38) = 1;
      REG(0xe000e100) = 1;
      __asm("cpsid i");
      for (unsigned next = 1000;; next += 1000) {
        REG(TIMER + 0x10) = next;
        do __asm("wfi"); while (!(REG(TIMER + 0x34) & 1));
        TOGGLE = 1 << 6;
        REG(TIMER + 0x34) = 1;
        REG(0xe000e280) = 1;
      }
    """
    with LockstepEmulator(build(program)) as pico:
        pico.watch(6)
        pico.run_until(60_000_000)
        times = [edge.at_us for edge in pico.edges(6)[1:]]
        assert len(times) in (59_999, 60_000)
        assert times == pytest.approx([1000 * (n + 1) for n in range(len(times))], abs=0.5)


def test_busy_time_is_what_the_core_does_not_sleep(build: ProgramBuilder) -> None:
    # Wakes each millisecond and spins for 100 us of it.
    program = """
      REG(TIMER + 0x38) = 1; REG(0xe000e100) = 1; __asm("cpsid i");
      for (unsigned next = 1000;; next += 1000) {
        REG(TIMER + 0x10) = next;
        do __asm("wfi"); while (!(REG(TIMER + 0x34) & 1));
        REG(TIMER + 0x34) = 1; REG(0xe000e280) = 1;
        while (REG(TIMER + 0x28) - next < 100);
      }
    """

    def busy(until_us: float) -> list[int]:
        with LockstepEmulator(build(program)) as pico:
            pico.run_until(10_500)
            start_ns = pico.busy_ns
            pico.run_until(until_us)
            readings = [pico.busy_ns - start_ns]
            pico.unplug(power=True)
            pico.run_until(until_us + 50_000)
            readings.append(pico.busy_ns - start_ns)
            pico.plug()
            pico.run_until(until_us + 55_500)
            return [*readings, pico.busy_ns - start_ns]

    slept_on, without_power, after_a_boot = busy(110_500)
    assert slept_on == pytest.approx(100 * 100_000, rel=0.02)
    assert without_power == slept_on
    assert after_a_boot - slept_on == pytest.approx(5 * 100_000, rel=0.02)
    assert busy(110_500) == [slept_on, without_power, after_a_boot]


def test_a_flash_write_is_busy_time_and_a_long_sleep_is_not(build: ProgramBuilder) -> None:
    with LockstepEmulator(build("find('R' | 'E' << 8)(0x100000, 8192, 1 << 16, 0xd8);")) as pico:
        pico.run_until(50_000)  # in the middle of the second sector
        assert pico.busy_ns == pico.now_ns == 50_000_000
        pico.run_until(10_000_000)
        assert pico.busy_ns == pytest.approx(90_000_000, rel=0.001)


def test_pio_runs_on_emulated_time(build: ProgramBuilder) -> None:
    # set pins, 1 [1]; set pins, 0 - with the clock divided by 1,000: 16 us high, 8 us low.
    program = """
      REG(0x40014004 + 8 * 8) = 6;
      REG(0x50200048) = 0xe101; REG(0x5020004c) = 0xe000;
      REG(0x502000c8) = 1000 << 16; REG(0x502000cc) = 1 << 12; REG(0x502000dc) = 1 << 26 | 8 << 5;
      REG(0x502000d8) = 0xe081;
      REG(0x50200000) = 1;
    """
    with LockstepEmulator(build(program)) as pico:
        pico.watch(8)
        pico.run_until(50_000)
        edges = [edge for edge in pico.edges(8) if edge.level is not None][2:]
        assert len(edges) > 4_000
        for edge, gap in zip(edges, gaps(edges), strict=False):
            assert gap == pytest.approx(16 if edge.level else 8, abs=0.002)


# Programs for PIO 0 from address 0 on; machine n's registers are 24 bytes apart (data sheet 3.7).
PIO_SET_UP = """
  #define CTRL REG(0x50200000)
  #define CLKDIV(n) REG(0x502000c8 + 24 * (n))
  #define EXECCTRL(n) REG(0x502000cc + 24 * (n))
  #define PINCTRL(n) REG(0x502000dc + 24 * (n))
  #define EXEC(n) REG(0x502000d8 + 24 * (n))
  #define LOAD(...) unsigned code[] = {__VA_ARGS__}; \\
    for (unsigned n = 0; n < sizeof code / 4; n++) (&REG(0x50200048))[n] = code[n]
  REG(0x40014004 + 8 * 8) = 6; REG(0x40014004 + 8 * 9) = 6;
  PINCTRL(0) = 1 << 26 | 8 << 5; PINCTRL(1) = 1 << 26 | 9 << 5;
  EXEC(0) = 0xe081; EXEC(1) = 0xe081;
"""


def test_a_pio_machine_goes_on_when_another_one_releases_it(build: ProgramBuilder) -> None:
    # 0, at 1 MHz: set pins 1 [31]; set pins 0 [31]; irq 0; jmp 0. 1, at 125 MHz: wait irq 0;
    # set pins 1 [3]; set pins 0. The core sleeps: what it does must not matter.
    program = (
        PIO_SET_UP
        + """
      LOAD(0xff01, 0xff00, 0xc000, 0x0000, 0x20c0, 0xe301, 0xe000);
      CLKDIV(0) = 125 << 16; CLKDIV(1) = 1 << 16;
      EXECCTRL(0) = 31 << 12; EXECCTRL(1) = 6 << 12 | 4 << 7;
      EXEC(1) = 4;
      CTRL = 3;
    """
    )
    with LockstepEmulator(build(program)) as pico:
        pico.watch(8, 9)
        pico.run_until(10_000)
        falls = [edge.at_us for edge in pico.edges(8) if edge.level is False][3:-1]
        rises = [edge.at_us for edge in pico.edges(9) if edge.level]
        assert len(falls) > 140
        for fall in falls:  # 31 us of delay, the flag, and the next cycle of the fast machine
            rise = next(at_us for at_us in rises if at_us > fall)
            assert rise - fall == pytest.approx(32, abs=0.02)
        times = [edge.at_us for edge in pico.edges(9)]
        assert times == sorted(times)
        highs = zip(pico.edges(9), gaps(pico.edges(9)), strict=False)
        assert {round(gap, 3) for edge, gap in highs if edge.level} == {0.032}


def test_a_pio_machine_does_not_make_up_for_the_time_it_was_off(build: ProgramBuilder) -> None:
    program = (
        PIO_SET_UP
        + """
      LOAD(0xe001, 0xe000);
      CLKDIV(0) = 125 << 16; EXECCTRL(0) = 1 << 12;
      CTRL = 1;
      while (!(INPUTS >> 20 & 1)); CTRL = 0;
      while (INPUTS >> 20 & 1); CTRL = 1;
    """
    )
    with LockstepEmulator(build(program)) as pico:
        pico.watch(8)
        pico.drive(20, True, 1_000)
        pico.drive(20, False, 5_000)
        pico.run_until(1_100)
        pico.forget_edges()
        pico.run_until(5_000)
        assert pico.edges(8) == []
        pico.run_until(5_100)
        assert 95 <= len(pico.edges(8)) <= 101
        assert {round(gap, 1) for gap in gaps(pico.edges(8))} == {1.0}


FLASH = """
  outputs(1 << 6);
  volatile unsigned char *page = (void *)0x20001000;
  for (unsigned n = 0; n < 256; n++) page[n] = n ^ 0x5a;
  for (;;) {
    if (INPUTS >> 20 & 1) {
      SET = 1 << 6; find('R' | 'E' << 8)(0x100000, 8192, 1 << 16, 0xd8); CLEAR = 1 << 6;
      while (INPUTS >> 20 & 1);
    }
    if (INPUTS >> 21 & 1) {
      SET = 1 << 6; find('R' | 'P' << 8)(0x100000, (unsigned)page, 256, 0); CLEAR = 1 << 6;
      while (INPUTS >> 21 & 1);
    }
  }
"""
WRITTEN = bytes(n ^ 0x5A for n in range(256))


def test_flash_writes_take_their_time(build: ProgramBuilder) -> None:
    image = build(FLASH)
    for timing, erase_us, page_us in (
        (True, 90_000, 700),
        (FlashTiming(erase_ms=400, page_ms=3), 800_000, 3_000),
        (False, 0, 0),
    ):
        with LockstepEmulator(image, flash_timing=timing) as pico:
            pico.watch(6)
            pico.drive(21, True, 1_000)
            pico.drive(21, False, 1_001)
            pico.run_until(5_000)
            assert pico.read_flash(0x100000, 256) == WRITTEN
            pico.drive(20, True, 5_000)
            pico.drive(20, False, 5_001)
            pico.run_until(6_000 + erase_us)
            assert pico.read_flash(0x100000, 8192) == b"\xff" * 8192
            edges = [edge for edge in pico.edges(6) if edge.level is not None][1:]
            assert [edge.level for edge in edges] == [True, False, True, False]
            assert gaps(edges)[0] == pytest.approx(page_us, abs=10)
            assert gaps(edges)[2] == pytest.approx(erase_us, abs=10)


def test_flash_cut_half_done_and_finished_over_a_reset(build: ProgramBuilder) -> None:
    image = build(FLASH)

    def during_erase(act: Callable[[LockstepEmulator], None], seed: int) -> bytes:
        with LockstepEmulator(image, seed=seed) as pico:
            pico.drive(21, True, 1_000)
            pico.drive(21, False, 1_001)
            pico.drive(20, True, 2_000)
            pico.drive(20, False, 2_001)
            pico.run_until(2_000 + 45_000 / 2)
            act(pico)
            pico.run_until(30_000)
            return pico.read_flash(0x100000, 256)

    cut = during_erase(LockstepEmulator.power_cycle, seed=1)
    assert cut not in (WRITTEN, b"\xff" * 256)
    assert all(after & before == before for before, after in zip(WRITTEN, cut, strict=True))
    assert during_erase(LockstepEmulator.power_cycle, seed=1) == cut
    assert during_erase(LockstepEmulator.power_cycle, seed=2) != cut
    assert during_erase(LockstepEmulator.reset, seed=1) == b"\xff" * 256


def test_the_flash_cache_costs_a_miss_for_each_line(build: ProgramBuilder) -> None:
    image = build("outputs(1 << 6); SET = 1 << 6; stretch(); CLEAR = 1 << 6;")

    def high_us(cache: bool) -> float:
        with LockstepEmulator(image, cache=cache) as pico:
            pico.watch(6)
            pico.run_until(1_000)
            return gaps([edge for edge in pico.edges(6) if edge.level is not None])[1]

    # 4 kB of code are 512 lines of 8 bytes; a miss is 64 cycles of 8 ns.
    assert high_us(cache=False) == pytest.approx(2048 * 0.008, abs=0.1)
    assert high_us(cache=True) - high_us(cache=False) == pytest.approx(512 * 64 * 0.008, abs=2)


def test_random_bits_come_from_the_seed(build: ProgramBuilder) -> None:
    image = build(
        "unsigned v = 0; for (int n = 0; n < 16; n++) v = v << 1 | REG(0x4006001c); show(v);"
    )

    def number(seed: int) -> tuple[int, int]:
        with LockstepEmulator(image, seed=seed) as pico:
            pico.run_until(1_000)
            first = shown(pico)
            pico.reset()
            pico.run_until(2_000)
            return first, shown(pico)

    assert number(1) == number(1)
    assert len({*number(1), *number(2)}) == 4  # and a second boot is not like the first


def test_the_bootloader_is_a_state(build: ProgramBuilder) -> None:
    program = "show(1); while (!(INPUTS >> 20 & 1)); find('U' | 'B' << 8)(0, 0, 0, 0);"
    with LockstepEmulator(build(program)) as pico:
        pico.drive(20, True, 5_000)
        pico.run_until(10_000)
        assert pico.state == "bootloader"
        assert pico.level(0) is None
        pico.release(20)
        pico.power_cycle()
        pico.run_until(20_000)
        assert pico.state == "running"
        assert shown(pico) == 1


def test_what_stops_a_real_chip_is_an_error(build: ProgramBuilder) -> None:
    program = """
      unsigned address = 0x20000001;
      __asm("" : "+r"(address));  // or the compiler stores byte by byte
      REG(address) = 1;
    """
    with (
        LockstepEmulator(build(program)) as pico,
        pytest.raises(EmulatorError, match="unaligned access of 4 bytes to 20000001"),
    ):
        pico.run_until(1_000)


def test_wrong_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FirmwareMissing, match="make firmware"):
        LockstepEmulator(tmp_path / "missing.uf2")
    wrong = tmp_path / "wrong.uf2"
    wrong.write_bytes(b"\0" * 512)
    with pytest.raises(EmulatorError, match="UF2"):
        LockstepEmulator(wrong)
    wrong.write_bytes(b"")
    with pytest.raises(EmulatorError, match="no block"):
        LockstepEmulator(wrong)


def test_without_node_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = tmp_path / "any.uf2"
    image.write_bytes(uf2_of(b"\0" * 4))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmulatorError, match=r"Node\.js"):
        LockstepEmulator(image)
