"""Lamps: patterns, and a lease without which nothing confident is shown.

A lamp state is shown until its lease ends, an absolute console time. Then the console
by itself shows link lost: attention flashes 1000/1000, everything else is dark.
Showing the same state again never restarts a pattern.
"""

from calldeck_wire import messages
from calldeck_wire.emit import const, micropython
from calldeck_wire.modular import MASK, add, difference

LINK_LOST_MS = 1000
ATTENTION = 4
LAMPS = messages.LAMP_COUNT
FULL = 100
_DARK = bytes(LAMPS)
_MASK = const((1 << 30) - 1)
_HALF = const(1 << 29)
_ALL_LIT = (1 << LAMPS) - 1


def flashes_slowly(steps: tuple[int, ...]) -> bool:
    """Tell whether a pattern is well formed and flashes at most three times a second.

    `steps` are on and off times in turn, in ms; none for a steady light. From any flash to the
    third one after it at least a second must pass, around the end of the pattern too.
    """
    count = len(steps)
    if count == 0:
        return True  # steady
    if count % 2 or count > messages.MAX_STEPS:
        return False
    for step in steps:
        if not 0 < step <= messages.MAX_STEP_MS:
            return False
    flashes = count // 2
    for first in range(flashes):
        total = 0
        for flash in range(3):
            place = 2 * ((first + flash) % flashes)
            total += steps[place] + steps[place + 1]
        if total < 3 * messages.MIN_FLASH_MS:
            return False
    return True


