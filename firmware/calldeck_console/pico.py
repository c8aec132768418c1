"""The Pico runner: the only file of the console that touches pins, time or streams.

One loop around one poll object, woken by the interrupt handlers of the inputs, by
bytes from the host or by the core's next deadline; nothing is polled.
"""

import gc
import os
import select
import sys
import time
from array import array

import calldeck_native
import machine
import micropython
from machine import Pin
from micropython import const

from calldeck_console import VERSION, core, pins
from calldeck_console.buttons import INPUTS, PLUG
from calldeck_console.link import Identity
from calldeck_wire import frames, messages

# Longer than the slowest step by far, shorter than an agent's patience.
_WATCHDOG_MS = 2000
# One entry per raw change: what (source and level), ms, view.
_RING_CHANGES = const(64)
# More changes of one input in one turn of the loop than any contact makes: it is not
# listened to for a while, then looked at again.
_CHATTER = const(24)
_DEAF_MS = 50
_RING_WORDS = const(3 * _RING_CHANGES)
_ALL_LAMPS = const((1 << 10) - 1)
_NO_CHANGES: list[tuple[int, bool, int, int]] = []
_LAST_CHANGE = const(_RING_WORDS - 3)
_COLLECT_MS = 1000
_IDLE_MS = const(20)
_TX_ROOM = const(512)
# The CDC buffer of 256 bytes drains in packets of 64 or less. Whole units of 32 keep
# its free space a multiple of 32, so that "writable" means "a unit fits without waiting":
# a plain write to a full buffer would block for 500 ms.
_TX_UNIT = const(32)
_ASKED_MS = 1500
_WARNING = 30  # as in Python's logging

# Places of the marks that loop and interrupt handlers share.
_WRITE = const(0)  # ring: next entry to write
_READ = const(1)  # ring: next entry to read
_LOST = const(2)  # changes lost because the ring was full
_VIEW = const(3)  # token of what is displayed
_MUTES = const(4)  # 1: a press of MUTE mutes the switch
_PLUGS = const(5)  # 1: a plugged headset hangs on the switch
_OWN = const(6)  # the console's own microphone state, 1 = muted
_TOUCHED = const(7)  # 1: a handler has set the switch
_MARKS = const(8)

# Watchdog scratch registers 0 to 3 survive every reset but a power cut.
_SCRATCH = 0x4005800C
_MODE_WORD = 0x0CA11D00
_COUNT_WORD = 0x0CA11C0D
# The SDK leaves this in scratch register 4 while a watchdog runs, and clears it before a
# reset by order: a reset cause alone cannot tell a bite from machine.reset().
_WATCHDOG_WORD = 0x6AB73121

_boot_mode = messages.MODE_NORMAL
_was_bitten = False


def take_mode() -> int:
    """Read and clear the mode that the reset asked for; called once, from boot.py.

    STATUS held at power-up, and for _ASKED_MS after it, asks for maintenance too. Not a
    shorter press: an agent's tap in the wrong moment must not cost the console.
    """
    global _boot_mode, _was_bitten
    word = machine.mem32[_SCRATCH]
    machine.mem32[_SCRATCH] = 0
    if word & ~0xFF == _MODE_WORD:
        _boot_mode = word & 0xFF
    _was_bitten = machine.mem32[_SCRATCH + 16] == _WATCHDOG_WORD
    machine.mem32[_SCRATCH + 16] = 0
    if machine.reset_cause() == machine.PWRON_RESET and _status_held():
        _boot_mode = messages.MODE_MAINTENANCE
    if _boot_mode == messages.MODE_BOOTLOADER:
        machine.bootloader()
    return _boot_mode


def _status_held() -> bool:
    status = Pin(pins.BUTTONS[messages.BUTTON_STATUS], Pin.IN, Pin.PULL_UP)
    time.sleep_us(50)  # the pull-up charges the line
    start = time.ticks_ms()
    while not status():
        if time.ticks_diff(time.ticks_ms(), start) > _ASKED_MS:
            return True
    return False


def boot_mode() -> int:
    """Return the MODE_* of this boot."""
    return _boot_mode


