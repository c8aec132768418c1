"""The lamp plan: what the console shall show now. Only what is confirmed is shown as so."""

from __future__ import annotations

from dataclasses import dataclass

from calldeck.desk.policy import QUEUE_LAMPS
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
from calldeck.desk.terms import Headset

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
    bar = _queue_bar(desk)
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
        confirmed_mute=_customer_cannot_hear(desk),
        call_active=traits.call or not desk.confirmed,
    )


def attention(desk: Desk, now_ms: int) -> Attention:
    """The most urgent thing the agent should know."""
    if not desk.confirmed:
        return Attention.FAULT
    if desk.feedback is not None and now_ms < desk.feedback.until_ms:
        return Attention.REFUSED
    if desk.must_act():
        return Attention.MUST_ACT
    if desk.help is not None and desk.help.acknowledged:
        return Attention.HELP_COMING
    waits = desk.choice is not None or desk.tap is not None
    if waits or desk.wishes or desk.plan is not None or desk.help is not None:
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


def _queue_bar(desk: Desk) -> list[str]:
    """Return the queue bar, from its first lamp on.

    While STATUS chooses it shows the choice: one lamp for the place of a reason, both ends for a
    logout, which no queue looks like.
    """
    if not desk.confirmed:
        return [OFF] * QUEUE_LAMPS
    if desk.choice is not None:
        place = desk.choice.place
        chosen = {place - 1} if place else {0, QUEUE_LAMPS - 1}
        return [STEADY if lamp in chosen else OFF for lamp in range(QUEUE_LAMPS)]
    waiting = desk.queue.waiting if desk.queue is not None else 0
    return [STEADY if waiting >= least else OFF for least in desk.policy.queue_thresholds]


def _customer_cannot_hear(desk: Desk) -> bool:
    """Whether the operating system or the ACD has confirmed that no customer hears the agent."""
    if desk.confirmed and desk.heard and desk.muted is True:
        return True
    return desk.policy.headset is Headset.USB and desk.system_mute.muted is True


__all__ = ["DEFAULT", "PATTERNS", "Attention", "LampPlan", "attention", "check_profile", "plan"]
