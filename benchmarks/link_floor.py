"""How fast a press is on record, over what the same way costs with nothing on it.

Three things on one emulated board in one run, in turns, by one clock, this computer's:

- *press*: from the order to pull ASSIST's pin low to the first moment that the press ledger has
  grown, as another process sees it: the press is received, on record, and safe from a crash. (The
  daemon's own `press_to_received` is printed, and not believed: it takes the console's clock for
  one that keeps time, and an emulator's that has fallen behind does not.)
- *echo*: one byte from the host's pty to a MicroPython program of six lines and back.
- *belay*: a call of a function on the board by belay, a library made for that.

A press is one way and an echo is two. But nobody can pull an emulated pin for nothing: the order
takes a socket, the console's harness and the emulator's input, the same way that an echo's byte
takes to the board, plus one process' hop more. So both are measured from where the host lets go of
something to where it has the answer. What counts against the press: that hop, the look at the
ledger (every 0.2 ms), the daemon, and the frame of 33 bytes instead of one.

The emulator is paced to real time within 1.5 ms; both wait for that alike. But it executes the
firmware at about a third of the chip's speed, and a press is 2.2 ms of the firmware's work where an
echo is 0.1 (`make bench-spine` has the press in emulated time): most of the ratio is that.
`floor.pace` says how well the emulator kept up; a press passes four processes, and so a computer
that is busy with others makes it slower than it does an echo.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from alone import alone
from table import Row, percentile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import maintenance  # noqa: E402
from tests.system.outliving import (  # noqa: E402 found only by the line above
    PATIENCE_S,
    DaemonProcess,
    LedgerTail,
    OutlivingConsole,
    ledger_of,
    settings_file,
    until,
)

from calldeck.consoles.images import find_image  # noqa: E402
from calldeck.journal.lines import RECEIVED  # noqa: E402

ROUNDS = 4
TIMES = 100
TIMES_IN_SHORT = 40
WARM_UP = 5
SEED = 3
LOOK_S = 0.0001
# What is left of the times where others leave this computer to us.
QUIET = 0.1
BUTTON = "ASSIST"
NO_CALLS = {"callers_per_minute": 0}
ECHO = """
import sys, micropython
micropython.kbd_intr(-1)
byte = b""
while byte != b"\\x04":
    byte = sys.stdin.buffer.read(1)
    if byte != b"\\x04":
        sys.stdout.buffer.write(byte)
