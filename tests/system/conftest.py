"""Fixtures for tests of the whole program."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.system.command import Calldeck, write_config

Start = Callable[..., Calldeck]


@pytest.fixture
def start(leaves_nothing_behind: None, tmp_path: Path) -> Iterator[Start]:
    """Give a function that starts `calldeck run` with a journal of its own."""
    with contextlib.ExitStack() as stack:

        def begin(*words: object, config: Path | None = None) -> Calldeck:
            config = config or write_config(tmp_path)
            return stack.enter_context(Calldeck(["run", "--config", config, *words]))

        yield begin


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that other users can reach; pytest's own folders are for its user alone."""
    with tempfile.TemporaryDirectory(prefix="calldeck-test-") as folder:
        yield Path(folder)
