"""Which daemons of this user run now, so that other commands find them."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
    write_private(path, json.dumps({"process": os.getpid(), "address": address}) + "\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running_daemons(folder: Path) -> list[Announced]:
    """List the daemons that run, in the order of their processes; what was left over is removed.

    Raises AccessError where a listing is not this user's own.
    """
    found = []
    for path in sorted(folder.glob(f"{_PREFIX}*.json")):
        entry = _entry(read_private(path) or "")
        if entry is not None and _runs(entry.process):
            found.append(entry)
        else:
            path.unlink(missing_ok=True)
    return sorted(found, key=lambda entry: entry.process)


def _entry(text: str) -> Announced | None:
    try:
        data = json.loads(text)
        return Announced(int(data["process"]), str(data["address"]))
    except (ValueError, KeyError, TypeError):
        return None


def _runs(process: int) -> bool:
    if os.name != "posix":
        return True  # there, sending it signal 0 would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
