"""The console's firmware in an emulator whose time stands still between two calls.

The caller says what happens on the pins and on the USB port at which microsecond, lets the emulated
Pico run up to a time, and reads what it did and when. The same calls give the same bytes at the
same times, always. `LockstepLoop` runs a whole asyncio program on that time.
"""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from calldeck.consoles.emulator_process import (
    DEFAULT_UNIQUE_ID,
    NO_FLASH_TIMING,
    WORST_FLASH_TIMING,
    BoardOptions,
    Command,
    EmulatorProcess,
    FlashTiming,
    Report,
    require_image,
)
from calldeck.consoles.lockstep_loop import LockstepLoop, LockstepTransport
from calldeck.consoles.lockstep_records import Chunk, FlashOperation, PinEdge, Reset, UsbStrings
from calldeck.errors import ConsoleNotFound, EmulatorError, PortBusy
from calldeck.text import translate as _

__all__ = [
    "NO_FLASH_TIMING",
    "WORST_FLASH_TIMING",
    "Chunk",
    "FlashOperation",
    "FlashTiming",
    "LockstepEmulator",
    "LockstepLoop",
    "LockstepTransport",
    "PinEdge",
    "Reset",
    "UsbStrings",
]

# The emulator is not asked for more than this at once: an interrupt from the keyboard, or the end
# of this program, must not wait for a long run.
SLICE_US = 1_000_000.0
STOP_ON_NEWS = 1
STOP_ON_EDGES = 2
FLASH_BYTES = 2 * 1024 * 1024


