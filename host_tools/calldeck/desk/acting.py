"""Gestures: what forbids one now, and what it does when nothing does.

A gesture acts on what the agent saw when the button went down, or not at all.
"""

from __future__ import annotations

from calldeck.desk.changing import replace
from calldeck.desk.commands import HELP_VERBS, issue, refuse
from calldeck.desk.results import Note, NoteCode, PressOutcome, Result
from calldeck.desk.state import Choice, Desk, Login, Planned
from calldeck.desk.table import (
    GESTURES,
    TRAITS,
    Ask,
    AskOfVoice,
    ChooseReason,
    EndWork,
    LoginAgain,
    OfferLogout,
    Plan,
    Refuse,
    TakeNote,
    TwoTaps,
)
from calldeck.desk.terms import (
    GESTURE_BUTTON,
    Button,
    Gesture,
    Noted,
    Pending,
    PressEnd,
    Refusal,
    Verb,
    View,
)

Stepped = tuple[Desk, list[Result]]

_LONG = frozenset({Gesture.STATUS_LONG_PRESS, Gesture.STATUS_LONGEST_PRESS})


def forbidden(desk: Desk, gesture: Gesture, shown: View | None, made_ms: int) -> Refusal | None:
    """What forbids acting on this gesture now, whatever the status; None when nothing does.

    `made_ms`: when the button went down, or later where that has been looked at already.

    ASSIST is never refused because the state changed: who needs help needs it still. MUTE is never
    refused: the console has acted on it already.
    """
    button = GESTURE_BUTTON[gesture]
    if button is Button.MUTE:
        return None
    if not desk.confirmed:
        return Refusal.ACD_DOWN
    if shown is None:
        return Refusal.NOT_SHOWN
    if button is Button.ASSIST:
        return None
    if shown.pending == Pending.UNCONFIRMED:
        return Refusal.NOT_SHOWN
    if desk.unanswered(button):
        return Refusal.COMMAND_UNANSWERED
    if _has_changed(desk, button, shown):
        return Refusal.STATUS_CHANGED
    return Refusal.ARRIVAL_GUARD if desk.guarded(made_ms) else None


def _has_changed(desk: Desk, button: Button, shown: View) -> bool:
    """Tell whether what was shown is not so any more, or was otherwise in between."""
    return (
        (shown.status, shown.call) != (desk.status, desk.call_id)
        or shown.turn not in {None, desk.turn}
        or (button is Button.STATUS and _choice_shown(shown) != _choice(desk))
    )


def acts_at_once(desk: Desk, shown: View | None) -> bool:
    """Tell whether a tap of STATUS need not wait for a second one."""
    if desk.choice is not None or (shown is not None and shown.forced):
        return True
    return isinstance(GESTURES[desk.status, Gesture.STATUS_DOUBLE_TAP], TwoTaps)


def act(desk: Desk, gesture: Gesture, press: str, shown: View | None, now_ms: int) -> Stepped:
    """Do what the table says of a gesture that nothing forbids."""
    if GESTURE_BUTTON[gesture] is Button.STATUS:
        if shown is not None and shown.forced:
            # The lamp called for the agent; who answers it has not asked for anything else.
            return desk, [noted(press, Noted.ACKNOWLEDGED)]
        if desk.choice is not None:
            return _choose(desk, desk.choice, gesture, press, now_ms)
    answer = GESTURES[desk.status, gesture]
    match answer:
        case Ask() | AskOfVoice() | EndWork() | LoginAgain():
            return _ask_the_acd(desk, answer, press, now_ms)
        case Plan(verb):
            return _plan(desk, Planned(verb, desk.policy.not_ready_reason), press, shown)
        case ChooseReason():
            return _begin_choice(desk, press, now_ms)
        case OfferLogout():
            desk, results = offer_logout(desk, now_ms)
            return desk, [noted(press, Noted.LOGOUT_OFFERED), *results]
        case Refuse(why):
            return refused(desk, press, why, now_ms)
        case TakeNote(why_noted):
            return _take_note(desk, press, why_noted, now_ms)
        case TwoTaps():
            raise AssertionError("two taps are one gesture only where the table has one for them")


def _ask_the_acd(
    desk: Desk, answer: Ask | AskOfVoice | EndWork | LoginAgain, press: str, now_ms: int
) -> Stepped:
    match answer:
        case Ask(verb):
            return _ask(desk, verb, press, now_ms)
        case AskOfVoice(verb):
            if not desk.heard:
                return refused(desk, press, Refusal.CHANNEL_HAS_NO_HOLD, now_ms)
            return _ask(desk, verb, press, now_ms)
        case EndWork():
            # Through available would open a moment in which a call could land.
            verb = Verb.END_WORK if desk.plan is None else desk.plan.verb
            return _ask(desk, verb, press, now_ms)
        case LoginAgain(otherwise):
            if desk.login is not Login.FAILED:
                return refused(desk, press, otherwise, now_ms)
            return _ask(replace(desk, login=Login.DONE), Verb.LOGIN, press, now_ms)


