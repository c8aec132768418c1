"""Files for one user alone: nobody else can read what is written, and nothing else is read."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from calldeck.errors import AccessError
from calldeck.text import translate as _

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, as a whole or not at all.

    Raises AccessError where it cannot be written.
    """
    try:
        # Made for its owner alone from the first instant on.
        descriptor, trial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(trial, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(trial)
        raise _not_written(path, error) from error


def read_private(path: Path) -> str | None:
    """Read a file that is its owner's alone; None where there is none.

    Raises AccessError where it is somebody else's, where others can read or write it, or where it
    cannot be read.
    """
    try:
        file = open(path, encoding="utf-8", opener=_open_itself)  # noqa: SIM115 closed below
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _not_read(path, error) from error
    with file:
        # The open file is looked at, not its name, which could be another's a moment later.
        refuse_shared(path, os.fstat(file.fileno()))
        try:
            return file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise _not_read(path, error) from error


def _open_itself(path: str, flags: int) -> int:
    """Open no link's target, and wait for nobody who would write into a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def refuse_shared(path: Path, status: os.stat_result) -> None:
    """Raise AccessError where a file or folder belongs to somebody else or others may use it."""
    refuse_foreign(path, status)
    if os.name == "posix" and status.st_mode & _OTHERS:
        mode = "700" if stat.S_ISDIR(status.st_mode) else "600"
        raise AccessError(
            _(
                "{path} can be used by other users, so it is not trusted. Run: chmod {mode} {path}"
            ).format(path=path, mode=mode)
        )


def refuse_foreign(path: Path, status: os.stat_result) -> None:
    """Raise AccessError where a file or folder belongs to somebody else."""
    if os.name != "posix":
        return  # modes and owners mean nothing there; the user's folders are the user's
    # By name: a type checker for Windows does not know it.
    if status.st_uid != getattr(os, "getuid")():  # noqa: B009
        raise AccessError(
            _(
                "{path} belongs to another user (number {owner}), so it is not used. Remove it, or "
                "name another place."
            ).format(path=path, owner=status.st_uid)
        )


def own_folder(folder: Path) -> Path:
    """Have a folder in which nobody else can put, move or remove anything; others may look.

    Made for its owner alone where there is none. Raises AccessError.
    """
    status = _folder(folder)
    refuse_foreign(folder, status)
    if os.name == "posix" and status.st_mode & _OTHERS_WRITE:
        raise AccessError(
            _(
                "{path} can be changed by other users, so it is not trusted. Run: chmod 700 {path}"
            ).format(path=folder)
        )
    return folder


def private_folder(folder: Path) -> Path:
    """Have a folder that only its owner can enter; it is made where there is none.

    Raises AccessError where it is somebody else's, a link, or open to others.
    """
    refuse_shared(folder, _folder(folder))
    return folder


def _folder(folder: Path) -> os.stat_result:
    """Look at a folder, made where there is none, and not at what a link leads to."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        status = folder.lstat()
    except OSError as error:
        raise _not_written(folder, error) from error
    if not stat.S_ISDIR(status.st_mode):
        raise AccessError(
            _("{path} is not a folder, so it is not used. Remove it.").format(path=folder)
        )
    return status


def _not_written(path: Path, error: OSError) -> AccessError:
    return AccessError(
        _("{path} cannot be written: {why}. Mend that, then try again.").format(
            path=path, why=error.strerror or error
        )
    )


def _not_read(path: Path, error: OSError | UnicodeDecodeError) -> AccessError:
    return AccessError(
        _("{path} cannot be read: {why}. Mend that, then try again.").format(
            path=path, why=getattr(error, "strerror", None) or error
        )
    )
