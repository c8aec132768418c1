"""A whole agent's place in jumped time, whose daemon can be killed at any instant.

The console (its real core) and the switch outlive the daemon, as they do at a desk; the ledger
file is what one daemon leaves to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calldeck.acd.simulated import SimulatedAcd, SimulatedSwitch, SwitchSettings
from calldeck.config.options import Happening
from calldeck.config.settings import JournalSettings, Settings
from calldeck.consoles.virtual import VirtualConsole
from calldeck.daemon import make_station, start
from calldeck.desk import AcdCommand, Button, Status
from calldeck.desk_runner import DeskRunner
from calldeck.journal.ledger import Ledger
from calldeck.journal.lines import FILE_NAME
from calldeck.narration import Narrator
from calldeck.station import Station
from calldeck_wire.modular import MASK

WALL_MS = 1_700_000_000_000


class Killed(Exception):
    """Ends the stack on which a daemon was killed; nothing of it has any effect any more."""


@dataclass(frozen=True)
class Submitted:
    """A command as it reached the switch."""

    at_ms: float
    command: AcdCommand


class Daemon:
    """One life of the daemon."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place = place
        self.told: list[Happening] = []
        self.alive = True
        loop = asyncio.get_running_loop()
        narrator = Narrator(self.told.append, loop.time)
        self.station: Station = make_station(
            place.settings,
            narrator,
            folder=place.settings.journal.path,
            random_source=random.Random(seed),
            wall_ms=place.wall_ms,
        )
        self.acd = SimulatedAcd(place.switch)
        self.runner = DeskRunner(
            place.settings.desk,
            self.station,
            self._another_station,
            self.acd,
            place.console,
            narrator,
            required=False,
            alone=True,
        )
        self.tasks = start(loop, self.acd, [self.runner])  # type: ignore[arg-type]

    def _another_station(self) -> Station:
        raise AssertionError("the desk has failed")

    @property
    def ledger(self) -> Ledger:
        return self.station._ledger

    def kill(self) -> None:
        """End it as the system would: no clean-up; its file and its port are closed."""
        if not self.alive:
            return
        self.alive = False
        self.ledger.close()
        self.acd.connected = False
        transport = self.place.console._transport
        if transport is not None:
            transport._open = False
            self.place.console.disconnected(transport)
        for timer in (self.station._timer, self._connection_timer()):
            if timer is not None:
                timer.cancel()
        self.station._night.stop()
        # No task of it runs again; `Place.open` sweeps them up at its end.
        self.place.dead += self.tasks

    def _connection_timer(self) -> asyncio.TimerHandle | None:
        keeper = self.station.keeper
        connection = None if keeper is None else keeper._connection
        if connection is None:
            return None
        connection._write = lambda data: None  # type: ignore[method-assign]
        return connection._timer


