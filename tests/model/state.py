"""One state of the model, as plain tuples: what is where, and what the invariants remember."""

from __future__ import annotations

from typing import NamedTuple

from tests.model.normal import past

from calldeck.desk import Outcome, Status, Verb, View


class Pending(NamedTuple):
    """A command the ACD has and has not answered. `number` 0: nobody waits for it any more.

    `done`: it is carried out, and only the answer is still to come.
    """

    number: int
    verb: Verb
    call: bool
    """It is meant for the call that is with the agent now, or for none."""
    done: bool = False


class Answer(NamedTuple):
    """An answer on its way to the desk."""

    number: int
    outcome: Outcome


FACT = None
"""The whole truth, on its way to the desk: it is what is true when it arrives."""


class Acd(NamedTuple):
    """The ACD's truth. `call`: empty, the desk's own (HERE) or one the desk knows not of (OTHER).

    `lately`: the call came less than a guard ago. `own`: the agent knows of what caused the last
    change. Nothing happens here while an answer or a fact is on its way, and no time passes.
    """

    up: bool
    status: Status
    call: str
    lately: bool
    muted: bool | None
    own: bool
    outbound: bool
    pending: tuple[Pending, ...]
    queue: tuple[Answer | None, ...]


class Shown(NamedTuple):
    """A lamp state. `fresh`: status and call are what the desk was told then, and were meanwhile.

    `fresh` is the model's own book; the desk's own is `view.turn`.
    """

    slots: bytes
    flags: int
    view: View
    fresh: bool


class Frame(NamedTuple):
    """A lamp state on its way to the console, valid for `left` ticks yet.

    `wrong`, `mute_wrong`: ticks since what it says ceased to be so.
    """

    shown: Shown
    left: int
    wrong: int
    mute_wrong: int


class Travelling(NamedTuple):
    """An edge on its way to the host. `age` in ticks; `birth`: 0 the present session, 1 before."""

    button: int
    pressed: bool
    age: int
    birth: int
    view: View | None
    fresh: bool


class Press(NamedTuple):
    """What the model knows of a press that the desk still knows.

    `ended`, `commands`: how often. `fresh`, `view`: of what was displayed when it went down.
    `late`: it was expired when it arrived. `out`: ticks since its release arrived, -1 before.
    """

    button: int
    ended: int
    commands: int
    fresh: bool
    view: View | None
    late: bool
    out: int


class Watch(NamedTuple):
    """What the invariants remember.

    `wrong`, `mute_wrong`: ticks since what the lamps, the mute lamp say ceased to be so.
    `landed`: a call has reached the desk less than a guard ago. `hand`: MUTE is down: was the
    microphone open, and for how many ticks. `told`: the microphone as the host was told last;
    `retold`: it has something new to tell since.
    """

    wrong: int
    mute_wrong: int
    landed: bool
    hand: tuple[bool, int] | None
    told: bool | None
    retold: bool


class World(NamedTuple):
    """Everything. `desk`, `console`: numbers of `Desks` and `Consoles`.

    `births`: of the presses that have a button down, as the host knows them. `system`: what the
    operating system says of the microphone. `faulty`: equipment is out of order.
    """

    desk: int
    console: int
    acd: Acd
    held: Shown | None
    frame: Frame | None
    up: tuple[Travelling, ...]
    cable: bool
    births: tuple[tuple[int, int], ...]
    presses: tuple[Press, ...]
    watch: Watch
    system: bool | None
    faulty: bool


def outdated(world: World, *, changed: bool, turned: bool) -> World:
    """Note that what is displayed, or was when a button went down, is not so any more."""

    def shown(one: Shown) -> Shown:
        fresh = one.fresh and not changed
        return one._replace(view=past(one.view) if turned else one.view, fresh=fresh)

    return world._replace(
        held=world.held and shown(world.held),
        frame=world.frame and world.frame._replace(shown=shown(world.frame.shown)),
        up=tuple(
            edge._replace(
                view=past(edge.view) if turned and edge.view else edge.view,
                fresh=edge.fresh and not changed,
            )
            for edge in world.up
        ),
        presses=tuple(
            press._replace(fresh=False, view=None) if changed else press for press in world.presses
        ),
    )
