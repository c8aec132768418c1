"""Which daemons of this user run now, so that other commands find them."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from calldeck.access.private_files import read_private, write_private

_PREFIX = "daemon-"


@dataclass(frozen=True, slots=True)
class Announced:
    """A daemon that runs: its process, and the address of its API as HOST:PORT."""

    process: int
    address: str


@contextlib.contextmanager
def announced(folder: Path, address: str) -> Iterator[None]:
    """List this process for as long as the body runs. Raises AccessError."""
    path = folder / f"{_PREFIX}{os.getpid()}.json"
    # The system lets go of a lock when the process ends, however it ends.
    with contextlib.ExitStack() as stack:
        # Where the file system knows no locks, the listing alone must do, here and below.
        with contextlib.suppress(OSError, NotImplementedError):
            stack.enter_context(_lock(path))
        write_private(path, json.dumps({"process": os.getpid(), "address": address}) + "\n")
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    _lock_path(path).unlink(missing_ok=True)


def running_daemons(folder: Path) -> list[Announced]:
    """List the daemons that run, in the order of their processes; what was left over is removed.

    A daemon holds its listing: another program may have the number of one that crashed, and
    another user its port, who would be sent the key and the PIN.

    Raises AccessError where a listing is not this user's own.
    """
    found = []
    for path in sorted(folder.glob(f"{_PREFIX}*.json")):
        entry = _entry(read_private(path) or "")
        if entry is not None and _is_held(path):
            found.append(entry)
        else:
            path.unlink(missing_ok=True)
            _lock_path(path).unlink(missing_ok=True)
    return sorted(found, key=lambda entry: entry.process)


def _entry(text: str) -> Announced | None:
    try:
        data = json.loads(text)
        return Announced(int(data["process"]), str(data["address"]))
    except (ValueError, KeyError, TypeError):
        return None


def _lock_path(path: Path) -> Path:
    return path.with_suffix(".lock")


def _lock(path: Path) -> FileLock:
    return FileLock(_lock_path(path), blocking=False, mode=0o600)


def _is_held(path: Path) -> bool:
    try:
        with _lock(path):
            return False
    except (Timeout, OSError, NotImplementedError):
        return True
