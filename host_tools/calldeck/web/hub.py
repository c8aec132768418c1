"""Events for everybody who listens: told in order, and kept for those who come back."""

import asyncio
import re
from collections import deque
from dataclasses import dataclass

KEPT_EVENTS = 1024
WOKEN_AT_ONCE = 4
"""Listeners woken in one turn of the event loop: the same loop carries the agent's presses."""
BETWEEN_TURNS_S = 0.001

_ID = re.compile(r"([A-Za-z0-9_-]{1,64})\.([1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event. `frame`: as it goes over the wire, made once for all who listen."""

    number: int
    kind: str
    frame: bytes


def frame(kind: str, data: str, event_id: str = "") -> bytes:
    """Write an event of a stream of server-sent events; `data` is one line."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {kind}\ndata: {data}\n\n".encode()


class EventHub:
    """The last events of this daemon, and a way to wait for the next.

    run: a word that no other daemon has; an id of another daemon's event means nothing here. kept:
    how many events can be told again.
    """

    def __init__(self, run: str, kept: int = KEPT_EVENTS) -> None:
        self.run = run
        self._kept: deque[StreamEvent] = deque(maxlen=kept)
        self._last = 0
        self._sleeping: deque[asyncio.Event] = deque()
        self._waking: asyncio.TimerHandle | None = None
        self.closed = False

    @property
    def last(self) -> int:
        """Number of the newest event, 0 before the first."""
        return self._last

    def publish(self, kind: str, data: str) -> None:
        """Tell an event; `data` is JSON on one line. Never waits for a listener."""
        self._last += 1
        text = frame(kind, data, f"{self.run}.{self._last}")
        self._kept.append(StreamEvent(self._last, kind, text))
        self._wake_some_soon()

    def resume(self, last_event_id: str | None) -> tuple[int, bool, bool]:
        """Return from which number a listener goes on, whether that resumes, and what it missed.

        An id of another daemon, one too old to be told again, or none that we have given, starts
        at the newest event.
        """
        if not last_event_id:
            return self._last, False, False
        match = _ID.fullmatch(last_event_id)
        number = int(match[2]) if match and match[1] == self.run else 0
        oldest = self._last - len(self._kept)
        if not oldest <= number <= self._last or number == 0:
            return self._last, False, True
        return number, True, False

    def since(self, number: int) -> list[StreamEvent]:
        """Give the events after this number, as far as they are still kept."""
        behind = min(self._last - number, len(self._kept))
        return [self._kept[-place] for place in range(behind, 0, -1)]

    async def wait(self, timeout_s: float) -> bool:
        """Wait for the next event or the end; return False where neither came in time."""
        wake = asyncio.Event()
        self._sleeping.append(wake)
        try:
            async with asyncio.timeout(timeout_s):
                await wake.wait()
        except TimeoutError:
            return False
        finally:
            if not wake.is_set():
                self._sleeping.remove(wake)
        return True

    def close(self) -> None:
        """End all streams."""
        self.closed = True
        if self._waking is not None:
            self._waking.cancel()
        while self._sleeping:
            self._sleeping.popleft().set()

    def _wake_some_soon(self) -> None:
        if self._waking is None and self._sleeping:
            self._waking = asyncio.get_running_loop().call_later(BETWEEN_TURNS_S, self._wake_some)

    def _wake_some(self) -> None:
        self._waking = None
        for _turn in range(min(WOKEN_AT_ONCE, len(self._sleeping))):
            self._sleeping.popleft().set()
        self._wake_some_soon()
