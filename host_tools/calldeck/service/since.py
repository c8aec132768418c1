"""Since when something is so, on the loop's clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from calldeck.desk import Status


@dataclass(slots=True)
class Since:
    """When the status was last changed, in milliseconds of the loop's clock."""

    status_ms: float | None = None
    change: tuple[Status, str, str] | None = field(default=None)
    """Status, reason and cause of the last change."""


def age(now_ms: float, since_ms: float | None) -> int | None:
    """Return how long ago something was, None where it never was."""
    return None if since_ms is None else past(now_ms, since_ms)


def past(now_ms: float, since_ms: float) -> int:
    """Return how long ago something was; never less than 0."""
    return max(0, round(now_ms - since_ms))
