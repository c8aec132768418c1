"""The rules an employer sets for one desk."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from calldeck.desk.terms import Headset

QUEUE_LAMPS = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of one desk; times in milliseconds.

    Raises ValueError when a value makes no sense, naming the value.
    """

    agent: str
    """Login id of the agent who is logged in at the start, if anybody is."""
    refusal_ms: int = 2000
    command_timeout_ms: int = 3000
    queue_thresholds: tuple[int, ...] = (1, 2, 4, 6, 9)
    """Callers waiting from which queue lamp 1, 2, ... 5 is lit."""
    not_ready_reason: str = "unspecified"
    """Reason given when the agent has not chosen one."""
    login_at_start: bool = True
    headset: Headset = Headset.INLINE
    hold_reminder_ms: int = 60_000
    """A customer held longer than this makes the hold lamp go fast."""

    def __post_init__(self) -> None:
        if not self.agent:
            raise ValueError("agent is empty: name the agent's login id")
        for name in ("refusal_ms", "command_timeout_ms", "hold_reminder_ms"):
            value: int = getattr(self, name)
            if value <= 0:
                raise ValueError(f"{name} is {value}: it must be more than 0 ms")
        steps = self.queue_thresholds
        rising = all(low < high for low, high in pairwise(steps))
        if len(steps) != QUEUE_LAMPS or steps[0] < 1 or not rising:
            raise ValueError(
                f"queue_thresholds is {list(steps)}: give {QUEUE_LAMPS} rising numbers from 1 up"
            )
