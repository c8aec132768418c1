"""Fingers and eyes on a console by gpiozero: a Raspberry Pi at a rig, or the emulator's harness.

With GPIOZERO_PIN_FACTORY naming another factory than `calldeck`, the console of the rig is tested,
at the port that CALLDECK_RIG_PORT names, over the wires of `hardware/rig.toml`. Times are those of
the pin factory: of the emulator, or of the Pi's kernel; never of the process that runs the test.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from gpiozero import Device, DigitalInputDevice, Factory, OutputDevice

ROOT = Path(__file__).resolve().parents[2]
WIRES = tomllib.loads((ROOT / "hardware" / "rig.toml").read_text("utf-8"))
PATIENCE_S = 20.0
FACTORY = "GPIOZERO_PIN_FACTORY"
SOCKET = "CALLDECK_GPIO_SOCKET"
EMULATED = os.environ.get(FACTORY, "calldeck") == "calldeck"


@contextmanager
def console(uf2: Path) -> Iterator[str]:
    """Have a console with its pins in reach of gpiozero; give its port."""
    if not EMULATED:
        yield os.environ["CALLDECK_RIG_PORT"]
        return
    before = {name: os.environ.get(name) for name in (FACTORY, SOCKET)}
    with subprocess.Popen(
        [sys.executable, "-m", "calldeck.consoles.emulated", str(uf2)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().split(" is at ")[1].split()[0].rstrip(".")
            control = process.stdout.readline().split(" are at ")[1].split()[0].rstrip(".")
            os.environ |= {FACTORY: "calldeck", SOCKET: control}
            yield port
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            process.send_signal(signal.SIGTERM)
            code = process.wait(PATIENCE_S)
    assert code == 0
    assert not Path(control).parent.exists(), "the console leaves nothing behind"


def hold_on(factory: Factory, seconds: float) -> None:
    """Let time pass by the factory's clock."""
    start = factory.ticks()
    while (rest_s := seconds - factory.ticks_diff(factory.ticks(), start)) > 0:
        time.sleep(rest_s)  # a duration is what is asked for, not something to wait for


class Press(OutputDevice):
    """A finger on a net: pulls it low, and lets go of it instead of driving it high."""

    def __init__(self, pin: int) -> None:
        super().__init__(pin, active_high=False)
        self.off()

    def _write(self, value: bool) -> None:
        if value:
            self.pin.output_with_state(False)
        else:
            self.pin.input_with_pull("up")


class Lamp:
    """A watched net, and when it changed, in the seconds of the pin factory."""

    def __init__(self, device: DigitalInputDevice) -> None:
        self.device = device
        self.edges: list[tuple[float, bool]] = []
        self._news = threading.Condition()
        # gpiozero's own events come without the time of the change, which the pin knows.
        self._tell_device = device.pin.when_changed
        device.pin.when_changed = self._changed

    def _changed(self, at_s: float, state: int) -> None:
        self._tell_device(at_s, state)
        with self._news:
            if not self.edges or self.edges[-1][1] is not bool(state):
                self.edges.append((at_s, bool(state)))
            self._news.notify_all()

    @property
    def lit(self) -> bool:
        return bool(self.device.value)

    def until(self, lit: bool) -> None:
        """Wait until the lamp is lit, or is not."""
        wait = self.device.wait_for_active if lit else self.device.wait_for_inactive
        assert wait(PATIENCE_S), f"never {lit}"

    def since(self, at_s: float) -> list[tuple[float, bool]]:
        """Give the changes since a moment."""
        with self._news:
            return [edge for edge in self.edges if edge[0] >= at_s]

    def changed(self, lit: bool, since_s: float) -> float:
        """Wait for the first change to this since a moment; give when it was."""

        def found() -> float | None:
            return next((at for at, state in self.since(since_s) if state is lit), None)

        with self._news:
            assert self._news.wait_for(lambda: found() is not None, PATIENCE_S), f"never {lit}"
        at_s = found()
        assert at_s is not None
        return at_s

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
        self.buttons: dict[str, Press] = {}
        self.lamps: dict[str, Lamp] = {}

    def __enter__(self) -> Self:
        Device.ensure_pin_factory()
        for name, pin in WIRES["presses"].items():
            self.buttons[name] = self._devices.enter_context(Press(pin))
        for name, pin in WIRES["watches"].items():
            self.lamps[name] = Lamp(self._devices.enter_context(DigitalInputDevice(pin)))
        self.buttons["headset_plugged"].on()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._devices.close()
        Device.pin_factory.close()
        Device.pin_factory = None

    @property
    def now_s(self) -> float:
        """The time by the clock that the changes of lamps are timed with."""
        return float(Device.pin_factory.ticks())

    def tap(self, button: str, held_s: float = 0.08) -> float:
        """Press a button for a while, as a finger does; give a moment just before it let go."""
        self.buttons[button].on()
        self.hold_on(held_s)
        let_go_s = self.now_s
        self.buttons[button].off()
        return let_go_s

    def hold_on(self, seconds: float) -> None:
        """Let time pass: so much of the console's own, which a busy computer makes slower."""
        hold_on(Device.pin_factory, seconds)

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.01)  # asks a pin: where nothing changes no event comes

    def bar(self) -> int:
        """Count the lit LEDs of the queue bar, which light from the first on."""
        lit = [self.lamps[f"queue_{place}"].lit for place in range(1, 6)]
        assert lit == sorted(lit, reverse=True)
        return sum(lit)
