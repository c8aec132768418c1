"""The other end of a control socket: asks a console's harness, and is told when pins change.

For programs that block and have threads, such as gpiozero's; needs nothing but the socket.
"""

import contextlib
import json
import queue
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from calldeck.errors import EmulatorError
from calldeck.text import translate as _

PATIENCE_S = 30.0
"""A busy computer answers late, but not that late."""

OnEdge = Callable[[int, float, bool | None], None]
"""Gets a pin, the emulated seconds of its change, and what the firmware drives since, if it does.

Called in a thread of its own, one change at a time; it may ask for something and wait for it.
"""

Answer = dict[str, Any]


class ControlClient:
    """One connection to the control socket at `path`.

    Raises EmulatorError where no console listens there.
    """

    def __init__(self, path: str, on_edge: OnEdge) -> None:
        self._socket = _connect(path)
        self._on_edge = on_edge
        self._lock = threading.Lock()
        self._last_id = 0
        self._answers: dict[int, queue.SimpleQueue[Answer]] = {}
        self._ended = False
        self._edges: queue.SimpleQueue[tuple[int, float, bool | None] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._read, name="calldeck-control", daemon=True),
            threading.Thread(target=self._tell, name="calldeck-edges", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def request(self, what: str, **values: object) -> Answer:
        """Ask, and wait for the answer.

        Raises EmulatorError where it is a refusal, or where none comes.
        """
        try:
            told = self._ask({"do": what, **values})
        except (OSError, queue.Empty):
            told = {"error": _("it does not answer")}
        if "error" in told:
            raise EmulatorError(
                _("The emulated console did not do {what}: {why}.").format(
                    what=what, why=told["error"]
                )
            )
        return told

    def close(self) -> None:
        """End the connection and the threads. What was driven over it is let go."""
        with contextlib.suppress(OSError):  # the other end may have gone already
            self._socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(PATIENCE_S)
        self._socket.close()

    def _ask(self, message: Answer) -> Answer:
        answer: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        with self._lock:
            if self._ended:
                return _gone()
            self._last_id += 1
            number = self._last_id
            self._answers[number] = answer
            self._socket.sendall(json.dumps({"id": number, **message}).encode() + b"\n")
        try:
            return answer.get(timeout=PATIENCE_S)
        finally:
            self._answers.pop(number, None)

    # --- the threads ----------------------------------------------------------------------------

    def _read(self) -> None:
        # The console may go at any moment, in the middle of a line too.
        with contextlib.suppress(OSError, ValueError), self._socket.makefile("rb") as lines:
            for line in lines:
                self._take(json.loads(line))
        self._edges.put(None)
        with self._lock:
            self._ended = True
            waiting = list(self._answers.values())
        for answer in waiting:
            answer.put(_gone())

    def _take(self, message: Answer) -> None:
        if "pin" in message:
            self._edges.put((message["pin"], message["at_us"] / 1e6, message["level"]))
        elif (answer := self._answers.get(message["id"])) is not None:
            answer.put(message)

    def _tell(self) -> None:
        while (edge := self._edges.get()) is not None:
            try:
                self._on_edge(*edge)
            except Exception:  # noqa: BLE001 whatever goes wrong in one who is told
                # It must not keep the next change from the others; it is shown as any error that
                # ends a thread.
                threading.excepthook(
                    threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread()))
                )


def _gone() -> Answer:
    return {"error": _("it has gone")}


def _connect(path: str) -> socket.socket:
    if sys.platform == "win32":
        raise EmulatorError(_("The control socket needs Unix sockets, which Windows lacks."))
    else:  # noqa: RET506 - so that a type checker for any platform skips the other branch
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            end.connect(path)
        except OSError as error:
            end.close()
            raise EmulatorError(
                _(
                    "No emulated console listens on {path}: {why}. Start one with "
                    "'python -m calldeck.consoles.emulated IMAGE', which says where it listens."
                ).format(path=path, why=error.strerror or error)
            ) from error
        return end
