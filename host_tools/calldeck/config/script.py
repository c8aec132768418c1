"""The script of a run: a timed list of presses and of what happens at the ACD.

    [[steps]]
    at = 0.5              # seconds since the run was ready
    press = "STATUS"      # for hold_ms milliseconds

    [[steps]]
    at = 2.0
    acd = "call"

A press is timed in real seconds, a happening in seconds of the ACD's own clock; the two differ
when `--speed` is not 1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calldeck.config.complaint import at_line, place, problems
from calldeck.config.toml_file import (
    TomlFile,
    alternatives,
    did_you_mean,
    line_of,
    read_toml,
    refusal,
    shown,
)
from calldeck.text import translate as _

BUTTONS = ("MUTE", "HOLD", "STATUS", "ASSIST")
_LATEST_S = 7 * 24 * 3600.0
Seconds = Annotated[float, Field(ge=0.1, le=_LATEST_S)]
Words = Annotated[str, Field(max_length=200)]
Number = Annotated[str, Field(max_length=40)]
Channel = Literal["voice", "video", "callback", "email", "chat", "sms", "social", "fax"]


@dataclass(frozen=True, slots=True)
class PressStep:
    """Press `button` at `at_s` real seconds and let go `hold_ms` milliseconds later."""

    at_s: float
    button: str
    hold_ms: int = 80


@dataclass(frozen=True, slots=True)
class AcdStep:
    """Something that happens at the ACD at `at_s` seconds of its own clock.

    `arguments` holds what the script gave for this happening and nothing else.
    """

    at_s: float
    happening: str
    arguments: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


Step = PressStep | AcdStep


@dataclass(frozen=True, slots=True)
class Script:
    """All steps, in the order of their times."""

    steps: tuple[Step, ...]

    @property
    def presses(self) -> tuple[PressStep, ...]:
        """The presses alone, in order."""
        return tuple(step for step in self.steps if isinstance(step, PressStep))

    @property
    def happenings(self) -> tuple[AcdStep, ...]:
        """What happens at the ACD alone, in order."""
        return tuple(step for step in self.steps if isinstance(step, AcdStep))


class _Step(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True
    )
    at: float = Field(ge=0, le=_LATEST_S)


class _Press(_Step):
    press: Literal["MUTE", "HOLD", "STATUS", "ASSIST"]
    hold_ms: int = Field(default=80, ge=1, le=60_000)


class _Call(_Step):
    """A caller reaches the queue; patience_s later, still waiting, they hang up."""

    acd: Literal["call"]
    caller: Number = ""
    queue: Annotated[str, Field(max_length=64)] = ""
    patience_s: Seconds = 30.0
    channel: Channel = "voice"


class _Outbound(_Step):
    """The agent places a call, which rings at the customer's."""

    acd: Literal["outbound"]
    caller: Number = ""
    channel: Channel = "voice"


class _Answer(_Step):
    """The agent takes the ringing call on the phone; a call the agent has placed, the customer."""

    acd: Literal["answer"]


class _HangUp(_Step):
    """The customer ends the call."""

    acd: Literal["hang_up"]


class _Abandon(_Step):
    """The caller who has waited longest hangs up."""

    acd: Literal["abandon"]


class _Refuse(_Step):
    """The ACD refuses the next `count` commands, saying `words`."""

    acd: Literal["refuse"]
    count: int = Field(default=1, ge=1, le=1000)
    words: Words = ""


class _Silent(_Step):
    """The ACD answers nothing for so long."""

    acd: Literal["silent"]
    for_s: Seconds


class _Force(_Step):
    """Somebody else, a team leader for example, changes the agent's status."""

    acd: Literal["force"]
    status: Literal["logged_out", "not_ready", "available"]
    reason: Words = ""
    cause: Words = ""


HAPPENINGS: Mapping[str, type[_Step]] = MappingProxyType(
    {
        "call": _Call,
        "outbound": _Outbound,
        "answer": _Answer,
        "hang_up": _HangUp,
        "abandon": _Abandon,
        "refuse": _Refuse,
        "silent": _Silent,
        "force": _Force,
    }
)


