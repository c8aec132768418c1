"""Desks on emulated pins for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.hil.desk_rig")

from tests.hil.desk_rig import QUIET, DeskRig  # noqa: E402 - after what is to be told of it

OpenDesk = Callable[..., DeskRig]


@pytest.fixture
def open_desk(uf2: Path, tmp_path: Path) -> Iterator[OpenDesk]:
    """Give a function that begins a shift at a desk of its own; it takes what a `Rig` does."""
    with ExitStack() as stack:

        def opened(**options: Any) -> DeskRig:
            made = DeskRig(uf2, tmp_path, **{"switch": QUIET, **options})
            rig = stack.enter_context(made)
            rig.begin()
            return rig

        yield opened


@pytest.fixture
def desk(open_desk: OpenDesk) -> DeskRig:
    """Give a desk whose agent is not ready."""
    return open_desk()
