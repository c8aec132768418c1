"""The state machine as a table: what each button means in each status, and what each status is.

Facts from the ACD may lead from any status to any other: the ACD is always right, so that part of
the table has one answer and is not written out. What *the desk does by itself* in a status is in
`TRAITS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from calldeck.desk.terms import Button, Noted, Refusal, Status, Verb


@dataclass(frozen=True, slots=True)
class Ask:
    """The press asks the ACD for this."""

    verb: Verb


@dataclass(frozen=True, slots=True)
class PlanNotReady:
    """The tap plans not ready for after this call; where a plan was shown, it takes it back."""


@dataclass(frozen=True, slots=True)
class EndWork:
    """The tap ends after-call work: into not ready where that is planned, else into available."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The press is refused, with feedback."""

    why: Refusal


@dataclass(frozen=True, slots=True)
class LoginAgain:
    """The tap asks once more for the login at start, where that failed; else it is refused."""

    otherwise: Refusal


@dataclass(frozen=True, slots=True)
class TakeNote:
    """The press is journalled; somebody else acts on it."""

    why: Noted


Answer = Ask | PlanNotReady | EndWork | Refuse | LoginAgain | TakeNote

_CONSOLE = TakeNote(Noted.CONSOLE_OWNS_MICROPHONE)
_HELP = Ask(Verb.ASSIST)
_NO_CALL = Refuse(Refusal.NOT_POSSIBLE_NOW)
_NOBODY = Refuse(Refusal.LOGGED_OUT)
_LOGIN = LoginAgain(otherwise=Refusal.LOGGED_OUT)

_ROWS: Mapping[Status, tuple[Answer, Answer, Answer, Answer]] = {
    # status                 MUTE      HOLD              STATUS               ASSIST
    Status.LOGGED_OUT: (_CONSOLE, _NOBODY, _LOGIN, _HELP),
    Status.NOT_READY: (_CONSOLE, _NO_CALL, Ask(Verb.READY), _HELP),
    Status.AVAILABLE: (_CONSOLE, _NO_CALL, Ask(Verb.NOT_READY), _HELP),
    Status.RINGING: (_CONSOLE, _NO_CALL, PlanNotReady(), _HELP),
    Status.TALKING: (_CONSOLE, Ask(Verb.HOLD), PlanNotReady(), _HELP),
    Status.HELD: (_CONSOLE, Ask(Verb.RESUME), PlanNotReady(), _HELP),
    Status.AFTER_CALL_WORK: (_CONSOLE, _NO_CALL, EndWork(), _HELP),
}

PRESSES: Mapping[tuple[Status, Button], Answer] = MappingProxyType(
    {
        (status, button): answer
        for status, answers in _ROWS.items()
        for button, answer in zip(Button, answers, strict=True)
    }
)
"""The answer to a press of each button in each status, once nothing forbids it (`presses.gate`)."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a status is, and what the desk does in it without a press."""

    call: bool = False
    """A call is with this agent."""
    microphone_followed: bool = False
    """The ACD's mute follows the console's microphone."""
    plan_due: bool = False
    """Not ready planned for after the call is asked of the ACD now."""
    plan_ends: bool = False
    """The plan is fulfilled or pointless."""
    login_due: bool = False
    """The desk logs the agent in, if that is its policy and it has not done so yet."""


TRAITS: Mapping[Status, Traits] = MappingProxyType(
    {
        Status.LOGGED_OUT: Traits(plan_ends=True, login_due=True),
        Status.NOT_READY: Traits(plan_ends=True),
        Status.AVAILABLE: Traits(plan_due=True),
        Status.RINGING: Traits(call=True),
        Status.TALKING: Traits(call=True, microphone_followed=True),
        Status.HELD: Traits(call=True, microphone_followed=True),
        Status.AFTER_CALL_WORK: Traits(),
    }
)
