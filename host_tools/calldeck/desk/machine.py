"""The desk's one function: an event in, commands and outcomes out."""

from __future__ import annotations

from typing import assert_never

from calldeck.desk.acting import Stepped, drop_choice
from calldeck.desk.changing import replace
from calldeck.desk.commands import end, refuse, take_help
from calldeck.desk.decisions import decide
from calldeck.desk.events import (
    AcdLink,
    AgentFact,
    Asked,
    CommandResult,
    ConsoleLink,
    ContactMarked,
    DeadlinePassed,
    Edge,
    EdgesCancelled,
    EquipmentFault,
    Event,
    ForcedAcknowledged,
    Held,
    HelpAcknowledged,
    MicrophoneChanged,
    PolicyChanged,
    PressEnded,
    QueueFact,
    SystemMicrophone,
)
from calldeck.desk.facts import (
    on_acd_link,
    on_agent_fact,
    on_console_link,
    on_equipment,
    on_microphone,
    on_policy,
    on_system_microphone,
)
from calldeck.desk.presses import cancel, cancel_one, on_edge, on_held, tap_alone
from calldeck.desk.requests import acknowledge, acknowledge_forced, on_asked, on_contact_marked
from calldeck.desk.results import Note, NoteCode, PressOutcome, Result
from calldeck.desk.state import Desk
from calldeck.desk.terms import Outcome, Status

TIMED_OUT = "timed_out"
"""Why a command ended that the ACD did not answer in time."""
CHOICE_OVER = "not confirmed in time"


def step(desk: Desk, event: Event, now_ms: int) -> tuple[Desk, tuple[Result, ...]]:
    """Take one event at `now_ms` (host monotonic milliseconds, never going back).

    Total: every event has an answer in every state. What was due before `now_ms` happens first, so
    the answer never depends on who was scheduled earlier. Afterwards `next_deadline()` lies ahead.
    """
    desk, results = _settle(desk, now_ms)
    desk, taken = _take(desk, event, now_ms)
    results += taken
    desk, commands = decide(_time_mute(desk, now_ms), now_ms)
    return desk, (*results, *commands)


def _take(desk: Desk, event: Event, now_ms: int) -> Stepped:
    match event:
        case Edge() | Held() | PressEnded() | EdgesCancelled():
            return _from_buttons(desk, event, now_ms)
        case Asked() | ContactMarked() | HelpAcknowledged() | ForcedAcknowledged():
            return _from_the_page(desk, event, now_ms)
        case MicrophoneChanged() | SystemMicrophone() | EquipmentFault() | ConsoleLink():
            return _from_equipment(desk, event, now_ms)
        case AcdLink() | AgentFact() | QueueFact() | CommandResult():
            return _from_the_acd(desk, event, now_ms)
        case PolicyChanged():
            return on_policy(desk, event)
        case DeadlinePassed():
            return desk, []  # what was due is done by `_settle`
    assert_never(event)


def _from_buttons(
    desk: Desk, event: Edge | Held | PressEnded | EdgesCancelled, now_ms: int
) -> Stepped:
    match event:
        case Edge():
            return on_edge(desk, event, now_ms)
        case Held():
            return on_held(desk, event, now_ms)
        case PressEnded(press, outcome, why):
            return refuse(desk, why, now_ms), [PressOutcome(press, outcome, why)]
        case EdgesCancelled(why, button):
            return cancel(desk, why) if button is None else cancel_one(desk, why, button, now_ms)
    assert_never(event)


def _from_the_page(
    desk: Desk, event: Asked | ContactMarked | HelpAcknowledged | ForcedAcknowledged, now_ms: int
) -> Stepped:
    match event:
        case Asked():
            return on_asked(desk, event, now_ms)
        case ContactMarked():
            return on_contact_marked(desk, event)
        case HelpAcknowledged(number):
            return acknowledge(desk, number), []
        case ForcedAcknowledged(number):
            return acknowledge_forced(desk, number)
    assert_never(event)


