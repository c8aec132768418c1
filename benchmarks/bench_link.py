"""The link under everything that can happen to it: what is lost, how fast it is, what it costs.

In order: storms over the link in jumped time (nothing may be lost), the codec beside compiled
code, many desks in one daemon under load from another core, and in real time on the emulated
console: `kill -9` of the daemon, replugs, a press beside a bare echo and a call of belay.
`--short` does a tenth of each, `--only desks,kill` those parts alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import link_codec
import link_desks
import link_faults
import link_floor
import link_kill
import link_replug
from alone import alone
from table import Row

ONLY = "--only"
PARTS: dict[str, Callable[[bool], list[Row]]] = {
    "faults": link_faults.rows,
    "codec": lambda _full: link_codec.rows(),
    "desks": link_desks.rows,
    "kill": link_kill.rows,
    "replug": link_replug.rows,
    "floor": link_floor.rows,
}


def rows(full: bool) -> list[Row]:
    """Measure part after part."""
    found: list[Row] = []
    for name in parts():
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        found += PARTS[name](full)
    return found


def parts() -> list[str]:
    """Return the parts that are asked for, and take the words that ask for them away."""
    if ONLY not in sys.argv:
        return list(PARTS)
    place = sys.argv.index(ONLY)
    names = sys.argv[place + 1].split(",") if place + 1 < len(sys.argv) else []
    del sys.argv[place : place + 2]
    if not names or not set(names) <= set(PARTS):
        sys.exit(f"bench_link: {ONLY} takes some of {','.join(PARTS)}")
    return names


# Some of it is spawned again in other processes.
if __name__ == "__main__":
    sys.exit(alone(rows, "The link"))
