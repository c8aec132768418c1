"""What the system tells this process: to end, and to read its settings again."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator

TERMINAL = "/dev/tty"


def _nothing() -> None:
    """Before the run has begun there is nothing to read again."""


class Stop:
    """The wish of somebody outside to end the run, and the exit code that goes with it."""

    def __init__(self) -> None:
        self.on_reload: Callable[[], None] = _nothing
        self.asked = asyncio.Event()
        self.exit_code = 0
        self._task = asyncio.current_task()
        self._awaited = False

    async def wait(self) -> None:
        """Wait for the wish, and end the run in good order then."""
        self._awaited = True
        await self.asked.wait()

    def ask(self, exit_code: int) -> None:
        """Wish for the end; a run that has not begun, or is told again, is cut short."""
        if self._task is not None and (self.asked.is_set() or not self._awaited):
            self._task.cancel()
        self.exit_code = exit_code
        self.asked.set()


@contextlib.contextmanager
def stopping() -> Iterator[Stop]:
    """End the run in good order on SIGTERM, Ctrl-C and a closed terminal; a second cuts it short.

    SIGHUP means a closed terminal only where there was one and is none any more; otherwise it calls
    `Stop.on_reload`. On Windows, Ctrl-C always cuts short.
    """
    stop = Stop()
    loop = asyncio.get_running_loop()
    codes = {signal.SIGTERM: 0, signal.SIGINT: 128 + signal.SIGINT}
    if sys.platform != "win32":
        had_terminal = _has_terminal()

        def hung_up() -> None:
            if had_terminal and not _has_terminal():
                stop.ask(128 + signal.SIGHUP)
            else:
                stop.on_reload()

        for number, code in codes.items():
            loop.add_signal_handler(number, stop.ask, code)
        loop.add_signal_handler(signal.SIGHUP, hung_up)
    try:
        yield stop
    finally:
        if sys.platform != "win32":
            for number in (*codes, signal.SIGHUP):
                loop.remove_signal_handler(number)


def _has_terminal() -> bool:
    """Tell whether this process has a controlling terminal that is still there."""
    if sys.platform == "win32":
        return False
    else:  # noqa: RET505 - so that a type checker for any platform skips the other branch
        try:
            os.close(os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY))
        except OSError:
            return False
        return True
