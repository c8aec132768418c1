"""What a storm does to the link: the transports, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.unit.link.line import PERFECT, Faults


@dataclass(frozen=True)
class Weather:
    """One transport. every_s: the mean seconds between two troubles of a kind (`Storm.trouble`).

    The clocks of both ends run apart, and clock, edges and presses begin just before their wrap,
    in every one of them.
    """

    faults: Faults = PERFECT
    every_s: Mapping[str, float] = field(default_factory=dict)


WEATHERS: Mapping[str, Weather] = {
    "clean": Weather(),
    "one byte at a time": Weather(Faults(one_byte=True)),
    "lossy": Weather(Faults(lose=0.2)),
    "duplicating": Weather(Faults(duplicate=0.3)),
    "corrupting": Weather(Faults(corrupt=0.1, tear=0.1)),
    "delayed": Weather(Faults(delay_ms=(0, 90))),
    # Slower than either end is patient: everything is sent again before it is answered.
    "slow": Weather(Faults(delay_ms=(140, 180))),
    "stalling": Weather(every_s={"stall": 9}),
    "cut and reopened": Weather(every_s={"cut": 7}),
    # What waits in a console is lost with its memory: the stalls let something wait.
    "watchdog": Weather(every_s={"watchdog": 7, "stall": 9}),
    "power cuts": Weather(every_s={"power": 7, "stall": 9}),
    "refusing ledger": Weather(every_s={"refuse": 4}),
    "all of it": Weather(
        Faults(lose=0.06, duplicate=0.06, corrupt=0.03, tear=0.03, delay_ms=(0, 40)),
        {"stall": 45, "cut": 30, "watchdog": 30, "power": 90, "refuse": 20, "deaf": 45},
    ),
    "all of it, byte by byte": Weather(
        Faults(lose=0.06, duplicate=0.06, corrupt=0.03, tear=0.03, one_byte=True),
        {"stall": 45, "cut": 30, "watchdog": 30, "power": 90, "refuse": 20, "deaf": 45},
    ),
}
