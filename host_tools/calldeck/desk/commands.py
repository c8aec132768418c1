"""Commands: how a wish leaves, and how it ends."""

from __future__ import annotations

from calldeck.desk.changing import replace
from calldeck.desk.results import AcdCommand, CommandEnded, PressOutcome, RequestEnded, Result
from calldeck.desk.state import Desk, Feedback, Help, Login, Wish
from calldeck.desk.table import PLAN_VERBS, TRAITS
from calldeck.desk.terms import Outcome, Verb

CALL_VERBS = frozenset({Verb.HOLD, Verb.RESUME, Verb.MUTE, Verb.UNMUTE, Verb.ANSWER, Verb.HANG_UP})
HELP_VERBS = frozenset({Verb.ASSIST, Verb.EMERGENCY})

UNATTENDED_KEPT = 8
UNHEARD_KEPT = 8
"""Calls for help without an answer that may yet be answered; a desk may press ASSIST all day."""


def issue(
    desk: Desk,
    verb: Verb,
    now_ms: int,
    *,
    argument: str = "",
    press: str | None = None,
    request: str | None = None,
    agent: str = "",
) -> tuple[Desk, AcdCommand]:
    """Number a command and keep it as a wish until it ends.

    An ASSIST names the call as well, so that the team leader knows where help is needed. `agent`:
    whom it is about, where that is not the desk's agent. A plan for something else ends here.
    """
    number = desk.next_number
    call = desk.call_id if verb in CALL_VERBS or verb in HELP_VERBS else None
    deadline_ms = now_ms + desk.policy.command_timeout_ms
    wish = Wish(number, verb, press, deadline_ms, request, _help(desk, number, verb, now_ms))
    whose = agent or desk.agent or desk.policy.agent
    command = AcdCommand(number, verb, whose, call, argument, press)
    plan = desk.plan
    if plan is not None and verb in PLAN_VERBS and verb is not plan.verb:
        # The later wish counts: a logout planned once would end the pause asked for since.
        plan = None
    desk = replace(desk, wishes=(*desk.wishes, wish), plan=plan, next_number=number + 1)
    return desk, command


def refuse(desk: Desk, why: str, now_ms: int) -> Desk:
    """Show the agent a refusal for the policy's time; a later one starts the time anew."""
    return replace(desk, feedback=Feedback(now_ms + desk.policy.refusal_ms, why))


def end(
    desk: Desk, wish: Wish, outcome: Outcome, words: str, now_ms: int
) -> tuple[Desk, list[Result]]:
    """End one wish. Nothing of the agent's state changes here: that waits for the ACD's fact."""
    desk = replace(desk, wishes=tuple(other for other in desk.wishes if other is not wish))
    results: list[Result] = [CommandEnded(wish.number, wish.verb, outcome, words)]
    if wish.press is not None:
        results.append(PressOutcome(wish.press, outcome.value, words))
    if wish.request is not None:
        results.append(RequestEnded(wish.request, outcome.value, words))
    if outcome is Outcome.CONFIRMED:
        desk = _confirmed(desk, wish)
    else:
        desk = refuse(_not_confirmed(desk, wish, outcome), words or outcome.value, now_ms)
    return desk, results


def end_all_unknown(desk: Desk, why: str, now_ms: int) -> tuple[Desk, list[Result]]:
    """The ACD is gone: nobody will ever tell what became of the unanswered commands."""
    results: list[Result] = []
    for wish in desk.wishes:
        desk, ended = end(desk, wish, Outcome.UNKNOWN, why, now_ms)
        results += ended
    return desk, results


def _confirmed(desk: Desk, wish: Wish) -> Desk:
    if wish.help is not None:
        return take_help(desk, wish.help)
    match wish.verb:
        case Verb.MUTE | Verb.UNMUTE:
            if desk.muted is (wish.verb is Verb.MUTE):
                return desk  # the fact came before the answer
            # Until the fact is here the two truths may differ in peace.
            return replace(desk, mute_settles_at=wish.deadline_ms)
        case Verb.NOT_READY | Verb.LOGOUT:
            # When a call came first, the plan waits for the end of that call.
            fulfilled = desk.plan is not None and desk.plan.verb is wish.verb
            return replace(desk, plan=None) if fulfilled and not _in_call(desk) else desk
        case _:
            return desk


def _in_call(desk: Desk) -> bool:
    return TRAITS[desk.status].call


def _help(desk: Desk, number: int, verb: Verb, now_ms: int) -> Help | None:
    if verb not in HELP_VERBS:
        return None
    emergency = verb is Verb.EMERGENCY
    return Help(number, desk.status, desk.call_id, desk.agent, now_ms, emergency=emergency)


def take_help(desk: Desk, wanted: Help) -> Desk:
    """Take help that the ACD has been told of; asked for twice in the same matter, it is one.

    An emergency is never one with what was asked for before. Confirmed when its matter is over, it
    is help for nobody any more, and stays to be seen.
    """
    if not lasts(wanted, desk):
        return _leave_unattended(desk, wanted)
    old = desk.help
    same = old is not None and (old.emergency or not wanted.emergency)
    if old is not None and same and not old.acknowledged and lasts(old, desk):
        return desk
    return replace(end_help(desk), help=wanted)


def end_help(desk: Desk) -> Desk:
    """End the help of a matter that is over; what nobody has acknowledged stays to be seen."""
    left, desk = desk.help, replace(desk, help=None)
    return desk if left is None or left.acknowledged else _leave_unattended(desk, left)


def _leave_unattended(desk: Desk, left: Help) -> Desk:
    return replace(desk, unattended=(*desk.unattended, left)[-UNATTENDED_KEPT:])


def lasts(wanted: Help, desk: Desk) -> bool:
    """Help asked for in a call lasts as long as that call; without one, as long as the status.

    An emergency lasts until somebody has taken note of it.
    """
    if wanted.emergency and not wanted.acknowledged:
        return True
    if wanted.call is not None:
        return wanted.call == desk.call_id
    return wanted.status is desk.status


def _not_confirmed(desk: Desk, wish: Wish, outcome: Outcome) -> Desk:
    if wish.verb is Verb.LOGIN:
        # Whom a person has logged in, by a PIN, is not logged in again by the next one's press.
        return replace(desk, login=Login.FAILED) if wish.request is None else desk
    if wish.help is not None and outcome is Outcome.TIMED_OUT and lasts(wish.help, desk):
        unheard = (*desk.help_unheard, wish.help)[-UNHEARD_KEPT:]
        return replace(desk, help_unheard=unheard)
    # A plan the ACD would not carry out ends here, or it would be asked for again without end.
    # When a call came first, the plan waits for the end of that call.
    if wish.verb in TRAITS[desk.status].plans_due:
        return replace(desk, plan=None)
    return desk
