"""The desk: all that can happen to it, searched; which answers were needed; what a step costs.

The model check (`tests/model`) looks at desk, console, cable and ACD together, breadth first, and
breaks rules on purpose to see each of them caught. `model.seconds` are seconds of one core: on a
machine that does nothing else, those of the clock. The whole coverage table is written to
build/bench/desk_coverage.txt. Fails where a limit is broken, an invariant does not hold, a rule is
not caught, or a pair of status and event is neither reached nor marked impossible.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from table import Row, report

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import desk_steps  # noqa: E402 found only by the line above
from tests.model.broken import BROKEN_RULES  # noqa: E402
from tests.model.check import break_rules, check  # noqa: E402
from tests.model.coverage import COLUMNS, ROWS  # noqa: E402
from tests.model.impossible import IMPOSSIBLE  # noqa: E402

COVERAGE = ROOT / "build" / "bench" / "desk_coverage.txt"
RULES_WANTED = 6


def main() -> int:
    """Check, measure and report."""
    # First: what a step leaves behind is seen best before so much else is kept.
    steps = desk_steps.rows()
    began = time.perf_counter()
    checked = check(told=print)
    seconds = time.perf_counter() - began
    print()
    break_rules(checked, told=print)
    checked.problems += checked.coverage.gaps()
    COVERAGE.parent.mkdir(parents=True, exist_ok=True)
    COVERAGE.write_text(checked.coverage.table() + "\n", encoding="utf-8")
    print(f"\n{checked.coverage.table()}\n")
    complete = sum(one.complete for one in checked.findings)
    reached = sum(1 for count in checked.coverage.met.values() if count)
    rules = len(BROKEN_RULES)
    rows = [
        Row("model.states", "states, each another one", checked.states, "states", 100_000,
            better="higher"),
        Row("model.transitions", "ways from one to another", checked.transitions, "transitions"),
        Row("model.depth", "steps to the farthest state", checked.depth, "steps"),
        Row("model.complete", f"runs seen in full, of {len(checked.findings)}", complete, "runs"),
        Row("model.seconds", "the search, on one core", checked.seconds, "s", 180, 120),
        Row("model.wall_seconds", "the same by the clock, beside other work", seconds, "s"),
        Row("model.rules_caught", f"rules broken on purpose and caught, of {rules}",
            checked.caught, "rules", max(rules, RULES_WANTED), better="higher"),
        Row("model.pairs_reached", f"status x event, of {len(ROWS) * len(COLUMNS)}", reached,
            "pairs"),
        Row("model.pairs_impossible", "the others, each with its reason", len(IMPOSSIBLE), "pairs"),
        Row("model.problems", "violations, rules not caught, gaps", len(checked.problems), "",
            limit=0),
        *steps,
    ]  # fmt: skip
    for problem in checked.problems:
        print(f"\nPROBLEM: {problem}")
    return report(rows, "The desk that never lies")


if __name__ == "__main__":
    sys.exit(main())
