"""What people ask for at a page or by a program: login, logout, the phone, and words of a contact.

The page shows the present state and asks for a state by name, so there is nothing here that could
be inverted; what makes no sense now is refused.
"""

from __future__ import annotations

from calldeck.desk.acting import Stepped, plan_or_ask
from calldeck.desk.changing import replace
from calldeck.desk.commands import issue
from calldeck.desk.events import Asked, ContactMarked
from calldeck.desk.results import Note, NoteCode, RequestEnded
from calldeck.desk.state import Desk, Login, Planned
from calldeck.desk.table import REQUESTS, TRAITS
from calldeck.desk.terms import VERB_BUTTON, Direction, Noted, PressEnd, Refusal, Status, Verb


def on_asked(desk: Desk, asked: Asked, now_ms: int) -> Stepped:
    """Ask the ACD for it, or refuse."""
    why = _forbidden(desk, asked)
    if why is not None:
        return desk, [RequestEnded(asked.request, PressEnd.REFUSED.value, why.value)]
    if asked.verb is Verb.NOT_READY:
        planned = Planned(Verb.NOT_READY, asked.reason)
        desk, results, only_planned = plan_or_ask(
            desk, planned, now_ms, press=None, request=asked.request
        )
        if only_planned:
            end = RequestEnded(asked.request, PressEnd.NOTED.value, Noted.PLANNED.value)
            results = [*results, end]
        return desk, results
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


def on_contact_marked(desk: Desk, marked: ContactMarked) -> Stepped:
    """Keep what the agent says of the last contact; the journal has it by the note."""
    contact, why = desk.contact, None
    if contact is None or contact.call.id != marked.contact:
        why = Refusal.NO_SUCH_CONTACT
    elif marked.disposition and marked.disposition not in desk.policy.dispositions:
        why = Refusal.NO_SUCH_DISPOSITION
    elif marked.disposition is not None and desk.call_id == marked.contact:
        why = Refusal.CONTACT_GOES_ON
    if contact is None or why is not None:
        why = why or Refusal.NO_SUCH_CONTACT
        return desk, [RequestEnded(marked.request, PressEnd.REFUSED.value, why.value)]
    if marked.unresolved is not None:
        contact = replace(contact, unresolved=marked.unresolved)
    if marked.disposition is not None:
        contact = replace(contact, disposition=marked.disposition)
    details = (
        ("call", contact.call.id),
        ("channel", contact.call.channel.value),
        ("direction", contact.call.direction.value),
        ("unresolved", str(contact.unresolved)),
        ("disposition", contact.disposition),
    )
    note = Note(f"contact {contact.call.id} marked", NoteCode.CONTACT, details)
    end = RequestEnded(marked.request, PressEnd.NOTED.value, Noted.CONTACT_MARKED.value)
    return replace(desk, contact=contact), [note, end]


def acknowledge(desk: Desk, number: int) -> Desk:
    """Note that help is coming; a number that is not waiting for it changes nothing."""
    if desk.help is not None and desk.help.number == number:
        desk = replace(desk, help=replace(desk.help, acknowledged=True))
    return replace(desk, unattended=tuple(one for one in desk.unattended if one.number != number))


def acknowledge_forced(desk: Desk, number: int) -> Stepped:
    """Note that the agent has seen a forced change, on the page; any other number is void."""
    if desk.forced is None or desk.forced.number != number:
        return desk, []
    cause = desk.forced.cause
    text = f"forced change acknowledged, cause: {cause}"
    note = Note(text, NoteCode.ACKNOWLEDGED, (("cause", cause), ("by", "page")))
    return replace(desk, forced=None), [note]


def _forbidden(desk: Desk, asked: Asked) -> Refusal | None:
    verb = asked.verb
    if not desk.confirmed:
        return Refusal.ACD_DOWN
    button = VERB_BUTTON.get(verb)
    if button is not None and desk.unanswered(button):
        return Refusal.COMMAND_UNANSWERED
    if button is None and any(wish.verb is verb for wish in desk.wishes):
        return Refusal.COMMAND_UNANSWERED
    if desk.status in REQUESTS[verb]:
        return _makes_no_sense(desk, asked)
    if verb is Verb.LOGIN:
        return Refusal.ALREADY_LOGGED_IN
    if desk.status is Status.LOGGED_OUT:
        return Refusal.LOGGED_OUT
    if verb is Verb.LOGOUT and TRAITS[desk.status].call:
        return Refusal.CALL_ACTIVE
    return Refusal.NOT_POSSIBLE_NOW


def _makes_no_sense(desk: Desk, asked: Asked) -> Refusal | None:
    """Tell what is wrong with a request that the status allows."""
    if asked.verb is Verb.NOT_READY and asked.reason not in desk.policy.reasons:
        return Refusal.NO_SUCH_REASON
    outbound = desk.call is not None and desk.call.direction is Direction.OUTBOUND
    # An outbound call rings at the customer's.
    return Refusal.NOT_POSSIBLE_NOW if asked.verb is Verb.ANSWER and outbound else None
