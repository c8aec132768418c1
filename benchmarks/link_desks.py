"""Many desks in one daemon: how fast a press is, what a desk costs, and whether that grows.

The daemon is on one core and its consoles on another (tests/system/floor.py). Memory is what the
daemon's private memory grows by from few desks to many, when the flight recorder of each is full.
"""

from __future__ import annotations

import sys
from pathlib import Path

from alone import alone
from table import Row, percentile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.system.floor import measure  # noqa: E402 found only by the line above

MANY, FEW = 1_000, 10


def rows(full: bool) -> list[Row]:
    """Measure a small and a large floor."""
    # So long does it take until each recorder of frames is full.
    many, few = (
        (measure(MANY, 100), measure(FEW, 100)) if full else (measure(100, 8), measure(10, 8))
    )
    spread = many.desks - few.desks
    return [
        Row("desks.p99_ms", "press to its command at the ACD, upper bound, p99",
            percentile(many.latency_ms, 0.99), "ms", 20, 10),
        Row("desks.p50_ms", "the same, p50", percentile(many.latency_ms, 0.5), "ms"),
        Row("desks.max_ms", "the same, worst", max(many.latency_ms), "ms"),
        Row("desks.kB", "private memory of the daemon for each desk",
            (many.memory_kb - few.memory_kb) / spread, "kB", 100, 50),
        Row("desks.growth", f"CPU for each press at {many.desks} desks over that at {few.desks}",
            many.cpu_us / few.cpu_us, "", 1.2, 1.05),
        Row("desks.cpu_us", "CPU for each press, everything included", many.cpu_us, "us"),
        Row("desks.busy", "share of its core that the daemon used", many.busy, ""),
        Row("desks.lost", "presses that nothing explains", many.lost + few.lost, "presses", 0, 0),
        Row("desks.count", "desks, each with a press a second", many.desks, "desks"),
        Row("desks.presses", "presses timed", len(many.latency_ms), "presses"),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(alone(rows, "Many desks in one daemon"))
