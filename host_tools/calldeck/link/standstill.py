"""Noticing that this computer was asleep: its clocks disagree about how much time has passed.

The event loop's clock stands still meanwhile (Linux, macOS) or goes on without a timer being
served (Windows). Either way the console has gone on: what was known of its clock and its lamps is
worth nothing, and what it has kept for us is older than it seems.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

# A shorter standstill is less than a press may be old, and the next ping puts the clocks right.
# Wall clocks are set by less than this all the time.
NOTICED_MS = 1_000


_never_stopping_s: Callable[[], float]
if sys.platform == "linux":
    _never_stopping_s = partial(time.clock_gettime, time.CLOCK_BOOTTIME)
else:
    _never_stopping_s = time.time


def clock_gap_ms() -> float:
    """Return by how much a clock that never stops is ahead of the one that stops.

    Linux has both, so that the gap is exactly the time asleep since the boot. Elsewhere the wall
    clock has to do: somebody who sets it forward looks like a sleeper, which costs a new session.
    """
    # In this order: being held up between the two makes the gap smaller, never larger.
    return (_never_stopping_s() - time.monotonic()) * 1000


class Standstill:
    """Tells of each standstill once; pure, gaps are passed in."""

    def __init__(self, gap_ms: float) -> None:
        self._gap_ms = gap_ms

    def grown_ms(self, gap_ms: float) -> float:
        """Return for how long the clock has stood still since the last call, 0 for not at all."""
        grown = gap_ms - self._gap_ms
        # Smaller by much is a wall clock that was set back, by little a reading that was held up.
        self._gap_ms = gap_ms if grown < -NOTICED_MS else max(self._gap_ms, gap_ms)
        return grown if grown >= NOTICED_MS else 0.0
