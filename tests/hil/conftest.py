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


class SharedDesk:
    """One desk for the tests of a file, in order; a test that leaves it in disorder ends it."""

    def __init__(self, uf2: Path, folders: pytest.TempPathFactory) -> None:
        self._uf2 = uf2
        self._folders = folders
        self._rig: DeskRig | None = None

    def taken(self) -> DeskRig:
        """Give the desk as it is when a shift begins."""
        if self._rig is None:
            self._rig = DeskRig(self._uf2, self._folders.mktemp("desk"), switch=QUIET)
            self._rig.begin()
        return self._rig

    def given_back(self) -> None:
        """Bring it in order; the next test gets another one where that fails."""
        assert self._rig is not None
        try:
            self._rig.restore()
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """Have no desk any more."""
        if self._rig is not None:
            self._rig.__exit__(None, None, None)
            self._rig = None


@pytest.fixture(scope="module")
def shared_desk(uf2: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedDesk]:
    """Give the desk that the tests of a file share."""
    shared = SharedDesk(uf2, tmp_path_factory)
    yield shared
    shared.close()


@pytest.fixture
def desk(shared_desk: SharedDesk) -> Iterator[DeskRig]:
    """Give a desk whose agent is not ready. It is taken back in order, or the test fails."""
    yield shared_desk.taken()
    shared_desk.given_back()
