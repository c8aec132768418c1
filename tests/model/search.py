"""Breadth first through all states of a run, and what is to be seen on the graph alone."""

from __future__ import annotations

import gc
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.model.actions import ACTIONS, Action
from tests.model.run import Broken, Run
from tests.model.state import World
from tests.model.world import Model

from calldeck.desk import Desk
from calldeck.desk.table import TRAITS

LONGEST_IDLE = 40
"""So many steps of nothing but time and news may pass until everything that waits has ended."""


@dataclass
class Finding:
    """What a search has found. `complete`: there is no state that was not looked at.

    `depth`: of the farthest state looked at. `broken`: the first violation, with the `steps` to it.
    """

    run: Run
    states: int = 0
    transitions: int = 0
    depth: int = 0
    complete: bool = False
    seconds: float = 0.0
    processor_seconds: float = 0.0
    desks: int = 0
    consoles: int = 0
    broken: Broken | None = None
    steps: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class Walk:
    """One way through a model, step by step: what a pasted counter-example uses."""

    def __init__(self, run: Run, model: Model | None = None) -> None:
        self.model = Model(run) if model is None else model
        self.world = self.model.settled(self.model.start())
        for step in run.prefix:
            self.do(step)
            if self.world.frame is not None and self.world.cable:
                self.world = self.model.settled(self.model.arrive(self.world))

    def do(self, *steps: str) -> Walk:
        """Let these things happen. Raises Broken where an invariant does not hold."""
        for step in steps:
            after = ACTIONS[step](self.model, self.world)
            if after is None:
                raise ValueError(f"{step!r} cannot happen here: see the action in actions.py")
            self.world = self.model.settled(after)
        return self

    def rest(self) -> Walk:
        """Let nothing but time pass until nothing waits. Raises Broken where that never is."""
        said = pending_never_ends(self.model, self.world, {})
        if said is not None:
            raise Broken("pending_never_ends", said)
        return self


def search(model: Model, most: int | None = None) -> Finding:
    """Look at all states of a run, at `most` of them (the run's own); stop at a violation."""
    run = model.run
    finding = Finding(run)
    actions = [(place, ACTIONS[name]) for place, name in enumerate(run.actions)]
    began, began_processor = time.perf_counter(), time.process_time()
    first = Walk(run, model).world
    known: dict[World, int] = {first: 0}
    states = [first]
    parents, causes = array("l", [0]), array("h", [0])
    counts = [0] * len(run.actions)
    bound, at, depth, level_ends = most or run.most, 0, 0, 1
    quiet: dict[World, int] = {}
    collecting = gc.isenabled()
    gc.disable()  # all that is made here is kept
    try:
        while at < len(states):
            if at == level_ends:
                depth, level_ends = depth + 1, len(states)
            world = states[at]
            _expand(
                model, world, actions, finding, counts, (known, states, parents, causes, at), bound
            )
            if (said := pending_never_ends(model, world, quiet)) is not None:
                raise Broken("pending_never_ends", said)
            at += 1
            if len(states) >= bound:
                break
    except Broken as broken:
        finding.broken = broken
        finding.steps = _steps(at, parents, causes, run.actions)
        finding.steps += [broken.step] if broken.step else []
    finally:
        if collecting:
            gc.enable()
    finding.states, finding.depth = len(states), depth
    finding.complete = finding.broken is None and at == len(states)
    finding.seconds = time.perf_counter() - began
    finding.processor_seconds = time.process_time() - began_processor
    finding.desks, finding.consoles = len(model.desks.known), len(model.consoles.known)
    finding.counts = dict(zip(run.actions, counts, strict=True))
    return finding


Graph = tuple[dict[World, int], list[World], "array[int]", "array[int]", int]


def _expand(
    model: Model,
    world: World,
    actions: Sequence[tuple[int, Action]],
    finding: Finding,
    counts: list[int],
    graph: Graph,
    bound: int,
) -> None:
    """Let everything happen that can happen in a state."""
    known, states, parents, causes, at = graph
    place = 0
    try:
        for place, action in actions:
            after = action(model, world)
            if after is None:
                continue
            after = model.settled(after)
            finding.transitions += 1
            counts[place] += 1
            if after in known:
                continue
            known[after] = len(states)
            states.append(after)
            parents.append(at)
            causes.append(place)
    except Broken as broken:
        broken.step = model.run.actions[place]
        raise


def _steps(
    at: int, parents: Sequence[int], causes: Sequence[int], names: Sequence[str]
) -> list[str]:
    steps = []
    while at:
        steps.append(names[causes[at]])
        at = parents[at]
    return steps[::-1]


def pending_never_ends(model: Model, world: World, quiet: dict[World, int]) -> str | None:
    """Every pending state ends: by deadlines alone, and what the ACD has said already.

    From a state only time passes, and what is under way arrives. `quiet` remembers from how many
    steps before its rest each state is known to come there.
    """
    way: list[World] = []
    while world not in quiet:
        if not waits(model.desks.known[world.desk]) and not world.acd.queue:
            quiet[world] = 0
            break
        way.append(world)
        if len(way) > LONGEST_IDLE:
            return f"after {LONGEST_IDLE} steps of rest still waits: {_what(model, world)}"
        after = (
            model.hear(world)
            if world.acd.queue
            else model.report(world)
            if model.report_due(world)
            else model.later(world)
        )
        assert after is not None
        world = model.settled(after)
    steps = quiet[world]
    for passed in reversed(way):
        steps += 1
        quiet[passed] = steps
    return None


def waits(desk: Desk) -> bool:
    """Tell whether something of the desk waits for an end of its own.

    Not a forced change, which waits for the agent; nor a button that a hand holds; nor a plan
    while there is a call, or work after it, to plan for.
    """
    due = (
        desk.plan is not None
        and desk.confirmed
        and desk.plan.verb in (TRAITS[desk.status].plans_due | TRAITS[desk.status].plans_ended)
    )
    return bool(
        desk.wishes
        or desk.feedback is not None
        or desk.choice is not None
        or desk.tap is not None
        or desk.guard_until is not None
        or desk.mute_settles_at is not None
        or desk.hold_reminder_at is not None
        or desk.mute_reminder_at is not None
        or due
    )


def _what(model: Model, world: World) -> str:
    desk = model.desks.known[world.desk]
    names = ("wishes", "feedback", "choice", "tap", "guard_until", "mute_settles_at", "plan")
    return ", ".join(name for name in names if getattr(desk, name))
