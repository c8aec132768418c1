"""How a benchmark says what it measured: a table for people, JSON for programs."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `limit` must hold, `aim` is what we want; None where there is none."""

    id: str
    measure: str
    value: float
    unit: str
    limit: float | None = None
    aim: float | None = None
    better: Literal["lower", "higher"] = "lower"

    @property
    def holds(self) -> bool:
        """Whether the limit is kept."""
        if self.limit is None:
            return True
        return self.value <= self.limit if self.better == "lower" else self.value >= self.limit


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def report(rows: Sequence[Row], title: str) -> int:
    """Print the table, write the file that `--json` names; return 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    table = Table(title=title)
    table.add_column("id")
    table.add_column("measure")
    for name in ("value", "limit", "aim"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    for row in rows:
        limits = ["" if bound is None else f"{bound:g}" for bound in (row.limit, row.aim)]
        style = None if row.holds else "bold red"
        table.add_row(row.id, row.measure, f"{row.value:.3g}", *limits, row.unit, style=style)
    Console(width=110).print(table)
    if arguments.json:
        arguments.json.write_text(
            json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8"
        )
    return 0 if all(row.holds for row in rows) else 1
