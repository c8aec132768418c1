"""Which daemons of this user run now, so that other commands find them."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from calldeck.access.private_files import read_private, write_private

if sys.platform != "win32":
    import fcntl

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
        with _held(path):
            yield
    finally:
        path.unlink(missing_ok=True)


def running_daemons(folder: Path) -> list[Announced]:
    """List the daemons that run, in the order of their processes; what was left over is removed.

    The process must run *and* hold its listing: another program may have the number of a daemon
    that crashed, and another user its port, who would be sent the key and the PIN.

    Raises AccessError where a listing is not this user's own.
    """
    found = []
    for path in sorted(folder.glob(f"{_PREFIX}*.json")):
        entry = _entry(read_private(path) or "")
        if entry is None or not _runs(entry.process):
            path.unlink(missing_ok=True)
        elif _is_held(path):
            found.append(entry)
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


# Written as if and else, so that a type checker for any platform skips the other branch.


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Lock a listing; the system lets go of it when this process ends, however it ends."""
    if sys.platform == "win32":
        yield  # a lock there would keep others from reading it
    else:
        with path.open(encoding="utf-8") as file:
            # Where the file system has no locks, the process's number must do, here and below.
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _is_held(path: Path) -> bool:
    if sys.platform == "win32":
        return True
    else:  # noqa: RET505 - see above
        try:
            with path.open(encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False
