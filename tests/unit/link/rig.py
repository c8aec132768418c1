"""The real host link on the real console core, and a witness who knows what was pressed."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.unit.link.line import PERFECT, Faults, FaultyPort

from calldeck.consoles.virtual import VirtualConsole
from calldeck.errors import CalldeckError
from calldeck.link.console_flight import ConsoleFlight
from calldeck.link.model import (
    ConsoleEdge,
    ConsoleFault,
    ConsoleStats,
    LampContent,
    MicrophoneReport,
    SettingsReport,
    Welcome,
)
from calldeck.link.reconnect import ConsoleKeeper
from calldeck.link.session import HostSession, LinkSettings, SeenEdges
from calldeck_wire.messages import EDGE_PRESSED
from calldeck_wire.modular import MASK

Key = tuple[int, int]
PATTERNS = {2: (500, 500), 3: (100, 900)}


def lamps(meaning: object, slot: int = 1) -> LampContent:
    """Return a lamp state: the hold lamp in this slot's pattern."""
    return LampContent(bytes([0, 0, 0, slot, 0, 0, 0, 0, 0, 0]), 0, meaning)


@dataclass
class Witness:
    """What the hand at the console knows, without asking the link: presses by (birth, sequence).

    early: those made before the link had its first answer.
    """

    edges: list[Key] = field(default_factory=list)
    presses: list[Key] = field(default_factory=list)
    dropped: list[Key] = field(default_factory=list)
    pending_at_reset: list[Key] = field(default_factory=list)
    early: list[Key] = field(default_factory=list)


class Hand:
    """Presses the buttons of a virtual console, resets it, and remembers."""

    def __init__(self, console: VirtualConsole) -> None:
        self.console = console
        self.known = Witness()
        self.down = [False] * 4

    def toggle(self, button: int) -> None:
        """Press the button, or let it go where it is down."""
        state = self.console.state
        edges = state.link.edges
        full = edges.count == edges.capacity
        oldest = self.queued()[0] if full and state.birth else None
        pressed = self.down[button] = not self.down[button]
        birth, number = state.birth, edges.next_number()
        self.console.change(button, pressed)
        if birth == 0:
            return
        self.known.edges.append((birth, number))
        if pressed:
            self.known.presses.append((birth, number))
        if oldest is not None and oldest[1]:
            self.known.dropped.append(oldest[0])

    def queued(self) -> list[tuple[Key, bool]]:
        """Return the edges in the console's queue, and whether each is a press."""
        edges = self.console.state.link.edges
        found = []
        for place in range(edges.count):
            birth, what = edges.item(place)[:2]  # type: ignore[index]
            found.append(((birth, edges.number(place)), bool(what & EDGE_PRESSED)))
        return found

    def reset(self) -> None:
        """Let the watchdog bite."""
        self.known.pending_at_reset += [key for key, pressed in self.queued() if pressed]
        self.console.reset()

    def power_cycle(self) -> None:
        """Cut the power and give it again."""
        self.known.pending_at_reset += [key for key, pressed in self.queued() if pressed]
        self.console.power_cycle()


class Recorder:
    """A listener that writes down what it is told; `on_edge` runs first and may refuse."""

    def __init__(self) -> None:
        self.edges: list[ConsoleEdge] = []
        self.ups: list[Welcome] = []
        self.downs: list[str] = []
        self.microphones: list[MicrophoneReport] = []
        self.held_bits: list[tuple[int, int]] = []
        self.faults: list[ConsoleFault] = []
        self.all_stats: list[ConsoleStats] = []
        self.flights: list[ConsoleFlight] = []
        self.reports: list[SettingsReport] = []
        self.logs: list[tuple[int, str]] = []
        self.on_edge: Callable[[ConsoleEdge], None] = lambda _edge: None
        self.session: HostSession | None = None

    def console_up(self, welcome: Welcome) -> None:
        self.ups.append(welcome)

    def console_down(self, why: str) -> None:
        self.downs.append(why)

    def edge(self, edge: ConsoleEdge) -> None:
        self.on_edge(edge)
        self.edges.append(edge)
        if edge.pressed and self.session is not None:
            self.session.account.delivered += 1

    def microphone(self, report: MicrophoneReport) -> None:
        self.microphones.append(report)

    def held(self, buttons: int, ms: int, oldest_ms: int) -> None:
        self.held_bits.append((buttons, ms))

    def fault(self, fault: ConsoleFault) -> None:
        self.faults.append(fault)

    def flight(self, flight: ConsoleFlight) -> None:
        self.flights.append(flight)

    def stats(self, stats: ConsoleStats) -> None:
        self.all_stats.append(stats)

    def settings(self, report: SettingsReport) -> None:
        self.reports.append(report)

    def log(self, level: int, text: str) -> None:
        self.logs.append((level, text))

    @property
    def keys(self) -> list[Key]:
        return [(edge.birth, edge.sequence) for edge in self.edges]

    @property
    def presses(self) -> list[Key]:
        return [(edge.birth, edge.sequence) for edge in self.edges if edge.pressed]


