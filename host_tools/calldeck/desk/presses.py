"""Buttons: how edges become gestures, by the console's own times.

HOLD acts when it goes down. STATUS and ASSIST act when they come up, or on evidence that they are
still down: press and release are one press then, and its outcome belongs to the press edge. No time
of the host makes a long press. MUTE is the console's own.
"""

from __future__ import annotations

from calldeck.desk.acting import (
    Stepped,
    act,
    acts_at_once,
    forbidden,
    noted,
    offer_logout,
    refused,
)
from calldeck.desk.changing import replace
from calldeck.desk.commands import refuse
from calldeck.desk.events import Edge, Held
from calldeck.desk.policy import GestureTimes
from calldeck.desk.results import Note, NoteCode, PressOutcome, Result
from calldeck.desk.state import ButtonDown, Desk, TapWaiting
from calldeck.desk.terms import Button, Cancelled, Gesture, Noted, PressEnd

ACTS_ON_RELEASE = frozenset({Button.STATUS, Button.ASSIST})
RING = 1 << 30
"""Console times are milliseconds on a ring of this size."""

DELIVERY_MS = 50
"""So much later than its time a second tap may still reach the desk, before one tap acts alone."""


def on_edge(desk: Desk, edge: Edge, now_ms: int) -> Stepped:
    """Take one edge."""
    return _pressed(desk, edge, now_ms) if edge.pressed else _released(desk, edge, now_ms)


def on_held(desk: Desk, held: Held, now_ms: int) -> Stepped:
    """Let the buttons act that have been down for long, now that this is certain."""
    results: list[Result] = []
    for down in desk.downs:
        if down.button not in held.buttons:
            continue
        duration = _passed(down.down_ms, held.console_ms)
        desk, acted = _held_for(desk, down, duration, now_ms)
        results += acted
    return desk, results


def cancel(desk: Desk, why: str) -> Stepped:
    """Forget the buttons that are down; a tap without its release never acts."""
    results: list[Result] = []
    for down in desk.downs:
        results += _cancelled(down, why)
    return replace(desk, downs=()), results


def cancel_one(desk: Desk, why: str, button: Button, now_ms: int) -> Stepped:
    """Forget one button that is down: the console is there, and shows that its tap does nothing."""
    desk, results = _forget_down(desk, button, why)
    return (refuse(desk, why, now_ms) if results else desk), results


def tap_alone(desk: Desk, now_ms: int) -> Stepped:
    """Let the tap act that has waited for a second one."""
    tap = desk.tap
    if tap is None:
        return desk, []
    desk = replace(desk, tap=None)
    why = forbidden(desk, Gesture.STATUS_TAP, tap.shown, now_ms)
    if why is not None:
        return refused(desk, tap.press, why, now_ms)
    return act(desk, Gesture.STATUS_TAP, tap.press, tap.shown, now_ms)


def _pressed(desk: Desk, edge: Edge, now_ms: int) -> Stepped:
    # It cannot go down twice: the release in between was lost with the console.
    desk, results = _forget_down(desk, edge.button, Cancelled.PRESSED_AGAIN)
    made_ms = now_ms - edge.age_ms
    desk, acknowledged = _acknowledge(desk, edge)
    results += acknowledged
    down = ButtonDown(edge.button, edge.press, edge.shown, settled=True, down_ms=edge.console_ms)
    if edge.button is Button.MUTE or edge.button is Button.HOLD:
        mute = edge.button is Button.MUTE
        gesture = Gesture.MUTE_PRESS if mute else Gesture.HOLD_PRESS
        desk = replace(desk, downs=(*desk.downs, down))
        why = forbidden(desk, gesture, edge.shown, made_ms)
        if why is not None:
            desk, acted = refused(desk, down.press, why, now_ms)
        else:
            desk, acted = act(desk, gesture, down.press, edge.shown, now_ms)
        return desk, results + acted
    desk, first, acted = _tap_before(desk, edge, now_ms)
    results += acted
    tap = Gesture.STATUS_TAP if edge.button is Button.STATUS else Gesture.ASSIST_TAP
    why = forbidden(desk, tap, edge.shown, made_ms)
    if why is not None:
        if first is not None:
            results.append(_one_of_two(first))
        desk = replace(desk, downs=(*desk.downs, down))
        desk, acted = refused(desk, down.press, why, now_ms)
        return desk, results + acted
    assert edge.shown is not None
    # What was seen is still so, also where an earlier daemon drew it: count from here.
    shown = replace(edge.shown, turn=desk.turn)
    waiting = replace(down, shown=shown, settled=False, first=first)
    desk = _prolong_choice(desk, edge.button, now_ms)
    return replace(desk, downs=(*desk.downs, waiting)), results


def _tap_before(desk: Desk, edge: Edge, now_ms: int) -> tuple[Desk, str | None, list[Result]]:
    """Give the tap that this press may be the second one of.

    One that is too long ago ends now by itself, and so does one whose picture is not true any more:
    a tap on each side of a change is two gestures.
    """
    tap = desk.tap
    if tap is None or edge.button is not Button.STATUS:
        return desk, None, []
    soon = _passed(tap.up_ms, edge.console_ms) <= desk.policy.gestures.double_tap_ms
    if soon and forbidden(desk, Gesture.STATUS_TAP, tap.shown, now_ms) is None:
        return replace(desk, tap=None), tap.press, []
    desk, acted = tap_alone(desk, now_ms)
    return desk, None, acted