def offer_logout(desk: Desk, now_ms: int) -> Stepped:
    """Offer a logout, which a long press confirms."""
    choice = Choice(0, now_ms + desk.policy.choice_ms)
    return replace(desk, choice=choice), [_choice_note("logout offered", choice)]


def drop_choice(desk: Desk, why: str) -> Stepped:
    """End a choice that nobody has confirmed."""
    if desk.choice is None:
        return desk, []
    note = _choice_note(f"choice cancelled: {why}", desk.choice)
    return replace(desk, choice=None), [note]


def refused(desk: Desk, press: str, why: Refusal, now_ms: int) -> Stepped:
    """End a press with a refusal, which is shown."""
    outcome = PressOutcome(press, PressEnd.REFUSED.value, why.value)
    return refuse(desk, why.value, now_ms), [outcome]


def noted(press: str, why: Noted) -> PressOutcome:
    """End an edge of which no more than note is taken."""
    return PressOutcome(press, PressEnd.NOTED.value, why.value)


def plan_or_ask(
    desk: Desk, planned: Planned, now_ms: int, *, press: str | None, request: str | None = None
) -> tuple[Desk, list[Result], bool]:
    """Plan it where a call is here, else ask the ACD for it; True where it is only planned."""
    if TRAITS[desk.status].call:
        return replace(desk, plan=planned), [], True
    desk, command = issue(
        desk, planned.verb, now_ms, argument=planned.reason, press=press, request=request
    )
    return desk, [command], False


def _choice_shown(shown: View) -> str | None:
    choosing = shown.pending is not None and (
        shown.pending.startswith("choosing_") or shown.pending == Pending.LOGOUT_OFFERED
    )
    return str(shown.pending) if choosing else None


def _choice(desk: Desk) -> str | None:
    return str(desk.choice.pending) if desk.choice is not None else None


def _ask(desk: Desk, verb: Verb, press: str, now_ms: int) -> Stepped:
    if verb in HELP_VERBS and any(wish.verb in (verb, Verb.EMERGENCY) for wish in desk.wishes):
        return desk, [noted(press, Noted.HELP_ALREADY_WISHED)]
    argument = ""
    if desk.plan is not None and desk.plan.verb is verb:
        argument = desk.plan.reason
    elif verb in (Verb.LOGIN, Verb.NOT_READY):
        argument = desk.policy.not_ready_reason
    desk, command = issue(desk, verb, now_ms, argument=argument, press=press)
    return desk, [command]


def _plan(desk: Desk, planned: Planned, press: str, shown: View | None) -> Stepped:
    """Plan, or take the plan back: whichever the agent did not see when the button went down."""
    if shown is not None and shown.pending in (Pending.NOT_READY, Pending.LOGOUT):
        return replace(desk, plan=None), [noted(press, Noted.TAKEN_BACK)]
    return replace(desk, plan=planned), [noted(press, Noted.PLANNED)]


def _begin_choice(desk: Desk, press: str, now_ms: int) -> Stepped:
    if not desk.policy.reasons:
        return refused(desk, press, Refusal.NO_REASONS, now_ms)
    choice = Choice(1, now_ms + desk.policy.choice_ms)
    outcome = noted(press, Noted.CHOOSING)
    return replace(desk, choice=choice), [outcome, _choice_note("choosing a reason", choice)]


def _choose(desk: Desk, choice: Choice, gesture: Gesture, press: str, now_ms: int) -> Stepped:
    """Take the choice one place on by a tap, confirm it by a long press."""
    if gesture in _LONG:
        return _confirm(replace(desk, choice=None), choice, press, now_ms)
    if choice.place == 0:
        desk, results = drop_choice(desk, "taken back")
        return desk, [noted(press, Noted.CHOICE_CANCELLED), *results]
    place = choice.place % desk.policy.reasons_on_console + 1
    choice = Choice(place, now_ms + desk.policy.choice_ms)
    return replace(desk, choice=choice), [noted(press, Noted.CHOOSING)]


def _confirm(desk: Desk, choice: Choice, press: str, now_ms: int) -> Stepped:
    planned = Planned(Verb.LOGOUT)
    if choice.place:
        planned = Planned(Verb.NOT_READY, desk.policy.reasons[choice.place - 1])
    desk, results, only_planned = plan_or_ask(desk, planned, now_ms, press=press)
    return desk, [*results, noted(press, Noted.PLANNED)] if only_planned else results


def _take_note(desk: Desk, press: str, why: Noted, now_ms: int) -> Stepped:
    if (
        why is Noted.CONSOLE_OWNS_MICROPHONE
        and desk.confirmed
        and TRAITS[desk.status].answered
        and not desk.heard
    ):
        return refused(desk, press, Refusal.CHANNEL_HAS_NO_MUTE, now_ms)
    return desk, [noted(press, why)]


def _choice_note(text: str, choice: Choice) -> Note:
    return Note(text, NoteCode.CHOICE, (("choice", choice.pending),))
