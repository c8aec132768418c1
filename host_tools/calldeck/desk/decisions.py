"""What the desk wishes by itself: login at start, a plan that is due, the ACD's mute.

Looked at after every event. Each decision has its own stop, so that a refusal is never followed by
the same command again without a new cause.
"""

from __future__ import annotations

from calldeck.desk.changing import replace
from calldeck.desk.commands import issue
from calldeck.desk.results import AcdCommand
from calldeck.desk.state import Desk, Login
from calldeck.desk.table import TRAITS
from calldeck.desk.terms import Button, Verb


def decide(desk: Desk, now_ms: int) -> tuple[Desk, list[AcdCommand]]:
    """Issue what is due. Nothing is decided on a state the ACD has not confirmed."""
    if not desk.confirmed:
        return desk, []
    commands: list[AcdCommand] = []
    traits = TRAITS[desk.status]
    if not desk.unanswered(Button.STATUS):
        if traits.login_due and desk.login is Login.DUE:
            reason = desk.policy.not_ready_reason
            desk, command = issue(desk, Verb.LOGIN, now_ms, argument=reason)
            desk = replace(desk, login=Login.DONE)
            commands.append(command)
        elif desk.plan is not None and desk.plan.verb in traits.plans_due:
            desk, command = issue(desk, desk.plan.verb, now_ms, argument=desk.plan.reason)
            commands.append(command)
    if desk.heard:
        desk, followed = _follow_microphone(desk, now_ms)
        commands += followed
    return desk, commands


def _follow_microphone(desk: Desk, now_ms: int) -> tuple[Desk, list[AcdCommand]]:
    """Let the ACD's mute follow the console's.

    One command at a time, and one for each change of the microphone in a call. An ACD that cannot
    tell its mute (None) is not asked.
    """
    microphone = desk.microphone
    if microphone is None or not desk.acd_mute_differs():
        return desk, []
    if microphone.counter == desk.mute_tried:
        return desk, []
    verb = Verb.MUTE if microphone.muted else Verb.UNMUTE
    desk, command = issue(desk, verb, now_ms)
    return replace(desk, mute_tried=microphone.counter), [command]
