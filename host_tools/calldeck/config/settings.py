"""The settings of a daemon: a TOML file a person may write, every part of it optional.

The tables and their keys are the classes below, one for each table. What is not a known key, or
not of the right kind, is refused by name. Nothing is read from the environment: a desk does what
its file says.
"""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from calldeck.config.allowed import secrets_in
from calldeck.config.complaint import problems
from calldeck.config.console_name import check_console_name, names_one_console
from calldeck.config.listen import parse_listen
from calldeck.config.night import NightHours, parse_night
from calldeck.config.secret_file import refuse_readable_secrets
from calldeck.config.toml_file import read_toml, refusal
from calldeck.text import translate as _

Word = Annotated[str, Field(min_length=1, max_length=64)]
MaybeWord = Annotated[str, Field(max_length=64)]
# Links such as those in /dev/serial/by-id are long.
PortPattern = Annotated[str, Field(min_length=1, max_length=255)]


def _usable(path: str) -> str:
    """Refuse what cannot be a path anywhere; whether it exists is found out when it is used."""
    if "\0" in path:
        raise ValueError(_("no path has a zero character in it."))
    try:
        Path(path).expanduser()
    except RuntimeError:
        raise ValueError(
            _("there is no home folder {home}. Write the path in full.").format(
                home=Path(path).parts[0]
            )
        ) from None
    return path


# As much as a console keeps of its desk's name.
MAX_LABEL_BYTES = 32


def _short(label: str) -> str:
    """Refuse a label that no console has room for."""
    if len(label.encode()) > MAX_LABEL_BYTES:
        raise ValueError(
            _("a console has room for {most} bytes in UTF-8, and this has {count}.").format(
                most=MAX_LABEL_BYTES, count=len(label.encode())
            )
        )
    return label


DEFAULT_LISTEN = "127.0.0.1:8730"
MaybePath = Annotated[str, AfterValidator(_usable)]


class Table(BaseModel):
    """A table of the file: no unknown keys, no guessing of types, no changing once read."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True
    )


class DeskSettings(Table):
    """`[[desks]]`: one desk, who works at it, its console, and how its headset is wired.

    `agent`: the login ID at the ACD; `extension`: the phone of the desk. `queues`: the waiting work
    served here; empty: what the ACD knows of the agent. `console`: as `--console`, or
    `serial:NUMBER` for the one with this USB serial number; empty: what `--console` says. `login`:
    `auto` logs that agent in when the daemon starts, `manual` waits until somebody logs in with a
    PIN, `agent` being then what the page offers first. `headset`: `inline`: through the console,
    whose switch then mutes the microphone; `usb`: straight to the computer; `none`: the phone has
    its own. `label`: the name that the desk's console keeps and says when it is asked; empty: the
    one that it has.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")] = "desk-1"
    agent: Word = "1001"
    extension: Word = "201"
    queues: Annotated[tuple[Word, ...], Field(strict=False, max_length=32)] = ()
    console: Annotated[str, Field(max_length=4096)] = ""
    login: Literal["auto", "manual"] = "auto"
    headset: Literal["inline", "usb", "none"] = "inline"
    label: Annotated[str, Field(max_length=MAX_LABEL_BYTES), AfterValidator(_short)] = ""

    @field_validator("console")
    @classmethod
    def _a_console(cls, value: str) -> str:
        return check_console_name(value) if value else value

    @field_validator("queues")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError(_("a queue stands there twice."))
        return value


def _apart(desks: tuple[DeskSettings, ...]) -> tuple[DeskSettings, ...]:
    """Refuse two desks that would take something from each other."""
    if not desks:
        raise ValueError(_("there is no desk. Write at least one [[desks]], or none at all."))
    shared = (
        # Each id is a folder of the journal, and not every system tells the cases apart.
        ("id", [desk.id.lower() for desk in desks]),
        ("extension", [desk.extension for desk in desks]),
        ("agent", [desk.agent for desk in desks if desk.login == "auto"]),
        ("console", [desk.console for desk in desks if names_one_console(desk.console)]),
    )
    for key, values in shared:
        twice, count = next(iter(Counter(values).most_common(1)), ("", 0))
        if count > 1:
            raise ValueError(
                _("two desks have {key} = {value!r}. Give each its own.").format(
                    key=key, value=twice
                )
            )
    return desks


