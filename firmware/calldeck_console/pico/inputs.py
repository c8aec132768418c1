"""The inputs: interrupt handlers behind the filters, and the ring of changes they fill."""

import time
from array import array

import calldeck_native
import machine
import micropython
from machine import Pin
from micropython import const

from calldeck_console import core, pins
from calldeck_console.buttons import INPUTS, PLUG
from calldeck_console.pico.edge_filter import HELD_US, EdgeFilter
from calldeck_console.state import State
from calldeck_wire import messages

# Which state machine filters which input. The two that move the microphone switch have the
# first block: of interrupts that come together its own is served first.
_FILTERS = (0, 4, 5, 6, 1)
# One entry per change: what (source and level), ms, view.
_RING_CHANGES = const(128)
# More changes of one input in this time than any contact makes, bouncing for 10 ms: it is not
# listened to for a while, and begins again from there.
_CHATTER = const(60)
_CHATTER_MS = const(50)
_DEAF_MS = const(50)
_RING_WORDS = const(3 * _RING_CHANGES)
_NO_CHANGES: list[tuple[int, bool, int, int]] = []
_LAST_CHANGE = const(_RING_WORDS - 3)

# Places of the marks that loop and interrupt handlers share.
_WRITE = const(0)  # ring: next entry to write
_READ = const(1)  # ring: next entry to read
_LOST = const(2)  # changes lost because the ring was full
_VIEW = const(3)  # token of what is displayed
_MUTES = const(4)  # 1: a press of MUTE mutes the switch
_PLUGS = const(5)  # 1: a plugged headset hangs on the switch
_OWN = const(6)  # the console's own microphone state, 1 = muted
_CARE = const(7)  # what the loop has to look after: a bit for each deaf input, and _FULL
_COUNTS = const(8)  # changes of each input in the present _CHATTER_MS
_MARKS = const(_COUNTS + 5)
_FULL = const(1 << 5)  # the ring was full


class Inputs:
    """The ring of changes, and what the interrupt handlers need.

    touched: one item, 1 after a handler has set the microphone switch itself.
    """

    def __init__(self, switch: Pin) -> None:
        self.pins = [
            Pin(number, Pin.IN, Pin.PULL_UP) for number in pins.BUTTONS + (pins.HEADSET_PLUGGED,)
        ]
        self.filters = [EdgeFilter(_FILTERS[source], self.pins[source]) for source in range(INPUTS)]
        self.ring = array("I", [0] * _RING_WORDS)
        self.marks = array("I", [0] * _MARKS)
        self.touched = bytearray(1)
        self.wake = micropython.RingIO(16)
        self.handlers = [
            _handler(
                source,
                self.filters[source].machine,
                self.ring,
                self.marks,
                self.wake,
                switch,
                self.touched,
            )
            for source in range(INPUTS)
        ]
        # The levels that the core has heard last, True for down: its own list.
        self.heard = [False] * INPUTS
        self.counted_since = 0
        self.any_deaf = False
        self.deaf_since = 0

    def start(self, state: State) -> None:
        """Take the levels found at boot and listen to every change from now on."""
        self.heard = state.inputs.raw
        for source in range(INPUTS):
            state.inputs.start(source, not self.pins[source]())
            self._listen(source)
        state.microphone.plugged = state.inputs.level[PLUG]

    def _listen(self, source: int) -> bool:
        """Have an input told of from what the core knows of it; False while it has not heard all.

        A pin that is at another level by now makes a change like any other.
        """
        marks = self.marks
        edge_filter = self.filters[source]
        interrupts = machine.disable_irq()
        all_told = self.all_told()
        if all_told:
            marks[_CARE] &= ~(1 << source)
            marks[_COUNTS + source] = 0
            edge_filter.begin(not self.heard[source])
            edge_filter.machine.irq(self.handlers[source], hard=True)
        machine.enable_irq(interrupts)
        return all_told

    @micropython.native
    def all_told(self) -> bool:
        """Tell whether the core knows of every change."""
        marks = self.marks
        return marks[_READ] == marks[_WRITE]

    @micropython.native
    def tell_one(self, state: State) -> bool:
        """Let the core hear the oldest change that waits; False where none does."""
        marks = self.marks
        place = marks[_READ]
        if place == marks[_WRITE]:
            return False
        ring = self.ring
        what = ring[place]
        core.hear(state, what >> 1, what & 1 == 0, ring[place + 1], ring[place + 2])
        marks[_READ] = 0 if place == _LAST_CHANGE else place + 3
        return True

    @micropython.native
    def lost(self) -> int:
        """Return how many changes the ring had no place for."""
        return self.marks[_LOST]

    @micropython.native
    def changes(self, now: int) -> list[tuple[int, bool, int, int]]:
        """Return the changes since the last call, at most a ring full of them.

        The core has heard them before the next call.
        """
        marks = self.marks
        since = self.counted_since
        if now - since > _CHATTER_MS or now < since:
            self.counted_since = now
            for place in range(_COUNTS, _MARKS):
                marks[place] = 0
        place = marks[_READ]
        if place == marks[_WRITE]:
            if marks[_CARE]:
                self._take_care(now)
            return _NO_CHANGES
        taken: list[tuple[int, bool, int, int]] = []
        ring = self.ring
        count = 0
        while place != marks[_WRITE] and count < _RING_CHANGES:
            what = ring[place]
            taken.append((what >> 1, what & 1 == 0, ring[place + 1], ring[place + 2]))
            place = 0 if place == _LAST_CHANGE else place + 3
            marks[_READ] = place
            count += 1
        return taken

    def _take_care(self, now: int) -> None:
        """Listen again to what has chattered, and to all after a full ring lost the newest."""
        care = self.marks[_CARE]
        if care & _FULL:
            for source in range(INPUTS):
                if not care >> source & 1 and not self._listen(source):
                    return
            interrupts = machine.disable_irq()
            self.marks[_CARE] &= ~_FULL
            machine.enable_irq(interrupts)
        if not self.any_deaf:
            self.any_deaf = True
            self.deaf_since = now
        if time.ticks_diff(now, self.deaf_since) >= _DEAF_MS:
            self.any_deaf = False
            for source in range(INPUTS):
                if care >> source & 1:
                    self._listen(source)

    def repair(self, state: State) -> None:
        """Find an input of which the core has heard the wrong thing, and have it told of again.

        A filter that told more than its FIFO can hold while nobody listened has lost the
        newest. To be called now and then, while nothing else is to do.
        """
        if self.marks[_CARE]:
            return
        for source in range(INPUTS):
            edge_filter = self.filters[source]
            if not edge_filter.is_stuck() and edge_filter.told() != self.heard[source]:
                continue
            if self._listen(source):
                state.repairs += 1
                state.link.notice(
                    messages.FAULT, (messages.FAULT_INPUT_REPAIRED, source, time.ticks_ms())
                )

    @micropython.native
    def wait_ms(self, wait: int) -> int:
        """Return how long the loop may wait at the most."""
        care = self.marks[_CARE]
        if not care:
            return wait
        if care & _FULL:
            return 0
        return _DEAF_MS if wait > _DEAF_MS else wait

    @micropython.native
    def tell_handlers(self, state: State) -> None:
        """Leave with the handlers what is shown now, and what a change at the microphone means."""
        marks = self.marks
        marks[_VIEW] = state.view
        marks[_MUTES] = 1 if core.hand_mutes(state) else 0
        marks[_PLUGS] = 1 if core.inline(state) else 0
        marks[_OWN] = 1 if state.microphone.muted else 0

    def levels(self) -> tuple[int, int]:
        """Return what the pins are at: one bit per button that is down, and 1 for plugged."""
        down = 0
        for button in range(PLUG):
            if not self.pins[button]():
                down |= 1 << button
        return (down, 0 if self.pins[PLUG]() else 1)


