"""The press ledger: every edge is on record before the console forgets it.

An append-only file of JSON lines, written with plain `write()` calls: what a line says
survives the death of this program (not of the machine). In this order (DESIGN.md
decision 5): `received` before the console's acknowledgement, `issued` before the ACD
gets its bytes, `outcome` after. Times are wall-clock milliseconds, for reading across
restarts. No line holds a caller's number.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from calldeck.errors import JournalError
from calldeck.text import translate as _

FILE_NAME = "presses.jsonl"
# What a new daemon reads of the old one's ledger: far more than 64 edges can have pending.
_TAIL_BYTES = 1 << 20
# Windows would otherwise write two bytes for each end of a line.
_OPEN_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)

# Sequence numbers run on a ring.
_SEQUENCE_MODULUS = 1 << 30

_CLOSED = -1

RECEIVED = "received"
ISSUED = "issued"
OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Received:
    """One edge as it reached the desk.

    shown: what the displayed lamp state meant (status, call, pending), None for nothing
    that may be acted on. age_ms: on arrival; expired edges are never acted on.
    """

    birth: int
    sequence: int
    button: str
    pressed: bool
    console_ms: int
    age_ms: int
    expired: bool
    shown: Mapping[str, str | None] | None

    @property
    def press(self) -> str:
        """The edge's name in the ledger, unique for ever."""
        return press_id(self.birth, self.sequence)


# What a line must hold to be an edge, by the JSON types that Python makes.
_KINDS: Mapping[str, tuple[type, ...]] = {
    "birth": (int,),
    "sequence": (int,),
    "button": (str,),
    "pressed": (bool,),
    "console_ms": (int,),
    "age_ms": (int,),
    "expired": (bool,),
    "shown": (dict, type(None)),
}


def press_id(birth: int, sequence: int) -> str:
    """Return the ledger's name of an edge."""
    return f"{birth:08x}-{sequence}"


def _not_written(path: Path, error: OSError) -> JournalError:
    return JournalError(
        _(
            "The press ledger {path} cannot be written: {why}. Free some space or name another "
            "folder in the configuration ([journal] folder)."
        ).format(path=path, why=error.strerror or error)
    )


class Ledger:
    """Appends to one ledger file.

    wall_ms: wall-clock time in ms, injected. Raises JournalError where the file cannot
    be opened or written, naming it.
    """

    def __init__(self, folder: Path, wall_ms: Callable[[], int]) -> None:
        self.path = folder / FILE_NAME
        self._wall_ms = wall_ms
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, _OPEN_FLAGS, 0o600)
            self._torn = self._ends_torn()
        except OSError as error:
            raise _not_written(self.path, error) from error

    def _ends_torn(self) -> bool:
        """Tell whether a crash has cut the last line short."""
        if os.fstat(self._file).st_size == 0:
            return False
        os.lseek(self._file, -1, os.SEEK_END)
        return os.read(self._file, 1) != b"\n"

    def close(self) -> None:
        """Close the file; nothing can be recorded any more."""
        file, self._file = self._file, _CLOSED
        if file != _CLOSED:
            os.close(file)

    def _write(self, line: dict[str, object]) -> None:
        line["at"] = self._wall_ms()
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        if self._torn:
            # A line that stands behind a torn one would be lost with it.
            data = b"\n" + data
        try:
            written = os.write(self._file, data)
        except OSError as error:
            raise _not_written(self.path, error) from error
        self._torn = written != len(data)
        if self._torn:
            raise JournalError(
                _("The press ledger {path} took only part of a line: the disk is full.").format(
                    path=self.path
                )
            )

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

    def outcome(self, press: str, outcome: str, why: str) -> None:
        """Record how a press ended."""
        self._write({"line": OUTCOME, "press": press, "outcome": outcome, "why": why})


@dataclass(frozen=True, slots=True)
class OpenPress:
    """An edge of an earlier daemon that has no outcome; `issued` where its command left.

    released: the release of a press. at_ms: when the last of the two was put on record.
    """

    received: Received
    at_ms: int
    issued: bool
    released: Received | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """What an earlier daemon left.

    seen: the edges it had put on record, as (birth, sequence). open: those without an
    outcome. ended: the ids of those that have one.
    """

    seen: list[tuple[int, int]]
    open: list[OpenPress]
    ended: set[str]


def recover(path: Path) -> Recovery:
    """Read the end of a ledger; an absent one is an empty one, damaged lines are passed over."""
    seen: list[tuple[int, int]] = []
    received: dict[str, tuple[Received, int]] = {}
    issued: set[str] = set()
    ended: set[str] = set()
    for line in _lines(path):
        press = str(line.get("press") or "")
        if line["line"] == RECEIVED:
            edge = _received(line)
            if edge is None:
                continue
            seen.append((edge.birth, edge.sequence))
            received[edge.press] = (edge, line["at"])
        elif line["line"] == ISSUED and press:
            issued.add(press)
        elif line["line"] == OUTCOME:
            ended.add(press)
    pending = []
    for press, (edge, at_ms) in received.items():
        if press not in ended:
            later = [other for other, _at in received.values()]
            later = later[later.index(edge) + 1 :]
            released = _release_of(edge, later)
            last_ms = at_ms if released is None else received[released.press][1]
            pending.append(OpenPress(edge, last_ms, press in issued, released))
    return Recovery(seen, pending, ended)


def _release_of(press: Received, later: list[Received]) -> Received | None:
    """Return the release that belongs to a press: the next edge of its button, if it is one.

    Numbers start again when the console loses its memory: a smaller one is of another life.
    """
    following = next((edge for edge in later if edge.button == press.button), None)
    if not press.pressed or following is None or following.pressed:
        return None
    ahead = (following.sequence - press.sequence) % _SEQUENCE_MODULUS
    return following if ahead < _SEQUENCE_MODULUS // 2 else None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            start = max(0, file.tell() - _TAIL_BYTES)
            file.seek(start)
            data = file.read()
    except FileNotFoundError:
        return
    except OSError as error:
        raise JournalError(
            _(
                "The press ledger {path} cannot be read: {why}. Move it away, or name another "
                "folder in the configuration ([journal] folder)."
            ).format(path=path, why=error.strerror or error)
        ) from error
    lines = data.split(b"\n")
    for line in lines[1:] if start else lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict) and "line" in record and isinstance(record.get("at"), int):
            yield record


def _received(line: dict[str, Any]) -> Received | None:
    """Return the edge of a line, None where the line is not whole."""
    values = {field.name: line.get(field.name) for field in fields(Received)}
    for name, kinds in _KINDS.items():
        if type(values[name]) not in kinds:
            return None
    return Received(**values)  # type: ignore[arg-type]
