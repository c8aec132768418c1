"""A line between the real link and the real console core that fails on purpose."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from calldeck.consoles.virtual import VirtualConsole
from calldeck_wire.frames import DELIMITER


@dataclass(frozen=True)
class Faults:
    """What a line does to each piece of bytes, as shares of 1; `delay_ms`: shortest, longest.

    corrupt: one byte becomes another. tear: some bytes in a row are missing.
    """

    lose: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    tear: float = 0.0
    one_byte: bool = False
    delay_ms: tuple[float, float] = (0.0, 0.0)


PERFECT = Faults()


class FaultyPort:
    """The way to a virtual console (a `ConsolePort`); `faults` may change at any time.

    `to_console` and `to_host` watch, and may replace, every piece that survived.
    """

    name = "the line under test"
    place = None

    def __init__(self, console: VirtualConsole, seed: int = 0, faults: Faults = PERFECT) -> None:
        self.console = console
        self.faults = faults
        self.chance = random.Random(seed)
        self.stalled_until = 0.0
        self.connections = 0
        self.to_console: Callable[[bytes], bytes] = bytes
        self.to_host: Callable[[bytes], bytes] = bytes

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        def end() -> asyncio.Protocol:
            self.connections += 1
            return _End(self, factory())

        await self.console.connect(end)

    def stall(self, ms: float) -> None:
        """Let nothing through for so long; nothing is lost by it."""
        loop = asyncio.get_running_loop()
        self.stalled_until = max(self.stalled_until, loop.time() + ms / 1000)

    def pieces(self, data: bytes) -> list[bytes]:
        """Return what arrives of a piece, and how often."""
        faults, chance = self.faults, self.chance
        if chance.random() < faults.lose:
            return []
        if chance.random() < faults.corrupt:
            spoilt = bytearray(data)
            spoilt[chance.randrange(len(spoilt))] ^= chance.randrange(1, 256)
            data = bytes(spoilt)
        if faults.tear and chance.random() < faults.tear:
            begin = chance.randrange(len(data))
            data = data[:begin] + data[begin + chance.randint(1, 9) :]
            if not data:
                return []
        copies = 2 if chance.random() < faults.duplicate else 1
        if faults.one_byte:
            return [data[at : at + 1] for at in range(len(data))] * copies
        return [data] * copies


class _Way:
    """One direction: in order, each piece after its own delay."""

    def __init__(self, port: FaultyPort, out: Callable[[bytes], None]) -> None:
        self._port = port
        self._out = out
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._free_at = 0.0

    def put(self, data: bytes) -> None:
        for piece in self._port.pieces(data):
            delay_s = self._port.chance.uniform(*self._port.faults.delay_ms) / 1000
            at = max(self._loop.time() + delay_s, self._free_at, self._port.stalled_until)
            self._free_at = at
            self._waiting.append(piece)
            self._loop.call_at(at, self._next)

    def _next(self) -> None:
        if self._loop.time() < self._port.stalled_until:
            self._loop.call_at(self._port.stalled_until, self._next)
            return
        self._out(self._waiting.popleft())


class _End(asyncio.Protocol):
    """Stands where the link would stand, with the line between."""

    def __init__(self, port: FaultyPort, protocol: asyncio.Protocol) -> None:
        self._protocol = protocol
        self._gone = False
        self._to_host = _Way(port, lambda data: self._deliver(port.to_host(data)))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._protocol.connection_made(_Transport(transport, self._port_of(transport)))

    def _port_of(self, transport: asyncio.Transport) -> _Way:
        port = self._to_host._port
        return _Way(port, lambda data: transport.write(port.to_console(data)))

    def data_received(self, data: bytes) -> None:
        self._to_host.put(data)

    def _deliver(self, data: bytes) -> None:
        if not self._gone:
            self._protocol.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        self._protocol.connection_lost(exc)


class _Transport(asyncio.Transport):
    """What the link writes to."""

    def __init__(self, inner: asyncio.Transport, way: _Way) -> None:
        super().__init__()
        self._inner = inner
        self._way = way

    def write(self, data: bytes | bytearray | memoryview) -> None:
        # Frames that leave together are lost one by one all the same.
        *frames, rest = bytes(data).split(DELIMITER)
        for frame in frames:
            self._way.put(frame + DELIMITER)
        if rest:
            self._way.put(rest)

    def is_closing(self) -> bool:
        return self._inner.is_closing()

    def close(self) -> None:
        self._inner.close()

    def abort(self) -> None:
        self._inner.abort()
