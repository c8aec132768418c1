"""A console from the outside, by gpiozero: the same tests for the emulator and for a rig."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import Device
from tests.hil.gpio_rig import WIRES, GpioRig, console
from tests.system.command import Calldeck, write_config

from calldeck_console import pins
from calldeck_wire.messages import BUTTON_NAMES, LAMPS_ORDER

# What one event may be told late by: between emulator, daemon and this process on a busy machine
# the emulated time of an event is read a little after the event.
LATE_MS = 60.0

SIMULATED = {
    "callers_per_minute": 0,
    "answer_after_s": 0.3,
    "talk_s": "[600, 600]",
    "after_call_work_s": 0,
}


@pytest.fixture(scope="module")
def port(uf2: Path) -> Iterator[str]:
    with console(uf2) as port:
        yield port


@pytest.fixture(scope="module")
def rig(port: str) -> Iterator[GpioRig]:
    with GpioRig() as rig:
        yield rig


@pytest.fixture
def daemon(port: str, rig: GpioRig, tmp_path: Path) -> Iterator[Calldeck]:
    """Give a daemon on that console, its agent not ready."""
    script = tmp_path / "calls.toml"
    script.write_text('[[steps]]\nat = 2.5\nacd = "call"\n')
    config = write_config(tmp_path, {"acd.simulated": SIMULATED})
    words = ["run", "--console", port, "--config", config, "--listen", "off", "--script", script]
    with Calldeck(words) as daemon:
        daemon.wait_for("status", "not ready")
        yield daemon


def test_the_wires_lead_where_the_pins_are() -> None:
    presses = {name: pins.BUTTONS[at] for at, name in enumerate(BUTTON_NAMES)}
    assert WIRES["presses"] == {**presses, "headset_plugged": pins.HEADSET_PLUGGED}
    lamps = {name: pins.LAMPS[at] for at, name in enumerate(LAMPS_ORDER)}
    assert WIRES["watches"] == {**lamps, "microphone_switch": pins.MICROPHONE_SWITCH}


def test_gpiozero_knows_the_board(rig: GpioRig) -> None:
    factory = Device.pin_factory
    assert factory is not None
    assert factory.board_info.model == "4B"
    assert str(rig.buttons["MUTE"].pin) == "GPIO2"


def test_a_call_from_the_outside(rig: GpioRig, daemon: Calldeck) -> None:
    lamps = rig.lamps
    mute = lamps["microphone_switch"]
    assert lamps["availability_red"].times_ms(2) == pytest.approx([100, 900], abs=LATE_MS)
    assert mute.lit, "muted since its start"
    rig.tap("MUTE")
    mute.until(False)
    rig.tap("STATUS")
    lamps["availability_green"].until(True)
    lamps["availability_red"].until(False)
    daemon.wait_for("status", "talking")
    assert lamps["availability_red"].times_ms(2) == pytest.approx([900, 100], abs=LATE_MS)
    rig.buttons["HOLD"].on()
    lamps["hold"].until(True)
    rig.buttons["HOLD"].off()
    assert lamps["hold"].times_ms(3) == pytest.approx([500, 500, 500], abs=LATE_MS)
    rig.buttons["MUTE"].on()
    mute.until(True)
    rig.tap("ASSIST", held_s=0.4)
    rig.buttons["MUTE"].off()
    mute.until(False)
    assert lamps["attention"].times_ms(2) == pytest.approx([100, 900], abs=LATE_MS)
    rig.tap("HOLD")
    daemon.wait_for("status", "talking", times=2)
    rig.until(lambda: not lamps["hold"].lit)


def test_without_a_daemon_the_console_says_so(rig: GpioRig, daemon: Calldeck) -> None:
    rig.lamps["availability_red"].until(True)
    daemon.signal(signal.SIGKILL)
    rig.until(lambda: rig.lamps["attention"].shows([1000, 1000], LATE_MS))
    for name in ("availability_red", "availability_green", "hold", "queue_1"):
        assert not rig.lamps[name].lit
