"""What `kill -9` of the daemon costs: presses lost or doubled, and the time to truthful lamps.

The scenario, its witnesses and what it cannot show are told in `tests/system/kills.py`. In real
time: the figures are this computer's, and `kill.pace` says how well the emulator kept up with it.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
from pathlib import Path

from alone import alone
from table import Row, percentile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.system.kills import run  # noqa: E402 found only by the line above

from calldeck.consoles.images import find_image  # noqa: E402

KILLS = 200
KILLS_IN_SHORT = 20
SEED = 3


def rows(full: bool) -> list[Row]:
    """Kill daemons: 200 of them, or a few where it is to be quick."""
    with tempfile.TemporaryDirectory(prefix="calldeck-bench-") as name:
        os.environ["XDG_RUNTIME_DIR"] = name
        found = run(find_image(), Path(name), KILLS if full else KILLS_IN_SHORT, SEED)
    for trouble in (*found.lost, *found.doubled):
        print(trouble)
    print(f"outcomes of {found.presses} presses:", dict(found.outcomes.most_common()))
    truth = f"exec to truthful lamps on the pins, the slowest of {len(found.truth_s)} seen"
    calm = f"the slowest of {len(found.calm_s)} in which the emulator kept pace"
    started = f"daemons killed by SIGKILL; {found.while_starting} of them at their start"
    return [
        Row("kill.lost", "presses not on record or without an outcome", len(found.lost), "", 0),
        Row("kill.doubled", "presses received, issued or ended twice", len(found.doubled), "", 0),
        Row("kill.unknown", "presses whose command died with the daemon", found.unknown, ""),
        Row("kill.presses", "presses made meanwhile", found.presses, ""),
        Row("kill.damaged", "ledger lines that are not whole", found.damaged, ""),
        Row("kill.truth_s", truth, max(found.truth_s), "s", 2, 1),
        Row("kill.truth_s.p50", "half of them are no slower", percentile(found.truth_s, 0.5), "s"),
        Row("kill.truth_s.calm", calm, max(found.calm_s, default=math.nan), "s"),
        Row("kill.pace", "emulated seconds in a second", found.pace, "s"),
        Row("kill.count", started, found.kills, "kills"),
    ]


if __name__ == "__main__":
    sys.exit(alone(rows, "kill -9 of the daemon, in real time"))
