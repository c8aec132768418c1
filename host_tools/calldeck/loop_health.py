"""How late the event loop is: everything this program does for an agent waits for it.

A task that wants to run every so often notes how much later it does run. Whatever keeps the loop
(this program's own work, a busy or a suspended computer) keeps presses and lamps as long.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from calldeck.journal.summary import spread

BEAT_S = 0.1
"""How often it looks: a stall of that length is still under one refresh of the lamps."""
KEPT = 600
"""So many looks are kept: the last minute."""
LATE_MS = 500.0
"""A lag that people are told of: by half a second more, lamps would show the link as lost."""


class LoopHealth:
    """Measures the lag of the running loop, in ms.

    clock: the loop's, in seconds. late: told each lag from `LATE_MS` on.
    """

    def __init__(self, clock: Callable[[], float], late: Callable[[float], None]) -> None:
        self._clock = clock
        self._late = late
        self._lags: deque[float] = deque(maxlen=KEPT)
        self.worst_ms = 0.0
        self.beats = 0

    async def run(self) -> None:
        """Measure until cancelled."""
        due = self._clock() + BEAT_S
        while True:
            await asyncio.sleep(max(0.0, due - self._clock()))
            self.note((self._clock() - due) * 1000)
            # Not from when it was due: one stall would be counted again and again.
            due = self._clock() + BEAT_S

    def note(self, lag_ms: float) -> None:
        """Take a lag."""
        lag_ms = max(0.0, lag_ms)
        self.beats += 1
        self._lags.append(lag_ms)
        self.worst_ms = max(self.worst_ms, lag_ms)
        if lag_ms >= LATE_MS:
            self._late(lag_ms)

    @property
    def newest_ms(self) -> float:
        """The lag of the last look; 0 before the first."""
        return self._lags[-1] if self._lags else 0.0

    def figures(self) -> dict[str, float | None]:
        """Return p50 and p99 of the last minute and the worst of all, in ms."""
        lags = spread(list(self._lags))
        return {
            "lag_p50_ms": lags["p50"],
            "lag_p99_ms": lags["p99"],
            "lag_worst_ms": round(self.worst_ms, 3) if self._lags else None,
        }
