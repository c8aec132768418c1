"""One daemon for one journal folder: two in one would take each other's presses for their own."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from calldeck.errors import JournalError
from calldeck.text import translate as _

LOCK_NAME = "in-use.lock"
_DEMONSTRATIONS = 100


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """Have the folder for this process alone; gives it back.

    Raises JournalError where another process has it, or where it cannot be written.
    """
    lock = FileLock(folder / LOCK_NAME, blocking=False, mode=0o600)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise JournalError(
            _(
                "Another calldeck is using the journal in {folder}. End that one, or name another "
                "folder in the configuration ([journal] folder)."
            ).format(folder=folder)
        ) from error
    except (OSError, NotImplementedError) as error:
        # The latter is how the lock says that this file system knows no locks.
        why = getattr(error, "strerror", None) or error
        raise JournalError(
            _(
                "The press ledger in {folder} cannot be written: {why}. Mend that, or name another "
                "folder in the configuration ([journal] folder)."
            ).format(folder=folder, why=why)
        ) from error
    try:
        yield folder
    finally:
        lock.release()


@contextlib.contextmanager
def claimed_for_demonstration(folder: Path) -> Iterator[Path]:
    """Have a folder below `folder` that no other demonstration uses now.

    What is pressed on a console that is none must not stand in a real desk's ledger, and
    several demonstrations may run at once.
    """
    for place in range(1, _DEMONSTRATIONS):
        candidate = folder / f"demonstration-{place}"
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(claimed(candidate))
            except JournalError as error:
                if isinstance(error.__cause__, Timeout):
                    continue
                raise
            yield candidate
            return
    raise JournalError(
        _("{count} demonstrations are running already: end some of them.").format(
            count=_DEMONSTRATIONS - 1
        )
    )
