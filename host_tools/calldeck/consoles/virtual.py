"""The virtual console: the console's own core on CPython, for demonstrations and tests.

It needs no hardware and no emulator and runs wherever Python does. The link reaches it
through an asyncio transport and cannot tell it from a real one: the same bytes pass.
"""

import asyncio
import random
from collections.abc import Callable

from calldeck.errors import ConsoleNotFound
from calldeck.text import translate as _
from calldeck_console import VERSION, core
from calldeck_console.buttons import PLUG
from calldeck_console.flight import Recorder
from calldeck_console.keeping import Flash, Keeper
from calldeck_console.link import Identity
from calldeck_console.state import State
from calldeck_wire import flight, messages
from calldeck_wire.modular import MASK, difference

_ROOM = 4096
_SERIAL = b"VIRTUAL\x00"


class VirtualConsole:
    """One console, powered from its making on.

    clock_ms: what its millisecond counter reads at the start. random_source: where its
    boot numbers come from. plugged: whether a headset is in its socket.
    """

    name = "virtual"
    # It is plugged into no folder; see link.ports.ConsolePort.
    place = None

    def __init__(
        self,
        *,
        clock_ms: int = 0,
        random_source: random.Random | None = None,
        plugged: bool = True,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._random = random_source or random.Random()
        self._zero_ms = self._loop.time() * 1000 - clock_ms
        self._transport: _MemoryTransport | None = None
        self._wake: asyncio.TimerHandle | None = None
        self._edges: list[tuple[int, bool, int, int]] = []
        self._rx = b""
        self._levels = [False] * PLUG + [plugged]
        self._cabled = True
        # What outlives its resets and power cuts, for as long as this program runs.
        self._flash = Flash()
        self.pins = 0
        self.resets = 0
        self._recorder = Recorder(bytearray(flight.BYTES))
        self._boot(messages.CAUSE_POWER)

    # --- the board ------------------------------------------------------------------------

    def _now(self) -> int:
        return int(self._loop.time() * 1000 - self._zero_ms) & MASK

    def _boot(self, cause: int) -> None:
        identity = Identity(_SERIAL, bytes(VERSION), 0, cause, self._random.getrandbits(32))
        self._keeper = Keeper(self._flash)
        self.state = State(identity, self._keeper.settings, self._recorder.record)
        self.state.flight = self._recorder.contents()
        self._recorder.begin(self._now(), cause, messages.MODE_NORMAL)
        self.state.uptime_ms = self._now()
        for source, level in enumerate(self._levels):
            self.state.inputs.start(source, level)
        self.state.microphone.plugged = self._levels[PLUG]
        self._edges.clear()
        self._rx = b""
        self._step()

    def _step(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
        edges, self._edges = self._edges, []
        rx, self._rx = self._rx, b""
        self.state.room = _ROOM if self._transport is not None else 0
        now = self._now()
        self.state.levels = self._read_levels()
        if not self.state.settings.saved and not edges and not rx:
            self._keeper.save(self.state)
        self.pins, tx, wake_at = core.step(self.state, now, edges, rx)
        if tx and self._transport is not None:
            self._transport.deliver(tx)
        if self.state.reset_mode >= 0 and not self.state.link.confirm_due:
            self._restart(messages.CAUSE_ORDER)
            return
        # A console that nobody listens to owes frames for ever: do not spin on them.
        wait = max(difference(wake_at, now), 0 if self._transport is not None else 20)
        self._wake = self._loop.call_later(wait / 1000, self._step)

    def _read_levels(self) -> tuple[int, int, int, int]:
        """Return what its pins are at, as messages.LEVELS tells it."""
        down = sum(1 << button for button in range(PLUG) if self._levels[button])
        lamps = self.pins & ~(1 << core.MICROPHONE_BIT)
        return (down, int(self._levels[PLUG]), lamps, int(self.mute_lamp))

    def change(self, source: int, level: bool) -> None:
        """Change an input now: a button (True = pressed) or the plug sense."""
        self._levels[source] = level
        self._edges.append((source, level, self._now(), self.state.view))
        self._step()

    def run_ahead(self, ms: float) -> None:
        """Let time pass for the console alone, as while the computer it hangs on is asleep."""
        self._zero_ms -= ms
        self._step()

    def lit(self, lamp: str) -> bool:
        """Tell whether a lamp (a name of messages.LAMPS_ORDER) is on at this instant."""
        return bool(self.pins >> messages.LAMPS_ORDER.index(lamp) & 1)

    @property
    def mute_lamp(self) -> bool:
        """Whether the microphone switch mutes, which is what the mute lamp shows."""
        return bool(self.pins >> core.MICROPHONE_BIT & 1)

    def reset(self) -> None:
        """Reset it as its watchdog would: memory lost, press counters kept, cable in."""
        self._recorder.set_word(flight.STAGE, flight.STAGE_CORE)
        self._recorder.set_word(flight.RAN, flight.PART_INPUTS)
        self._recorder.set_word(flight.TURN, self._now())
        self._recorder.set_word(flight.FED, self._now())
        self._restart(messages.CAUSE_WATCHDOG)

    def fail(self, error: str) -> None:
        """Restart it as an error of its program would; the error is a traceback's text."""
        self._recorder.end_by_error(self._now(), error)
        self._restart(messages.CAUSE_EXCEPTION)

    def _restart(self, cause: int) -> None:
        self.resets += 1
        presses, overflow = self.state.link.presses, self.state.link.overflow
        self._drop()
        self._boot(cause)
        self.state.link.presses, self.state.link.overflow = presses, overflow

    def power_cycle(self) -> None:
        """Cut its power and give it back: memory and press counters lost, cable in."""
        self._recorder = Recorder(bytearray(flight.BYTES))
        self._forget(messages.CAUSE_POWER)

    def reset_by_pin(self) -> None:
        """Reset it by its reset pin, which clears its press counters but not its RAM."""
        self._forget(messages.CAUSE_PIN)

    def _forget(self, cause: int) -> None:
        self.resets += 1
        self._drop()
        self._boot(cause)

    def unplug(self) -> None:
        """Pull the data lines; the power stays (a hub that resets its port)."""
        self._cabled = False
        self._drop()

    def plug(self) -> None:
        """Put the cable back."""
        self._cabled = True

    def close(self) -> None:
        """Switch it off for good."""
        self.unplug()
        if self._wake is not None:
            self._wake.cancel()

    # --- the cable ------------------------------------------------------------------------

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        """Open the port (see link.ports.ConsolePort)."""
        if not self._cabled:
            raise ConsoleNotFound(_("The virtual console is unplugged."))
        protocol = factory()
        self._transport = _MemoryTransport(self, protocol, self._loop)
        protocol.connection_made(self._transport)

    def _drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def take(self, data: bytes) -> None:
        """Take bytes from the host."""
        self._rx += data
        self._step()

    def disconnected(self, transport: "_MemoryTransport") -> None:
        """Forget a transport that was closed."""
        if self._transport is transport:
            self._transport = None


class _MemoryTransport(asyncio.Transport):
    """Carries bytes between a protocol and a virtual console, in turns of the event loop."""

    def __init__(
        self, console: VirtualConsole, protocol: asyncio.Protocol, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__()
        self._console = console
        self._protocol = protocol
        self._loop = loop
        self._open = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send to the console."""
        if self._open:
            self._loop.call_soon(self._to_console, bytes(data))

    def deliver(self, data: bytes) -> None:
        """Send to the protocol."""
        if self._open:
            self._loop.call_soon(self._to_host, data)

    def _to_console(self, data: bytes) -> None:
        if self._open:
            self._console.take(data)

    def _to_host(self, data: bytes) -> None:
        if self._open:
            self._protocol.data_received(data)

    def is_closing(self) -> bool:
        """Whether the transport is closed."""
        return not self._open

    def close(self) -> None:
        """Close it; the protocol hears of it in the next turn of the loop."""
        self.abort()

    def abort(self) -> None:
        """Close it."""
        if self._open:
            self._open = False
            self._console.disconnected(self)
            self._loop.call_soon(self._protocol.connection_lost, None)