micropython.kbd_intr(3)
"""


@dataclass(slots=True)
class Found:
    """Milliseconds of each press, echo and call; `own_ms`: what the daemon says of the presses."""

    press_ms: list[float] = field(default_factory=list)
    own_ms: list[float] = field(default_factory=list)
    echo_ms: list[float] = field(default_factory=list)
    belay_ms: list[float] = field(default_factory=list)
    pace: float = 1.0


class Round:
    """One turn of all three on a console."""

    def __init__(self, console: OutlivingConsole, folder: Path, times: int, seed: str) -> None:
        self._console = console
        self._folder = folder
        self._times = times
        self._random = random.Random(seed)

    def pause(self) -> None:
        """Be in step with nothing."""
        self._console.hold_on(self._random.uniform(0.03, 0.08))

    def presses(self, found: Found) -> None:
        """Press; the first few are for the daemon to warm up."""
        journal = self._folder / "journal"
        settings = settings_file(self._folder, journal, NO_CALLS)
        with DaemonProcess(self._folder, self._console, settings) as daemon:
            daemon.wait_connected()
            tail = LedgerTail(ledger_of(journal))
            for place in range(-WARM_UP, self._times):
                self.pause()
                took_ms, age_ms = self._press(tail, daemon)
                self.pause()
                self._console.let_go(BUTTON)
                if place >= 0:
                    found.press_ms.append(took_ms)
                    found.own_ms.append(age_ms)
            daemon.end()

    def _press(self, tail: LedgerTail, daemon: DaemonProcess) -> tuple[float, float]:
        """Press; return the ms until it was on record, and those that the daemon counts itself."""
        deadline = time.monotonic() + PATIENCE_S
        began_s = time.perf_counter()
        self._console.press(BUTTON)
        while True:
            for record in tail.records():
                if record["line"] == RECEIVED and record["pressed"]:
                    return (time.perf_counter() - began_s) * 1000, record["age_ms"]
            assert time.monotonic() < deadline, daemon.told()
            time.sleep(LOOK_S)

    def echoes(self, found: Found) -> None:
        """Send bytes and wait for each."""
        with maintenance.running(self._console, ECHO) as port:
            for place in range(-WARM_UP, self._times):
                self.pause()
                began_s = time.perf_counter()
                port.write(b"e")
                assert port.read(1) == b"e"
                if place >= 0:
                    found.echo_ms.append((time.perf_counter() - began_s) * 1000)

    def calls(self, found: Found) -> None:
        """Call a function on the board."""
        import belay

        with belay.Device(self._console.port) as board:

            @board.task
            def answer(number):  # type: ignore[no-untyped-def] # its text goes to the board
                return number

            for place in range(-WARM_UP, self._times):
                self.pause()
                began_s = time.perf_counter()
                assert answer(7) == 7
                if place >= 0:
                    found.belay_ms.append((time.perf_counter() - began_s) * 1000)


def measure(uf2: Path, folder: Path, rounds: int, times: int) -> Found:
    """Measure in turns, so that a busy moment of this computer falls on all of them."""
    found = Found()
    with OutlivingConsole(uf2) as console:
        for place in range(rounds):
            turn = Round(console, folder / f"round{place}", times, f"floor {SEED} {place}")
            turn.presses(found)
            maintenance.enter(console)
            turn.echoes(found)
            turn.calls(found)
            maintenance.leave(console)
            until(Path(console.port).exists, lambda: "the console has not come back")
        found.pace = console.pace
    return found


def rows(full: bool) -> list[Row]:
    """Measure four rounds, or one that is quick."""
    with tempfile.TemporaryDirectory(prefix="calldeck-bench-") as name:
        os.environ["XDG_RUNTIME_DIR"] = name
        rounds, times = (ROUNDS, TIMES) if full else (1, TIMES_IN_SHORT)
        found = measure(find_image(), Path(name), rounds, times)
    press, echo = percentile(found.press_ms, 0.5), percentile(found.echo_ms, 0.5)
    belay = percentile(found.belay_ms, 0.5)
    quiet = percentile(found.press_ms, QUIET) / percentile(found.echo_ms, QUIET)
    said = "press to received as the daemon says it, p50"
    told = []
    for name, what, values in (
        ("floor.press_ms", "finger on ASSIST to the grown ledger", found.press_ms),
        ("floor.echo_ms", "a byte to the board and back", found.echo_ms),
        ("belay.call_ms", "a call by belay", found.belay_ms),
    ):
        for label, share in (("p10", QUIET), ("p50", 0.5), ("p99", 0.99)):
            told.append(Row(f"{name}.{label}", what, percentile(values, share), "ms"))
    return [
        Row("floor.ratio", "a press over an echo, p50 of both", press / echo, "", 3, 1.5),
        Row(
            "belay.ratio", "a press over a call by belay, p50 of both", press / belay, "", None, 0.2
        ),
        Row("floor.ratio.quiet", "a press over an echo, p10 of both", quiet, ""),
        *told,
        Row("floor.own_ms.p50", said, percentile(found.own_ms, 0.5), "ms"),
        Row("floor.pace", "emulated seconds in a second", found.pace, "s"),
        Row("floor.count", "presses, and as many echoes and calls", len(found.press_ms), ""),
    ]


if __name__ == "__main__":
    sys.exit(alone(rows, "A press beside a bare echo, in real time"))
