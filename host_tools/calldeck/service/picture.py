"""Drawing the picture of a desk: what is true now, in codes for programs and words for people."""

from __future__ import annotations

from collections.abc import Mapping

from calldeck.desk import Desk, Help
from calldeck.link.model import Welcome
from calldeck.narration import CAUSE_TEXTS, RESTART_TEXTS, STATUS_TEXTS, VERB_TEXTS, told
from calldeck.service.since import Since, age, past
from calldeck.service.words import (
    CHANNEL_TEXTS,
    DIRECTION_TEXTS,
    choice_text,
    disposition_text,
    fault_text,
    forced_text,
    reason_text,
)
from calldeck.text import translate as _
from calldeck.web.parts import (
    AssistPicture,
    CallPicture,
    ChangePicture,
    ChoicePicture,
    ContactPicture,
    FaultPicture,
    ForcedPicture,
    GesturePicture,
    Offer,
    QueuePicture,
    WishPicture,
)


def status_text(desk: Desk) -> str:
    """Return the status in words."""
    return _(STATUS_TEXTS[desk.status]) if desk.confirmed else _("not known")


def call_picture(desk: Desk, now_ms: float) -> CallPicture | None:
    """Draw the contact that is here."""
    call = desk.call if desk.confirmed else None
    if call is None:
        return None
    return CallPicture(
        id=call.id,
        queue=call.queue,
        channel=call.channel.value,
        channel_text=_(CHANNEL_TEXTS[call.channel]),
        direction=call.direction.value,
        direction_text=_(DIRECTION_TEXTS[call.direction]),
        for_ms=past(now_ms, call.since_ms),
    )


def contact_picture(desk: Desk) -> ContactPicture | None:
    """Draw the contact that was answered last, and what the agent has said of it."""
    contact = desk.contact
    if contact is None:
        return None
    call = contact.call
    return ContactPicture(
        id=call.id,
        queue=call.queue,
        channel=call.channel.value,
        channel_text=_(CHANNEL_TEXTS[call.channel]),
        direction=call.direction.value,
        direction_text=_(DIRECTION_TEXTS[call.direction]),
        over=desk.call_id != call.id,
        unresolved=contact.unresolved,
        disposition=contact.disposition,
        disposition_text=disposition_text(contact.disposition),
    )


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
        for_ms=past(now_ms, one.since_ms),
        acknowledged=one.acknowledged,
        emergency=one.emergency,
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
        for_ms=past(now_ms, since.status_ms),
    )


# --- what waits for the agent's hand --------------------------------------------------------


def choice_picture(desk: Desk, now_ms: float) -> ChoicePicture | None:
    """Draw what STATUS is choosing."""
    choice = desk.choice
    if choice is None:
        return None
    return ChoicePicture(
        place=choice.place,
        reason=desk.policy.reasons[choice.place - 1] if choice.place else "",
        text=choice_text(desk),
        left_ms=past(choice.until_ms, now_ms),
    )


def forced_picture(desk: Desk, now_ms: float) -> ForcedPicture | None:
    """Draw the change that the agent did not make, until they have acknowledged it."""
    forced = desk.forced
    if forced is None:
        return None
    return ForcedPicture(
        number=forced.number,
        before=forced.before.value,
        before_text=_(STATUS_TEXTS[forced.before]),
        after=forced.after.value,
        after_text=_(STATUS_TEXTS[forced.after]),
        reason=forced.reason,
        reason_text=reason_text(forced.reason),
        cause=forced.cause,
        cause_text=told(CAUSE_TEXTS, forced.cause),
        text=forced_text(forced),
        for_ms=past(now_ms, forced.since_ms),
    )


def fault_pictures(desk: Desk) -> tuple[FaultPicture, ...]:
    """Draw what is out of order, the latest first."""
    return tuple(FaultPicture(code=one, text=fault_text(one)) for one in reversed(desk.faults))


def gesture_picture(desk: Desk) -> GesturePicture:
    """Tell how long is long at this desk."""
    times = desk.policy.gestures
    return GesturePicture(
        double_tap_ms=times.double_tap_ms,
        long_press_ms=times.long_press_ms,
        logout_press_ms=times.logout_press_ms,
        emergency_press_ms=times.emergency_press_ms,
    )


def reasons(desk: Desk) -> tuple[Offer, ...]:
    """Name every reason for not ready, also those that STATUS has no lamp for."""
    return tuple(Offer(code=one, text=reason_text(one)) for one in desk.policy.reasons)


def dispositions(desk: Desk) -> tuple[Offer, ...]:
    """Name every code that says how a contact ended."""
    return tuple(Offer(code=one, text=disposition_text(one)) for one in desk.policy.dispositions)


# --- the console --------------------------------------------------------------------------


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
