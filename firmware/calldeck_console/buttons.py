"""Inputs: from raw level changes to edges without contact bounce.

The first change of an input counts at once, with its own time; for `bounce_ms` after it
the input is closed. When it opens again a level that differs is an edge too, with the
time of the last raw change. So a press is never delayed and a short tap never lost.
Times are whole milliseconds, cut down: of two that differ by `bounce_ms` less may lie between
them, so the input opens at the one after.

The plug counts differently: plugged at once, also while closed, unplugged only when it
has held for `bounce_ms`. A contact that breaks for a moment must not open a microphone.
"""

from calldeck_wire.emit import micropython
from calldeck_wire.modular import difference

STUCK_MS = 20_000
STUCK_MUTE_MS = 60_000

INPUTS = 5  # four buttons, then the headset-plugged sense
PLUG = 4


class Inputs:
    """Debounced levels of all inputs; True is pressed, or plugged."""

    def __init__(self) -> None:
        self.bounce_ms = 10
        self.level = [False] * INPUTS
        self.raw = [False] * INPUTS
        self.raw_ms = [0] * INPUTS
        # What the core wants to know of the last raw change; see `core`.
        self.raw_stamp = [(0, 0)] * INPUTS
        self.changed_ms = [0] * INPUTS
        self.closed = [False] * INPUTS
        self.stuck = [False] * INPUTS
        self.down = 0  # the buttons that are down, one bit each
        # Whether any input is closed, or down and not yet found stuck: else time changes nothing.
        self.awake = False

    def start(self, source: int, level: bool) -> None:
        """Take the level found at boot; it is no edge."""
        if source != PLUG and level != self.level[source]:
            self.down ^= 1 << source
        self.level[source] = self.raw[source] = level
        self.awake = True

    @micropython.native
    def change(self, source: int, level: bool, ms: int, stamp: tuple[int, int]) -> bool:
        """Take a raw change; True where it counts as an edge at `ms`."""
        self.raw[source] = level
        self.raw_ms[source] = ms
        self.raw_stamp[source] = stamp
        if level == self.level[source]:
            return False
        closed = self.closed
        changed_ms = self.changed_ms
        if source == PLUG:
            if not level:
                changed_ms[source] = ms
                self.awake = closed[source] = True
                return False
        elif closed[source] and difference(ms, changed_ms[source]) <= self.bounce_ms:
            return False
        else:
            self.down ^= 1 << source
        self.level[source] = level
        self.stuck[source] = False
        changed_ms[source] = ms
        self.awake = closed[source] = True
        return True

    @micropython.native
    def settle(self, source: int, now: int) -> bool:
        """Open an input whose bounce time is over; True where a late edge shows.

        The edge's time and stamp are then `raw_ms` and `raw_stamp` of that input.
        """
        if not self.closed[source] or difference(now, self.changed_ms[source]) <= self.bounce_ms:
            return False
        self.closed[source] = False
        if self.raw[source] == self.level[source]:
            return False
        if source != PLUG:
            self.down ^= 1 << source
        self.level[source] = self.raw[source]
        self.stuck[source] = False
        self.changed_ms[source] = self.raw_ms[source]
        self.awake = self.closed[source] = True
        return True

    @micropython.native
    def newly_stuck(self, source: int, now: int) -> bool:
        """Tell once when a button has been down for longer than a hand would hold it."""
        limit = STUCK_MUTE_MS if source == 0 else STUCK_MS
        if not self.level[source] or self.stuck[source] or source == PLUG:
            return False
        if difference(now, self.changed_ms[source]) < limit:
            return False
        self.stuck[source] = True
        return True

    def pressed(self) -> int:
        """Return the buttons that are down, one bit each."""
        return self.down

    @micropython.native
    def wait_ms(self, now: int) -> int:
        """Return the ms until the next input opens or is found stuck, -1 for never."""
        wait = -1
        if not self.awake:
            return wait
        self.awake = False
        for source in range(INPUTS):
            if self.closed[source]:
                left = self.bounce_ms + 1 - difference(now, self.changed_ms[source])
            elif self.level[source] and not self.stuck[source] and source != PLUG:
                limit = STUCK_MUTE_MS if source == 0 else STUCK_MS
                left = limit - difference(now, self.changed_ms[source])
            else:
                continue
            self.awake = True
            left = left if left > 0 else 0
            if wait < 0 or left < wait:
                wait = left
        return wait

    def copy_to(self, other: "Inputs") -> None:
        """Make `other` equal to these inputs."""
        other.bounce_ms = self.bounce_ms
        other.level[:] = self.level
        other.raw[:] = self.raw
        other.raw_ms[:] = self.raw_ms
        other.raw_stamp[:] = self.raw_stamp
        other.changed_ms[:] = self.changed_ms
        other.closed[:] = self.closed
        other.stuck[:] = self.stuck
        other.down = self.down
        other.awake = self.awake

    def key(self, now: int) -> tuple[object, ...]:
        """Return what decides the future of the inputs, times relative to `now`."""
        ages = []
        for source in range(INPUTS):
            timed = self.closed[source] or (self.level[source] and not self.stuck[source])
            ages.append(difference(now, self.changed_ms[source]) if timed else -1)
        stamps = [self.raw_stamp[source] for source in range(INPUTS) if self.closed[source]]
        levels = (tuple(self.level), tuple(self.raw), tuple(self.closed))
        return (levels, tuple(ages), tuple(stamps))
