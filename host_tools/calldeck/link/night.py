"""Whether it is night for the lamps, by the clock of this computer."""

import asyncio
import time
from collections.abc import Callable

from calldeck.config.night import NightHours

_MINUTE_MS = 60_000


class NightWatch:
    """Looks at the clock each minute, and calls `changed` when night falls or ends.

    Not once for the whole night: a clock may be set, and a computer sleeps. hours: None for no
    night at all. wall_ms: wall-clock time in ms, injected.
    """

    def __init__(
        self, hours: NightHours | None, wall_ms: Callable[[], int], changed: Callable[[], None]
    ) -> None:
        self._hours = hours
        self._wall_ms = wall_ms
        self._changed = changed
        self._timer: asyncio.TimerHandle | None = None
        self.is_night = self._look()

    def start(self) -> None:
        """Look from now on."""
        if self._hours is not None and self._timer is None:
            self._arm()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        wait_ms = _MINUTE_MS - self._wall_ms() % _MINUTE_MS
        self._timer = asyncio.get_running_loop().call_later(wait_ms / 1000, self._on_minute)

    def _on_minute(self) -> None:
        self._arm()
        before, self.is_night = self.is_night, self._look()
        if self.is_night != before:
            self._changed()

    def _look(self) -> bool:
        if self._hours is None:
            return False
        local = time.localtime(self._wall_ms() / 1000)
        return self._hours.holds(local.tm_hour * 60 + local.tm_min)
