"""gpiozero on an emulated console: a pin factory over the console's control socket.

What is a Raspberry Pi at a test rig (`hardware/rig.toml`: its GPIO n is wired to the Pico's GP n)
is the control socket here, so the same program works with both:

    GPIOZERO_PIN_FACTORY=calldeck CALLDECK_GPIO_SOCKET=... python program.py

An `OutputDevice` drives a net of the Pico, a `DigitalInputDevice` watches one. Times of events are
seconds of emulated time. gpiozero is an optional part (`pip install calldeck[rig]`).
"""

import contextlib
import json
import os
import queue
import socket
import threading
from typing import Any

from gpiozero.exc import (
    PinInvalidBounce,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPull,
    PinPWMUnsupported,
    PinSetInput,
)
from gpiozero.pins.pi import PiFactory, PiPin

from calldeck.errors import EmulatorError
from calldeck.text import translate as _

SOCKET_VARIABLE = "CALLDECK_GPIO_SOCKET"
RIG_REVISION = 0xC03114
"""The board that a rig has: a Raspberry Pi 4B. Devices ask the factory for its pins."""
_PATIENCE_S = 30.0


class CalldeckFactory(PiFactory):  # type: ignore[misc]  # gpiozero has no types
    """Pins of the console behind a control socket.

    path: of the socket; else the environment variable CALLDECK_GPIO_SOCKET names it. Raises
    EmulatorError where no console listens there.
    """

    def __init__(self, path: str | None = None) -> None:
        super().__init__()
        self.pin_class = CalldeckPin
        self._wire = _Wire(path or os.environ.get(SOCKET_VARIABLE, ""), self._changed)

    def close(self) -> None:
        """Let go of all pins."""
        super().close()
        self._wire.close()

    def request(self, what: str, **values: object) -> dict[str, Any]:
        """Have the console's harness do something; see `control_socket`."""
        return self._wire.request({"do": what, **values})

    def ticks(self) -> float:
        """Return the emulated time, in seconds."""
        return float(self.request("now")["now_us"]) / 1e6

    def ticks_diff(self, later: float, earlier: float) -> float:
        """Return the seconds between two ticks."""
        return later - earlier

    def _get_revision(self) -> int:
        return RIG_REVISION

    def _changed(self, number: int, at_s: float, level: bool) -> None:
        for pin in list(self.pins.values()):
            if pin.gpio == number:
                pin.changed(at_s, level)


class CalldeckPin(PiPin):  # type: ignore[misc]
    """One net of the console, driven or watched."""

    def __init__(self, factory: CalldeckFactory, info: Any) -> None:
        super().__init__(factory, info)
        self.gpio: int = self._number
        self._function = "input"
        self._pull = info.pull or "floating"
        self._level = False
        self._bounce: float | None = None
        self._edges = "both"

    def close(self) -> None:
        """Let go of it."""
        self.when_changed = None
        self.function = "input"

    def changed(self, at_s: float, level: bool) -> None:
        """Tell a change to whoever waits for it."""
        wanted = {"both": True, "rising": level, "falling": not level, "none": False}
        if self._when_changed is not None and wanted[self._edges]:
            self._call_when_changed(at_s, int(level))

    def _get_function(self) -> str:
        return self._function

    def _set_function(self, value: str) -> None:
        if value not in ("input", "output"):
            raise PinInvalidFunction(f"the function of {self!r} can be input or output")
        if value == "output":
            self._drive(self._level)
        elif self._function == "output":
            self.factory.request("release", pin=self.gpio)
        self._function = value

    def output_with_state(self, state: float) -> None:
        """Drive it, at this level from the first instant on."""
        self._level = bool(state)
        self.function = "output"

    def _get_state(self) -> int:
        if self._function == "output":
            return int(self._level)
        level = self.factory.request("level", pin=self.gpio)["level"]
        # What nobody drives is where its resistor pulls it.
        return int(self._pull == "up" if level is None else level)

    def _set_state(self, value: float) -> None:
        if self._function != "output":
            raise PinSetInput(f"cannot set the state of {self!r}, which is an input")
        self._drive(bool(value))

    def _drive(self, level: bool) -> None:
        self._level = level
        self.factory.request("drive", pin=self.gpio, level=level)

    def _get_pull(self) -> str:
        return self._pull

    def _set_pull(self, value: str) -> None:
        if value not in ("floating", "up", "down"):
            raise PinInvalidPull("a pull is floating, up or down")
        self._pull = value

    def _get_frequency(self) -> None:
        return None

    def _set_frequency(self, value: float | None) -> None:
        if value is not None:
            raise PinPWMUnsupported("a rig drives levels, no waves")

    def _get_bounce(self) -> float | None:
        return self._bounce

    def _set_bounce(self, value: float | None) -> None:
        if value is not None:
            raise PinInvalidBounce("the rig sees every edge; leave bounce_time out")
        self._bounce = value

    def _get_edges(self) -> str:
        return self._edges

    def _set_edges(self, value: str) -> None:
        if value not in ("none", "falling", "rising", "both"):
            raise PinInvalidEdges("edges are none, falling, rising or both")
        self._edges = value

    def _enable_event_detect(self) -> None:
        self.factory.request("watch", pins=[self.gpio])

    def _disable_event_detect(self) -> None:
        """Changes still come, and are told to nobody."""


