"""Fingers and eyes on a console by gpiozero: a Raspberry Pi at a rig, or the emulator's harness.

With GPIOZERO_PIN_FACTORY naming another factory than `calldeck`, the console of the rig is tested,
at the port that CALLDECK_RIG_PORT names, with the wires of `hardware/rig.toml`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from gpiozero import Device, DigitalInputDevice, OutputDevice

ROOT = Path(__file__).resolve().parents[2]
WIRES = tomllib.loads((ROOT / "hardware" / "rig.toml").read_text("utf-8"))
PATIENCE_S = 20.0


@contextmanager
def console(uf2: Path) -> Iterator[str]:
    """Have a console with its pins in reach of gpiozero; give its port."""
    if os.environ.get("GPIOZERO_PIN_FACTORY", "calldeck") != "calldeck":
        yield os.environ["CALLDECK_RIG_PORT"]
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "calldeck.consoles.emulated", str(uf2)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().split(" is at ")[1].split()[0].rstrip(".")
        control = process.stdout.readline().split(" are at ")[1].split()[0].rstrip(".")
        os.environ["GPIOZERO_PIN_FACTORY"] = "calldeck"
        os.environ["CALLDECK_GPIO_SOCKET"] = control
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()
        for name in ("GPIOZERO_PIN_FACTORY", "CALLDECK_GPIO_SOCKET"):
            os.environ.pop(name, None)


@dataclass
class Lamp:
    """A watched net, and when it changed, in the seconds of the pin factory."""

    device: DigitalInputDevice
    edges: list[tuple[float, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._news = threading.Condition()
        self.device.when_activated = self._on
        self.device.when_deactivated = self._off

    def _on(self) -> None:
        self._note(True)

    def _off(self) -> None:
        self._note(False)

    def _note(self, lit: bool) -> None:
        with self._news:
            self.edges.append((self.device.pin_factory.ticks(), lit))
            self._news.notify_all()

    @property
    def lit(self) -> bool:
        return bool(self.device.value)

    def until(self, lit: bool) -> None:
        """Wait until the lamp is lit, or is not."""
        with self._news:
            assert self._news.wait_for(lambda: self.lit is lit, PATIENCE_S), f"never {lit}"

    def times_ms(self, count: int) -> list[float]:
        """Wait for so many changes from the next lighting on; give the times between them."""
        with self._news:
            start = len(self.edges)
            assert self._news.wait_for(lambda: len(self._from_lit(start)) > count, PATIENCE_S)
            edges = self._from_lit(start)[: count + 1]
        return [1000 * (b[0] - a[0]) for a, b in pairwise(edges)]

    def shows(self, times_ms: list[float], late_ms: float) -> bool:
        """Tell whether the last changes were so far apart, the first of them a lighting."""
        with self._news:
            edges = self.edges[-len(times_ms) - 1 :]
        if len(edges) <= len(times_ms):
            return False
        if not edges[0][1]:
            times_ms = [*times_ms[1:], times_ms[0]]
        found = [1000 * (b[0] - a[0]) for a, b in pairwise(edges)]
        return all(abs(one - other) <= late_ms for one, other in zip(found, times_ms, strict=True))

    def _from_lit(self, start: int) -> list[tuple[float, bool]]:
        edges = self.edges[start:]
        first = next((at for at, edge in enumerate(edges) if edge[1]), len(edges))
        return edges[first:]


class GpioRig:
    """All wires of a rig. Use it as a context manager."""

    def __init__(self) -> None:
        self._devices = ExitStack()
        self.buttons: dict[str, OutputDevice] = {}
        self.lamps: dict[str, Lamp] = {}

    def __enter__(self) -> Self:
        Device.ensure_pin_factory()
        for name, pin in WIRES["presses"].items():
            device = OutputDevice(pin, active_high=False, initial_value=False)
            self.buttons[name] = self._devices.enter_context(device)
        for name, pin in WIRES["watches"].items():
            lamp = Lamp(self._devices.enter_context(DigitalInputDevice(pin)))
            self.lamps[name] = lamp
        self.buttons["headset_plugged"].on()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._devices.close()
        if Device.pin_factory is not None:
            Device.pin_factory.close()
            Device.pin_factory = None

    def tap(self, button: str, held_s: float = 0.08) -> None:
        """Press a button for a while, as a finger does."""
        self.buttons[button].on()
        time.sleep(held_s)  # the finger's own time
        self.buttons[button].off()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.01)  # asks a pin: where nothing changes no event comes
