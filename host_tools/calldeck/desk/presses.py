"""Buttons: what an edge does.

HOLD acts when it goes down. STATUS and ASSIST act when they come up; press and release are one
press then, and its outcome belongs to the press edge. HOLD and STATUS act only on what the agent
saw when the button went down. MUTE is the console's own.
"""

from __future__ import annotations

from calldeck.desk.changing import replace
from calldeck.desk.commands import issue, refuse
from calldeck.desk.events import Edge
from calldeck.desk.results import PressOutcome, Result
from calldeck.desk.state import ButtonDown, Desk, Login
from calldeck.desk.table import PRESSES, Ask, EndWork, LoginAgain, PlanNotReady, Refuse, TakeNote
from calldeck.desk.terms import (
    Button,
    Cancelled,
    Noted,
    Pending,
    PressEnd,
    Refusal,
    Verb,
    View,
)

Stepped = tuple[Desk, list[Result]]

ACTS_ON_RELEASE = frozenset({Button.STATUS, Button.ASSIST})
REASON_VERBS = frozenset({Verb.LOGIN, Verb.NOT_READY})


def on_edge(desk: Desk, edge: Edge, now_ms: int) -> Stepped:
    """Take one edge."""
    return _pressed(desk, edge, now_ms) if edge.pressed else _released(desk, edge, now_ms)


def cancel(desk: Desk, why: str, button: Button | None = None) -> Stepped:
    """Forget the buttons that are down, or one of them; a tap without its release never acts."""
    ending = [down for down in desk.downs if button in (None, down.button)]
    results: list[Result] = [
        PressOutcome(down.press, PressEnd.CANCELLED.value, why)
        for down in ending
        if not down.settled
    ]
    return replace(desk, downs=tuple(down for down in desk.downs if down not in ending)), results


def gate(desk: Desk, button: Button, shown: View | None) -> Refusal | None:
    """What forbids acting on this button now, whatever the status; None when nothing does.

    ASSIST is never refused because the state changed: who needs help needs it still.
    """
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
    if (shown.status, shown.call) != (desk.status, desk.call_id):
        return Refusal.STATUS_CHANGED
    if shown.turn not in {None, desk.turn}:
        return Refusal.STATUS_CHANGED  # there and back again
    return None


def _pressed(desk: Desk, edge: Edge, now_ms: int) -> Stepped:
    desk, results = _forget_down(desk, edge.button)
    down = ButtonDown(edge.button, edge.press, edge.shown, settled=True)
    if edge.button is Button.MUTE:
        results.append(_noted(edge.press, Noted.CONSOLE_OWNS_MICROPHONE))
        return replace(desk, downs=(*desk.downs, down)), results
    forbidden = gate(desk, edge.button, edge.shown)
    if forbidden is None and edge.shown is not None and edge.button in ACTS_ON_RELEASE:
        # What was seen is still so, also where an earlier daemon drew it: count from here.
        shown = replace(edge.shown, turn=desk.turn)
        waiting = replace(down, shown=shown, settled=False)
        return replace(desk, downs=(*desk.downs, waiting)), results
    desk = replace(desk, downs=(*desk.downs, down))
    desk, acted = _refused(desk, down, forbidden, now_ms) if forbidden else _act(desk, down, now_ms)
    return desk, results + acted


def _released(desk: Desk, edge: Edge, now_ms: int) -> Stepped:
    down = next((down for down in desk.downs if down.button is edge.button), None)
    if down is None:
        # The agent's tap will do nothing: say so, where the button would have acted now.
        if edge.button in ACTS_ON_RELEASE:
            desk = refuse(desk, Noted.PRESS_UNKNOWN.value, now_ms)
        return desk, [_noted(edge.press, Noted.PRESS_UNKNOWN)]
    desk = replace(desk, downs=tuple(other for other in desk.downs if other is not down))
    results: list[Result] = [_noted(edge.press, Noted.RELEASE)]
    if down.settled:
        return desk, results
    forbidden = gate(desk, down.button, down.shown)
    desk, acted = _refused(desk, down, forbidden, now_ms) if forbidden else _act(desk, down, now_ms)
    return desk, results + acted


def _act(desk: Desk, down: ButtonDown, now_ms: int) -> Stepped:
    """Give the answer of the table to a press that nothing forbids."""
    match PRESSES[desk.status, down.button]:
        case Ask(verb):
            return _ask(desk, verb, down, now_ms)
        case EndWork():
            # Through available would open a moment in which a call could land.
            verb = Verb.END_WORK if desk.plan is None else Verb.NOT_READY
            return _ask(desk, verb, down, now_ms)
        case PlanNotReady():
            return _plan(desk, down)
        case LoginAgain(otherwise):
            if desk.login is not Login.FAILED:
                return _refused(desk, down, otherwise, now_ms)
            return _ask(replace(desk, login=Login.DONE), Verb.LOGIN, down, now_ms)
        case Refuse(why):
            return _refused(desk, down, why, now_ms)
        case TakeNote(noted):
            return desk, [_noted(down.press, noted)]


def _ask(desk: Desk, verb: Verb, down: ButtonDown, now_ms: int) -> Stepped:
    if verb is Verb.ASSIST and desk.unanswered(Button.ASSIST):
        return desk, [_noted(down.press, Noted.HELP_ALREADY_WISHED)]
    argument = ""
    if verb in REASON_VERBS:
        argument = desk.policy.not_ready_reason if desk.plan is None else desk.plan
    desk, command = issue(desk, verb, now_ms, argument=argument, press=down.press)
    return desk, [command]


def _plan(desk: Desk, down: ButtonDown) -> Stepped:
    """Plan, or take the plan back: whichever the agent did not see when the button went down."""
    if down.shown is not None and down.shown.pending == Pending.NOT_READY:
        return replace(desk, plan=None), [_noted(down.press, Noted.TAKEN_BACK)]
    plan = desk.policy.not_ready_reason
    return replace(desk, plan=plan), [_noted(down.press, Noted.PLANNED)]


def _refused(desk: Desk, down: ButtonDown, why: Refusal, now_ms: int) -> Stepped:
    outcome = PressOutcome(down.press, PressEnd.REFUSED.value, why.value)
    return refuse(desk, why.value, now_ms), [outcome]


def _noted(press: str, why: Noted) -> PressOutcome:
    return PressOutcome(press, PressEnd.NOTED.value, why.value)


def _forget_down(desk: Desk, button: Button) -> Stepped:
    """The same button cannot go down twice: the release in between was lost with the console."""
    results: list[Result] = []
    for down in desk.downs:
        if down.button is button and not down.settled:
            end = PressOutcome(down.press, PressEnd.CANCELLED.value, Cancelled.PRESSED_AGAIN.value)
            results.append(end)
    return replace(desk, downs=tuple(d for d in desk.downs if d.button is not button)), results
