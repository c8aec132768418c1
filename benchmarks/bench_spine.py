"""How fast a press travels, on the real firmware in emulated time.

Three stretches of one press of HOLD during a call, each in two models of the board: *flat*
(every fetch from flash is free) and *cached* (16 kB cache, 64 cycles a miss), which is the
honest one for planning. Host and ACD run on the emulated clock and cost no time there, so
the figures are the console's own. Deterministic: the same firmware gives the same figures.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from table import Row, percentile, report

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.hil.rig import Rig  # noqa: E402 found only by the line above

from calldeck.acd.simulated import SwitchSettings  # noqa: E402
from calldeck.cli.logs import Level, configure_logs  # noqa: E402
from calldeck.consoles.images import find_image  # noqa: E402
from calldeck_wire import messages  # noqa: E402

PRESSES = 100
QUIET = SwitchSettings(
    callers_per_minute=0, answer_after_s=None, talk_s=(3600, 3600), after_call_work_s=0
)


def journeys(cache: bool) -> dict[str, list[float]]:
    """Press HOLD again and again; return the ms of each stretch of each press."""
    found: dict[str, list[float]] = {"wire": [], "issued": [], "lamp": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        Rig(find_image(), Path(folder), switch=QUIET, cache=cache) as rig,
    ):
        rig.start_daemon()
        rig.take_a_call()
        for place in range(PRESSES):
            told, submitted = len(rig.port.told), len(rig.switch.submitted)
            # Not in step with any tick of the firmware's.
            rig.run_for(0.05 + 0.0137 * (place % 7))
            at_s = rig.press("HOLD", 0.06)
            rig.run_for(0.3)
            edge = next(
                item
                for item in rig.port.told[told:]
                if item.message is messages.EDGE and item.values[3] & messages.EDGE_PRESSED
            )
            found["wire"].append(edge.at_us / 1000 - at_s * 1000)
            assert len(rig.switch.submitted) == submitted + 1
            found["issued"].append(rig.switch.submitted_us[-1] / 1000 - at_s * 1000)
            changes = rig.lamp_edges("attention", at_s)
            found["lamp"].append(changes[0].at_us / 1000 - at_s * 1000)
    return found


def main() -> int:
    """Measure and report."""
    configure_logs(Level.WARNING)
    rows = []
    for name, cache in (("flat", False), ("cached", True)):
        for stretch, values in journeys(cache).items():
            what = {
                "wire": "press to the edge's last byte at the host",
                "issued": "press to the command at the ACD",
                "lamp": "press to the attention lamp: a wish is under way",
            }[stretch]
            for label, share in (("p50", 0.5), ("p99", 0.99)):
                value = percentile(values, share)
                rows.append(Row(f"spine.{stretch}.{name}.{label}", what, value, "ms"))
    rows.append(Row("spine.count", "presses measured in each model", PRESSES, "presses"))
    return report(rows, "A press of HOLD, emulated time")


if __name__ == "__main__":
    sys.exit(main())
