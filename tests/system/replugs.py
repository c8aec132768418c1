"""Pulling the console's cable again and again, and pressing until a press is accepted again.

One daemon runs all the time. The cable is out for shorter or longer than the lamps' lease, with the
console's power kept (a hub that resets its port) and cut (a cable that is pulled) in turn. From the
moment the cable is in again, a hand presses ASSIST every 80 ms, because nothing refuses that but a
link or an ACD that is not there; accepted is the first of its presses whose command is confirmed,
and the time is that of its outcome in the ledger. So the time counts the press too, and up to
80 ms of waiting for the next one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.system.outliving import (
    LOOK_S,
    PATIENCE_S,
    DaemonProcess,
    LedgerTail,
    OutlivingConsole,
    ledger_of,
    settings_file,
)

from calldeck.journal.lines import OUTCOME

BUTTON = "ASSIST"
HELD_S = 0.04
LEASE_S = 2.0
QUIET_S = 0.4
NO_CALLS: Mapping[str, object] = {"callers_per_minute": 0}


@dataclass(slots=True)
class Found:
    """Seconds from the cable to an accepted press, by what became of the power."""

    power_kept_s: list[float] = field(default_factory=list)
    power_cut_s: list[float] = field(default_factory=list)
    in_vain: int = 0
    pace: float = 1.0

    @property
    def ready_s(self) -> list[float]:
        """All of them."""
        return [*self.power_kept_s, *self.power_cut_s]


def run(uf2: Path, folder: Path, replugs: int, seed: int) -> Found:
    """Pull the cable so many times."""
    chance = random.Random(f"replugs {seed}")
    found = Found()
    journal = folder / "journal"
    settings = settings_file(folder, journal, NO_CALLS)
    with OutlivingConsole(uf2) as console, DaemonProcess(folder, console, settings) as daemon:
        daemon.wait_connected()
        tail = LedgerTail(ledger_of(journal))
        press_until_accepted(console, tail)
        settle(tail)
        for place in range(replugs):
            cut = place % 2 == 1
            console.do("cut_power" if cut else "unplug")
            # How long a cable is out is what is drawn here, and not something to wait for.
            time.sleep(chance.uniform(0.1, 1.5 * LEASE_S))
            plugged_s = time.time()
            console.do("plug")
            accepted_s, presses = press_until_accepted(console, tail)
            (found.power_cut_s if cut else found.power_kept_s).append(accepted_s - plugged_s)
            found.in_vain += presses - 1
            settle(tail)
        daemon.end()
        found.pace = console.pace
    return found


def settle(tail: LedgerTail) -> None:
    """Wait until the ledger is quiet: a press of before must not be taken for one of after."""
    quiet_since = time.monotonic()
    while time.monotonic() < quiet_since + QUIET_S:
        if any(True for _record in tail.records()):
            quiet_since = time.monotonic()
        time.sleep(LOOK_S)


def press_until_accepted(console: OutlivingConsole, tail: LedgerTail) -> tuple[float, int]:
    """Press again and again; return the wall-clock time of the first acceptance, and the presses.

    A finger's times are durations: what came of a press is looked up after each one.
    """
    deadline = time.monotonic() + PATIENCE_S
    presses = 0
    while time.monotonic() < deadline:
        console.press(BUTTON)
        console.hold_on(HELD_S)
        console.let_go(BUTTON)
        presses += 1
        console.hold_on(HELD_S)
        for record in tail.records():
            if record["line"] == OUTCOME and record["outcome"] == "confirmed":
                return record["at"] / 1000, presses
    raise AssertionError(f"none of {presses} presses was accepted")
