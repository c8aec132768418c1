"""What can happen to a desk. Times are whole milliseconds on one monotonic clock of the host."""

from __future__ import annotations

from dataclasses import dataclass

from calldeck.desk.policy import Policy
from calldeck.desk.terms import Button, Call, Outcome, Status, Verb, View


@dataclass(frozen=True, slots=True)
class Edge:
    """A button went down or up.

    `press`: the ledger's id of this edge. `console_ms`: the console's own time, modulo 2**30.
    `shown`: what the console displayed at that instant; None for link lost or an unknown picture.
    `age_ms`: how long ago that was when it reached the desk.
    """

    press: str
    button: Button
    pressed: bool
    console_ms: int
    shown: View | None
    age_ms: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """Evidence from the console that these buttons were still down at `console_ms`."""

    buttons: tuple[Button, ...]
    console_ms: int


@dataclass(frozen=True, slots=True)
class PressEnded:
    """An edge has ended before it reached the desk, and the agent is to be shown that.

    It came too late to act on, or an earlier daemon left it with a command whose answer
    nobody knows. `outcome` and `why` are handed back as the edge's `PressOutcome`.
    """

    press: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class EdgesCancelled:
    """Buttons are down whose release will not come, or came too late: those taps never act.

    `button`: the only one it concerns; None: all that are down, for the console's link dropped.
    """

    why: str
    button: Button | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody at a page or a program asks for something that no button of the console does.

    `request`: a name of theirs, handed back in `RequestEnded`. `verb`: one of `table.REQUESTS`.
    `agent`: who logs in, their PIN checked already; else empty. `reason`: for NOT_READY.
    """

    request: str
    verb: Verb
    agent: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ContactMarked:
    """The agent says something of their last contact; None: nothing new.

    `contact`: its call's id. `unresolved`: it is to be passed on. `disposition`: a code of the
    policy, given after the contact.
    """

    request: str
    contact: str
    unresolved: bool | None = None
    disposition: str | None = None


@dataclass(frozen=True, slots=True)
class ForcedAcknowledged:
    """The agent has seen the forced change with this number, on the page."""

    number: int


@dataclass(frozen=True, slots=True)
class HelpAcknowledged:
    """The team leader has taken note of the ASSIST with this number: help is coming."""

    number: int


@dataclass(frozen=True, slots=True)
class MicrophoneChanged:
    """The console's truth about its microphone; `counter` grows with every change."""

    muted: bool
    counter: int
    cause: str


@dataclass(frozen=True, slots=True)
class SystemMicrophone:
    """What the operating system says of the microphone; None: it does not know any more."""

    muted: bool | None


@dataclass(frozen=True, slots=True)
class EquipmentFault:
    """Something of the desk's equipment fails, or works again; `what` names it."""

    what: str
    present: bool


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """The employer's rules are others from now on."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class ConsoleLink:
    """The console came or went."""

    up: bool


@dataclass(frozen=True, slots=True)
class AcdLink:
    """The ACD came or went. After `up`, an `AgentFact` follows before anything is confirmed."""

    up: bool


@dataclass(frozen=True, slots=True)
class AgentFact:
    """The whole truth about this agent from the ACD; it replaces what the desk held before.

    `muted`: whether the ACD keeps the agent's voice from the customer; None: it cannot tell.
    `cause`: who or what brought the change. `agent`: whose truth it is; empty: of the agent whom
    the desk asked for.
    """

    status: Status
    reason: str
    call: Call | None
    muted: bool | None
    cause: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class QueueFact:
    """Callers waiting in a queue, by its name, and since when the first of them waits."""

    waiting: int
    oldest_since_ms: int | None
    queue: str = ""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The ACD's answer to one command; `words` are the ACD's own."""

    number: int
    outcome: Outcome
    words: str


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """`Desk.next_deadline()` is reached."""


Event = (
    Edge
    | Held
    | PressEnded
    | EdgesCancelled
    | Asked
    | ContactMarked
    | ForcedAcknowledged
    | HelpAcknowledged
    | MicrophoneChanged
    | SystemMicrophone
    | EquipmentFault
    | PolicyChanged
    | ConsoleLink
    | AcdLink
    | AgentFact
    | QueueFact
    | CommandResult
    | DeadlinePassed
)
