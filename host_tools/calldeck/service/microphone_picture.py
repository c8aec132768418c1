"""Drawing the microphone: who says what of it, since when, and what that comes to."""

from __future__ import annotations

from calldeck.desk import Agreement, Button, Desk, LampPlan, Status, Truth, agreement
from calldeck.link.model import MicrophoneReport
from calldeck.service.since import past
from calldeck.service.words import CHANNEL_TEXTS
from calldeck.text import mark
from calldeck.text import translate as _
from calldeck.web.parts import MicrophonePicture, Truths
from calldeck.web.parts import Truth as TruthPicture

AGREEMENT_TEXTS = {
    Agreement.AGREE: mark("They agree."),
    Agreement.DISAGREE: mark("They disagree."),
    Agreement.UNKNOWN: mark("Whether they agree is not known."),
}
_NOT_ASKED = Truth(None)
"""What the ACD says where nobody hears the agent anyway."""


def mute_lamp(desk: Desk, plan: LampPlan, report: MicrophoneReport | None) -> bool | None:
    """Tell whether the mute lamp is lit, which hangs on the switch's net; None: not known."""
    if report is None:
        return None
    if desk.policy.headset == "inline" and report.plugged:
        return report.muted
    return plan.confirmed_mute


def microphone_picture(
    desk: Desk, report: MicrophoneReport | None, now_ms: float
) -> MicrophonePicture:
    """Draw the microphone, its three truths apart."""
    console = desk.microphone if report is not None else None
    pbx = _pbx(desk)
    together = agreement(console, desk.system_mute, pbx)
    told = Truth(None) if console is None else Truth(console.muted, console.since_ms, tracked=True)
    muted = _customer_cannot_hear(desk, told, pbx, report)
    return MicrophonePicture(
        headset=desk.policy.headset.value,
        plugged=None if report is None else report.plugged,
        muted=muted,
        overdue=desk.mute_overdue,
        agreement=together.value,
        agreement_text=_agreement_text(desk, together),
        text=_text(desk, muted, together),
        truths=Truths(
            console=_truth(told, now_ms),
            operating_system=_truth(desk.system_mute, now_ms),
            pbx=_truth(pbx, now_ms),
        ),
    )


def _pbx(desk: Desk) -> Truth:
    """What the ACD says of this call; its word of another one would look older than the call."""
    if not desk.confirmed or not desk.heard or desk.call is None:
        return _NOT_ASKED
    told = desk.acd_mute
    return Truth(told.muted, max(told.since_ms, desk.call.since_ms), told.tracked)


def _customer_cannot_hear(
    desk: Desk, console: Truth, pbx: Truth, report: MicrophoneReport | None
) -> bool | None:
    """Tell whether the customer does not hear the agent; one who keeps the voice away is enough.

    With an inline headset that is the console's switch; with one on USB the operating system.
    """
    headset = desk.policy.headset
    switched = headset == "inline" and report is not None and report.plugged
    system = desk.system_mute.muted if headset == "usb" else None
    if (switched and console.muted) or system or pbx.muted:
        return True
    if switched or (pbx.muted is False and console.muted is False):
        return False
    return None


def _agreement_text(desk: Desk, together: Agreement) -> str:
    if together is not Agreement.DISAGREE:
        return _(AGREEMENT_TEXTS[together])
    if desk.mute_calls():
        return _("They disagree: press MUTE, or change it where it differs.")
    if desk.unanswered(Button.MUTE) or desk.mute_settles_at is not None:
        return _("The ACD is being told.")
    return _(AGREEMENT_TEXTS[together])


def _text(desk: Desk, muted: bool | None, together: Agreement) -> str:
    talking = desk.status is Status.TALKING
    if talking and not desk.heard and desk.call is not None:
        channel = _(CHANNEL_TEXTS[desk.call.channel])
        return _("Nobody hears you: this contact is no call ({channel}).").format(channel=channel)
    if muted is None:
        return _("It is not known whether the customer hears you: assume so.")
    if not talking:
        return _("Your microphone is muted.") if muted else _("Your microphone is open.")
    if muted:
        return _("The customer does not hear you.")
    if together is Agreement.DISAGREE:
        return _("Assume the customer hears you.")
    return _("The customer hears you.")


def _truth(told: Truth, now_ms: float) -> TruthPicture:
    """Draw what one of them says; who has known once is missed when they do not know any more."""
    if told.muted is None:
        text = _("not known any more") if told.tracked else _("not known")
    else:
        text = _("muted") if told.muted else _("open")
    return TruthPicture(
        known=told.muted is not None,
        muted=told.muted,
        text=text,
        for_ms=past(now_ms, told.since_ms) if told.tracked else None,
    )
