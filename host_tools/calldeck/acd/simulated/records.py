"""The simulated switch's data: settings, callers, agents, and what it reports.

All times are seconds of the switch's own clock, which starts at 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique

from calldeck.desk import Channel, Direction, Outcome, Status


@dataclass(frozen=True, slots=True)
class SwitchSettings:
    """How the small call centre works. Raises ValueError when a value makes no sense."""

    queue: str = "support"
    """The queue of callers and agents that name none."""
    callers_per_minute: float = 12.0
    """Mean rate of made-up callers, all queues together; 0: none."""
    answer_after_s: float | None = 2.0
    """The agent's phone answers after so much ringing; None: only by a happening."""
    talk_s: tuple[float, float] = (8.0, 25.0)
    """Shortest and longest time the customer talks, hold not counted."""
    patience_s: float = 30.0
    """A caller not answered by then hangs up; counted from the arrival."""
    ring_no_answer_s: float = 20.0
    """A call rings no longer at one agent: it returns to the queue."""
    after_call_work_s: float = 20.0
    """After-call work ends by itself after this; 0: only when the agent ends it."""
    processing_s: float = 0.005
    """From the arrival of a command to its answer."""
    offer_after_s: float = 0.2
    """An agent who becomes available is offered a waiting call no sooner than this, as real
    distributors do it; it lets a planned not ready come first."""

    def __post_init__(self) -> None:
        for name in ("callers_per_minute", "after_call_work_s", "processing_s", "offer_after_s"):
            value: float = getattr(self, name)
            if value < 0:
                raise ValueError(f"{name} is {value}: it cannot be less than 0")
        for name in ("patience_s", "ring_no_answer_s"):
            value = getattr(self, name)
            if value <= 0:
                raise ValueError(f"{name} is {value}: it must be more than 0 s")
        if self.answer_after_s is not None and self.answer_after_s < 0:
            raise ValueError(f"answer_after_s is {self.answer_after_s}: it cannot be less than 0")
        shortest, longest = self.talk_s
        if not 0 < shortest <= longest:
            raise ValueError(f"talk_s is {list(self.talk_s)}: give the shortest, then the longest")


@unique
class CallerState(StrEnum):
    """Where a customer is. The first two are waiting; the last three are ends."""

    QUEUED = "queued"
    RINGING = "ringing"
    CALLED = "called"
    """An agent has placed a call, which rings at the customer's."""
    WITH_AGENT = "with_agent"
    SERVED = "served"
    ABANDONED = "abandoned"
    NOT_REACHED = "not_reached"


@dataclass(slots=True, eq=False)
class Caller:
    """One customer. `number` stays in here: neither a report nor a representation shows it."""

    id: str
    number: str = field(repr=False)
    queue: str
    arrived_s: float
    talk_s: float
    """Talk time left, hold not counted."""
    place: int
    """How many callers came before: of two who wait, the smaller one waits longer."""
    channel: Channel = Channel.VOICE
    direction: Direction = Direction.INBOUND
    state: CallerState = CallerState.QUEUED
    talking_since_s: float | None = None
    agent: Agent | None = None
    """At whom the call rings, or who talks."""


@dataclass(slots=True, eq=False)
class Agent:
    """One agent as the switch knows them. `queues`: the waiting work they serve."""

    id: str
    extension: str
    queues: tuple[str, ...]
    status: Status = Status.LOGGED_OUT
    reason: str = ""
    caller: Caller | None = None
    call_since_s: float = 0.0
    muted: bool = False
    cause: str = ""
    available_since_s: float = 0.0
    after_call: tuple[Status, str, str] | None = None
    """Status, reason and cause a supervisor set during a call: they come after it."""
    before_call: tuple[Status, str] = (Status.AVAILABLE, "")
    """Status and reason before the call that the agent has placed."""


@dataclass(frozen=True, slots=True)
class CallReport:
    """The call at an agent, without its caller; `queue` is empty where it came from none."""

    id: str
    queue: str
    since_s: float
    direction: Direction = Direction.INBOUND
    channel: Channel = Channel.VOICE


@dataclass(frozen=True, slots=True)
class AgentReport:
    """The whole truth about one agent."""

    at_s: float
    agent: str
    status: Status
    reason: str
    call: CallReport | None
    muted: bool
    cause: str


@dataclass(frozen=True, slots=True)
class QueueReport:
    """Callers in a queue, those ringing at an agent not counted; the longest waits since then."""

    at_s: float
    queue: str
    waiting: int
    oldest_since_s: float | None


@dataclass(frozen=True, slots=True)
class CommandReport:
    """The answer to a command of one agent's desk, on the line the command came by."""

    at_s: float
    line: int
    agent: str
    number: int
    outcome: Outcome
    words: str


Report = AgentReport | QueueReport | CommandReport
