"""What serial ports need of the event loop: nobody waits for a dead one, and nobody is alarmed.

The library that puts a port on the loop opens and closes it in the loop's threads, and reports a
port that dies under a write to the loop's exception handler.
"""

import asyncio
import functools
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import serial
import serial_asyncio_fast
import structlog

_log = structlog.get_logger(__name__)

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def prepare_for_ports(loop: asyncio.AbstractEventLoop) -> None:
    """Make a loop fit for serial ports; call it before a port is opened on it."""
    loop.set_default_executor(PortThreads())
    loop.set_exception_handler(_note_dead_port)


class PortThreads(ThreadPoolExecutor):
    """The threads of a loop, where what is done to a port can be left behind.

    The system may hold on to who closes a port that was just pulled for half a minute, and a
    name server that does not answer is as slow. The end of the loop and of the program waits for
    every thread of a pool; so these jobs get daemon threads of their own, which end with the
    program. Whatever else is asked for is done to its end, as in any pool.
    """

    def submit(
        self, fn: Callable[_Given, _Result], /, *args: _Given.args, **kwargs: _Given.kwargs
    ) -> Future[_Result]:
        """Have it done in a thread."""
        if not _is_done_to_a_port(fn):
            return super().submit(fn, *args, **kwargs)
        future: Future[_Result] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 it belongs to whoever waits
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, name="port", daemon=True).start()
        return future


def _is_done_to_a_port(job: Callable[..., object]) -> bool:
    target = job.func if isinstance(job, functools.partial) else job
    # Finding its host, opening it; and what closes it, which are its own methods.
    if target in (socket.getaddrinfo, serial.serial_for_url):
        return True
    return isinstance(getattr(target, "__self__", None), serial.SerialBase)


def _note_dead_port(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a port says as it dies; its connection ends with it, and tells people by itself.

    Anything else is a bug, and is handled as the loop always does.
    """
    transport, error = context.get("transport"), context.get("exception")
    if isinstance(transport, serial_asyncio_fast.SerialTransport) and isinstance(error, OSError):
        port = getattr(transport.serial, "port", None)
        _log.debug("port failed", port=port, what=context.get("message"), error=str(error))
    else:
        loop.default_exception_handler(context)
