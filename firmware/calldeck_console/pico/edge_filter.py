"""The filter in front of an input: a state machine of the PIO, one for each input.

It waits until the pin leaves the level that it has told last, and tells the other one when
that has held for HELD_US without a break: it puts the level into its FIFO and raises its
interrupt. It samples every 2 us, needs no processor for it, and goes on while the flash is
written or interrupts are off: what it has told meanwhile waits in the FIFO in its order.
"""

from array import array

import machine
import rp2
from machine import Pin
from micropython import const

# From a change of the level to its interrupt.
HELD_US = const(195)
# Counts down in turns of two instructions, a microsecond each, the last one at 0.
_TURNS = const((HELD_US - 7) // 2)

# What `rp2.asm_pio(fifo_join=rp2.PIO.JOIN_RX)` makes of the lines beside it: made here at
# every start it would cost 4 ms and 2 kB. A test on the board compares the two.
_WORDS = (
    0xE020 | _TURNS >> 5,  # set(x, TURNS >> 5)    what a `set` can hold are 5 bits:
    0x4025,  #               in_(x, 5)             the number is put together once
    0xE020 | _TURNS & 31,  # set(x, TURNS & 31)
    0x4025,  #               in_(x, 5)
    0xA0E6,  #               mov(osr, isr)         and kept in OSR
    0x006D,  #               jmp(not_y, "low")     where to begin, see `begin`
    0x2020,  # "high"        wait(0, pin, 0)         after wrap_target()
    0xA027,  #               mov(x, osr)
    0x00C6,  # "falling"     jmp(pin, "high")      no more than a glitch
    0x0048,  #               jmp(x_dec, "falling")
    0xA0C3,  #               mov(isr, null)
    0x8000,  #               push(noblock)
    0xC010,  #               irq(rel(0))           a flag of its own in either block
    0x20A0,  # "low"         wait(1, pin, 0)
    0xA027,  #               mov(x, osr)
    0x00D1,  # "rising"      jmp(pin, "still")
    0x000D,  #               jmp("low")            no more than a glitch
    0x004F,  # "still"       jmp(x_dec, "rising")
    0xE041,  #               set(y, 1)
    0xA0C2,  #               mov(isr, y)
    0x8000,  #               push(noblock)
    0xC010,  #               irq(rel(0))             before wrap()
)
_HIGH = const(6)
_LOW = const(13)
_END = const(21)
# As rp2.asm_pio returns it: the words, where they lie in either block, the registers EXECCTRL
# (where it wraps) and SHIFTCTRL (both FIFOs joined, so that eight levels can wait), and no
# pins that it drives.
PROGRAM = [array("H", _WORDS), -1, -1, _HIGH << 7 | _END << 12, 2 << 30, None, None, None]

_BLOCKS = const(0x50200000)
_BLOCK_BYTES = const(0x100000)
_ADDRESS = const(0xD4)  # SM0_ADDR: the instruction that is due
_MACHINE_BYTES = const(0x18)
_SET_Y = const(0xE040)


class EdgeFilter:
    """One filter. `machine` is the state machine, with its FIFO and its interrupt."""

    def __init__(self, place: int, pin: Pin) -> None:
        """Make the filter of a pin; `place` says which of the eight state machines it takes."""
        self.machine = rp2.StateMachine(place, PROGRAM, freq=1_000_000, in_base=pin, jmp_pin=pin)
        block = place >> 2
        self._address = _BLOCKS + _BLOCK_BYTES * block + _ADDRESS + _MACHINE_BYTES * (place & 3)
        self._origin = PROGRAM[1 + block]

    def begin(self, level: bool) -> None:
        """Begin anew, as if `level` had been told; what waits in the FIFO is forgotten.

        To be called with interrupts off: they stop machines of the same block.
        """
        machine = self.machine
        machine.active(0)
        machine.restart()
        while machine.rx_fifo():
            machine.get()
        machine.exec(_SET_Y | level)
        machine.active(1)

    def told(self) -> int:
        """Return the level that it told last, -1 while it is counting."""
        at = machine.mem32[self._address] - self._origin
        if at == _HIGH:
            return 1
        return 0 if at == _LOW else -1

    def is_stuck(self) -> bool:
        """Tell whether it does not run, or nobody takes what it tells.

        Between a level in the FIFO and its interrupt lies a microsecond, so it looks twice.
        """
        machine = self.machine
        return not machine.active() or bool(machine.rx_fifo() and machine.rx_fifo())
