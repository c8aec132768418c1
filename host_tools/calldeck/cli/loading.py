"""Loading modules without the garbage collector, which finds nothing in them but looks at it all.

It would do so several times while they are loaded, for a tenth of a start, and again whenever it
looks at everything, for as long as a lamp may be late by.
"""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Collect nothing while the body runs, and what is there at its end never: modules stay."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()
