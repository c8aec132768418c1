"""What a test must not leave behind: processes, threads, descriptors, tasks."""

import asyncio
import contextlib
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_SETTLE_S = 5.0


@contextlib.contextmanager
def nothing_left_behind(*, quick: bool = False, settle_s: float = _SETTLE_S) -> Iterator[None]:
    """Fail where the body leaves something behind.

    What is being closed by another thread or by a process that was just told to end gets a few
    seconds; what is still there then was forgotten. quick: do not look for processes, and collect
    no garbage unless something is left: a millisecond, so that every test can afford it.
    """
    probes = {name: PROBES[name] for name in PROBES if not (quick and name == "processes")}
    before = {name: probe() for name, probe in probes.items()}
    yield
    if not quick:
        gc.collect()
    deadline = time.monotonic() + settle_s
    while (left := _left(before)) and time.monotonic() < deadline:
        gc.collect()
        # Nothing signals "this process has no more descriptors than before": look again.
        threading.Event().wait(0.02)
    assert not left, f"left behind: {left}"


def _left(before: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """Describe what is there now and was not before, by kind."""
    found: dict[str, list[str]] = {}
    for name, earlier in before.items():
        new = [what for key, what in PROBES[name]().items() if earlier.get(key) != what]
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


PROBES: dict[str, Callable[[], dict[str, str]]] = {"threads": _threads, "tasks": _tasks}
if sys.platform == "linux":
    PROBES |= {"processes": _children, "descriptors": _descriptors}
