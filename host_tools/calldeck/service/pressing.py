"""Pressing a console's buttons from here, and what became of each press.

A press made here travels like one made by hand: through the console's pins, its program and the
link. Only what arrives at the desk counts, so each answer names the press that arrived.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field

from calldeck.consoles.soft import Finger
from calldeck.errors import CalldeckError
from calldeck.journal.lines import Received
from calldeck.text import translate as _
from calldeck.web.interface import NotPossible

ARRIVAL_S = 3.0
"""A press that has not reached the desk by then has been lost on the way, or will come too late."""
LONGEST_HOLD_S = 60.0
"""Who has forgotten to let go, or can no longer say so, has let go then."""
BETWEEN_TAPS_S = 0.03
"""Two taps on one button are this far apart: longer than contacts may chatter."""

PENDING = "pending"


@dataclass(slots=True)
class Press:
    """A press that has reached the desk. `ended` is set when it has its outcome."""

    number: int
    button: str
    outcome: str = PENDING
    why: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Button:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    expected: asyncio.Future[Press] | None = None
    held: Press | None = None
    release_at: asyncio.TimerHandle | None = None
    free_at_s: float = 0.0


class Pressing:
    """The buttons of one console. `finger`: what presses them; `outcome_s`: by when each ends."""

    def __init__(self, finger: Finger, outcome_s: float) -> None:
        self.outcome_s = outcome_s
        self._finger = finger
        self._loop = asyncio.get_running_loop()
        self._buttons: dict[str, _Button] = {}
        self._open: dict[str, Press] = {}
        self._releasing: set[asyncio.Task[None]] = set()
        self._count = 0

    # --- what the station tells -------------------------------------------------------------

    def pressed(self, edge: Received) -> None:
        """A press has reached the desk, from here or by hand."""
        self._count += 1
        press = Press(self._count, edge.button)
        self._open[edge.press] = press
        expected = self._button(edge.button).expected
        if expected is not None and not expected.done():
            expected.set_result(press)

    def press_ended(self, name: str, outcome: str, why: str) -> None:
        """A press has its outcome."""
        press = self._open.pop(name, None)
        if press is not None:
            press.outcome, press.why = outcome, why
            press.ended.set()

    # --- what is asked ----------------------------------------------------------------------

    async def press(self, button: str) -> Press:
        """Press a button until `release`; answers when the press has reached the desk.

        Who presses what is being held already gets the press that is under way.
        """
        state = self._button(button)
        if state.held is not None:
            return state.held
        async with self._free(state, button):
            press = await self._arrive(state, button, self._finger.down(button))
            state.held = press
            state.release_at = self._loop.call_later(LONGEST_HOLD_S, self._let_go, button)
        return press

    async def release(self, button: str, *, wait: bool = True) -> Press:
        """Let go of a button that was pressed from here; answers when that press has ended.

        Without `wait` it answers as soon as the button is up, so that it can be pressed again: the
        first of two taps ends when it is known whether there is a second.
        """
        state = self._button(button)
        press = state.held
        if press is None:
            raise NotPossible(
                422,
                "not_pressed",
                _("{button} is not being held from here: press it first.").format(button=button),
            )
        self._forget(state)
        # Who presses again meanwhile does so once it is up, and never too soon after.
        async with state.lock:
            await self._finger.up(button)
            state.free_at_s = self._loop.time() + BETWEEN_TAPS_S
        return await self._end_of(press) if wait else press

    async def tap(self, button: str, hold_ms: int) -> Press:
        """Press a button for so long; answers when that press has ended."""
        state = self._button(button)
        async with self._free(state, button):
            press = await self._arrive(state, button, self._finger.tap(button, hold_ms))
            state.free_at_s = self._loop.time() + hold_ms / 1000 + BETWEEN_TAPS_S
        return await self._end_of(press, later_s=hold_ms / 1000)

    async def close(self) -> None:
        """Let go of everything."""
        for button, state in self._buttons.items():
            if state.held is not None:
                self._let_go(button)
        if self._releasing:
            await asyncio.wait(self._releasing)

    # --- inside -----------------------------------------------------------------------------

    def _button(self, name: str) -> _Button:
        return self._buttons.setdefault(name, _Button())

    @contextlib.asynccontextmanager
    async def _free(self, state: _Button, button: str) -> AsyncIterator[None]:
        """Have the button for one press; the one before it is over by then."""
        async with state.lock:
            if state.held is not None:
                raise NotPossible(
                    422,
                    "already_pressed",
                    _("{button} is being held from here: let go of it first.").format(
                        button=button
                    ),
                )
            await asyncio.sleep(max(0.0, state.free_at_s - self._loop.time()))
            yield

    async def _arrive(self, state: _Button, button: str, doing: Awaitable[None]) -> Press:
        state.expected = self._loop.create_future()
        try:
            async with asyncio.timeout(ARRIVAL_S):
                await doing
                return await state.expected
        except TimeoutError:
            self._let_go(button)
            raise NotPossible(
                503,
                "press_not_arrived",
                _(
                    "{button} was pressed, but the press did not reach the desk within "
                    "{seconds:.0f} seconds. Look whether the console is connected, then press "
                    "again."
                ).format(button=button, seconds=ARRIVAL_S),
            ) from None
        finally:
            state.expected = None

    async def _end_of(self, press: Press, later_s: float = 0.0) -> Press:
        """Wait for the outcome; a press whose release was lost has none and stays pending."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.outcome_s + later_s + ARRIVAL_S):
                await press.ended.wait()
        return press

    def _forget(self, state: _Button) -> None:
        state.held = None
        if state.release_at is not None:
            state.release_at.cancel()
            state.release_at = None

    def _let_go(self, button: str) -> None:
        self._forget(self._button(button))
        task = self._loop.create_task(self._release_quietly(button))
        self._releasing.add(task)
        task.add_done_callback(self._releasing.discard)

    async def _release_quietly(self, button: str) -> None:
        # A console that has gone has no button that could be down.
        with contextlib.suppress(CalldeckError):
            await self._finger.up(button)
