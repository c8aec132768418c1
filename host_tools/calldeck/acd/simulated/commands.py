"""What the switch does with a command, by verb. Each verb names a state: asking twice is no error.

`carry_out` decides without changing anything: it gives the words of a denial, or nothing and the
effect, so that the answer can be told before its effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from calldeck.acd.simulated.agenda import Action
from calldeck.acd.simulated.records import Agent
from calldeck.desk import AcdCommand, Cause, Status, Verb
from calldeck.text import translate as _

if TYPE_CHECKING:
    from calldeck.acd.simulated.switch import SimulatedSwitch

Decision = tuple[str, Action | None]
"""Words of the denial, or empty; and the effect, or None when it is so already."""

CALL = frozenset({Status.RINGING, Status.TALKING, Status.HELD})
ANSWERED = frozenset({Status.TALKING, Status.HELD})
HELP = frozenset({Verb.ASSIST, Verb.EMERGENCY})
"""Taken whatever has become of the call it was asked for in: who needs help needs it still."""


def carry_out(switch: SimulatedSwitch, command: AcdCommand, extension: str) -> Decision:
    """Decide on a command that came from the phone `extension`; empty: from no phone."""
    agent = switch.agents.get(command.agent)
    if agent is None:
        return _("no such agent"), None
    if command.verb is Verb.LOGIN:
        return _login(switch, agent, command, extension)
    if command.verb not in HELP and _is_for_another_call(agent, command):
        return _("that call is over"), None
    return VERBS[command.verb](switch, agent, command)


def _is_for_another_call(agent: Agent, command: AcdCommand) -> bool:
    return command.call is not None and (agent.caller is None or agent.caller.id != command.call)


def _login(switch: SimulatedSwitch, agent: Agent, command: AcdCommand, extension: str) -> Decision:
    if agent.status is not Status.LOGGED_OUT:
        if extension and agent.extension != extension:
            words = _("this agent is logged in at extension {extension}")
            return words.format(extension=agent.extension), None
        return "", None
    change = _change(switch, agent, Status.NOT_READY, command.argument)

    def effect() -> None:
        if extension:
            agent.extension = extension
        change()

    return "", effect


def _logout(switch: SimulatedSwitch, agent: Agent, _command: AcdCommand) -> Decision:
    if agent.status in CALL:
        return _("a call is here"), None
    if agent.status is Status.LOGGED_OUT:
        return "", None
    return "", _change(switch, agent, Status.LOGGED_OUT)


def _ready(switch: SimulatedSwitch, agent: Agent, _command: AcdCommand) -> Decision:
    if agent.status is Status.LOGGED_OUT:
        return _("not logged in"), None
    if agent.status in CALL:
        return _("a call is here"), None
    if agent.status is Status.AVAILABLE:
        return "", None
    return "", _change(switch, agent, Status.AVAILABLE)


def _not_ready(switch: SimulatedSwitch, agent: Agent, command: AcdCommand) -> Decision:
    if agent.status is Status.LOGGED_OUT:
        return _("not logged in"), None
    if agent.status in CALL:
        return _("a call is here"), None
    if agent.status is Status.NOT_READY and agent.reason == command.argument:
        return "", None
    return "", _change(switch, agent, Status.NOT_READY, command.argument)


def _end_work(switch: SimulatedSwitch, agent: Agent, _command: AcdCommand) -> Decision:
    if agent.status is Status.AVAILABLE:
        return "", None
    if agent.status is not Status.AFTER_CALL_WORK:
        return _("no after-call work"), None
    return "", partial(switch.end_work, agent, Cause.AGENT)


def _hold(switch: SimulatedSwitch, agent: Agent, command: AcdCommand) -> Decision:
    wanted = Status.HELD if command.verb is Verb.HOLD else Status.TALKING
    if agent.status not in ANSWERED or agent.caller is None:
        return _("no call to hold"), None
    if agent.status is wanted:
        return "", None
    caller = agent.caller

    def effect() -> None:
        switch.change(agent, wanted, cause=Cause.AGENT)
        if wanted is Status.HELD:
            switch.stop_talking(caller)
        else:
            switch.start_talking(agent, caller)

    return "", effect


def _mute(switch: SimulatedSwitch, agent: Agent, command: AcdCommand) -> Decision:
    wanted = command.verb is Verb.MUTE
    if agent.status not in ANSWERED:
        return _("no call to mute"), None
    if agent.muted is wanted:
        return "", None

    def effect() -> None:
        agent.muted = wanted
        switch.tell(agent)

    return "", effect


def _answer(switch: SimulatedSwitch, agent: Agent, _command: AcdCommand) -> Decision:
    if agent.status in ANSWERED:
        return "", None
    if agent.status is not Status.RINGING:
        return _("no call is ringing"), None
    return "", partial(switch.answer, agent)


def _hang_up(switch: SimulatedSwitch, agent: Agent, _command: AcdCommand) -> Decision:
    if agent.status not in ANSWERED:
        return _("no call to end"), None
    return "", partial(switch.hang_up, agent, Cause.AGENT_HUNG_UP)


def _assist(switch: SimulatedSwitch, agent: Agent, _command: AcdCommand) -> Decision:
    return "", partial(switch.assists.append, (switch.now_s, agent.id))


def _change(switch: SimulatedSwitch, agent: Agent, status: Status, reason: str = "") -> Action:
    def effect() -> None:
        switch.leave_work(agent)
        switch.change(agent, status, reason=reason, cause=Cause.AGENT)

    return effect


VERBS: Mapping[Verb, Callable[[SimulatedSwitch, Agent, AcdCommand], Decision]] = {
    Verb.LOGOUT: _logout,
    Verb.READY: _ready,
    Verb.NOT_READY: _not_ready,
    Verb.END_WORK: _end_work,
    Verb.HOLD: _hold,
    Verb.RESUME: _hold,
    Verb.MUTE: _mute,
    Verb.UNMUTE: _mute,
    Verb.ASSIST: _assist,
    Verb.EMERGENCY: _assist,
    Verb.ANSWER: _answer,
    Verb.HANG_UP: _hang_up,
}
