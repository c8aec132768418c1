"""Which program has a port open: on Linux the system tells, for what this user may see."""

import os
import time
from dataclasses import dataclass

# Thousands of programs with thousands of files each take longer than the name is worth.
LONGEST_S = 0.3


@dataclass(frozen=True, slots=True)
class Holder:
    """A program that has a port open: its name and process number."""

    name: str
    pid: int


def find_holder(
    device: str, processes: str = "/proc", longest_s: float = LONGEST_S
) -> Holder | None:
    """Return another program that has this device open; None where nobody tells.

    Links are read, files never opened: looking at what a dead network drive holds would block.
    Other users' programs show their files to root alone.
    """
    wanted = os.path.realpath(device)
    give_up_at = time.monotonic() + longest_s
    try:
        numbers = [int(name) for name in os.listdir(processes) if name.isdigit()]
    except OSError:
        return None
    # The newest first: whoever holds a console's port came after the system's own programs.
    for pid in sorted(numbers, reverse=True):
        if time.monotonic() > give_up_at:
            return None
        if pid != os.getpid() and _has_open(f"{processes}/{pid}/fd", wanted):
            return Holder(_name(f"{processes}/{pid}/comm"), pid)
    return None


def _has_open(folder: str, wanted: str) -> bool:
    try:
        descriptors = os.listdir(folder)
    except OSError:
        return False  # It has ended, or is another user's.
    for descriptor in descriptors:
        try:
            if os.readlink(f"{folder}/{descriptor}") == wanted:
                return True
        except OSError:
            continue  # Closed meanwhile.
    return False


def _name(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip() or "?"
    except OSError:
        return "?"