class Lamps:
    """What is shown, and until when."""

    def __init__(self) -> None:
        self.patterns: list[tuple[int, ...]] = [()] * messages.SLOTS
        # Percent of each pattern, 0 for a slot that no pattern was uploaded to.
        self.percents = bytearray(messages.SLOTS)
        self.percents[messages.SLOT_STEADY] = FULL
        self.day = FULL
        self.night = FULL
        # How bright each lamp is while it is on, in percent of its own; `dimmed` counts the
        # changes, so that a runner sees at a glance whether there is something to set.
        self.brightness = bytearray([FULL] * LAMPS)
        self.dimmed = 0
        self.display = messages.DISPLAY_NORMAL
        self.display_until = 0  # of a lamp test
        self.slots = bytearray(LAMPS)
        # Of the lamps with a pattern, which are `moving`: the step that each is at, and its end.
        self.moving: list[int] = []
        self.places = bytearray(LAMPS)
        self.ends = [0] * LAMPS
        self.lit_up = 0  # what the slots have lit, one bit each
        self._changed_patterns = 0  # slots whose pattern was replaced by another, one bit each
        self.flags = 0
        self.number = 0  # of the state that is held, in this session
        self.until = 0
        self.leased = False
        self.lost_since = 0
        self.lapses = 0
        self.headset = messages.HEADSET_INLINE  # outlives the lease
        # What `_look` found, good until `_next_ms` unless something changes before.
        self._stale = True
        self._bits = 0
        self._next_ms = 0

    @micropython.native
    def shown_number(self) -> int:
        """Return the number of the state displayed, 0 for link lost or none of this session."""
        return self.number if self.leased and not self.display else 0

    @micropython.native
    def confirmed_mute(self) -> bool:
        """Tell whether a leased state says that operating system or PBX mute."""
        return self.leased and bool(self.flags & messages.FLAG_CONFIRMED_MUTE)

    def new_session(self, now: int) -> None:
        """Forget the number: it belonged to the session before. The lease runs on."""
        self.number = 0
        self.set_display(messages.DISPLAY_NORMAL, 0, now)

    def set_pattern(self, slot: int, percent: int, steps: tuple[int, ...]) -> int:
        """Store an uploaded pattern; return RESULT_DONE or RESULT_BAD_VALUE."""
        if not messages.FIRST_SLOT <= slot < messages.SLOTS or not flashes_slowly(steps):
            return messages.RESULT_BAD_VALUE
        if not 1 <= percent <= FULL:
            return messages.RESULT_BAD_VALUE
        if steps != self.patterns[slot] or not self.percents[slot]:
            self.patterns[slot] = steps
            self._changed_patterns |= 1 << slot
        self.percents[slot] = percent
        self._stale = True
        self._dim()
        return messages.RESULT_DONE

    def set_brightness(self, day: int, night: int) -> None:
        """Set how bright the lamps are by day and by night, in percent of their own."""
        self.day = day
        self.night = night
        self._dim()

    def set_display(self, what: int, ms: int, now: int) -> int:
        """Show lamps (DISPLAY_NORMAL), all of them (DISPLAY_TEST) or none (DISPLAY_DARK).

        Return RESULT_DONE, RESULT_BAD_VALUE, or RESULT_BUSY while there is a call: then the
        agent needs the lamps.
        """
        if what != messages.DISPLAY_NORMAL:
            if self.leased and self.flags & messages.FLAG_CALL_ACTIVE:
                return messages.RESULT_BUSY
            if what == messages.DISPLAY_TEST:
                if not 1 <= ms <= messages.MAX_LAMP_TEST_MS:
                    return messages.RESULT_BAD_VALUE
                self.display_until = add(now, ms)
            elif what != messages.DISPLAY_DARK:
                return messages.RESULT_BAD_VALUE
        self.display = what
        self._stale = True
        self._dim()
        return messages.RESULT_DONE

    def _dim(self) -> None:
        """Work out anew how bright each lamp is."""
        overall = self.night if self.leased and self.flags & messages.FLAG_NIGHT else self.day
        changed = False
        for lamp in range(LAMPS):
            slot = self.slots[lamp]
            percent = (self.percents[slot] or FULL) if slot else FULL
            if not self.leased or self.display:
                percent = FULL
            # Never none: a lamp that is on must be seen to be on.
            percent = max(1, percent * overall // FULL)
            if percent != self.brightness[lamp]:
                self.brightness[lamp] = percent
                changed = True
        if changed:
            self.dimmed = (self.dimmed + 1) & MASK

    @micropython.native
    def show(self, number: int, until: int, flags: int, slots: bytes, now: int) -> bool:
        """Take a lamp state; False where it is older than what is held or names an unknown slot."""
        if number == 0 or (self.number and difference(number, self.number) < 0):
            return False
        changed = self._changed(slots)
        for lamp in changed:
            if not self._known(slots[lamp]):
                return False
        longest = add(now, messages.MAX_LEASE_MS)
        if difference(until, longest) > 0:
            until = longest
        if difference(until, now) <= 0:
            return False
        fresh = not self.leased
        if fresh or number != self.number or difference(until, self.until) > 0:
            self.until = until
        if self._changed_patterns:
            self._start_changed(now)
        for lamp in range(LAMPS) if fresh else changed:
            self.slots[lamp] = slots[lamp]
            self._start(lamp, now)
        dims = bool(changed) or fresh or flags != self.flags
        self.number = number
        self.flags = flags
        headset = flags & messages.FLAG_HEADSET
        if headset <= messages.HEADSET_NONE:
            self.headset = headset
        self.leased = True
        self._stale = True
        if dims:
            self._dim()
        return True

    @micropython.native
    def _start(self, lamp: int, now: int) -> None:
        """Let a lamp begin with what its slot holds."""
        slot = self.slots[lamp]
        if slot:
            self.lit_up |= 1 << lamp
        else:
            self.lit_up &= ~(1 << lamp)
        steps = self.patterns[slot]
        moving = self.moving
        if not steps:
            if lamp in moving:
                moving.remove(lamp)
            return
        if lamp not in moving:
            moving.append(lamp)
        self.places[lamp] = 0
        self.ends[lamp] = (now + steps[0]) & MASK

    def _start_changed(self, now: int) -> None:
        """Let the lamps begin anew whose pattern has become another."""
        changed = self._changed_patterns
        self._changed_patterns = 0
        for lamp in range(LAMPS):
            if self.leased and changed >> self.slots[lamp] & 1:
                self._start(lamp, now)

    @micropython.native
    def _changed(self, slots: bytes) -> list[int]:
        """Return the lamps whose slot is another than the one held, which is known."""
        lamps: list[int] = []
        held = self.slots
        if slots != held:
            lamp = -1
            for slot in slots:
                lamp += 1
                if slot != held[lamp]:
                    lamps.append(lamp)
        return lamps

    @micropython.native
    def _known(self, slot: int) -> bool:
        if slot < messages.FIRST_SLOT:
            return True
        return slot < messages.SLOTS and bool(self.percents[slot])

    @micropython.native
    def due(self, now: int) -> bool:
        """Tell whether lamps, or their lease, may be others than when last looked at."""
        return self._stale or difference(self._next_ms, now) <= 0

    @micropython.native
    def expire(self, now: int) -> None:
        """Let a lease that has run out end in link lost, and a lamp test end."""
        if self.leased and difference(now, self.until) >= 0:
            self.leased = False
            self.lost_since = self.until
            self.lapses += 1
            self.slots[:] = _DARK
            self.moving.clear()
            self.lit_up = 0
            self._stale = True
            self._dim()
        if self.display == messages.DISPLAY_TEST and difference(now, self.display_until) >= 0:
            self.set_display(messages.DISPLAY_NORMAL, 0, now)

    @micropython.native
    def lit(self, now: int) -> int:
        """Return the lamps that are on at `now`, one bit each."""
        if self._stale or difference(self._next_ms, now) <= 0:
            self._look(now)
        return self._bits

    @micropython.native
    def wait_ms(self, now: int) -> int:
        """Return the ms until a lamp changes or the lease ends."""
        self.lit(now)
        return difference(self._next_ms, now)

    @micropython.native
    def _look(self, now: int) -> None:
        """Work out what is lit at `now`, and until when that holds."""
        self._stale = False
        if self.display:
            self._show_display(now)
            return
        if not self.leased:
            self.lost_since = _whole_cycles(self.lost_since, now, 2 * LINK_LOST_MS)
            passed = difference(now, self.lost_since)
            self._bits = 1 << ATTENTION if passed < LINK_LOST_MS else 0
            self._next_ms = add(now, LINK_LOST_MS - passed % LINK_LOST_MS)
            return
        if self._changed_patterns:
            self._start_changed(now)
        wait = difference(self.until, now)
        ends = self.ends
        for lamp in self.moving:
            # As `difference` does it: this is done for ten lamps, many times a second.
            left = ((ends[lamp] - now + _HALF) & _MASK) - _HALF
            if left <= 0:
                left = self._move(lamp, left)
            if left < wait:
                wait = left
        self._bits = self.lit_up
        self._next_ms = add(now, wait)

    @micropython.native
    def _move(self, lamp: int, left: int) -> int:
        """Take a lamp whose step ended `-left` ms ago to the step it is at; return what is left."""
        steps = self.patterns[self.slots[lamp]]
        place = self.places[lamp]
        lit = self.lit_up
        end = self.ends[lamp]
        while left <= 0:
            place += 1
            if place == len(steps):
                place = 0
            left += steps[place]
            end += steps[place]
            lit ^= 1 << lamp
        self.places[lamp] = place
        self.ends[lamp] = end & MASK
        self.lit_up = lit
        return left

    def _show_display(self, now: int) -> None:
        """Show all lamps or none, until the test or the lease ends."""
        # A lease may be longer than any wait; a few looks more do no harm.
        wait = messages.MAX_LAMP_TEST_MS
        if self.leased:
            wait = difference(self.until, now)
        self._bits = 0
        if self.display == messages.DISPLAY_TEST:
            self._bits = _ALL_LIT
            left = difference(self.display_until, now)
            if left < wait:
                wait = left
        self._next_ms = add(now, wait)

    def copy_to(self, other: "Lamps") -> None:
        """Make `other` equal to these lamps."""
        other.patterns[:] = self.patterns
        other.percents[:] = self.percents
        other.day = self.day
        other.night = self.night
        other.brightness[:] = self.brightness
        other.dimmed = self.dimmed
        other.display = self.display
        other.display_until = self.display_until
        other.slots[:] = self.slots
        other.moving[:] = self.moving
        other.places[:] = self.places
        other.ends[:] = self.ends
        other.lit_up = self.lit_up
        other._changed_patterns = self._changed_patterns
        other.flags = self.flags
        other.number = self.number
        other.until = self.until
        other.leased = self.leased
        other.lost_since = self.lost_since
        other.lapses = self.lapses
        other.headset = self.headset
        other._stale = True

    def key(self, now: int) -> tuple[object, ...]:
        """Return what decides the future of the lamps, times relative to `now`."""
        testing = self.display == messages.DISPLAY_TEST
        left = difference(self.display_until, now) if testing else 0
        display = (self.display, left, bytes(self.percents), self.day, self.night)
        if not self.leased:
            # Seen from outside only the phase of the flash counts.
            phase = difference(now, self.lost_since) % (2 * LINK_LOST_MS)
            return (tuple(self.patterns), display, self.headset, self.number, phase)
        phases = []
        for lamp in range(LAMPS):
            if lamp in self.moving:
                phases.append((self.places[lamp], difference(self.ends[lamp], now)))
        left = difference(self.until, now)
        patterns = tuple(self.patterns)
        return (patterns, display, bytes(self.slots), tuple(phases), self.flags, left)


@micropython.native
def _whole_cycles(start: int, now: int, cycle: int) -> int:
    """Move a start forward by whole cycles, so that it never falls out of the ring's reach."""
    elapsed = difference(now, start)
    return add(start, elapsed - elapsed % cycle) if elapsed >= cycle else start
