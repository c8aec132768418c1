"""What the page costs and how fast it is: weight, first paint, lamps after pins, fifty open.

In real time on this computer, with the real firmware in the emulator and a real browser; so the
figures are this computer's. A lamp counts as visible when the browser has drawn the frame that
shows it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from table import Row, percentile, report

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("XDG_STATE_HOME", tempfile.mkdtemp(prefix="calldeck-bench-"))
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="calldeck-bench-")

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from tests.hil.gpio_rig import GpioRig, console  # noqa: E402
from tests.web.conftest import ARGUMENTS, BROWSERS  # noqa: E402
from tests.web.program import Program  # noqa: E402

from calldeck.consoles.images import find_image  # noqa: E402

LOADS = 15
CHANGES = 40
ROUNDS = 4
TAPS = 60
LISTENERS = 50
# Tells when the frame was drawn in which the hold lamp had another pattern.
WATCH = """
() => {
  window.seen = [];
  const lamp = document.querySelector('[data-lamp="hold"]');
  new MutationObserver(() => requestAnimationFrame(() => requestAnimationFrame(() =>
    window.seen.push(Date.now())))).observe(lamp, { attributeFilter: ["data-pattern"] });
}
"""
LISTEN = """
import sys, threading, time, urllib.request
address, key, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
def listen():
    request = urllib.request.Request(address, headers={"Authorization": "Bearer " + key})
    with urllib.request.urlopen(request) as answer:
        for line in answer:
            pass
for _ in range(count):
    threading.Thread(target=listen, daemon=True).start()
print("listening", flush=True)
sys.stdin.read()
"""


def weight(program: Program) -> int:
    """Return the bytes of the page and all that it loads, uncompressed."""
    static = ROOT / "host_tools" / "calldeck" / "web" / "static"
    total = len(httpx.get(program.address, trust_env=False).content)
    for file in static.iterdir():
        if file.name != "index.html":
            answer = httpx.get(f"{program.address}/static/{file.name}", trust_env=False)
            total += len(answer.raise_for_status().content)
    return total


def first_paints(browser: Browser, program: Program) -> list[float]:
    """Return when the first content was painted, in ms from the navigation, in fresh browsers."""
    found = []
    for _load in range(LOADS):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(program.link)
        page.wait_for_selector("#work:not([hidden])")
        entry = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
        found.append(float(page.wait_for_function(entry).json_value()))
        context.close()
    return found


def lamp_delays(page: Page, rig: GpioRig) -> tuple[list[float], list[float]]:
    """Hold and resume again and again; return two lists of ms until the frame was drawn.

    The first counts from the report of the hold pin's change, which takes its time from the
    emulator to here; the second from the finger on HOLD, before which no pin can change: the truth
    about the pin lies between them.
    """
    lamp = rig.lamps["hold"]
    page.evaluate(WATCH)
    at_ms: list[float] = []
    pin = lamp.device.pin
    tell_lamp = pin.when_changed

    def changed(at_s: float, state: int) -> None:
        at_ms.append(time.time() * 1000)
        tell_lamp(at_s, state)

    pin.when_changed = changed
    delays: list[float] = []
    from_finger = []
    for _change in range(CHANGES // 2):
        before = len(at_ms)
        began_ms = time.time() * 1000
        rig.tap("HOLD")
        lamp.until(True)
        seen = page.wait_for_function(
            "n => window.seen.length > n && window.seen[n]", arg=len(delays)
        )
        drawn_ms = float(seen.json_value())
        delays.append(drawn_ms - at_ms[before])
        from_finger.append(drawn_ms - began_ms)
        # A dark pin does not tell when its pattern ended: only the begin of holding is timed.
        page.wait_for_timeout(1100)
        rig.tap("HOLD")
        page.wait_for_function("n => window.seen.length > n", arg=len(delays))
        page.evaluate("window.seen.splice(-1)")
        page.wait_for_timeout(150)
    return delays, from_finger


@contextmanager
def listeners(program: Program, count: int) -> Iterator[None]:
    """Have so many event streams open, in a process of their own."""
    if count == 0:
        yield
        return
    address = f"{program.address}/api/v1/events"
    process = subprocess.Popen(
        [sys.executable, "-c", LISTEN, address, program.key, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(1)  # until all have connected
    yield
    process.kill()
    process.wait()


def press_path(folder: Path, count: int) -> float:
    """Return the median ms from a press to its command, with so many streams open."""
    folder.mkdir()
    summary = folder / "summary.json"
    with Program(folder, callers=0, words=["--summary", summary]) as program:
        program.log_in()
        with listeners(program, count):
            for _tap in range(TAPS):
                program.post("/buttons/status", {"action": "tap", "hold_ms": 40})
    return float(json.loads(summary.read_text())["latency_ms"]["press_to_issued"]["p50"])


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured, times in ms."""

    quiet: list[float]
    busy: list[float]
    bytes_in_all: int
    paints: list[float]
    delays: list[float]
    from_finger: list[float]


