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
    """Follows the console's own count of presses through edges, resets and power cuts.

    `delivered` and `duplicated` are counted by the room above, where the presses arrive.
    """

    def __init__(self) -> None:
        self._earlier = PressCounts(0, 0, 0, 0, 0)  # of power-ups that have ended
        self.delivered = 0
        self.duplicated = 0
        self._known = False
        self._begin(0, 0)

    def _begin(self, presses: int, dropped: int) -> None:
        """Begin a power-up in which the console has counted so many presses before this run."""
        self._first = presses  # the console's count before the first press of this run
        self._newest = presses  # the console's count as last told
        self._received = presses  # the console's count at the last press arrived or given up
        self._dropped_before = dropped
        self._dropped = dropped  # by a full queue, as last told
        self._skipped = 0  # by a full queue, as seen in the edges that came behind them
        self._reset = 0

    def welcome(
        self, presses: int, overflow: int, *, rebooted: bool, counting_anew: bool = False
    ) -> None:
        """Take the counts of a welcome.

        rebooted: the console lost its memory. counting_anew: and its counters too, or it
        is another console.
        """
        if not self._known:
            self._known = True
            self._begin(presses, overflow)
        elif rebooted and (counting_anew or presses < self._newest):
            # What was pending beyond the counts told to us, only the console knew.
            self._give_up_pending()
            self._earlier = self.counts()
            self._begin(presses, overflow)
        else:
            self.told(presses, overflow)
            if rebooted:
                self._give_up_pending()

    def _missing(self) -> int:
        """Return the presses of this power-up that did not arrive and no reset explains."""
        delivered = self.delivered - self._earlier.delivered
        return self._newest - self._first - delivered - self._reset

    def _overflow(self) -> int:
        # The queue may also drop a press that had arrived, where our acknowledgement was
        # lost: that one is delivered, and of the dropped ones only the missing count.
        dropped = max(self._dropped - self._dropped_before, self._skipped)
        return max(0, min(dropped, self._missing()))

    def _give_up_pending(self) -> None:
        """Count the presses that the console had not got acknowledged when it was reset."""
        pending = self._newest - self._received
        overflow = self._overflow()
        holes = self._missing() - pending
        self._reset += pending - min(pending, max(0, overflow - holes))
        self._received = self._newest
        # Drops of presses that had arrived explain nothing that may go missing later.
        self._dropped_before = self._dropped - overflow
        self._skipped = 0

    def told(self, presses: int, overflow: int) -> None:
        """Take the console's newest counts."""
        self._newest = max(self._newest, presses)
        self._dropped = max(self._dropped, overflow)

    def arrived(self, count: int, *, after_drops: bool = False) -> None:
        """Take the count (modulo 2**16) of a press edge that has just arrived.

        after_drops: it said that edges before it, which had not arrived, are in no queue any more.
        The console's own count of those may be lost in a power cut before it is told.
        """
        behind = (self._received - count) % _ROUND
        if behind < _ROUND // 2:
            before = self._received - behind - 1
            if before < self._first:
                # Queued before our first hello was answered: it belongs to this run after all, and
                # those between it and the count we were told are still to come.
                self._first = before
                self._received = before + 1
            else:
                # Made after the reset, before the welcome that told of both.
                self._reset = max(0, self._reset - 1)
            return
        step = _ROUND - behind
        if after_drops:
            self._skipped += step - 1
        self._received += step
        self._newest = max(self._newest, self._received)

    def counts(self) -> PressCounts:
        """Return the account as it stands."""
        return PressCounts(
            sent=self._earlier.sent + self._newest - self._first,
            delivered=self.delivered,
            duplicated=self.duplicated,
            reset=self._earlier.reset + self._reset,
            overflow=self._earlier.overflow + self._overflow(),
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
