"""Time in the model: a coarse grid, and the settings of desk and console put on it.

Every time of the model is a multiple of `UNIT`, so that two times differ in few ways and the space
is finite. The console's and the desk's clock are the same, and stand at `NOW` in every kept state:
all other times are moved instead. What is real is the order of the deadlines, not their length.
"""

from __future__ import annotations

from calldeck.desk import GestureTimes, Headset, Policy
from calldeck.desk.presses import DELIVERY_MS

UNIT = 500
"""Milliseconds of one tick: the host refreshes the lamps so often, so that it is always due."""
NOW = 10_000_000
"""Where the clock stands in a kept state."""

LEASE = 2
"""Ticks a lamp state is valid."""
GUARD = 1
EXPIRY = 1
"""Ticks an edge may be old when it reaches the desk and still act."""
COUGH = 1
LONGEST = 2
"""Ticks after which a button that is down any longer is no other gesture."""

REASONS = ("break", "lunch")


def policy(headset: Headset, *, login: bool = False) -> Policy:
    """Return a policy on the grid. A command waits longer than a lease lasts: lies would show."""
    return Policy(
        agent="1001",
        refusal_ms=UNIT,
        command_timeout_ms=3 * UNIT,
        press_expiry_ms=EXPIRY * UNIT,
        reasons=REASONS,
        login_at_start=login,
        headset=headset,
        hold_reminder_ms=2 * UNIT,
        mute_reminder_ms=2 * UNIT,
        arrival_guard_ms=GUARD * UNIT,
        choice_ms=2 * UNIT,
        gestures=GestureTimes(
            double_tap_ms=UNIT - DELIVERY_MS,
            long_press_ms=UNIT,
            logout_press_ms=LONGEST * UNIT,
            emergency_press_ms=LONGEST * UNIT,
        ),
    )
