"""The whole check: every run, the coverage of all of them, and every broken rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.model import examples
from tests.model.broken import BROKEN_RULES
from tests.model.coverage import Coverage
from tests.model.run import Run
from tests.model.runs import RUNS
from tests.model.search import Finding, search
from tests.model.world import Model


@dataclass
class Checked:
    """What the check has come to. `problems`: in sentences; none is the aim."""

    findings: list[Finding] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)
    caught: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def states(self) -> int:
        return sum(one.states for one in self.findings)

    @property
    def transitions(self) -> int:
        return sum(one.transitions for one in self.findings)

    @property
    def depth(self) -> int:
        return max(one.depth for one in self.findings)

    @property
    def seconds(self) -> float:
        """Seconds of one core."""
        return sum(one.processor_seconds for one in self.findings)


def check(
    runs: Iterable[Run] = tuple(RUNS.values()),
    most: int | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> Checked:
    """Search all runs; `told` hears a line on each."""
    checked = Checked()
    with checked.coverage.watching_gestures():
        for run in runs:
            finding = search(Model(run, checked.coverage.seen), most)
            checked.findings.append(finding)
            told(line(finding))
            if finding.broken is not None:
                paste = examples.test_to_paste(finding)
                checked.problems.append(f"{examples.steps(finding)}\n\n{paste}")
    return checked


def line(finding: Finding) -> str:
    """Say in a line how far a run was looked at."""
    end = "all of it" if finding.complete else f"stopped after {finding.states} states"
    return (
        f"{finding.run.name:28}{finding.states:>8} states {finding.transitions:>8} transitions"
        f"  depth {finding.depth:>3}  {finding.processor_seconds:5.1f} s  {end}"
    )


def break_rules(checked: Checked, told: Callable[[str], None] = lambda line: None) -> None:
    """Break every rule of `broken.BROKEN_RULES`, and see that it is caught."""
    for rule in BROKEN_RULES:
        finding = rule.search()
        found = finding.broken.rule if finding.broken else "nothing"
        if rule.is_caught(finding):
            checked.caught += 1
        else:
            checked.problems.append(f"{rule.name}: to be caught by {rule.caught_by}, was {found}")
        told(f"{rule.name}: {found}, in {len(finding.steps)} steps")
