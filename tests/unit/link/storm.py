"""A storm: a seeded hand presses through a line that fails, until so many frames have crossed.

Both ends are the real ones, in jumped time. What becomes of each press is judged by a witness
who stands at the buttons (`verdict`), and by the link's own account. The same job always gives the
same storm, so a failure is told by its job.
"""

from __future__ import annotations

import asyncio
import functools
import random
from dataclasses import dataclass

from structlog.testing import capture_logs
from tests.clock import run
from tests.unit.link.rig import Recorder, Rig
from tests.unit.link.verdict import Outcome, Verdict
from tests.unit.link.weather import WEATHERS

from calldeck.consoles.virtual import VirtualConsole
from calldeck.errors import JournalError
from calldeck.link.flight import FROM_CONSOLE, FlightRecorder
from calldeck.link.model import ConsoleEdge, LampContent
from calldeck.link.session import SeenEdges
from calldeck_wire.frames import FrameReader
from calldeck_wire.modular import MASK

BOUNCE_MS = 11
"""A button that changes again sooner is closed: its edge would come later, or not at all."""


@dataclass(frozen=True)
class Job:
    """One storm: the name of its weather, its seed, and how many frames have to cross."""

    weather: str
    seed: int
    frames: int

    def __str__(self) -> str:
        return f"storm {self.weather!r}, seed {self.seed}, {self.frames} frames"


class Crossed:
    """Counts the frames that one end has read whole."""

    def __init__(self) -> None:
        self.frames = 0


class CountingReader(FrameReader):
    """The console's reader of frames."""

    def __init__(self, crossed: Crossed) -> None:
        super().__init__()
        self._crossed = crossed

    def feed(self, data: bytes) -> list[bytes]:
        payloads = super().feed(data)
        self._crossed.frames += len(payloads)
        return payloads


class CountingFlight(FlightRecorder):
    """The host's record of frames: what it has read passes here."""

    def __init__(self, crossed: Crossed) -> None:
        super().__init__()
        self._crossed = crossed

    def note(self, direction: int, ms: float, payload: bytes) -> None:
        super().note(direction, ms, payload)
        self._crossed.frames += direction == FROM_CONSOLE


class StormConsole(VirtualConsole):
    """A virtual console whose crystal is not the host's, and whose numbers wrap soon each boot."""

    def __init__(self, chance: random.Random, crossed: Crossed) -> None:
        self._chance = chance
        self._crossed = crossed
        self._pace = 1 + chance.uniform(-60e-6, 60e-6)
        self._made_s = asyncio.get_running_loop().time()
        self._first_ms = MASK - chance.randrange(1_000, 90_000)
        super().__init__(random_source=chance)
        self.state.link.presses = 65_536 - chance.randrange(1, 200)

    def _now(self) -> int:
        passed_ms = (self._loop.time() - self._made_s) * 1000
        return int(self._first_ms + passed_ms * self._pace) & MASK

    def _boot(self, cause: int) -> None:
        super()._boot(cause)
        self.state.link.reader = CountingReader(self._crossed)
        self.state.link.edges.base = MASK - self._chance.randrange(60)


class Ledgered(Recorder):
    """Stands where the station stands: counts as it does, by what it has seen come before."""

    def __init__(self) -> None:
        super().__init__()
        self._reached: set[tuple[int, int]] = set()

    def edge(self, edge: ConsoleEdge) -> None:
        self.on_edge(edge)
        if edge.pressed and self.session is not None:
            key = (edge.birth, edge.sequence)
            if key in self._reached:
                self.session.account.duplicated += 1
            else:
                self.session.account.delivered += 1
            self._reached.add(key)