class LoginSettings(Table):
    """`[login]`: where the PINs of `calldeck agent set-pin` are kept, as hashes.

    `pin_file`: empty: in the user's state folder. An ACD that knows PINs of its own is asked
    instead.
    """

    pin_file: MaybePath = ""

    @property
    def pin_path(self) -> Path:
        """The file the PINs are kept in, whether it exists yet or not."""
        if self.pin_file:
            return Path(self.pin_file).expanduser()
        return platformdirs.user_state_path("calldeck", appauthor=False) / "pins.json"


class ConsoleSettings(Table):
    """`[console]`: which console is ours, and the settings that it is to keep.

    `serial_number`: accept the console with this USB serial number even when it does not name
    itself CallDeck. `exclude`: ports that are never opened, by device, by a link to it or by USB
    serial number; `*` and `?` stand for anything. `uf2`: the firmware the emulated
    console runs; empty: the one in `build/`. `cough_ms`: MUTE held longer than this mutes only
    while it is held. `bounce_ms`: how long the contacts of a button may chatter.
    `safe_microphone`: what a console that has just started does to the microphone. `brightness`,
    `night_brightness`: of the lamps, in percent; `night`: from when to when the second holds, such
    as `22:00-06:00`, by this computer's clock; empty: never.
    """

    serial_number: MaybeWord = ""
    exclude: Annotated[tuple[PortPattern, ...], Field(strict=False, max_length=64)] = ()
    uf2: MaybePath = ""
    cough_ms: int = Field(default=250, ge=100, le=1000)
    bounce_ms: int = Field(default=10, ge=1, le=50)
    safe_microphone: Literal["muted", "open"] = "muted"
    brightness: int = Field(default=100, ge=1, le=100)
    night_brightness: int = Field(default=30, ge=1, le=100)
    night: MaybeWord = ""

    @field_validator("night")
    @classmethod
    def _hours(cls, value: str) -> str:
        parse_night(value)
        return value

    @property
    def night_hours(self) -> NightHours | None:
        """The hours of the night, None where there is none."""
        return parse_night(self.night)


