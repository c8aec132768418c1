"""Pictures of the page in each state, for the eye and for the README: `make pictures`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="calldeck-pictures-")

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from tests.web.conftest import ARGUMENTS, BROWSERS  # noqa: E402
from tests.web.program import SEEN_MS, Program  # noqa: E402

from calldeck.consoles.images import find_image  # noqa: E402

DESK = {"width": 1280, "height": 800}
LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": DESK},
    "dark": {"viewport": DESK, "color_scheme": "dark"},
    "contrast": {"viewport": DESK, "forced_colors": "active"},
    "phone": {"viewport": {"width": 375, "height": 812}, "device_scale_factor": 2},
    "right-to-left": {"viewport": DESK},
}
TURN = "document.documentElement.dir = 'rtl'"
"""The texts stay as they are: no language that is written so has a catalogue yet."""
FORCED = """
[[steps]]
at = 0.1
acd = "force"
status = "available"
[[steps]]
at = 0.6
acd = "force"
status = "not_ready"
reason = "training"
"""


class Album:
    """The same page in all looks."""

    def __init__(self, browser: Browser, program: Program, folder: Path) -> None:
        self._folder = folder
        self._pages: dict[str, Page] = {}
        for name, options in LOOKS.items():
            page = browser.new_context(**options).new_page()
            page.goto(program.address if not self._pages else program.link)
            self._pages[name] = page
        self._take("key", ("desktop",))
        self._pages["desktop"].goto(program.link)
        self._pages["right-to-left"].evaluate(TURN)

    def take(self, state: str, status: str) -> None:
        """Take a state in all looks, when the pages show this status."""
        for page in self._pages.values():
            page.wait_for_selector(f'#status-card[data-status="{status}"]')
        self.now(state)

    def now(self, state: str) -> None:
        """Take a state in all looks, as it is seen now."""
        self.wait(SEEN_MS)
        self._take(state, tuple(self._pages))

    def wait(self, ms: float) -> None:
        """Let time pass."""
        self._pages["desktop"].wait_for_timeout(ms)

    def _take(self, state: str, names: tuple[str, ...]) -> None:
        for name in names:
            self._pages[name].wait_for_timeout(250)  # lamps blink: let them begin
            path = self._folder / f"{state}-{name}.png"
            self._pages[name].screenshot(path=path, full_page=name != "contrast")

    def lost(self) -> None:
        """Take the page without its program."""
        for page in self._pages.values():
            page.wait_for_selector("html.lost", state="attached")
        self._take("lost", tuple(self._pages))


def play(album: Album, program: Program) -> None:
    """Play a shift of one call."""
    tap, long_press = {"action": "tap"}, {"action": "tap", "hold_ms": 800}
    album.take("login", "logged_out")
    program.log_in()
    album.take("not-ready", "not_ready")
    program.post("/buttons/status", long_press)
    album.wait(SEEN_MS)
    program.post("/buttons/status", tap)
    album.now("choosing")
    program.until(lambda desk: desk["choice"] is None)
    program.post("/buttons/status", tap)
    album.take("ringing", "ringing")
    program.post("/answer")
    program.past_the_guard()
    album.take("talking-muted", "talking")
    program.post("/buttons/mute", tap)
    album.take("talking", "talking")
    program.post("/system-microphone", {"muted": True})
    album.now("disagreeing")
    program.post("/system-microphone", {"muted": False})
    program.post("/buttons/hold", tap)
    program.post("/buttons/assist", tap)
    album.take("held", "held")
    program.post("/buttons/assist", {"action": "tap", "hold_ms": 2300})
    program.post("/buttons/hold", tap)
    program.post("/not-ready", {"reason": "back-office"})
    album.take("planned", "talking")
    contact = program.desk()["contact"]["id"]
    program.post("/contact", {"contact": contact, "unresolved": True})
    program.post("/hangup")
    album.take("after-call-work", "after_call_work")


def main() -> int:
    """Play a call and take pictures on the way."""
    folder = ROOT / "build" / "pictures"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with (
        tempfile.TemporaryDirectory() as home,
        Program(Path(home), console="emulated", uf2=str(find_image()), callers=40) as program,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        album = Album(browser, program, folder)
        play(album, program)
        program.stop()
        album.lost()
        browser.close()
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        script = Path(home) / "script.toml"
        script.write_text(FORCED)
        with Program(Path(home), login="auto", callers=0, words=["--script", script]) as program:
            browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
            album = Album(browser, program, folder)
            program.until(lambda desk: (desk["forced"] or {}).get("after") == "not_ready")
            album.take("forced", "not_ready")
            browser.close()
    print(f"{len(list(folder.iterdir()))} pictures in {folder.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
