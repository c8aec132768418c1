"""What codes of the desk are called, where only the page and the API show them."""

from __future__ import annotations

from calldeck.desk import Button, Channel, Desk, Direction, Forced, stuck
from calldeck.narration import CAUSE_TEXTS, REASON_TEXTS, STATUS_TEXTS, told
from calldeck.text import mark
from calldeck.text import translate as _

CHANNEL_TEXTS = {
    Channel.VOICE: mark("voice call"),
    Channel.VIDEO: mark("video call"),
    Channel.CALLBACK: mark("callback"),
    Channel.EMAIL: mark("e-mail"),
    Channel.CHAT: mark("chat"),
    Channel.SMS: mark("SMS"),
    Channel.SOCIAL: mark("social media"),
    Channel.FAX: mark("fax"),
}
DIRECTION_TEXTS = {
    Direction.INBOUND: mark("inbound"),
    Direction.OUTBOUND: mark("outbound"),
}
DISPOSITION_TEXTS = {
    "resolved": mark("resolved"),
    "callback": mark("to be called back"),
    "escalated": mark("escalated"),
    "information": mark("information given"),
    "wrong-number": mark("wrong number"),
}
# What a forced change is told like, where its cause has a sentence of its own.
FORCED_TEXTS = {
    "supervisor": mark("Your status was changed from {before} to {after} by a supervisor."),
    "no_answer": mark(
        "You did not answer a call: your status was changed from {before} to {after}."
    ),
    "work_time_over": mark(
        "The time for after-call work is over: your status was changed from {before} to {after}."
    ),
    "elsewhere": mark(
        "You work at another phone now: your status here was changed from {before} to {after}."
    ),
    "acd_link_down": mark(
        "Your status was changed from {before} to {after} while the ACD was not connected."
    ),
}
_STUCK = {stuck(button): button for button in Button}


def reason_text(reason: str) -> str:
    """Return a not-ready reason in words; one that is no code of ours is somebody's words."""
    return told(REASON_TEXTS, reason)


def disposition_text(disposition: str) -> str:
    """Return how a contact ended, in words; empty where nobody has said it."""
    return told(DISPOSITION_TEXTS, disposition)


def fault_text(fault: str) -> str:
    """Return in a sentence what is out of order."""
    if fault in _STUCK:
        text = _("The button {button} is stuck down: free it, or have the console looked at.")
        return text.format(button=_STUCK[fault].name)
    return _("Equipment is out of order: {what}.").format(what=fault)


def forced_text(forced: Forced) -> str:
    """Return in words what was changed from what to what, and who or what did it."""
    if forced.before is forced.after:
        return _(
            "What was planned for after this call is dropped: the connection to the ACD was lost."
        )
    fields = {"before": _(STATUS_TEXTS[forced.before]), "after": _(STATUS_TEXTS[forced.after])}
    if forced.cause in FORCED_TEXTS:
        text = _(FORCED_TEXTS[forced.cause]).format(**fields)
    else:
        text = _("Your status was changed from {before} to {after}: {cause}.").format(
            cause=told(CAUSE_TEXTS, forced.cause), **fields
        )
    # The ACD gives an unanswered call as cause and as reason.
    if not forced.reason or forced.reason in ("unspecified", "no-answer"):
        return text
    return text + " " + _("Reason: {reason}.").format(reason=reason_text(forced.reason))


def planned_text(desk: Desk) -> str:
    """Return what is planned for after this call; empty where nothing is."""
    plan = desk.plan
    if plan is None:
        return ""
    if plan.pending == "logout":
        return _("Logged out after this call.")
    if plan.reason in ("", desk.policy.not_ready_reason):
        return _("Not ready after this call.")
    return _("Not ready after this call: {reason}.").format(reason=reason_text(plan.reason))


def choice_text(desk: Desk) -> str:
    """Return what STATUS is choosing and how to go on; empty where it chooses nothing."""
    if desk.choice is None:
        return ""
    if desk.choice.place == 0:
        return _("Log out? Press STATUS long to confirm, tap it to stay.")
    reason = reason_text(desk.policy.reasons[desk.choice.place - 1])
    text = _("Not ready: {reason}? Press STATUS long to confirm, tap it for the next reason.")
    return text.format(reason=reason)