class LampSettings(Table):
    """`[lamps]`: times in milliseconds, and the calls waiting that light each LED of the bar.

    A refusal is shown for `refusal_ms`. The console believes a lamp state for `lease_ms` and hears
    the state again every `refresh_ms`; after the lease it shows link-lost by itself, so the lease
    is never longer than three seconds.
    """

    refusal_ms: int = Field(default=2000, ge=100, le=10_000)
    lease_ms: int = Field(default=2000, ge=200, le=3000)
    refresh_ms: int = Field(default=500, ge=50, le=1500)
    queue_thresholds: Annotated[
        tuple[Annotated[int, Field(ge=1, le=9999)], ...],
        Field(strict=False, min_length=5, max_length=5),
    ] = (1, 2, 4, 6, 9)

    @field_validator("queue_thresholds")
    @classmethod
    def _ascending(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(low >= high for low, high in pairwise(value)):
            raise ValueError(_("each number must be greater than the one before it."))
        return value

    @model_validator(mode="after")
    def _refreshed_in_time(self) -> "LampSettings":
        if self.refresh_ms * 2 > self.lease_ms:
            raise ValueError(
                _(
                    "refresh_ms = {refresh} must be at most half of lease_ms = {lease}, or one "
                    "lost frame shows the link as lost."
                ).format(refresh=self.refresh_ms, lease=self.lease_ms)
            )
        return self


Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class StatusSettings(Table):
    """`[status]`: reasons for not ready, codes for contacts, and what an agent is reminded of.

    The first five of `reasons` can be chosen with STATUS, all of them on the page. `dispositions`:
    the codes that say how a contact ended. So long after a call has come STATUS and HOLD do
    nothing: `arrival_guard_ms`; 0: no guard. After `hold_reminder_s` on hold the hold lamp goes
    fast; muted for `mute_reminder_s` in a call, the agent is reminded that hold is for waiting.
    """

    reasons: Annotated[tuple[Code, ...], Field(strict=False, max_length=64)] = (
        *("break", "lunch", "back-office", "training", "meeting"),
    )
    dispositions: Annotated[tuple[Code, ...], Field(strict=False, max_length=64)] = (
        *("resolved", "callback", "escalated", "information", "wrong-number"),
    )
    arrival_guard_ms: int = Field(default=1500, ge=0, le=5000)
    hold_reminder_s: int = Field(default=60, ge=1, le=3600)
    mute_reminder_s: int = Field(default=30, ge=1, le=3600)

    @field_validator("reasons", "dispositions")
    @classmethod
    def _each_code_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError(_("a code stands there twice."))
        return value


class GestureSettings(Table):
    """`[gestures]`: how long is long, in milliseconds of the console's time.

    A second tap within `double_tap_ms` makes two of them one gesture. STATUS held for
    `long_press_ms` chooses a reason, which is given up after `choice_ms` without a press; held for
    `logout_press_ms` it offers a logout. ASSIST held for `emergency_press_ms` is an emergency.
    """

    double_tap_ms: int = Field(default=300, ge=100, le=1000)
    long_press_ms: int = Field(default=600, ge=300, le=2000)
    logout_press_ms: int = Field(default=3000, ge=1000, le=10_000)
    emergency_press_ms: int = Field(default=2000, ge=1000, le=10_000)
    choice_ms: int = Field(default=5000, ge=1000, le=30_000)

    @model_validator(mode="after")
    def _logout_is_longer(self) -> "GestureSettings":
        if self.logout_press_ms <= self.long_press_ms:
            raise ValueError(
                _(
                    "logout_press_ms = {logout} must be more than long_press_ms = {long}: the one "
                    "begins as the other."
                ).format(logout=self.logout_press_ms, long=self.long_press_ms)
            )
        if self.choice_ms < self.logout_press_ms:
            raise ValueError(
                _(
                    "choice_ms = {choice} must be at least logout_press_ms = {logout}: a choice "
                    "would be given up under the press that goes on with it."
                ).format(choice=self.choice_ms, logout=self.logout_press_ms)
            )
        return self


class CommandSettings(Table):
    """`[commands]`: how long a wish may take, in milliseconds.

    The ACD has `timeout_ms` to answer a command. A press that is older than `press_expiry_ms` when
    it reaches the desk is not acted on any more.
    """

    timeout_ms: int = Field(default=3000, ge=100, le=60_000)
    press_expiry_ms: int = Field(default=1500, ge=100, le=10_000)


class SimulatedAgentSettings(Table):
    """`[[acd.simulated.agents]]`: an agent whom the simulated ACD knows, with a PIN of its own.

    The PIN stands here in the clear, so the file must be readable by its owner alone.
    """

    id: Word
    pin: Annotated[SecretStr, Field(min_length=4, max_length=12)]


class SimulatedAcdSettings(Table):
    """`[acd.simulated]`: the callers the simulated ACD makes up when no script names them.

    Times in seconds of the simulated ACD's own clock (`--speed`). `auto_answer`: the agent's phone
    answers by itself after `answer_after_s`; otherwise it rings until it is answered on the page,
    or for `ring_no_answer_s`: then the call goes back to the queue and the agent is not ready.
    `talk_s` is the shortest and the longest talk. `after_call_work_s`: 0 means until the agent
    ends it with STATUS. `demonstration`: the ACD knows the agents 1001, 1002 and 1003 with one PIN,
    which the page shows; for trying things out.
    """

    queue: Word = "support"
    callers_per_minute: float = Field(default=12.0, ge=0, le=6000)
    auto_answer: bool = True
    answer_after_s: float = Field(default=2.0, ge=0, le=3600)
    ring_no_answer_s: float = Field(default=20.0, ge=1, le=3600)
    talk_s: Annotated[
        tuple[
            Annotated[float, Field(ge=0.1, le=36_000)], Annotated[float, Field(ge=0.1, le=36_000)]
        ],
        Field(strict=False),
    ] = (8.0, 25.0)
    patience_s: float = Field(default=30.0, ge=0.1, le=36_000)
    after_call_work_s: float = Field(default=20.0, ge=0, le=36_000)
    demonstration: bool = False
    agents: Annotated[tuple[SimulatedAgentSettings, ...], Field(strict=False, max_length=100)] = ()

    @field_validator("talk_s")
    @classmethod
    def _shortest_first(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] > value[1]:
            raise ValueError(_("the first number is the shortest talk, the second the longest."))
        return value


class AcdSettings(Table):
    """`[acd.NAME]`: one table for each adapter that has settings."""

    simulated: SimulatedAcdSettings = SimulatedAcdSettings()


class JournalSettings(Table):
    """`[journal]`: where the press ledgers are kept; empty: the user's state folder.

    `ledger_mb`: when the ledger of a desk reaches so many megabytes, its oldest quarter goes.
    """

    folder: MaybePath = ""
    ledger_mb: int = Field(default=16, ge=4, le=4096)

    @property
    def path(self) -> Path:
        """The folder the journal is kept in, whether it exists yet or not."""
        if self.folder:
            return Path(self.folder).expanduser()
        return platformdirs.user_state_path("calldeck", appauthor=False) / "journal"


class ServiceSettings(Table):
    """`[service]`: what becomes of the agents when the daemon is told to end.

    `logout_at_stop`: whoever is logged in is logged out first, as far as the ACD lets it; else they
    stay what they are.
    """

    logout_at_stop: bool = False


class WebSettings(Table):
    """`[web]`: where to serve the page and the local API; empty: nowhere."""

    listen: str = DEFAULT_LISTEN

    @field_validator("listen")
    @classmethod
    def _loopback(cls, value: str) -> str:
        return str(parse_listen(value)) if value else value


class Settings(BaseSettings):
    """All tables of the file."""

    model_config = SettingsConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, validate_default=False
    )

    desks: Annotated[
        tuple[DeskSettings, ...], Field(strict=False, max_length=10_000), AfterValidator(_apart)
    ] = (DeskSettings(),)
    login: LoginSettings = LoginSettings()
    console: ConsoleSettings = ConsoleSettings()
    lamps: LampSettings = LampSettings()
    commands: CommandSettings = CommandSettings()
    status: StatusSettings = StatusSettings()
    gestures: GestureSettings = GestureSettings()
    acd: AcdSettings = AcdSettings()
    journal: JournalSettings = JournalSettings()
    service: ServiceSettings = ServiceSettings()
    web: WebSettings = WebSettings()

    @property
    def desk(self) -> DeskSettings:
        """The desk of settings that are of one desk, see `of`; else the first."""
        return self.desks[0]

    def of(self, desk: DeskSettings) -> "Settings":
        """Return these settings as those of one desk; everything else is shared."""
        return self.model_copy(update={"desks": (desk,)})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 the library fixes this signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the file alone: no environment, no `.env`, no secrets folder."""
        return (init_settings,)


def load_settings(path: Path | None) -> Settings:
    """Read the settings from `path`; the defaults when it is None.

    Raises UsageError with one sentence for every problem in the file: its line, table and key,
    what was found and what is allowed there.
    """
    if path is None:
        return Settings()
    file = read_toml(path)
    # First of all: a secret that others can read is none, whatever else the file says.
    refuse_readable_secrets(file, secrets_in(Settings.model_json_schema(), file.data))
    try:
        return Settings(**file.data)
    except ValidationError as error:
        raise refusal(path, problems(error, Settings, file.text)) from None


def user_settings_file() -> Path:
    """Return where this user's settings belong, whether there are any or not."""
    return platformdirs.user_config_path("calldeck", appauthor=False) / "calldeck.toml"
