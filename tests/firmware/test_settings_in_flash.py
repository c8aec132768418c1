"""Settings on the real image: kept through every reset, written only outside of calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute
from tests.firmware.kept_settings import (
    SECTOR_BYTES,
    SETTINGS_AT,
    in_flash,
    order,
    start,
    told,
)
from tests.firmware.plain_host import PlainHost

from calldeck.consoles.lockstep import WORST_FLASH_TIMING, FlashOperation, LockstepEmulator
from calldeck_console import pins
from calldeck_console.keeping import WRITE_EVERY_S
from calldeck_console.settings import KEPT_BYTES, Settings
from calldeck_wire import messages

STORAGE_AT = (2048 - 1408) * 1024
PLUGGED = {pins.HEADSET_PLUGGED: False}
HOLD = pins.BUTTONS[messages.BUTTON_HOLD]
STATUS = pins.BUTTONS[messages.BUTTON_STATUS]
BOOT = [field[0] for field in messages.WELCOME.fields].index("boot")
WRITE_US = WRITE_EVERY_S * 1e6
SAVED_US = WRITE_US + 5e6


def chosen() -> Settings:
    """Return settings other than the defaults."""
    settings = Settings()
    settings.change(messages.SETTING_COUGH_MS, 321)
    settings.change(messages.SETTING_SAFE_MUTED, 0)
    settings.name("Fenster 7 ü".encode())
    return settings


@pytest.fixture
def pico(uf2: Path) -> Iterator[LockstepEmulator]:
    with LockstepEmulator(uf2, drive=PLUGGED) as pico:
        yield pico


def talk(pico: LockstepEmulator, *, in_call: bool = False) -> PlainHost:
    """Boot, open a session and order other settings than the defaults."""
    host = PlainHost(pico)
    host.flags = messages.HEADSET_USB | (messages.FLAG_CALL_ACTIVE if in_call else 0)
    start(host)
    order(host, chosen())
    return host


def writes(pico: LockstepEmulator) -> list[FlashOperation]:
    """Return what has been done to the settings' sectors."""
    end = SETTINGS_AT + 2 * SECTOR_BYTES
    return [now for now in pico.flash_operations() if SETTINGS_AT <= now.offset < end]


def saved_by(pico: LockstepEmulator) -> PlainHost:
    host = talk(pico)
    assert told(host)[:2] == (0, 0)
    host.run_for(SAVED_US)
    assert told(host)[:2] == (1, 1)
    return host


def check_kept(host: PlainHost) -> None:
    """See that the console, just started, has the settings that were saved before."""
    boot = host.welcome[BOOT]
    start(host)
    assert host.welcome[BOOT] != boot
    assert told(host) == (1, 1, chosen().content())
    assert in_flash(host.pico) == chosen().content()


def test_settings_outlive_power_the_reset_pin_and_an_ordered_reset(pico: LockstepEmulator) -> None:
    host = saved_by(pico)
    for restart in (pico.power_cycle, pico.reset):
        restart()
        check_kept(host)
    assert host.order(messages.RESET, messages.MODE_NORMAL) == messages.RESULT_DONE
    host.run_for(500_000)
    check_kept(host)
    assert [reset.cause for reset in pico.resets] == ["power", "power", "run", "software"]


def test_settings_outlive_the_watchdog(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=PLUGGED) as pico:
        host = saved_by(pico)
        host.fall_silent()
        pico.drive(STATUS, False)
        pico.power_cycle()
        pico.run_until(pico.now_us + 2_500_000)
        enter_maintenance(pico)
        pico.send(b"import machine\nmachine.WDT(timeout=500)\nwhile True:\n    pass\n\x04")
        pico.run_until(pico.now_us + 700_000)
        assert pico.resets[-1].cause == "watchdog"
        check_kept(host)


def test_settings_outlive_an_update_of_the_firmware(uf2: Path, pico: LockstepEmulator) -> None:
    host = saved_by(pico)
    host.say(messages.RESET, host.last(messages.CONFIRM).values[0], messages.MODE_BOOTLOADER)
    host.fall_silent()
    pico.run_until(pico.now_us + 1_000_000)
    assert pico.state == "bootloader"
    pico.write_uf2(uf2)
    check_kept(host)


def test_the_microphone_starts_as_it_is_kept(pico: LockstepEmulator) -> None:
    host = saved_by(pico)
    assert next(host.of(messages.MICROPHONE)).values[1] == 1
    before = len(host.heard)
    pico.power_cycle()
    start(host)
    host.run_for(100_000)
    assert next(host.of(messages.MICROPHONE, before)).values[1] == 0