def measure_page(folder: Path) -> tuple[int, list[float], list[float], list[float]]:
    """Weigh the page, load it again and again, and watch a lamp on it beside the lamp's pin."""
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with ExitStack() as stack:
        port = stack.enter_context(console(find_image()))
        rig = stack.enter_context(GpioRig())
        script = folder / "calls.toml"
        script.write_text('[[steps]]\nat = 0.1\nacd = "call"\npatience_s = 3600\n')
        words = ["--script", script]
        program = stack.enter_context(Program(folder, console=port, words=words))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        bytes_in_all, paints = weight(program), first_paints(browser, program)
        page = browser.new_page()
        page.goto(program.link)
        page.wait_for_selector("#work:not([hidden])")
        program.log_in()
        program.seen()
        rig.tap("STATUS")
        program.until(lambda desk: desk["status"] == "ringing")
        program.post("/answer")
        program.past_the_guard()
        delays, from_finger = lamp_delays(page, rig)
        browser.close()
    return bytes_in_all, paints, delays, from_finger


def measure() -> Figures:
    """Measure everything, quiet and busy rounds in turn."""
    quiet, busy = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place in range(ROUNDS):
            quiet.append(press_path(folder / f"quiet{place}", 0))
            busy.append(press_path(folder / f"busy{place}", LISTENERS))
        (folder / "page").mkdir()
        return Figures(quiet, busy, *measure_page(folder / "page"))


def rows(found: Figures) -> list[Row]:
    """Put the figures beside their limits."""
    quiet, busy = percentile(found.quiet, 0.5), percentile(found.busy, 0.5)
    paint, lamp = percentile(found.paints, 0.5), percentile(found.delays, 0.5)
    weight_kb = found.bytes_in_all / 1000
    opened = f"first contentful paint, {LOADS} loads"
    drawn = f"report of the hold pin to the drawn lamp, {len(found.delays)} changes"
    finger = percentile(found.from_finger, 0.5)
    touched = "finger on HOLD to the drawn lamp: pin to drawn is less"
    pressed = f"press to command, no page open, median of {ROUNDS} x {TAPS}"
    return [
        Row("page.kB", "the page and all that it loads, uncompressed", weight_kb, "kB", 150),
        Row("page.paint_ms.p50", opened, paint, "ms", 300),
        Row("page.paint_ms.max", "the slowest of them", max(found.paints), "ms", 300),
        Row("page.lamp_ms.p50", drawn, lamp, "ms", 100),
        Row("page.lamp_ms.max", "the slowest of them", max(found.delays), "ms", 100),
        Row("page.finger_ms.p50", touched, finger, "ms", 100),
        Row("page.finger_ms.max", "the slowest of them", max(found.from_finger), "ms", 100),
        Row("page.press_ms.quiet", pressed, quiet, "ms"),
        Row("page.press_ms.fifty", f"the same with {LISTENERS} event streams open", busy, "ms"),
        Row("page.press_ratio", "the one over the other", busy / quiet, "", 1.1, 1.0),
    ]


def main() -> int:
    """Measure and report."""
    return report(rows(measure()), "The page, in real time on this computer")


if __name__ == "__main__":
    sys.exit(main())
