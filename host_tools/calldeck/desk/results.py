"""What a step of the desk hands back: commands for the ACD, ends of presses, notes for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from calldeck.desk.terms import Outcome, Verb


@dataclass(frozen=True, slots=True)
class AcdCommand:
    """One wish for the ACD, to be issued exactly once.

    `call`: the call it is meant for, if any; the ACD must deny it for another one.
    `agent`: whose status it is about; for LOGIN, who is to be logged in.
    `argument`: the reason for LOGIN and NOT_READY, else empty.
    `press`: ledger id of the press edge that caused it; None when it was no press.
    """

    number: int
    verb: Verb
    agent: str
    call: str | None
    argument: str
    press: str | None


@dataclass(frozen=True, slots=True)
class PressOutcome:
    """The one final outcome of one edge: a `PressEnd` or an `Outcome`.

    `why`: a code of `Refusal`, `Noted` or `Cancelled`, or the ACD's words.
    """

    press: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """The one final outcome of one request; `outcome` and `why` as in `PressOutcome`."""

    request: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class CommandEnded:
    """The one outcome of one command. `words`: the ACD's own, or a code where it said nothing."""

    number: int
    verb: Verb
    outcome: Outcome
    words: str


@unique
class NoteCode(StrEnum):
    """What a note is about."""

    STATUS = "status"
    ACD_LINK = "acd_link"
    PLAN = "plan"
    HOLD_REMINDER = "hold_reminder"
    MUTE_REMINDER = "mute_reminder"
    CONTACT = "contact"
    CHOICE = "choice"
    ACKNOWLEDGED = "acknowledged"
    EQUIPMENT = "equipment"


@dataclass(frozen=True, slots=True)
class Note:
    """Something the journal keeps.

    `text` is plain English; `code` and `details` let a page say it in a person's language.
    """

    text: str
    code: NoteCode
    details: tuple[tuple[str, str], ...] = ()


Result = AcdCommand | CommandEnded | PressOutcome | RequestEnded | Note
