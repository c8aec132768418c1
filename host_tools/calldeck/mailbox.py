"""What the ACD tells a desk, handed over in turns of the event loop: a bulkhead.

One connection to the ACD serves all desks of a daemon. Whatever a desk does with an event, and
however many wait for it, the adapter goes on at once with the next desk.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from calldeck.desk import AcdLink, Event

CAPACITY = 256
"""So many events may wait. Facts come by the dozen at most: more means that a desk is stuck."""
PER_TURN = 32
"""So many are handed over at once, before the other desks have their turn."""


class Mailbox:
    """Events for one desk. `put` neither waits nor raises.

    take: handles events, in order. failed: told what `take` has raised, which ends this desk's.
    missed: called when events were dropped and `AcdLink(False)` has said so: asks the ACD to tell
    the whole truth again.
    """

    def __init__(
        self,
        take: Callable[[Sequence[Event]], None],
        failed: Callable[[Exception], None],
        missed: Callable[[], None],
    ) -> None:
        self._take = take
        self._failed = failed
        self._missed = missed
        self._loop = asyncio.get_running_loop()
        self._events: deque[Event] = deque()
        self._turn: asyncio.Handle | None = None
        self._overflowed = False
        self._closed = False

    def put(self, event: Event) -> None:
        """Let an event wait for its turn."""
        if self._closed:
            return
        if len(self._events) >= CAPACITY:
            # Half a truth is worse than none: the desk knows nothing until it is told everything.
            self._events.clear()
            self._events.append(AcdLink(up=False))
            self._overflowed = True
        else:
            self._events.append(event)
        if self._turn is None:
            self._turn = self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        self._turn = None
        try:
            # All at once: what changes together is shown together.
            self._take(
                [self._events.popleft() for _place in range(min(PER_TURN, len(self._events)))]
            )
            if self._overflowed and not self._events:
                self._overflowed = False
                self._missed()
        except Exception as error:  # noqa: BLE001 - handed on whole: it ends this desk alone
            self.close()
            self._failed(error)
            return
        if self._events and self._turn is None:
            self._turn = self._loop.call_soon(self._hand_over)

    def close(self) -> None:
        """Hand over nothing any more."""
        self._closed = True
        self._events.clear()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
