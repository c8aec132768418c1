"""What is due when: a list of appointments on a clock that somebody else moves."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Action = Callable[[], None]


class Agenda:
    """Appointments in order of time; those of the same time in the order they were made.

    Each has a key. Making one with a key in use replaces the older one.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str]] = []
        self._actions: dict[str, tuple[int, Action]] = {}
        self._made = 0

    def at(self, time_s: float, key: str, action: Action) -> None:
        """Make an appointment."""
        self._made += 1
        self._actions[key] = (self._made, action)
        heapq.heappush(self._heap, (time_s, self._made, key))

    def cancel(self, key: str) -> None:
        """Drop an appointment; nothing happens when there is none."""
        self._actions.pop(key, None)

    def next_at(self) -> float | None:
        """When the next one is due."""
        self._drop_cancelled()
        return self._heap[0][0] if self._heap else None

    def pop_due(self, time_s: float) -> tuple[float, Action] | None:
        """Take the next appointment due by then, with its own time."""
        self._drop_cancelled()
        if not self._heap or self._heap[0][0] > time_s:
            return None
        due_s, _, key = heapq.heappop(self._heap)
        _, action = self._actions.pop(key)
        return due_s, action

    def _drop_cancelled(self) -> None:
        while self._heap:
            _, number, key = self._heap[0]
            if self._actions.get(key, (0, None))[0] == number:
                return
            heapq.heappop(self._heap)
