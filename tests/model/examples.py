"""A counter-example as people read it: the shortest steps to it, and a test to paste."""

from __future__ import annotations

import json

from tests.model.search import Finding

REST = "nothing more happens but what is under way already, and time passes"


def steps(finding: Finding) -> str:
    """Return the steps to a violation, one a line, numbered."""
    lines = [f"run {finding.run.name!r}: {finding.broken}"]
    if finding.run.prefix:
        lines.append(f"      it begins after: {', '.join(finding.run.prefix)}")
    told = finding.steps if _at_a_step(finding) else [*finding.steps, REST]
    lines += [f"  {place:2d}. {step}" for place, step in enumerate(told, 1)]
    return "\n".join(lines)


def test_to_paste(finding: Finding) -> str:
    """Return the source of a test that walks there: it fails while the violation is there."""
    assert finding.broken is not None
    lines = [
        "from tests.model.runs import RUNS",
        "from tests.model.search import Walk",
        "",
        "",
        f"def test_{finding.broken.rule}() -> None:",
        f"    # {finding.broken}"[:100],
        f"    walk = Walk(RUNS[{json.dumps(finding.run.name)}])",
        *[f"    walk.do({json.dumps(step)})" for step in finding.steps],
    ]
    if not _at_a_step(finding):
        lines.append("    walk.rest()")
    return "\n".join(lines) + "\n"


def _at_a_step(finding: Finding) -> bool:
    return finding.broken is not None and bool(finding.broken.step)