class Board:
    """Pins, the ring of raw changes, and what the interrupt handlers need."""

    def __init__(self) -> None:
        self.lamps = [Pin(number, Pin.OUT, value=0) for number in pins.LAMPS]
        self.switch = Pin(pins.MICROPHONE_SWITCH, Pin.OUT, value=1)
        self.inputs = [
            Pin(number, Pin.IN, Pin.PULL_UP) for number in pins.BUTTONS + (pins.HEADSET_PLUGGED,)
        ]
        self.shown = 1 << core.MICROPHONE_BIT
        self.ring = array("I", [0] * _RING_WORDS)
        self.marks = array("I", [0] * _MARKS)
        self.wake = micropython.RingIO(16)
        self.handlers = [
            _handler(place, self.ring, self.marks, self.wake, self.switch)
            for place in range(INPUTS)
        ]
        self.lost_seen = 0
        # Inputs that changed too fast to be heard, and since when.
        self.deaf = [False] * INPUTS
        self.any_deaf = False
        self.deaf_since = 0

    def identity(self) -> Identity:
        """Return who this board is."""
        board = 0
        for bit, number in enumerate(pins.BOARD_STRAPS):
            if not Pin(number, Pin.IN, Pin.PULL_UP)():
                board |= 1 << bit
        boot = int.from_bytes(os.urandom(4), "little")
        return Identity(machine.unique_id(), bytes(VERSION), board, machine.reset_cause(), boot)

    def start(self, state: core.State) -> None:
        """Take the levels found at boot and listen to every change from now on."""
        for source in range(INPUTS):
            self._listen(source)
            state.inputs.start(source, not self.inputs[source]())
        state.microphone.plugged = state.inputs.level[INPUTS - 1]

    def _listen(self, source: int) -> None:
        trigger = Pin.IRQ_FALLING | Pin.IRQ_RISING
        self.inputs[source].irq(self.handlers[source], trigger, hard=True)

    @micropython.native
    def changes(self, now: int) -> list[tuple[int, bool, int, int]]:
        """Return the raw changes since the last call, at most a ring full of them."""
        taken: list[tuple[int, bool, int, int]] = []
        marks = self.marks
        place = marks[_READ]
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
        return (source, not self.inputs[source](), now, self.marks[_VIEW])

    def _stop_listening(self, taken: list[tuple[int, bool, int, int]], now: int) -> None:
        """Turn a deaf ear to an input that chatters, for a while, so that the rest is heard."""
        for source in range(INPUTS):
            if sum([1 for change in taken if change[0] == source]) > _CHATTER:
                self.inputs[source].irq(handler=None)
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
    def show(self, lit: int) -> None:
        """Set the pins that differ from what they show."""
        changed = lit ^ self.shown
        marks = self.marks
        if changed >> core.MICROPHONE_BIT & 1 or marks[_TOUCHED]:
            if not marks[_TOUCHED] or marks[_READ] == marks[_WRITE]:
                # A handler that has set the switch since is newer than what we know.
                marks[_TOUCHED] = 0
                self.switch(lit >> core.MICROPHONE_BIT & 1)
            else:
                changed &= ~(1 << core.MICROPHONE_BIT)
        if not changed:
            return
        self.shown ^= changed
        changed &= _ALL_LAMPS
        lamp = 0
        while changed:
            if changed & 1:
                self.lamps[lamp](lit >> lamp & 1)
            changed >>= 1
            lamp += 1

    @micropython.native
    def tell_handlers(self, state: core.State) -> None:
        """Leave with the handlers what a change at the microphone means from now on."""
        marks = self.marks
        marks[_MUTES] = 1 if core.hand_mutes(state) else 0
        marks[_PLUGS] = 1 if core.inline(state) else 0
        marks[_OWN] = 1 if state.microphone.muted else 0


def _handler(source: int, ring, marks, wake, switch):  # type: ignore[no-untyped-def]
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
    def mute_changed(pin, marks=marks, switch=switch, changed=changed):  # type: ignore[no-untyped-def]
        if marks[_MUTES] and not pin():
            switch(1)
            marks[_TOUCHED] = 1
        changed(pin)

    def plug_changed(pin, marks=marks, switch=switch, changed=changed):  # type: ignore[no-untyped-def]
        if marks[_PLUGS] and not pin():
            switch(marks[_OWN])
            marks[_TOUCHED] = 1
        changed(pin)

    if source == messages.BUTTON_MUTE:
        return mute_changed
    return plug_changed if source == PLUG else changed


class Port:
    """What is to be written to the USB serial port: only what fits is."""

    def __init__(self) -> None:
        self.backlog = b""

    @micropython.native
    def send(self, data: bytes) -> None:
        """Write a frame, or keep what does not fit."""
        if self.backlog or len(data) > _TX_UNIT or not calldeck_native.put(data):
            # Empty frames fill its last unit, as `put` does.
            self.backlog += data + bytes(-len(data) % _TX_UNIT)
            self.flush()

    @micropython.native
    def flush(self) -> None:
        """Write as many units as fit without waiting."""
        while self.backlog and calldeck_native.put(self.backlog[:_TX_UNIT]):
            self.backlog = self.backlog[_TX_UNIT:]


def run() -> None:
    """Run the console until a reset is ordered; never returns otherwise."""
    watchdog = machine.WDT(timeout=_WATCHDOG_MS)  # first: what fails below starts again
    micropython.alloc_emergency_exception_buf(100)
    micropython.kbd_intr(-1)  # byte 3 is data here, not Ctrl-C
    frames.use(calldeck_native.encode, calldeck_native.decode)
    board = Board()
    port = Port()
    state = core.State(board.identity())
    state.uptime_ms = time.ticks_ms()
    _recall(state)
    board.start(state)
    if _was_bitten:
        state.link.notice(messages.LOG, (_WARNING,), b"restarted by the watchdog")
    gc.collect()
    state.free_heap = gc.mem_free()
    _Runner(state, board, port, watchdog).run()


