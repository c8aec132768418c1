"""Fixtures and profiles for all tests."""

import asyncio
import atexit
import gc
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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

_SETTLE_S = 5.0

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

    What is being closed by another thread or by a process that was just told to end gets a few
    seconds; what is still there then was forgotten. Ask for this fixture first, so that it looks
    after the others have cleaned up.
    """
    before = {name: probe() for name, probe in _PROBES.items()}
    yield
    gc.collect()
    deadline = time.monotonic() + _SETTLE_S
    while (left := _left(before)) and time.monotonic() < deadline:
        # Nothing signals "this process has no more descriptors than before": look again.
        threading.Event().wait(0.02)
    assert not left, f"left behind: {left}"


def _left(before: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """Describe what is there now and was not before, by kind."""
    found: dict[str, list[str]] = {}
    for name, probe in _PROBES.items():
        new = [what for key, what in probe().items() if before[name].get(key) != what]
        if new:
            found[name] = new
    return found


def _children() -> dict[str, str]:
    """Find the processes that this one started, directly or not, zombies too."""
    parents: dict[int, tuple[int, str]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text("utf-8", "replace")
        except OSError:
            continue  # It ended while we looked.
        command = text[text.index("(") + 1 : text.rindex(")")]
        parents[int(stat.parent.name)] = (int(text[text.rindex(")") + 2 :].split()[1]), command)
    mine: dict[str, str] = {}
    for process in parents:
        ancestor = parents[process][0]
        while ancestor in parents and ancestor != os.getpid():
            ancestor = parents[ancestor][0]
        if ancestor == os.getpid():
            mine[str(process)] = f"{parents[process][1]} ({process})"
    return mine


def _descriptors() -> dict[str, str]:
    """Find the open descriptors and what they lead to."""
    found: dict[str, str] = {}
    for entry in Path("/proc/self/fd").glob("*"):
        try:
            found[entry.name] = f"{entry.name} -> {os.readlink(entry)}"
        except OSError:
            continue  # The listing's own descriptor.
    return found


def _threads() -> dict[str, str]:
    return {str(thread.ident): thread.name for thread in threading.enumerate()}


def _tasks() -> dict[str, str]:
    """Find the tasks of an event loop still running in this thread: none between tests."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return {}
    return {str(id(task)): task.get_name() for task in asyncio.all_tasks(loop)}


_PROBES: dict[str, Callable[[], dict[str, str]]] = {"threads": _threads, "tasks": _tasks}
if sys.platform == "linux":
    _PROBES |= {"processes": _children, "descriptors": _descriptors}
