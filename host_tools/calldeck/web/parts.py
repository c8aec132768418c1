"""The parts of the picture of a desk, as typed models; `models.DeskPicture` is made of them.

Codes are stable lower-case words; each has a sibling `..._text` in the language of the daemon's
environment. Durations are milliseconds up to `now_ms` of the whole picture.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LampName = Literal[
    "availability", "mute", "hold", "attention", "queue1", "queue2", "queue3", "queue4", "queue5"
]
LinkState = Literal["up", "down"]


class Said(BaseModel):
    """What the API answers: nothing in it changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CallPicture(Said):
    """The contact with this agent. The caller's number is not told."""

    id: str
    queue: str
    channel: str
    channel_text: str
    direction: Literal["inbound", "outbound"]
    direction_text: str
    for_ms: int = Field(ge=0, description="Since the call reached this agent.")


class ContactPicture(Said):
    """The contact that this agent answered last, and what they have said of it."""

    id: str
    queue: str
    channel: str
    channel_text: str
    direction: Literal["inbound", "outbound"]
    direction_text: str
    over: bool = Field(description="It has ended: a disposition can be given now.")
    unresolved: bool = Field(description="It is to be passed on.")
    disposition: str = Field(description="How it ended: a code of `dispositions`; empty: not said.")
    disposition_text: str


class Truth(Said):
    """What one of three knows of the microphone; `muted` is null where it is not known."""

    known: bool
    muted: bool | None
    text: str
    for_ms: int | None = Field(description="Since it says so; null: it never told anything.")


class Truths(Said):
    """The three who can mute the agent, kept apart."""

    console: Truth
    operating_system: Truth
    pbx: Truth


class MicrophonePicture(Said):
    """The microphone: what the customer hears, as far as it is known."""

    headset: Literal["inline", "usb", "none"]
    plugged: bool | None
    muted: bool | None = Field(description="Whether the customer does not hear the agent.")
    overdue: bool = Field(description="Muted for longer than a cough takes, in a call.")
    agreement: Literal["agree", "disagree", "unknown"]
    agreement_text: str
    text: str
    truths: Truths


class LampPicture(Said):
    """One lamp. `times_ms`: on, off, on, off, ... repeated; empty for `off` and `steady`."""

    colour: Literal["", "red", "green", "blue", "amber", "white", "yellow"]
    pattern: str
    times_ms: tuple[int, ...]
    meaning: str = Field(description="What it says now, in words.")


class QueuePicture(Said):
    """The queue of waiting callers."""

    name: str
    waiting: int = Field(ge=0)
    oldest_for_ms: int | None = Field(description="How long the first of them has waited.")


class ConsolePicture(Said):
    """The console and the link to it. `why_not_pressable`: in words; empty when it is.

    `restarted`: why it has restarted since it was last connected, in words; empty where it has not.
    """

    kind: Literal["real", "virtual", "emulated"]
    link: LinkState
    serial: str
    firmware: str
    protocol: str
    restarted: str
    pressable: bool
    why_not_pressable: str


class AcdPicture(Said):
    """The ACD and the connection to it."""

    name: str
    link: LinkState


class PhonePicture(Said):
    """The agent's phone, where it can be worked from here."""

    can_answer: bool
    can_hang_up: bool
    auto_answer_s: float | None = Field(description="Answers by itself after this; null: never.")


class AssistPicture(Said):
    """A call for help that the ACD has taken. `for_ms`: since it was made."""

    number: int
    agent: str
    status: str
    status_text: str
    call: str | None
    for_ms: int
    acknowledged: bool
    emergency: bool


class ChangePicture(Said):
    """The last change of status, and who or what caused it."""

    status: str
    status_text: str
    cause: str
    cause_text: str
    for_ms: int


class WishPicture(Said):
    """A command that the ACD has not answered yet."""

    verb: str
    text: str


class Offer(Said):
    """Something to choose: its code, and its name for people."""

    code: str
    text: str


class ChoicePicture(Said):
    """What STATUS is choosing on the console.

    `place`: of the reason that is shown, as in `reasons`, from 1; 0: a logout is offered.
    """

    place: int = Field(ge=0)
    reason: str = Field(description="The code of that reason; empty for a logout.")
    text: str
    left_ms: int = Field(ge=0, description="Not confirmed by then, it is given up.")


class GesturePicture(Said):
    """How long is long, in milliseconds of the console's time."""

    double_tap_ms: int = Field(description="The second tap of two begins so soon after the first.")
    long_press_ms: int
    logout_press_ms: int
    emergency_press_ms: int


class ForcedPicture(Said):
    """A change that the agent did not make and has not acknowledged yet, and its cause.

    `before` and `after` are the same where only the plan for after the call was lost.
    """

    number: int = Field(ge=1)
    before: str
    before_text: str
    after: str
    after_text: str
    reason: str
    reason_text: str
    cause: str
    cause_text: str
    text: str = Field(description="What happened and why, in one sentence.")
    for_ms: int = Field(ge=0)


class FaultPicture(Said):
    """Equipment that is out of order."""

    code: str
    text: str


class DemonstrationPicture(Said):
    """What to log in with where nothing real is protected by it."""

    agent: str
    pin: str
