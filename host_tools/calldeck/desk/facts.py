"""Facts: what the ACD, the console and the employer say is so. They replace what the desk held."""

from __future__ import annotations

from calldeck.desk.acting import Stepped, drop_choice
from calldeck.desk.changing import replace
from calldeck.desk.commands import end_all_unknown, end_help, lasts
from calldeck.desk.events import (
    AcdLink,
    AgentFact,
    ConsoleLink,
    EquipmentFault,
    MicrophoneChanged,
    PolicyChanged,
    SystemMicrophone,
)
from calldeck.desk.microphones import NEVER_TOLD, ConsoleMicrophone, Truth
from calldeck.desk.presses import cancel
from calldeck.desk.results import Note, NoteCode, Result
from calldeck.desk.state import Contact, Desk, Forced, Login
from calldeck.desk.table import OWN_CAUSES, PASSAGES, TRAITS, Passage
from calldeck.desk.terms import Cancelled, Cause, Direction, Status

ACD_LINK_DOWN = Cause.ACD_LINK_DOWN.value
"""Why a command ended as unknown and a plan was dropped."""
STATUS_CHANGED = "status changed"
REASONS_CHANGED = "reasons changed"
CONSOLE_FAULTS = "stuck_button"
FAULTS_KEPT = 8


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
        acd_mute=_acd_mute(desk, fact, now_ms),
        cause=fact.cause,
        confirmed=desk.acd_up,
        mute_settles_at=None,
    )
    changed = (before.status, before.call_id) != (desk.status, desk.call_id)
    results: list[Result] = []
    if changed:
        desk, results = drop_choice(replace(desk, turn=desk.turn + 1), STATUS_CHANGED)
        desk = _contact(_guard(before, desk, now_ms))
    if before.call_id != desk.call_id:
        desk = replace(desk, mute_tried=None)
    desk = _forced(before, desk, now_ms)
    traits = TRAITS[desk.status]
    if desk.plan is not None and desk.plan.verb in traits.plans_ended:
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
    return desk, [*results, _status_note(before, desk)] if told else results


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
        results.append(Note("plan for after the call dropped: ACD lost", NoteCode.PLAN, details))
        desk = _force(desk, desk, ACD_LINK_DOWN, now_ms)
    desk, dropped = drop_choice(desk, ACD_LINK_DOWN)
    results += dropped
    desk = replace(end_help(desk), plan=None, queue=None, help_unheard=(), acd_mute=NEVER_TOLD)
    return replace(desk, mute_tried=None, mute_settles_at=None, guard_until=None), results


def on_console_link(desk: Desk, link: ConsoleLink) -> Stepped:
    """The console came or went. Gone: its microphone is unknown, its open taps are cancelled."""
    if link.up:
        return desk, []
    # What was wrong with it, it will tell again.
    faults = tuple(fault for fault in desk.faults if not fault.startswith(CONSOLE_FAULTS))
    # One that starts anew counts the changes of its microphone anew: what was tried is void.
    desk = replace(desk, microphone=None, mute_tried=None, faults=faults)
    return cancel(desk, Cancelled.CONSOLE_LINK_DOWN)


def on_microphone(desk: Desk, changed: MicrophoneChanged, now_ms: int) -> Stepped:
    """Remember the console's truth; `decisions.decide` lets the ACD follow it."""
    known = desk.microphone
    same = known is not None and known.muted is changed.muted
    since_ms = known.since_ms if known is not None and same else now_ms
    microphone = ConsoleMicrophone(changed.muted, changed.counter, changed.cause, since_ms)
    return replace(desk, microphone=microphone), []


def on_system_microphone(desk: Desk, told: SystemMicrophone, now_ms: int) -> Stepped:
    """Remember what the operating system says of the microphone."""
    return replace(desk, system_mute=desk.system_mute.told(told.muted, now_ms)), []


def on_equipment(desk: Desk, fault: EquipmentFault) -> Stepped:
    """Remember what is out of order, and that it works again."""
    if fault.present is (fault.what in desk.faults):
        return desk, []
    left = tuple(one for one in desk.faults if one != fault.what)
    faults = (*left, fault.what)[-FAULTS_KEPT:] if fault.present else left
    text = f"equipment {'fails' if fault.present else 'works again'}: {fault.what}"
    details = (("what", fault.what), ("present", str(fault.present)))
    return replace(desk, faults=faults), [Note(text, NoteCode.EQUIPMENT, details)]


