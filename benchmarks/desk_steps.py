"""How long one step of the desk takes, and whether steps leave anything behind.

A seeded day of random events: presses on what is shown and on what was, facts, answers, losses.
"""

from __future__ import annotations

import gc
import random
import sys
from array import array
from time import perf_counter_ns

from table import Row, percentile

from calldeck.desk import (
    AcdLink,
    AgentFact,
    Asked,
    Button,
    Call,
    Channel,
    CommandResult,
    ConsoleLink,
    DeadlinePassed,
    Desk,
    Edge,
    EdgesCancelled,
    EquipmentFault,
    Event,
    Held,
    MicrophoneChanged,
    Outcome,
    Policy,
    QueueFact,
    Status,
    SystemMicrophone,
    Verb,
    step,
)

STEPS = 100_000
SEED = 6
ROUNDS = 4
BOUNDS = {"wishes": 8, "downs": 4, "faults": 8, "unattended": 8, "help_unheard": 8}
"""What one desk may remember at the most."""
_IN_CALL = (Status.RINGING, Status.TALKING, Status.HELD)


class Day:
    """A desk to which anything may happen; the same seed is the same day."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.now = 1_000_000
        self.desk = Desk.start(Policy("1001"))
        self.view = self.desk.view()
        self.count = 0
        for event in (
            ConsoleLink(True),
            AcdLink(True),
            AgentFact(Status.AVAILABLE, "", None, None, ""),
        ):
            self.desk, _ = step(self.desk, event, self.now)

    def next_event(self) -> Event:
        """Let some time pass, and say what happens now."""
        chance = self._random
        self.now += chance.choice((1, 20, 100, 400, 1500))
        self.count += 1
        if chance.random() < 0.7:
            self.view = self.desk.view()
        kind = chance.random()
        if kind < 0.45:
            down = {one.button for one in self.desk.downs}
            button = chance.choice(tuple(Button))
            return Edge(f"1.{self.count}", button, button not in down, self.now, self.view)
        if kind < 0.6 and self.desk.wishes:
            wish = chance.choice(self.desk.wishes)
            outcome = chance.choice((Outcome.CONFIRMED, Outcome.CONFIRMED, Outcome.DENIED))
            return CommandResult(wish.number, outcome, "")
        if kind < 0.8:
            return self._fact()
        return self._other()

    def _fact(self) -> AgentFact:
        chance = self._random
        status = chance.choice(tuple(Status))
        call = None
        if status in _IN_CALL:
            channel = chance.choice((Channel.VOICE, Channel.VOICE, Channel.CHAT))
            call = Call(f"call-{self.count // 20}", "support", self.now, channel=channel)
        muted = chance.choice((True, False, None))
        return AgentFact(status, "", call, muted, chance.choice(("agent", "supervisor")))

    def _other(self) -> Event:
        chance = self._random
        if not self.desk.acd_up:
            return AcdLink(True)
        return chance.choice(
            (
                DeadlinePassed(),
                DeadlinePassed(),
                Held(tuple(one.button for one in self.desk.downs), self.now),
                MicrophoneChanged(chance.random() < 0.5, self.count, "button"),
                SystemMicrophone(chance.choice((True, False, None))),
                QueueFact(chance.randrange(12), None),
                EquipmentFault(f"part {chance.randrange(20)}", chance.random() < 0.5),
                Asked(f"request-{self.count}", chance.choice((Verb.LOGIN, Verb.LOGOUT))),
                EdgesCancelled("replug"),
                ConsoleLink(chance.random() < 0.5),
                AcdLink(chance.random() < 0.8),
            )
        )


def timed(day: Day, times: array[int]) -> int:
    """Take as many steps as there is room for times; return the largest excess over BOUNDS."""
    excess = 0
    for place in range(len(times)):
        event = day.next_event()
        began = perf_counter_ns()
        day.desk, _ = step(day.desk, event, day.now)
        times[place] = perf_counter_ns() - began
        for name, bound in BOUNDS.items():
            excess = max(excess, len(getattr(day.desk, name)) - bound)
    return excess


def rows() -> list[Row]:
    """Measure. Whatever else runs here disturbs: `desk.step_us` is the best of the rounds.

    What a leak leaves it leaves in every round, so the least of them counts: the interpreter's own
    stores of free objects fill up meanwhile, a little less each time.
    """
    times = array("q", [0]) * STEPS
    found: list[tuple[float, float]] = []
    left: list[int] = []
    excess = 0
    for _ in range(ROUNDS):
        blocks = _blocks()
        excess = max(excess, timed(Day(SEED), times))
        left.append(_blocks() - blocks)
        found.append((percentile(times, 0.99) / 1000, percentile(times, 0.5) / 1000))
    best, middle = min(found)
    worst = max(found)[0]
    leak = max(0, min(left))
    return [
        Row("desk.step_us.p50", "one step of the desk, of 100,000", middle, "us"),
        Row("desk.step_us", f"the same, p99; best of {ROUNDS}", best, "us", limit=100),
        Row("desk.step_us.worst", f"the same, p99; worst of {ROUNDS}", worst, "us"),
        Row("desk.leak_blocks", f"blocks left by 100,000 steps; least of {ROUNDS}", leak, "blocks",
            100, 0),
        Row("desk.excess", "entries beyond what a desk may remember", max(0, excess), "entries", 0),
    ]  # fmt: skip


def _blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()
