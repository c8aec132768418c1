"""Wrong PINs: whoever has had five of them waits, and twice as long after each further one.

Pure: time is passed in, in seconds on a clock that never goes back.
"""

from collections import OrderedDict
from dataclasses import dataclass

FREE_FAILURES = 4
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 24 * 3600.0
FORGET_S = 24 * 3600.0
"""A failure this long ago counts no more."""
REMEMBERED = 1000
"""Ids kept in mind; who tries more of them at random is slowed by the check itself."""


@dataclass(slots=True)
class _Record:
    failures: int = 0
    last_s: float = 0.0
    until_s: float = 0.0


class Attempts:
    """Counts failures for each login id."""

    def __init__(self) -> None:
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def locked_for_s(self, agent: str, now_s: float) -> float:
        """Return how long this id still has to wait; 0 when it may try."""
        record = self._records.get(agent)
        return max(0.0, record.until_s - now_s) if record is not None else 0.0

    def failed(self, agent: str, now_s: float) -> None:
        """Count a failure of an id that was allowed to try."""
        record = self._records.setdefault(agent, _Record())
        self._records.move_to_end(agent)
        if now_s - max(record.last_s, record.until_s) > FORGET_S:
            record.failures = 0
        record.failures += 1
        record.last_s = now_s
        over = record.failures - FREE_FAILURES
        if over > 0:
            # Bounded before it is raised: a float ends somewhere.
            wait_s = FIRST_WAIT_S * 2.0 ** min(over - 1, 20)
            record.until_s = now_s + min(wait_s, LONGEST_WAIT_S)
        self._forget_some(now_s)

    def succeeded(self, agent: str) -> None:
        """Forget the failures of an id that has shown its PIN."""
        self._records.pop(agent, None)

    def _forget_some(self, now_s: float) -> None:
        """Keep memory bounded: who is locked goes last, and before them who has failed most.

        Of equals the oldest goes. Otherwise a few made-up ids would wipe out what is known of one.
        """
        while len(self._records) > REMEMBERED:
            records = self._records
            worth = {n: (one.until_s > now_s, one.failures) for n, one in records.items()}
            records.pop(min(worth, key=worth.__getitem__))
