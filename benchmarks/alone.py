"""How a part of a benchmark is run by itself: in full, or with `--short` in a minute or so."""

from __future__ import annotations

import sys
from collections.abc import Callable

from table import Row, report

SHORT = "--short"


def alone(rows: Callable[[bool], list[Row]], title: str) -> int:
    """Measure and report; return 1 where a limit is broken."""
    full = SHORT not in sys.argv
    sys.argv = [word for word in sys.argv if word != SHORT]
    return report(rows(full), title)
