"""What a link that fails in every way does to presses: storms of a million frames, judged.

In jumped time, so that the figures are the same on every computer; only how long it takes is not.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from table import Row, report

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.unit.link.storm import Job, blow, jobs  # noqa: E402 found only by the line above
from tests.unit.link.verdict import Outcome  # noqa: E402
from tests.unit.link.weather import WEATHERS  # noqa: E402

FRAMES = 1_000_000
SHORT_FRAMES = 100_000
EACH = 8_000
PROCESSES = 2


def outcomes(storms: Sequence[Job]) -> dict[str, Outcome]:
    """Blow all storms on two cores; return what came of each weather."""
    found = {name: Outcome() for name in WEATHERS}
    # Started anew: a copy of this process could hold a lock that its threads have taken.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(PROCESSES, os.cpu_count() or 1), mp_context=context) as pool:
        for job, outcome in zip(storms, pool.map(blow, storms), strict=True):
            found[job.weather].add(outcome)
    return found


def rows(full: bool) -> list[Row]:
    """Return the figures of a million frames, or of a tenth; what went wrong is told in words."""
    began = time.perf_counter()
    found = outcomes(jobs(FRAMES if full else SHORT_FRAMES, EACH))
    total = Outcome()
    for outcome in found.values():
        total.add(outcome)
    for story in total.stories:
        print(story, file=sys.stderr)
    wanted = FRAMES if full else SHORT_FRAMES
    return [
        Row("faults.lost", "presses that nothing explains", total.lost, "", 0, 0),
        Row("faults.doubled", "edges handed on twice", total.doubled, "", 0, 0),
        Row("faults.late", "edges acted on though over 1,500 ms old", total.late, "", 0, 0),
        Row("faults.wrong", "out of order, misread, or told otherwise", total.wrong, "", 0, 0),
        Row("faults.frames", "frames that crossed", total.frames, "", wanted, better="higher"),
        Row("faults.presses", "presses made", total.presses, ""),
        Row("faults.delivered", "of these delivered", total.delivered, ""),
        Row("faults.expired", "of these delivered too old to act on", total.expired, ""),
        Row("faults.reset", "lost with a console's memory, and named", total.reset, ""),
        Row("faults.overflow", "dropped by a full queue, and named", total.overflow, ""),
        Row("faults.connections", "times the port was opened", total.connections, ""),
        Row("faults.wraps", "times a clock or a number wrapped", total.wraps, ""),
        *(row for name, outcome in found.items() for row in rows_of(name, outcome)),
        Row("faults.seconds", "the time it took", time.perf_counter() - began, "s"),
    ]


def rows_of(weather: str, outcome: Outcome) -> list[Row]:
    """Return the counts of one weather."""
    name = weather.replace(",", "").replace(" ", "_")
    wrong = outcome.lost + outcome.doubled + outcome.late + outcome.wrong
    return [
        Row(f"faults.{name}.frames", "frames that crossed", outcome.frames, ""),
        Row(f"faults.{name}.presses", "presses made", outcome.presses, ""),
        Row(f"faults.{name}.wrong", "lost, doubled, late or wrong", wrong, "", 0, 0),
    ]


if __name__ == "__main__":
    raise SystemExit(report(rows(full=True), "Faults of the link, in jumped time"))
