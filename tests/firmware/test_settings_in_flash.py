"""Settings on the real image: kept through every reset, written only outside of calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute
from tests.firmware.talker import Talker

from calldeck.consoles.lockstep import WORST_FLASH_TIMING, LockstepEmulator
from calldeck_console import pins
from calldeck_console.keeping import WRITE_EVERY_S
from calldeck_console.settings import KEPT_BYTES, Settings
from calldeck_wire import messages

SETTINGS_AT = (2048 - 1408 - 8) * 1024
STORAGE_AT = (2048 - 1408) * 1024
SECTOR_BYTES = 4096
LABEL = "Fenster 7 ü".encode()
COUGH_MS = 321
STATUS = pins.BUTTONS[messages.BUTTON_STATUS]
HOLD = pins.BUTTONS[messages.BUTTON_HOLD]
PLUGGED = {pins.HEADSET_PLUGGED: False}
SAVED_S = WRITE_EVERY_S + 5.0


def in_flash(pico: LockstepEmulator) -> bytes:
    return pico.read_flash(SETTINGS_AT, 2 * SECTOR_BYTES)


@pytest.fixture
def pico(uf2: Path) -> Iterator[LockstepEmulator]:
    with LockstepEmulator(uf2, drive=PLUGGED) as pico:
        yield pico


def talk(pico: LockstepEmulator, *, flags: int = messages.HEADSET_USB) -> Talker:
    """Boot, open a session and order other settings than the defaults."""
    talker = Talker(pico)
    talker.flags = flags
    talker.boot()
    talker.order(messages.SETTING, messages.SETTING_COUGH_MS, COUGH_MS)
    talker.order(messages.SETTING, messages.SETTING_SAFE_MUTED, 0)
    talker.order(messages.LABEL, tail=LABEL)
    return talker


def saved_by(pico: LockstepEmulator) -> Talker:
    talker = talk(pico)
    assert talker.report().values[0] == 0
    talker.run_for(SAVED_S)
    assert talker.report().values[:2] == (1, 1)
    return talker


def check_kept(talker: Talker) -> None:
    report = talker.report()
    assert report.tail == LABEL
    assert report.values[:5] == (1, 1, COUGH_MS, Settings().bounce_ms, 0)


def test_settings_outlive_power_the_reset_pin_and_an_ordered_reset(pico: LockstepEmulator) -> None:
    talker = saved_by(pico)
    for number, restart in enumerate((pico.power_cycle, pico.reset)):
        restart()
        assert talker.boot().values[2] == 0, "no session before: it is another boot"
        check_kept(talker)
        assert len(pico.resets) == 2 + number
    talker.say(messages.RESET, 0, messages.MODE_NORMAL)
    assert talker.boot().values[2] == 0
    assert pico.resets[-1].cause == "software"
    check_kept(talker)


def test_settings_outlive_the_watchdog(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=PLUGGED) as pico:
        talker = saved_by(pico)
        pico.drive(pins.BUTTONS[messages.BUTTON_STATUS], False)
        pico.power_cycle()
        pico.run_until(pico.now_us + 2_500_000)
        enter_maintenance(pico)
        pico.send(b"import machine\nmachine.WDT(timeout=500)\nwhile True:\n    pass\n\x04")
        pico.run_until(pico.now_us + 700_000)
        assert pico.resets[-1].cause == "watchdog"
        talker.boot()
        check_kept(talker)


def test_the_microphone_starts_as_it_is_kept(pico: LockstepEmulator) -> None:
    talker = Talker(pico)
    talker.boot()
    assert talker.until("microphone").values[1] == 1
    talker = saved_by(pico)
    pico.power_cycle()
    talker.boot()
    assert talker.until("microphone").values[1] == 0


def test_nothing_is_written_in_a_call(pico: LockstepEmulator) -> None:
    talker = talk(pico, flags=messages.HEADSET_USB | messages.FLAG_CALL_ACTIVE)
    before = in_flash(pico)
    talker.run_for(3 * WRITE_EVERY_S)
    assert in_flash(pico) == before
    assert talker.report().values[0] == 0
    talker.flags = messages.HEADSET_USB
    talker.run_for(2)
    assert talker.report().values[0] == 1
    assert in_flash(pico) != before


def test_nothing_is_written_while_a_button_is_down(pico: LockstepEmulator) -> None:
    talker = talk(pico)
    before = in_flash(pico)
    pico.drive(HOLD, False)
    talker.run_for(2 * WRITE_EVERY_S)
    assert len(talker.all("edge")) == 1
    assert in_flash(pico) == before
    pico.release(HOLD)
    talker.run_for(2)
    assert talker.report().values[0] == 1


def test_nothing_is_written_without_a_word_of_the_host(pico: LockstepEmulator) -> None:
    talk(pico)
    before = in_flash(pico)
    pico.run_until(pico.now_us + 3e6 * WRITE_EVERY_S)
    assert in_flash(pico) == before


def test_a_host_that_tells_the_same_in_each_session_writes_nothing(pico: LockstepEmulator) -> None:
    talker = saved_by(pico)
    before = in_flash(pico)
    for _ in range(3):
        talker.hello()
        talker.order(messages.SETTING, messages.SETTING_COUGH_MS, COUGH_MS)
        talker.order(messages.LABEL, tail=LABEL)
        talker.run_for(WRITE_EVERY_S + 3)
        assert talker.report().values[:2] == (1, 1)
    assert in_flash(pico) == before


@pytest.mark.parametrize("lost", [False, True])
def test_settings_that_cannot_be_read_are_told_of(uf2: Path, *, lost: bool) -> None:
    """What a technician's mishap leaves behind; here one makes it by hand in maintenance mode."""
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        code = f"import calldeck_native as native\nfor sector in range({2 if lost else 1}):\n"
        execute(pico, code + "    native.settings_erase(sector)\n")
        execute(pico, code + "    native.settings_program(sector, 0, b'rubbish')\n")
        pico.power_cycle()
        talker = Talker(pico)
        talker.boot()
        talker.run_for(0.5)
        faults = [fault[0] for fault in talker.all("fault")]
        assert faults == ([messages.FAULT_SETTINGS_LOST] if lost else [])
        assert talker.report().values[2:] == Settings().values()[2:]
        talker.run_for(SAVED_S)
        assert talker.report().values[:2] == ((1, 1) if lost else (1, 0)), "mended where need be"