class Place:
    """Console, switch and ledger file, and the daemon of the moment."""

    def __init__(self, folder: Path, **switch: Any) -> None:
        chosen = {"callers_per_minute": 0.0, "talk_s": (300.0, 300.0), **switch}
        self.folder = folder
        self.switch = SimulatedSwitch(SwitchSettings(**chosen))
        self.settings = Settings(journal=JournalSettings(folder=str(folder)))
        self.console = VirtualConsole(clock_ms=MASK - 3_000, random_source=random.Random(9))
        self.console.state.link.edges.base = MASK - 1
        self.submitted: list[Submitted] = []
        self.dead: list[asyncio.Task[None]] = []
        self.wall_offset_ms = WALL_MS
        self.lives = 0
        self.daemon: Daemon = None  # type: ignore[assignment]
        submit = self.switch.submit

        def watched(command: AcdCommand, at_s: float, line: int) -> None:
            self.submitted.append(Submitted(self.now, command))
            submit(command, at_s, line)

        self.switch.submit = watched  # type: ignore[method-assign]

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time() * 1000

    def wall_ms(self) -> int:
        return round(self.wall_offset_ms + self.now)

    def start(self) -> Daemon:
        """Start a daemon, as the next life of the one before."""
        self.lives += 1
        self.daemon = Daemon(self, self.lives)
        return self.daemon

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Place]:
        asyncio.get_running_loop().set_exception_handler(_only_the_killed)
        self.start()
        try:
            yield self
        finally:
            self.daemon.kill()
            for task in self.dead:
                task.cancel()
            await asyncio.gather(*self.dead, return_exceptions=True)
            self.console.close()
            await asyncio.sleep(0)

    # --- what happens at the place --------------------------------------------------------

    async def until(self, true: Callable[[], bool], within_s: float = 20) -> None:
        async with asyncio.timeout(within_s):
            while not true():  # noqa: ASYNC110 - jumped time, and no event tells of everything
                await asyncio.sleep(0.001)

    async def ready(self) -> None:
        """Wait until the lamps show what the ACD says."""
        station = self.daemon.station
        await self.until(lambda: station.ready.is_set() and self.console.state.lamps.leased)
        await self.until(lambda: not station.desk.wishes)
        await asyncio.sleep(0.1)

    async def talking(self) -> None:
        """Become available and get a call."""
        await self.ready()
        await self.tap(Button.STATUS)
        await self.status(Status.AVAILABLE)
        await asyncio.sleep(1)
        self.daemon.acd.happen("call", {})
        await self.status(Status.TALKING)
        await asyncio.sleep(0.5)

    async def working(self) -> None:
        """Have had a call whose after-call work has begun."""
        await self.talking()
        self.daemon.acd.happen("hang_up", {})
        await self.status(Status.AFTER_CALL_WORK)

    async def status(self, status: Status) -> None:
        await self.until(lambda: self.daemon.station.desk.status is status)
        await asyncio.sleep(0.1)

    async def tap(self, button: Button, ms: int = 60) -> None:
        self.console.change(button, True)
        await asyncio.sleep(ms / 1000)
        self.console.change(button, False)
        await asyncio.sleep(0.06)

    # --- what can be read afterwards ------------------------------------------------------

    def lines(self) -> list[dict[str, Any]]:
        text = (self.folder / FILE_NAME).read_text("utf-8")
        return [json.loads(line) for line in text.splitlines() if line]

    def presses(self, button: Button) -> list[str]:
        """Return the ids of the press edges on record, in order."""
        return [
            line["press"]
            for line in self.lines()
            if line["line"] == "received" and line["pressed"] and line["button"] == button.name
        ]

    def outcomes(self, press: str) -> list[tuple[str, str]]:
        return [
            (line["outcome"], line["why"])
            for line in self.lines()
            if line["line"] == "outcome" and line["press"] == press
        ]

    def acted(self, press: str) -> list[float]:
        return [item.at_ms for item in self.submitted if item.command.press == press]

    def check_ledger(self) -> None:
        """Hold what must be so of every ledger whose presses have all ended."""
        order = {"received": 0, "issued": 1, "outcome": 2}
        by_press: dict[str, list[str]] = {}
        for line in self.lines():
            if line["press"] is not None:
                by_press.setdefault(line["press"], []).append(line["line"])
        for press, kinds in by_press.items():
            assert kinds.count("received") == 1, press
            assert kinds.count("issued") <= 1, press
            assert kinds.count("outcome") == 1, press
            assert kinds == sorted(kinds, key=order.__getitem__), press
        acted = [item.command.press for item in self.submitted if item.command.press is not None]
        assert len(acted) == len(set(acted)), "a press acted twice"


def _only_the_killed(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if not isinstance(error, Killed):
        raise AssertionError(context["message"]) from error


def kill_at(place: Place, kind: str, *, after: bool, button: Button | None = None) -> None:
    """Kill the daemon of the moment when it records the next line of a kind (see `_kind`).

    after: the line is written, and nothing behind it happens; else it is not even written.
    button: only at a line of this button's press edge.
    """
    daemon = place.daemon
    write = daemon.ledger._write

    def deadly(line: dict[str, object]) -> None:
        if _kind(line) != kind or line.get("button") not in (None, _name(button)):
            write(line)
            return
        if after:
            write(line)
        daemon.kill()
        raise Killed(kind)

    daemon.ledger._write = deadly  # type: ignore[method-assign]


def _kind(line: dict[str, object]) -> str:
    """Tell lines apart: `noted` is the end of a release, `outcome` of a press that acted."""
    if line["line"] == "received":
        return "received" if line["pressed"] else "released"
    if line["line"] == "issued":
        return "issued" if line["press"] is not None else "by itself"
    if line["line"] == "note":
        return "note"
    return "noted" if line["outcome"] == "noted" else "outcome"


def _name(button: Button | None) -> str | None:
    return None if button is None else button.name
