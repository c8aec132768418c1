"""The model's ACD: what it does by itself, and with what it is asked."""

from __future__ import annotations

from tests.model.normal import OTHER
from tests.model.state import FACT, Acd, Answer, Pending, World
from tests.model.world import Model

from calldeck.desk import Outcome, Status, Verb

IN_CALL = (Status.RINGING, Status.TALKING, Status.HELD)
HOW = (
    "does",
    "does, telling the fact first",
    "does silently",
    "does, answering later",
    "confirms",
    "refuses",
    "loses",
)


def acd_is_lost(model: Model, world: World) -> World | None:
    return model.acd_link(world, up=False) if world.acd.up else None


def acd_is_back(model: Model, world: World) -> World | None:
    return None if world.acd.up else model.acd_link(world, up=True)


def acd_is_heard(model: Model, world: World) -> World | None:
    return model.hear(world) if world.acd.queue else None


def _changes(acd: Acd, status: Status, **more: object) -> Acd:
    """Return the ACD with another truth, which it tells where it can."""
    queue = (FACT,) if acd.up else ()
    after = acd._replace(status=status, queue=queue)._replace(**more)  # type: ignore[arg-type]
    if after.call != acd.call:
        pending = tuple([one._replace(call=False) for one in acd.pending])
        after = after._replace(pending=pending)
    if not after.call:
        after = after._replace(outbound=False, lately=False)
    return after


def becomes(
    frm: tuple[Status, ...],
    to: Status,
    call: str | None,
    own: bool,
    outbound: bool,
    model: Model,
    world: World,
) -> World | None:
    """Let the ACD's truth change by itself. `call`: None as it is, empty none, OTHER a new one."""
    acd = world.acd
    if acd.queue or acd.status not in frm or (acd.status is to and call is None):
        return None
    if not acd.up and not own:
        return None  # while nobody listens a forced change is told as any other one is
    now = acd.call if call is None else call
    more: dict[str, object] = {"call": now, "own": own}
    if call is not None:
        more.update(muted=False if model.run.tells_mute else None)
    if now == OTHER and call is not None:
        more.update(outbound=outbound, lately=not outbound)
    return world._replace(acd=_changes(acd, to, **more))


def mutes_elsewhere(model: Model, world: World) -> World | None:
    acd = world.acd
    if acd.queue or acd.muted is None or acd.status is not Status.TALKING:
        return None
    return world._replace(acd=_changes(acd, acd.status, muted=not acd.muted))


_EFFECTS: dict[Verb, tuple[tuple[Status, ...], Status]] = {
    Verb.LOGIN: ((Status.LOGGED_OUT,), Status.NOT_READY),
    Verb.LOGOUT: (
        (Status.NOT_READY, Status.AVAILABLE, Status.AFTER_CALL_WORK),
        Status.LOGGED_OUT,
    ),
    Verb.READY: ((Status.NOT_READY, Status.AFTER_CALL_WORK), Status.AVAILABLE),
    Verb.NOT_READY: ((Status.AVAILABLE, Status.AFTER_CALL_WORK), Status.NOT_READY),
    Verb.END_WORK: ((Status.AFTER_CALL_WORK,), Status.AVAILABLE),
    Verb.HOLD: ((Status.TALKING,), Status.HELD),
    Verb.RESUME: ((Status.HELD,), Status.TALKING),
    Verb.ANSWER: ((Status.RINGING,), Status.TALKING),
    Verb.HANG_UP: ((Status.TALKING, Status.HELD), Status.AFTER_CALL_WORK),
}


def _carried_out(acd: Acd, asked: Pending) -> Acd | None:
    """Return the ACD after it has done what is asked, the news not told; None: it cannot."""
    verb = asked.verb
    if not asked.call:
        return None
    if verb in (Verb.ASSIST, Verb.EMERGENCY):
        return acd
    if verb in (Verb.MUTE, Verb.UNMUTE):
        if acd.status not in (Status.TALKING, Status.HELD) or acd.muted is None:
            return None
        return _changes(acd, acd.status, muted=verb is Verb.MUTE)
    frm, to = _EFFECTS[verb]
    if acd.status not in frm:
        return None
    return _changes(acd, to, own=True, **({"call": ""} if verb is Verb.HANG_UP else {}))


def answers(how: str, place: int, model: Model, world: World) -> World | None:
    """Let the ACD take the command at `place` of those it has."""
    acd = world.acd
    if acd.queue or place >= len(acd.pending):
        return None
    asked = acd.pending[place]
    rest = acd.pending[:place] + acd.pending[place + 1 :]
    without = acd._replace(pending=rest)
    if how == "loses":
        # What nobody waits for any more may be forgotten; what is waited for is just not answered.
        return world._replace(acd=without) if asked.number == 0 else None
    if not acd.up or asked.done is not (how == "confirms"):
        return None
    if how == "confirms":
        answer = Answer(asked.number, Outcome.CONFIRMED)
        return world._replace(acd=without._replace(queue=(answer,)))
    if how == "refuses":
        return world._replace(acd=without._replace(queue=(Answer(asked.number, Outcome.DENIED),)))
    done = _carried_out(without, asked)
    if done is None:
        return None
    answer = Answer(asked.number, Outcome.CONFIRMED)
    queue = {
        "does": (answer, *done.queue),
        "does, telling the fact first": (*done.queue, answer),
        "does silently": done.queue,
        "does, answering later": done.queue,
    }[how]
    if how != "does" and not done.queue:
        return None
    if how == "does, answering later":
        done = done._replace(pending=(*done.pending, asked._replace(done=True)))
    return world._replace(acd=done._replace(queue=queue))


def says(status: Status, model: Model, world: World) -> World | None:
    """Let the ACD's truth be this, whatever it was before: the ACD is always right."""
    acd = world.acd
    if acd.queue or not acd.up:
        return None
    call, more = "", {}
    if status in IN_CALL:
        call = acd.call or OTHER
        more = {"lately": True} if not acd.call else {}
    muted = acd.muted if call and acd.call else False if model.run.tells_mute else None
    own = status is acd.status or acd.own
    return world._replace(acd=_changes(acd, status, call=call, muted=muted, own=own, **more))


def is_cause(own: bool, model: Model, world: World) -> World | None:
    """Let the next change have a cause that the agent knows of, or none such."""
    acd = world.acd
    return None if acd.queue or acd.own is own else world._replace(acd=acd._replace(own=own))
