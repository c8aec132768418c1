"""What an earlier daemon left in the ledger: which presses may still act, once, and which are over.

Pure: the ledger has been read already, and time is passed in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from calldeck.desk import (
    Button,
    Edge,
    EdgesCancelled,
    Event,
    Outcome,
    PressEnded,
    Status,
    View,
)
from calldeck.desk.presses import RING
from calldeck.journal.lines import Received
from calldeck.journal.recovery import OpenPress, Recovery

EXPIRED = "expired"
RESTARTED = "daemon_restarted"


@dataclass(frozen=True, slots=True)
class Ended:
    """A press that must not act any more, and its outcome."""

    press: str
    outcome: str
    why: str


def sort(recovery: Recovery) -> tuple[list[Ended], list[OpenPress]]:
    """Tell the edges that are over from those that may still act once.

    Issued without an outcome: nobody knows what became of it, and it is never issued again. A tap
    without its release is cancelled, as on any loss of the link; one that may be the second of two
    is cancelled by the desk, which knows whether the first may still act alone.
    """
    over: list[Ended] = []
    may_act: list[OpenPress] = []
    for item in recovery.open:
        edge = item.received
        if edge.expired or edge.button not in Button.__members__:
            over.append(Ended(edge.press, EXPIRED, EXPIRED))
        elif not edge.pressed or edge.button == Button.MUTE.name:
            over.append(Ended(edge.press, "noted", RESTARTED))
        elif (
            item.issued
            or edge.button == Button.HOLD.name
            or item.released is not None
            or any(not one.issued and _is_tap(one, edge.button) for one in may_act)
        ):
            may_act.append(item)
        else:
            over.append(Ended(edge.press, "cancelled", RESTARTED))
    return over, may_act


def events(items: list[OpenPress], wall_ms: int, expiry_ms: int) -> Iterator[Event]:
    """Give what the presses mean to the desk at this wall-clock time."""
    for item in items:
        edge = item.received
        if item.issued:
            yield PressEnded(edge.press, Outcome.UNKNOWN.value, RESTARTED)
            continue
        last = item.released or edge
        since = wall_ms - item.at_ms
        # A wall clock that was set back proves nothing about its age: then it is too old.
        if since < 0 or since + last.age_ms > expiry_ms:
            yield PressEnded(edge.press, EXPIRED, EXPIRED)
            continue
        button = Button[edge.button]
        age_ms = since + last.age_ms + _apart(edge, last)
        yield Edge(edge.press, button, True, edge.console_ms, view(edge.shown), age_ms)
        if item.released is not None:
            up = item.released
            yield Edge(up.press, button, False, up.console_ms, None)
        elif button is not Button.HOLD:
            yield EdgesCancelled(RESTARTED, button)


def _is_tap(item: OpenPress, button: str) -> bool:
    return item.received.button == button and item.released is not None


def _apart(press: Received, release: Received) -> int:
    """Return the milliseconds between the two edges, by the console's clock."""
    return (release.console_ms - press.console_ms) % RING


def shown(view: View) -> dict[str, str | None]:
    """Return what the ledger keeps of a view."""
    told = {"status": view.status.value, "call": view.call, "pending": view.pending}
    return {**told, "forced": "yes"} if view.forced else told


def view(told: Mapping[str, str | None] | None) -> View | None:
    """Return the view that a ledger line tells of, None where it tells of none we know."""
    if told is None or told.get("status") not in set(Status):
        return None
    return View(
        Status(told["status"] or ""),
        told.get("call"),
        told.get("pending"),
        forced=told.get("forced") == "yes",
    )
