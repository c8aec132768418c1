"""The press ledger: every edge is on record before the console forgets it.

An append-only file of JSON lines, written with plain `write()` calls: what a line says
survives the death of this program (not of the machine). In this order (DESIGN.md
decision 5): `received` before the console's acknowledgement, `issued` before the ACD
gets its bytes, `outcome` after. Times are wall-clock milliseconds, for reading across
restarts. No line holds a caller's number. What was written long ago is dropped, a file
at a time, so that a ledger never outgrows what it was given.
"""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import structlog

from calldeck.errors import JournalError
from calldeck.journal.lines import (
    FILE_NAME,
    ISSUED,
    NOTE,
    OUTCOME,
    PARTS,
    RECEIVED,
    Received,
    older_part,
    sealed,
)
from calldeck.text import translate as _

_log = structlog.get_logger(__name__)

DEFAULT_BYTES = 16 << 20
# Windows would otherwise write two bytes for each end of a line.
_OPEN_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
_CLOSED = -1


def _not_written(path: Path, error: OSError) -> JournalError:
    return JournalError(
        _(
            "The press ledger {path} cannot be written: {why}. Free some space or name another "
            "folder in the configuration ([journal] folder)."
        ).format(path=path, why=error.strerror or error)
    )


class Ledger:
    """Appends to one ledger, of at most `max_bytes` and a line in all of its parts.

    wall_ms: wall-clock time in ms, injected. Raises JournalError where the file cannot
    be opened or written, naming it.
    """

    def __init__(
        self, folder: Path, wall_ms: Callable[[], int], max_bytes: int = DEFAULT_BYTES
    ) -> None:
        self.path = folder / FILE_NAME
        self._wall_ms = wall_ms
        self._part_bytes = max_bytes // PARTS
        self._closed = False
        self._file = _CLOSED
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._open()
        except OSError as error:
            raise _not_written(self.path, error) from error

    def _open(self) -> None:
        self._file = os.open(self.path, _OPEN_FLAGS, 0o600)
        self._size = os.fstat(self._file).st_size
        self._turn_at = self._part_bytes
        self._torn = self._ends_torn()

    def _ends_torn(self) -> bool:
        """Tell whether a crash has cut the last line short."""
        if self._size == 0:
            return False
        os.lseek(self._file, -1, os.SEEK_END)
        return os.read(self._file, 1) != b"\n"

    def close(self) -> None:
        """Close the file; nothing can be recorded any more."""
        self._closed = True
        self._close_file()

    def _close_file(self) -> None:
        file, self._file = self._file, _CLOSED
        if file != _CLOSED:
            os.close(file)

    def _write(self, record: dict[str, object]) -> None:
        record["at"] = self._wall_ms()
        data = sealed(record)
        try:
            self._make_room(len(data))
            if self._torn:
                # A line that stands behind a torn one would be lost with it.
                data = b"\n" + data
            written = os.write(self._file, data)
        except OSError as error:
            raise _not_written(self.path, error) from error
        self._size += written
        self._torn = written != len(data)
        if self._torn:
            raise JournalError(
                _("The press ledger {path} took only part of a line: the disk is full.").format(
                    path=self.path
                )
            )

    # --- its size -------------------------------------------------------------------------

    def _make_room(self, more: int) -> None:
        """Begin a new file where the present one is full; have one open in any case."""
        if self._file == _CLOSED and not self._closed:
            self._open()  # it could not be when the last one was full
        if self._size and self._size + more > self._turn_at and self._file != _CLOSED:
            self._turn()

    def _turn(self) -> None:
        """Keep the full file as an older part, and forget the oldest.

        Whoever is killed in between leaves a hole in the numbering and nothing worse: the order of
        the parts holds at every moment, and the next turn fills the hole first.
        """
        self._close_file()
        older = [older_part(self.path, place) for place in range(1, PARTS)]
        hole = next((place for place, part in enumerate(older) if not part.exists()), PARTS - 2)
        chain = [self.path, *older[: hole + 1]]
        turned = True
        try:
            for source, target in reversed(list(pairwise(chain))):
                source.replace(target)
        except OSError as error:
            # Somebody reads it on a system that then lets nobody rename it: better too long a
            # ledger than a press that is refused. It is tried again after as much again.
            _log.warning("ledger not turned", path=str(self.path), error=str(error))
            turned = False
        self._open()
        if not turned:
            self._turn_at = self._size + self._part_bytes

    # --- what is recorded -----------------------------------------------------------------

    def received(self, edge: Received) -> None:
        """Record an edge. Only when this has returned may it be acknowledged."""
        self._write(
            {
                "line": RECEIVED,
                "press": edge.press,
                "birth": edge.birth,
                "sequence": edge.sequence,
                "button": edge.button,
                "pressed": edge.pressed,
                "console_ms": edge.console_ms,
                "age_ms": edge.age_ms,
                "expired": edge.expired,
                "shown": edge.shown,
            }
        )

    def issued(self, press: str | None, number: int, verb: str) -> None:
        """Record a command. Only when this has returned may it leave for the ACD."""
        self._write({"line": ISSUED, "press": press, "command": number, "verb": verb})

    def note(self, code: str, details: dict[str, str]) -> None:
        """Record what changed at the desk, such as its status, and who or what caused it."""
        self._write({"line": NOTE, "press": None, "about": code, "details": details})

    def outcome(self, press: str, outcome: str, why: str) -> None:
        """Record how a press ended."""
        self._write({"line": OUTCOME, "press": press, "outcome": outcome, "why": why})
