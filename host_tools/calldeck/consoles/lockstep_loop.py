"""An asyncio event loop on an emulator's time, and the transport to the emulated serial port.

A program that runs on this loop is not changed for it: its sleeps, timeouts and `loop.time()` are
emulated, and when it waits, the emulated Pico runs. Nothing depends on how fast the computer is.
"""

import asyncio
import errno
import math
import selectors
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, Unpack

from calldeck.text import translate as _

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

    from calldeck.consoles.lockstep import LockstepEmulator

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

# With nothing scheduled at all the emulator runs on in steps of this length.
IDLE_STEP_NS = 10_000_000
# A program that never waits would stop the time for ever: after this many rounds it moves a little.
SPINNING_ROUNDS = 1_000
SPINNING_STEP_NS = 100_000
HIGH_WATER = 64 * 1024
LOW_WATER = 16 * 1024

# Programs that "crashed": their tasks must never be collected, for that would run their clean-up.
_crashed: list[object] = []


class LockstepSelector(selectors.BaseSelector):
    """Waits by running the emulator; real files (the loop's own wake-up pipe) are looked at."""

    def __init__(self, pico: "LockstepEmulator") -> None:
        self._pico = pico
        self._files = selectors.DefaultSelector()
        self._rounds_without_time = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._files.select(0)
        if ready:
            return ready
        if timeout is None:
            self._advance(IDLE_STEP_NS)
        elif timeout > 0:
            # Rounded up, past the noise of the subtraction: one nanosecond short costs a round.
            self._advance(math.ceil(timeout * 1e9 - 0.01))
        else:
            self._rounds_without_time += 1
            if self._rounds_without_time > SPINNING_ROUNDS:
                self._advance(SPINNING_STEP_NS)
        return ready

    def _advance(self, nanoseconds: int) -> None:
        self._rounds_without_time = 0
        self._pico.run_until_output((self._pico.now_ns + nanoseconds) / 1000)

    def register(
        self, fileobj: "FileDescriptorLike", events: int, data: Any = None
    ) -> selectors.SelectorKey:
        return self._files.register(fileobj, events, data)

    def unregister(self, fileobj: "FileDescriptorLike") -> selectors.SelectorKey:
        return self._files.unregister(fileobj)

    def modify(
        self, fileobj: "FileDescriptorLike", events: int, data: Any = None
    ) -> selectors.SelectorKey:
        return self._files.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._files.get_map()

    def close(self) -> None:
        self._files.close()


class LockstepLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock is the emulator's.

    A new loop on an emulator hangs up what an earlier one has left open, as the system does for
    a program that died.
    """

    def __init__(self, pico: "LockstepEmulator") -> None:
        self._pico = pico
        self._is_dead = False
        pico.hang_up()
        super().__init__(LockstepSelector(pico))

    def time(self) -> float:
        """Give the emulated time in seconds."""
        return self._pico.now_ns / 1e9

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[Unpack[_Ts]], _T],
        *args: *_Ts,
    ) -> asyncio.Future[_T]:
        """Call the function at once: a thread would take real time, which nothing here may see."""
        future: asyncio.Future[_T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits the future
            future.set_exception(error)
        return future

    def crash(self) -> None:
        """End the program on this loop without any clean-up, as a kill does.

        Its tasks stop where they are; no `finally`, no `except`, no `__exit__` of theirs runs.
        """
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        _crashed.append((self, tasks, list(self._ready), list(self._scheduled)))  # type: ignore[attr-defined]
        self._pico.hang_up()
        self._is_dead = True
        self.close()

    def call_soon(
        self,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Have something called, unless the program has crashed.

        When the interpreter ends it takes even the tasks of crashed programs apart; what those
        still want then goes nowhere, and is no error.
        """
        if self._is_dead:
            return asyncio.Handle(callback, args, self, context)
        return super().call_soon(callback, *args, context=context)


class LockstepTransport(asyncio.Transport):
    """The emulated serial port for one protocol.

    When the cable is pulled or the console restarts, the protocol's `connection_lost` gets an
    OSError (EIO), as a real serial port does.
    """

    def __init__(
        self,
        pico: "LockstepEmulator",
        loop: asyncio.AbstractEventLoop,
        protocol: asyncio.BaseProtocol,
    ) -> None:
        super().__init__({"emulator": pico})
        self._pico = pico
        self._loop = loop
        self._protocol = protocol
        self._closing = False
        self._lost = False
        self._reading = True
        self._held: list[bytes] = []
        self._writing_paused = False
        self._high = HIGH_WATER
        self._low = LOW_WATER

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        held, self._held = self._held, []
        for data in held:
            self.bytes_arrived(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or not data:
            return
        self._pico.send(bytes(data))
        if self._pico.queued > self._high and not self._writing_paused:
            self._writing_paused = True
            self._call("pause_writing")

    def get_write_buffer_size(self) -> int:
        return 0 if self._lost else self._pico.queued

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low, self._high

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = HIGH_WATER if high is None else high
        self._low = self._high // 4 if low is None else low

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        """Close the port when the device has taken what was written."""
        if self._closing:
            return
        self._closing = True
        if self._pico.queued == 0:
            self._finish(None)

    def abort(self) -> None:
        """Close the port now; what was written and not taken is lost."""
        self._closing = True
        self._finish(None)

    # --- called by the emulator -------------------------------------------------------------------

    def bytes_arrived(self, data: bytes) -> None:
        """Pass on what the device handed over."""
        if self._closing:
            return
        if self._reading:
            self._call("data_received", data)
        else:
            self._held.append(data)

    def drained(self, queued: int) -> None:
        """Take note of how many bytes the device has not taken yet."""
        if self._closing and queued == 0:
            self._finish(None)
        elif self._writing_paused and queued <= self._low:
            self._writing_paused = False
            self._call("resume_writing")

    def link_lost(self) -> None:
        """Tell the protocol that the port is gone."""
        self._closing = True
        self._report_lost(OSError(errno.EIO, _("The emulated console has gone from the port.")))

    def _finish(self, error: Exception | None) -> None:
        if not self._lost:
            self._report_lost(error)
            self._pico.hang_up()

    def _report_lost(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._lost = True
        self._call("connection_lost", error)

    def _call(self, method: str, *arguments: object) -> None:
        # A loop that has ended without closing its port cannot be told anything.
        if not self._loop.is_closed():
            self._loop.call_soon(getattr(self._protocol, method), *arguments)
