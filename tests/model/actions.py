"""What can happen: each action by its words, as steps of a counter-example name them.

An action takes the model and a state, and gives the next state, or None where it cannot happen.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.model.acd import (
    HOW,
    acd_is_back,
    acd_is_heard,
    acd_is_lost,
    answers,
    becomes,
    is_cause,
    mutes_elsewhere,
    says,
)
from tests.model.grid import NOW
from tests.model.normal import HERE, OTHER
from tests.model.state import World
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


# --- the page -------------------------------------------------------------------------------------


def help_is_coming(model: Model, world: World) -> World | None:
    wanted = model.desks.known[world.desk].help
    return model.feed(world, HelpAcknowledged(0 if wanted is None else wanted.number))


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
