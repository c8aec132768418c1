"""The state machine as tables: what each gesture, fact and request means in each status.

`GESTURES` answers what an agent does with a button, once nothing forbids it (`acting.forbidden`).
`PASSAGES` says of each change of status whether its cause must be acknowledged: the ACD is always
right, so a fact leads from any status to any other. `REQUESTS` answers what is asked at a page.
`TRAITS` is what each status is, and what the desk does in it by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType

from calldeck.desk.terms import Cause, Gesture, Noted, Refusal, Status, Verb


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the ACD for this."""

    verb: Verb


@dataclass(frozen=True, slots=True)
class AskOfVoice:
    """Ask the ACD for this on a channel that is heard, and refuse it on another."""

    verb: Verb


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan it for after this call: NOT_READY or LOGOUT. Where a plan was shown, take it back."""

    verb: Verb


@dataclass(frozen=True, slots=True)
class EndWork:
    """End after-call work: into what was planned, else into available."""


@dataclass(frozen=True, slots=True)
class ChooseReason:
    """Begin to choose a reason for not ready."""


@dataclass(frozen=True, slots=True)
class OfferLogout:
    """Offer a logout, to be confirmed."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse, with feedback."""

    why: Refusal


@dataclass(frozen=True, slots=True)
class LoginAgain:
    """Ask once more for the login at start, where that failed; else refuse."""

    otherwise: Refusal


@dataclass(frozen=True, slots=True)
class TakeNote:
    """The press is journalled; somebody else acts on it."""

    why: Noted


@dataclass(frozen=True, slots=True)
class TwoTaps:
    """There is no such gesture here: each tap is one of its own, and acts at once."""


Answer = (
    Ask
    | AskOfVoice
    | Plan
    | EndWork
    | ChooseReason
    | OfferLogout
    | Refuse
    | LoginAgain
    | TakeNote
    | TwoTaps
)

_CONSOLE = TakeNote(Noted.CONSOLE_OWNS_MICROPHONE)
_HELP = Ask(Verb.ASSIST)
_EMERGENCY = Ask(Verb.EMERGENCY)
_HOLD = AskOfVoice(Verb.HOLD)
_RESUME = AskOfVoice(Verb.RESUME)
_NO_CALL = Refuse(Refusal.NOT_POSSIBLE_NOW)
_NOBODY = Refuse(Refusal.LOGGED_OUT)
_LOGIN = LoginAgain(otherwise=Refusal.LOGGED_OUT)
_AGAIN = TwoTaps()
_PLAN = Plan(Verb.NOT_READY)
_REASON = ChooseReason()
_LEAVE = OfferLogout()
_READY, _BREAK = Ask(Verb.READY), Ask(Verb.NOT_READY)

# The gestures in the order of `Gesture`: MUTE and HOLD going down; STATUS tapped, tapped twice,
# held, held longest; ASSIST tapped, held.
_GESTURES: Mapping[Status, tuple[Answer, ...]] = {
    Status.LOGGED_OUT: (
        *(_CONSOLE, _NOBODY),
        *(_LOGIN, _AGAIN, _NOBODY, _NOBODY),
        *(_HELP, _EMERGENCY),
    ),
    Status.NOT_READY: (
        *(_CONSOLE, _NO_CALL),
        *(_READY, _AGAIN, _REASON, _LEAVE),
        *(_HELP, _EMERGENCY),
    ),
    Status.AVAILABLE: (
        *(_CONSOLE, _NO_CALL),
        *(_BREAK, _AGAIN, _REASON, _LEAVE),
        *(_HELP, _EMERGENCY),
    ),
    Status.RINGING: (
        *(_CONSOLE, _NO_CALL),
        *(_PLAN, _AGAIN, _REASON, _LEAVE),
        *(_HELP, _EMERGENCY),
    ),
    Status.TALKING: (
        *(_CONSOLE, _HOLD),
        *(_PLAN, _AGAIN, _REASON, _LEAVE),
        *(_HELP, _EMERGENCY),
    ),
    Status.HELD: (
        *(_CONSOLE, _RESUME),
        *(_PLAN, _AGAIN, _REASON, _LEAVE),
        *(_HELP, _EMERGENCY),
    ),
    Status.AFTER_CALL_WORK: (
        *(_CONSOLE, _NO_CALL),
        *(EndWork(), _BREAK, _REASON, _LEAVE),
        *(_HELP, _EMERGENCY),
    ),
}

