"""Which event was met in which status: by the model check, or never, and then for what reason.

A pair that is both reached and marked impossible is an error, and so is one that is neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.model.grid import NOW
from tests.model.impossible import impossible

from calldeck.desk import (
    AcdLink,
    AgentFact,
    Asked,
    Button,
    CommandResult,
    ConsoleLink,
    ContactMarked,
    DeadlinePassed,
    Desk,
    Edge,
    EdgesCancelled,
    EquipmentFault,
    Event,
    ForcedAcknowledged,
    Gesture,
    Held,
    HelpAcknowledged,
    MicrophoneChanged,
    Outcome,
    PressEnded,
    QueueFact,
    Status,
    SystemMicrophone,
    presses,
    table,
)

UNCONFIRMED = "unconfirmed"
"""The ACD is away, or has not told the status since: what the desk holds is of no account."""
ROWS = (*(status.value for status in Status), UNCONFIRMED)

_SIMPLE: dict[type[object], str] = {
    PressEnded: "edge expired",
    EdgesCancelled: "edges cancelled",
    Held: "held told",
    MicrophoneChanged: "microphone told",
    SystemMicrophone: "system microphone told",
    ContactMarked: "contact marked",
    ForcedAcknowledged: "forced acknowledged",
    HelpAcknowledged: "help acknowledged",
    QueueFact: "queue told",
}
_DEADLINES = (
    "feedback over",
    "tap acts alone",
    "choice over",
    "mute settles",
    "hold reminder",
    "mute reminder",
    "guard over",
)
COLUMNS = (
    *(f"gesture {gesture.value}" for gesture in Gesture),
    *(f"{what} {button.name}" for what in ("press", "release") for button in Button),
    *(f"fact {status.value}" for status in Status),
    *(f"command {outcome.value}" for outcome in Outcome),
    "answer to nothing",
    "ACD lost",
    "ACD back",
    "console lost",
    "console back",
    "equipment fails",
    "equipment works",
    *(f"request {verb.value}" for verb in table.REQUESTS),
    *_SIMPLE.values(),
    *_DEADLINES,
)


class Coverage:
    """Counts in how many different states of the desk each event was met, by status."""

    def __init__(self) -> None:
        self.met: Counter[tuple[str, str]] = Counter()

    def seen(self, desk: Desk, event: Event) -> None:
        """Note that a desk takes an event."""
        for column in _columns(desk, event):
            self.met[row_of(desk), column] += 1

    @contextmanager
    def watching_gestures(self) -> Iterator[None]:
        """Note each gesture that nothing forbids, on its way to the desk's table."""
        plain = presses.act

        def act(desk: Desk, gesture: Gesture, *rest: Any) -> Any:
            self.met[row_of(desk), f"gesture {gesture.value}"] += 1
            return plain(desk, gesture, *rest)

        presses.act = act
        try:
            yield
        finally:
            presses.act = plain

    def gaps(self) -> list[str]:
        """Return what is wrong: neither reached nor impossible, or both."""
        wrong = []
        for row in ROWS:
            for column in COLUMNS:
                why, count = impossible(row, column), self.met[row, column]
                if count and why:
                    wrong.append(f"{row} x {column}: reached {count} times, said to be impossible")
                elif not count and not why:
                    wrong.append(f"{row} x {column}: not reached, and nobody says why")
        unknown = {column for _, column in self.met} - set(COLUMNS)
        return wrong + [f"{column}: no column of the table" for column in sorted(unknown)]

    def table(self) -> str:
        """Return the whole table: a count, or a letter for the reason why there is none."""
        reasons: dict[str, str] = {}
        lines = [f"{'':28}" + "".join(f"{row[:9]:>11}" for row in ROWS)]
        for column in COLUMNS:
            cells = []
            for row in ROWS:
                why = impossible(row, column)
                if why:
                    letter = reasons.setdefault(why, chr(ord("a") + len(reasons)))
                cells.append(f"{letter if why else self.met[row, column]:>11}")
            lines.append(f"{column:28}" + "".join(cells))
        lines.append("")
        lines += [f"  {letter}: {why}" for why, letter in reasons.items()]
        return "\n".join(lines)


def row_of(desk: Desk) -> str:
    """Return the row of a desk."""
    return desk.status.value if desk.confirmed else UNCONFIRMED


def _columns(desk: Desk, event: Event) -> list[str]:
    match event:
        case Edge():
            return [f"{'press' if event.pressed else 'release'} {event.button.name}"]
        case AgentFact():
            return [f"fact {event.status.value}"]
        case Asked():
            return [f"request {event.verb.value}"]
        case CommandResult():
            waits = any(wish.number == event.number for wish in desk.wishes)
            return [f"command {event.outcome.value}" if waits else "answer to nothing"]
        case AcdLink(up):
            lost = ["ACD lost", *(["command unknown"] if desk.wishes else [])]
            return ["ACD back"] if up else lost
        case ConsoleLink(up):
            return ["console back" if up else "console lost"]
        case EquipmentFault(_, present):
            return ["equipment fails" if present else "equipment works"]
        case DeadlinePassed():
            return list(_deadlines(desk))
        case _:
            return [_SIMPLE[type(event)]]


def _deadlines(desk: Desk) -> Iterator[str]:
    """Name what is due at a desk."""
    times = (
        ("feedback over", desk.feedback and desk.feedback.until_ms),
        ("tap acts alone", desk.tap and desk.tap.until_ms),
        ("choice over", desk.choice and desk.choice.until_ms),
        ("mute settles", desk.mute_settles_at),
        ("hold reminder", desk.hold_reminder_at),
        ("mute reminder", desk.mute_reminder_at),
        ("guard over", desk.guard_ends_at),
    )
    yield from (name for name, at_ms in times if at_ms is not None and at_ms <= NOW)
    if any(wish.deadline_ms <= NOW for wish in desk.wishes):
        yield "command timed_out"
