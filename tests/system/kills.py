"""Killing the daemon again and again while somebody presses, and judging it from outside.

One emulated console lives through all of it; a hand presses its buttons all the time, also while no
daemon runs. Each daemon is the real command and ends by SIGKILL, at a random moment of its life or
of its start, half of the times within milliseconds of a press or a release.

What became of the presses is judged by three witnesses: the hand's own list, the ledger's lines as
they stand in the file, and the console's own count of presses.

What this cannot show: the simulated ACD lives in the daemon and dies with it. Each daemon logs its
agent in anew, and a command that was under way is unknown for ever, where a real ACD would tell
what became of it. So calls come fast, for presses to mean something in the second or so that a
daemon lives; and what a call goes through when its daemon dies is not shown here.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.system.outliving import (
    CALM_PACE,
    DaemonProcess,
    LedgerTail,
    OutlivingConsole,
    ledger_of,
    settings_file,
    until,
)

from calldeck.journal.lines import FILE_NAME, ISSUED, OUTCOME, RECEIVED
from calldeck.journal.review import review
from calldeck_wire.modular import difference

# A call is offered as soon as the agent is available, and answers itself: HOLD has one to hold.
CALLS: Mapping[str, object] = {
    "callers_per_minute": 600,
    "answer_after_s": 0,
    "talk_s": [1.5, 4],
    "after_call_work_s": 0.3,
}
BUTTONS = ("STATUS", "HOLD", "STATUS", "ASSIST", "HOLD", "MUTE")
# Lamps of a dead daemon that go dark before the next one can be there: so the first red light is
# the next one's. With the default lease nothing on the pins tells where the one ends and the other
# begins; those kills show what is pressed on the lamps of a dead daemon instead.
SHORT_LEASE_MS = 250
DEFAULT_LEASE_MS = 2000
# A lease may last this much longer: the daemon knows the console's clock only as well as a busy
# computer lets it.
CLOCK_ERROR_MS = 150
# No daemon shows lamps so soon after its exec. Begun no earlier than this before the lamps are dark
# for sure, it cannot light them while its light would be taken for that of the one before.
SOONEST_US = 200_000
SHORT: Mapping[str, object] = {"lease_ms": SHORT_LEASE_MS, "refresh_ms": 100}
# The console's clock began with its power, as emulated time did; both are cut to milliseconds.
APART_MS = 3
MAKING_UP_S = 8.0
"""Longer than any command waits for its answer, and any press for its outcome."""


@dataclass(frozen=True, slots=True)
class Press:
    """A press as the hand made it, in emulated microseconds."""

    button: str
    down_us: float
    up_us: float


class Hand(threading.Thread):
    """Presses one button after another until it is told to stop."""

    def __init__(self, console: OutlivingConsole, seed: int) -> None:
        super().__init__(name="hand")
        self._console = console
        self._random = random.Random(f"hand {seed}")
        self._ending = threading.Event()
        self._moved = threading.Condition()
        self.presses: list[Press] = []

    def run(self) -> None:
        """Press; a finger's times are durations, and not something to wait for."""
        while not self._ending.is_set():
            button = self._random.choice(BUTTONS)
            down_us = self._console.press(button)
            self._tell()
            self._console.hold_on(self._random.choice((0.04, 0.06, 0.08, 0.12, 0.3)))
            self.presses.append(Press(button, down_us, self._console.let_go(button)))
            self._tell()
            self._console.hold_on(self._random.uniform(0.06, 0.25))

    def end(self) -> None:
        """Take the hand away; whatever is down goes up."""
        self._ending.set()
        self.join()

    def next_move(self) -> None:
        """Wait for the next press or release."""
        with self._moved:
            assert self._moved.wait(20), "the hand has stopped"

    def _tell(self) -> None:
        with self._moved:
            self._moved.notify_all()


@dataclass(slots=True)
class Found:
    """What was seen of a run of kills.

    truth_s: from exec to truthful lamps, where the pins tell it; truth_pace: emulated seconds in a
    second meanwhile.
    """

    kills: int = 0
    while_starting: int = 0
    truth_s: list[float] = field(default_factory=list)
    truth_pace: list[float] = field(default_factory=list)
    presses: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    damaged: int = 0
    pace: float = 1.0

    @property
    def calm_s(self) -> list[float]:
        """The times in which the emulator kept up with the clock: the computer was not too busy."""
        both = zip(self.truth_s, self.truth_pace, strict=True)
        return [took_s for took_s, pace in both if pace >= CALM_PACE]

    @property
    def unknown(self) -> int:
        """Presses whose command left, and nobody will ever know what became of it."""
        return self.outcomes["unknown"]


