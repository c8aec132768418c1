"""PWM on the emulated chip: what the slices drive, exactly, and what MicroPython does with them.

The slices' registers are those of the RP2040 data sheet, 4.5.3; one cycle is 8 ns.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute, run_for
from tests.hil.bare_metal import ProgramBuilder

from calldeck.consoles.lockstep import LockstepEmulator, PinEdge

# GP8 is output A of slice 4, GP9 its output B, and GP25 output B too.
SLICE = """
  #define CSR REG(0x40050050)
  #define DIV REG(0x40050054)
  #define CTR REG(0x40050058)
  #define CC REG(0x4005005c)
  #define TOP REG(0x40050060)
  #define FUNCTION(pin) REG(0x40014004 + 8 * (pin))
  #define GO while (!(INPUTS >> 20 & 1)); while (INPUTS >> 20 & 1)
  FUNCTION(8) = 4; FUNCTION(9) = 4;
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give a function that makes an image of what is to be done with slice 4."""
    builder = ProgramBuilder(tmp_path_factory.mktemp("programs"))
    return lambda body: builder(SLICE + body)


def go(pico: LockstepEmulator, at_us: float) -> None:
    """Let the program pass its next GO."""
    pico.drive(20, True, at_us)
    pico.drive(20, False, at_us + 0.5)


def lengths(edges: list[PinEdge], level: bool) -> list[float]:
    """Give how long the pin was at the level each time, in microseconds."""
    pairs = pairwise(edges)
    return [after.at_us - edge.at_us for edge, after in pairs if edge.level is level]


def middles(edges: list[PinEdge]) -> set[int]:
    """Give where in a period of 2 us the middles of the high pulses are, in nanoseconds."""
    pairs = pairwise(edges)
    return {round((a.at_us + b.at_us) * 500) % 2_000 for a, b in pairs if a.level}


def test_both_channels_show_what_the_slice_drives(build: Callable[[str], Path]) -> None:
    program = "DIV = 125 << 4; TOP = 999; CC = 250 | 600 << 16; CSR = 1;"
    with LockstepEmulator(build(program)) as pico:
        pico.watch(8, 9)
        pico.run_until(20_000)
        for pin, high in ((8, 250), (9, 600)):
            edges = pico.edges(pin)[-30:]
            assert {round(length, 3) for length in lengths(edges, True)} == {high}
            assert {round(length, 3) for length in lengths(edges, False)} == {1_000 - high}
            assert pico.duty(pin) == high / 1_000
            assert len(pico.edges(pin)) in range(39, 43)
        rises = [[edge.at_us for edge in pico.edges(pin) if edge.level][-9:] for pin in (8, 9)]
        assert rises[0] == rises[1]


def test_a_fraction_in_the_divider_counts(build: Callable[[str], Path]) -> None:
    # 3 7/16 cycles a tick, 5 ticks a period: 17.1875 cycles, which edges meet on whole cycles.
    with LockstepEmulator(build("DIV = 3 << 4 | 7; TOP = 4; CC = 2; CSR = 1;")) as pico:
        pico.watch(8)
        pico.run_until(1_000)
        rises = [round(edge.at_us * 1_000) for edge in pico.edges(8) if edge.level][1:]
        assert all((rise - rises[0]) % 8 == 0 for rise in rises)
        mean = (rises[-1] - rises[0]) / (len(rises) - 1)
        assert mean == pytest.approx(17.1875 * 8, abs=8 / len(rises))
        assert max(b - a for a, b in pairwise(rises)) == 18 * 8


def test_never_always_inverted_and_phase_correct(build: Callable[[str], Path]) -> None:
    program = """
      DIV = 1 << 4; TOP = 124; CC = 0 | 125 << 16; CSR = 1;
      GO; CSR = 1 | 1 << 2 | 1 << 3;
      GO; CC = 25 | 50 << 16; CSR = 1 | 1 << 1;
    """
    with LockstepEmulator(build(program)) as pico:
        pico.run_until(100)
        pico.watch(8, 9)
        pico.run_until(1_000)
        assert (pico.edges(8), pico.edges(9)) == ([], [])
        assert (pico.level(8), pico.level(9)) == (False, True)
        assert (pico.duty(8), pico.duty(9)) == (0.0, 1.0)
        go(pico, 1_000)
        pico.run_until(2_000)
        assert [edge.level for edge in pico.edges(8) + pico.edges(9)] == [True, False]
        assert (pico.duty(8), pico.duty(9)) == (1.0, 0.0)
        go(pico, 2_000)
        pico.run_until(2_100)
        pico.forget_edges()
        pico.run_until(3_000)
        assert (pico.duty(8), pico.duty(9)) == (0.2, 0.4)
        for pin, high in ((8, 0.4), (9, 0.8)):  # twice: up and down again
            assert {round(length, 3) for length in lengths(pico.edges(pin), True)} == {high}
            assert {round(length, 3) for length in lengths(pico.edges(pin), False)} == {2 - high}
        assert len(middles(pico.edges(8))) == 1
        assert middles(pico.edges(8)) == middles(pico.edges(9))  # around the same point


@pytest.mark.parametrize("watched", [True, False])
def test_a_new_level_waits_for_the_end_of_the_period(
    build: Callable[[str], Path], watched: bool
) -> None:
    image = build("DIV = 125 << 4; TOP = 999; CC = 500; CSR = 1; GO; CC = 100; TOP = 199;")
    with LockstepEmulator(image) as pico:
        pico.watch(8)
        pico.run_until(500)
        start = next(edge.at_us for edge in pico.edges(8) if edge.level)
    with LockstepEmulator(image) as pico:
        if watched:  # else nobody looks while it happens, and it is computed afterwards
            pico.watch(8)
        go(pico, start + 300)
        pico.run_until(start + 400)
        assert pico.level(8) is True  # the present period goes on
        assert pico.duty(8) == 0.5  # of the next one
        pico.run_until(start + 999)
        assert pico.level(8) is False
        pico.run_until(start + 1_190)
        pico.watch(8)
        pico.run_until(start + 1_450)
        seen = [(round(edge.at_us - start), edge.level) for edge in pico.edges(8)]
        assert seen[-3:] == [(1_200, True), (1_300, False), (1_400, True)]
        if watched:
            assert seen[-5:-3] == [(1_000, True), (1_100, False)]


def test_the_counter_the_input_and_the_wrap_are_seen_by_the_core(
    build: Callable[[str], Path],
) -> None:
    # Samples counter and pin, then sleeps until the interrupt of the wrap.
    program = """
      FUNCTION(8) = 4; TOP = 9999; DIV = 125 << 4; CC = 5000; CSR = 1;
      unsigned first = CTR, low, high;
      while (CTR < 2000); high = INPUTS >> 8 & 1;
      while (CTR < 7000); low = INPUTS >> 8 & 1;
      unsigned flag = REG(0x400500a4) >> 4 & 1;
      REG(0xe000e100) = 1 << 4; REG(0x400500a8) = 1 << 4; __asm("cpsid i; wfi");
      unsigned raw = REG(0x400500b0) >> 4 & 1, at = CTR;
      REG(0x400500a4) = 1 << 4;
      unsigned cleared = REG(0x400500b0), enabled = REG(0x400500a0) >> 4;
      FUNCTION(8) = 0x1f;
      show((first < 2) | high << 1 | low << 2 | flag << 3 | raw << 4 | (at < 3) << 5
           | (cleared != 0) << 6 | enabled << 7);
    """
    with LockstepEmulator(build(program)) as pico:
        pico.run_until(9_990)
        assert pico.level(0) is None  # it sleeps until the wrap
        pico.run_until(10_100)
        assert sum(1 << pin for pin in range(8) if pico.level(pin)) == 0b10110011


def test_slices_that_nobody_watches_cost_nothing(build: Callable[[str], Path]) -> None:
    # A period of 16 ns: an emulator that woke for it would take minutes for these ten seconds.
    with LockstepEmulator(build("TOP = 1; CC = 1; CSR = 1;")) as pico:
        pico.run_until(10_000_000)
        assert pico.duty(8) == 0.5
        assert pico.busy_ns < 100_000


@pytest.fixture(scope="module")
def board(uf2: Path) -> Iterator[LockstepEmulator]:
    """Give a board in maintenance mode, its raw REPL open."""
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        pico.watch(9)
        yield pico


def test_micropython_dims_a_lamp(board: LockstepEmulator) -> None:
    execute(
        board,
        "import machine\n"
        "from machine import PWM, Pin\n"
        "lamp = PWM(Pin(9), freq=1000, duty_u16=0x4000)\n",
    )
    assert board.duty(9) == pytest.approx(0.25, abs=1e-4)
    board.forget_edges()
    run_for(board, 20_500)
    lit = lengths(board.edges(9)[1:], True)
    assert len(lit) in (19, 20)  # by where in a period the window began
    assert lit == pytest.approx([250] * len(lit), abs=0.1)
    rises = [edge.at_us for edge in board.edges(9) if edge.level]
    assert (rises[19] - rises[0]) / 19 == pytest.approx(1_000, rel=1e-4)

    execute(board, "lamp.duty_u16(0xffff)")
    run_for(board, 2_000)
    board.forget_edges()
    run_for(board, 10_000)
    assert board.duty(9) == 1.0
    assert board.edges(9) == []
    assert execute(board, "print(lamp.freq(), lamp.duty_u16())").split() == ["1000", "65535"]


def test_micropython_stops_dimming(board: LockstepEmulator) -> None:
    execute(board, "lamp = PWM(Pin(9), freq=1000, duty_u16=0x8000)")
    execute(board, "lamp.deinit()")
    board.forget_edges()
    run_for(board, 20_000)
    assert board.edges(9) == []  # it stays where it was
    assert board.duty(9) == float(board.level(9) or 0.0)


def test_a_lamp_changes_between_full_and_dimmed_by_its_function(board: LockstepEmulator) -> None:
    execute(
        board,
        "lamp = PWM(Pin(9), freq=2000, duty_u16=0x1000)\n"
        "CONTROL = 0x40014000 + 8 * 9 + 4\n"
        "Pin(9, Pin.OUT, value=1)\n",
    )
    assert (board.level(9), board.duty(9)) == (True, 1.0)
    board.forget_edges()
    run_for(board, 5_000)
    assert board.edges(9) == []

    execute(board, "machine.mem32[CONTROL] = 4")
    assert board.duty(9) == pytest.approx(1 / 16, abs=1e-4)
    board.forget_edges()
    run_for(board, 10_250)
    highs = lengths(board.edges(9), True)
    assert len(highs) >= 19
    assert highs[1:] == pytest.approx([500 / 16] * (len(highs) - 1), abs=0.1)

    execute(board, "machine.mem32[CONTROL] = 5")
    assert (board.level(9), board.duty(9)) == (True, 1.0)
    board.forget_edges()
    execute(board, "machine.mem32[0xd0000018] = 1 << 9")  # GPIO_OUT_CLR
    assert [edge.level for edge in board.edges(9)] == [False]
    assert (board.level(9), board.duty(9)) == (False, 0.0)
    run_for(board, 5_000)
    assert len(board.edges(9)) == 1

    execute(board, "machine.mem32[CONTROL] = 4 | 1 << 8")  # PWM, output inverted
    assert board.duty(9) == pytest.approx(15 / 16, abs=1e-4)
    execute(board, "Pin(9, Pin.IN)")
    assert (board.level(9), board.duty(9)) == (None, None)
