"""The lamps' pins and the microphone switch."""

import time

import calldeck_native
import micropython
from machine import PWM, Pin
from micropython import const

from calldeck_console import core, pins
from calldeck_console.lamps import FULL, LAMPS, Lamps
from calldeck_console.pico.inputs import Inputs

_ALL_LAMPS = const((1 << 10) - 1)
# For the flight recorder and the watchdog: STAGE_LAMPS, PART_LAMPS of calldeck_wire.flight.
_IN_LAMPS = const(4 | 2 << 8)
# Fast enough that no eye and no camera sees it, and a lamp is late by half a millisecond at most:
# a new width counts from the next period on.
_DIMMED_HZ = 2_000
_PERIOD_US = 500
_WHOLE = 65_535


class _Dimmed:
    """A lamp that is on for part of each period; called like a pin."""

    def __init__(self, pin: Pin, percent: int) -> None:
        self.width = 0
        self.light = PWM(pin, freq=_DIMMED_HZ, duty_u16=0)
        self.dim(percent)

    def dim(self, percent: int) -> None:
        """Set the brightness; it shows when the lamp is lit the next time."""
        self.width = percent * _WHOLE // FULL

    def __call__(self, lit: int) -> None:
        """Light the lamp, or do not."""
        self.light.duty_u16(self.width if lit else 0)


class Outputs:
    """What the pins show, set only where it changes."""

    def __init__(self, switch: Pin, inputs: Inputs, lamps: Lamps) -> None:
        self.pins = [Pin(number, Pin.OUT, value=0) for number in pins.LAMPS]
        # A pin where a lamp is as bright as it can be.
        self.lamps: list[Pin | _Dimmed] = list(self.pins)
        self.dimmers: list[_Dimmed | None] = [None] * LAMPS
        self.brightness = lamps.brightness
        self.percents = bytearray([FULL] * LAMPS)
        self.core = lamps
        self.dimmed = 0
        self.switch = switch
        self.inputs = inputs
        self.touched = inputs.touched
        self.stage = calldeck_native.stage
        self.shown = 1 << core.MICROPHONE_BIT

    @micropython.native
    def show(self, lit: int) -> None:
        """Set the pins that differ from what they show."""
        self.stage(_IN_LAMPS)
        changed = lit ^ self.shown
        touched = self.touched
        if changed >> core.MICROPHONE_BIT & 1 or touched[0]:
            if not touched[0] or self.inputs.all_told():
                # A handler that has set the switch since is newer than what we know.
                touched[0] = 0
                self.switch(lit >> core.MICROPHONE_BIT & 1)
            else:
                changed &= ~(1 << core.MICROPHONE_BIT)
        if self.dimmed != self.core.dimmed:
            self._dim()
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

    def _dim(self) -> None:
        """Bring each lamp to its brightness."""
        self.dimmed = self.core.dimmed
        for lamp in range(LAMPS):
            percent = self.brightness[lamp]
            if percent == self.percents[lamp]:
                continue
            self.percents[lamp] = percent
            self._set_brightness(lamp, percent)

    def _set_brightness(self, lamp: int, percent: int) -> None:
        lit = self.shown >> lamp & 1
        dimmer = self.dimmers[lamp]
        if percent != FULL:
            if dimmer is None:
                dimmer = self.lamps[lamp] = self.dimmers[lamp] = _Dimmed(self.pins[lamp], percent)
            dimmer.dim(percent)
            dimmer(lit)
        elif dimmer is not None:
            dimmer.light.deinit()
            self.pins[lamp].init(Pin.OUT, value=lit)
            self.lamps[lamp] = self.pins[lamp]
            self.dimmers[lamp] = None

    def levels(self) -> tuple[int, int]:
        """Return what the pins are at: one bit per lamp, and the microphone's control net.

        A dimmed lamp counts as lit when it was so at any time in a whole period.
        """
        lit = 0
        for lamp, pin in enumerate(self.pins):
            if pin():
                lit |= 1 << lamp
            elif self.percents[lamp] != FULL:
                began = time.ticks_us()
                while time.ticks_diff(time.ticks_us(), began) < _PERIOD_US:
                    if pin():
                        lit |= 1 << lamp
                        break
        return (lit, self.switch())
