"""A console from the outside, by gpiozero: the same tests for the emulator and for a rig.

Lamps are timed by the pin factory, so how busy this computer is does not count where only the
console is at work; where a press has to reach the daemon and come back as light, it does.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from gpiozero import Device
from tests.hil.gpio_rig import EMULATED, WIRES, GpioRig, console
from tests.system.command import Calldeck, write_config

from calldeck_console import pins
from calldeck_wire.messages import BUTTON_NAMES, LAMPS_ORDER

PATTERN_MS = 10.0
"""How far a change of a pattern may be off its time, by the console's own clock."""
SWITCH_MS = 100.0
"""From MUTE to the microphone switch. The console needs less than one (test_microphone_pins.py);
between reading the clock and moving the pin, a busy computer does other things.
"""
ROUND_MS = 400.0
"""From a press to light: through daemon and ACD, on a computer with other things to do.

It takes some 20 ms otherwise (`benchmarks/` and the lockstep tests have the exact figures).
"""
LOST_MS = 3000.0
"""From the daemon's end to link-lost. The lease is 2,000 ms by the daemon's clock, behind which an
emulator falls on a busy computer; test_spine.py holds it to those.
"""
SIMULATED = {
    "callers_per_minute": 0,
    "answer_after_s": 0.3,
    "talk_s": "[600, 600]",
    "after_call_work_s": 0,
}
DARK = ("availability_red", "availability_green", "availability_blue", "hold", "queue_1")
Start = Callable[[int], Calldeck]


@pytest.fixture(scope="module")
def port(uf2: Path) -> Iterator[str]:
    with console(uf2) as port:
        yield port


@pytest.fixture(scope="module")
def rig(port: str) -> Iterator[GpioRig]:
    with GpioRig() as rig:
        yield rig


@pytest.fixture
def start(port: str, rig: GpioRig, tmp_path: Path) -> Iterator[Start]:
    """Give a function that starts a daemon on that console: its agent not ready, callers waiting.

    The microphone is open then.
    """
    with ExitStack() as stack:

        def begin(callers: int) -> Calldeck:
            words = ["run", "--console", port, "--listen", "off"]
            words += ["--config", str(write_config(tmp_path, {"acd.simulated": SIMULATED}))]
            if callers:
                script = tmp_path / "callers.toml"
                script.write_text('[[steps]]\nat = 0.1\nacd = "call"\npatience_s = 600\n' * callers)
                words += ["--script", str(script)]
            daemon = stack.enter_context(Calldeck(words))
            daemon.wait_for("status", "not ready")
            rig.lamps["availability_red"].until(True)
            if rig.lamps["microphone_switch"].lit:
                rig.tap("MUTE")
                rig.lamps["microphone_switch"].until(False)
            return daemon

        yield begin


def test_the_wires_lead_where_the_pins_are() -> None:
    presses = {name: pins.BUTTONS[at] for at, name in enumerate(BUTTON_NAMES)}
    assert WIRES["presses"] == {**presses, "headset_plugged": pins.HEADSET_PLUGGED}
    lamps = {name: pins.LAMPS[at] for at, name in enumerate(LAMPS_ORDER)}
    assert WIRES["watches"] == {**lamps, "microphone_switch": pins.MICROPHONE_SWITCH}


def test_gpiozero_knows_the_board(rig: GpioRig) -> None:
    assert WIRES["board"] in Device.pin_factory.board_info.description
    assert str(rig.buttons["MUTE"].pin) == "GPIO2"


def test_status_makes_availability_green_and_red_again(rig: GpioRig, start: Start) -> None:
    start(0)
    red, green = rig.lamps["availability_red"], rig.lamps["availability_green"]
    assert red.times_ms(2) == pytest.approx([100, 900], abs=PATTERN_MS)
    let_go_s = rig.tap("STATUS")
    lit_s = green.changed(True, let_go_s)
    assert lit_s - let_go_s < ROUND_MS / 1000
    rig.hold_on(1.2)  # a round of any pattern, and more
    assert green.since(let_go_s) == [(lit_s, True)], "steady"
    assert all(at_s <= lit_s for at_s, state in red.since(let_go_s) if state)
    let_go_s = rig.tap("STATUS")
    assert green.changed(False, let_go_s) - let_go_s < ROUND_MS / 1000
    assert red.changed(True, let_go_s) - let_go_s < ROUND_MS / 1000


