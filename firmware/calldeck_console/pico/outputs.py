"""The lamps' pins and the microphone switch."""

import micropython
from machine import Pin
from micropython import const

from calldeck_console import core, pins
from calldeck_console.pico.inputs import Inputs

_ALL_LAMPS = const((1 << 10) - 1)


class Outputs:
    """What the pins show, set only where it changes."""

    def __init__(self, switch: Pin, inputs: Inputs) -> None:
        self.lamps = [Pin(number, Pin.OUT, value=0) for number in pins.LAMPS]
        self.switch = switch
        self.inputs = inputs
        self.touched = inputs.touched
        self.shown = 1 << core.MICROPHONE_BIT

    @micropython.native
    def show(self, lit: int) -> None:
        """Set the pins that differ from what they show."""
        changed = lit ^ self.shown
        touched = self.touched
        if changed >> core.MICROPHONE_BIT & 1 or touched[0]:
            if not touched[0] or self.inputs.all_told():
                # A handler that has set the switch since is newer than what we know.
                touched[0] = 0
                self.switch(lit >> core.MICROPHONE_BIT & 1)
            else:
                changed &= ~(1 << core.MICROPHONE_BIT)
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

    def levels(self) -> tuple[int, int]:
        """Return what the pins are at: one bit per lamp, and the microphone's control net."""
        lit = 0
        for lamp, pin in enumerate(self.lamps):
            if pin():
                lit |= 1 << lamp
        return (lit, self.switch())
