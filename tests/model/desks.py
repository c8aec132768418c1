"""The real desk, each of its steps taken once: `calldeck.desk.step` behind a memory.

See `normal` for what makes two desks one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.model.grid import NOW, UNIT
from tests.model.normal import normal
from tests.model.run import Broken

from calldeck.desk import (
    AcdCommand,
    Desk,
    Event,
    LampPlan,
    Policy,
    PressOutcome,
    Result,
    Verb,
    View,
    lamps,
    machine,
)


class Asked(NamedTuple):
    """A command as the world sees it: numbers in the new normal form, presses in the old one."""

    number: int
    verb: Verb
    press: str | None
    request: str | None
    call: bool
    argument: str


class Effect(NamedTuple):
    """What one step did. `names`: the old names of the presses that the desk still knows."""

    desk: int
    names: tuple[str, ...]
    ended: tuple[tuple[str, str, str], ...]
    commands: tuple[Asked, ...]
    numbers: dict[int, int]
    turned: bool
    before: Desk
    after: Desk
    event: Event
    results: tuple[Result, ...]
    wrong: tuple[tuple[str, str], ...]


class Drawing(NamedTuple):
    """What the host draws of a desk: pattern names, and what a press on it will mean."""

    plan: LampPlan
    view: View


class Desks:
    """All desks met so far, by number, and what was found of them."""

    def __init__(
        self,
        policy: Policy,
        checks: tuple[Callable[[Effect], str | None], ...] = (),
        seen: Callable[[Desk, Event], None] | None = None,
    ) -> None:
        self.known: list[Desk] = []
        self.drawings: list[Drawing | None] = []
        self._ids: dict[Desk, int] = {}
        self._steps: dict[tuple[int, Event], Effect] = {}
        self._later: dict[int, int] = {}
        self._checks = checks
        self._seen = seen
        self.start = self.keep(Desk.start(policy))
        self.steps = 0

    def keep(self, desk: Desk) -> int:
        """Return the number of a desk in normal form."""
        number = self._ids.get(desk)
        if number is None:
            number = self._ids[desk] = len(self.known)
            self.known.append(desk)
            self.drawings.append(None)
        return number

    def drawing(self, number: int) -> Drawing:
        """Return what the host draws of a desk."""
        drawing = self.drawings[number]
        if drawing is None:
            desk = self.known[number]
            drawing = self.drawings[number] = Drawing(lamps.plan(desk, NOW), desk.view())
        return drawing

    def step(self, number: int, event: Event) -> Effect:
        """Let a desk take an event at `NOW`."""
        effect = self._steps.get((number, event))
        if effect is None:
            effect = self._steps[number, event] = self._step(number, event)
        return effect

    def later(self, number: int) -> int:
        """Return the same desk one tick later, nothing having been told to it yet."""
        found = self._later.get(number)
        if found is None:
            desk, _, _ = normal(self.known[number], UNIT)
            found = self._later[number] = self.keep(desk)
        return found

    def _step(self, number: int, event: Event) -> Effect:
        before = self.known[number]
        self.steps += 1
        if self._seen is not None:
            self._seen(before, event)
        # By its module: a rule that is broken on purpose is broken there.
        try:
            after, results = machine.step(before, event, NOW)
        except Exception as error:
            # Every (status, event) pair has an answer: `step` is total.
            said = f"{type(event).__name__} in {before.status.value}: {error!r}"
            raise Broken("every_event_has_an_answer", said) from error
        kept, names, numbers = normal(after, 0)
        ended = [r for r in results if isinstance(r, PressOutcome)]
        effect = Effect(
            desk=self.keep(kept),
            names=tuple(names),
            ended=tuple((one.press, one.outcome, one.why) for one in ended),
            commands=tuple(
                Asked(
                    numbers.get(r.number, 0), r.verb, r.press, _request(after, r), *_aim(after, r)
                )
                for r in results
                if isinstance(r, AcdCommand)
            ),
            numbers=numbers,
            turned=after.turn != before.turn,
            before=before,
            after=after,
            event=event,
            results=results,
            wrong=(),
        )
        wrong = [(check.__name__, said) for check in self._checks if (said := check(effect))]
        return effect._replace(wrong=tuple(wrong))


def _request(desk: Desk, command: AcdCommand) -> str | None:
    return next((wish.request for wish in desk.wishes if wish.number == command.number), None)


def _aim(desk: Desk, command: AcdCommand) -> tuple[bool, str]:
    return command.call is not None, command.argument
