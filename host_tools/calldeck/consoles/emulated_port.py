"""The emulated console's serial port: a pseudo-terminal that comes and goes like a USB one.

A thread moves the bytes between it and the emulator's process, so that a program that blocks in a
read, or is busy, does not stop the console.
"""

import base64
import contextlib
import json
import os
import selectors
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from calldeck.consoles.emulator_process import Command, EmulatorProcess, Report
from calldeck.errors import EmulatorError
from calldeck.text import translate as _

# How soon an opened port is noticed: nothing tells the master side of a pseudo-terminal of it.
OPEN_CHECK_S = 0.01
READ_BYTES = 4096
PORT_NAME = "console"

_CHILD = "child"
_PORT = "port"
_WAKE = "wake"


class PortRelay:
    """Runs the thread between the emulator's process and the pseudo-terminal.

    `on_report` gets every report and `on_end` the reason when the process has ended by itself, both
    in the thread. The port is `folder / PORT_NAME`, a symbolic link
    that exists while the console is connected.
    """

    def __init__(
        self,
        process: EmulatorProcess,
        folder: Path,
        on_report: Callable[[Report], None],
        on_end: Callable[[EmulatorError], None],
    ) -> None:
        self.path = folder / PORT_NAME
        self._process = process
        self._on_report = on_report
        self._on_end = on_end
        self._lock = threading.Lock()
        self._replies: dict[int, Future[Report]] = {}
        self._last_id = 0
        self._ended: EmulatorError | None = None
        self._master: int | None = None
        self._slave_path = ""
        self._is_open = False
        self._to_port = bytearray()
        self._lines = bytearray()
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._stopping = False
        self._selector.register(process.output, selectors.EVENT_READ, _CHILD)
        self._selector.register(self._wake_read, selectors.EVENT_READ, _WAKE)
        self._thread = threading.Thread(target=self._run, name="calldeck-emulated", daemon=True)

    def start(self) -> None:
        """Begin to relay, with what the emulator has said at its start."""
        self._handle(self._process.first_report)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and take the port away."""
        self._stopping = True
        os.write(self._wake_write, b"\0")
        self._thread.join()
        self._close_port()
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)
        self._fail(EmulatorError(_("The emulated console has been closed.")))

    def request(self, *commands: Command) -> Future[Report]:
        """Have commands executed; the future gets the report."""
        future: Future[Report] = Future()
        # Whoever waits may give up; what was asked for is done all the same, and is answered here.
        future.set_running_or_notify_cancel()
        with self._lock:
            if self._ended is not None:
                future.set_exception(self._ended)
                return future
            self._last_id += 1
            self._replies[self._last_id] = future
            self._write({"id": self._last_id, "commands": commands})
        return future

    # --- the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            waiting_for_open = self._master is not None and not self._is_open
            for key, events in self._selector.select(OPEN_CHECK_S if waiting_for_open else None):
                if key.data == _CHILD:
                    self._child_speaks()
                elif key.data == _PORT:
                    self._port_ready(events)
            if self._ended is not None:
                return
            if waiting_for_open:
                self._look_for_open()

    def _child_speaks(self) -> None:
        data = os.read(self._process.output.fileno(), 1 << 16)
        if not data:
            self._close_port()
            error = self._process.ended()
            self._fail(error)
            self._on_end(error)
            return
        self._lines += data
        *complete, rest = bytes(self._lines).split(b"\n")
        self._lines = bytearray(rest)
        for line in complete:
            self._handle(json.loads(line))

    def _handle(self, report: Report) -> None:
        for _at, text in report.get("bytes", ()):
            self._to_port += base64.b64decode(text)
        for _at, connected in report.get("links", ()):
            self._close_port()
            if connected:
                self._open_port()
        self._feed_port()
        self._on_report(report)
        future = self._replies.pop(report["id"], None) if "id" in report else None
        if future is not None:
            future.set_result(report)

    def _send(self, *commands: Command) -> None:
        with self._lock:
            self._write({"id": 0, "commands": commands})

    def _write(self, message: dict[str, Any]) -> None:
        # A process that has died is noticed where its output ends.
        with contextlib.suppress(OSError, ValueError):
            self._process.input.write(json.dumps(message).encode() + b"\n")
            self._process.input.flush()

    def _fail(self, error: EmulatorError) -> None:
        with self._lock:
            self._ended = error
            waiting, self._replies = self._replies, {}
        for future in waiting.values():
            future.set_exception(error)

    # --- the pseudo-terminal ----------------------------------------------------------------------

    def _open_port(self) -> None:
        self._master, self._slave_path = open_terminal()
        self._to_port.clear()
        link = self.path.with_suffix(".new")
        link.symlink_to(self._slave_path)
        link.replace(self.path)
        # Nobody has it open yet: a host reads nothing then, and DTR is low.
        self._send(["dtr", False], ["reading", False])

    def _close_port(self) -> None:
        if self._master is None:
            return
        self.path.unlink(missing_ok=True)
        self._forget_opener()
        # Closing the last master hangs up whoever has the port open, as pulling the cable does.
        os.close(self._master)
        self._master = None

    def _look_for_open(self) -> None:
        if self._master is None or not has_opener(self._master):
            return
        self._is_open = True
        self._selector.register(self._master, selectors.EVENT_READ, _PORT)
        self._send(["reading", True], ["dtr", True])

    def _forget_opener(self) -> None:
        if self._is_open and self._master is not None:
            self._selector.unregister(self._master)
        self._is_open = False
        self._to_port.clear()

    def _port_ready(self, events: int) -> None:
        if self._master is None:
            return
        if events & selectors.EVENT_WRITE:
            self._feed_port()
        if not events & selectors.EVENT_READ:
            return
        try:
            data = os.read(self._master, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._send(["send", base64.b64encode(data).decode()])
        else:
            # The program has closed the port; the console is still there.
            self._forget_opener()
            self._send(["discard"], ["dtr", False], ["reading", False])

    def _feed_port(self) -> None:
        """Pass on what the device said; when the program does not read, neither does the host."""
        if self._master is None or not self._is_open:
            return
        was_full = bool(self._selector.get_key(self._master).events & selectors.EVENT_WRITE)
        while self._to_port:
            try:
                count = os.write(self._master, self._to_port)
            except BlockingIOError:
                break
            except OSError:
                self._to_port.clear()  # Closed: the next read says so.
                break
            del self._to_port[:count]
        is_full = bool(self._to_port)
        if is_full != was_full:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if is_full else 0)
            self._selector.modify(self._master, events, _PORT)
            self._send(["reading", not is_full])


# The branches are written as if and else, so that a type checker for any platform skips the other.


def open_terminal() -> tuple[int, str]:
    """Make a raw pseudo-terminal: the master's descriptor and the path of the other side."""
    if sys.platform == "win32":
        raise EmulatorError(
            _("The emulated console in real time needs pseudo-terminals, which Windows lacks.")
        )
    else:  # noqa: RET506 - see above
        import tty

        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        path = os.ttyname(slave)
        os.close(slave)
        return master, path


def has_opener(master: int) -> bool:
    """Say whether a program has the other side of the pseudo-terminal open."""
    if sys.platform == "win32":
        return False
    else:  # noqa: RET505 - see above
        import select

        poll = select.poll()
        poll.register(master, select.POLLIN)
        return not any(events & select.POLLHUP for _fd, events in poll.poll(0))