def test_a_write_is_an_erase_and_two_pages_of_one_sector_in_turn(pico: LockstepEmulator) -> None:
    host = saved_by(pico)
    host.order(messages.SETTING, messages.SETTING_COUGH_MS, 400)
    host.run_for(SAVED_US)
    host.order(messages.SETTING, messages.SETTING_COUGH_MS, 500)
    host.run_for(SAVED_US)
    assert [(now.kind, now.offset - SETTINGS_AT, now.length) for now in writes(pico)] == [
        (kind, sector * SECTOR_BYTES + at, length)
        for sector in (0, 1, 0)
        for kind, at, length in (("erase", 0, 4096), ("program", 0, 256), ("program", 256, 256))
    ]


def test_nothing_is_written_in_a_call(pico: LockstepEmulator) -> None:
    host = talk(pico, in_call=True)
    host.run_for(3 * WRITE_US)
    assert writes(pico) == []
    assert told(host)[0] == 0
    host.flags = messages.HEADSET_USB
    host.show()
    host.run_for(2e6)
    assert told(host)[0] == 1


def test_a_call_that_begins_in_the_middle_of_a_write_is_not_disturbed(
    pico: LockstepEmulator,
) -> None:
    host = talk(pico)
    while not writes(pico):
        host.run_for(10_000)
    host.flags |= messages.FLAG_CALL_ACTIVE
    host.show()
    host.run_for(2 * WRITE_US)
    assert [now.kind for now in writes(pico)] == ["erase"]
    host.flags = messages.HEADSET_USB
    host.show()
    host.run_for(2e6)
    assert told(host)[0] == 1
    assert len(writes(pico)) == 3


def test_nothing_is_written_while_a_button_is_down(pico: LockstepEmulator) -> None:
    host = talk(pico)
    pico.drive(HOLD, False)
    host.run_for(2 * WRITE_US)
    assert len(host.edges) == 1
    assert writes(pico) == []
    pico.release(HOLD)
    host.run_for(2e6)
    assert told(host)[0] == 1


def test_nothing_is_written_while_an_edge_waits_to_be_acknowledged(pico: LockstepEmulator) -> None:
    host = talk(pico)
    host.acknowledging = False
    host.press(messages.BUTTON_HOLD, pico.now_us, 60_000)
    host.run_for(2 * WRITE_US)
    assert writes(pico) == []
    host.acknowledging = True
    host.run_for(2e6)
    assert told(host)[0] == 1


def test_nothing_is_written_without_a_word_of_the_host(pico: LockstepEmulator) -> None:
    host = talk(pico)
    host.fall_silent()
    host.run_for(3 * WRITE_US)
    assert writes(pico) == []


def test_a_host_that_tells_the_same_in_each_session_writes_nothing(pico: LockstepEmulator) -> None:
    host = saved_by(pico)
    before = writes(pico)
    for _ in range(3):
        start(host)
        order(host, chosen())
        host.run_for(SAVED_US)
        assert told(host)[:2] == (1, 1)
    assert writes(pico) == before


@pytest.mark.parametrize("lost", [False, True])
def test_settings_that_cannot_be_read_are_told_of_and_mended(
    pico: LockstepEmulator, *, lost: bool
) -> None:
    for sector in range(2 if lost else 1):
        pico.write_flash(SETTINGS_AT + sector * SECTOR_BYTES, b"rubbish")
    host = PlainHost(pico)
    start(host)
    host.run_for(500_000)
    faults = [fault.values[0] for fault in host.of(messages.FAULT)]
    assert faults == ([messages.FAULT_SETTINGS_LOST] if lost else [])
    assert told(host)[2] == Settings().content()
    host.run_for(SAVED_US)
    assert told(host)[:2] == ((1, 1) if lost else (1, 0))
    assert bool(writes(pico)) == lost


def test_the_slowest_flash_trips_no_watchdog_and_costs_no_press(uf2: Path) -> None:
    """One button goes down while the flash is erased, another as soon as that is done."""
    with LockstepEmulator(uf2, drive=PLUGGED, flash_timing=WORST_FLASH_TIMING) as pico:
        host = talk(pico)
        while not writes(pico):
            host.run_for(5_000)
        [erase] = writes(pico)
        pico.drive(HOLD, False, at_us=pico.now_us + 100_000)
        pico.drive(STATUS, False, at_us=erase.end_us + 500)
        host.run_until(erase.end_us + 100_000)
        pico.release(HOLD)
        pico.release(STATUS)
        host.run_for(3e6)
        edges = sorted(edge.values[3] for edge in host.edges)
        buttons = [messages.BUTTON_HOLD, messages.BUTTON_STATUS]
        assert edges == [*buttons, *(messages.EDGE_PRESSED | button for button in buttons)]
        assert told(host)[0] == 1
        assert erase.end_us - erase.at_us == 400_000
        assert [reset.cause for reset in pico.resets] == ["power"]


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
