"""The lamp plan: what the console shall show now. Only what is confirmed is shown as so."""

from __future__ import annotations

from dataclasses import dataclass

from calldeck.desk.profile import (
    DEFAULT,
    OFF,
    PATTERNS,
    STEADY,
    Attention,
    Colour,
    Profile,
    check_profile,
)
from calldeck.desk.state import Desk
from calldeck.desk.table import TRAITS

CHANNELS: dict[Colour, frozenset[str]] = {
    Colour.RED: frozenset({"red"}),
    Colour.GREEN: frozenset({"green"}),
    Colour.BLUE: frozenset({"blue"}),
    Colour.AMBER: frozenset({"red", "green"}),
}


@dataclass(frozen=True, slots=True)
class LampPlan:
    """The whole picture: pattern names by lamp, and the two facts that travel with them.

    `confirmed_mute`: the ACD has confirmed that the customer does not hear the agent.
    `call_active`: a call is here, or may be: the console must not write its flash.
    """

    availability_red: str
    availability_green: str
    availability_blue: str
    hold: str
    attention: str
    queue1: str
    queue2: str
    queue3: str
    queue4: str
    queue5: str
    confirmed_mute: bool
    call_active: bool


def plan(desk: Desk, now_ms: int, profile: Profile = DEFAULT) -> LampPlan:
    """Draw the desk's lamps for this moment."""
    red, green, blue, hold = _status_lamps(desk, profile)
    lit = _queue_length(desk)
    bar = [STEADY if lamp < lit else OFF for lamp in range(5)]
    traits = TRAITS[desk.status]
    return LampPlan(
        availability_red=red,
        availability_green=green,
        availability_blue=blue,
        hold=hold,
        attention=profile.attention[attention(desk, now_ms)],
        queue1=bar[0],
        queue2=bar[1],
        queue3=bar[2],
        queue4=bar[3],
        queue5=bar[4],
        confirmed_mute=desk.confirmed and traits.microphone_followed and desk.muted is True,
        call_active=traits.call or not desk.confirmed,
    )


def attention(desk: Desk, now_ms: int) -> Attention:
    """The most urgent thing the agent should know."""
    if not desk.confirmed:
        return Attention.FAULT
    if desk.feedback is not None and now_ms < desk.feedback.until_ms:
        return Attention.REFUSED
    if desk.mute_disagrees():
        return Attention.MUST_ACT
    if desk.help is not None and desk.help.acknowledged:
        return Attention.HELP_COMING
    if desk.wishes or desk.plan is not None or desk.help is not None:
        return Attention.WISH
    return Attention.NONE


def _status_lamps(desk: Desk, profile: Profile) -> tuple[str, str, str, str]:
    if not desk.confirmed:
        return OFF, OFF, OFF, OFF
    light = profile.statuses[desk.status]
    lit = CHANNELS[light.colour]
    red, green, blue = (
        light.availability if channel in lit else OFF for channel in ("red", "green", "blue")
    )
    return red, green, blue, light.hold_overdue if desk.hold_overdue else light.hold


def _queue_length(desk: Desk) -> int:
    if not desk.confirmed or desk.queue is None:
        return 0
    waiting = desk.queue.waiting
    return sum(waiting >= threshold for threshold in desk.policy.queue_thresholds)


__all__ = ["DEFAULT", "PATTERNS", "Attention", "LampPlan", "attention", "check_profile", "plan"]
