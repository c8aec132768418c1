"""Arithmetic on counters that wrap at 2**30.

Console milliseconds (MicroPython's `ticks_ms`), edge sequence numbers, lamp state
numbers and the microphone's change counter all live in this ring: the largest one
whose values are small integers in MicroPython, so that counting never allocates.
"""

from calldeck_wire.emit import micropython

MODULUS = 1 << 30
MASK = MODULUS - 1
HALF = MODULUS >> 1


@micropython.native
def difference(later: int, earlier: int) -> int:
    """Return `later - earlier` on the ring, from -2**29 to 2**29 - 1."""
    ahead = (later - earlier) & MASK
    return ahead - MODULUS if ahead >= HALF else ahead


@micropython.native
def add(value: int, amount: int) -> int:
    """Return `value + amount` on the ring; the amount may be negative."""
    return (value + amount) & MASK
