"""Events for everybody who listens: told in order, and kept for those who come back."""

import asyncio
import contextlib
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

KEPT_EVENTS = 1024
WOKEN_AT_ONCE = 4
"""Listeners woken in one turn of the event loop: the same loop carries the agent's presses."""
BETWEEN_TURNS_S = 0.001

_ID = re.compile(r"([A-Za-z0-9_-]{1,64})\.([1-9][0-9]{0,17})")


@dataclass(slots=True)
class StreamEvent:
    """One event, of one desk or (with no id) of all.

    Written only when somebody listens, and then once for all who do: what is told of a desk is
    drawn at that moment.
    """

    number: int
    kind: str
    desk: str
    data: str | Callable[[], str]
    event_id: str
    _frame: bytes = b""

    @property
    def frame(self) -> bytes:
        """The event as it goes over the wire."""
        if not self._frame:
            data = self.data if isinstance(self.data, str) else self.data()
            self._frame = frame(self.kind, data, self.event_id)
            self.data = ""
        return self._frame


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
        # Who waits for the events of which desk; with no id, of all.
        self._sleeping: dict[str, deque[asyncio.Event]] = {}
        self._to_wake: deque[asyncio.Event] = deque()
        self._listeners: Counter[str] = Counter()
        self._waking: asyncio.TimerHandle | None = None
        self.closed = False

    @property
    def last(self) -> int:
        """Number of the newest event, 0 before the first."""
        return self._last

    def publish(self, kind: str, data: str | Callable[[], str], desk: str = "") -> None:
        """Tell an event; `data` is JSON on one line, or makes it. Never waits for a listener."""
        self._last += 1
        event_id = f"{self.run}.{self._last}"
        self._kept.append(StreamEvent(self._last, kind, desk, data, event_id))
        if not self._sleeping:
            return
        for name in (desk, "") if desk else tuple(self._sleeping):
            self._to_wake.extend(self._sleeping.pop(name, ()))
        self._wake_some_soon()

    @contextlib.contextmanager
    def listening(self, desk: str = "") -> Iterator[None]:
        """Count as a listener to this desk, or (with no id) to all, while the body runs."""
        self._listeners[desk] += 1
        try:
            yield
        finally:
            self._listeners[desk] -= 1

    def has_listeners(self, desk: str) -> bool:
        """Tell whether anybody would hear what is told of a desk."""
        return bool(self._listeners[desk] or self._listeners[""])

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

    def since(self, number: int, desk: str = "") -> tuple[int, list[StreamEvent]]:
        """Give the number of the newest event, and the events after `number` that are kept.

        desk: only those of this desk and of all.
        """
        behind = min(self._last - number, len(self._kept))
        found = [self._kept[-place] for place in range(behind, 0, -1)]
        if desk:
            found = [event for event in found if event.desk in ("", desk)]
        return self._last, found

    async def wait(self, timeout_s: float, desk: str = "") -> bool:
        """Wait for the next event or the end; return False where neither came in time."""
        wake = asyncio.Event()
        self._sleeping.setdefault(desk, deque()).append(wake)
        try:
            async with asyncio.timeout(timeout_s):
                await wake.wait()
        except TimeoutError:
            return False
        finally:
            if not wake.is_set():
                self._forget(wake, desk)
        return True

    def _forget(self, wake: asyncio.Event, desk: str) -> None:
        sleeping = self._sleeping.get(desk)
        if sleeping is not None and wake in sleeping:
            sleeping.remove(wake)
            if not sleeping:
                del self._sleeping[desk]
        elif wake in self._to_wake:
            self._to_wake.remove(wake)

    def close(self) -> None:
        """End all streams."""
        self.closed = True
        if self._waking is not None:
            self._waking.cancel()
        for sleeping in self._sleeping.values():
            self._to_wake.extend(sleeping)
        self._sleeping.clear()
        while self._to_wake:
            self._to_wake.popleft().set()

    def _wake_some_soon(self) -> None:
        if self._waking is None and self._to_wake:
            self._waking = asyncio.get_running_loop().call_later(BETWEEN_TURNS_S, self._wake_some)

    def _wake_some(self) -> None:
        self._waking = None
        for _turn in range(min(WOKEN_AT_ONCE, len(self._to_wake))):
            self._to_wake.popleft().set()
        self._wake_some_soon()
