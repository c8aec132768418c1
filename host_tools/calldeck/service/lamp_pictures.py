"""Drawing the lamps, and saying in words what each of them says now."""

from __future__ import annotations

from typing import Literal, cast

from calldeck.desk import Desk, LampPlan, Status
from calldeck.desk.lamps import attention
from calldeck.desk.profile import LINK_LOST, PATTERNS, Attention
from calldeck.narration import COLOUR_TEXTS, STATUS_TEXTS, VERB_TEXTS, WHY_TEXTS, told
from calldeck.service.words import (
    choice_text,
    fault_text,
    forced_text,
    planned_text,
    reason_text,
)
from calldeck.text import translate as _
from calldeck.text import translate_plural
from calldeck.web.parts import LampName, LampPicture

_OFF = LampPicture(colour="", pattern="off", times_ms=(), meaning="")
QUEUE_LAMPS: tuple[LampName, ...] = ("queue1", "queue2", "queue3", "queue4", "queue5")
Colour = Literal["red", "green", "blue", "amber"]


def lamp_pictures(
    desk: Desk, plan: LampPlan, now_ms: float, *, linked: bool, mute_lamp: bool | None
) -> dict[LampName, LampPicture]:
    """Draw the lamps; without its link the console shows link-lost by itself."""
    if not linked:
        return _link_lost_lamps(mute_lamp)
    lamps: dict[LampName, LampPicture] = {
        "availability": _availability(desk, plan),
        "mute": _mute(mute_lamp, in_call=desk.status is Status.TALKING and desk.heard),
        "hold": _lamp("yellow", plan.hold, _hold_text(desk, plan)),
        "attention": _lamp("white", plan.attention, attention_text(desk, now_ms)),
    }
    meaning = _bar_text(desk)
    bar = (plan.queue1, plan.queue2, plan.queue3, plan.queue4, plan.queue5)
    for name, pattern in zip(QUEUE_LAMPS, bar, strict=True):
        lamps[name] = _lamp("amber", pattern, meaning)
    return lamps


# --- what they say ------------------------------------------------------------------------


def attention_text(desk: Desk, now_ms: float) -> str:
    """Return what the attention lamp says: of several things that it may say, all of them."""
    match attention(desk, round(now_ms)):
        case Attention.FAULT:
            return _("The ACD is not connected: nothing here is confirmed.")
        case Attention.REFUSED:
            why = desk.feedback.why if desk.feedback is not None else ""
            return _("Refused: {why}.").format(why=told(WHY_TEXTS, why))
        case Attention.MUST_ACT:
            return " ".join(_calls_for_agent(desk))
        case Attention.HELP_COMING:
            return _("Help is coming.")
        case Attention.WISH:
            return _wish_text(desk)
        case Attention.NONE:
            return _("Nothing needs you.")


def _calls_for_agent(desk: Desk) -> list[str]:
    """Return what waits for the agent's hand, the most urgent first.

    What the customer hears comes before what the agent should know; a fault may last for long.
    """
    said = []
    if desk.mute_calls():
        said.append(_mute_call_text(desk))
    if desk.mute_overdue:
        said.append(_("You are muted for long: put a customer who is to wait on hold."))
    if desk.forced is not None:
        said.append(forced_text(desk.forced) + " " + _("Press any button to acknowledge it."))
    return said + [fault_text(fault) for fault in desk.faults]


def _mute_call_text(desk: Desk) -> str:
    console = desk.microphone
    known = [one for one in (desk.system_mute, desk.acd_mute) if one.muted is not None]
    if console is not None and any(one.muted != console.muted for one in known):
        return _(
            "Console, computer and ACD disagree on your microphone: press MUTE, or change it where "
            "it differs."
        )
    return _("It is not known any more whether you are muted: assume the customer hears you.")


def _wish_text(desk: Desk) -> str:
    """Return what is wished and not so yet: what waits for the hand first, then the latest wish."""
    if desk.choice is not None:
        return choice_text(desk)
    if desk.wishes:
        verb = _(VERB_TEXTS[desk.wishes[-1].verb])
        return _("On its way to the ACD: {wish}.").format(wish=verb)
    if desk.tap is not None:
        return _("STATUS was tapped; it may yet be tapped twice.")
    if desk.plan is not None:
        return planned_text(desk)
    return _("Help was called; nobody has acknowledged it yet.")


def queue_text(desk: Desk) -> str:
    """Return in words how many wait."""
    if not desk.confirmed or desk.queue is None:
        return _("How many callers wait is not known.")
    if desk.queue.waiting == 0:
        return _("No caller is waiting.")
    text = translate_plural(
        "{waiting} caller is waiting.", "{waiting} callers are waiting.", desk.queue.waiting
    )
    return text.format(waiting=desk.queue.waiting)


def _bar_text(desk: Desk) -> str:
    """Return what the queue bar says; while STATUS chooses, that is no queue."""
    if not desk.confirmed or desk.choice is None:
        return queue_text(desk)
    place = desk.choice.place
    if place == 0:
        return _("Both ends are lit: a logout is offered.")
    reason = reason_text(desk.policy.reasons[place - 1])
    return _("Lamp {place} of the choice: {reason}.").format(place=place, reason=reason)


def _hold_text(desk: Desk, plan: LampPlan) -> str:
    if plan.hold == "off":
        return _("No customer is on hold.")
    if desk.hold_overdue:
        return _("The customer has been on hold for long.")
    return _("The customer is on hold.")


# --- how they look ------------------------------------------------------------------------


def _lamp(colour: Literal["white", "yellow", "amber"], pattern: str, meaning: str) -> LampPicture:
    lit = "" if pattern == "off" else colour
    return LampPicture(
        colour=lit, pattern=pattern, times_ms=PATTERNS.get(pattern, ()), meaning=meaning
    )


def _availability(desk: Desk, plan: LampPlan) -> LampPicture:
    parts = (plan.availability_red, plan.availability_green, plan.availability_blue)
    colour = COLOUR_TEXTS.get(cast(tuple[bool, bool, bool], tuple(p != "off" for p in parts)))
    pattern = next((part for part in parts if part != "off"), "off")
    meaning = _(STATUS_TEXTS[desk.status]) if desk.confirmed else _("not known")
    return LampPicture(
        colour=cast(Colour, colour) if colour else "",
        pattern=pattern,
        times_ms=PATTERNS.get(pattern, ()),
        meaning=meaning,
    )


def _mute(lit: bool | None, *, in_call: bool) -> LampPicture:
    if lit is None:
        return _OFF.model_copy(update={"meaning": _("Not known: assume the customer hears you.")})
    if lit:
        meaning = _("The customer does not hear you.") if in_call else _("Microphone muted.")
        return LampPicture(colour="red", pattern="steady", times_ms=(), meaning=meaning)
    meaning = _("Assume the customer hears you.") if in_call else _("Microphone open.")
    return _OFF.model_copy(update={"meaning": meaning})


def _link_lost_lamps(mute_lamp: bool | None) -> dict[LampName, LampPicture]:
    dark = _OFF.model_copy(update={"meaning": _("not known: the console is not connected")})
    lamps: dict[LampName, LampPicture] = {
        "availability": dark,
        "mute": _mute(mute_lamp, in_call=True),
    }
    lamps["hold"] = dark
    lamps["attention"] = LampPicture(
        colour="white",
        pattern="link_lost",
        times_ms=LINK_LOST,
        meaning=_("The console is not connected to this computer."),
    )
    lamps.update(dict.fromkeys(QUEUE_LAMPS, dark))
    return lamps
