"""Arithmetic on counters that wrap at 2**30.

Console milliseconds (MicroPython's `ticks_ms`), edge sequence numbers, lamp state
numbers and the microphone's change counter all live in this ring: the largest one
whose values are small integers in MicroPython, so that counting never allocates.
"""

from calldeck_wire.emit import const, micropython

MODULUS = 1 << 30
MASK = MODULUS - 1
HALF = MODULUS >> 1
# In the code itself, where a name would be looked up each time.
_MASK = const((1 << 30) - 1)
_HALF = const(1 << 29)


@micropython.native
def difference(later: int, earlier: int) -> int:
    """Return `later - earlier` on the ring, from -2**29 to 2**29 - 1."""
    # Through the middle of the ring: MODULUS itself is no small integer.
    return ((later - earlier + _HALF) & _MASK) - _HALF


@micropython.native
def add(value: int, amount: int) -> int:
    """Return `value + amount` on the ring; the amount may be negative."""
    return (value + amount) & _MASK
