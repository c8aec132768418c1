"""A rig without hardware: the real firmware, the real daemon and a switch, on emulated time.

The daemon runs on an event loop whose clock is the emulator's; crashing it drops that loop
without clean-up. The switch is the outside world: it outlives every daemon, as an ACD does.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.hil.patterns import name_pattern
from tests.hil.tapped_port import TappedPort

from calldeck.acd.simulated import SimulatedAcd, SimulatedSwitch, SwitchSettings
from calldeck.config.options import Happening
from calldeck.config.settings import Settings
from calldeck.consoles.lockstep import LockstepEmulator, LockstepLoop, PinEdge
from calldeck.daemon import make_station, start
from calldeck.desk import AcdCommand
from calldeck.desk_runner import DeskRunner
from calldeck.narration import Narrator
from calldeck.station import Station
from calldeck.supervision import farewell
from calldeck_console import pins
from calldeck_wire.messages import BUTTON_NAMES, LAMPS_ORDER

AGENT = "1001"
BOOT_S = 3.0


class RecordingSwitch(SimulatedSwitch):
    """A switch that remembers every command that reached it."""

    def __init__(self, settings: SwitchSettings, seed: int) -> None:
        super().__init__(settings, seed=seed, agents=[(AGENT, "201")])
        self.submitted: list[AcdCommand] = []
        self.submitted_us: list[float] = []
        self.clock_us: Callable[[], float] = lambda: 0.0

    def submit(self, command: AcdCommand, now_s: float, line: int) -> None:
        """Take a command."""
        self.submitted.append(command)
        self.submitted_us.append(self.clock_us())
        super().submit(command, now_s, line)


class Rig:
    """One desk: emulated console, daemon, switch, ledger. Use it as a context manager."""

    def __init__(
        self,
        uf2: Path,
        folder: Path,
        *,
        switch: SwitchSettings | None = None,
        seed: int = 1,
        settings: dict[str, Any] | None = None,
        plugged: bool = True,
        cache: bool = False,
    ) -> None:
        self.settings = Settings.model_validate(
            {"journal": {"folder": str(folder)}, **(settings or {})}
        )
        self.ledger = folder / "presses.jsonl"
        drive = {pins.HEADSET_PLUGGED: not plugged}
        self.pico = LockstepEmulator(uf2, seed=seed, drive=drive, port_open=False, cache=cache)
        self.switch = RecordingSwitch(switch or SwitchSettings(callers_per_minute=0), seed)
        self.switch.clock_us = lambda: self.pico.now_us
        self.port = TappedPort(self.pico)
        self.lines: list[Happening] = []
        self.stations: list[Station] = []
        self._random = random.Random(seed)
        self._loop: LockstepLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.pico.watch(*pins.LAMPS, pins.MICROPHONE_SWITCH)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._loop is not None:
            self.stop_daemon()
        self.pico.close()

    # --- the daemon -----------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """Emulated time."""
        return self.pico.now_us / 1e6

    @property
    def station(self) -> Station:
        """The station of the daemon that runs, or ran last."""
        return self.stations[-1]

    def start_daemon(self, *, wait_ready: bool = True) -> None:
        """Start a daemon on the ledger that the one before it has left."""
        self._loop = LockstepLoop(self.pico)
        self._loop.run_until_complete(self._start())
        if wait_ready:
            self.until(self.station.ready.is_set)

    async def _start(self) -> None:
        narrator = Narrator(self.lines.append, asyncio.get_running_loop().time)
        station = make_station(
            self.settings,
            narrator,
            folder=self.ledger.parent,
            random_source=self._random,
            wall_ms=lambda: round(self.pico.now_us / 1000),
        )
        self.stations.append(station)
        self.acd = SimulatedAcd(self.switch)
        self.runner = DeskRunner(
            self.settings.desk,
            station,
            lambda: station,
            self.acd,
            self.port,
            narrator,
            required=False,
            alone=True,
        )
        started = asyncio.get_running_loop().create_future()

        async def run() -> None:
            async with asyncio.TaskGroup() as group:
                start(group, self.acd, [self.runner])
                started.set_result(None)

        self._tasks = [asyncio.get_running_loop().create_task(run())]
        await started

    def stop_daemon(self) -> None:
        """End the daemon in good order."""
        assert self._loop is not None
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.wait(self._tasks))
        self._loop.close()
        self._loop = None
        self.station.close()

    def end_daemon(self, *, logout: bool = False) -> None:
        """End the daemon as SIGTERM does."""
        assert self._loop is not None
        narrator = Narrator(self.lines.append, self._loop.time)
        self._loop.run_until_complete(farewell([self.runner], narrator, logout=logout))
        self.stop_daemon()

    def crash_daemon(self) -> None:
        """Kill the daemon: nothing of it runs any more, nothing is cleaned up."""
        assert self._loop is not None
        self._loop.crash()
        self._loop = None
        # What the system does for a process that has died.
        os.close(self.station._ledger._file)

    def run_for(self, seconds: float) -> None:
        """Let emulated time pass, with the daemon if one runs."""
        if self._loop is None:
            self.pico.run_until(self.pico.now_us + seconds * 1e6)
            return
        self._loop.run_until_complete(asyncio.sleep(seconds))
        for task in self._tasks:
            if task.done():
                task.result()

    def until(self, true: Callable[[], bool], within_s: float = 10.0) -> None:
        """Let time pass in small steps until something is so."""
        end = self.now_s + within_s
        while not true():
            assert self.now_s < end, f"not so within {within_s} s of emulated time"
            self.run_for(0.005)

    # --- fingers and eyes -----------------------------------------------------------------

    def press(self, button: str, held_s: float = 0.08, in_s: float = 0.001) -> float:
        """Press a button in a moment; return the emulated second at which it goes down."""
        at_us = round(self.pico.now_us + in_s * 1e6)
        pin = pins.BUTTONS[BUTTON_NAMES.index(button)]
        self.pico.drive(pin, False, at_us)
        self.pico.release(pin, round(at_us + held_s * 1e6))
        return at_us / 1e6

    def tap(self, button: str, held_s: float = 0.08) -> float:
        """Press a button and wait until what it caused has settled."""
        at_s = self.press(button, held_s)
        self.run_for(held_s + 0.1)
        return at_s

    def down(self, button: str) -> float:
        """Press a button in a moment and leave the finger on it; give the second it goes down."""
        at_us = round(self.pico.now_us + 1_000)
        self.pico.drive(pins.BUTTONS[BUTTON_NAMES.index(button)], False, at_us)
        return at_us / 1e6

    def up(self, button: str) -> float:
        """Take the finger off in a moment; give the second at which the button comes up."""
        at_us = round(self.pico.now_us + 1_000)
        self.pico.release(pins.BUTTONS[BUTTON_NAMES.index(button)], at_us)
        return at_us / 1e6

    def lit(self, lamp: str) -> bool:
        """Tell whether a lamp's pin is high now."""
        return bool(self.pico.level(pins.LAMPS[LAMPS_ORDER.index(lamp)]))

    @property
    def mute_lamp(self) -> bool:
        """Whether the microphone switch's net, on which the mute lamp hangs, is high."""
        return bool(self.pico.level(pins.MICROPHONE_SWITCH))

    def lamp_edges(self, lamp: str, since_s: float) -> list[PinEdge]:
        """Return what a lamp's pin did since a moment."""
        edges = self.pico.edges(pins.LAMPS[LAMPS_ORDER.index(lamp)])
        return [edge for edge in edges if edge.at_us >= since_s * 1e6]

    @property
    def queue_bar(self) -> set[int]:
        """Which lamps of the queue bar are lit now, from 1."""
        return {place for place in range(1, 6) if self.lit(f"queue_{place}")}

    def pattern(self, lamp: str, for_s: float = 1.9) -> str:
        """Watch a lamp's pin for a while; name the profile's pattern that it shows all the time."""
        return self.patterns(lamp, for_s=for_s)[lamp]

    def patterns(self, *lamps: str, for_s: float = 1.9) -> dict[str, str]:
        """Watch several lamps at once."""
        first, from_us = {lamp: self.lit(lamp) for lamp in lamps}, self.pico.now_us
        self.run_for(for_s)
        until_us = self.pico.now_us
        return {
            lamp: name_pattern(first[lamp], self.lamp_edges(lamp, from_us / 1e6), from_us, until_us)
            for lamp in lamps
        }

    # --- the world ------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """The agent's status at the switch."""
        return self.switch.agent_report(AGENT).status.value

    def happen(self, name: str, **arguments: object) -> None:
        """Let something happen at the switch."""
        self.acd.happen(name, arguments)

    def take_a_call(self) -> None:
        """Bring the agent from not ready into a call, microphone open, its first moments over."""
        self.until(lambda: self.status == "not_ready")
        self.tap("MUTE")
        self.tap("STATUS")
        self.until(lambda: self.status == "available")
        self.happen("call")
        self.until(lambda: self.status == "ringing")
        self.happen("answer")
        self.until(lambda: self.status == "talking")
        self.until(lambda: self.station.desk.guard_until is None)
        self.run_for(0.1)

    def ledger_lines(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return the ledger's lines, all or of one kind."""
        lines = [json.loads(line) for line in self.ledger.read_text("utf-8").splitlines()]
        return [line for line in lines if kind in (None, line["line"])]
