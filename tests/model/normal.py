"""The normal form of a desk, in which two desks with the same future are one.

It is sound because `step` cannot tell the difference:

- times are compared and added only, so all of them can be moved by the same amount; those that lie
  so far back that no comparison changes any more are moved to where that begins; those that are
  only told to people (since when) are all the same;
- numbers of commands, names of presses and requests, call ids, the microphone's counter are
  compared for equality, and the next one is new: they can be named anew, in order;
- a turn only grows and is compared with the present one: it is the present one (1) or a past one
  (0), and of a picture of the past nothing is read but that it is past;
- words for people (reason, cause, why) are read by nobody, but for whether a cause has been told;
- what is kept for the page alone (help nobody acknowledged, words about a contact) decides nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.model.grid import LONGEST, NOW, UNIT

from calldeck.desk import Call, Contact, Desk, Forced, Help, Pending, Status, Truth, View, Wish
from calldeck.desk.microphones import NEVER_TOLD, ConsoleMicrophone
from calldeck.desk.state import ButtonDown, TapWaiting

HERE = "a"
"""Id of the call that the desk knows of."""
OTHER = "b"
"""Id of a call that the desk has not been told of yet."""
GONE = "gone"
UNHEARD = 2
"""Calls for help that timed out and may be answered yet: the model's ACD holds no more."""


def past(view: View) -> View:
    """Return what is left of a picture whose turn is over."""
    pending = view.pending if view.pending == Pending.UNCONFIRMED else None
    return View(Status.LOGGED_OUT, None, pending, 0, view.forced)


def press_names(desk: Desk) -> list[str]:
    """Return the presses that a desk still knows, in the order of their new names."""
    names: list[str] = []
    for down in desk.downs:
        names += [name for name in (down.first, down.press) if name is not None]
    if desk.tap is not None:
        names.append(desk.tap.press)
    names += [wish.press for wish in desk.wishes if wish.press is not None]
    return list(dict.fromkeys(names))


def normal(desk: Desk, passed: int) -> tuple[Desk, list[str], dict[int, int]]:
    """Return the normal form `passed` ms later, the old names in order, the new of old numbers."""
    names = press_names(desk)
    new = {name: f"p{place}" for place, name in enumerate(names)}
    numbers = {number: place for place, number in enumerate(_numbers(desk), 1)}
    kept = replace(
        desk,
        agent="1001" if desk.agent else "",
        reason="",
        cause="told" if desk.cause else "",
        call=_call(desk, passed),
        turn=1,
        queue=None,
        microphone=_microphone(desk),
        system_mute=_since_now(desk.system_mute),
        acd_mute=_since_now(desk.acd_mute),
        wishes=_wishes(desk, passed, new, numbers),
        downs=_downs(desk, passed, new),
        tap=_tap(desk, passed, new),
        forced=_forced(desk, numbers),
        contact=_contact(desk),
        help=None if desk.help is None else _help(desk.help, desk, numbers),
        unattended=(),
        help_unheard=tuple(_help(one, desk, numbers) for one in _unheard(desk)),
        mute_tried=_tried(desk),
        next_number=len(numbers) + 1,
        **_times(desk, passed),
    )
    return kept, names, numbers


def _times(desk: Desk, passed: int) -> dict[str, Any]:
    """Move what only has a time."""
    changes: dict[str, Any] = {}
    for name in ("guard_until", "mute_settles_at", "hold_reminder_at", "mute_reminder_at"):
        at_ms = getattr(desk, name)
        changes[name] = None if at_ms is None else at_ms - passed
    if desk.feedback is not None:
        until_ms = desk.feedback.until_ms - passed
        changes["feedback"] = replace(desk.feedback, until_ms=until_ms, why="")
    if desk.choice is not None:
        changes["choice"] = replace(desk.choice, until_ms=desk.choice.until_ms - passed)
    return changes


def _call(desk: Desk, passed: int) -> Call | None:
    if desk.call is None:
        return None
    since_ms = max(desk.call.since_ms - passed, NOW - LONGEST * UNIT)
    return replace(desk.call, id=HERE, since_ms=since_ms)


def _microphone(desk: Desk) -> ConsoleMicrophone | None:
    if desk.microphone is None:
        return None
    return replace(desk.microphone, counter=1, cause="", since_ms=NOW)


def _seen(desk: Desk, view: View | None) -> View | None:
    if view is None or view.turn is None:
        return view
    return past(view) if view.turn != desk.turn else replace(view, call=_id(view.call), turn=1)


def _wishes(
    desk: Desk, passed: int, new: dict[str, str], numbers: dict[int, int]
) -> tuple[Wish, ...]:
    requests = iter(range(len(desk.wishes)))
    return tuple(
        replace(
            wish,
            number=numbers[wish.number],
            press=None if wish.press is None else new[wish.press],
            request=None if wish.request is None else f"r{next(requests)}",
            deadline_ms=wish.deadline_ms - passed,
            help=None if wish.help is None else _help(wish.help, desk, numbers),
        )
        for wish in desk.wishes
    )


def _downs(desk: Desk, passed: int, new: dict[str, str]) -> tuple[ButtonDown, ...]:
    return tuple(
        replace(
            down,
            press=new[down.press],
            first=None if down.first is None else new[down.first],
            shown=_seen(desk, down.shown),
            down_ms=max(down.down_ms - passed, NOW - LONGEST * UNIT),
        )
        for down in desk.downs
    )


def _tap(desk: Desk, passed: int, new: dict[str, str]) -> TapWaiting | None:
    if desk.tap is None:
        return None
    return replace(
        desk.tap,
        press=new[desk.tap.press],
        shown=_seen(desk, desk.tap.shown),
        up_ms=max(desk.tap.up_ms - passed, NOW - UNIT),
        until_ms=desk.tap.until_ms - passed,
    )


def _forced(desk: Desk, numbers: dict[int, int]) -> Forced | None:
    if desk.forced is None:
        return None
    number = numbers[desk.forced.number]
    return Forced(number, Status.LOGGED_OUT, Status.LOGGED_OUT, "", "", NOW)


def _contact(desk: Desk) -> Contact | None:
    if desk.contact is None:
        return None
    same = desk.call is not None and desk.call.id == desk.contact.call.id
    return Contact(Call(HERE if same else GONE, "", 0))


def _unheard(desk: Desk) -> tuple[Help, ...]:
    return desk.help_unheard[-UNHEARD:]


def _numbers(desk: Desk) -> list[int]:
    numbers = [wish.number for wish in desk.wishes]
    numbers += [one.number for one in _unheard(desk)]
    if desk.help is not None:
        numbers.append(desk.help.number)
    if desk.forced is not None:
        numbers.append(desk.forced.number)
    return sorted(set(numbers))


def _id(call: str | None) -> str | None:
    return None if call is None else HERE


def _since_now(truth: Truth) -> Truth:
    if truth.muted is None and not truth.tracked:
        return NEVER_TOLD
    return truth if truth.since_ms == NOW else replace(truth, since_ms=NOW)


def _help(one: Help, desk: Desk, numbers: dict[int, int]) -> Help:
    call = None if one.call is None else HERE if one.call == desk.call_id else GONE
    return replace(one, call=call, number=numbers[one.number], agent="", since_ms=NOW)


def _tried(desk: Desk) -> int | None:
    """Keep that the ACD was asked to follow, where that can still be compared with success.

    1 is the counter that was told last, also while the console is away.
    """
    last = 1 if desk.microphone is None else desk.microphone.counter
    return 1 if desk.mute_tried == last else None
