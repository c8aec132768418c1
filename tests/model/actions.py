"""What can happen: each action by its words, as steps of a counter-example name them.

An action takes the model and a state, and gives the next state, or None where it cannot happen.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.model.desks import HERE, OTHER
from tests.model.grid import NOW
from tests.model.state import FACT, Acd, Answer, Pending, World
from tests.model.world import Model

from calldeck.desk import (
    Asked,
    Button,
    ConsoleLink,
    ContactMarked,
    EdgesCancelled,
    EquipmentFault,
    ForcedAcknowledged,
    Held,
    HelpAcknowledged,
    Outcome,
    QueueFact,
    Status,
    SystemMicrophone,
    Verb,
)

Action = Callable[[Model, World], World | None]

# --- the agent's hand, and the cable --------------------------------------------------------------


def press(button: Button, model: Model, world: World) -> World | None:
    downs = model.consoles.faces[world.console].downs
    room = len(world.up) < model.run.most_up
    if downs >> button & 1 or downs.bit_count() >= model.run.most_down or not room:
        return None
    if button is Button.MUTE:
        was_open = not model.consoles.faces[world.console].muted
        world = world._replace(watch=world.watch._replace(hand=(was_open, 0)))
    return model.console_turned(world, model.consoles.press(world.console, button))


def release(button: Button, model: Model, world: World) -> World | None:
    downs = model.consoles.faces[world.console].downs
    if not downs >> button & 1 or len(world.up) >= model.run.most_up:
        return None
    turn = model.consoles.release(world.console, button)
    mute = button is Button.MUTE
    world = model.console_turned(world, turn, released=mute)
    return world._replace(watch=world.watch._replace(hand=None)) if mute else world


def edge_arrives(model: Model, world: World) -> World | None:
    return model.edge(world) if world.up and world.cable else None


def held_is_told(model: Model, world: World) -> World | None:
    downs = model.consoles.faces[world.console].downs
    if not downs or world.up or not world.cable:
        return None
    return model.feed(world, Held(tuple(one for one in Button if downs >> one & 1), NOW))


def lamps_arrive(model: Model, world: World) -> World | None:
    return model.arrive(world) if world.frame is not None and world.cable else None


def microphone_is_told(model: Model, world: World) -> World | None:
    return model.report(world) if model.report_due(world) else None


def cable_breaks(model: Model, world: World) -> World | None:
    if not world.cable:
        return None
    world = world._replace(cable=False, frame=None, held=None)
    return model.feed(model.feed(world, EdgesCancelled("console_link_down")), ConsoleLink(False))


def cable_is_back(model: Model, world: World) -> World | None:
    return None if world.cable else model.mend(world)


def plug(plugged: bool, model: Model, world: World) -> World | None:
    if model.consoles.faces[world.console].plugged is plugged:
        return None
    return model.console_turned(world, model.consoles.plug(world.console, plugged))


def system_mutes(muted: bool | None, model: Model, world: World) -> World | None:
    if world.system is muted:
        return None
    return model.feed(world._replace(system=muted), SystemMicrophone(muted))


def equipment(what: str, present: bool, model: Model, world: World) -> World | None:
    if world.faulty is present:
        return None
    return model.feed(world._replace(faulty=present), EquipmentFault(what, present))


def time_passes(model: Model, world: World) -> World | None:
    return model.later(world)


# --- the ACD --------------------------------------------------------------------------------------


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


def help_is_coming(model: Model, world: World) -> World | None:
    wanted = model.desks.known[world.desk].help
    return model.feed(world, HelpAcknowledged(0 if wanted is None else wanted.number))


def says(status: Status, model: Model, world: World) -> World | None:
    """Let the ACD's truth be this, whatever it was before: the ACD is always right."""
    acd = world.acd
    if acd.queue or not acd.up:
        return None
    call, more = "", {}
    if status in _CALLS:
        call = acd.call or OTHER
        more = {"lately": True} if not acd.call else {}
    muted = acd.muted if call and acd.call else False if model.run.tells_mute else None
    own = status is acd.status or acd.own
    return world._replace(acd=_changes(acd, status, call=call, muted=muted, own=own, **more))


def is_cause(own: bool, model: Model, world: World) -> World | None:
    """Let the next change have a cause that the agent knows of, or none such."""
    acd = world.acd
    return None if acd.queue or acd.own is own else world._replace(acd=acd._replace(own=own))


# --- the page -------------------------------------------------------------------------------------


def asks(verb: Verb, reason: str, model: Model, world: World) -> World | None:
    # One request of the page at a time: what it has asked for is seen there.
    if any(wish.request for wish in model.desks.known[world.desk].wishes):
        return None
    return model.feed(world, Asked("new", verb, reason=reason))


def marks_contact(model: Model, world: World) -> World | None:
    desk = model.desks.known[world.desk]
    contact = HERE if desk.contact is None else desk.contact.call.id
    return model.feed(world, ContactMarked("new", contact, disposition="resolved"))


def acknowledges_forced(model: Model, world: World) -> World | None:
    forced = model.desks.known[world.desk].forced
    return model.feed(world, ForcedAcknowledged(0 if forced is None else forced.number))


