"""What must never be: each invariant a function that returns what is wrong, or None.

`STEP_CHECKS` look at one step of the desk by itself; `PRESS_CHECKS` at a step and the presses that
it concerns; `CONSOLE_CHECKS` at one step of the console; `STATE_CHECKS` at a whole state. That
every pending state ends is seen on the graph: `search.pending_never_ends`.
"""

from __future__ import annotations

from collections import Counter

from tests.model.consoles import Face
from tests.model.desks import Desks, Effect
from tests.model.grid import COUGH, LEASE, NOW, policy
from tests.model.state import Press, World

from calldeck.desk import (
    AcdCommand,
    AcdLink,
    AgentFact,
    CommandEnded,
    CommandResult,
    Headset,
    MicrophoneChanged,
    Pending,
    RequestEnded,
    Status,
    Verb,
    lamps,
)
from calldeck.desk.events import Asked, ContactMarked
from calldeck.desk.table import TRAITS
from calldeck.desk.terms import VERB_BUTTON, Button
from calldeck.link.lamps import pattern_slots
from calldeck_wire.messages import LAMPS_ORDER, SLOT_OFF, SLOT_STEADY

# The default profile once more, from the domain's own page and not from the desk's: red, green,
# blue, hold in milliseconds on and off. A held call's hold lamp goes fast after a while.
_OFF, _STEADY = "off", "steady"
_DARK = (_OFF, _OFF, _OFF, _OFF)
_FLASH, _WINK, _BLIP, _FAST = (500, 500), (900, 100), (100, 900), (170, 170)
_DOUBLE = (100, 100, 100, 700)
PICTURES: dict[Status, tuple[tuple[object, ...], ...]] = {
    Status.LOGGED_OUT: (_DARK,),
    Status.AVAILABLE: ((_OFF, _STEADY, _OFF, _OFF),),
    Status.RINGING: ((_OFF, _FLASH, _OFF, _OFF),),
    Status.TALKING: ((_WINK, _OFF, _OFF, _OFF),),
    Status.HELD: ((_WINK, _OFF, _OFF, _FLASH), (_WINK, _OFF, _OFF, _FAST)),
    Status.AFTER_CALL_WORK: ((_DOUBLE, _DOUBLE, _OFF, _OFF),),
    Status.NOT_READY: ((_BLIP, _OFF, _OFF, _OFF),),
}
_TIMES: dict[int, object] = {SLOT_OFF: _OFF, SLOT_STEADY: _STEADY, **pattern_slots()}
_CLAIMING = [
    LAMPS_ORDER.index(name)
    for name in ("availability_red", "availability_green", "availability_blue", "hold")
]
_OWN_VERBS = frozenset({Verb.MUTE, Verb.UNMUTE, Verb.LOGIN, Verb.NOT_READY, Verb.LOGOUT})
_ENDS_CALLS = frozenset(
    {Verb.HANG_UP, Verb.LOGOUT, Verb.LOGIN, Verb.READY, Verb.NOT_READY, Verb.END_WORK}
)
_SEEN_BUTTONS = frozenset({Button.HOLD, Button.STATUS})

_claims: dict[tuple[bytes, Status], bool] = {}


def is_so(slots: bytes, status: Status) -> bool:
    """Tell whether lamps say of the status what is so, or nothing."""
    key = (slots, status)
    found = _claims.get(key)
    if found is None:
        picture = tuple(_TIMES[slots[lamp]] for lamp in _CLAIMING)
        found = _claims[key] = picture == _DARK or picture in PICTURES[status]
    return found


# --- one step of the desk by itself ---------------------------------------------------------------


def only_facts_change_the_status(effect: Effect) -> str | None:
    """Facts from the ACD always win, and nothing else makes the desk believe anything."""
    before, after = effect.before, effect.after
    if isinstance(effect.event, AgentFact):
        fact = effect.event
        told = (fact.status, fact.call, fact.muted)
        if (after.status, after.call, after.muted) != told:
            return f"told {told}, the desk holds {(after.status, after.call, after.muted)}"
    elif isinstance(effect.event, AcdLink):
        return None
    elif (before.status, before.call, before.muted) != (after.status, after.call, after.muted):
        return f"{type(effect.event).__name__} changed the status, the call or the ACD's mute"
    return None


