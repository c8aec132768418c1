"""What the build says, and how it stops."""

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LINES_OF_A_FAILED_COMMAND = 40


class BuildStopped(Exception):
    """The build cannot go on. Built from one sentence: what failed, on what, why, what to do."""


def say(text: str) -> None:
    """Tell the person who builds, at once and on one line."""
    sys.stdout.write(f"firmware: {text}\n")
    sys.stdout.flush()


def run(
    command: Sequence[str | Path],
    *,
    doing: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command, keep its words to itself and return them.

    Raises BuildStopped with the end of what it said when it fails; `doing` completes "could not".
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise BuildStopped(
            f"could not {doing}: there is no command `{command[0]}` here; `make firmware` as root "
            "installs it on Debian"
        ) from error
    if done.returncode != 0:
        last = "\n".join(done.stdout.splitlines()[-LINES_OF_A_FAILED_COMMAND:])
        raise BuildStopped(
            f"could not {doing}: `{command[0]}` ended with {done.returncode} and said:\n{last}"
        )
    return done.stdout


def sha256_of(path: Path) -> str:
    """Return the file's sha256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def only_one_in(folder: Path) -> Iterator[None]:
    """Keep other builds out of `folder` meanwhile, and wait until they have left it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another build that uses {folder}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
