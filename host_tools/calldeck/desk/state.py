"""The desk: everything known about one agent's place, as plain data that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from calldeck.desk.events import QueueFact
from calldeck.desk.policy import Policy
from calldeck.desk.table import TRAITS
from calldeck.desk.terms import VERB_BUTTON, Button, Call, Pending, Status, Verb, View


@dataclass(frozen=True, slots=True)
class Wish:
    """A command the ACD has not answered yet; it times out at `deadline_ms`."""

    number: int
    verb: Verb
    press: str | None
    deadline_ms: int
    request: str | None = None
    """The request that caused it, where it was no press."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A refusal the agent is shown until `until_ms`."""

    until_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class ButtonDown:
    """A button that is down. `settled`: the press has its outcome, or acted on its press edge."""

    button: Button
    press: str
    shown: View | None
    settled: bool


@dataclass(frozen=True, slots=True)
class Microphone:
    """The console's own truth about its microphone."""

    muted: bool
    counter: int
    cause: str


@dataclass(frozen=True, slots=True)
class Help:
    """Help asked for in this status and call.

    `number`: the ASSIST that asked for it. `since_ms`: when it was asked for. `acknowledged`:
    the team leader is coming.
    """

    number: int
    status: Status
    call: str | None
    agent: str = ""
    since_ms: int = 0
    acknowledged: bool = False


@unique
class Login(StrEnum):
    """Where the login at start stands."""

    DUE = "due"
    DONE = "done"
    """Asked for, or not wanted, or somebody was logged in already: never again by itself."""
    FAILED = "failed"
    """Not confirmed: asked for again only by the agent, or after the next connection to the ACD."""


@dataclass(frozen=True)  # without slots: `changing.replace` copies it as a whole
class Desk:
    """One desk. Made by `Desk.start`, changed only by `step`.

    `status`, `reason`, `call`, `muted`, `cause` are the ACD's last fact; they are true only while
    `confirmed`. `agent`: whose they are, empty while nobody was ever logged in. `microphone` is the
    console's, None while the console is away.
    """

    policy: Policy
    agent: str = ""
    status: Status = Status.LOGGED_OUT
    reason: str = ""
    call: Call | None = None
    muted: bool | None = None
    cause: str = ""
    acd_up: bool = False
    confirmed: bool = False
    """The ACD is connected and has told the agent's status since."""
    turn: int = 0
    """Grows with every change of status or call and every loss of the ACD."""
    queue: QueueFact | None = None
    microphone: Microphone | None = None
    wishes: tuple[Wish, ...] = ()
    feedback: Feedback | None = None
    downs: tuple[ButtonDown, ...] = ()
    plan: str | None = None
    """Reason of the not ready planned for after this call."""
    login: Login = Login.DONE
    help: Help | None = None
    """Help the ACD has been told of; it ends with the call or status it was asked in."""
    unattended: tuple[Help, ...] = ()
    """Help that ended before anybody acknowledged it, the oldest first; the last few."""
    help_unheard: tuple[Help, ...] = ()
    """Help of an ASSIST that timed out; the ACD may yet acknowledge it, and no fact tells it."""
    mute_tried: tuple[str, int] | None = None
    """Call and microphone counter for which the ACD was last asked to follow: once for each."""
    mute_settles_at: int | None = None
    """A confirmed MUTE or UNMUTE whose fact may still be on its way until then."""
    hold_reminder_at: int | None = None
    hold_overdue: bool = False
    next_number: int = 1

    @classmethod
    def start(cls, policy: Policy) -> Desk:
        """A desk that knows nothing yet: no ACD, no console, nobody logged in."""
        if policy.login_at_start:
            return cls(policy=policy, agent=policy.agent, login=Login.DUE)
        return cls(policy=policy)

    @property
    def call_id(self) -> str | None:
        """Id of the call with this agent."""
        return self.call.id if self.call else None

    def unanswered(self, button: Button) -> bool:
        """Whether a command of this button still waits for the ACD's answer."""
        return any(VERB_BUTTON.get(wish.verb) is button for wish in self.wishes)

    def mute_disagrees(self) -> bool:
        """Console and ACD differ during a call, and no command is about to mend it."""
        return (
            self.confirmed
            and TRAITS[self.status].microphone_followed
            and self.microphone is not None
            and self.muted is not None
            and self.microphone.muted != self.muted
            and self.mute_settles_at is None
            and not self.unanswered(Button.MUTE)
        )

    def view(self) -> View:
        """What the lamps of this moment mean to the agent."""
        pending = Pending.NOT_READY if self.plan is not None else None
        if not self.confirmed:
            pending = Pending.UNCONFIRMED
        return View(self.status, self.call_id, pending, self.turn)

    def next_deadline(self) -> int | None:
        """When `DeadlinePassed` is due, in host milliseconds; None when nothing is timed."""
        times = [wish.deadline_ms for wish in self.wishes]
        if self.feedback is not None:
            times.append(self.feedback.until_ms)
        if self.mute_settles_at is not None:
            times.append(self.mute_settles_at)
        if self.hold_reminder_at is not None:
            times.append(self.hold_reminder_at)
        return min(times, default=None)