def only_facts_are_drawn(effect: Effect) -> str | None:
    """Lamps show only what is confirmed (decision 7): a wish is shown by attention alone."""
    after = effect.after
    plan = lamps.plan(after, NOW)
    names = (plan.availability_red, plan.availability_green, plan.availability_blue, plan.hold)
    times = tuple(lamps.PATTERNS.get(name, name) for name in names)
    allowed = PICTURES[after.status] if after.confirmed else (_DARK,)
    return None if times in allowed else f"{names} is drawn, the fact is {after.status.value}"


def every_command_ends_once(effect: Effect) -> str | None:
    """Each command has one outcome, and no outcome is without its command."""
    waiting = Counter(wish.number for wish in effect.before.wishes)
    waiting.update(r.number for r in effect.results if isinstance(r, AcdCommand))
    if waiting and max(waiting.values()) > 1:
        return f"two commands have one number: {dict(waiting)}"
    ends = Counter(wish.number for wish in effect.after.wishes)
    ends.update(r.number for r in effect.results if isinstance(r, CommandEnded))
    return None if waiting == ends else f"waited for {dict(waiting)}, waits or ended {dict(ends)}"


def every_request_ends_once(effect: Effect) -> str | None:
    """What is asked at a page has one outcome, too."""
    asked = Counter(wish.request for wish in effect.before.wishes if wish.request)
    if isinstance(effect.event, Asked | ContactMarked):
        asked[effect.event.request] += 1
    ends = Counter(wish.request for wish in effect.after.wishes if wish.request)
    ends.update(r.request for r in effect.results if isinstance(r, RequestEnded))
    return None if asked == ends else f"asked {dict(asked)}, wait or ended {dict(ends)}"


def no_button_ends_a_call(effect: Effect) -> str | None:
    """No call is dropped by a button: only a page may hang up, and no button asks during a call
    for what an ACD could end a call for. (What is planned is asked after the call.)
    """
    for command in effect.commands:
        if command.verb in (Verb.HANG_UP, Verb.ANSWER) and command.request is None:
            return f"{command.verb.value} is asked by no page"
        in_call = TRAITS[effect.after.status].call
        if command.verb in _ENDS_CALLS - {Verb.HANG_UP} and in_call:
            return f"{command.verb.value} is asked during a call"
    return None


def nothing_is_asked_without_cause(effect: Effect) -> str | None:
    """A command has a press, a request, or is one of the few that the desk decides by itself.

    After a reconnect nothing is asked once more (decision 12); nothing is asked of an ACD that is
    away or has not told its truth.
    """
    for command in effect.commands:
        if not effect.after.confirmed:
            return f"{command.verb.value} is asked of an ACD that has confirmed nothing"
        if command.press is None and command.request is None and command.verb not in _OWN_VERBS:
            return f"{command.verb.value} is asked by nobody"
        if command.press is not None and VERB_BUTTON.get(command.verb) is None:
            return f"{command.verb.value} is asked by a press"
    return None


def opens_only_what_is_open(effect: Effect) -> str | None:
    """The ACD is unmuted only where the console has told that its microphone is open."""
    event, microphone = effect.event, effect.before.microphone
    told = microphone.muted if microphone is not None else None
    if isinstance(event, MicrophoneChanged):
        told = event.muted
    for command in effect.commands:
        if command.verb is Verb.UNMUTE and told is not False:
            return f"UNMUTE is asked, the console's microphone is told as muted={told}"
    return None


def the_past_stays_past(effect: Effect) -> str | None:
    """An answer to a command that nobody waits for asks for nothing."""
    event = effect.event
    if isinstance(event, CommandResult) and event.number not in effect.numbers:
        known = [wish.number for wish in effect.before.wishes]
        if event.number not in known and effect.commands:
            return f"an answer to nothing led to {[c.verb.value for c in effect.commands]}"
    return None


STEP_CHECKS = (
    only_facts_change_the_status,
    only_facts_are_drawn,
    every_command_ends_once,
    every_request_ends_once,
    no_button_ends_a_call,
    nothing_is_asked_without_cause,
    opens_only_what_is_open,
    the_past_stays_past,
)


# --- a step and the presses it concerns -----------------------------------------------------------


def no_press_acts_twice(presses: dict[str, Press], effect: Effect) -> str | None:
    """One press makes one command at the most, and none once it has ended."""
    for command in effect.commands:
        if command.press is None:
            continue
        press = presses.get(command.press)
        if press is None:
            return f"{command.verb.value} is asked by a press that is over"
        if press.commands or press.ended:
            return f"{command.verb.value} is asked by a press that acted or ended before"
    by_press = Counter(command.press for command in effect.commands if command.press)
    twice = [name for name, count in by_press.items() if count > 1]
    return f"{twice} made several commands" if twice else None


