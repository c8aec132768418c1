"""The API of the real program against its own description: made-up requests to a desk at work.

Presses are left to `tests/unit/web/test_schema.py`: one may be held for a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from tests.unit.web.test_schema import CHECKS
from tests.web.program import Program


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Give the program with callers on their way and an agent logged in."""
    with Program(tmp_path_factory.mktemp("api")) as program:
        program.log_in()
        yield program


@pytest.fixture(scope="module")
def api(program: Program):
    """Give the description that the program gives of itself."""
    return schemathesis.openapi.from_url(
        f"{program.address}/api/v1/openapi.json",
        headers={"Authorization": f"Bearer {program.key}"},
    )


schema = schemathesis.pytest.from_fixture("api").exclude(path_regex="events|buttons")


@schema.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_running_program_does_what_it_says(case, program: Program) -> None:
    headers = {"Authorization": f"Bearer {program.key}"}
    case.call_and_validate(headers=headers, checks=CHECKS)


def test_it_is_still_well_afterwards(program: Program, tmp_path: Path) -> None:
    program.until(lambda desk: desk["confirmed"])
    assert program.desk()["acd"]["link"] == "up"
