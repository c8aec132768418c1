"""Consoles that need no hardware, switched on for as long as somebody uses them."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from calldeck.consoles.virtual import VirtualConsole
from calldeck_console import pins
from calldeck_wire.messages import BUTTON_NAMES


class Press(Protocol):
    """Presses a button, by its name, for so many ms; returns when the press has begun."""

    async def __call__(self, button: str, hold_ms: int) -> None:
        """Press it."""


@contextlib.asynccontextmanager
async def virtual_console(seed: int) -> AsyncIterator[tuple[VirtualConsole, Press]]:
    """Give a virtual console; the seed decides its boot numbers."""
    console = VirtualConsole(random_source=random.Random(seed))
    loop = asyncio.get_running_loop()

    async def press(button: str, hold_ms: int) -> None:
        source = BUTTON_NAMES.index(button)
        console.change(source, True)
        loop.call_later(hold_ms / 1000, console.change, source, False)

    try:
        yield console, press
    finally:
        console.close()


@contextlib.asynccontextmanager
async def emulated_console(image: Path) -> AsyncIterator[tuple[str, Press]]:
    """Give the serial port of an emulated console that runs `image`, a headset plugged in."""
    # Needs pseudo-terminals, which not every system has; the virtual console must not import it.
    from calldeck.consoles.emulated import EmulatedConsole

    plugged = {pins.HEADSET_PLUGGED: False}
    async with EmulatedConsole(image, drive=plugged) as console:

        async def press(button: str, hold_ms: int) -> None:
            await console.press(pins.BUTTONS[BUTTON_NAMES.index(button)], hold_ms)

        yield console.url, press
