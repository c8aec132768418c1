"""What the local API says and takes, as typed models: its OpenAPI description is made of these.

Codes are stable lower-case words; each has a sibling `..._text` in the language of the daemon's
environment. Durations are milliseconds up to `now_ms` of the same picture, so that a page can count
on by itself. No model ever holds a caller's number or a PIN that is not a demonstration's.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from calldeck.web.parts import (
    AcdPicture,
    AssistPicture,
    CallPicture,
    ChangePicture,
    ChoicePicture,
    ConsolePicture,
    ContactPicture,
    DemonstrationPicture,
    FaultPicture,
    ForcedPicture,
    GesturePicture,
    LampName,
    LampPicture,
    MicrophonePicture,
    Offer,
    PhonePicture,
    QueuePicture,
    Said,
    WishPicture,
)

ButtonName = Literal["mute", "hold", "status", "assist"]


class Asked(BaseModel):
    """What the API takes: no unknown keys, no guessing of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


# --- the picture of a desk -----------------------------------------------------------------


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
    pending: Literal["not_ready", "logout"] | None = Field(
        description="What is planned for after this call."
    )
    pending_reason: str = Field(description="The reason that not ready is planned for.")
    pending_text: str
    choice: ChoicePicture | None
    forced: ForcedPicture | None
    faults: tuple[FaultPicture, ...]
    gestures: GesturePicture
    reasons: tuple[Offer, ...] = Field(description="All reasons for not ready, in their order.")
    dispositions: tuple[Offer, ...] = Field(description="All codes that say how a contact ended.")
    wishes: tuple[WishPicture, ...]
    refusal_text: str = Field(description="Why the last wish was refused, while it is shown.")
    call: CallPicture | None
    contact: ContactPicture | None
    microphone: MicrophonePicture
    attention: Literal["fault", "refused", "must_act", "help_coming", "wish", "none"] = Field(
        description="What the attention lamp means, the most urgent of it."
    )
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
    """What to do to a button. `hold_ms`: for `tap`, how long it stays down.

    `wait`: for `release`, answer when what the press caused has ended; else as soon as the button
    is up. Who makes a double tap of presses and releases must not wait for the first one's end.
    """

    action: Literal["press", "release", "tap"]
    hold_ms: Annotated[int, Field(ge=1, le=60_000)] = 80
    wait: bool = True


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


class NotReadyAction(Asked):
    """Why the agent is not ready: a code of `reasons`."""

    reason: Annotated[str, Field(min_length=1, max_length=64)]


class ContactMarks(Asked):
    """What the agent says of their last contact; what is null stays as it is.

    `contact`: its id, so that no other one is marked. `disposition`: a code of `dispositions`, or
    empty to take it back.
    """

    contact: Annotated[str, Field(min_length=1, max_length=128)]
    unresolved: bool | None = None
    disposition: Annotated[str, Field(max_length=64)] | None = None


class SystemMicrophoneReport(Asked):
    """What the operating system says of the microphone; null: it does not know."""

    muted: bool | None


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
