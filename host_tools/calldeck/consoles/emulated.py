"""The console's firmware in an emulator that runs in real time, behind a serial port.

The port is a pseudo-terminal: whoever opens it cannot tell it from a console on a USB cable. To
watch the firmware by hand: `python -m calldeck.consoles.emulated IMAGE.uf2` prints the port's path.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from calldeck.consoles.control_socket import SOCKET_NAME, ControlSocket, Edges
from calldeck.consoles.emulated_port import PORT_NAME, PortRelay
from calldeck.consoles.emulator_process import (
    DEFAULT_UNIQUE_ID,
    BoardOptions,
    Command,
    EmulatorProcess,
    FlashTiming,
    Report,
)
from calldeck.consoles.lockstep import PinEdge, Reset
from calldeck.errors import CalldeckError, EmulatorError
from calldeck.signals import stopping
from calldeck.text import translate as _

# A first boot formats the flash file system; on a busy computer all of it takes a few seconds.
START_TIMEOUT_S = 30.0


class EmulatedConsole:
    """One emulated Pico in real time. Use it as an async context manager.

    `url` is the path of its serial port. The port goes away when the console is unplugged or
    restarts, and comes back under the same path.
    """

    name = "emulated"

    def __init__(
        self,
        uf2: Path,
        *,
        unique_id: str = DEFAULT_UNIQUE_ID,
        seed: int = 0,
        flash_timing: FlashTiming | None = None,
        drive: dict[int, bool] | None = None,
    ) -> None:
        self._options = BoardOptions(
            uf2=uf2,
            unique_id=unique_id,
            seed=seed,
            flash_timing=flash_timing or FlashTiming(),
            port_open=False,
            drive=dict(drive or {}),
        )
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: EmulatorProcess | None = None
        self._relay: PortRelay | None = None
        self._control: ControlSocket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._state = threading.Lock()
        self._connected = False
        self._failure: EmulatorError | None = None
        self._edges: dict[int, list[PinEdge]] = {}
        self._resets: list[Reset] = []

    async def __aenter__(self) -> Self:
        """Start the emulator and wait for its serial port."""
        self._loop = asyncio.get_running_loop()
        try:
            await asyncio.to_thread(self._start)
            await self._open_control()
            await self.wait_connected(START_TIMEOUT_S)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the emulator and take the port away."""
        control, self._control = self._control, None
        if control is not None:
            await control.close()
        await asyncio.to_thread(self._stop)

    @property
    def url(self) -> str:
        """Path of the serial port; it exists while the console is connected."""
        if self._folder is None:
            raise EmulatorError(_("The emulated console has not been started."))
        return str(Path(self._folder.name) / PORT_NAME)

    @property
    def control(self) -> str:
        """Path of the control socket: pins and cable, for other programs (see `control_socket`)."""
        if self._control is None:
            raise EmulatorError(_("The emulated console has not been started."))
        return str(self._control.path)

    @property
    def process_id(self) -> int:
        """Number of the emulator's process."""
        if self._process is None:
            raise EmulatorError(_("The emulated console has not been started."))
        return self._process.pid

    @property
    def connected(self) -> bool:
        """True while the console is enumerated and its port exists."""
        return self._connected

    @property
    def resets(self) -> list[Reset]:
        """Every start of the chip so far, at emulated microseconds."""
        with self._state:
            return list(self._resets)

    async def wait_connected(self, timeout_s: float) -> None:
        """Wait for the serial port. Raises EmulatorError after `timeout_s` real seconds."""
        try:
            await self.wait_until(lambda: self._connected, timeout_s)
        except TimeoutError as error:
            raise EmulatorError(
                _("The emulated console did not show its serial port within {seconds} s.").format(
                    seconds=timeout_s
                )
            ) from error

    async def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> None:
        """Wait until the condition holds; it is looked at whenever the console did something.

        Raises TimeoutError after `timeout_s` real seconds, EmulatorError when the console ends.
        """
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._refuse_failed()
                await self._changed.wait()
                self._changed.clear()

    # --- pins -----------------------------------------------------------------------------------

    async def press(self, button_pin: int, hold_ms: float) -> None:
        """Press a button (pull its pin low) for `hold_ms` of emulated time.

        Returns when the press has begun; the release follows by itself.
        """
        await self._request(["press", button_pin, False, hold_ms * 1000])

    async def drive(self, pin: int, level: bool) -> None:
        """Hold the pin at a level from outside until it is released."""
        await self._request(["drive", pin, bool(level)])

    async def release(self, pin: int) -> None:
        """Let go of the pin: its pull resistor decides."""
        await self._request(["release", pin])

    async def level(self, pin: int) -> bool | None:
        """Give what the firmware drives on the pin now, None if it does not drive it."""
        report = await self._request(["level", pin])
        level: bool | None = report["values"][-1]
        return level

    async def watch(self, *pins: int) -> None:
        """Record from now on what the firmware drives on these pins."""
        with self._state:
            for pin in pins:
                self._edges.setdefault(pin, [])
        await self._request(["watch", list(pins)])

    def edges(self, pin: int) -> list[PinEdge]:
        """Give the recorded changes of a watched pin, at emulated microseconds."""
        with self._state:
            return list(self._edges[pin])

    # --- cable and resets -----------------------------------------------------------------------

    async def unplug(self, *, power: bool = False) -> None:
        """Pull the USB cable: the port goes away. With `power` the board loses its power too."""
        await self._request(["unplug", power])

    async def plug(self) -> None:
        """Put the cable back; the port comes back when the console is enumerated."""
        await self._request(["plug"])

    async def reset(self) -> None:
        """Pull the reset pin for a moment."""
        await self._request(["reset"])

    async def power_cycle(self) -> None:
        """Cut the power and give it back."""
        await self._request(["powerCycle"])

    # --- the child ------------------------------------------------------------------------------

    async def _open_control(self) -> None:
        assert self._folder is not None
        control = ControlSocket(Path(self._folder.name) / SOCKET_NAME, self._request)
        await control.start()
        self._control = control

    def _start(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="calldeck-console-")
        self._process = EmulatorProcess("paced", self._options)
        relay = PortRelay(self._process, Path(self._folder.name), self._note, self._fail)
        relay.start()
        self._relay = relay

    def _stop(self) -> None:
        relay, self._relay = self._relay, None
        process, self._process = self._process, None
        folder, self._folder = self._folder, None
        if relay is not None:
            relay.stop()
        if process is not None:
            process.close()
        if folder is not None:
            folder.cleanup()
        self._connected = False

    async def _request(self, *commands: Command) -> Report:
        if self._relay is None:
            raise EmulatorError(_("The emulated console has not been started."))
        self._refuse_failed()
        return await asyncio.wrap_future(self._relay.request(*commands))

    def _note(self, report: Report) -> None:
        """Keep what a report says; called in the relay's thread."""
        with self._state:
            self._connected = report.get("connected", False)
            edges = [
                (pin, PinEdge(at_ns / 1000, level)) for at_ns, pin, level in report.get("edges", ())
            ]
            for pin, edge in edges:
                if pin in self._edges:
                    self._edges[pin].append(edge)
            for at_ns, cause in report.get("resets", ()):
                self._resets.append(Reset(at_ns / 1000, cause))
        if edges:
            self._tell_control(edges)
        if "fault" in report:
            self._fail(
                EmulatorError(
                    _(
                        "The firmware did something that stops a real console for good: {detail}."
                    ).format(detail=report["fault"])
                )
            )
        self._wake_waiters()

    def _tell_control(self, edges: Edges) -> None:
        control = self._control
        # The loop may be gone already when the program ends in disorder.
        with contextlib.suppress(RuntimeError):
            if self._loop is not None and control is not None:
                self._loop.call_soon_threadsafe(control.tell, edges)

    def _fail(self, error: EmulatorError) -> None:
        """Keep why nothing more can be had of the console; called in the relay's thread."""
        with self._state:
            self._connected = False
            self._failure = error
        self._wake_waiters()

    def _wake_waiters(self) -> None:
        # The loop may be gone already when the program ends in disorder.
        with contextlib.suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._changed.set)

    def _refuse_failed(self) -> None:
        if self._failure is not None:
            raise self._failure


async def _show(uf2: Path) -> None:
    with stopping() as stop:
        async with EmulatedConsole(uf2) as console:
            _tell_places(console)
            await stop.wait()


def _tell_places(console: EmulatedConsole) -> None:
    sys.stdout.write(
        _("The emulated console is at {port}. Ctrl-C ends it.").format(port=console.url) + "\n"
    )
    sys.stdout.write(_("Its pins are at {control}.").format(control=console.control) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run an image until interrupted, for watching it by hand."""
    parser = argparse.ArgumentParser(description=_("Run a firmware image in the emulator."))
    parser.add_argument("uf2", type=Path)
    arguments = parser.parse_args()
    try:
        asyncio.run(_show(arguments.uf2))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0  # before the console was there
    except CalldeckError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