def _released(desk: Desk, edge: Edge, now_ms: int) -> Stepped:
    desk, results = _works_again(desk, edge.button)
    down = next((down for down in desk.downs if down.button is edge.button), None)
    if down is None:
        # The agent's tap will do nothing: say so, where the button would have acted now.
        if edge.button in ACTS_ON_RELEASE:
            desk = refuse(desk, Noted.PRESS_UNKNOWN.value, now_ms)
        return desk, [*results, noted(edge.press, Noted.PRESS_UNKNOWN)]
    results.append(noted(edge.press, Noted.RELEASE))
    duration = _passed(down.down_ms, edge.console_ms)
    desk, acted = _held_for(desk, down, duration, now_ms)
    results += acted
    down = next(one for one in desk.downs if one.button is edge.button)
    desk = replace(desk, downs=tuple(one for one in desk.downs if one.button is not down.button))
    desk = _prolong_choice(desk, down.button, now_ms)
    if down.settled:
        return desk, results
    desk, acted = _tapped(desk, down, edge.console_ms, now_ms)
    return desk, results + acted


def _prolong_choice(desk: Desk, button: Button, now_ms: int) -> Desk:
    """Let the time to choose begin anew: it must not end under a hand that is choosing."""
    if desk.choice is None or button is not Button.STATUS:
        return desk
    choice = replace(desk.choice, until_ms=now_ms + desk.policy.choice_ms)
    return replace(desk, choice=choice)


def _tapped(desk: Desk, down: ButtonDown, up_ms: int, now_ms: int) -> Stepped:
    if down.button is Button.ASSIST:
        return _act_if_allowed(desk, down, Gesture.ASSIST_TAP, now_ms)
    if down.first is not None:
        desk, results = _act_if_allowed(desk, down, Gesture.STATUS_DOUBLE_TAP, now_ms)
        return desk, [_one_of_two(down.first), *results]
    if acts_at_once(desk, down.shown):
        return _act_if_allowed(desk, down, Gesture.STATUS_TAP, now_ms)
    until_ms = now_ms + desk.policy.gestures.double_tap_ms + DELIVERY_MS
    return replace(desk, tap=TapWaiting(down.press, down.shown, up_ms, until_ms)), []


def _held_for(desk: Desk, down: ButtonDown, duration_ms: int, now_ms: int) -> Stepped:
    """Let a press act as a long one, once, where it is known to have lasted so long."""
    gesture = _long(down.button, duration_ms, desk.policy.gestures)
    if gesture is None:
        return desk, []
    if down.settled:
        # The longest press takes further what it began itself as a long one.
        longest = gesture is Gesture.STATUS_LONGEST_PRESS and down.chose
        return offer_logout(desk, now_ms) if longest and desk.choosing_reason else (desk, [])
    results = [] if down.first is None else [_one_of_two(down.first)]
    had_choice = desk.choice is not None
    desk, acted = _act_if_allowed(desk, down, gesture, now_ms)
    chose = desk.choice is not None and not had_choice
    settled = replace(down, settled=True, first=None, chose=chose)
    downs = tuple(settled if one.button is down.button else one for one in desk.downs)
    return replace(desk, downs=downs), results + acted


def _act_if_allowed(desk: Desk, down: ButtonDown, gesture: Gesture, now_ms: int) -> Stepped:
    why = forbidden(desk, gesture, down.shown, now_ms)
    if why is not None:
        return refused(desk, down.press, why, now_ms)
    return act(desk, gesture, down.press, down.shown, now_ms)


def _acknowledge(desk: Desk, edge: Edge) -> Stepped:
    """Take any press on a picture that showed a forced change for having seen it."""
    shown, forced = edge.shown, desk.forced
    if forced is None or shown is None or not shown.forced or shown.turn not in (None, desk.turn):
        return desk, []
    details = (("cause", forced.cause), ("by", edge.press))
    text = f"forced change acknowledged, cause: {forced.cause}"
    return replace(desk, forced=None), [Note(text, NoteCode.ACKNOWLEDGED, details)]


def _works_again(desk: Desk, button: Button) -> Stepped:
    """A button that comes up is not stuck any more."""
    what = stuck(button)
    if what not in desk.faults:
        return desk, []
    left = tuple(fault for fault in desk.faults if fault != what)
    text = f"equipment works again: {what}"
    note = Note(text, NoteCode.EQUIPMENT, (("what", what), ("present", "False")))
    return replace(desk, faults=left), [note]


def stuck(button: Button) -> str:
    """Return how `EquipmentFault` names a button that is stuck."""
    return f"stuck_button {button.name}"


def _long(button: Button, duration_ms: int, times: GestureTimes) -> Gesture | None:
    if button is Button.ASSIST:
        return Gesture.ASSIST_LONG_PRESS if duration_ms >= times.emergency_press_ms else None
    if button is not Button.STATUS or duration_ms < times.long_press_ms:
        return None
    longest = duration_ms >= times.logout_press_ms
    return Gesture.STATUS_LONGEST_PRESS if longest else Gesture.STATUS_LONG_PRESS


def _passed(since_ms: int, until_ms: int) -> int:
    """Return the milliseconds between two console times, 0 where they are the wrong way round."""
    passed = (until_ms - since_ms) % RING
    return passed if passed < RING // 2 else 0


def _one_of_two(press: str) -> PressOutcome:
    return PressOutcome(press, PressEnd.CANCELLED.value, Cancelled.OTHER_GESTURE.value)


def _cancelled(down: ButtonDown, why: str) -> list[Result]:
    results: list[Result] = []
    if down.first is not None:
        results.append(_one_of_two(down.first))
    if not down.settled:
        results.append(PressOutcome(down.press, PressEnd.CANCELLED.value, why))
    return results


def _forget_down(desk: Desk, button: Button, why: str) -> Stepped:
    results: list[Result] = []
    for down in desk.downs:
        if down.button is button:
            results += _cancelled(down, why)
    return replace(desk, downs=tuple(d for d in desk.downs if d.button is not button)), results