def timers_of_ours() -> list[asyncio.TimerHandle]:
    """Return the timers of the running loop that will call the code under test."""
    loop: Any = asyncio.get_running_loop()
    return [
        handle
        for handle in loop._scheduled
        if not handle.cancelled()
        and getattr(handle._callback, "__module__", "").startswith("calldeck.")
    ]


class Rig:
    """Console, line, link and witness, wired up."""

    def __init__(
        self,
        *,
        seed: int = 0,
        faults: Faults = PERFECT,
        first_sequence: int = 0,
        first_press: int = 0,
        clock_ms: int = MASK - 3_000,
        seen: SeenEdges | None = None,
        console: VirtualConsole | None = None,
        patterns: Mapping[int, tuple[int, ...]] = PATTERNS,
        listener: Recorder | None = None,
    ) -> None:
        source = random.Random(seed)
        self.console = console or VirtualConsole(clock_ms=clock_ms, random_source=source)
        if console is None:
            self.console.state.link.edges.base = first_sequence
            self.console.state.link.presses = first_press
        self.hand = Hand(self.console)
        self.port = FaultyPort(self.console, seed, faults)
        self.listener = listener or Recorder()
        self.numbers: list[int] = []
        self._source = source
        self.session = HostSession(
            LinkSettings(patterns, {}), self.listener, seen or SeenEdges(), self._number
        )
        self.listener.session = self.session
        self.problems: list[CalldeckError] = []
        self.gap_ms = 0.0
        self.keeper = ConsoleKeeper(
            self.session, self.port, self.problems.append, lambda: self.gap_ms
        )

    def sleep(self, ms: float) -> None:
        """Send this computer to sleep: its clock stands still, the console's goes on."""
        self.gap_ms += ms
        self.console.run_ahead(ms)

    def _number(self) -> int:
        self.numbers.append(self._source.randrange(1, 1 << 32))
        return self.numbers[-1]

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time() * 1000

    def show(self, content: LampContent) -> None:
        self.session.show(content, self.now)
        self.keeper.changed()

    async def until(self, true: Callable[[], bool], within_s: float = 30) -> None:
        """Let time pass until it is so."""
        async with asyncio.timeout(within_s):
            while not true():  # noqa: ASYNC110 - jumped time, and no event tells of everything
                await asyncio.sleep(0.005)

    async def connected(self) -> None:
        await self.until(lambda: self.session.established)

    async def unplugged(self) -> None:
        """Pull the cable, and wait until the link has noticed."""
        self.console.unplug()
        await self.until(lambda: not self.session.established)

    async def replugged(self) -> None:
        """Pull the cable and put it back: the next session."""
        await self.unplugged()
        self.console.plug()
        await self.connected()

    async def drained(self) -> None:
        """Mend the line and wait until everything that can arrive has arrived and is counted."""
        self.port.faults = PERFECT
        self.console.plug()
        await self.until(
            lambda: self.session.established and self.console.state.link.edges.count == 0
        )
        await asyncio.sleep(4)  # longer than any silence: the connection is a sound one
        await self.until(
            lambda: self.session.established and self.console.state.link.edges.count == 0
        )
        told = len(self.listener.all_stats)
        self.session.ask_stats(self.now)
        await self.until(lambda: len(self.listener.all_stats) > told)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Rig]:
        tasks = asyncio.all_tasks()
        keeping = self.keeper.run(until_ready=asyncio.Event(), required=False)
        task = asyncio.create_task(keeping)
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.console.close()
            await asyncio.sleep(0)
        assert timers_of_ours() == [], "a timer is left behind"
        assert asyncio.all_tasks() == tasks, "a task is left behind"
