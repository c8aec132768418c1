"""The bounded part of the model check; `make bench-desk` does all of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.model import examples
from tests.model.broken import BROKEN_RULES, BrokenRule
from tests.model.check import check
from tests.model.coverage import COLUMNS, ROWS, Coverage
from tests.model.impossible import IMPOSSIBLE
from tests.model.run import Broken
from tests.model.runs import RUNS
from tests.model.search import Walk


def _pasted(text: str) -> Callable[[], None]:
    names: dict[str, object] = {}
    exec(compile(text, "pasted", "exec"), names)
    test = next(value for name, value in names.items() if name.startswith("test_"))
    assert callable(test)
    return test


def test_nothing_is_wrong_in_the_states_that_are_near() -> None:
    checked = check(most=3_000)
    assert checked.problems == []
    assert checked.states > 80_000
    assert checked.transitions > checked.states


@pytest.mark.parametrize("rule", BROKEN_RULES, ids=lambda rule: rule.name)
def test_a_broken_rule_is_caught_and_its_example_can_be_pasted(rule: BrokenRule) -> None:
    finding = rule.search()
    assert rule.is_caught(finding), finding.broken
    test = _pasted(examples.test_to_paste(finding))
    with rule.broken(), pytest.raises(Broken, match=f"^{rule.caught_by}:"):
        test()
    test()  # and the rule as it is passes it


def test_the_steps_of_an_example_are_told_in_order() -> None:
    finding = BROKEN_RULES[0].search()
    told = examples.steps(finding).splitlines()
    assert told[0].startswith("run 'hold': acts_on_what_was_shown")
    assert [line.split(". ")[1] for line in told[1:]] == finding.steps


def test_a_step_that_cannot_happen_is_named() -> None:
    with pytest.raises(ValueError, match="'release HOLD' cannot happen here"):
        Walk(RUNS["hold"]).do("release HOLD")


def test_a_pair_reached_and_impossible_or_neither_is_an_error() -> None:
    coverage = Coverage()
    assert len(coverage.gaps()) == len(ROWS) * len(COLUMNS) - len(IMPOSSIBLE)
    row, column = next(iter(IMPOSSIBLE))
    coverage.met[row, column] += 1
    coverage.met["held", "no such event"] += 1
    gaps = coverage.gaps()
    assert f"{row} x {column}: reached 1 times, said to be impossible" in gaps
    assert "no such event: no column of the table" in gaps


def test_impossible_pairs_are_pairs_of_the_table() -> None:
    assert all(row in ROWS and column in COLUMNS for row, column in IMPOSSIBLE)
