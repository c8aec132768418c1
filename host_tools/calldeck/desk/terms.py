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
class Gesture(StrEnum):
    """What a hand does with a button, told from the console's own times."""

    MUTE_PRESS = "mute_press"
    HOLD_PRESS = "hold_press"
    STATUS_TAP = "status_tap"
    STATUS_DOUBLE_TAP = "status_double_tap"
    STATUS_LONG_PRESS = "status_long_press"
    STATUS_LONGEST_PRESS = "status_longest_press"
    ASSIST_TAP = "assist_tap"
    ASSIST_LONG_PRESS = "assist_long_press"


GESTURE_BUTTON: Mapping[Gesture, Button] = MappingProxyType(
    {gesture: Button[gesture.name.split("_")[0]] for gesture in Gesture}
)


@unique
class Channel(StrEnum):
    """How a contact reaches the agent."""

    VOICE = "voice"
    VIDEO = "video"
    CALLBACK = "callback"
    EMAIL = "email"
    CHAT = "chat"
    SMS = "sms"
    SOCIAL = "social"
    FAX = "fax"

    @property
    def has_voice(self) -> bool:
        """Whether it can be held and muted: somebody hears the agent."""
        return self in _VOICES


_VOICES = frozenset({Channel.VOICE, Channel.VIDEO, Channel.CALLBACK})


@unique
class Direction(StrEnum):
    """Who began a contact: the customer, or the agent."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@unique
class Cause(StrEnum):
    """Who or what changed the agent's status, where the ACD gives no words of its own."""

    STARTED = "started"
    """Nothing changed: it is so since the ACD began."""
    AGENT = "agent"
    """The agent asked for it, by a command of the desk."""
    CALL_OFFERED = "call_offered"
    CALL_ANSWERED = "call_answered"
    AGENT_HUNG_UP = "agent_hung_up"
    CALLER_ABANDONED = "caller_abandoned"
    CUSTOMER_HUNG_UP = "customer_hung_up"
    NO_ANSWER = "no_answer"
    """The call rang too long and went back to the queue."""
    CUSTOMER_NOT_REACHED = "customer_not_reached"
    """The customer did not answer the call that the agent placed."""
    WORK_TIME_OVER = "work_time_over"
    """The ACD's own timer ended after-call work."""
    SUPERVISOR = "supervisor"
    ELSEWHERE = "elsewhere"
    """The agent works at another phone."""
    ACD_LINK_DOWN = "acd_link_down"
    """The ACD was lost: what the desk had planned is dropped."""


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
    EMERGENCY = "emergency"
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
        Verb.EMERGENCY: Button.ASSIST,
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
    ARRIVAL_GUARD = "arrival_guard"
    """A call has only just come: the press was meant for what was before."""
    CHANNEL_HAS_NO_HOLD = "channel_has_no_hold"
    CHANNEL_HAS_NO_MUTE = "channel_has_no_mute"
    """Nobody hears the agent on this channel: a mail cannot be held or muted."""
    NO_REASONS = "no_reasons"
    """There is no reason to choose from: the policy of this desk names none."""
    NO_SUCH_REASON = "no_such_reason"
    NO_SUCH_DISPOSITION = "no_such_disposition"
    NO_SUCH_CONTACT = "no_such_contact"
    """The contact is not the last one of this desk."""
    CONTACT_GOES_ON = "contact_goes_on"
    """A disposition is given after the contact."""


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
    """Not ready or a logout is planned for after this call."""
    TAKEN_BACK = "taken_back"
    """The plan for after this call is taken back."""
    HELP_ALREADY_WISHED = "help_already_wished"
    """An earlier ASSIST is still on its way; it counts for this one too."""
    ACKNOWLEDGED = "acknowledged"
    """The press tells that the agent has seen the change that was forced; STATUS does no more."""
    CHOOSING = "choosing"
    """A choice has begun, or its next place is shown."""
    LOGOUT_OFFERED = "logout_offered"
    CHOICE_CANCELLED = "choice_cancelled"
    """The offer of a logout is taken back."""
    CONTACT_MARKED = "contact_marked"


@unique
class Cancelled(StrEnum):
    """Why a press was cancelled, where the event does not say it itself."""

    CONSOLE_LINK_DOWN = "console_link_down"
    PRESSED_AGAIN = "pressed_again"
    """The same button went down again: its release was never seen."""
    OTHER_GESTURE = "other_gesture"
    """The tap became the first of two, or of a tap and a long press: those have the outcome."""


@unique
class Pending(StrEnum):
    """What `View.pending` can say beyond None; while choosing also `choosing_1` and so on."""

    NOT_READY = "not_ready"
    """Not ready was planned for after the call."""
    LOGOUT = "logout"
    """A logout was planned for after the call."""
    LOGOUT_OFFERED = "logout_offered"
    UNCONFIRMED = "unconfirmed"
    """Nothing was shown as confirmed: the ACD was down or had not told the status yet."""


def choosing(place: int) -> str:
    """Return what `View.pending` says while the reason at `place`, from 1, is shown."""
    return f"choosing_{place}"


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
    direction: Direction = Direction.INBOUND
    channel: Channel = Channel.VOICE


@dataclass(frozen=True, slots=True)
class View:
    """What one numbered lamp state meant to the agent who looked at it.

    `pending` is a `Pending` word, one of `choosing`, or None. `forced`: it showed that a forced
    change waits for its acknowledgement. `turn` is the desk's count of changes (`Desk.turn`) when
    the picture was drawn; None: by the desk of an earlier daemon, whose count means nothing here.
    """

    status: Status
    call: str | None
    pending: str | None
    turn: int | None = None
    forced: bool = False
