"""Rules broken on purpose: each must be caught by the invariant that is there for it.

A rule is broken by putting something else in the place of one name of the desk or the console.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from tests.model.runs import RUNS
from tests.model.search import Finding, search
from tests.model.world import Model

from calldeck.desk import (
    Gesture,
    PressOutcome,
    Status,
    Verb,
    acting,
    decisions,
    facts,
    lamps,
    machine,
    presses,
)
from calldeck.desk.commands import issue
from calldeck.desk.table import GESTURES, TRAITS, Ask
from calldeck_console.lamps import Lamps
from calldeck_console.microphone import Microphone


@dataclass(frozen=True)
class BrokenRule:
    """`caught_by`: the invariant. `what` of `where` gives way to `instead`, in the run `run`."""

    name: str
    caught_by: str
    run: str
    where: Any
    what: str
    instead: Any

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Break the rule for a while."""
        kept = self.where.__dict__[self.what]
        setattr(self.where, self.what, self.instead)
        try:
            yield
        finally:
            setattr(self.where, self.what, kept)

    def is_caught(self, finding: Finding) -> bool:
        """Tell whether the invariant that is there for it has found it."""
        return finding.broken is not None and finding.broken.rule == self.caught_by

    def search(self, most: int = 60_000) -> Finding:
        """Look for the violation."""
        with self.broken():
            return search(Model(RUNS[self.run]), most)


_settle, _end, _on_fact = machine._settle, machine.end, machine.on_agent_fact
_plain_lamps, _ask = lamps._status_lamps, acting._ask


def _no_guard(before: Any, desk: Any, now_ms: int) -> Any:
    return replace(desk, guard_until=None)


def _wait_for_ever(desk: Any, now_ms: int) -> Any:
    settled, results = _settle(replace(desk, wishes=()), now_ms)
    return replace(settled, wishes=desk.wishes), results


def _choose_for_ever(desk: Any, now_ms: int) -> Any:
    settled, results = _settle(replace(desk, choice=None), now_ms)
    return replace(settled, choice=desk.choice), results


def _believe_the_wish(desk: Any, profile: Any) -> Any:
    if any(wish.verb is Verb.HOLD for wish in desk.wishes):
        desk = replace(desk, status=Status.HELD)
    return _plain_lamps(desk, profile)


def _any_release_opens(self: Any, pressed: bool, ms: int, cough_ms: int) -> None:
    if pressed and not self.muted:
        self._set(True, 0)
    elif not pressed and self.muted:
        self._set(False, 0)


def _unmute(desk: Any, now_ms: int) -> Any:
    if desk.microphone is None or not desk.acd_mute_differs() or desk.mute_tried is not None:
        return desk, []
    desk, command = issue(desk, Verb.UNMUTE, now_ms)
    return replace(desk, mute_tried=desk.microphone.counter), [command]


def _end_twice(desk: Any, wish: Any, *how: Any) -> Any:
    desk, results = _end(desk, wish, *how)
    return desk, results + [one for one in results if isinstance(one, PressOutcome)]


def _hold_once_more(desk: Any, fact: Any, now_ms: int) -> Any:
    after, results = _on_fact(desk, fact, now_ms)
    if desk.cause and not desk.confirmed and after.confirmed and after.status is Status.TALKING:
        after, command = issue(after, Verb.HOLD, now_ms)
        results = [*results, command]
    return after, results


def _ask_twice(desk: Any, verb: Any, press: Any, now_ms: int) -> Any:
    desk, results = _ask(desk, verb, press, now_ms)
    desk, command = issue(desk, verb, now_ms, press=press)
    return desk, [*results, command]


_HANGS_UP = MappingProxyType({**GESTURES, (Status.TALKING, Gesture.HOLD_PRESS): Ask(Verb.HANG_UP)})
_AT_ONCE = MappingProxyType(
    {**TRAITS, Status.TALKING: replace(TRAITS[Status.TALKING], plans_due=frozenset(Verb))}
)

BROKEN_RULES: tuple[BrokenRule, ...] = (
    BrokenRule("a changed status is ignored", "acts_on_what_was_shown", "hold",
        acting, "_has_changed", lambda desk, button, shown: False),
    BrokenRule("a call that has come is not guarded", "guard_holds", "hold",
        facts, "_guard", _no_guard),
    BrokenRule("a command never times out", "pending_never_ends", "hold",
        machine, "_settle", _wait_for_ever),
    BrokenRule("a choice is never cancelled", "pending_never_ends", "status",
        machine, "_settle", _choose_for_ever),
    BrokenRule("lamps show a wish as confirmed", "only_facts_are_drawn", "hold by cable",
        lamps, "_status_lamps", _believe_the_wish),
    BrokenRule("the console's lease never ends", "lamps_say_what_is_so", "hold by cable",
        Lamps, "expire", lambda self, now: None),
    BrokenRule("any release of MUTE opens", "microphone_opens_by_hand", "microphone inline",
        Microphone, "edge", _any_release_opens),
    BrokenRule("the ACD is unmuted whatever the console says", "opens_only_what_is_open",
        "microphone inline", decisions, "_follow_microphone", _unmute),
    BrokenRule("HOLD hangs up", "no_button_ends_a_call", "hold",
        acting, "GESTURES", _HANGS_UP),
    BrokenRule("a plan does not wait for the end of the call", "no_button_ends_a_call",
        "status in a call", decisions, "TRAITS", _AT_ONCE),
    BrokenRule("two taps are a double tap in every status", "every_event_has_an_answer",
        "STATUS alone", presses, "acts_at_once", lambda desk, shown: desk.choice is not None),
    BrokenRule("a press ends twice", "every_edge_ends_once", "hold",
        machine, "end", _end_twice),
    BrokenRule("one press asks twice", "no_press_acts_twice", "status by cable",
        acting, "_ask", _ask_twice),
    BrokenRule("an edge that comes late acts", "no_press_acts_late", "hold by cable",
        Model, "expiry", 99),
    BrokenRule("a command is asked once more when the ACD is back",
        "nothing_is_asked_without_cause", "hold", machine, "on_agent_fact", _hold_once_more),
)  # fmt: skip