class Storm:
    """One storm, with everything in it."""

    def __init__(self, job: Job, seen: SeenEdges | None = None) -> None:
        self.job = job
        self.weather = WEATHERS[job.weather]
        self.chance = random.Random(f"{job.weather} {job.seed}")
        self.crossed = Crossed()
        self.console = StormConsole(self.chance, self.crossed)
        self.rig = Rig(
            seed=job.seed,
            faults=self.weather.faults,
            console=self.console,
            seen=seen,
            listener=Ledgered(),
        )
        self.rig.session.flight = CountingFlight(self.crossed)
        self.verdict = Verdict(str(job), self.rig)
        self.rig.listener.on_edge = self._take
        self._loop = asyncio.get_running_loop()
        self._refusals = 0
        self._changed_at = [0.0] * 4
        self._next = {
            kind: self._loop.time() + self._wait(mean)
            for kind, mean in self.weather.every_s.items()
        }
        self._lamps_at = 0.0
        self._picture = 0

    def _replug(self) -> None:
        """Put the cable back; the storm may be over by then."""
        self.rig.console.plug()

    async def blow(self) -> Outcome:
        """Go through it, then mend everything and judge."""
        async with self.rig.open():
            try:
                while self.crossed.frames < self.job.frames:
                    await asyncio.sleep(self._pause_s())
                    self._trouble()
                    self._change_lamps()
                    self._press()
                await self._calm()
            except TimeoutError:
                self.verdict.tell("the link has not come back", self._loop.time())
            return self.verdict.at_the_end(self.crossed.frames)

    async def _calm(self) -> None:
        self._next.clear()
        self._refusals = 0
        self.rig.port.to_console = bytes
        await self.rig.drained()

    # --- the hand -------------------------------------------------------------------------

    def _pause_s(self) -> float:
        """Return the time to the next edge: mostly a hand at work, at times a flurry or a rest."""
        chance = self.chance
        kind = chance.random()
        if kind < 0.7:
            return chance.uniform(0.03, 0.25)
        if kind < 0.9:
            return chance.uniform(0.001, 0.03)
        return chance.uniform(0.25, 2.5)

    def _press(self) -> None:
        now = self._loop.time()
        button = self.chance.randrange(4)
        if now - self._changed_at[button] < BOUNCE_MS / 1000:
            return
        self._changed_at[button] = now
        self.verdict.before_toggle(button, now)
        self.rig.hand.toggle(button)

    def _change_lamps(self) -> None:
        if self._loop.time() >= self._lamps_at:
            self._lamps_at = self._loop.time() + self.chance.uniform(0.05, 4)
            self._picture = self._picture % 1023 + 1
            self.rig.show(picture(self._picture))

    # --- what goes wrong ------------------------------------------------------------------

    def _wait(self, mean_s: float) -> float:
        return self.chance.uniform(0.02, 2 * mean_s)

    def _trouble(self) -> None:
        now = self._loop.time()
        for kind, mean_s in self.weather.every_s.items():
            if now >= self._next[kind]:
                self._next[kind] = now + self._wait(mean_s)
                self._begin(kind)

    def _begin(self, kind: str) -> None:
        """Begin a trouble; those that last end by themselves."""
        chance, rig = self.chance, self.rig
        if kind == "stall":
            rig.port.stall(chance.uniform(20, 5_000))
        elif kind == "cut":
            rig.console.unplug()
            self._loop.call_later(chance.choice([0.05, 0.9, 2, 25]) * chance.random(), self._replug)
        elif kind == "watchdog":
            self.verdict.reset(rig.hand.reset)
        elif kind == "power":
            self.verdict.reset(rig.hand.power_cycle)
        elif kind == "refuse":
            self._refusals = chance.randint(1, 3)
        elif kind == "deaf":
            rig.port.to_console = nothing
            self._loop.call_later(chance.uniform(0.05, 8), self._hears_again)

    def _hears_again(self) -> None:
        self.rig.port.to_console = bytes

    def _take(self, edge: ConsoleEdge) -> None:
        """Be the ledger first, then the desk."""
        if self._refusals:
            self._refusals -= 1
            raise JournalError("The disk is full.")
        self.verdict.arrived(edge, self._loop.time())


def nothing(data: bytes) -> bytes:
    return b""


@functools.cache
def picture(number: int) -> LampContent:
    """Return the lamp state that shows a number of ten bits, and means it."""
    return LampContent(bytes(number >> lamp & 1 for lamp in range(10)), 0, number)


def blow(job: Job) -> Outcome:
    """Go through one storm, in a loop of its own; what it says in words is the outcome's."""

    async def story() -> Outcome:
        return await Storm(job).blow()

    with capture_logs():
        return run(story())


def jobs(frames: int, each: int, seed: int = 1) -> list[Job]:
    """Share out so many frames evenly among all weathers, in storms of about `each` frames."""
    share = -(-frames // len(WEATHERS))
    storms = max(1, round(share / each))
    size = -(-share // storms)
    return [Job(name, seed + place, size) for place in range(storms) for name in WEATHERS]