class _Runner:
    """The loop: what has happened is told to the core, what it says is done, then it waits."""

    def __init__(self, state: core.State, board: Board, port: Port, watchdog: machine.WDT) -> None:
        self.state = state
        self.board = board
        self.port = port
        self.watchdog = watchdog
        self.waiter = select.poll()
        self.waiter.register(sys.stdin, select.POLLIN)
        self.waiter.register(board.wake, select.POLLIN)
        self.readable = False
        self.collected = time.ticks_ms()
        self.counted = -1

    @micropython.native
    def run(self) -> None:
        """Run until a reset is ordered."""
        state = self.state
        board = self.board
        port = self.port
        marks = board.marks
        ring = board.ring
        while True:
            if marks[_READ] == marks[_WRITE]:
                now = time.ticks_ms()
                if state.lamps.due(now):
                    board.show(core.picture(state, now))
            else:
                # A press first: what else it means comes after its frame.
                place = marks[_READ]
                what = ring[place]
                core.hear(state, what >> 1, what & 1 == 0, ring[place + 1], ring[place + 2])
                marks[_READ] = 0 if place == _LAST_CHANGE else place + 3
                if not port.backlog:
                    state.room = _TX_ROOM
                    tx = core.transmit(state, time.ticks_ms())
                    if tx:
                        port.send(tx)
            self._wait(self._step())

    @micropython.native
    def _step(self) -> int:
        """Tell the core the news and do what it says; return the time of the step."""
        state = self.state
        board = self.board
        port = self.port
        rx = calldeck_native.take() if self.readable else b""
        wake = board.wake
        while wake.any():
            wake.read(wake.any())
        now = time.ticks_ms()
        marks = board.marks
        # Most turns of the loop have no change to take, and ask no more than this.
        quiet = marks[_READ] == marks[_WRITE] and marks[_LOST] == board.lost_seen
        edges = _NO_CHANGES if quiet and not board.any_deaf else board.changes(now)
        state.overrun = marks[_LOST]
        board.show(core.advance(state, now, edges, rx))
        marks[_VIEW] = state.view
        if port.backlog:
            port.flush()
        self._transmit(now)
        board.tell_handlers(state)
        if state.link.presses + state.link.overflow != self.counted:
            self.counted = state.link.presses + state.link.overflow
            _remember(state)
        if state.reset_mode >= 0 and not state.link.confirm_due and not port.backlog:
            _reset(state.reset_mode)
        self.watchdog.feed()
        spent = time.ticks_diff(time.ticks_ms(), now)
        if spent > state.worst_loop:
            state.worst_loop = spent
        return now

    @micropython.native
    def _transmit(self, now: int) -> None:
        """Send the most urgent frame, where one is due."""
        port = self.port
        self.state.room = 0 if port.backlog else _TX_ROOM
        tx = core.transmit(self.state, now)
        if tx:
            port.send(tx)

    @micropython.native
    def _wait(self, now: int) -> None:
        """Wait for an edge, for bytes or for the core's next deadline after `now`.

        The time of the step, not the present: what is due in between has not been shown.
        """
        wake_at = core.wake_at(self.state, now)
        wait = time.ticks_diff(wake_at, time.ticks_ms())
        if self.port.backlog and wait < 2:
            wait = 2  # the host is slow to read: let it, and look again
        if wait > _IDLE_MS and time.ticks_diff(now, self.collected) > _COLLECT_MS:
            gc.collect()
            self.collected = now
            wait = time.ticks_diff(wake_at, time.ticks_ms())
        wait = self.board.wait_ms(wait)
        self.readable = False
        for stream, _ in self.waiter.ipoll(wait if wait > 0 else 0):
            if stream is sys.stdin:
                self.readable = True


def _recall(state: core.State) -> None:
    """Take over the counters of the boot before, unless the power was cut."""
    memory = machine.mem32
    if memory[_SCRATCH + 4] == _COUNT_WORD:
        state.link.presses = memory[_SCRATCH + 8]
        state.link.overflow = memory[_SCRATCH + 12]


def _remember(state: core.State) -> None:
    """Put the counters where a reset does not reach them."""
    memory = machine.mem32
    memory[_SCRATCH + 4] = _COUNT_WORD
    memory[_SCRATCH + 8] = state.link.presses
    memory[_SCRATCH + 12] = state.link.overflow


def _reset(mode: int) -> None:
    """Leave the mode word for the next boot and reset."""
    machine.mem32[_SCRATCH] = _MODE_WORD | mode if mode else 0
    time.sleep_ms(20)  # the last frame leaves the USB buffer
    machine.reset()
