"""Facts: what the ACD and the console say is so. They replace what the desk held, always."""

from __future__ import annotations

from calldeck.desk.changing import replace
from calldeck.desk.commands import end_all_unknown, end_help, lasts
from calldeck.desk.events import AcdLink, AgentFact, ConsoleLink, MicrophoneChanged
from calldeck.desk.presses import Stepped, cancel
from calldeck.desk.results import Note, NoteCode, Result
from calldeck.desk.state import Desk, Login, Microphone
from calldeck.desk.table import TRAITS
from calldeck.desk.terms import Cancelled, Status

ACD_LINK_DOWN = "acd_link_down"
"""Why a command ended as unknown and a plan was dropped."""


def on_agent_fact(desk: Desk, fact: AgentFact, now_ms: int) -> Stepped:
    """Take the ACD's whole picture of the agent.

    A fact that comes while the link is down is kept but confirms nothing.
    """
    before = desk
    desk = replace(
        desk,
        agent=fact.agent or desk.agent,
        status=fact.status,
        reason=fact.reason,
        call=fact.call,
        muted=fact.muted,
        cause=fact.cause,
        confirmed=desk.acd_up,
        mute_settles_at=None,
    )
    changed = (before.status, before.call_id) != (desk.status, desk.call_id)
    if changed:
        desk = replace(desk, turn=desk.turn + 1)
    traits = TRAITS[desk.status]
    if traits.plan_ends:
        desk = replace(desk, plan=None)
    if desk.confirmed and not traits.login_due:
        # Somebody is logged in; when they are logged out later, that is somebody's will.
        desk = replace(desk, login=Login.DONE)
    desk = _time_hold(before, desk, now_ms)
    desk = replace(
        desk,
        help_unheard=tuple(one for one in desk.help_unheard if lasts(one, desk)),
    )
    if desk.help is not None and not lasts(desk.help, desk):
        desk = end_help(desk)
    told = changed or before.reason != desk.reason or before.confirmed != desk.confirmed
    return desk, [_status_note(before, desk)] if told else []


def on_acd_link(desk: Desk, link: AcdLink, now_ms: int) -> Stepped:
    """The ACD came or went. Gone: nothing is confirmed any more, nothing waits for it."""
    if link.up == desk.acd_up:
        return desk, []
    results: list[Result] = [
        Note("ACD connected" if link.up else "ACD lost", NoteCode.ACD_LINK, (("up", str(link.up)),))
    ]
    desk = replace(desk, acd_up=link.up, confirmed=False)
    if link.up:
        login = Login.DUE if desk.login is Login.FAILED else desk.login
        return replace(desk, login=login), results
    desk = replace(desk, turn=desk.turn + 1)
    desk, ended = end_all_unknown(desk, ACD_LINK_DOWN, now_ms)
    results += ended
    if desk.plan is not None:
        # Nobody knows what happens to the call meanwhile: a plan that outlived it would take an
        # agent out of work much later, by surprise.
        details = (("why", ACD_LINK_DOWN),)
        results.append(Note("planned not ready dropped: ACD lost", NoteCode.PLAN, details))
    desk = replace(end_help(desk), plan=None, queue=None, help_unheard=())
    return replace(desk, mute_tried=None, mute_settles_at=None), results


def on_console_link(desk: Desk, link: ConsoleLink) -> Stepped:
    """The console came or went. Gone: its microphone is unknown, its open taps are cancelled."""
    if link.up:
        return desk, []
    return cancel(replace(desk, microphone=None), Cancelled.CONSOLE_LINK_DOWN)


def on_microphone(desk: Desk, changed: MicrophoneChanged) -> Stepped:
    """Remember the console's truth; `decisions.decide` lets the ACD follow it."""
    microphone = Microphone(changed.muted, changed.counter, changed.cause)
    return replace(desk, microphone=microphone), []


def _time_hold(before: Desk, desk: Desk, now_ms: int) -> Desk:
    """Start the reminder when a customer is put on hold; stop it when the hold is over."""
    if desk.status is not Status.HELD:
        return replace(desk, hold_reminder_at=None, hold_overdue=False)
    if (before.status, before.call_id) == (desk.status, desk.call_id):
        return desk
    return replace(desk, hold_reminder_at=now_ms + desk.policy.hold_reminder_ms, hold_overdue=False)


def _status_note(before: Desk, desk: Desk) -> Note:
    reason = f" ({desk.reason})" if desk.reason else ""
    details = (
        ("from", before.status.value),
        ("to", desk.status.value),
        ("reason", desk.reason),
        ("call", desk.call_id or ""),
        ("cause", desk.cause),
    )
    text = f"{before.status.value} -> {desk.status.value}{reason}, cause: {desk.cause}"
    return Note(text, NoteCode.STATUS, details)
