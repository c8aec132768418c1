"""The desk's one function: an event in, commands and outcomes out."""

from __future__ import annotations

from typing import assert_never

from calldeck.desk.changing import replace
from calldeck.desk.commands import end, refuse, take_help
from calldeck.desk.decisions import decide
from calldeck.desk.events import (
    AcdLink,
    AgentFact,
    Asked,
    CommandResult,
    ConsoleLink,
    DeadlinePassed,
    Edge,
    EdgesCancelled,
    Event,
    HelpAcknowledged,
    MicrophoneChanged,
    PressEnded,
    QueueFact,
)
from calldeck.desk.facts import on_acd_link, on_agent_fact, on_console_link, on_microphone
from calldeck.desk.presses import Stepped, cancel, on_edge
from calldeck.desk.requests import acknowledge, on_asked
from calldeck.desk.results import Note, NoteCode, PressOutcome, Result
from calldeck.desk.state import Desk
from calldeck.desk.terms import Outcome

TIMED_OUT = "timed_out"
"""Why a command ended that the ACD did not answer in time."""


def step(desk: Desk, event: Event, now_ms: int) -> tuple[Desk, tuple[Result, ...]]:
    """Take one event at `now_ms` (host monotonic milliseconds, never going back).

    Total: every event has an answer in every state. What was due before `now_ms` happens first, so
    the answer never depends on who was scheduled earlier. Afterwards `next_deadline()` lies ahead.
    """
    desk, results = _settle(desk, now_ms)
    desk, taken = _take(desk, event, now_ms)
    results += taken
    desk, commands = decide(desk, now_ms)
    return desk, (*results, *commands)


def _take(desk: Desk, event: Event, now_ms: int) -> Stepped:
    match event:
        case Edge() | PressEnded() | EdgesCancelled() | Asked() | HelpAcknowledged():
            return _from_people(desk, event, now_ms)
        case MicrophoneChanged():
            return on_microphone(desk, event)
        case ConsoleLink():
            return on_console_link(desk, event)
        case AcdLink():
            return on_acd_link(desk, event, now_ms)
        case AgentFact():
            return on_agent_fact(desk, event, now_ms)
        case CommandResult():
            return _on_result(desk, event, now_ms)
        case QueueFact():
            return replace(desk, queue=event), []
        case DeadlinePassed():
            return desk, []  # what was due is done by `_settle`
    assert_never(event)


def _from_people(
    desk: Desk, event: Edge | PressEnded | EdgesCancelled | Asked | HelpAcknowledged, now_ms: int
) -> Stepped:
    match event:
        case Edge():
            return on_edge(desk, event, now_ms)
        case PressEnded(press, outcome, why):
            return refuse(desk, why, now_ms), [PressOutcome(press, outcome, why)]
        case EdgesCancelled(why, button):
            return cancel(desk, why, button)
        case Asked():
            return on_asked(desk, event, now_ms)
        case HelpAcknowledged(number):
            return acknowledge(desk, number), []
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
        desk = take_help(desk, unheard)
    return desk, []


def _settle(desk: Desk, now_ms: int) -> Stepped:
    """Let everything end whose time has come."""
    results: list[Result] = []
    if desk.feedback is not None and desk.feedback.until_ms <= now_ms:
        desk = replace(desk, feedback=None)
    for wish in desk.wishes:
        if wish.deadline_ms <= now_ms:
            desk, ended = end(desk, wish, Outcome.TIMED_OUT, TIMED_OUT, now_ms)
            results += ended
    if desk.mute_settles_at is not None and desk.mute_settles_at <= now_ms:
        desk = replace(desk, mute_settles_at=None)
    if desk.hold_reminder_at is not None and desk.hold_reminder_at <= now_ms:
        desk = replace(desk, hold_reminder_at=None, hold_overdue=True)
        details = (("call", desk.call_id or ""),)
        results.append(Note("customer held past the reminder", NoteCode.HOLD_REMINDER, details))
    return desk, results
