"""The account of presses: every press that the console counted is accounted for, or lost.

The console counts press edges itself, across its resets; each edge frame carries that
count. So a press that vanished leaves a hole in the numbers, wherever it was lost.
"""

from dataclasses import dataclass

_ROUND = 1 << 16


@dataclass(frozen=True, slots=True)
class PressCounts:
    """Press edges of one run. `lost` is what no other count explains; it must be 0."""

    sent: int
    delivered: int
    duplicated: int
    reset: int
    overflow: int

    @property
    def lost(self) -> int:
        """Presses counted by the console that neither arrived nor are explained."""
        return self.sent - self.delivered - self.reset - self.overflow


class PressAccount:
    """Follows the console's own count of presses through edges, resets and power cuts."""

    def __init__(self) -> None:
        self._known = False
        self._first = 0  # the console's count before the first press of this run
        self._newest = 0  # the console's count as last told
        self._received = 0  # the console's count at the last press that arrived
        self._earlier_boots = 0  # sent in power-ups that have ended
        self._overflow_base = 0
        self._overflow = 0
        self._overflow_earlier = 0
        self._holes = 0  # presses of this power-up skipped by arrived ones
        self._reset = 0
        self.delivered = 0
        self.duplicated = 0

    def welcome(self, presses: int, overflow: int, *, rebooted: bool) -> None:
        """Take the counts of a welcome; `rebooted` where the console lost its memory."""
        if not self._known:
            self._known = True
            self._first = self._newest = self._received = presses
            self._overflow_base = self._overflow = overflow
            return
        if rebooted and presses < self._newest:
            self._power_was_cut(presses, overflow)
            return
        self.told(presses, overflow)
        if rebooted:
            self._reset_pending()

    def _reset_pending(self) -> None:
        """Count the presses that the console had not got acknowledged when it was reset."""
        missing = self._newest - self._received
        dropped = self._overflow - self._overflow_base - self._holes
        self._reset += missing - dropped
        self._holes += dropped
        self._received = self._newest

    def _power_was_cut(self, presses: int, overflow: int) -> None:
        """Begin a new power-up. What was pending in the last one only the console knew."""
        self._earlier_boots += self._received - self._first
        self._overflow_earlier += self._overflow - self._overflow_base
        self._first = 0
        self._newest = self._received = presses
        self._overflow_base = 0
        self._overflow = overflow
        self._holes = 0

    def told(self, presses: int, overflow: int) -> None:
        """Take the console's newest counts."""
        self._newest = max(self._newest, presses)
        self._overflow = max(self._overflow, overflow)

    def arrived(self, count: int) -> None:
        """Take the count (modulo 2**16) of a press edge as the link accepted it."""
        ahead = (count - self._received) % _ROUND
        if ahead >= _ROUND // 2:
            # Queued before our first hello: it belongs to this run after all.
            self._first = min(self._first, (self._received + ahead - _ROUND) - 1)
            return
        if ahead > 1 and self.delivered:
            self._holes += ahead - 1
        self._received += ahead
        self._newest = max(self._newest, self._received)

    def counts(self) -> PressCounts:
        """Return the account as it stands."""
        return PressCounts(
            sent=self._earlier_boots + self._newest - self._first,
            delivered=self.delivered,
            duplicated=self.duplicated,
            reset=self._reset,
            overflow=self._overflow_earlier + self._overflow - self._overflow_base,
        )


class LapseCount:
    """Leases that ran out on the console during this run, summed over its boots."""

    def __init__(self) -> None:
        self._boot: int | None = None
        self._base = 0
        self._newest = 0
        self._earlier = 0

    def told(self, boot: int, lapses: int) -> None:
        """Take the console's count since its boot `boot`."""
        if self._boot is None:
            # Lapses from before this run are not ours.
            self._base = lapses
        elif boot != self._boot:
            self._earlier += self._newest - self._base
            self._base = 0
        self._boot = boot
        self._newest = lapses

    @property
    def total(self) -> int:
        """Lapses during this run."""
        return self._earlier + self._newest - self._base
