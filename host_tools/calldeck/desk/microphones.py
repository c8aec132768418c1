"""What is known of the microphone: by console, operating system and ACD, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique


@dataclass(frozen=True, slots=True)
class ConsoleMicrophone:
    """The console's own truth about its microphone, as told at `since_ms` of the host's time."""

    muted: bool
    counter: int
    cause: str
    since_ms: int = 0


@dataclass(frozen=True, slots=True)
class Truth:
    """What one of the others says: muted, open, or None where it does not know.

    `since_ms`: when it last told something else. `tracked`: it has known before, so that not to
    know any more is news.
    """

    muted: bool | None
    since_ms: int = 0
    tracked: bool = False

    def told(self, muted: bool | None, now_ms: int) -> Truth:
        """Return what is known when it is told anew."""
        if muted is self.muted and self is not NEVER_TOLD:
            return self
        return Truth(muted, now_ms, self.tracked or muted is not None)


NEVER_TOLD = Truth(None)


@unique
class Agreement(StrEnum):
    """What the truths come to together."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNKNOWN = "unknown"
    """One that has known does not know any more, or there are no two to compare."""


def agreement(console: ConsoleMicrophone | None, *others: Truth) -> Agreement:
    """Compare what is known: the console's, the operating system's, the ACD's."""
    known = {other.muted for other in others if other.muted is not None}
    if console is None or not known:
        return Agreement.UNKNOWN
    if known != {console.muted}:
        return Agreement.DISAGREE
    return Agreement.UNKNOWN if _lost(others) else Agreement.AGREE


def calls_for_agent(console: ConsoleMicrophone | None, *others: Truth) -> bool:
    """Tell whether they differ, or one that has known does not know any more."""
    if console is None:
        return False  # then there are no lamps to call by
    if any(other.muted is not None and other.muted != console.muted for other in others):
        return True
    return _lost(others)


def _lost(others: tuple[Truth, ...]) -> bool:
    return any(other.tracked and other.muted is None for other in others)
