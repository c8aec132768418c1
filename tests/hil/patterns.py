"""Which pattern a lamp shows, told from what its pin does over a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from calldeck.consoles.lockstep import PinEdge
from calldeck.desk.profile import OFF, PATTERNS, STEADY

TOLERANCE_MS = 6.0


def name_pattern(
    lit_at_first: bool,
    edges: Sequence[PinEdge],
    from_us: float,
    until_us: float,
    patterns: Mapping[str, Sequence[int]] = PATTERNS,
) -> str:
    """Name the pattern of a lamp between two moments; what is none of them is told in milliseconds.

    Every time between two edges must be the pattern's, all of them seen, in their order. What was
    cut off at either end must not be longer than it.
    """
    if not edges:
        return STEADY if lit_at_first else OFF
    moments = [from_us, *(edge.at_us for edge in edges), until_us]
    times = [(later - sooner) / 1000 for sooner, later in pairwise(moments)]
    lit = [lit_at_first, *(edge.level for edge in edges)]
    found = [name for name, pattern in patterns.items() if _matches(lit, times, pattern)]
    if len(found) == 1:
        return found[0]
    told = ", ".join(
        f"{'on' if on else 'off'} {time:.0f}" for on, time in zip(lit, times, strict=True)
    )
    return f"none of them: {told} ms"


def _matches(lit: Sequence[bool], times: Sequence[float], pattern: Sequence[int]) -> bool:
    if len(times) - 2 < len(pattern):
        return False
    return any(_fits(lit, times, pattern, start) for start in range(len(pattern)))


def _fits(lit: Sequence[bool], times: Sequence[float], pattern: Sequence[int], start: int) -> bool:
    for place, (on, time_ms) in enumerate(zip(lit, times, strict=True)):
        step = (start + place) % len(pattern)
        if on is not (step % 2 == 0):
            return False
        cut_off = place in (0, len(times) - 1)
        over_ms = time_ms - pattern[step]
        if over_ms > TOLERANCE_MS or (over_ms < -TOLERANCE_MS and not cut_off):
            return False
    return True
