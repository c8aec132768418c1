"""The rules an employer sets for one desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from calldeck.desk.terms import Headset

QUEUE_LAMPS = 5
REASONS = ("break", "lunch", "back-office", "training", "meeting")
DISPOSITIONS = ("resolved", "callback", "escalated", "information", "wrong-number")


@dataclass(frozen=True, slots=True)
class GestureTimes:
    """How long is long, in milliseconds of the console's time.

    Raises ValueError when a value makes no sense, naming the value.
    """

    double_tap_ms: int = 300
    """The second tap of two begins so soon after the first has ended."""
    long_press_ms: int = 600
    logout_press_ms: int = 3000
    emergency_press_ms: int = 2000

    def __post_init__(self) -> None:
        for name in ("double_tap_ms", "long_press_ms", "emergency_press_ms"):
            value: int = getattr(self, name)
            if value <= 0:
                raise ValueError(f"{name} is {value}: it must be more than 0 ms")
        if self.logout_press_ms <= self.long_press_ms:
            raise ValueError(
                f"logout_press_ms is {self.logout_press_ms}: it must be more than"
                f" long_press_ms, which is {self.long_press_ms}"
            )


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of one desk; times in milliseconds.

    Raises ValueError when a value makes no sense, naming the value.
    """

    agent: str
    """Login id of the agent who is logged in at the start, if anybody is."""
    refusal_ms: int = 2000
    command_timeout_ms: int = 3000
    press_expiry_ms: int = 1500
    """A press older than this reaches no desk to act; a guard is remembered for so long."""
    queue_thresholds: tuple[int, ...] = (1, 2, 4, 6, 9)
    """Callers waiting from which queue lamp 1, 2, ... 5 is lit."""
    not_ready_reason: str = "unspecified"
    """Reason given when the agent has not chosen one."""
    reasons: tuple[str, ...] = REASONS
    """Reasons for not ready; the first five can be chosen with STATUS, all of them on the page."""
    dispositions: tuple[str, ...] = DISPOSITIONS
    login_at_start: bool = True
    headset: Headset = Headset.INLINE
    hold_reminder_ms: int = 60_000
    """A customer held longer than this makes the hold lamp go fast."""
    mute_reminder_ms: int = 30_000
    """An agent muted longer than this in a call is reminded of HOLD."""
    arrival_guard_ms: int = 1500
    """So long after a call has come, STATUS and HOLD do nothing; 0: no guard."""
    choice_ms: int = 5000
    """A choice that is not confirmed by then is cancelled."""
    gestures: GestureTimes = field(default_factory=GestureTimes)

    def __post_init__(self) -> None:
        if not self.agent:
            raise ValueError("agent is empty: name the agent's login id")
        for name in (
            "refusal_ms",
            "command_timeout_ms",
            "press_expiry_ms",
            "hold_reminder_ms",
            "mute_reminder_ms",
            "choice_ms",
        ):
            value: int = getattr(self, name)
            if value <= 0:
                raise ValueError(f"{name} is {value}: it must be more than 0 ms")
        if self.choice_ms < self.gestures.logout_press_ms:
            raise ValueError(
                f"choice_ms is {self.choice_ms}: it must be no less than logout_press_ms, which is"
                f" {self.gestures.logout_press_ms}"
            )
        if self.arrival_guard_ms < 0:
            raise ValueError(f"arrival_guard_ms is {self.arrival_guard_ms}: it cannot be below 0")
        steps = self.queue_thresholds
        rising = all(low < high for low, high in pairwise(steps))
        if len(steps) != QUEUE_LAMPS or steps[0] < 1 or not rising:
            raise ValueError(
                f"queue_thresholds is {list(steps)}: give {QUEUE_LAMPS} rising numbers from 1 up"
            )

    @property
    def reasons_on_console(self) -> int:
        """How many reasons STATUS can choose: one for each lamp of the queue bar at the most."""
        return min(len(self.reasons), QUEUE_LAMPS)
