"""What an adapter to an ACD is: one connection, at which each desk has a place of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from calldeck.desk import AcdCommand, Event

if TYPE_CHECKING:
    from calldeck.config import Settings

Sink = Callable[[Event], None]
"""Takes `AcdLink`, `AgentFact`, `QueueFact` and `CommandResult` events."""

Issued = Callable[[AcdCommand], None]
"""Called just before a command leaves: whoever keeps the ledger writes it down there."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Calls so far. offered = answered + abandoned + those still waiting or ringing."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0


@dataclass(frozen=True, slots=True)
class Seat:
    """A desk as the ACD sees it: its phone, who is expected there, and the queues served there.

    queues: empty: those that the ACD knows of the agent.
    """

    agent: str
    extension: str
    queues: tuple[str, ...] = ()


class Place(Protocol):
    """One desk's place at an ACD."""

    def issue(self, command: AcdCommand) -> None:
        """Send the command once, after calling the `issued` hook; return without waiting.

        The answer comes as `CommandResult`. A command issued while not connected never leaves: the
        `AcdLink(False)` that told so ends it.
        """

    def tell_again(self) -> None:
        """Tell the desk the whole truth as after a new connection; it may have missed some."""

    def leave(self) -> None:
        """Tell this desk nothing any more; the agent stays what they are at the ACD."""


class Acd(Protocol):
    """One connection to an ACD, for all desks of the daemon."""

    async def run(self) -> None:
        """Stay connected until cancelled.

        On every connection each place is told `AcdLink(True)` first, then the whole truth:
        `AgentFact` and `QueueFact`. `AcdLink(False)` when it is lost. A command is never repeated
        on its own. Raises AcdError when the ACD can never be reached this way (a wrong secret).
        """

    def place(self, seat: Seat, sink: Sink, issued: Issued) -> Place:
        """Give a desk its place, before the adapter runs or while it does.

        A desk that comes back is told of who is logged in at its phone, expected there or not.
        `sink` must neither raise nor wait: it is called for one desk after another.
        """


@runtime_checkable
class Phone(Protocol):
    """A place whose phone can be worked from here: ANSWER and HANG_UP are carried out."""

    @property
    def auto_answer_s(self) -> float | None:
        """The phone answers by itself after so much ringing; None: never."""

    def set_auto_answer(self, seconds: float | None) -> None:
        """Change that, also for a phone that rings already."""


@runtime_checkable
class PinVerifier(Protocol):
    """An ACD that may know its agents' PINs."""

    @property
    def verifies_pins(self) -> bool:
        """Whether it does; otherwise somebody else has to."""

    @property
    def demonstration(self) -> tuple[str, str] | None:
        """An id and a PIN that may be shown to anybody, where nothing is protected by them."""

    async def verify_pin(self, agent: str, pin: str) -> bool:
        """Tell whether this is the PIN of that agent. Never keep it, never log it."""


@runtime_checkable
class ScriptableAcd(Protocol):
    """An ACD with a world of its own, which can be told what happens next."""

    @property
    def counters(self) -> Counters:
        """Calls of that world so far."""

    def happen(self, name: str, arguments: Mapping[str, object], agent: str = "") -> None:
        """Let it happen now, to this agent where it is about one; empty: to the first.

        Raises UsageError when there is no such thing or it lacks sense.
        """

    def callers_from_script_only(self) -> None:
        """Make up no callers: they come by `happen("call", ...)`."""


class Factory(Protocol):
    """What an entry point of the group `calldeck.acd` names."""

    def __call__(self, settings: Settings, *, seed: int, speed: float) -> Acd:
        """Make the adapter that the settings describe; it connects in `run`.

        `seed` and `speed` are for worlds of our own making: the seed of everything random, and
        how many of their seconds pass in one real second.
        """
