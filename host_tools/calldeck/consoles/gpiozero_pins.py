"""gpiozero on an emulated console: a pin factory over the console's control socket.

    GPIOZERO_PIN_FACTORY=calldeck CALLDECK_GPIO_SOCKET=... python program.py

At a test rig a Raspberry Pi is wired to the console (`hardware/rig.toml`): its GPIO n to the Pico's
GP n. This factory shows that rig, its wires included. `GPIO9` here is the Pi's GPIO 9, which means
the net of the Pico's GP9, the hold lamp; and the same program runs with both.

An output drives a net from outside, an input watches what the firmware drives on it: not what
somebody else outside does. Times of events are seconds of emulated time, to the instruction.
gpiozero is an optional part (`pip install calldeck[rig]`); nothing else imports this module.
"""

import contextlib
import os
from typing import Any, NoReturn

from gpiozero.exc import (
    PinFixedPull,
    PinInvalidBounce,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPull,
    PinPWMUnsupported,
    PinSetInput,
    PinSPIUnsupported,
)
from gpiozero.pins.pi import PiBoardInfo, PiFactory, PiPin

from calldeck.consoles.control_client import Answer, ControlClient
from calldeck.errors import EmulatorError
from calldeck.text import translate as _

SOCKET_VARIABLE = "CALLDECK_GPIO_SOCKET"
RIG_REVISION = 0xC03114
"""The board of `hardware/rig.toml`, a Raspberry Pi 4B, by the code that such a board has."""
_EDGES = {"none": (), "falling": (0,), "rising": (1,), "both": (0, 1)}


class CalldeckFactory(PiFactory):  # type: ignore[misc]  # gpiozero has no types
    """The rig of the console behind a control socket.

    path: of the socket; without it the environment variable CALLDECK_GPIO_SOCKET names it. Raises
    EmulatorError where no console listens there.
    """

    def __init__(self, path: str | None = None) -> None:
        super().__init__()
        self.pin_class = CalldeckPin
        info = PiBoardInfo.from_revision(RIG_REVISION)
        self._info: Any = info._replace(model=f"{info.model} (rig of an emulated CallDeck)")
        path = path or os.environ.get(SOCKET_VARIABLE)
        if not path:
            raise EmulatorError(
                _(
                    "Which emulated console? Set {variable} to the path of its control socket; "
                    "'python -m calldeck.consoles.emulated IMAGE' starts one and prints it."
                ).format(variable=SOCKET_VARIABLE)
            )
        self._client = ControlClient(path, self._changed)

    def close(self) -> None:
        """Let go of all pins."""
        super().close()
        self._client.close()

    def request(self, what: str, **values: object) -> Answer:
        """Have the harness do something that no pin can: unplug, plug, reset, power_cycle.

        See `consoles/emulator/README.md`. Raises EmulatorError where it does not.
        """
        return self._client.request(what, **values)

    def ticks(self) -> float:
        """Return the emulated time, in seconds since the console first had power."""
        return float(self.request("now")["now_us"]) / 1e6

    def ticks_diff(self, later: float, earlier: float) -> float:
        """Return the seconds between two ticks."""
        return later - earlier

    def spi(self, **_arguments: object) -> NoReturn:
        """Refuse: a rig has no SPI."""
        raise PinSPIUnsupported("a CallDeck rig has no SPI")

    def _get_board_info(self) -> Any:
        return self._info

    def _changed(self, number: int, at_s: float, level: bool | None) -> None:
        for pin in list(self.pins.values()):
            if pin.gpio == number:
                pin.changed(at_s, level)


