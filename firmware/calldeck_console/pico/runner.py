"""The runner of the Pico: one loop around one poll object, and nothing is polled.

It is woken by the interrupt handlers of the inputs, by bytes from the host, or by the
core's next deadline.
"""

import gc
import io
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
from calldeck_wire import flight, frames, messages

TYPE_CHECKING = False  # MicroPython has no typing
if TYPE_CHECKING:
    from logging import Logger

# Longer than any wait and the slowest write to the flash together, and short enough that a
# console that hung is back before an agent has pressed a second time.
_WATCHDOG_MS = flight.WATCHDOG_MS
_COLLECT_MS = 1000
_IDLE_MS = const(20)
# A collection that takes longer than any should is worth a record.
_LONG_COLLECTION_US = const(5_000)
# For the flight recorder: STAGE_* of calldeck_wire.flight, and above it PART_*, which the watchdog
# wants to see before it is fed. The core's turn comes when the inputs have run.
_IN_INPUTS = const(2)
_IN_CORE = const(3 | 1 << 8)
_TO_LINK = const(5)
_IN_LINK = const(5 | 4 << 8)
_IN_WAIT = const(6)
_IN_COLLECTION = const(7)
_IN_RESET = const(9)


def run() -> None:
    """Run the console; it ends in a reset, by order or by an error."""
    watchdog = machine.WDT(timeout=_WATCHDOG_MS)  # first: what hangs below starts again
    try:
        _run(watchdog)
    except BaseException as error:  # noqa: BLE001 - whatever it is, nobody else is there
        _end(error)


def _run(watchdog: machine.WDT) -> None:
    micropython.alloc_emergency_exception_buf(100)
    micropython.kbd_intr(-1)  # byte 3 is data here, not Ctrl-C
    frames.use(calldeck_native.encode, calldeck_native.decode)
    switch = Pin(pins.MICROPHONE_SWITCH, Pin.OUT, value=1)
    inputs = Inputs(switch)
    keeper = Keeper(Flash(watchdog))
    state = State(_identity(), keeper.settings, calldeck_native.record)
    outputs = Outputs(switch, inputs, state.lamps)
    state.uptime_ms = time.ticks_ms()
    state.link.presses, state.link.overflow = modes.recall_counters()
    inputs.start(state)
    state.flight = modes.last_flight
    if modes.cause() == messages.CAUSE_WATCHDOG:
        log(state).warning("restarted by the watchdog")
    elif modes.cause() == messages.CAUSE_EXCEPTION:
        log(state).error("restarted after an error")
    if keeper.lost:
        state.link.notice(messages.FAULT, (messages.FAULT_SETTINGS_LOST, 0, state.uptime_ms))
    _Runner(state, inputs, outputs, Port(), watchdog, keeper).run()


def log(state: State) -> "Logger":
    """Return the logger whose lines leave for the host, from the first use on.

    It takes 2.4 kB of heap, so a console that has nothing to tell goes without it.
    """
    from calldeck_console.console_log import logger

    return logger(state.link)


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


def _end(error: BaseException) -> None:
    """Show nothing that is not true any more, keep what has happened, and start again.

    Each of them whatever becomes of those before it: the error may be anywhere.
    """
    try:
        Pin(pins.MICROPHONE_SWITCH, Pin.OUT, value=1)
        for number in pins.LAMPS:
            Pin(number, Pin.OUT, value=0)
    finally:
        try:
            told = io.StringIO()
            sys.print_exception(error, told)
            modes.recorder.end_by_error(time.ticks_ms(), told.getvalue())
        finally:
            modes.reset_after_error()


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
        self.stage = calldeck_native.stage
        self.keeper = keeper
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
        stage = self.stage
        self._collect()
        while True:
            stage(_IN_INPUTS)
            if inputs.tell_one(state):
                # A press first: what else it means comes after its frame.
                if not port.backlog:
                    stage(_TO_LINK)
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
        stage = self.stage
        rx = calldeck_native.take() if self.readable else b""
        wake = inputs.wake
        while wake.any():
            wake.read(wake.any())
        now = time.ticks_ms()
        calldeck_native.turn(now)
        edges = inputs.changes(now)
        state.overrun = inputs.lost()
        stage(_IN_CORE)
        self.outputs.show(core.advance(state, now, edges, rx))
        stage(_TO_LINK)
        inputs.tell_handlers(state)
        if port.backlog:
            port.flush()
        self._transmit(now)
        if state.link.presses + state.link.overflow != self.counted:
            self.counted = state.link.presses + state.link.overflow
            modes.keep_counters(state.link.presses, state.link.overflow)
        if state.reset_mode >= 0 and not state.link.confirm_due and not port.backlog:
            stage(_IN_RESET)
            modes.reset(state.reset_mode)
        if calldeck_native.all_ran(now):
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
        self.stage(_IN_LINK)
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
        self.stage(_IN_WAIT)
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
        self.stage(_IN_COLLECTION)
        state = self.state
        self.inputs.repair(state)
        began = time.ticks_us()
        gc.collect()
        took = time.ticks_diff(time.ticks_us(), began)
        if took > _LONG_COLLECTION_US:
            calldeck_native.record(time.ticks_ms(), flight.COLLECTION, took)
        if took > state.worst_collection:
            state.worst_collection = took
        state.free_heap = calldeck_native.free_heap()
        self.collected = time.ticks_ms()
        self.stage(_IN_WAIT)
