"""Fixtures for tests of the whole program."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.system.command import SHIFT, Calldeck, write_config

Start = Callable[..., Calldeck]
# How long each console plays the example. Its second call is answered at 9.8 s.
SECONDS = {"virtual": 11, "emulated": 16}


@pytest.fixture(scope="session")
def shifts(
    uf2: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[Calldeck, Path]]]:
    """Play the example on each console; give the runs, and the folders of what they leave."""
    with contextlib.ExitStack() as stack:
        runs = {}
        for console, seconds in SECONDS.items():
            folder = tmp_path_factory.mktemp(console)
            config = write_config(folder, {"console": {"uf2": f'"{uf2}"'}})
            words = ["run", "--config", config, "--console", console, "--script", SHIFT]
            words += ["--for", seconds, "--summary", folder / "summary.json"]
            runs[console] = (stack.enter_context(Calldeck(words)), folder)
        for run, _folder in runs.values():
            run.wait_for("console", "connected")
        yield runs


@pytest.fixture(scope="session", autouse=True)
def _shifts_begin_early(request: pytest.FixtureRequest) -> None:
    """Let the shifts, which take their time, be played while other tests run."""
    if any("shifts" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("shifts")


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
