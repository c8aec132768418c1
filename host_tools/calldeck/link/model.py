"""What the link tells the room above it, and what that room hands down. Plain data."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from calldeck.link.console_flight import ConsoleFlight


@dataclass(frozen=True, slots=True)
class Welcome:
    """A console's answer to our hello.

    protocol: the version that both ends speak. previous: session before this one, 0 after a
    reboot of the console. unheard: edges since that boot that no session was there to
    hear. presses and overflow: press edges queued, and dropped by a full queue, since the
    console's power-up. restarted: where this console has started anew since the session before
    this one of the same daemon, why: power, pin, watchdog, exception, ordered (by us), elsewhere
    (by another program) or unknown; else empty.
    """

    protocol: int
    previous: int
    first_edge: int
    unheard: int
    presses: int
    overflow: int
    cause: int
    board: int
    firmware: tuple[int, int, int]
    serial: str
    boot: int
    restarted: str = ""


@dataclass(frozen=True, slots=True)
class ConsoleEdge:
    """One edge of one button, new to this daemon and to those before it.

    (birth, sequence) identify it for ever. ms: console time on the ring of 2**30.
    age_ms: how old it was at `at_ms` of the host's clock, by the best estimate; oldest_ms:
    how old it can have been then at the most. meaning: what the lamp state that was
    displayed at that instant meant, as given to `LampContent.meaning`; None where it was
    link lost, or a state of which this daemon knows nothing.
    """

    birth: int
    sequence: int
    button: int
    pressed: bool
    ms: int
    age_ms: int
    oldest_ms: int
    at_ms: float
    meaning: Hashable | None


@dataclass(frozen=True, slots=True)
class MicrophoneReport:
    """The console's truth about its microphone.

    counter: changes so far. cause: what made the last one: reset, button, host or plug.
    """

    counter: int
    muted: bool
    cause: str
    plugged: bool


@dataclass(frozen=True, slots=True)
class ConsoleFault:
    """A fault that the console reports.

    kind: stuck_button or input_repaired (detail: which), edge_overrun (detail: how many edges so
    far), edge_overflow (detail: how many edges, in how long), settings_lost (no detail).
    """

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class ConsoleStats:
    """Counters kept by the console; names as in the message table."""

    uptime_s: int
    free_heap: int
    presses: int
    overflow: int
    received: int
    sent: int
    lapses: int
    damaged: int
    unknown: int
    stale: int
    overrun: int
    unsaid: int
    repairs: int
    worst_loop_ms: int
    worst_collection_us: int


@dataclass(frozen=True, slots=True)
class SettingsReport:
    """The settings in force in a console.

    saved: whether its flash holds the same. writes: how often that was written. values: by
    SETTING_*. label: the name of the desk.
    """

    saved: bool
    writes: int
    values: Mapping[int, int]
    label: str


@dataclass(frozen=True, slots=True)
class LampContent:
    """A whole lamp state as the console is to show it.

    slots: one pattern slot per lamp, in the order of `messages.LAMPS_ORDER`. flags: as
    in the message table. meaning: what this state means to the agent; presses made
    while it is displayed come back with it. A change of any of the three is a new state.
    """

    slots: bytes
    flags: int
    meaning: Hashable


class Listener(Protocol):
    """The room above the link. Calls come from the event loop's thread, one at a time."""

    def console_up(self, welcome: Welcome) -> None:
        """A session has begun."""

    def console_down(self, why: str) -> None:
        """The session has ended; `why` is a sentence for people, empty where we ended it."""

    def edge(self, edge: ConsoleEdge) -> None:
        """Take an edge. It is acknowledged when this returns, so it must be on record by then."""

    def microphone(self, report: MicrophoneReport) -> None:
        """The microphone or the plug has changed, or a session has begun."""

    def held(self, buttons: int, ms: int, oldest_ms: int) -> None:
        """The buttons of this bitmap were down at console time `ms`, at most `oldest_ms` ago.

        Every edge before that has been passed on.
        """

    def fault(self, fault: ConsoleFault) -> None:
        """The console reports a fault."""

    def flight(self, flight: "ConsoleFlight") -> None:
        """What the console did before its watchdog or an error restarted it."""

    def stats(self, stats: ConsoleStats) -> None:
        """The console's counters, as asked for."""

    def settings(self, report: SettingsReport) -> None:
        """The console's settings: once in each session, and when they have been saved."""

    def log(self, level: int, text: str) -> None:
        """A log line of the console; `level` as in Python's logging."""
