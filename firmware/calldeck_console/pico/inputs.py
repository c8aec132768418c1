"""The inputs: interrupt handlers, and the ring of changes they fill."""

import time
from array import array

import micropython
from machine import Pin
from micropython import const

from calldeck_console import core, pins
from calldeck_console.buttons import INPUTS, PLUG
from calldeck_console.state import State
from calldeck_wire import messages

# One entry per raw change: what (source and level), ms, view.
_RING_CHANGES = const(64)
# More changes of one input in one turn of the loop than any contact makes: it is not
# listened to for a while, then looked at again.
_CHATTER = const(24)
_DEAF_MS = 50
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
_MARKS = const(7)


class Inputs:
    """The ring of raw changes, and what the interrupt handlers need.

    touched: one item, 1 after a handler has set the microphone switch itself.
    """

    def __init__(self, switch: Pin) -> None:
        self.pins = [
            Pin(number, Pin.IN, Pin.PULL_UP) for number in pins.BUTTONS + (pins.HEADSET_PLUGGED,)
        ]
        self.ring = array("I", [0] * _RING_WORDS)
        self.marks = array("I", [0] * _MARKS)
        self.touched = bytearray(1)
        self.wake = micropython.RingIO(16)
        self.handlers = [
            _handler(place, self.ring, self.marks, self.wake, switch, self.touched)
            for place in range(INPUTS)
        ]
        self.lost_seen = 0
        # Inputs that changed too fast to be heard, and since when.
        self.deaf = [False] * INPUTS
        self.any_deaf = False
        self.deaf_since = 0

    def start(self, state: State) -> None:
        """Take the levels found at boot and listen to every change from now on."""
        for source in range(INPUTS):
            self._listen(source)
            state.inputs.start(source, not self.pins[source]())
        state.microphone.plugged = state.inputs.level[PLUG]

    def _listen(self, source: int) -> None:
        trigger = Pin.IRQ_FALLING | Pin.IRQ_RISING
        self.pins[source].irq(self.handlers[source], trigger, hard=True)

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
        """Return the raw changes since the last call, at most a ring full of them."""
        marks = self.marks
        place = marks[_READ]
        if place == marks[_WRITE] and marks[_LOST] == self.lost_seen and not self.any_deaf:
            return _NO_CHANGES
        taken: list[tuple[int, bool, int, int]] = []
        if place != marks[_WRITE]:
            ring = self.ring
            count = 0
            while place != marks[_WRITE] and count < _RING_CHANGES:
                what = ring[place]
                taken.append((what >> 1, what & 1 == 0, ring[place + 1], ring[place + 2]))
                place = 0 if place == _LAST_CHANGE else place + 3
                marks[_READ] = place
                count += 1
            if count > _CHATTER:
                self._stop_listening(taken, now)
        if marks[_LOST] != self.lost_seen:
            # What was lost was the newest: only the pins know how things stand.
            self.lost_seen = marks[_LOST]
            for source in range(INPUTS):
                taken.append(self._look(source, now))
        if self.any_deaf and time.ticks_diff(now, self.deaf_since) >= _DEAF_MS:
            self._listen_again(taken, now)
        return taken

    def _look(self, source: int, now: int) -> tuple[int, bool, int, int]:
        return (source, not self.pins[source](), now, self.marks[_VIEW])

    def _stop_listening(self, taken: list[tuple[int, bool, int, int]], now: int) -> None:
        """Turn a deaf ear to an input that chatters, for a while, so that the rest is heard."""
        for source in range(INPUTS):
            if sum([1 for change in taken if change[0] == source]) > _CHATTER:
                self.pins[source].irq(handler=None)
                self.deaf[source] = self.any_deaf = True
                self.deaf_since = now

    def _listen_again(self, taken: list[tuple[int, bool, int, int]], now: int) -> None:
        self.any_deaf = False
        for source in range(INPUTS):
            if self.deaf[source]:
                self.deaf[source] = False
                self._listen(source)
                taken.append(self._look(source, now))

    @micropython.native
    def wait_ms(self, wait: int) -> int:
        """Return how long the loop may wait at the most."""
        return _DEAF_MS if self.any_deaf and wait > _DEAF_MS else wait

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


def _handler(source: int, ring, marks, wake, switch, touched):  # type: ignore[no-untyped-def]
    # Bound as defaults: a closure over more than four variables would allocate at each
    # call, and an interrupt handler that allocates is switched off without a word.
    @micropython.native
    def changed(  # type: ignore[no-untyped-def]
        pin, what=source << 1, ring=ring, marks=marks, ms=time.ticks_ms, wake=wake.write
    ):
        place = marks[_WRITE]
        after = 0 if place == _LAST_CHANGE else place + 3
        if after == marks[_READ]:
            marks[_LOST] += 1
            return
        ring[place] = what | pin()
        ring[place + 1] = ms()
        ring[place + 2] = marks[_VIEW]
        marks[_WRITE] = after
        wake(b"\x01")

    # The two changes that must reach the microphone switch within a millisecond do so
    # here; the core comes to the same result a little later (DESIGN.md decision 6).
    def mute_changed(  # type: ignore[no-untyped-def]
        pin, marks=marks, switch=switch, touched=touched, changed=changed
    ):
        if marks[_MUTES] and not pin():
            switch(1)
            touched[0] = 1
        changed(pin)

    def plug_changed(  # type: ignore[no-untyped-def]
        pin, marks=marks, switch=switch, touched=touched, changed=changed
    ):
        if marks[_PLUGS] and not pin():
            switch(marks[_OWN])
            touched[0] = 1
        changed(pin)

    if source == messages.BUTTON_MUTE:
        return mute_changed
    return plug_changed if source == PLUG else changed
