"""The page, the API and the pins of the real firmware tell the same, in every state of a call."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.hil.gpio_rig import EMULATED, SOCKET, GpioRig, console
from tests.web.conftest import open_page
from tests.web.program import Program

SCRIPT = """
[[steps]]
at = 0.1
acd = "call"
patience_s = 3600
[[steps]]
at = 0.2
acd = "call"
patience_s = 3600
[[steps]]
at = 0.3
acd = "call"
patience_s = 3600
"""
PATIENCE_S = 15.0
# Emulated time of an edge, as this process reads it: see tests/hil/test_gpiozero.py.
LATE_MS = 60.0
CHANNELS = {
    "": (),
    "red": ("availability_red",),
    "green": ("availability_green",),
    "blue": ("availability_blue",),
    "amber": ("availability_red", "availability_green"),
}
NETS = {
    "hold": "hold",
    "attention": "attention",
    "mute": "microphone_switch",
    **{f"queue{number}": f"queue_{number}" for number in range(1, 6)},
}
# What a person sees of a lamp: its colour, whether it is lit, and the times of its blinking.
SEEN = """
() => Object.fromEntries([...document.querySelectorAll("[data-lamp]")].map((lamp) => {
  const light = lamp.firstElementChild;
  const blinking = light.getAnimations()[0];
  let times = [];
  if (blinking) {
    const total = blinking.effect.getTiming().duration;
    const at = blinking.effect.getKeyframes().map((frame) => frame.computedOffset * total);
    times = at.slice(1).map((end, place) => Math.round(end - at[place]));
  }
  // A blinking lamp begins with its light.
  const begins = blinking?.effect.getKeyframes()[0].opacity === "1";
  const lit = blinking ? begins : getComputedStyle(light).opacity === "1";
  const colour = getComputedStyle(light).backgroundColor;
  return [lamp.dataset.lamp, { lit, times, colour: lamp.dataset.colour, painted: colour }];
}))
"""


@pytest.fixture
def rig(uf2: Path) -> Iterator[tuple[GpioRig, str]]:
    with console(uf2) as port, GpioRig() as rig:
        yield rig, port


def pins_show(rig: GpioRig, seen: dict[str, Any]) -> str:
    """Compare the pins with what the page shows; return what differs."""
    for net, lit, times in wanted(seen):
        lamp = rig.lamps[net]
        if times and not lamp.shows(times, LATE_MS):
            return f"{net} does not blink {times}"
        if not times and lamp.lit is not lit:
            return f"{net} is not {lit}"
    return ""


def wanted(seen: dict[str, Any]) -> Iterator[tuple[str, bool, list[float]]]:
    """Give each net, whether it is lit, and how it blinks, from what the page shows."""
    availability = seen["availability"]
    lit = CHANNELS[availability["colour"]]
    for net in ("availability_red", "availability_green", "availability_blue"):
        yield net, net in lit, availability["times"] if net in lit else []
    for name, net in NETS.items():
        yield net, seen[name]["lit"], seen[name]["times"]


def agree(page: Page, program: Program, rig: GpioRig, state: str) -> None:
    """Wait until page, API and pins tell the same."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        api = program.desk()["lamps"]
        seen = page.evaluate(SEEN)
        told = {name: (lamp["colour"], lamp["times_ms"]) for name, lamp in api.items()}
        shown = {name: (lamp["colour"], lamp["times"]) for name, lamp in seen.items()}
        lit = all(lamp["lit"] is bool(lamp["colour"]) for lamp in seen.values())
        differs = pins_show(rig, seen) if told == shown and lit else f"{told} is not {shown}"
        if not differs:
            return
        assert time.monotonic() < deadline, f"{state}: {differs}"
        page.wait_for_timeout(50)  # the next look: lamps blink for ever, and nothing ends it


def test_page_api_and_pins_agree_in_ten_states(
    context: BrowserContext, rig: tuple[GpioRig, str], tmp_path: Path
) -> None:
    fingers, port = rig
    script = tmp_path / "calls.toml"
    script.write_text(SCRIPT)
    with Program(tmp_path, console=port, words=["--script", script]) as program:
        pages = open_page(context, program)
        page = next(pages)

        def reached(status: str, state: str) -> None:
            expect(page.locator("#status-card")).to_have_attribute("data-status", status)
            program.seen()
            agree(page, program, fingers, state)

        expect(page.locator("#why-not")).to_contain_text("This is a real console")
        expect(page.locator("[data-button=hold]")).to_have_attribute("aria-disabled", "true")
        reached("logged_out", "logged out")
        program.log_in()
        reached("not_ready", "not ready, three callers waiting")
        fingers.tap("STATUS")
        reached("ringing", "ringing")
        program.post("/answer")
        reached("talking", "talking, muted")
        fingers.tap("MUTE")
        expect(page.locator("[data-lamp=mute]")).to_have_attribute("data-pattern", "off")
        reached("talking", "talking, heard")
        program.past_the_guard()
        fingers.tap("HOLD")
        reached("held", "held")
        fingers.tap("ASSIST")
        expect(page.locator("[data-acknowledge]")).to_be_visible()
        reached("held", "held, help called")
        page.click("[data-acknowledge]")
        expect(page.locator("[data-lamp=attention]")).to_have_attribute("data-pattern", "steady")
        reached("held", "held, help coming")
        fingers.tap("HOLD")
        reached("talking", "talking again")
        fingers.tap("STATUS")
        expect(page.locator("#pending")).to_have_text("Not ready after this call.")
        reached("talking", "talking, not ready planned")
        program.post("/hangup")
        reached("after_call_work", "after-call work")
        fingers.tap("STATUS")
        reached("not_ready", "not ready as planned")
        fingers.tap("HOLD")
        reached("not_ready", "refused, then not any more")
        next(pages, None)


@pytest.mark.skipif(not EMULATED, reason="nobody is at the reset button of a real console")
def test_the_page_says_why_a_console_has_restarted(
    context: BrowserContext, rig: tuple[GpioRig, str], tmp_path: Path
) -> None:
    with Program(tmp_path, console=rig[1]) as program:
        pages = open_page(context, program)
        page = next(pages)
        link = page.locator("#link-console")
        expect(link).to_contain_text("real console, connected, firmware ")
        expect(link).not_to_contain_text("restarted")
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(os.environ[SOCKET])
            control.sendall(json.dumps({"id": 1, "do": "reset"}).encode() + b"\n")
            assert "error" not in json.loads(control.makefile().readline())
        expect(link).to_contain_text(
            "restarted since it was last connected: its reset pin was used", timeout=20_000
        )
        next(pages, None)
