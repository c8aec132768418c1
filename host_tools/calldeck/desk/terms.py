"""The words of the domain: statuses, buttons, verbs, outcomes and the codes that explain them.

Codes are stable lower-case words for ledgers and programs. Whoever shows them to a person
translates them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum, unique
from types import MappingProxyType


@unique
class Status(StrEnum):
    """What the ACD says the agent is doing."""

    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"
    AVAILABLE = "available"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    AFTER_CALL_WORK = "after_call_work"


@unique
class Button(IntEnum):
    """The four buttons, in the order of their bits on the wire."""

    MUTE = 0
    HOLD = 1
    STATUS = 2
    ASSIST = 3


@unique
class Verb(StrEnum):
    """What the desk can ask of the ACD. Each names the state wanted, never "the other one"."""

    LOGIN = "login"
    LOGOUT = "logout"
    READY = "ready"
    NOT_READY = "not_ready"
    END_WORK = "end_work"
    HOLD = "hold"
    RESUME = "resume"
    MUTE = "mute"
    UNMUTE = "unmute"
    ASSIST = "assist"
    ANSWER = "answer"
    HANG_UP = "hang_up"


VERB_BUTTON: Mapping[Verb, Button] = MappingProxyType(
    {
        Verb.LOGIN: Button.STATUS,
        Verb.LOGOUT: Button.STATUS,
        Verb.READY: Button.STATUS,
        Verb.NOT_READY: Button.STATUS,
        Verb.END_WORK: Button.STATUS,
        Verb.HOLD: Button.HOLD,
        Verb.RESUME: Button.HOLD,
        Verb.MUTE: Button.MUTE,
        Verb.UNMUTE: Button.MUTE,
        Verb.ASSIST: Button.ASSIST,
    }
)
"""The button a command belongs to, also when the desk issued it by itself; the phone has none."""


@unique
class Outcome(StrEnum):
    """How a command ended."""

    CONFIRMED = "confirmed"
    DENIED = "denied"
    TIMED_OUT = "timed_out"
    UNKNOWN = "unknown"


@unique
class PressEnd(StrEnum):
    """How a press that made no command ended; one that did ends with its command's `Outcome`."""

    REFUSED = "refused"
    NOTED = "noted"
    CANCELLED = "cancelled"


@unique
class Refusal(StrEnum):
    """Why the desk refused a press."""

    STATUS_CHANGED = "status_changed"
    """Status or call changed, or the ACD was lost, since what the console showed was drawn."""
    COMMAND_UNANSWERED = "command_unanswered"
    """The ACD has not yet answered an earlier command of the same button."""
    NOT_POSSIBLE_NOW = "not_possible_now"
    """The button has no meaning in this status: HOLD without a call that was answered."""
    LOGGED_OUT = "logged_out"
    """No agent is logged in at this desk."""
    ACD_DOWN = "acd_down"
    """The ACD is not connected, or has not yet told the agent's status."""
    NOT_SHOWN = "not_shown"
    """The console showed link lost, nothing confirmed, or a picture this desk never drew."""
    ALREADY_LOGGED_IN = "already_logged_in"
    """An agent is logged in at this desk; nobody else can be, before that one has logged out."""
    CALL_ACTIVE = "call_active"
    """A call is with this agent, who cannot log out in the middle of it."""


@unique
class Noted(StrEnum):
    """Why an edge was taken note of and nothing was asked of the ACD."""

    RELEASE = "release"
    """The release belongs to a press that has its own outcome."""
    PRESS_UNKNOWN = "press_unknown"
    """A release whose press this desk never saw, or has cancelled: it never acts."""
    CONSOLE_OWNS_MICROPHONE = "console_owns_microphone"
    """MUTE is the console's own; the ACD follows the microphone, not the button."""
    PLANNED = "planned"
    """Not ready is planned for after this call."""
    TAKEN_BACK = "taken_back"
    """The plan for after this call is taken back."""
    HELP_ALREADY_WISHED = "help_already_wished"
    """An earlier ASSIST is still on its way; it counts for this one too."""


@unique
class Cancelled(StrEnum):
    """Why a press was cancelled, where the event does not say it itself."""

    CONSOLE_LINK_DOWN = "console_link_down"
    PRESSED_AGAIN = "pressed_again"
    """The same button went down again: its release was never seen."""


@unique
class Pending(StrEnum):
    """What `View.pending` can say beyond None."""

    NOT_READY = "not_ready"
    """Not ready was planned for after the call."""
    UNCONFIRMED = "unconfirmed"
    """Nothing was shown as confirmed: the ACD was down or had not told the status yet."""


@unique
class Headset(StrEnum):
    """What hangs on the desk's microphone path."""

    INLINE = "inline"
    USB = "usb"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Call:
    """One contact. The caller's number never enters the desk.

    `since_ms`: when the call reached this agent, on the host's monotonic clock.
    """

    id: str
    queue: str
    since_ms: int
    direction: str = "inbound"


@dataclass(frozen=True, slots=True)
class View:
    """What one numbered lamp state meant to the agent who looked at it.

    `pending` is a `Pending` word or None. `turn` is the desk's count of changes (`Desk.turn`) when
    the picture was drawn; None: by the desk of an earlier daemon, whose count means nothing here.
    """

    status: Status
    call: str | None
    pending: str | None
    turn: int | None = None
