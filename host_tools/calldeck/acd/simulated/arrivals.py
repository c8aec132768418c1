"""Made-up callers: when they call and how long they talk, the same for the same seed."""

from __future__ import annotations

import random

MINUTE_S = 60.0


class Arrivals:
    """Callers at a mean rate, independent of each other (a Poisson process).

    Its random numbers are used for nothing else: what agents do never changes who calls when.
    """

    def __init__(self, callers_per_minute: float, talk_s: tuple[float, float], seed: int) -> None:
        self._rate = callers_per_minute / MINUTE_S
        self._talk_s = talk_s
        self._random = random.Random(f"arrivals {seed}")

    def next_after(self, now_s: float) -> float | None:
        """When the next caller comes; None: never."""
        return now_s + self._random.expovariate(self._rate) if self._rate > 0 else None

    def talk_time(self) -> float:
        """How long the caller will talk, in seconds."""
        return self._random.uniform(*self._talk_s)

    def number(self) -> str:
        """Make up a number from the range that is reserved for fiction."""
        return f"+1202555{self._random.randrange(100, 200):04d}"
