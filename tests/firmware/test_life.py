"""Why the real firmware restarted, and what its flight recorder keeps of the time before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.device import execute, raw_repl, run_for
from tests.firmware.life import (
    BOOM,
    PLUGGED,
    RUN,
    maintenance,
    recorded,
    until_reset,
)
from tests.firmware.plain_host import PlainHost

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console.flight import Recorder
from calldeck_wire import flight, messages


@pytest.fixture
def board(uf2: Path) -> Iterator[LockstepEmulator]:
    with maintenance(uf2) as pico:
        yield pico


def test_every_cause_of_a_restart_is_told_apart(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=PLUGGED) as pico:
        host = PlainHost(pico)
        told = []

        def welcome() -> None:
            host.connect()
            told.append(host.welcome[7])

        welcome()
        pico.reset()
        welcome()
        host.order(messages.RESET, messages.MODE_NORMAL)
        until_reset(pico, 200_000)
        welcome()
        for code in (
            "import machine; machine.reset()",
            "import machine; machine.WDT(timeout=100)\nwhile True: pass",
            BOOM + RUN,
        ):
            host.order(messages.RESET, messages.MODE_MAINTENANCE)
            until_reset(pico, 200_000)
            run_for(pico, 800_000)
            raw_repl(pico)
            pico.send(code.encode() + b"\x04")
            until_reset(pico, 1_500_000)
            welcome()
        pico.power_cycle()
        welcome()
        assert told == [
            messages.CAUSE_POWER,
            messages.CAUSE_PIN,
            messages.CAUSE_ORDER,
            messages.CAUSE_ORDER,
            messages.CAUSE_WATCHDOG,
            messages.CAUSE_EXCEPTION,
            messages.CAUSE_POWER,
        ]


def test_a_soft_reboot_at_the_prompt_is_still_maintenance(board: LockstepEmulator) -> None:
    board.send(b"\x02")
    run_for(board, 50_000)
    board.send(b"\x04")
    said = run_for(board, 800_000)
    assert b"soft reboot" in said
    assert said.endswith(b">>> ")
    raw_repl(board)
    code = "from calldeck_console.pico import modes; print(modes.boot_mode(), modes.cause())"
    assert execute(board, code).split() == ["1", "1"]


def test_presses_are_still_counted_after_a_bite_and_not_after_the_reset_pin(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=PLUGGED) as pico:
        host = PlainHost(pico)
        host.connect()
        host.press(messages.BUTTON_HOLD, pico.now_us + 1_000, 50_000)
        host.run_for(200_000)
        host.order(messages.RESET, messages.MODE_NORMAL)
        until_reset(pico, 200_000)
        assert host.connect()[5] == 1
        pico.reset()
        assert host.connect()[5] == 0


# --- the recorder ---------------------------------------------------------------------------------

SAME = """
from binascii import hexlify
import calldeck_native
from calldeck_console.flight import Recorder
from calldeck_wire import flight
memory = calldeck_native.flight_bytes()
recorder = Recorder(memory)
recorder.begin(7, 3, 0)
for number in range(150):
    calldeck_native.record(1000 * number, number % 9, 77777 * number)
calldeck_native.turn(123456)
calldeck_native.stage(flight.STAGE_LAMPS | flight.PART_LAMPS << 8)
print(calldeck_native.all_ran(1), len(memory))
for at in range(0, len(memory), 100):
    print(hexlify(memory[at:at + 100]).decode())
"""


def test_the_recorder_in_c_writes_what_the_one_in_python_does(board: LockstepEmulator) -> None:
    made = Recorder(bytearray(flight.BYTES))
    made.begin(7, 3, 0)
    for number in range(150):
        made.record(1000 * number, number % 9, 77777 * number)
    made.set_word(flight.TURN, 123456)
    made.set_word(flight.STAGE, flight.STAGE_LAMPS)
    made.set_word(flight.RAN, flight.PART_LAMPS)
    said = execute(board, SAME).split()
    assert said[:2] == ["False", str(flight.BYTES)]
    assert "".join(said[2:]) == made.contents().hex()


NOTHING_ALLOCATED = """
import micropython, calldeck_native, time
def all_of_it(record, turn, stage, all_ran):
    micropython.heap_lock()
    began = time.ticks_us()
    for number in range(100):
        turn(number)
        stage(259)
        record(number, 4, 129)
        all_ran(number)
    took = time.ticks_diff(time.ticks_us(), began)
    micropython.heap_unlock()
    return took
native = calldeck_native
print(all_of_it(native.record, native.turn, native.stage, native.all_ran))
"""


def test_recording_allocates_nothing_and_costs_microseconds(board: LockstepEmulator) -> None:
    # Four calls in a loop of bytecode, a hundred times.
    assert int(execute(board, NOTHING_ALLOCATED)) / 400 < 10


def test_ram_that_lost_its_power_holds_no_recorder(uf2: Path) -> None:
    for seed in range(3):
        with LockstepEmulator(uf2, drive=PLUGGED, seed=seed) as pico:
            host = PlainHost(pico)
            host.connect()
            assert recorded(host) is None


def test_the_recorder_survives_the_reset_pin(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=PLUGGED) as pico:
        host = PlainHost(pico)
        host.connect()
        host.press(messages.BUTTON_STATUS, pico.now_us + 1_000, 50_000)
        host.run_for(100_000)
        host.order(messages.DISPLAY, messages.DISPLAY_TEST, 100)
        host.show(hold=messages.SLOT_STEADY)
        host.run_for(100_000)
        host.fall_silent()
        host.run_for(4_000_000)
        pico.reset()
        host.connect()
        found = recorded(host)
        assert found is not None
        words = [line.split(maxsplit=1)[1] for line in found.lines]
        session = host.session - 1
        assert words == [
            "boot cause=power mode=normal",
            f"session ..{session & 0xFFFFFF:06x}",
            "edge STATUS down",
            "edge STATUS up",
            "order display result=0",
            "lapse 1",
            "wait",
        ]
