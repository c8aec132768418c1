"""Fixtures and profiles for all tests."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.leftovers import nothing_left_behind

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")

# The examples are the same on every run of CI, so that a failure there is a failure of the change.
# No deadline for one example: the machines that run this are shared, and the whole test has its
# own timeout. Fewer examples there than at a desk, within the time budget of `make test`.
settings.register_profile("default", max_examples=100, deadline=None)
settings.register_profile(
    "ci",
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("full", max_examples=2000, deadline=timedelta(seconds=5))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if IN_CI else "default"))

# The tests read the English texts, wherever they run. Set before the package is imported.
os.environ["LANGUAGE"] = "C"
# And use neither the settings, nor the key, nor the journal of whoever runs them.
_HOME = tempfile.mkdtemp(prefix="calldeck-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = os.path.join(_HOME, _name)
    os.mkdir(os.environ[_name], 0o700)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one core, for what they share, unless they say otherwise."""
    for item in items:
        if not any(item.iter_markers("xdist_group")):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def uf2() -> Path:
    """Give the newest firmware image that `make firmware` has built."""
    images = sorted(
        (ROOT / "build").glob("calldeck-*-RPI_PICO.uf2"), key=lambda path: path.stat().st_mtime
    )
    if images:
        return images[-1]
    message = "there is no build/calldeck-*-RPI_PICO.uf2: run make firmware"
    if IN_CI:
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture
def leaves_nothing_behind() -> Iterator[None]:
    """Fail a test that leaves child processes, threads, descriptors or asyncio tasks behind.

    Ask for this fixture first, so that it looks after the others have cleaned up.
    """
    with nothing_left_behind():
        yield
