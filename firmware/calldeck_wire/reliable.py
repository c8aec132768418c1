"""The reliable link: in order, exactly once, over a line that may lose frames.

One module for both ends. Edges travel from the console's Outbox to the host's
Inbox, orders from the host's Outbox to the console's Inbox. Acknowledgement is
cumulative ("everything before this number"); after a silence of `retransmit_ms`
the sender starts again at the oldest unacknowledged frame (go-back-N), so the
receiver needs no memory beyond the next number that it expects.
"""

from calldeck_wire.emit import micropython
from calldeck_wire.modular import MASK, difference

NEW = 0
REPEATED = 1
GAP = 2


class Outbox:
    """A bounded queue of items that have not been acknowledged.

    capacity: items kept; window: items sent and not acknowledged at one time.
    An item is any object that is never changed after `push`.
    """

    def __init__(self, capacity: int, window: int, retransmit_ms: int) -> None:
        self.capacity = capacity
        self.window = window
        self.retransmit_ms = retransmit_ms
        self.items: list[object] = [None] * capacity
        self.head = 0  # place of the oldest item
        self.base = 0  # number of the oldest item
        self.count = 0
        self.sent = 0  # items of the window that are on their way
        self.sent_at = 0

    @micropython.native
    def push(self, item: object) -> object:
        """Append an item; return the oldest one where a full queue had to drop it, else None."""
        dropped = None
        count = self.count
        if count == self.capacity:
            dropped = self.items[self.head]
            self._release(1)
            count -= 1
        self.items[(self.head + count) % self.capacity] = item
        self.count = count + 1
        return dropped

    def next_number(self) -> int:
        """Return the number that the next pushed item gets."""
        return (self.base + self.count) & MASK

    @micropython.native
    def acknowledge(self, next_number: int, now: int) -> int:
        """Release every item before `next_number`; return how many.

        A number outside the queue (from before a reboot, or damaged) releases nothing.
        """
        done = (next_number - self.base) & MASK
        if done == 0 or done > self.count:
            return 0
        self._release(done)
        self.sent_at = now
        return done

    def restart(self) -> None:
        """Send everything again: a new session has begun."""
        self.sent = 0

    @micropython.native
    def due(self, now: int) -> int:
        """Return the place (0 = oldest) of the item to send now, -1 for none."""
        sent = self.sent
        if sent and difference(now, self.sent_at) >= self.retransmit_ms:
            self.sent = sent = 0
        return sent if sent < self.count and sent < self.window else -1

    @micropython.native
    def mark_sent(self, now: int) -> None:
        """Note that the item named by `due` is on its way."""
        self.sent += 1
        self.sent_at = now

    @micropython.native
    def wait_ms(self, now: int) -> int:
        """Return the ms until `due` may name an item without any new event, -1 for never."""
        if self.count == 0:
            return -1
        if self.sent < self.count and self.sent < self.window:
            return 0
        left = self.retransmit_ms - difference(now, self.sent_at)
        return left if left > 0 else 0

    @micropython.native
    def item(self, place: int) -> object:
        """Return the item at a place, 0 being the oldest."""
        return self.items[(self.head + place) % self.capacity]

    @micropython.native
    def number(self, place: int) -> int:
        """Return the number of the item at a place."""
        return (self.base + place) & MASK

    @micropython.native
    def _release(self, amount: int) -> None:
        for _ in range(amount):
            self.items[self.head] = None
            self.head = (self.head + 1) % self.capacity
        self.base = (self.base + amount) & MASK
        self.count -= amount
        self.sent = self.sent - amount if self.sent > amount else 0

    def copy_to(self, other: "Outbox") -> None:
        """Make `other`, of the same capacity, equal to this queue."""
        other.items[:] = self.items
        other.head = self.head
        other.base = self.base
        other.count = self.count
        other.sent = self.sent
        other.sent_at = self.sent_at

    def key(self, now: int) -> tuple[object, ...]:
        """Return what decides the future of this queue; numbers relative to the oldest item."""
        queued = tuple([self.item(place) for place in range(self.count)])
        since = difference(now, self.sent_at) if self.sent else 0
        return (queued, self.sent, since)


class Inbox:
    """Tells new items from repeated ones and notices gaps."""

    def __init__(self) -> None:
        self.expected = 0
        self.skipped = 0  # items that the sender had to drop

    def start(self, number: int) -> None:
        """Expect `number` next: a new session has begun."""
        self.expected = number

    @micropython.native
    def accept(self, number: int, oldest: int) -> int:
        """Judge an item by its number and the sender's oldest kept number.

        NEW: take it, it counts as received from now on. REPEATED: it was received
        before, acknowledge again. GAP: an older one is missing, wait for the sender
        to go back.
        """
        dropped = difference(oldest, self.expected)
        if dropped > 0:
            self.skipped += dropped
            self.expected = oldest
        ahead = difference(number, self.expected)
        if ahead < 0:
            return REPEATED
        if ahead > 0:
            return GAP
        self.expected = (number + 1) & MASK
        return NEW

    def copy_to(self, other: "Inbox") -> None:
        """Make `other` equal to this one."""
        other.expected = self.expected
        other.skipped = self.skipped
