"""What the local API says and takes, as typed models: its OpenAPI description is made of these.

Codes are stable lower-case words; each has a sibling `..._text` in the language of the daemon's
environment. Durations are milliseconds up to `now_ms` of the same picture, so that a page can count
on by itself. No model ever holds a caller's number or a PIN that is not a demonstration's.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

ButtonName = Literal["mute", "hold", "status", "assist"]
LampName = Literal[
    "availability", "mute", "hold", "attention", "queue1", "queue2", "queue3", "queue4", "queue5"
]
LinkState = Literal["up", "down"]


class Said(BaseModel):
    """What the API answers: nothing in it changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(BaseModel):
    """What the API takes: no unknown keys, no guessing of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


# --- the picture of a desk -----------------------------------------------------------------


class CallPicture(Said):
    """The call with this agent. The caller's number is not told."""

    id: str
    queue: str
    direction: str
    for_ms: int = Field(ge=0, description="Since the call reached this agent.")


class Truth(Said):
    """What one of three knows of the microphone; `muted` is null where it is not known."""

    known: bool
    muted: bool | None
    for_ms: int | None = Field(description="Since this was last told; null: never.")


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
    agreement: Literal["agree", "differ", "unknown"]
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


class DemonstrationPicture(Said):
    """What to log in with where nothing real is protected by it."""

    agent: str
    pin: str


class DeskPicture(Said):
    """Everything about one desk at one instant, `now_ms` (wall clock, since 1970)."""

    now_ms: int
    id: str
    extension: str
    login: Literal["auto", "manual"]
    agent: str | None = Field(description="Who is logged in; null: nobody.")
    offered_agent: str = Field(description="Whose id to offer first at login.")
    status: str
    status_text: str
    status_for_ms: int | None
    confirmed: bool = Field(description="The ACD is connected and has told all this.")
    reason: str
    reason_text: str
    pending: Literal["not_ready"] | None
    pending_text: str
    wishes: tuple[WishPicture, ...]
    refusal_text: str = Field(description="Why the last wish was refused, while it is shown.")
    call: CallPicture | None
    microphone: MicrophonePicture
    lamps: dict[LampName, LampPicture]
    queue: QueuePicture | None
    console: ConsolePicture
    acd: AcdPicture
    phone: PhonePicture | None
    assists: tuple[AssistPicture, ...]
    last_change: ChangePicture | None
    demonstration: DemonstrationPicture | None


class Desks(Said):
    """All desks of this daemon."""

    desks: tuple[DeskPicture, ...]


# --- what can be asked ----------------------------------------------------------------------


class ButtonAction(Asked):
    """What to do to a button. `hold_ms`: for `tap`, how long it stays down."""

    action: Literal["press", "release", "tap"]
    hold_ms: Annotated[int, Field(ge=1, le=60_000)] = 80


class PressAnswer(Said):
    """What became of a press.

    `press`: its number in this daemon's life. `outcome`: `confirmed`, `denied`, `timed_out`,
    `unknown`, `refused`, `noted`, `cancelled`, `expired`; `pending` while a release or the ACD's
    answer is still to come. `why`: a code or the ACD's words; `text`: that, for people.
    """

    press: int = Field(ge=1)
    outcome: str
    why: str
    text: str


class LoginAction(Asked):
    """Who logs in. The PIN is never kept, logged or told on."""

    agent: Annotated[str, Field(min_length=1, max_length=64)]
    pin: Annotated[SecretStr, Field(min_length=1, max_length=64)]


class AutoAnswer(Asked):
    """Let the phone answer by itself after so many seconds; null: not."""

    seconds: Annotated[float, Field(ge=0, le=600)] | None


class Answer(Said):
    """How a wish ended; the words are those of `PressAnswer`."""

    outcome: str
    why: str
    text: str


class Reloaded(Said):
    """What a reload has changed, and what needs a restart: keys of the settings file."""

    applied: tuple[str, ...]
    needs_restart: tuple[str, ...]


class Problem(Said):
    """Why a request was not carried out: a stable code, and a sentence that says what to do."""

    code: str
    detail: str