def test_the_slowest_flash_trips_no_watchdog_and_costs_no_press(uf2: Path) -> None:
    """One button goes down while the flash is erased, another as soon as that is done."""
    with LockstepEmulator(uf2, drive=PLUGGED, flash_timing=WORST_FLASH_TIMING) as pico:
        talker = talk(pico)
        began_us = first_silence(talker)
        pico.drive(HOLD, False)
        pico.run_until(pico.now_us + 100_000)
        talker.until("pong", within_s=0.5)
        assert 390_000 < pico.now_us - began_us < 410_000, "the erase was found"
        pico.drive(STATUS, False)
        talker.run_for(0.1)
        pico.release(HOLD)
        pico.release(STATUS)
        talker.run_for(3)
        pressed = [edge[3] for edge in talker.all("edge")]
        assert sorted(pressed) == sorted(
            kind | button
            for kind in (0, messages.EDGE_PRESSED)
            for button in (messages.BUTTON_HOLD, messages.BUTTON_STATUS)
        )
        assert talker.report().values[0] == 1
        assert [reset.cause for reset in pico.resets] == ["power"]


def first_silence(talker: Talker) -> float:
    """Ask every five milliseconds until no answer comes; return when that was asked."""
    talker.run_for(WRITE_EVERY_S - 3)
    while True:
        talker.run_for(0)
        asked_us = talker.pico.now_us
        talker.say(messages.PING, 1)
        answered = len(talker.all("pong"))
        talker.run_for(0.005)
        if len(talker.all("pong")) == answered:
            return asked_us


REACH = """
import calldeck_native as native
for call in (
    lambda: native.settings_read(-1), lambda: native.settings_read(2),
    lambda: native.settings_erase(-1), lambda: native.settings_erase(2),
    lambda: native.settings_program(2, 0, b"x"), lambda: native.settings_program(0, 2, b"x"),
    lambda: native.settings_program(0, -1, b"x"), lambda: native.settings_program(0, 1, bytes(257)),
):
    try:
        call()
    except ValueError as error:
        print("refused:", error)
print(len(native.settings_read(0)))
native.settings_program(1, 1, bytes(256))
"""


def test_only_the_two_sectors_of_the_settings_can_be_reached(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        before = pico.read_flash(0, 2 * 1024 * 1024)
        said = execute(pico, REACH).split("\r\n")
        assert [line.split(":")[0] for line in said[:-2]] == ["refused"] * 8
        assert said[-2] == str(KEPT_BYTES)
        after = pico.read_flash(0, 2 * 1024 * 1024)
        page_at = SETTINGS_AT + SECTOR_BYTES + KEPT_BYTES // 2
        assert after[page_at : page_at + 256] == bytes(256)
        assert after[:page_at] == before[:page_at]
        assert after[page_at + 256 :] == before[page_at + 256 :]
        assert page_at < STORAGE_AT


def test_settings_stand_before_the_file_system(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        flash_bytes = execute(pico, "import rp2; print(rp2.Flash().ioctl(4, 0) * 4096)")
        assert 2 * 1024 * 1024 - int(flash_bytes) == STORAGE_AT == SETTINGS_AT + 2 * SECTOR_BYTES