def _handler(source: int, filtered, ring, marks, wake, switch, touched):  # type: ignore[no-untyped-def]
    # Bound as defaults: a closure over more than four variables would allocate at each
    # call, and an interrupt handler that allocates is switched off without a word.
    @micropython.native
    def tell(  # type: ignore[no-untyped-def]
        level,
        what=source << 1,
        count=_COUNTS + source,
        deaf=1 << source,
        ring=ring,
        marks=marks,
        before=calldeck_native.ms_before,
        wake=wake.write,
        run=filtered.active,
    ):
        marks[count] += 1
        if marks[count] > _CHATTER:
            run(0)
            marks[_CARE] |= deaf
        place = marks[_WRITE]
        after = 0 if place == _LAST_CHANGE else place + 3
        if after == marks[_READ]:
            marks[_LOST] += 1
            marks[_CARE] |= _FULL
            return
        ring[place] = what | level
        ring[place + 1] = before(HELD_US)
        ring[place + 2] = marks[_VIEW]
        marks[_WRITE] = after
        wake(b"\x01")

    if source == messages.BUTTON_MUTE:
        return _mute_handler(filtered, marks, switch, touched, tell)  # type: ignore[no-untyped-call]
    if source == PLUG:
        return _plug_handler(filtered, marks, switch, touched, tell)  # type: ignore[no-untyped-call]

    # Levels that have waited come all at once. None may wait, where a filter has told
    # between two interrupts: the first handler has taken both.
    @micropython.native
    def changed(_, waiting=filtered.rx_fifo, take=filtered.get, tell=tell):  # type: ignore[no-untyped-def]
        while waiting():
            tell(take())

    return changed


# The two changes that must reach the microphone switch within a millisecond do so in their
# handlers; the core comes to the same result a little later (DESIGN.md decision 6).
def _mute_handler(filtered, marks, switch, touched, tell):  # type: ignore[no-untyped-def]
    @micropython.native
    def mute_changed(  # type: ignore[no-untyped-def]
        _,
        marks=marks,
        switch=switch,
        touched=touched,
        waiting=filtered.rx_fifo,
        take=filtered.get,
        tell=tell,
    ):
        while waiting():
            level = take()
            if marks[_MUTES] and not level:
                switch(1)
                touched[0] = 1
            tell(level)

    return mute_changed


def _plug_handler(filtered, marks, switch, touched, tell):  # type: ignore[no-untyped-def]
    @micropython.native
    def plug_changed(  # type: ignore[no-untyped-def]
        _,
        marks=marks,
        switch=switch,
        touched=touched,
        waiting=filtered.rx_fifo,
        take=filtered.get,
        tell=tell,
    ):
        while waiting():
            level = take()
            if marks[_PLUGS] and not level:
                switch(marks[_OWN])
                touched[0] = 1
            tell(level)

    return plug_changed
