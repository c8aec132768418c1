"""What an earlier daemon left in the ledger: the edges it saw, and the presses without an end."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calldeck.errors import JournalError
from calldeck.journal.lines import ISSUED, OUTCOME, RECEIVED, Received, parts, received_of, unsealed
from calldeck.text import translate as _

# What a new daemon reads of the old one's ledger: far more than 64 edges can have pending.
_TAIL_BYTES = 1 << 20

# Sequence numbers run on a ring.
_SEQUENCE_MODULUS = 1 << 30


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
    received: dict[str, tuple[Received, int]] = {}
    issued: set[str] = set()
    ended: set[str] = set()
    for record in _newest(path):
        press = str(record.get("press") or "")
        if record["line"] == RECEIVED:
            edge = received_of(record)
            if edge is not None:
                received[edge.press] = (edge, record["at"])
        elif record["line"] == ISSUED and press:
            issued.add(press)
        elif record["line"] == OUTCOME:
            ended.add(press)
    edges = [edge for edge, _at in received.values()]
    pending = []
    for place, edge in enumerate(edges):
        if edge.press not in ended:
            released = release_of(edge, edges[place + 1 :])
            last = edge if released is None else released
            pending.append(OpenPress(edge, received[last.press][1], edge.press in issued, released))
    return Recovery([(edge.birth, edge.sequence) for edge in edges], pending, ended)


def release_of(press: Received, later: list[Received]) -> Received | None:
    """Return the release that belongs to a press: the next edge of its button, if it is one.

    Numbers start again when the console loses its memory: a smaller one is of another life.
    """
    following = next((edge for edge in later if edge.button == press.button), None)
    if not press.pressed or following is None or following.pressed:
        return None
    ahead = (following.sequence - press.sequence) % _SEQUENCE_MODULUS
    return following if ahead < _SEQUENCE_MODULUS // 2 else None


def not_read(path: Path, error: OSError) -> JournalError:
    """Say that a ledger cannot be read, and what to do."""
    return JournalError(
        _(
            "The press ledger {path} cannot be read: {why}. Move it away, or name another "
            "folder in the configuration ([journal] folder)."
        ).format(path=path, why=error.strerror or error)
    )


def _newest(path: Path) -> Iterator[dict[str, Any]]:
    """Give the whole lines of the end of a ledger, across its parts, the oldest first."""
    left = _TAIL_BYTES
    tails: list[list[bytes]] = []
    for part in reversed(parts(path)):
        if left <= 0:
            break
        lines, taken = _tail(part, left)
        tails.append(lines)
        left -= taken
    for lines in reversed(tails):
        for line in lines:
            record = unsealed(line)
            if record is not None:
                yield record


def _tail(path: Path, limit: int) -> tuple[list[bytes], int]:
    """Return the lines of the last `limit` bytes of a file, and how many bytes those are."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            start = max(0, file.tell() - limit)
            file.seek(start)
            data = file.read(limit)
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise not_read(path, error) from error
    lines = data.split(b"\n")
    return (lines[1:] if start else lines), len(data)
