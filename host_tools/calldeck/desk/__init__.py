"""The domain of one agent's desk, pure: events in, commands out, lamps to show.

No clock, no input or output, no other room of the house. `step` is the whole behaviour,
`lamps.plan` the whole picture, `table` the state machine to read.
"""

from calldeck.desk import lamps
from calldeck.desk.events import (
    AcdLink,
    AgentFact,
    Asked,
    CommandResult,
    ConsoleLink,
    DeadlinePassed,
    Edge,
    EdgesCancelled,
    Event,
    HelpAcknowledged,
    MicrophoneChanged,
    PressEnded,
    QueueFact,
)
from calldeck.desk.lamps import LampPlan
from calldeck.desk.machine import step
from calldeck.desk.policy import Policy
from calldeck.desk.results import (
    AcdCommand,
    CommandEnded,
    Note,
    NoteCode,
    PressOutcome,
    RequestEnded,
    Result,
)
from calldeck.desk.state import Desk, Help, Wish
from calldeck.desk.terms import (
    Button,
    Call,
    Cancelled,
    Headset,
    Noted,
    Outcome,
    Pending,
    PressEnd,
    Refusal,
    Status,
    Verb,
    View,
)

__all__ = [
    "AcdCommand",
    "AcdLink",
    "AgentFact",
    "Asked",
    "Button",
    "Call",
    "Cancelled",
    "CommandEnded",
    "CommandResult",
    "ConsoleLink",
    "DeadlinePassed",
    "Desk",
    "Edge",
    "EdgesCancelled",
    "Event",
    "Headset",
    "Help",
    "HelpAcknowledged",
    "LampPlan",
    "MicrophoneChanged",
    "Note",
    "NoteCode",
    "Noted",
    "Outcome",
    "Pending",
    "Policy",
    "PressEnd",
    "PressEnded",
    "PressOutcome",
    "QueueFact",
    "Refusal",
    "RequestEnded",
    "Result",
    "Status",
    "Verb",
    "View",
    "Wish",
    "lamps",
    "step",
]