def load_script(path: Path) -> Script:
    """Read a script; raises UsageError with one sentence for every problem in the file."""
    file = read_toml(path)
    found = list(_file_problems(file))
    steps: list[Step] = []
    for index, raw in enumerate(file.data.get("steps", []) if not found else []):
        step = _read_step(raw, index, file.text)
        if isinstance(step, list):
            found += step
        else:
            steps.append(step)
    if not found:
        found += _order_problems(steps, file.text)
    if found:
        raise refusal(path, found)
    return Script(tuple(steps))


def _file_problems(file: TomlFile) -> Iterator[str]:
    for key in file.data:
        if key != "steps":
            yield at_line(
                line_of(file.text, (key,)),
                _("a script has no {key}; it is a list of [[steps]] tables.").format(key=key)
                + did_you_mean(key, ["steps"]),
            )
    steps = file.data.get("steps", [])
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        yield at_line(
            line_of(file.text, ("steps",)),
            _("steps must be [[steps]] tables, with two square brackets on each side."),
        )
    elif not steps and set(file.data) <= {"steps"}:
        yield _("it has no [[steps]]. Write at least one, with `at` and `press` or `acd`.")


def _read_step(raw: dict[str, Any], index: int, text: str) -> Step | list[str]:
    """Read one step, or say everything that is wrong with it."""
    at: tuple[str, int] = ("steps", index)
    model = _model_of(raw, at, text)
    if isinstance(model, str):
        return [model]
    try:
        checked = model.model_validate(raw)
    except ValidationError as error:
        return list(problems(error, model, text, at))
    if isinstance(checked, _Press):
        return PressStep(checked.at, checked.press, checked.hold_ms)
    given = checked.model_dump(exclude={"at", "acd"}, exclude_unset=True)
    return AcdStep(checked.at, raw["acd"], MappingProxyType(given))


def _model_of(raw: dict[str, Any], at: tuple[str, int], text: str) -> type[_Step] | str:
    """Choose the model that rules a step, or say why none does."""
    if ("press" in raw) == ("acd" in raw):
        sentence = _(
            "{place} must have either press (one of {buttons}) or acd (one of {happenings})."
        ).format(
            place=place(at), buttons=alternatives(BUTTONS), happenings=alternatives(HAPPENINGS)
        )
        return at_line(line_of(text, at), sentence)
    if "press" in raw:
        return _Press
    name = raw["acd"]
    if isinstance(name, str) and name in HAPPENINGS:
        return HAPPENINGS[name]
    sentence = _("{place} = {value} is not allowed; it must be {allowed}.").format(
        place=place((*at, "acd")), value=shown(name), allowed=alternatives(HAPPENINGS)
    )
    return at_line(line_of(text, (*at, "acd")), sentence + did_you_mean(str(name), HAPPENINGS))


def _order_problems(steps: list[Step], text: str) -> Iterator[str]:
    """Check that times never go back, and that no button is pressed while it is down."""
    for index, (before, step) in enumerate(pairwise(steps), start=1):
        if step.at_s < before.at_s:
            yield at_line(
                line_of(text, ("steps", index, "at")),
                _("{place} = {at:g} is earlier than {before:g} of the step before it.").format(
                    place=place(("steps", index, "at")), at=step.at_s, before=before.at_s
                ),
            )
    down_until: dict[str, tuple[int, float]] = {}
    for index, step in enumerate(steps):
        if not isinstance(step, PressStep):
            continue
        pressed_by, until = down_until.get(step.button, (0, 0.0))
        if step.at_s < until:
            yield at_line(
                line_of(text, ("steps", index, "press")),
                _("{place} presses {button} at {at:g}, but step {other} holds it to {until:g}.")
                .format(place=place(("steps", index)), button=step.button, at=step.at_s,
                        other=pressed_by, until=until),
            )  # fmt: skip
        down_until[step.button] = (index + 1, step.at_s + step.hold_ms / 1000)
