"""How soon a press is accepted again after the console's cable was out.

The scenario, and what the times count, are told in `tests/system/replugs.py`. In real time: the
figures are this computer's, and `replug.pace` says how well the emulator kept up with it. An
emulated USB host sees a console 10 ms after the plug; a real one takes 100 ms and more.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from alone import alone
from table import Row, percentile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.system.replugs import run  # noqa: E402 found only by the line above

from calldeck.consoles.images import find_image  # noqa: E402

REPLUGS = 50
REPLUGS_IN_SHORT = 5
SEED = 3


def rows(full: bool) -> list[Row]:
    """Pull the cable 50 times, or a few times where it is to be quick."""
    with tempfile.TemporaryDirectory(prefix="calldeck-bench-") as name:
        os.environ["XDG_RUNTIME_DIR"] = name
        found = run(find_image(), Path(name), REPLUGS if full else REPLUGS_IN_SHORT, SEED)
    ready = "cable in to the first accepted press"
    kept, cut = percentile(found.power_kept_s, 0.5), percentile(found.power_cut_s, 0.5)
    return [
        Row("replug.ready_s", f"{ready}, p99", percentile(found.ready_s, 0.99), "s", 2, 1),
        Row("replug.ready_s.p50", ready, percentile(found.ready_s, 0.5), "s"),
        Row("replug.kept_s.p50", "the same where the power was kept", kept, "s"),
        Row("replug.cut_s.p50", "the same where the power was cut", cut, "s"),
        Row("replug.in_vain", "presses before the accepted ones, each named", found.in_vain, ""),
        Row("replug.pace", "emulated seconds in a second", found.pace, "s"),
        Row("replug.count", "cables pulled and put back", len(found.ready_s), "replugs"),
    ]


if __name__ == "__main__":
    sys.exit(alone(rows, "The console's cable, in real time"))
