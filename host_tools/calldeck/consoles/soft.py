"""Consoles that need no hardware, switched on for as long as somebody uses them."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from calldeck.consoles.virtual import VirtualConsole
from calldeck_console import pins
from calldeck_wire.messages import BUTTON_NAMES

if TYPE_CHECKING:
    from calldeck.consoles.emulated import EmulatedConsole


class Finger(Protocol):
    """Presses the buttons of a console that is made of software, by their names."""

    async def down(self, button: str) -> None:
        """Press it until `up`."""

    async def up(self, button: str) -> None:
        """Let go."""

    async def tap(self, button: str, hold_ms: int) -> None:
        """Press it for so long, by the console's own clock; returns when that has begun."""


class VirtualFinger:
    """Presses the buttons of a virtual console."""

    def __init__(self, console: VirtualConsole) -> None:
        self._console = console
        self._loop = asyncio.get_running_loop()

    async def down(self, button: str) -> None:
        """Press it."""
        self._console.change(BUTTON_NAMES.index(button), True)

    async def up(self, button: str) -> None:
        """Let go."""
        self._console.change(BUTTON_NAMES.index(button), False)

    async def tap(self, button: str, hold_ms: int) -> None:
        """Press it for so long."""
        source = BUTTON_NAMES.index(button)
        self._console.change(source, True)
        self._loop.call_later(hold_ms / 1000, self._console.change, source, False)


class EmulatedFinger:
    """Pulls the buttons' pins of an emulated console low.

    `control`: path of the console's control socket, for programs that want its pins too.
    """

    def __init__(self, console: "EmulatedConsole") -> None:
        self._console = console
        self.control = console.control

    async def down(self, button: str) -> None:
        """Press it."""
        await self._console.drive(_pin(button), False)

    async def up(self, button: str) -> None:
        """Let go: the pull-up decides."""
        await self._console.release(_pin(button))

    async def tap(self, button: str, hold_ms: int) -> None:
        """Press it for so long of emulated time."""
        await self._console.press(_pin(button), hold_ms)


def _pin(button: str) -> int:
    return pins.BUTTONS[BUTTON_NAMES.index(button)]


@contextlib.asynccontextmanager
async def virtual_console(seed: int) -> AsyncIterator[tuple[VirtualConsole, Finger]]:
    """Give a virtual console; the seed decides its boot numbers."""
    console = VirtualConsole(random_source=random.Random(seed))
    try:
        yield console, VirtualFinger(console)
    finally:
        console.close()


@contextlib.asynccontextmanager
async def emulated_console(image: Path) -> AsyncIterator[tuple[str, EmulatedFinger]]:
    """Give the serial port of an emulated console that runs `image`, a headset plugged in."""
    # Needs pseudo-terminals, which not every system has; the virtual console must not import it.
    from calldeck.consoles.emulated import EmulatedConsole

    plugged = {pins.HEADSET_PLUGGED: False}
    async with EmulatedConsole(image, drive=plugged) as console:
        yield console.url, EmulatedFinger(console)