def test_a_call_with_callers_waiting(rig: GpioRig, start: Start) -> None:
    daemon = start(4)
    hold, mute = rig.lamps["hold"], rig.lamps["microphone_switch"]
    rig.until(lambda: rig.bar() == 3)  # one, two, and four or five of them waiting
    rig.tap("STATUS")
    daemon.wait_for("status", "talking")
    rig.until(lambda: rig.bar() == 2)
    assert rig.lamps["availability_red"].times_ms(2) == pytest.approx([900, 100], abs=PATTERN_MS)
    before_s = rig.now_s
    for button in ("MUTE", "HOLD", "ASSIST"):
        rig.buttons[button].on()
    mute.changed(True, before_s)
    held_s = hold.changed(True, before_s)
    assert held_s - before_s < ROUND_MS / 1000
    rig.hold_on(0.05)
    for button in ("ASSIST", "HOLD", "MUTE"):
        rig.buttons[button].off()
    assert hold.times_ms(3) == pytest.approx([500, 500, 500], abs=PATTERN_MS)
    assert rig.lamps["attention"].times_ms(2) == pytest.approx([100, 900], abs=PATTERN_MS)
    flashes = hold.since(held_s)
    gaps = [1000 * (later[0] - sooner[0]) for sooner, later in pairwise(flashes)]
    assert gaps == pytest.approx([500] * len(gaps), abs=PATTERN_MS), "from the first flash on"
    rig.tap("HOLD")
    daemon.wait_for("status", "talking", times=2)
    rig.until(lambda: not hold.lit)
    assert mute.lit, "a tap on MUTE lasts"
    assert [state for _at, state in mute.since(before_s)] == [True]


def test_mute_held_mutes_for_a_cough(rig: GpioRig, start: Start) -> None:
    start(0)
    mute = rig.lamps["microphone_switch"]
    pressed_s = rig.now_s
    rig.buttons["MUTE"].on()
    muted_s = mute.changed(True, pressed_s)
    rig.hold_on(0.6)
    let_go_s = rig.now_s
    rig.buttons["MUTE"].off()
    open_s = mute.changed(False, pressed_s)
    assert mute.since(pressed_s) == [(muted_s, True), (open_s, False)]
    assert muted_s - pressed_s < SWITCH_MS / 1000
    assert 0 < open_s - let_go_s < SWITCH_MS / 1000


def test_without_a_daemon_the_console_says_so(rig: GpioRig, start: Start) -> None:
    daemon = start(1)
    rig.lamps["queue_1"].until(True)
    attention = rig.lamps["attention"]
    died_s = rig.now_s
    daemon.signal(signal.SIGKILL)
    daemon.wait()
    lost_s = attention.changed(True, died_s)
    assert lost_s - died_s < LOST_MS / 1000
    dark_s = attention.changed(False, lost_s)
    again_s = attention.changed(True, dark_s)
    assert [dark_s - lost_s, again_s - dark_s] == pytest.approx([1, 1], abs=PATTERN_MS / 1000)
    for name in DARK:
        assert not rig.lamps[name].lit
        assert not [at_s for at_s, _state in rig.lamps[name].since(lost_s) if at_s > lost_s + 0.01]


@pytest.mark.skipif(not EMULATED, reason="a rig cannot pull the console's USB cable")
def test_a_press_while_unplugged_expires(rig: GpioRig, start: Start) -> None:
    daemon = start(0)
    green = rig.lamps["availability_green"]
    unplugged_s = rig.now_s
    Device.pin_factory.request("unplug")
    daemon.wait_for("console", "connection lost")
    rig.tap("STATUS")
    rig.hold_on(1.6)  # 1.5 s is the age at which a press is too old to act on
    Device.pin_factory.request("plug")
    daemon.wait_for("press", "ms late")
    rig.lamps["availability_red"].until(True)
    assert not green.since(unplugged_s)
    let_go_s = rig.tap("STATUS")
    green.changed(True, let_go_s)
    assert len(green.since(unplugged_s)) == 1