class _Wire:
    """The socket: requests from any thread, events in a thread of their own."""

    def __init__(self, path: str, on_edge: Any) -> None:
        self._socket = _connect(path)
        self._on_edge = on_edge
        self._lock = threading.Lock()
        self._last_id = 0
        self._answers: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._edges: queue.SimpleQueue[tuple[int, float, bool] | None] = queue.SimpleQueue()
        # Told apart from the reading: whoever is told may ask for something and wait for it.
        self._threads = [
            threading.Thread(target=self._read, name="gpio wire", daemon=True),
            threading.Thread(target=self._tell, name="gpio events", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def request(self, message: dict[str, Any]) -> dict[str, Any]:
        """Ask and wait for the answer. Raises EmulatorError where there is none, or a refusal."""
        answer: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        try:
            with self._lock:
                self._last_id += 1
                number = self._last_id
                self._answers[number] = answer
                self._socket.sendall(json.dumps({"id": number, **message}).encode() + b"\n")
            told = answer.get(timeout=_PATIENCE_S)
        except (OSError, queue.Empty):
            told = {"error": _("the console does not answer")}
        if "error" in told:
            raise EmulatorError(
                _("The emulated console did not do {what}: {why}.").format(
                    what=message["do"], why=told["error"]
                )
            )
        return told

    def close(self) -> None:
        """End the connection and the threads."""
        with contextlib.suppress(OSError):  # it may be gone already
            self._socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_PATIENCE_S)
        self._socket.close()

    def _read(self) -> None:
        try:
            with self._socket.makefile("rb") as lines:
                for line in lines:
                    self._take(json.loads(line))
        except (OSError, ValueError):
            pass  # the console has gone
        self._edges.put(None)
        for answer in list(self._answers.values()):
            answer.put({"error": _("the console has gone")})

    def _take(self, message: dict[str, Any]) -> None:
        if "pin" in message:
            edge = (message["pin"], message["at_us"] / 1e6, bool(message["level"]))
            self._edges.put(edge)
            return
        answer = self._answers.pop(message["id"], None)
        if answer is not None:
            answer.put(message)

    def _tell(self) -> None:
        while (edge := self._edges.get()) is not None:
            self._on_edge(*edge)


def _connect(path: str) -> socket.socket:
    if not path:
        raise EmulatorError(
            _("Say which console: set {variable} to the path of its control socket.").format(
                variable=SOCKET_VARIABLE
            )
        )
    # By name, so that a type checker for Windows, which lacks it, has nothing to say.
    wire = socket.socket(getattr(socket, "AF_UNIX", socket.AF_INET), socket.SOCK_STREAM)
    try:
        wire.connect(path)
    except OSError as error:
        wire.close()
        raise EmulatorError(
            _("No emulated console listens on {path}: {why}.").format(
                path=path, why=error.strerror or error
            )
        ) from error
    return wire
