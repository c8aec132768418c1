"""Modes by reset: one-shot, asked for by an order or by STATUS held at power-up."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute, raw_repl, run_for

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_console import pins
from calldeck_wire import messages
from calldeck_wire.frames import FrameReader, encode_frame

SESSION = 0x0BADCAFE


def say(pico: LockstepEmulator, message: messages.Message, *values: object) -> None:
    pico.send(encode_frame(messages.encode(message, SESSION, values)))


def heard(data: bytes) -> list[tuple[str, tuple[int, ...]]]:
    """Return the messages in what the console said."""
    found = []
    for payload in FrameReader().feed(data):
        message = messages.BY_NUMBER[messages.peek(payload)[0]]
        values = messages.decode(message, payload)
        assert values is not None
        found.append((message.name, values))
    return found


def greet(pico: LockstepEmulator) -> tuple[int, ...]:
    """Say hello and return the welcome."""
    pico.read()
    say(pico, messages.HELLO, 1, 1)
    return next(values for name, values in heard(run_for(pico, 50_000)) if name == "welcome")


def order_reset(pico: LockstepEmulator, mode: int) -> None:
    say(pico, messages.RESET, 0, mode)
    run_for(pico, 700_000)


def test_a_normal_reset_keeps_the_press_count_and_forgets_the_session(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive={pins.HEADSET_PLUGGED: False}) as pico:
        run_for(pico, 800_000)
        assert greet(pico)[2] == 0
        pico.drive(pins.BUTTONS[messages.BUTTON_HOLD], False)
        run_for(pico, 60_000)
        pico.release(pins.BUTTONS[messages.BUTTON_HOLD])
        run_for(pico, 60_000)
        order_reset(pico, messages.MODE_NORMAL)
        welcome = greet(pico)
        assert welcome[2] == 0, "a reboot must not name an earlier session"
        assert welcome[5] == 1, "the press of before the reset is still counted"
        assert [reset.cause for reset in pico.resets] == ["power", "software"]
        assert greet(pico)[2] == SESSION


def test_maintenance_by_order_is_one_shot(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive={pins.HEADSET_PLUGGED: False}) as pico:
        run_for(pico, 800_000)
        greet(pico)
        order_reset(pico, messages.MODE_MAINTENANCE)
        raw_repl(pico)
        assert (
            execute(pico, "from calldeck_console.pico import modes; print(modes.boot_mode())")
            == "1\r\n"
        )
        pico.send(b"import machine; machine.reset()\x04")
        run_for(pico, 1_000_000)
        assert greet(pico)[2] == 0


def test_maintenance_by_holding_status_at_power_up(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        assert execute(pico, "print(6 * 7)") == "42\r\n"


def test_a_tap_of_status_at_power_up_does_not_cost_the_console(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        pico.release(pins.BUTTONS[messages.BUTTON_STATUS], at_us=700_000)
        run_for(pico, 2_000_000)
        assert greet(pico)[2] == 0


def test_the_bootloader_is_entered_by_order(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive={pins.HEADSET_PLUGGED: False}) as pico:
        run_for(pico, 800_000)
        greet(pico)
        order_reset(pico, messages.MODE_BOOTLOADER)
        assert pico.state == "bootloader"
        pico.reset()
        run_for(pico, 800_000)
        assert pico.state == "running"
        assert greet(pico)[13] == messages.MODE_NORMAL


@pytest.mark.parametrize("newest", [2, 255])
def test_a_newer_protocol_is_answered_with_our_range(uf2: Path, newest: int) -> None:
    with LockstepEmulator(uf2) as pico:
        run_for(pico, 800_000)
        say(pico, messages.HELLO, 2, newest)
        [(name, welcome)] = heard(run_for(pico, 50_000))
        assert (name, welcome[:2]) == ("welcome", (1, 1))


def test_usb_says_who_it_is(uf2: Path) -> None:
    with LockstepEmulator(uf2, unique_id="E660FEDCBA987654") as pico:
        run_for(pico, 800_000)
        strings = pico.descriptors()
        assert (strings.vendor_id, strings.product_id) == (0x2E8A, 0x0005)
        assert strings.product == "CallDeck"
        assert strings.serial_number.upper() == "E660FEDCBA987654"
        assert bytes(greet(pico)[11]).hex().upper() == "E660FEDCBA987654"


HANG = "import machine\nmachine.WDT(timeout=500)\nwhile True:\n    pass\n"


def test_after_a_watchdog_bite_the_console_is_back_and_says_so(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS) as pico:
        enter_maintenance(pico)
        hung_us = pico.now_us
        pico.send(HANG.encode() + b"\x04")
        run_for(pico, 1_500_000)
        assert pico.resets[-1].cause == "watchdog"
        assert 500_000 <= pico.resets[-1].at_us - hung_us < 700_000
        pico.read()
        say(pico, messages.HELLO, 1, 1)
        said = heard_with_tails(run_for(pico, 400_000))
        assert ("log", b"restarted by the watchdog") in said


def heard_with_tails(data: bytes) -> list[tuple[str, bytes]]:
    """Return the messages in what the console said, each with its tail."""
    found = []
    for payload in FrameReader().feed(data):
        message = messages.BY_NUMBER[messages.peek(payload)[0]]
        found.append((message.name, messages.tail_of(message, payload)))
    return found
