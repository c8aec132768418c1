"""The runner of the Pico: one loop around one poll object, and nothing is polled.

It is woken by the interrupt handlers of the inputs, by bytes from the host, or by the
core's next deadline.
"""

import gc
import os
import select
import sys
import time

import calldeck_native
import machine
import micropython
from machine import Pin
from micropython import const

from calldeck_console import VERSION, core, pins
from calldeck_console.keeping import Keeper
from calldeck_console.link import Identity
from calldeck_console.pico import modes
from calldeck_console.pico.inputs import Inputs
from calldeck_console.pico.outputs import Outputs
from calldeck_console.pico.port import ROOM, Port
from calldeck_console.pico.store import Flash
from calldeck_console.state import State
from calldeck_wire import frames, messages

# Longer than any wait and the slowest write to the flash together, and short enough that a
# console that hung is back before an agent has pressed a second time.
_WATCHDOG_MS = 1000
_COLLECT_MS = 1000
_IDLE_MS = const(20)
_WARNING = 30  # as in Python's logging
# What the watchdog wants to see before it is fed.
_INPUTS_RAN = const(1)
_LAMPS_RAN = const(2)
_LINK_RAN = const(4)
_ALL_RAN = const(7)


def run() -> None:
    """Run the console until a reset is ordered; never returns otherwise."""
    watchdog = machine.WDT(timeout=_WATCHDOG_MS)  # first: what fails below starts again
    micropython.alloc_emergency_exception_buf(100)
    micropython.kbd_intr(-1)  # byte 3 is data here, not Ctrl-C
    frames.use(calldeck_native.encode, calldeck_native.decode)
    switch = Pin(pins.MICROPHONE_SWITCH, Pin.OUT, value=1)
    inputs = Inputs(switch)
    keeper = Keeper(Flash(watchdog))
    state = State(_identity(), keeper.settings)
    outputs = Outputs(switch, inputs, state.lamps)
    state.uptime_ms = time.ticks_ms()
    state.link.presses, state.link.overflow = modes.recall_counters()
    inputs.start(state)
    if modes.was_bitten():
        state.link.notice(messages.LOG, (_WARNING,), b"restarted by the watchdog")
    if keeper.lost:
        state.link.notice(messages.FAULT, (messages.FAULT_SETTINGS_LOST, 0, state.uptime_ms))
    _Runner(state, inputs, outputs, Port(), watchdog, keeper).run()


def _identity() -> Identity:
    """Return who this board is, and why it booted."""
    board = 0
    for bit, number in enumerate(pins.BOARD_STRAPS):
        if not Pin(number, Pin.IN, Pin.PULL_UP)():
            board |= 1 << bit
    boot = int.from_bytes(os.urandom(4), "little")
    return Identity(
        machine.unique_id(), bytes(VERSION), board, modes.cause(), boot, modes.boot_mode()
    )


class _Runner:
    """The loop: what has happened is told to the core, what it says is done, then it waits."""

    def __init__(
        self,
        state: State,
        inputs: Inputs,
        outputs: Outputs,
        port: Port,
        watchdog: machine.WDT,
        keeper: Keeper,
    ) -> None:
        self.state = state
        self.inputs = inputs
        self.outputs = outputs
        self.port = port
        self.watchdog = watchdog
        self.keeper = keeper
        self.ran = 0
        self.waiter = select.poll()
        self.waiter.register(sys.stdin, select.POLLIN)
        self.waiter.register(inputs.wake, select.POLLIN)
        self.readable = False
        self.collected = 0
        self.counted = -1

    @micropython.native
    def run(self) -> None:
        """Run until a reset is ordered."""
        state = self.state
        inputs = self.inputs
        port = self.port
        self._collect()
        while True:
            if inputs.tell_one(state):
                # A press first: what else it means comes after its frame.
                if not port.backlog:
                    state.room = ROOM
                    tx = core.transmit(state, time.ticks_ms())
                    if tx:
                        port.send(tx)
            else:
                now = time.ticks_ms()
                if state.lamps.due(now):
                    self.outputs.show(core.picture(state, now))
            self._wait(self._step())

    @micropython.native
    def _step(self) -> int:
        """Tell the core the news and do what it says; return the time of the step."""
        state = self.state
        inputs = self.inputs
        port = self.port
        rx = calldeck_native.take() if self.readable else b""
        wake = inputs.wake
        while wake.any():
            wake.read(wake.any())
        now = time.ticks_ms()
        edges = inputs.changes(now)
        state.overrun = inputs.lost()
        self.ran |= _INPUTS_RAN
        self.outputs.show(core.advance(state, now, edges, rx))
        self.ran |= _LAMPS_RAN
        inputs.tell_handlers(state)
        if port.backlog:
            port.flush()
        self._transmit(now)
        self.ran |= _LINK_RAN
        if state.link.presses + state.link.overflow != self.counted:
            self.counted = state.link.presses + state.link.overflow
            modes.keep_counters(state.link.presses, state.link.overflow)
        if state.reset_mode >= 0 and not state.link.confirm_due and not port.backlog:
            modes.reset(state.reset_mode)
        if self.ran == _ALL_RAN:
            self.ran = 0
            self.watchdog.feed()
        spent = time.ticks_diff(time.ticks_ms(), now)
        if spent > state.worst_loop:
            state.worst_loop = spent
        # Behind that: a write of the flash is no slow loop, and has a count of its own.
        if not state.settings.saved and inputs.all_told() and not port.backlog:
            self.keeper.save(state)
        return now

    @micropython.native
    def _transmit(self, now: int) -> None:
        """Send the most urgent frame, where one is due."""
        state = self.state
        port = self.port
        state.room = 0 if port.backlog else ROOM
        if state.link.reports & messages.REPORT_LEVELS:
            state.levels = self.inputs.levels() + self.outputs.levels()
        tx = core.transmit(state, now)
        if tx:
            port.send(tx)

    @micropython.native
    def _wait(self, now: int) -> None:
        """Wait for an edge, for bytes or for the core's next deadline after `now`.

        The time of the step, not the present: what is due in between has not been shown.
        """
        wake_at = core.wake_at(self.state, now)
        wait = time.ticks_diff(wake_at, time.ticks_ms())
        if self.port.backlog:
            wait = self.port.look_again_ms(wait)
        if wait > _IDLE_MS and time.ticks_diff(now, self.collected) > _COLLECT_MS:
            self._collect()
            wait = time.ticks_diff(wake_at, time.ticks_ms())
        wait = self.inputs.wait_ms(wait)
        self.readable = False
        for stream, _ in self.waiter.ipoll(wait if wait > 0 else 0):
            if stream is sys.stdin:
                self.readable = True

    def _collect(self) -> None:
        """Collect while nothing waits, and see how long it took and what is free."""
        state = self.state
        began = time.ticks_us()
        gc.collect()
        took = time.ticks_diff(time.ticks_us(), began)
        if took > state.worst_collection:
            state.worst_collection = took
        state.free_heap = calldeck_native.free_heap()
        self.collected = time.ticks_ms()