GESTURES: Mapping[tuple[Status, Gesture], Answer] = MappingProxyType(
    {
        (status, gesture): answer
        for status, answers in _GESTURES.items()
        for gesture, answer in zip(Gesture, answers, strict=True)
    }
)
"""The answer to each gesture in each status."""


@unique
class Passage(StrEnum):
    """What a change of status is to the agent."""

    SAME = "same"
    """No change."""
    CALL = "call"
    """A step in the life of a call: the lamps and the headset say it themselves."""
    CAUSE = "cause"
    """It says nothing of itself: forced, unless its cause is one of `OWN_CAUSES`."""


# From each status (row) to LOGGED_OUT, NOT_READY, AVAILABLE, RINGING, TALKING, HELD and
# AFTER_CALL_WORK: s same, c call, w cause (why?).
_PASSAGES: Mapping[Status, str] = {
    Status.LOGGED_OUT: "swwwwww",
    Status.NOT_READY: "wswccww",  # an agent who is not ready can place a call
    Status.AVAILABLE: "wwsccww",  # a phone that answers by itself does not ring first
    Status.RINGING: "wwcsccc",
    Status.TALKING: "wwccscc",
    Status.HELD: "wwcccsc",
    Status.AFTER_CALL_WORK: "wwwccws",
}
_LETTERS = {"s": Passage.SAME, "c": Passage.CALL, "w": Passage.CAUSE}

PASSAGES: Mapping[tuple[Status, Status], Passage] = MappingProxyType(
    {
        (before, after): _LETTERS[letter]
        for before, letters in _PASSAGES.items()
        for after, letter in zip(Status, letters, strict=True)
    }
)

OWN_CAUSES = frozenset(
    {
        Cause.STARTED,
        Cause.AGENT,
        Cause.CALL_OFFERED,
        Cause.CALL_ANSWERED,
        Cause.AGENT_HUNG_UP,
        Cause.CALLER_ABANDONED,
        Cause.CUSTOMER_HUNG_UP,
        Cause.CUSTOMER_NOT_REACHED,
    }
)
"""Causes that the agent knows of without being told."""

_IN_CALL = frozenset({Status.TALKING, Status.HELD})
_LOGGED_IN = frozenset(Status) - {Status.LOGGED_OUT}
REQUESTS: Mapping[Verb, frozenset[Status]] = MappingProxyType(
    {
        Verb.LOGIN: frozenset({Status.LOGGED_OUT}),
        Verb.LOGOUT: frozenset({Status.NOT_READY, Status.AVAILABLE, Status.AFTER_CALL_WORK}),
        Verb.NOT_READY: _LOGGED_IN,
        Verb.ANSWER: frozenset({Status.RINGING}),
        Verb.HANG_UP: _IN_CALL,
    }
)
"""In which statuses a request makes sense; every verb that can be asked for is here. NOT_READY
during a call is planned for after it."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a status is, and what the desk does in it without a press."""

    call: bool = False
    """A call is with this agent."""
    answered: bool = False
    """The customer and the agent are connected: the ACD's mute follows the console's microphone."""
    plans_due: frozenset[Verb] = frozenset()
    """These plans are asked of the ACD now."""
    plans_ended: frozenset[Verb] = frozenset()
    """These plans are fulfilled or pointless."""
    login_due: bool = False
    """The desk logs the agent in, if that is its policy and it has not done so yet."""


PLAN_VERBS = frozenset({Verb.NOT_READY, Verb.LOGOUT})
"""What can be planned for after a call."""

TRAITS: Mapping[Status, Traits] = MappingProxyType(
    {
        Status.LOGGED_OUT: Traits(plans_ended=PLAN_VERBS, login_due=True),
        Status.NOT_READY: Traits(
            plans_due=frozenset({Verb.LOGOUT}), plans_ended=frozenset({Verb.NOT_READY})
        ),
        Status.AVAILABLE: Traits(plans_due=PLAN_VERBS),
        Status.RINGING: Traits(call=True),
        Status.TALKING: Traits(call=True, answered=True),
        Status.HELD: Traits(call=True, answered=True),
        Status.AFTER_CALL_WORK: Traits(),
    }
)
