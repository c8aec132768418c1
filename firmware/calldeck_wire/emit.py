"""The mark of what MicroPython compiles to machine code.

Its compiler knows `@micropython.native` by these two words and never looks the name up, so
here it stands for nothing: on CPython a function stays what it is.
"""

TYPE_CHECKING = False  # MicroPython has no typing
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    _Function = TypeVar("_Function", bound=Callable[..., object])


class micropython:  # noqa: N801 the name that the compiler knows
    """In the place of MicroPython's module."""

    @staticmethod
    def native(function: "_Function") -> "_Function":
        """Return the function."""
        return function


def const(value: int) -> int:
    """Return the value; MicroPython's compiler knows the word, and puts it where it is used."""
    return value
