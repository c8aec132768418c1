"""The press ledger for a person: is it whole, and what became of each press."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calldeck.journal.lines import (
    ISSUED,
    NOTE,
    OUTCOME,
    RECEIVED,
    Received,
    parts,
    received_of,
    unsealed,
)
from calldeck.journal.recovery import not_read


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a ledger. damaged: the numbers of the lines that are not whole, from 1.

    torn: the last line has no end: a crash or a full disk cut it short.
    """

    path: Path
    lines: int
    damaged: tuple[int, ...]
    torn: bool


@dataclass(slots=True)
class Press:
    """A press and what became of it. at_ms: wall clock. outcome: empty where none is on record.

    verbs: the commands that left for it, in order.
    """

    at_ms: int
    edge: Received
    verbs: list[str] = field(default_factory=list)
    outcome: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A change of the agent's status. at_ms: wall clock; cause: who or what brought it.

    forced: the agent had to acknowledge it.
    """

    at_ms: int
    before: str
    after: str
    reason: str
    cause: str
    forced: bool


@dataclass(frozen=True, slots=True)
class Review:
    """A ledger read from its first line to its last; the oldest first."""

    parts: tuple[Part, ...]
    presses: tuple[Press, ...]
    changes: tuple[StatusChange, ...]

    @property
    def damaged(self) -> int:
        """How many lines are not whole, torn ones among them."""
        return sum(len(part.damaged) for part in self.parts)


def review(path: Path) -> Review:
    """Read all parts of a ledger, line by line. Raises JournalError where one cannot be read.

    A second `received` of the same edge is none of a second press: the first one counts.
    """
    presses: dict[str, Press] = {}
    changes: list[StatusChange] = []
    found = [_read(part, presses, changes) for part in parts(path)]
    shown = (press for press in presses.values() if press.edge.pressed)
    return Review(tuple(found), tuple(shown), tuple(changes))


def _read(path: Path, presses: dict[str, Press], changes: list[StatusChange]) -> Part:
    count, damaged, torn = 0, [], False
    try:
        for count, line in enumerate(_lines(path), start=1):
            torn = not line.endswith(b"\n")
            if line == b"\n":
                continue  # the end of a torn line, put there before the next one
            record = unsealed(line.rstrip(b"\n"))
            if record is None:
                damaged.append(count)
            elif record["line"] == NOTE:
                changes += _status_change(record)
            else:
                _take(record, presses)
    except OSError as error:
        raise not_read(path, error) from error
    return Part(path, count, tuple(damaged), torn)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _status_change(record: dict[str, Any]) -> Iterator[StatusChange]:
    """Give the change of status that a note tells of, where it tells of one."""
    details = record.get("details")
    if record.get("about") != "status" or not isinstance(details, dict):
        return
    told = {key: str(details.get(key, "")) for key in ("from", "to", "reason", "cause", "forced")}
    yield StatusChange(
        record["at"],
        told["from"],
        told["to"],
        told["reason"],
        told["cause"],
        told["forced"] == str(True),
    )


def _take(record: dict[str, Any], presses: dict[str, Press]) -> None:
    name = str(record.get("press") or "")
    if record["line"] == RECEIVED:
        edge = received_of(record)
        if edge is not None:
            presses.setdefault(edge.press, Press(record["at"], edge))
    elif name in presses and record["line"] == ISSUED:
        presses[name].verbs.append(str(record.get("verb", "")))
    elif name in presses and record["line"] == OUTCOME:
        presses[name].outcome = str(record.get("outcome", ""))
        presses[name].why = str(record.get("why", ""))