class Killer:
    """Starts daemons on a console and kills them."""

    def __init__(self, console: OutlivingConsole, folder: Path, seed: int) -> None:
        self._console = console
        self._folder = folder
        self._random = random.Random(f"kills {seed}")
        journal = folder / "journal"
        self.ledger = ledger_of(journal)
        self._short = settings_file(folder / "short", journal, CALLS, SHORT)
        self._usual = settings_file(folder / "usual", journal, CALLS)
        self._dark_us = 0.0
        self._goes_dark = True
        self.found = Found()

    def start(self, *, short: bool) -> DaemonProcess:
        """Start a daemon with the short lease or the usual one."""
        if self._goes_dark:
            self._console.wait_until_us(self._dark_us - SOONEST_US)
        self.found.pace = self._console.pace
        words = ("--seed", self._random.randrange(1, 1000))
        config = self._short if short else self._usual
        return DaemonProcess(self._folder, self._console, config, words)

    def live(self, daemon: DaemonProcess) -> None:
        """Wait for truthful lamps; time it where the pins tell when that is."""
        if self._goes_dark:
            began_us = self._console.now_us()
            change = self._console.lit_after("availability_red", self._dark_us)
            took_s = change.told_s - daemon.began_s
            self.found.truth_s.append(took_s)
            self.found.truth_pace.append((change.at_us - began_us) / 1e6 / took_s)
        else:
            daemon.wait_connected()
            # From then on what is lit is this daemon's, and its lease.
            self._console.wait_until_us(self._dark_us)

    def kill_one(self, hand: Hand) -> None:
        """Start a daemon, let it live for a while, and kill it."""
        lives = self._random.random() >= 0.15
        # One that dies at its start may have shown its lamps or not: only a short lease tells.
        short = not lives or self._random.random() < 0.7
        with self.start(short=short) as daemon:
            if not lives:
                self.found.while_starting += 1
                # Not a wait for something: the moment of death is what is drawn here.
                threading.Event().wait(self._random.uniform(0.05, 0.7))
            else:
                self.live(daemon)
                threading.Event().wait(self._random.uniform(0.02, 1.2))
            if self._random.random() < 0.5:
                hand.next_move()
                threading.Event().wait(self._random.uniform(0, 0.012))
            daemon.kill()
        self.found.kills += 1
        lease_ms = SHORT_LEASE_MS if short else DEFAULT_LEASE_MS
        if lives:
            self._goes_dark = short
        self._dark_us = max(
            self._dark_us, self._console.now_us() + (lease_ms + CLOCK_ERROR_MS) * 1000
        )

    def finish(self, hand: Hand) -> None:
        """Let a last daemon take what is left, and end it as the system does."""
        with self.start(short=True) as daemon:
            self.live(daemon)
            hand.end()
            tail = LedgerTail(self.ledger)
            tale = Tale()

            def all_ended() -> bool:
                tale.take(tail.records())
                return len(tale.presses) >= len(hand.presses) and not tale.open_presses()

            # What is missing then is named by the judgement, in the words of the presses.
            until(all_ended, patience_s=MAKING_UP_S)
            daemon.end()


class Tale:
    """The lines of a ledger, by press."""

    def __init__(self) -> None:
        self.received: dict[str, list[dict[str, Any]]] = {}
        self.issued: Counter[str] = Counter()
        self.outcomes: dict[str, list[str]] = {}

    def take(self, records: Iterator[dict[str, Any]]) -> None:
        """Take more lines."""
        for record in records:
            press = str(record["press"])
            if record["line"] == RECEIVED:
                self.received.setdefault(press, []).append(record)
            elif record["line"] == ISSUED and record["press"] is not None:
                self.issued[press] += 1
            elif record["line"] == OUTCOME:
                self.outcomes.setdefault(press, []).append(record["outcome"])

    @property
    def presses(self) -> dict[str, dict[str, Any]]:
        """The first line of each edge that went down."""
        return {name: told[0] for name, told in self.received.items() if told[0]["pressed"]}

    def open_presses(self) -> list[str]:
        """The presses without an outcome."""
        return [name for name in self.presses if not self.outcomes.get(name)]


def judge(found: Found, presses: Sequence[Press], ledger: Path, counted: int) -> None:
    """Hold the hand's list, the ledger's lines and the console's count against each other.

    counted: press edges that the console has counted meanwhile.
    """
    found.presses = len(presses)
    found.damaged = review(ledger / FILE_NAME).damaged
    tale = Tale()
    tale.take(LedgerTail(ledger).records())
    told = tale.presses
    found.outcomes = Counter(ends[0] for name, ends in tale.outcomes.items() if name in told)
    found.lost += [f"{name} has no outcome" for name in tale.open_presses()]
    for name in told:
        counts = len(tale.received[name]), tale.issued[name], len(tale.outcomes.get(name, [""]))
        if max(counts) > 1:
            found.doubled.append(f"{name} was received, issued, ended {counts} times")
    left = dict(told)
    for press in presses:
        name = _nearest(left, press)
        if name is None:
            found.lost.append(f"{press} is not on record")
        else:
            del left[name]
    found.doubled += [f"nobody pressed {line}" for line in left.values()]
    if counted > len(told) and not found.lost:
        found.lost.append(f"the console counted {counted} presses, {len(told)} are on record")


def _nearest(told: Mapping[str, dict[str, Any]], press: Press) -> str | None:
    """Return the recorded press that is this one: the nearest of its button, where one is near."""
    at_ms = round(press.down_us / 1000)
    near = [
        (abs(difference(line["console_ms"], at_ms)), name)
        for name, line in told.items()
        if line["button"] == press.button
    ]
    apart_ms, name = min(near, default=(APART_MS + 1, ""))
    return name if apart_ms <= APART_MS else None


def run(uf2: Path, folder: Path, kills: int, seed: int) -> Found:
    """Kill so many daemons, and judge."""
    with OutlivingConsole(uf2) as console:
        # A press before the first session of a boot is not for any host: ours begins one.
        before = console.ask_count()
        killer = Killer(console, folder, seed)
        hand = Hand(console, seed)
        hand.start()
        try:
            for _kill in range(kills):
                killer.kill_one(hand)
            killer.finish(hand)
        finally:
            hand.end()
        after = console.ask_count()
        assert after.boot == before.boot, "the console itself was restarted"
    found = killer.found
    judge(found, hand.presses, killer.ledger, after.presses - before.presses)
    return found
