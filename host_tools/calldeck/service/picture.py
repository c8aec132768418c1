"""Drawing the picture of a desk: what is true now, in codes for programs and words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from calldeck.desk import (
    Desk,
    Help,
    LampPlan,
    Status,
)
from calldeck.desk.lamps import attention
from calldeck.desk.profile import LINK_LOST, PATTERNS, Attention
from calldeck.link.model import MicrophoneReport, Welcome
from calldeck.narration import (
    CAUSE_TEXTS,
    COLOUR_TEXTS,
    REASON_TEXTS,
    RESTART_TEXTS,
    STATUS_TEXTS,
    VERB_TEXTS,
    WHY_TEXTS,
    told,
)
from calldeck.text import mark, translate_plural
from calldeck.text import translate as _
from calldeck.web.models import (
    AssistPicture,
    CallPicture,
    ChangePicture,
    LampName,
    LampPicture,
    MicrophonePicture,
    QueuePicture,
    Truth,
    Truths,
    WishPicture,
)

ATTENTION_TEXTS = {
    Attention.FAULT: mark("The ACD is not connected: nothing here is confirmed."),
    Attention.REFUSED: mark("The last wish was refused."),
    Attention.MUST_ACT: mark("You must act: console and ACD disagree on your microphone."),
    Attention.HELP_COMING: mark("Help is coming."),
    Attention.WISH: mark("A wish is on its way."),
    Attention.NONE: mark("Nothing needs you."),
}
_OFF = LampPicture(colour="", pattern="off", times_ms=(), meaning="")
QUEUE_LAMPS: tuple[LampName, ...] = ("queue1", "queue2", "queue3", "queue4", "queue5")
Agreement = Literal["agree", "differ", "unknown"]
Colour = Literal["red", "green", "blue", "amber"]


@dataclass(slots=True)
class Since:
    """When what the picture tells was last told or changed, in milliseconds of the loop's clock."""

    status_ms: float | None = None
    microphone_ms: float | None = None
    pbx_ms: float | None = None
    change: tuple[Status, str, str] | None = field(default=None)
    """Status, reason and cause of the last change."""


def age(now_ms: float, since_ms: float | None) -> int | None:
    """Return how long ago something was, None where it never was."""
    return None if since_ms is None else max(0, round(now_ms - since_ms))


# --- lamps --------------------------------------------------------------------------------


def lamp_pictures(
    desk: Desk, plan: LampPlan, now_ms: float, *, linked: bool, mute_lamp: bool | None
) -> dict[LampName, LampPicture]:
    """Draw the lamps; without its link the console shows link-lost by itself."""
    if not linked:
        return _link_lost_lamps(mute_lamp)
    meaning = attention_text(desk, now_ms)
    lamps: dict[LampName, LampPicture] = {
        "availability": _availability(desk, plan),
        "mute": _mute(mute_lamp, in_call=desk.status is Status.TALKING),
        "hold": _lamp("yellow", plan.hold, _hold_text(desk, plan)),
        "attention": _lamp("white", plan.attention, meaning),
    }
    waiting = queue_text(desk)
    bar = (plan.queue1, plan.queue2, plan.queue3, plan.queue4, plan.queue5)
    for name, pattern in zip(QUEUE_LAMPS, bar, strict=True):
        lamps[name] = _lamp("amber", pattern, waiting)
    return lamps


def _hold_text(desk: Desk, plan: LampPlan) -> str:
    if plan.hold == "off":
        return _("No customer is on hold.")
    if desk.hold_overdue:
        return _("The customer has been on hold for long.")
    return _("The customer is on hold.")


def attention_text(desk: Desk, now_ms: float) -> str:
    """Return what the attention lamp says, as exactly as it is known."""
    kind = attention(desk, round(now_ms))
    if kind is Attention.REFUSED and desk.feedback is not None:
        return _("Refused: {why}.").format(why=told(WHY_TEXTS, desk.feedback.why))
    if kind is Attention.WISH:
        return pending_text(desk) or _(ATTENTION_TEXTS[kind])
    return _(ATTENTION_TEXTS[kind])


def pending_text(desk: Desk) -> str:
    """Return what is wished and not so yet, the latest command first; empty for nothing."""
    if desk.wishes:
        verb = _(VERB_TEXTS[desk.wishes[-1].verb])
        return _("On its way to the ACD: {wish}.").format(wish=verb)
    if desk.plan is not None:
        return _("Not ready after this call.")
    if desk.help is not None and not desk.help.acknowledged:
        return _("Help was called; nobody has acknowledged it yet.")
    return ""


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


# --- the microphone -----------------------------------------------------------------------


def mute_lamp(desk: Desk, plan: LampPlan, report: MicrophoneReport | None) -> bool | None:
    """Tell whether the mute lamp is lit, which hangs on the switch's net; None: not known."""
    if report is None:
        return None
    if desk.policy.headset == "inline" and report.plugged:
        return report.muted
    return plan.confirmed_mute