def on_policy(desk: Desk, changed: PolicyChanged) -> Stepped:
    """Go by other rules. The reason at a place is another one now: a choice among them ends."""
    others = changed.policy.reasons != desk.policy.reasons
    desk = replace(desk, policy=changed.policy)
    return drop_choice(desk, REASONS_CHANGED) if others and desk.choosing_reason else (desk, [])


def _acd_mute(desk: Desk, fact: AgentFact, now_ms: int) -> Truth:
    """What the ACD says of the mute; what it has known before counts within one call alone."""
    goes_on = desk.call_id is not None and TRAITS[desk.status].answered
    same = goes_on and fact.call is not None and fact.call.id == desk.call_id
    return (desk.acd_mute if same else NEVER_TOLD).told(fact.muted, now_ms)


def _guard(before: Desk, desk: Desk, now_ms: int) -> Desk:
    """Guard the first moments of a call that has come, not of one that the agent has placed."""
    call = desk.call
    if call is None or call.direction is Direction.OUTBOUND:
        return replace(desk, guard_until=None)
    if before.call_id == call.id:
        return desk
    # Told late, after a new connection: then it came when it came.
    came_ms = now_ms if before.confirmed else min(call.since_ms, now_ms)
    until_ms = came_ms + desk.policy.arrival_guard_ms
    remembered = until_ms + desk.policy.press_expiry_ms > now_ms
    return replace(desk, guard_until=until_ms if remembered else None)


def _contact(desk: Desk) -> Desk:
    """Keep the contact that was answered last; a logout ends what can be said of it."""
    if desk.status is Status.LOGGED_OUT:
        return replace(desk, contact=None)
    call = desk.call
    if call is None or not TRAITS[desk.status].answered:
        return desk
    if desk.contact is not None and desk.contact.call.id == call.id:
        return desk
    return replace(desk, contact=Contact(call))


def _forced(before: Desk, desk: Desk, now_ms: int) -> Desk:
    """Note a change that the agent has not made: it must be acknowledged.

    Nobody is told of what was so before this desk began, or before they logged in.
    """
    if not desk.confirmed or not before.cause or before.status is desk.status:
        return desk
    own = desk.cause in OWN_CAUSES
    if not before.confirmed:
        # It happened while the ACD could not tell, and nobody saw it.
        return _force(before, desk, desk.cause if not own else ACD_LINK_DOWN, now_ms)
    if PASSAGES[before.status, desk.status] is not Passage.CAUSE or own:
        return desk
    return _force(before, desk, desk.cause, now_ms)


def _force(before: Desk, desk: Desk, cause: str, now_ms: int) -> Desk:
    number = desk.next_number
    forced = Forced(number, before.status, desk.status, desk.reason, cause, now_ms)
    return replace(desk, forced=forced, next_number=number + 1)


def _time_hold(before: Desk, desk: Desk, now_ms: int) -> Desk:
    """Start the reminder when a customer is put on hold; stop it when the hold is over."""
    if desk.status is not Status.HELD:
        return replace(desk, hold_reminder_at=None, hold_overdue=False)
    if (before.status, before.call_id) == (desk.status, desk.call_id):
        return desk
    return replace(desk, hold_reminder_at=now_ms + desk.policy.hold_reminder_ms, hold_overdue=False)


def _status_note(before: Desk, desk: Desk) -> Note:
    reason = f" ({desk.reason})" if desk.reason else ""
    newly = desk.forced if desk.forced is not before.forced else None
    # What happened while the ACD was away is no deed of the agent's, whatever it says of itself.
    cause = desk.cause if newly is None else newly.cause
    details = (
        ("from", before.status.value),
        ("to", desk.status.value),
        ("reason", desk.reason),
        ("call", desk.call_id or ""),
        ("cause", cause),
        ("forced", str(newly is not None)),
    )
    text = f"{before.status.value} -> {desk.status.value}{reason}, cause: {cause}"
    return Note(text, NoteCode.STATUS, details)