def queue_grows(model: Model, world: World) -> World | None:
    return model.feed(world, QueueFact(3, None, "support"))


HOW = (
    "does",
    "does, telling the fact first",
    "does silently",
    "does, answering later",
    "confirms",
    "refuses",
    "loses",
)
_ANY = tuple(Status)
_IDLE = (Status.NOT_READY, Status.AVAILABLE, Status.AFTER_CALL_WORK)
_CALLS = (Status.RINGING, Status.TALKING, Status.HELD)
_IN_CALL = (Status.TALKING, Status.HELD)
_INBOUND, _OUTBOUND = False, True
_OWN, _FORCED = True, False

ACTIONS: dict[str, Action] = {
    "time passes": time_passes,
    **{f"press {button.name}": partial(press, button) for button in Button},
    **{f"release {button.name}": partial(release, button) for button in Button},
    "edge arrives": edge_arrives,
    "held is told": held_is_told,
    "lamps arrive": lamps_arrive,
    "microphone is told": microphone_is_told,
    "cable breaks": cable_breaks,
    "cable is back": cable_is_back,
    "headset is pulled": partial(plug, False),
    "headset is plugged": partial(plug, True),
    "system mutes": partial(system_mutes, True),
    "system opens": partial(system_mutes, False),
    "system is unknown": partial(system_mutes, None),
    "equipment fails": partial(equipment, "headset", True),
    "equipment works": partial(equipment, "headset", False),
    "ACD is lost": acd_is_lost,
    "ACD is back": acd_is_back,
    "ACD is heard": acd_is_heard,
    **{f"ACD {how} {place}": partial(answers, how, place - 1) for how in HOW for place in (1, 2)},
    "call is offered": partial(becomes, (Status.AVAILABLE,), Status.RINGING, OTHER, _OWN, _INBOUND),
    "call is put through": partial(
        becomes, (Status.AVAILABLE,), Status.TALKING, OTHER, _OWN, _INBOUND
    ),
    "agent dials": partial(
        becomes, (Status.NOT_READY, Status.AFTER_CALL_WORK), Status.RINGING, OTHER, _OWN, _OUTBOUND
    ),
    "call is answered": partial(becomes, (Status.RINGING,), Status.TALKING, None, _OWN, False),
    "caller gives up": partial(becomes, (Status.RINGING,), Status.AVAILABLE, "", _OWN, False),
    "no answer": partial(becomes, (Status.RINGING,), Status.NOT_READY, "", _FORCED, False),
    "customer hangs up": partial(becomes, _IN_CALL, Status.AFTER_CALL_WORK, "", _OWN, False),
    "call ends without work": partial(becomes, _IN_CALL, Status.AVAILABLE, "", _OWN, False),
    "another call is put through": partial(becomes, _CALLS, Status.TALKING, OTHER, _OWN, _INBOUND),
    "call is transferred back": partial(becomes, _IN_CALL, Status.RINGING, None, _OWN, False),
    "held elsewhere": partial(
        becomes, (Status.TALKING, Status.RINGING), Status.HELD, None, _OWN, False
    ),
    "resumed elsewhere": partial(becomes, (Status.HELD,), Status.TALKING, None, _OWN, False),
    "muted elsewhere": mutes_elsewhere,
    "work time is over": partial(
        becomes, (Status.AFTER_CALL_WORK,), Status.AVAILABLE, None, _FORCED, False
    ),
    "supervisor sets not ready": partial(becomes, _ANY, Status.NOT_READY, "", _FORCED, False),
    "supervisor sets available": partial(becomes, _IDLE, Status.AVAILABLE, "", _FORCED, False),
    "supervisor sets work": partial(becomes, _IDLE, Status.AFTER_CALL_WORK, "", _FORCED, False),
    "supervisor logs out": partial(becomes, _ANY, Status.LOGGED_OUT, "", _FORCED, False),
    "agent logs in elsewhere": partial(
        becomes, (Status.LOGGED_OUT,), Status.NOT_READY, "", _OWN, False
    ),
    "agent works elsewhere": partial(
        becomes, (Status.LOGGED_OUT,), Status.AFTER_CALL_WORK, "", _OWN, False
    ),
    "agent is ready elsewhere": partial(
        becomes, (Status.LOGGED_OUT, *_IDLE), Status.AVAILABLE, "", _OWN, False
    ),
    "agent logs out elsewhere": partial(becomes, _IDLE, Status.LOGGED_OUT, "", _OWN, False),
    **{f"ACD says {status.value}": partial(says, status) for status in Status},
    "agent is the cause": partial(is_cause, True),
    "supervisor is the cause": partial(is_cause, False),
    "help is coming": help_is_coming,
    **{
        f"page asks {verb.value}": partial(asks, verb, "")
        for verb in (Verb.LOGIN, Verb.LOGOUT, Verb.ANSWER, Verb.HANG_UP)
    },
    "page asks not_ready": partial(asks, Verb.NOT_READY, "lunch"),
    "page marks contact": marks_contact,
    "page acknowledges": acknowledges_forced,
    "queue grows": queue_grows,
}