def microphone_picture(
    desk: Desk, report: MicrophoneReport | None, since: Since, now_ms: float
) -> MicrophonePicture:
    """Draw the microphone, its three truths apart."""
    pbx = desk.muted if desk.confirmed and desk.call is not None else None
    console = None if report is None else report.muted
    switched = desk.policy.headset == "inline" and report is not None and report.plugged
    muted: bool | None
    if (switched and console) or pbx:
        muted = True
    elif switched or (pbx is False and console is False):
        muted = False
    else:
        muted = None
    return MicrophonePicture(
        headset=desk.policy.headset.value,
        plugged=None if report is None else report.plugged,
        muted=muted,
        agreement=_agreement(console, pbx),
        text=_microphone_text(
            muted, _agreement(console, pbx), in_call=desk.status is Status.TALKING
        ),
        truths=Truths(
            console=_truth(console, age(now_ms, since.microphone_ms)),
            operating_system=_truth(None, None),
            pbx=_truth(pbx, age(now_ms, since.pbx_ms)),
        ),
    )


def _agreement(console: bool | None, pbx: bool | None) -> Agreement:
    if console is None or pbx is None:
        return "unknown"
    return "agree" if console == pbx else "differ"


def _microphone_text(muted: bool | None, agreement: Agreement, *, in_call: bool) -> str:
    if muted is not None and not in_call:
        return _("Your microphone is muted.") if muted else _("Your microphone is open.")
    if muted is None:
        return _("It is not known whether the customer hears you: assume so.")
    text = _("The customer does not hear you.") if muted else _("The customer hears you.")
    if agreement == "differ":
        return text + " " + _("Console and ACD disagree.")
    return text


def _truth(muted: bool | None, for_ms: int | None) -> Truth:
    return Truth(known=muted is not None, muted=muted, for_ms=for_ms if muted is not None else None)


# --- the rest -----------------------------------------------------------------------------


def status_text(desk: Desk) -> str:
    """Return the status in words."""
    return _(STATUS_TEXTS[desk.status]) if desk.confirmed else _("not known")


def reason_text(reason: str) -> str:
    """Return a not-ready reason in words; one that is no code of ours is somebody's words."""
    return told(REASON_TEXTS, reason)


def call_picture(desk: Desk, now_ms: float) -> CallPicture | None:
    """Draw the call."""
    call = desk.call if desk.confirmed else None
    if call is None:
        return None
    for_ms = max(0, round(now_ms - call.since_ms))
    return CallPicture(id=call.id, queue=call.queue, direction=call.direction, for_ms=for_ms)


def queue_picture(desk: Desk, now_ms: float) -> QueuePicture | None:
    """Draw the queue."""
    if not desk.confirmed or desk.queue is None:
        return None
    oldest = age(now_ms, desk.queue.oldest_since_ms)
    return QueuePicture(name=desk.queue.queue, waiting=desk.queue.waiting, oldest_for_ms=oldest)


def wish_pictures(desk: Desk) -> tuple[WishPicture, ...]:
    """Draw what the ACD has not answered yet."""
    return tuple(
        WishPicture(verb=wish.verb.value, text=_(VERB_TEXTS[wish.verb])) for wish in desk.wishes
    )


def assist_pictures(desk: Desk, now_ms: float) -> tuple[AssistPicture, ...]:
    """Draw the calls for help that somebody should see, the newest first."""
    calls = (*desk.unattended, *((desk.help,) if desk.help is not None else ()))
    return tuple(_assist(one, now_ms) for one in reversed(calls))


def _assist(one: Help, now_ms: float) -> AssistPicture:
    return AssistPicture(
        number=one.number,
        agent=one.agent,
        status=one.status.value,
        status_text=_(STATUS_TEXTS[one.status]),
        call=one.call,
        for_ms=max(0, round(now_ms - one.since_ms)),
        acknowledged=one.acknowledged,
    )


def change_picture(since: Since, now_ms: float) -> ChangePicture | None:
    """Draw the last change of status and its cause."""
    if since.change is None or since.status_ms is None:
        return None
    status, _reason, cause = since.change
    return ChangePicture(
        status=status.value,
        status_text=_(STATUS_TEXTS[status]),
        cause=cause,
        cause_text=told(CAUSE_TEXTS, cause),
        for_ms=max(0, round(now_ms - since.status_ms)),
    )


def versions(welcome: Welcome | None) -> Mapping[str, str]:
    """Return serial, firmware and protocol of the console that answered last, and why anew."""
    if welcome is None:
        return {"serial": "", "firmware": "", "protocol": "", "restarted": ""}
    return {
        "serial": welcome.serial,
        "firmware": ".".join(map(str, welcome.firmware)),
        "protocol": str(welcome.protocol),
        "restarted": told(RESTART_TEXTS, welcome.restarted),
    }
