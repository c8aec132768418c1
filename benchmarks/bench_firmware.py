"""How fast, how busy and how frugal the firmware is, on the real UF2 in emulated time.

Each figure in two models of the board: with the flash cache (its plain id, and what the limits
are for: 16 kB, 64 cycles a miss) and flat (`ID.flat`: every fetch from flash is free). No daemon
takes part. Deterministic: the same firmware gives the same figures. `--short` does a tenth of the
counts, `--only mixed,busy` those parts alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import firmware_measures as measure
from alone import alone
from table import Row, percentile

WIRE = "edge to the last byte of its frame in USB, mixed load"
LAMP = "lamp frame to pin, mixed load"


def rows(full: bool) -> list[Row]:
    """Measure everything; `full` for all counts."""
    times = 10 if full else 1
    found: list[Row] = []
    for name, part in PARTS.items():
        if measured := _both(part, times):
            sys.stderr.write(f"bench-firmware: {name} measured\n")
            found += measured
    return found


def _both(part: Callable[[bool, int], Iterator[Row]], times: int) -> list[Row]:
    """Return the rows of one part in both models; those of the flat one have no limits."""
    flat = [
        Row(f"{row.id}.flat", row.measure, row.value, row.unit, better=row.better)
        for row in part(False, times)
    ]
    return [*part(True, times), *flat]


def microphone(cache: bool, times: int) -> Iterator[Row]:
    """From the edge of MUTE to the microphone's pin."""
    found = measure.microphone_ms(cache, 30 * times)
    yield Row("mic.p50_ms", "edge to microphone pin", percentile(found, 0.5), "ms")
    yield Row("mic.max_ms", "edge to microphone pin, worst", max(found), "ms", 1, 0.35)
    yield Row(
        "mic.glitch_us",
        "longest pulse that never switches",
        measure.longest_glitch_us(cache),
        "us",
        150,
        180,
        "higher",
    )


def mixed(cache: bool, times: int) -> Iterator[Row]:
    """Presses and lamps while everything else goes on too."""
    wire, lamp, statistics = measure.mixed(cache, 50 * times)
    yield Row("wire.p50_ms", WIRE, percentile(wire, 0.5), "ms")
    yield Row("wire.p99_ms", WIRE, percentile(wire, 0.99), "ms", 4, 1)
    yield Row("wire.max_ms", WIRE, max(wire), "ms", 8, 2.5)
    yield Row("lamp.p50_ms", LAMP, percentile(lamp, 0.5), "ms")
    yield Row("lamp.p99_ms", LAMP, percentile(lamp, 0.99), "ms", 4, 1.5)
    yield Row("lamp.max_ms", LAMP, max(lamp), "ms", 8, 2.5)
    pause = statistics["worst_collection"] / 1000
    yield Row("gc.pause_ms", "worst collection", pause, "ms", 5, 1.5)
    yield Row("loop.worst_ms", "longest turn of the loop", statistics["worst_loop"], "ms")
    yield Row("wire.count", "presses measured", len(wire), "presses")
    yield Row("lamp.count", "lamp frames measured", len(lamp), "frames")


def patterns(cache: bool, times: int) -> Iterator[Row]:
    """Ten lamps with the shipped patterns."""
    error = measure.pattern_error_ms(cache, 6 * times)
    yield Row("pattern.error_ms", "worst error of a pattern's edge, ten lamps", error, "ms", 5, 2)


def busy(cache: bool, times: int) -> Iterator[Row]:
    """How much of its time the console works."""
    idle = measure.busy_percent(cache, measure.all_dark, 6 * times)
    yield Row("busy.idle", "busy, linked and idle", idle, "%", 3, 1)
    lamps = measure.one_after_another("wink", 100_000)
    share = measure.busy_percent(cache, lamps, 6 * times)
    yield Row("busy.lamps", "busy, ten lamps, each 100 ms after another", share, "%", 15, 5)
    lamps = measure.one_after_another("fast", 17_000)
    share = measure.busy_percent(cache, lamps, 6 * times)
    yield Row("busy.fast", "busy, ten lamps at 170/170 ms, 59 changes a second", share, "%")


def memory(cache: bool, times: int) -> Iterator[Row]:
    """The heap after the boot, and after a long life; the cache changes nothing but the time."""
    edges = 10_000 * times if cache else 10_000
    free, drift, statistics = measure.heap(cache, edges, edges, _progress)
    yield Row("heap.free_kB", "free after boot", free / 1024, "kB", 150, 215, "higher")
    yield Row("heap.drift_B", "lost by so many edges and lamp frames", drift, "B", 1024, 64)
    yield Row("heap.edges", "edges told, and as many lamp frames", edges, "edges")
    lost = statistics["overflow"] + statistics["overrun"]
    yield Row("heap.lost", "of them lost", lost, "edges", 0)


def boot(cache: bool, _times: int) -> Iterator[Row]:
    """From power to the first answer."""
    found = measure.boot_ms(cache)
    yield Row("boot.hello_ms", "reset to first answer to a hello", found, "ms", 250, 100)


def habit(cache: bool, times: int) -> Iterator[Row]:
    """Beside the usual program for such a board."""
    ours = percentile(measure.quiet_wire_ms(cache, 10 * times), 0.5)
    usual = percentile(measure.habit_ms(cache, 10 * times), 0.5)
    yield Row("habit.ours_ms", "edge to wire, nothing else going on, p50", ours, "ms")
    yield Row("habit.usual_ms", "the same of a 20 ms poll and print", usual, "ms")
    yield Row("habit.ratio", "usual over ours", usual / ours, "", 20, 50, "higher")


def _progress(done: int) -> None:
    sys.stderr.write(f"bench-firmware: {done} edges\n")


PARTS: dict[str, Callable[[bool, int], Iterator[Row]]] = {
    "boot": boot,
    "microphone": microphone,
    "mixed": mixed,
    "patterns": patterns,
    "busy": busy,
    "habit": habit,
    "memory": memory,
}


def chosen() -> None:
    """Keep the parts that `--only a,b` names."""
    if "--only" not in sys.argv:
        return
    at = sys.argv.index("--only")
    names = sys.argv[at + 1].split(",") if at + 1 < len(sys.argv) else []
    unknown = [name for name in names if name not in PARTS]
    if unknown or not names:
        sys.exit(f"bench-firmware: --only takes {','.join(PARTS)}, not {','.join(unknown)}")
    del sys.argv[at : at + 2]
    for name in list(PARTS):
        if name not in names:
            del PARTS[name]


if __name__ == "__main__":
    chosen()
    sys.exit(alone(rows, "The firmware, emulated time"))
