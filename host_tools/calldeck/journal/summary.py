"""The summary of a run: what was pressed, what became of it, how fast.

Latencies count from the edge that acts, by the console's clock: HOLD acts when it goes
down, STATUS and ASSIST when they come up. Their grain is the console's millisecond.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LATENCIES = ("press_to_received", "press_to_issued", "press_to_confirmed")


@dataclass(slots=True)
class Tally:
    """What the daemon counts while it runs; a press is one press edge of any button."""

    expired: int = 0
    refused: int = 0
    commands: Counter[str] = field(default_factory=Counter)
    latency_ms: dict[str, list[float]] = field(
        default_factory=lambda: {name: [] for name in LATENCIES}
    )


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """Return p50, p99 and max in ms (nearest rank), None for each where there are no values."""
    if not values:
        return {"p50": None, "p99": None, "max": None}
    ordered = sorted(values)

    def rank(share: float) -> float:
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3)

    return {"p50": rank(0.5), "p99": rank(0.99), "max": rank(1.0)}


def summary(
    tally: Tally,
    presses: Mapping[str, int],
    calls: Mapping[str, int],
    lamps: Mapping[str, int],
    link: Mapping[str, int],
) -> dict[str, object]:
    """Return the summary as it is written to the file of `--summary`."""
    outcomes = ("confirmed", "denied", "timed_out", "unknown")
    return {
        "presses": {**presses, "expired": tally.expired, "refused": tally.refused},
        "commands": {name: tally.commands[name] for name in outcomes},
        "calls": dict(calls),
        "lamps": dict(lamps),
        "latency_ms": {name: spread(tally.latency_ms[name]) for name in LATENCIES},
        "link": dict(link),
    }
