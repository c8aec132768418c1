"""Pairs of status and event that cannot be, and why: the other half of the coverage table."""

from __future__ import annotations

from collections.abc import Mapping

_CALM = ("logged_out", "not_ready", "available", "after_call_work")
_UNCONFIRMED = ("unconfirmed",)
_CONFIRMED = (*_CALM, "ringing", "talking", "held")
_OF_BUTTONS = (
    "gesture hold_press",
    "gesture status_tap",
    "gesture status_double_tap",
    "gesture status_long_press",
    "gesture status_longest_press",
    "gesture assist_tap",
    "gesture assist_long_press",
)

_REASONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "while nothing is confirmed a press is refused before it is a gesture",
        _UNCONFIRMED,
        _OF_BUTTONS,
    ),
    (
        "each tap acts at once here: only after-call work has a double tap",
        ("logged_out", "not_ready", "available", "ringing", "talking", "held"),
        ("gesture status_double_tap",),
    ),
    (
        "the ACD is back only after it was lost: nothing is confirmed then",
        _CONFIRMED,
        ("ACD back",),
    ),
    (
        "the loss of the ACD has ended every command as unknown",
        _UNCONFIRMED,
        ("command confirmed", "command denied", "command timed_out", "command unknown"),
    ),
    (
        "an ACD that is back tells its truth before it answers anything",
        _UNCONFIRMED,
        ("answer to nothing",),
    ),
    (
        "the reminder runs only while a call is held",
        (*_CALM, "ringing", "talking"),
        ("hold reminder",),
    ),
    (
        "the reminder runs only while the agent talks, and is muted",
        (*_CALM, "ringing", "held", *_UNCONFIRMED),
        ("mute reminder",),
    ),
    ("a guard ends with its call", _CALM, ("guard over",)),
    ("the loss of the ACD ends the guard", _UNCONFIRMED, ("guard over",)),
    ("nobody is there to choose: a choice ends with the status", ("logged_out",), ("choice over",)),
    ("the loss of the ACD ends a choice", _UNCONFIRMED, ("choice over",)),
    ("the loss of the ACD ends the wait for its mute", _UNCONFIRMED, ("mute settles",)),
)

IMPOSSIBLE: Mapping[tuple[str, str], str] = {
    (row, column): why for why, rows, columns in _REASONS for row in rows for column in columns
}
"""By (status, event)."""


def impossible(row: str, column: str) -> str | None:
    """Return why an event is never met in a status; None where it can be."""
    return IMPOSSIBLE.get((row, column))
