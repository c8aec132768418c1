"""The emulated console's port with a tap: every message that passes is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from calldeck.consoles.lockstep import LockstepEmulator
from calldeck_wire import messages
from calldeck_wire.frames import FrameReader
from calldeck_wire.messages import Message


@dataclass(frozen=True, slots=True)
class Told:
    """One message as it passed the cable; `from_console` tells the direction."""

    at_us: float
    from_console: bool
    message: Message
    session: int
    values: tuple[int, ...]


@dataclass(slots=True)
class TappedPort:
    """The emulated console's port, with everything that passes it written down."""

    pico: LockstepEmulator
    told: list[Told] = field(default_factory=list)
    name: str = "the emulated console"
    place: None = None

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        """Open the port."""
        readers = {True: FrameReader(), False: FrameReader()}

        def note(data: bytes, from_console: bool) -> None:
            for payload in readers[from_console].feed(data):
                number, session = messages.peek(payload)
                message = messages.BY_NUMBER[number]
                values = messages.decode(message, payload)
                assert values is not None
                self.told.append(Told(self.pico.now_us, from_console, message, session, values))

        class Tap(asyncio.Protocol):
            def __init__(self) -> None:
                self.inner = factory()

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                write = transport.write

                def tapped(data: bytes | bytearray | memoryview) -> None:
                    note(bytes(data), False)
                    write(data)

                transport.write = tapped  # type: ignore[method-assign]
                self.inner.connection_made(transport)

            def data_received(self, data: bytes) -> None:
                note(data, True)
                self.inner.data_received(data)

            def connection_lost(self, exc: Exception | None) -> None:
                self.inner.connection_lost(exc)

        await self.pico.connect(Tap)
