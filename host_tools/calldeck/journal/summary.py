"""The summary of a run: what was pressed, what became of it, how fast.

Latencies count from the edge that acts, by the console's clock: HOLD acts when it goes
down, STATUS and ASSIST when they come up. Their grain is the console's millisecond.
"""

import math
import random
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

LATENCIES = ("press_to_received", "press_to_issued", "press_to_confirmed")
_OUTCOMES = ("confirmed", "denied", "timed_out", "unknown")


class Sample:
    """Values of which any number may come: all are kept up to a bound, then a fair choice of them.

    The greatest is kept in any case. (Vitter's algorithm R: each value stays with the same chance.)
    """

    BOUND = 512
    _random = random.Random(0)

    def __init__(self) -> None:
        self._kept = array("f")
        self.count = 0
        self.greatest = -math.inf

    def append(self, value: float) -> None:
        """Take a value."""
        self.count += 1
        self.greatest = max(self.greatest, value)
        if len(self._kept) < self.BOUND:
            self._kept.append(value)
        else:
            place = self._random.randrange(self.count)
            if place < self.BOUND:
                self._kept[place] = value

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[float]:
        return iter(self._kept)


@dataclass(slots=True)
class Tally:
    """What the daemon counts while it runs; a press is one press edge of any button."""

    expired: int = 0
    refused: int = 0
    commands: Counter[str] = field(default_factory=Counter)
    latency_ms: dict[str, Sample] = field(
        default_factory=lambda: {name: Sample() for name in LATENCIES}
    )


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """What was counted at one desk."""

    tally: Tally
    presses: Mapping[str, int]
    lamps: Mapping[str, int]
    link: Mapping[str, int]


def spread(values: Sequence[float], greatest: float | None = None) -> dict[str, float | None]:
    """Return p50, p99 and max in ms (nearest rank), None for each where there are no values.

    greatest: where it may be missing among the values.
    """
    if not values:
        return {"p50": None, "p99": None, "max": None}
    ordered = sorted(values)

    def rank(share: float) -> float:
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3)

    highest = rank(1.0) if greatest is None else round(greatest, 3)
    return {"p50": rank(0.5), "p99": rank(0.99), "max": highest}


def summary(
    desks: Mapping[str, DeskFigures],
    calls: Mapping[str, int],
    event_loop: Mapping[str, float | None],
) -> dict[str, object]:
    """Return the summary as it is written to the file of `--summary`: all desks, then each."""
    figures = list(desks.values())
    whole: dict[str, object] = {**_of(figures), "calls": dict(calls), "event_loop": event_loop}
    if len(desks) > 1:
        whole["desks"] = {name: _of([desk]) for name, desk in desks.items()}
    return whole


def _of(desks: Sequence[DeskFigures]) -> dict[str, object]:
    tallies = [desk.tally for desk in desks]
    return {
        "presses": {
            **_sum(desk.presses for desk in desks),
            "expired": sum(tally.expired for tally in tallies),
            "refused": sum(tally.refused for tally in tallies),
        },
        "commands": {name: sum(tally.commands[name] for tally in tallies) for name in _OUTCOMES},
        "lamps": _sum(desk.lamps for desk in desks),
        "latency_ms": {name: _latency(tallies, name) for name in LATENCIES},
        "link": {
            kind: count
            for kind, count in sorted(_sum(desk.link for desk in desks).items())
            if count
        },
    }


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return total


def _latency(tallies: Sequence[Tally], name: str) -> dict[str, float | None]:
    samples = [tally.latency_ms[name] for tally in tallies]
    values = [value for sample in samples for value in sample]
    return spread(values, max((sample.greatest for sample in samples), default=None))
