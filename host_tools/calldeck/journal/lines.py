"""The lines of the press ledger: what stands in one, and how a damaged one is known.

A line is a JSON object whose last key, `check`, is the CRC-32 of the text before it, so that a
line that was cut short or changed on the disk is told from a whole one, whatever is left of it.
"""

import json
from binascii import crc32
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

FILE_NAME = "presses.jsonl"
PARTS = 4
"""Files that a ledger is kept in: the one that is written, and what went before."""

RECEIVED = "received"
ISSUED = "issued"
OUTCOME = "outcome"
NOTE = "note"

_encode = json.JSONEncoder(separators=(",", ":")).encode
_SEAL = ',"check":"%08x"}'
_SEAL_BYTES = len(_SEAL % 0)


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


def sealed(record: Mapping[str, object]) -> bytes:
    """Return the line of a record, with its check and its end."""
    body = _encode(record)[:-1]
    return (body + _SEAL % crc32(body.encode()) + "\n").encode()


def unsealed(line: bytes) -> dict[str, Any] | None:
    """Return the record of a line without its end, None where the line is not whole."""
    body, seal = line[:-_SEAL_BYTES], line[-_SEAL_BYTES:]
    if seal != (_SEAL % crc32(body)).encode():
        return None
    try:
        record = json.loads(body + b"}")
    except (ValueError, RecursionError):
        return None
    if isinstance(record, dict) and "line" in record and isinstance(record.get("at"), int):
        return record
    return None


def received_of(record: Mapping[str, Any]) -> Received | None:
    """Return the edge of a record, None where it holds none."""
    values = {field.name: record.get(field.name) for field in fields(Received)}
    for name, kinds in _KINDS.items():
        if type(values[name]) not in kinds:
            return None
    return Received(**values)  # type: ignore[arg-type]


def older_part(path: Path, place: int) -> Path:
    """Return the file of what went before: 1 just before the file that is written, then 2, ..."""
    return path.with_suffix(f".{place}{path.suffix}")


def parts(path: Path) -> list[Path]:
    """Return the files of a ledger that are there, the oldest first."""
    older = [older_part(path, place) for place in range(PARTS - 1, 0, -1)]
    return [part for part in (*older, path) if part.exists()]