class CalldeckPin(PiPin):  # type: ignore[misc]
    """One wire of the rig: drives its net of the console, or watches it."""

    def __init__(self, factory: CalldeckFactory, info: Any) -> None:
        super().__init__(factory, info)
        self.gpio: int = self._number
        self._function = "input"
        self._pull: str = info.pull or "floating"
        self._driven = False
        self._bounce: float | None = None
        self._edges = "both"
        self._seen = 0
        self._watched_since_s = 0.0
        self._quiet_until_s = 0.0

    def close(self) -> None:
        """Let go of it and be as in the beginning, also when the console has gone."""
        self.when_changed = None
        with contextlib.suppress(EmulatorError):
            self.function = "input"
        self._function = "input"
        self._driven = False
        self._pull = self.info.pull or "floating"
        self._bounce = None
        self._edges = "both"

    # --- what it is -----------------------------------------------------------------------------

    def _get_function(self) -> str:
        return self._function

    def _set_function(self, value: str) -> None:
        if value not in ("input", "output"):
            raise PinInvalidFunction(f"the function of {self!r} is input or output, not {value!r}")
        if value == "output":
            self._drive(self._driven)
        elif self._function == "output":
            self.factory.request("release", pin=self.gpio)
        self._function = value

    def output_with_state(self, state: float) -> None:
        """Drive it, at this level from the first instant on."""
        self._driven = bool(state)
        self.function = "output"

    def _get_state(self) -> int:
        if self._function == "output":
            return int(self._driven)
        return self._resting(self.factory.request("level", pin=self.gpio)["level"])

    def _set_state(self, value: float) -> None:
        if self._function != "output":
            raise PinSetInput(f"cannot set the state of {self!r}, which is an input")
        self._drive(bool(value))

    def _drive(self, level: bool) -> None:
        self.factory.request("drive", pin=self.gpio, level=level)
        self._driven = level

    def _resting(self, level: bool | None) -> int:
        """Give the level of the net: where the firmware does not drive it, our pull decides."""
        return int(self._pull == "up" if level is None else level)

    def _get_pull(self) -> str:
        return self._pull

    def _set_pull(self, value: str) -> None:
        if value not in ("floating", "up", "down"):
            raise PinInvalidPull(f"the pull of {self!r} is floating, up or down, not {value!r}")
        if self._function != "input":
            raise PinFixedPull(f"cannot set the pull of {self!r}, which is an output")
        if self.info.pull not in ("", value):
            raise PinFixedPull(f"{self!r} has a resistor of its own that pulls {self.info.pull}")
        self._pull = value

    def _get_frequency(self) -> None:
        return None

    def _set_frequency(self, value: float | None) -> None:
        if value is not None:
            raise PinPWMUnsupported("a CallDeck rig drives levels, no waves")

    # --- what changes ---------------------------------------------------------------------------

    def changed(self, at_s: float, level: bool | None) -> None:
        """Tell a change to whoever waits for it."""
        with self._when_changed_lock:
            state = self._resting(level)
            # No change is what was so before anybody watched, and a pull that takes over from a
            # driver of the same level.
            if at_s < self._watched_since_s or state == self._seen:
                return
            self._seen = state
            handler = self._get_when_changed()
            if handler is None or state not in _EDGES[self._edges] or at_s < self._quiet_until_s:
                return
            self._quiet_until_s = at_s + (self._bounce or 0.0)
        # Not under the lock: a handler may wait for another thread that closes this pin.
        handler(at_s, state)

    def _get_bounce(self) -> float | None:
        return self._bounce

    def _set_bounce(self, value: float | None) -> None:
        try:
            seconds = None if value is None else float(value)
        except (TypeError, ValueError):
            raise PinInvalidBounce("a bounce time is a number of seconds, or None") from None
        if seconds is not None and not seconds >= 0:
            raise PinInvalidBounce("a bounce time must be 0 or greater")
        self._bounce = seconds
        self._quiet_until_s = 0.0

    def _get_edges(self) -> str:
        return self._edges

    def _set_edges(self, value: str) -> None:
        if value not in _EDGES:
            raise PinInvalidEdges(f"edges are {', '.join(_EDGES)}, not {value!r}")
        self._edges = value

    def _enable_event_detect(self) -> None:
        # `changed` waits meanwhile: whoever enables it holds the lock.
        told = self.factory.request("watch", pins=[self.gpio])
        self._seen = self._resting(told["levels"][str(self.gpio)])
        self._watched_since_s = told["now_us"] / 1e6
        self._quiet_until_s = 0.0

    def _disable_event_detect(self) -> None:
        """Changes still come, and are told to nobody."""
