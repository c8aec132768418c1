"""The desk: everything known about one agent's place, as plain data that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from calldeck.desk.events import QueueFact
from calldeck.desk.microphones import NEVER_TOLD, ConsoleMicrophone, Truth, calls_for_agent
from calldeck.desk.policy import Policy
from calldeck.desk.table import TRAITS
from calldeck.desk.terms import (
    VERB_BUTTON,
    Button,
    Call,
    Pending,
    Status,
    Verb,
    View,
    choosing,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A command the ACD has not answered yet; it times out at `deadline_ms`."""

    number: int
    verb: Verb
    press: str | None
    deadline_ms: int
    request: str | None = None
    """The request that caused it, where it was no press."""
    help: Help | None = None
    """What an ASSIST asks for, and in which matter: that may be over when the answer comes."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A refusal the agent is shown until `until_ms`."""

    until_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class ButtonDown:
    """A button that is down since `down_ms` of the console's time.

    `settled`: the press has its outcome, or acted already. `first`: the tap before it, where the
    two may become a double tap. `chose`: the press began a choice.
    """

    button: Button
    press: str
    shown: View | None
    settled: bool
    down_ms: int = 0
    first: str | None = None
    chose: bool = False


@dataclass(frozen=True, slots=True)
class TapWaiting:
    """A tap that waits for a second one; at `until_ms` it acts alone.

    `up_ms`: when the button was let go, in the console's time.
    """

    press: str
    shown: View | None
    up_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What STATUS is choosing, until `until_ms`: the reason at `place`, from 1; 0: a logout."""

    place: int
    until_ms: int

    @property
    def pending(self) -> str:
        """What a `View` says of it."""
        return choosing(self.place) if self.place else Pending.LOGOUT_OFFERED


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be asked of the ACD after this call: NOT_READY for a reason, or LOGOUT."""

    verb: Verb
    reason: str = ""

    @property
    def pending(self) -> Pending:
        """What a `View` says of it."""
        return Pending.LOGOUT if self.verb is Verb.LOGOUT else Pending.NOT_READY


@dataclass(frozen=True, slots=True)
class Forced:
    """A change that the agent did not make and has not acknowledged yet."""

    number: int
    before: Status
    after: Status
    reason: str
    cause: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Contact:
    """The last contact that this agent answered, and what they say of it.

    `disposition`: a code of the policy, empty while none is given.
    """

    call: Call
    unresolved: bool = False
    disposition: str = ""


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
    emergency: bool = False


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

    `status`, `reason`, `call`, `acd_mute`, `cause` are the ACD's last fact; they are true only
    while `confirmed`. `agent`: whose they are, empty while nobody was ever logged in. `microphone`
    is the console's, None while the console is away; `system_mute` the operating system's.
    """

    policy: Policy
    agent: str = ""
    status: Status = Status.LOGGED_OUT
    reason: str = ""
    call: Call | None = None
    cause: str = ""
    acd_up: bool = False
    confirmed: bool = False
    """The ACD is connected and has told the agent's status since."""
    turn: int = 0
    """Grows with every change of status or call and every loss of the ACD."""
    queue: QueueFact | None = None
    microphone: ConsoleMicrophone | None = None
    system_mute: Truth = NEVER_TOLD
    acd_mute: Truth = NEVER_TOLD
    wishes: tuple[Wish, ...] = ()
    feedback: Feedback | None = None
    downs: tuple[ButtonDown, ...] = ()
    tap: TapWaiting | None = None
    plan: Planned | None = None
    choice: Choice | None = None
    forced: Forced | None = None
    contact: Contact | None = None
    faults: tuple[str, ...] = ()
    """Equipment that is out of order, as `EquipmentFault.what` names it."""
    guard_until: int | None = None
    """A call has only just come: a press of STATUS or HOLD made before this does nothing. It is
    remembered until no press can come any more that was made before it."""
    login: Login = Login.DONE
    help: Help | None = None
    """Help the ACD has been told of; it ends with the call or status it was asked in."""
    unattended: tuple[Help, ...] = ()
    """Help that ended before anybody acknowledged it, the oldest first; the last few."""
    help_unheard: tuple[Help, ...] = ()
    """Help of an ASSIST that timed out; the ACD may yet acknowledge it, and no fact tells it."""
    mute_tried: int | None = None
    """Microphone counter for which the ACD was last asked to follow: once for each, in this call
    and in this life of the console."""
    mute_settles_at: int | None = None
    """A confirmed MUTE or UNMUTE whose fact may still be on its way until then."""
    hold_reminder_at: int | None = None
    hold_overdue: bool = False
    mute_reminder_at: int | None = None
    mute_overdue: bool = False
    """The agent is muted for longer than a cough takes: the customer waits without being told."""
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

    @property
    def muted(self) -> bool | None:
        """Whether the ACD keeps the agent's voice from the customer; None: it cannot tell."""
        return self.acd_mute.muted

    @property
    def heard(self) -> bool:
        """Whether a customer is connected on a channel that carries the agent's voice."""
        call = self.call
        return TRAITS[self.status].answered and (call is None or call.channel.has_voice)

    @property
    def guard_ends_at(self) -> int | None:
        """When a press made in the first moments of the call would be too old to act at all."""
        return None if self.guard_until is None else self.guard_until + self.policy.press_expiry_ms

    def guarded(self, at_ms: int) -> bool:
        """Whether a press made then was made in the first moments of the call."""
        return self.guard_until is not None and at_ms < self.guard_until

    @property
    def choosing_reason(self) -> bool:
        """Whether a reason for not ready is being chosen with STATUS."""
        return self.choice is not None and self.choice.place > 0

    def acd_mute_differs(self) -> bool:
        """Console and ACD differ during a call, and no command is about to mend it."""
        return (
            self.microphone is not None
            and self.muted is not None
            and self.microphone.muted != self.muted
            and self._mute_settled()
        )

    def mute_calls(self) -> bool:
        """Whether the truths about the microphone need the agent: they differ, or one is lost."""
        return self._mute_settled() and calls_for_agent(
            self.microphone, self.system_mute, self.acd_mute
        )

    def _mute_settled(self) -> bool:
        return (
            self.confirmed
            and self.heard
            and self.mute_settles_at is None
            and not self.unanswered(Button.MUTE)
        )

    def must_act(self) -> bool:
        """Whether something waits for the agent's hand."""
        return (
            self.forced is not None or self.mute_overdue or bool(self.faults) or self.mute_calls()
        )

    def view(self) -> View:
        """What the lamps of this moment mean to the agent."""
        pending: str | None = None
        if not self.confirmed:
            pending = Pending.UNCONFIRMED
        elif self.choice is not None:
            pending = self.choice.pending
        elif self.plan is not None:
            pending = self.plan.pending
        # What is not confirmed is not shown, nor that it has changed.
        forced = self.confirmed and self.forced is not None
        return View(self.status, self.call_id, pending, self.turn, forced)

    def next_deadline(self) -> int | None:
        """When `DeadlinePassed` is due, in host milliseconds; None when nothing is timed."""
        times = [wish.deadline_ms for wish in self.wishes]
        if self.feedback is not None:
            times.append(self.feedback.until_ms)
        if self.tap is not None:
            times.append(self.tap.until_ms)
        if self.choice is not None:
            times.append(self.choice.until_ms)
        others = (
            self.guard_ends_at,
            self.mute_settles_at,
            self.hold_reminder_at,
            self.mute_reminder_at,
        )
        times += [at_ms for at_ms in others if at_ms is not None]
        return min(times, default=None)
