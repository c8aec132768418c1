"""What programs and people have asked of a desk, and who waits for the answer."""

from __future__ import annotations

import asyncio

from calldeck.desk import RequestEnded

Ended = tuple[str, str]
"""The outcome of a request, and why."""


class Asking:
    """The requests that have no outcome yet, by names of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, asyncio.Future[Ended]] = {}
        self._count = 0

    def new(self) -> tuple[str, asyncio.Future[Ended]]:
        """Give a name for a new request, and what its outcome will be in."""
        self._count += 1
        name = f"request-{self._count}"
        ended: asyncio.Future[Ended] = self._loop.create_future()
        self._waiting[name] = ended
        return name, ended

    def ended(self, result: RequestEnded) -> None:
        """Tell the outcome to who waits for it."""
        waiting = self._waiting.pop(result.request, None)
        if waiting is not None and not waiting.done():
            waiting.set_result((result.outcome, result.why))

    def end_all(self, outcome: str, why: str) -> None:
        """Let nobody wait any more."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result((outcome, why))
