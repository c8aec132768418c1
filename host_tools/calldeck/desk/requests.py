"""What people ask for at a page or by a program: login, logout, the phone, and help on its way.

The page shows the present state and asks for a state by name, so there is nothing here that could
be inverted; what makes no sense now is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from calldeck.desk.changing import replace
from calldeck.desk.commands import issue
from calldeck.desk.events import Asked
from calldeck.desk.presses import Stepped
from calldeck.desk.results import RequestEnded
from calldeck.desk.state import Desk, Login
from calldeck.desk.table import TRAITS
from calldeck.desk.terms import VERB_BUTTON, PressEnd, Refusal, Status, Verb

_IN_CALL = frozenset({Status.TALKING, Status.HELD})
POSSIBLE: Mapping[Verb, frozenset[Status]] = MappingProxyType(
    {
        Verb.LOGIN: frozenset({Status.LOGGED_OUT}),
        Verb.LOGOUT: frozenset({Status.NOT_READY, Status.AVAILABLE, Status.AFTER_CALL_WORK}),
        Verb.ANSWER: frozenset({Status.RINGING}),
        Verb.HANG_UP: _IN_CALL,
    }
)
"""In which statuses a request makes sense; every verb that can be asked for is here."""


def on_asked(desk: Desk, asked: Asked, now_ms: int) -> Stepped:
    """Ask the ACD for it, or refuse."""
    why = _forbidden(desk, asked.verb)
    if why is not None:
        return desk, [RequestEnded(asked.request, PressEnd.REFUSED.value, why.value)]
    argument = ""
    if asked.verb is Verb.LOGIN:
        argument = desk.policy.not_ready_reason
    if asked.verb in (Verb.LOGIN, Verb.LOGOUT):
        # Who is logged in here is decided by people from now on.
        desk = replace(desk, login=Login.DONE)
    desk, command = issue(
        desk, asked.verb, now_ms, argument=argument, request=asked.request, agent=asked.agent
    )
    return desk, [command]


def acknowledge(desk: Desk, number: int) -> Desk:
    """Note that help is coming; a number that is not waiting for it changes nothing."""
    if desk.help is not None and desk.help.number == number:
        desk = replace(desk, help=replace(desk.help, acknowledged=True))
    return replace(desk, unattended=tuple(one for one in desk.unattended if one.number != number))


def _forbidden(desk: Desk, verb: Verb) -> Refusal | None:
    if not desk.confirmed:
        return Refusal.ACD_DOWN
    button = VERB_BUTTON.get(verb)
    if button is not None and desk.unanswered(button):
        return Refusal.COMMAND_UNANSWERED
    if button is None and any(wish.verb is verb for wish in desk.wishes):
        return Refusal.COMMAND_UNANSWERED
    if desk.status in POSSIBLE[verb]:
        return None
    if verb is Verb.LOGIN:
        return Refusal.ALREADY_LOGGED_IN
    if desk.status is Status.LOGGED_OUT:
        return Refusal.LOGGED_OUT
    if verb is Verb.LOGOUT and TRAITS[desk.status].call:
        return Refusal.CALL_ACTIVE
    return Refusal.NOT_POSSIBLE_NOW
