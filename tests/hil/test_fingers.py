"""Fingers on consoles of software: what is held stays held, through resets and power cuts."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from calldeck.consoles.emulated import EmulatedConsole
from calldeck.consoles.soft import EmulatedFinger, Finger, virtual_console
from calldeck.link.ports import ConsolePort, SerialPort
from calldeck_wire import messages
from calldeck_wire.frames import FrameReader, encode_frame
from calldeck_wire.messages import BUTTON_NAMES, EDGE_PRESSED, Message

pytestmark = pytest.mark.usefixtures("leaves_nothing_behind")

WAIT_S = 20.0
SESSIONS = itertools.count(1)
HOLD = BUTTON_NAMES.index("HOLD")
ASSIST = BUTTON_NAMES.index("ASSIST")


@dataclass
class Bench:
    """A console, a finger on it, and the ways to begin it anew."""

    port: ConsolePort
    finger: Finger
    resets: list[Callable[[], Awaitable[None]]]


@asynccontextmanager
async def virtual(_uf2: Path) -> AsyncIterator[Bench]:
    async with virtual_console(1) as (console, finger):

        async def reset() -> None:
            console.reset()

        async def power_cycle() -> None:
            console.power_cycle()

        yield Bench(console, finger, [reset, power_cycle])


@asynccontextmanager
async def emulated(uf2: Path) -> AsyncIterator[Bench]:
    async with EmulatedConsole(uf2) as console:

        def through(begin: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
            async def begin_and_wait() -> None:
                boots = len(console.resets)
                await begin()
                await console.wait_until(lambda: len(console.resets) > boots, WAIT_S)
                await console.wait_connected(WAIT_S)

            return begin_and_wait

        resets = [through(console.reset), through(console.power_cycle)]
        yield Bench(SerialPort(console.url), EmulatedFinger(console), resets)


Kind = Callable[[Path], AbstractAsyncContextManager[Bench]]
both = pytest.mark.parametrize("kind", [virtual, emulated])


class Listener(asyncio.Protocol):
    """Opens a session, and keeps what the console says in it."""

    def __init__(self) -> None:
        self._reader = FrameReader()
        self._news = asyncio.Event()
        self._lost = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._told: list[tuple[Message, dict[str, Any]]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(
            b"\0" + encode_frame(messages.encode(messages.HELLO, next(SESSIONS), (1, 1)))
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost.set()

    def data_received(self, data: bytes) -> None:
        for payload in self._reader.feed(data):
            message = messages.BY_NUMBER[messages.peek(payload)[0]]
            values = messages.decode(message, payload)
            assert values is not None
            names = [name for name, _code, _unit in message.fields]
            self._told.append((message, dict(zip(names, values, strict=True))))
        self._news.set()

    async def until(self, kind: Message, /, **wanted: int) -> dict[str, Any]:
        """Wait for such a message with these values; give all of them."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for message, values in self._told:
                    if message is kind and wanted.items() <= values.items():
                        return values
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            await self._lost.wait()


@asynccontextmanager
async def session(bench: Bench) -> AsyncIterator[Listener]:
    listener = Listener()
    await bench.port.connect(lambda: listener)
    await listener.until(messages.WELCOME)
    try:
        yield listener
    finally:
        await listener.close()


@both
def test_a_button_goes_down_and_up(kind: Kind, uf2: Path) -> None:
    async def story() -> None:
        async with kind(uf2) as bench, session(bench) as told:
            await bench.finger.down("HOLD")
            await told.until(messages.EDGE, what=EDGE_PRESSED | HOLD)
            await bench.finger.down("ASSIST")
            await told.until(messages.HELD, buttons=1 << HOLD | 1 << ASSIST)
            await bench.finger.up("HOLD")
            await told.until(messages.EDGE, what=HOLD)
            await told.until(messages.HELD, buttons=1 << ASSIST)

    asyncio.run(story())


@both
def test_a_tap_takes_its_time_by_the_consoles_clock(kind: Kind, uf2: Path) -> None:
    async def story() -> None:
        async with kind(uf2) as bench, session(bench) as told:
            await bench.finger.tap("HOLD", 120)
            down = await told.until(messages.EDGE, what=EDGE_PRESSED | HOLD)
            up = await told.until(messages.EDGE, what=HOLD)
            late_ms = up["ms"] - down["ms"] - 120
            # The virtual console's clock is this computer's, which may have been busy.
            assert late_ms in range(-1, 2) if kind is emulated else late_ms >= -1

    asyncio.run(story())


@both
def test_a_held_button_is_held_after_a_reset_and_a_power_cut(kind: Kind, uf2: Path) -> None:
    async def story() -> None:
        async with kind(uf2) as bench:
            await bench.finger.down("HOLD")
            for begin_anew in bench.resets:
                await begin_anew()
                async with session(bench) as told:
                    await told.until(messages.HELD, buttons=1 << HOLD)
            async with session(bench) as told:
                await bench.finger.up("HOLD")
                await told.until(messages.EDGE, what=HOLD)

    asyncio.run(story())
