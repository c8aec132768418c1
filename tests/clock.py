"""An event loop whose time jumps: it never waits, it goes straight to what is due next."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


MOST_ROUNDS = 100_000
"""Turns of the loop at one instant; a program that needs more will never let the time pass."""


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting, moves the clock. Waiting for nothing at all is a mistake of the test."""

    def __init__(self, clock: JumpingLoop) -> None:
        super().__init__()
        self._clock = clock
        self._rounds = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            self._rounds += 1
            assert self._rounds < MOST_ROUNDS, "the program spins: time stands still"
            return ready
        assert timeout is not None, "everybody waits and nothing is due"
        self._rounds = 0
        self._clock.seconds += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """Its clock starts somewhere in the middle, as a computer's monotonic clock does."""

    def __init__(self, seconds: float = 86_400.125) -> None:
        self.seconds = seconds
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.seconds


def run(main: Coroutine[Any, Any, T], *, loop: JumpingLoop | None = None) -> T:
    """Run a test's coroutine to its end in jumped time."""
    with asyncio.Runner(loop_factory=lambda: loop or JumpingLoop()) as runner:
        return runner.run(main)