def _from_equipment(
    desk: Desk,
    event: MicrophoneChanged | SystemMicrophone | EquipmentFault | ConsoleLink,
    now_ms: int,
) -> Stepped:
    match event:
        case MicrophoneChanged():
            return on_microphone(desk, event, now_ms)
        case SystemMicrophone():
            return on_system_microphone(desk, event, now_ms)
        case EquipmentFault():
            return on_equipment(desk, event)
        case ConsoleLink():
            return on_console_link(desk, event)
    assert_never(event)


def _from_the_acd(
    desk: Desk, event: AcdLink | AgentFact | QueueFact | CommandResult, now_ms: int
) -> Stepped:
    match event:
        case AcdLink():
            return on_acd_link(desk, event, now_ms)
        case AgentFact():
            return on_agent_fact(desk, event, now_ms)
        case QueueFact():
            return replace(desk, queue=event), []
        case CommandResult():
            return _on_result(desk, event, now_ms)
    assert_never(event)


def _on_result(desk: Desk, result: CommandResult, now_ms: int) -> Stepped:
    """End the command.

    An answer nobody waits for (late, or to an earlier desk) is void: had it an effect, a fact says
    so. Help alone has no fact: confirmed late, it is coming though the press has ended.
    """
    wish = next((wish for wish in desk.wishes if wish.number == result.number), None)
    if wish is not None:
        return end(desk, wish, result.outcome, result.words, now_ms)
    unheard = next((one for one in desk.help_unheard if one.number == result.number), None)
    if unheard is not None and result.outcome is Outcome.CONFIRMED:
        left = tuple(one for one in desk.help_unheard if one is not unheard)
        desk = take_help(replace(desk, help_unheard=left), unheard)
    return desk, []


def _settle(desk: Desk, now_ms: int) -> Stepped:
    """Let everything end whose time has come."""
    results: list[Result] = []
    if desk.feedback is not None and desk.feedback.until_ms <= now_ms:
        desk = replace(desk, feedback=None)
    if desk.guard_ends_at is not None and desk.guard_ends_at <= now_ms:
        desk = replace(desk, guard_until=None)
    for wish in desk.wishes:
        if wish.deadline_ms <= now_ms:
            desk, ended = end(desk, wish, Outcome.TIMED_OUT, TIMED_OUT, now_ms)
            results += ended
    if desk.tap is not None and desk.tap.until_ms <= now_ms:
        desk, acted = tap_alone(desk, now_ms)
        results += acted
    if desk.choice is not None and desk.choice.until_ms <= now_ms:
        desk, dropped = drop_choice(desk, CHOICE_OVER)
        results += dropped
    if desk.mute_settles_at is not None and desk.mute_settles_at <= now_ms:
        desk = replace(desk, mute_settles_at=None)
    if desk.hold_reminder_at is not None and desk.hold_reminder_at <= now_ms:
        desk = replace(desk, hold_reminder_at=None, hold_overdue=True)
        details = (("call", desk.call_id or ""),)
        results.append(Note("customer held past the reminder", NoteCode.HOLD_REMINDER, details))
    if desk.mute_reminder_at is not None and desk.mute_reminder_at <= now_ms:
        desk = replace(desk, mute_reminder_at=None, mute_overdue=True)
        details = (("call", desk.call_id or ""),)
        results.append(Note("muted past the reminder: hold?", NoteCode.MUTE_REMINDER, details))
    return desk, results


def _time_mute(desk: Desk, now_ms: int) -> Desk:
    """Mute is for a cough: start its reminder when a customer begins to wait in silence."""
    microphone = desk.microphone
    waits = (
        desk.status is Status.TALKING
        and desk.confirmed
        and desk.heard
        and microphone is not None
        and microphone.muted
    )
    if not waits:
        if desk.mute_reminder_at is None and not desk.mute_overdue:
            return desk
        return replace(desk, mute_reminder_at=None, mute_overdue=False)
    if desk.mute_overdue or desk.mute_reminder_at is not None:
        return desk
    return replace(desk, mute_reminder_at=now_ms + desk.policy.mute_reminder_ms)