def no_press_acts_late(presses: dict[str, Press], effect: Effect) -> str | None:
    """An expired edge never acts, nor does a press long after its release has arrived."""
    for command in effect.commands:
        press = presses.get(command.press or "")
        if press is not None and (press.late or press.out > 1):
            return f"{command.verb.value} is asked by a press that came or ended too long ago"
    return None


def acts_on_what_was_shown(presses: dict[str, Press], effect: Effect) -> str | None:
    """HOLD and STATUS act on the status, the call and the choice that were displayed (decision 4).

    The model keeps its own book of what was displayed, and of every change since.
    """
    for command in effect.commands:
        press = presses.get(command.press or "")
        if press is None or press.button not in _SEEN_BUTTONS:
            continue
        if not press.fresh or press.view is None:
            return f"{command.verb.value} is asked by a press on another status or call"
        shown = press.view.pending or ""
        if command.verb is Verb.NOT_READY and shown.startswith("choosing_"):
            reason = policy(Headset.INLINE).reasons[int(shown[-1]) - 1]
            if command.argument != reason:
                return f"the reason shown was {reason}, asked is {command.argument}"
        elif shown.startswith("choosing_"):
            return f"{command.verb.value} is asked by a press on the choice {shown}"
        leaving = (Pending.LOGOUT_OFFERED, Pending.LOGOUT)
        if command.verb is Verb.LOGOUT and shown not in leaving:
            return "LOGOUT is asked by a press on a picture that offered none"
    return None


def every_edge_ends_once(presses: dict[str, Press], effect: Effect) -> str | None:
    """Each edge has one outcome: when the desk forgets a press, it has ended once."""
    ends = Counter(name for name, _, _ in effect.ended)
    for name in ends:
        if name not in presses:
            return f"a press ended that is over: {name}"
    kept = set(effect.names)
    for name, press in presses.items():
        count = press.ended + ends[name]
        if count > 1:
            return f"{name} ended {count} times"
        if name not in kept and count != 1:
            return f"{name} is forgotten without an end"
    return None


PRESS_CHECKS = (
    no_press_acts_twice,
    no_press_acts_late,
    acts_on_what_was_shown,
    every_edge_ends_once,
)


def guard_holds(presses: dict[str, Press], effect: Effect, landed: bool) -> str | None:
    """STATUS and HOLD ask for nothing in the first moments of a call that has come."""
    for command in effect.commands:
        press = presses.get(command.press or "")
        if landed and press is not None and press.button in _SEEN_BUTTONS:
            return f"{command.verb.value} is asked by a press within the arrival guard"
    return None


# --- one step of the console ----------------------------------------------------------------------


def microphone_opens_by_hand(
    was_muted: bool, is_muted: bool, hand: tuple[bool, int] | None, released: bool
) -> str | None:
    """The microphone opens only by a release of MUTE: a tap on muted, or the end of a cough.

    Decision 6 restated: what was open is muted by the press, and opens by a release that is not
    short; what was muted opens by a short press.
    """
    if is_muted or not was_muted:
        return None
    if not released or hand is None:
        return "the microphone opened without a release of MUTE"
    was_open, ticks = hand
    if was_open != (ticks >= COUGH):
        return f"the microphone opened after {ticks} ticks, was open before: {was_open}"
    return None


# --- a whole state --------------------------------------------------------------------------------


def lamps_say_what_is_so(world: World, desks: Desks, face: Face) -> str | None:
    """No lamp shows as confirmed what is not so for longer than the lease (decision 8)."""
    if world.watch.wrong >= LEASE:
        return f"the lamps say for {world.watch.wrong} ticks what is not so"
    return None


def mute_lamp_says_what_is_so(world: World, desks: Desks, face: Face) -> str | None:
    """The mute lamp is lit only while something mutes: the switch, operating system or ACD."""
    if face.own_switch:
        same = face.net_muted is face.muted
        return None if same else "the switch is at another place than the console's microphone"
    if face.net_muted and world.watch.mute_wrong >= LEASE:
        return f"the mute lamp is lit for {world.watch.mute_wrong} ticks, and nothing mutes"
    return None


CONSOLE_CHECKS = (microphone_opens_by_hand,)
STATE_CHECKS = (lamps_say_what_is_so, mute_lamp_says_what_is_so)