class LockstepEmulator:
    """One emulated Pico, on its own time. Use it as a context manager.

    All times are emulated microseconds since power first came on; they run on through resets.
    `flash` is what the flash chip holds (from read_flash, as bytes or in a file; what is missing
    is erased) before `uf2` is written to it as write_uf2 does; with None for `uf2` it stays so.
    """

    def __init__(
        self,
        uf2: Path | None,
        *,
        unique_id: str = DEFAULT_UNIQUE_ID,
        seed: int = 0,
        cache: bool = False,
        flash_timing: bool | FlashTiming = True,
        drive: dict[int, bool] | None = None,
        port_open: bool = True,
        flash: bytes | Path | None = None,
        clock_us: int = 0,
    ) -> None:
        if isinstance(flash_timing, bool):
            flash_timing = FlashTiming() if flash_timing else NO_FLASH_TIMING
        options = BoardOptions(
            uf2,
            unique_id,
            seed,
            cache,
            flash_timing,
            port_open,
            dict(drive or {}),
            flash.read_bytes() if isinstance(flash, Path) else flash,
            clock_us,
        )
        if uf2 is None and flash is None:
            raise EmulatorError(
                _(
                    "An emulated console needs something to run: give a firmware image, or the "
                    "contents of its flash chip."
                )
            )
        _require_inside_flash(0, len(options.flash or b""))
        self._waiting: list[Command] = []
        self._chunks: list[Chunk] = []
        self._edges: dict[int, list[PinEdge]] = {}
        self._resets: list[Reset] = []
        self._flash_operations: list[FlashOperation] = []
        self._transport: LockstepTransport | None = None
        self._unsent = 0
        self._process = EmulatorProcess("lockstep", options)
        self._take(self._process.first_report)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the emulator's process."""
        self._process.close()

    @property
    def process_id(self) -> int:
        """Number of the emulator's process."""
        return self._process.pid

    # --- time ---------------------------------------------------------------------------------

    @property
    def now_us(self) -> float:
        """Emulated time."""
        return self._now_ns / 1000

    @property
    def now_ns(self) -> int:
        """Emulated time in nanoseconds, exactly."""
        return self._now_ns

    @property
    def busy_ns(self) -> int:
        """Nanoseconds the core has executed since power first came on, waits for flash included.

        It does not grow in WFI and WFE, without power and in the bootloader: what a stretch of time
        cost is the difference of two readings.
        """
        busy: int = self._exchange(["busy"])["values"][-1]
        return busy

    def run_until(self, t_us: float) -> None:
        """Run to the emulated time `t_us`; a time that has passed does nothing."""
        t_us = _to_the_nanosecond(t_us)
        while self.now_us < t_us:
            self._run(min(t_us, self.now_us + SLICE_US), 0)

    def run_until_output(self, t_us: float, *, edges: bool = False) -> bool:
        """Run to `t_us`, or until something happened, and say whether it did.

        Something is: bytes from the device, the serial port coming or going, a reset, and with
        `edges` also a change on a watched pin.
        """
        stop = STOP_ON_NEWS | (STOP_ON_EDGES if edges else 0)
        t_us = _to_the_nanosecond(t_us)
        while self.now_us < t_us:
            target = min(t_us, self.now_us + SLICE_US)
            if self._run(target, stop) or self.now_us < target:
                return True
        return False

    # --- pins ---------------------------------------------------------------------------------

    def drive(self, pin: int, level: bool, at_us: float | None = None) -> None:
        """Hold the pin at a level from outside, now or from a time on, until released."""
        self._waiting.append(["drive", pin, bool(level), at_us])

    def release(self, pin: int, at_us: float | None = None) -> None:
        """Let go of the pin: its pull resistor decides."""
        self._waiting.append(["release", pin, at_us])

    def watch(self, *pins: int) -> None:
        """Record from now on what the firmware drives on these pins."""
        for pin in pins:
            self._edges.setdefault(pin, [])
        self._exchange(["watch", list(pins)])

    def edges(self, pin: int) -> list[PinEdge]:
        """Give the recorded changes of a watched pin."""
        return list(self._edges[pin])

    def forget_edges(self) -> None:
        """Drop the recorded changes; the pins stay watched."""
        for edges in self._edges.values():
            edges.clear()

    def level(self, pin: int) -> bool | None:
        """Give what the firmware drives on the pin now, None if it does not drive it."""
        level: bool | None = self._exchange(["level", pin])["values"][-1]
        return level

    def duty(self, pin: int) -> float | None:
        """Give the share of the time that the firmware drives the pin high.

        0.0 to 1.0, for a PWM output over the next whole period; other outputs give 0.0 or 1.0,
        pins that are not driven None.
        """
        duty: float | None = self._exchange(["duty", pin])["values"][-1]
        return duty if duty is None else float(duty)

    # --- serial port ----------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """True while the host has the device enumerated and configured."""
        return self._connected

    @property
    def queued(self) -> int:
        """Bytes sent to the device that it has not taken yet."""
        return self._queued + self._unsent

    def send(self, data: bytes, at_us: float | None = None) -> None:
        """Give bytes to the host's serial driver, now or at a time.

        Now: raises ConsoleNotFound while the device is not connected. At a time: bytes for a
        device that is not connected then are lost.
        """
        if at_us is None:
            self._require_connected()
            self._unsent += len(data)
        self._waiting.append(["send", base64.b64encode(data).decode(), at_us])

    def read(self) -> list[Chunk]:
        """Take the bytes that the device has handed over since the last call."""
        chunks, self._chunks = self._chunks, []
        return chunks

    def dtr(self, on: bool) -> None:
        """Raise or drop the port's DTR line, as opening and closing it does."""
        self._exchange(["dtr", on])

    def stop_reading(self, stopped: bool) -> None:
        """Have the host read nothing any more from the device, or read again."""
        self._exchange(["reading", not stopped])

    def descriptors(self) -> UsbStrings:
        """Give what the device said at the last enumeration."""
        found = self._exchange(["descriptors"])["values"][-1]
        if found is None:
            raise self._not_found()
        return UsbStrings(
            found["vendor"],
            found["product"],
            found["manufacturer"],
            found["productName"],
            found["serial"],
        )

    # --- power, cable, resets -------------------------------------------------------------------

    @property
    def state(self) -> str:
        """'running', 'off' (no power) or 'bootloader' (machine.bootloader() was called)."""
        return self._state

    @property
    def resets(self) -> list[Reset]:
        """Every start of the chip so far, the first power-on included."""
        return list(self._resets)

    def unplug(self, *, power: bool = False) -> None:
        """Pull the USB cable; with `power` the board loses its power too."""
        self._exchange(["unplug", power])

    def plug(self) -> None:
        """Put the cable back, and with it power if the board has none."""
        self._exchange(["plug"])

    def power_cycle(self) -> None:
        """Cut the power and give it back: RAM is noise, the watchdog's registers are cleared."""
        self._exchange(["powerCycle"])

    def reset(self) -> None:
        """Pull the reset pin for a moment: RAM stays, the watchdog's registers are cleared."""
        self._exchange(["reset"])

    def read_flash(self, offset: int, length: int) -> bytes:
        """Give what the flash chip holds, `offset` from its start."""
        return base64.b64decode(self._exchange(["flash", offset, length])["values"][-1])

    def write_flash(self, offset: int, data: bytes) -> None:
        """Put bytes into the flash chip from outside, in no time, with power or without."""
        _require_inside_flash(offset, len(data))
        self._exchange(["writeFlash", offset, base64.b64encode(data).decode()])

    def flash_operations(self) -> list[FlashOperation]:
        """Give everything that the firmware has had the flash chip do, in order."""
        return list(self._flash_operations)

    def write_uf2(self, uf2: Path) -> None:
        """Copy a UF2 file to the USB drive that the bootloader shows; then the board boots.

        Sectors that the file touches are erased and written, everything else stays. Raises
        EmulatorError where there is no such drive, or the file is not a UF2 for this chip.
        """
        require_image(uf2)
        problem = self._exchange(["writeUf2", str(uf2.absolute())])["values"][-1]
        if problem is None:
            return
        if problem["error"] == "no-drive":
            raise EmulatorError(
                _(
                    "The emulated console cannot take {file}: it is a USB drive only while it is "
                    "in the bootloader and plugged in, and now it is {state}. "
                    "Call machine.bootloader() on it first."
                ).format(file=uf2, state=problem["detail"])
            )
        raise EmulatorError(
            _(
                "The emulated console's bootloader refuses {file}: {detail}. "
                "Build the firmware again with 'make firmware'."
            ).format(file=uf2, detail=problem["detail"])
        )

    # --- asyncio ----------------------------------------------------------------------------------

    async def connect(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol]
    ) -> tuple[LockstepTransport, asyncio.BaseProtocol]:
        """Open the serial port on the running loop, which must be a LockstepLoop."""
        return await self.create_connection(asyncio.get_running_loop(), protocol_factory)

    async def create_connection(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
    ) -> tuple[LockstepTransport, asyncio.BaseProtocol]:
        """Open the serial port for a protocol: DTR rises, and the host reads.

        Raises ConsoleNotFound while the device is not connected, PortBusy while it is open.
        """
        self._require_connected()
        if self._transport is not None:
            raise PortBusy(_("The emulated console is open already: close it first."))
        protocol = protocol_factory()
        transport = LockstepTransport(self, loop, protocol)
        self._transport = transport
        self._chunks.clear()
        self._exchange(["reading", True], ["dtr", True])
        loop.call_soon(protocol.connection_made, transport)
        await asyncio.sleep(0)
        return transport, protocol

    def hang_up(self) -> None:
        """Close the port as the system does for a program that died: nobody is told."""
        if self._transport is None:
            return
        self._transport = None
        self._exchange(["discard"], ["dtr", False], ["reading", False])

    # --- the child ------------------------------------------------------------------------------

    def _run(self, t_us: float, stop: int) -> bool:
        report = self._exchange(["run", t_us, stop])
        return bool(report.keys() & {"bytes", "links", "resets"})

    def _exchange(self, *commands: Command) -> Report:
        report = self._process.request([*self._waiting, *commands])
        self._waiting.clear()
        self._unsent = 0
        self._take(report)
        return report

    def _take(self, report: Report) -> None:
        self._now_ns: int = report["now"]
        self._state: str = report["state"]
        self._connected: bool = report.get("connected", False)
        self._queued: int = report.get("queued", 0)
        for at_ns, pin, level in report.get("edges", ()):
            self._edges[pin].append(PinEdge(at_ns / 1000, level))
        for at_ns, cause in report.get("resets", ()):
            self._resets.append(Reset(at_ns / 1000, cause))
        for at_ns, kind, offset, length, end_ns in report.get("flash", ()):
            self._flash_operations.append(
                FlashOperation(at_ns / 1000, kind, offset, length, end_ns / 1000)
            )
        # Bytes from before the port went away belong to it, those from after do not.
        happened = [(at, 0, text) for at, text in report.get("bytes", ())]
        happened += [(at, 1, connected) for at, connected in report.get("links", ())]
        for at_ns, kind, value in sorted(happened, key=lambda item: item[0]):
            if kind == 0:
                self._deliver(Chunk(at_ns / 1000, base64.b64decode(value)))
            elif not value:
                self._link_lost()
        if self._state == "fault":
            raise EmulatorError(
                _(
                    "The firmware did something that stops a real console for good: {detail}. "
                    "It happened at {seconds:.6f} s of emulated time."
                ).format(detail=report.get("fault", ""), seconds=self.now_us / 1e6)
            )
        if self._transport is not None:
            self._transport.drained(self.queued)

    def _deliver(self, chunk: Chunk) -> None:
        if self._transport is None:
            self._chunks.append(chunk)
        else:
            self._transport.bytes_arrived(chunk.data)

    def _link_lost(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.link_lost()

    def _require_connected(self) -> None:
        if not self._connected:
            raise self._not_found()

    def _not_found(self) -> ConsoleNotFound:
        return ConsoleNotFound(_("The emulated console is not plugged in, or is starting."))


def _require_inside_flash(offset: int, length: int) -> None:
    if offset < 0 or offset + length > FLASH_BYTES:
        raise EmulatorError(
            _(
                "{length} bytes from {offset} do not lie inside the flash chip of the emulated "
                "console, which holds {size}. Give fewer bytes or a lower offset."
            ).format(length=length, offset=offset, size=FLASH_BYTES)
        )


def _to_the_nanosecond(t_us: float) -> float:
    """Round a time to what the emulator can reach: a sum of floats may lie a hair beyond it."""
    return round(t_us * 1000) / 1000
