"""Calls that agents place: they ring at the customer's, and never stand in a queue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from calldeck.acd.simulated.records import Agent, CallerState
from calldeck.desk import Cause, Channel, Status

if TYPE_CHECKING:
    from calldeck.acd.simulated.switch import SimulatedSwitch

CAN_PLACE = (Status.NOT_READY, Status.AVAILABLE)


def is_placed(agent: Agent) -> bool:
    """Tell whether the agent's call rings at a customer's."""
    return agent.caller is not None and agent.caller.state is CallerState.CALLED


def place_call(switch: SimulatedSwitch, agent: Agent, number: str, channel: Channel) -> None:
    """Let the agent place a call; nothing happens to one who is not logged in or busy.

    A customer who does not answer within `ring_no_answer_s` leaves the agent what they were.
    """
    if agent.status not in CAN_PLACE:
        return
    customer = switch.customer(number, channel)
    customer.state, customer.agent = CallerState.CALLED, agent
    switch.callers[customer.id] = customer
    agent.before_call = agent.status, agent.reason
    agent.caller, agent.call_since_s = customer, switch.now_s
    switch.change(agent, Status.RINGING, cause=Cause.AGENT)
    not_reached = partial(end_placed, switch, agent, Cause.CUSTOMER_NOT_REACHED)
    switch.at(switch.now_s + switch.settings.ring_no_answer_s, f"ring {agent.id}", not_reached)


def end_placed(switch: SimulatedSwitch, agent: Agent, cause: str) -> None:
    """Let a call end that the customer has not answered; nothing happens when there is none.

    What a supervisor has set meanwhile comes now, else what was before.
    """
    customer = agent.caller
    if customer is None or not is_placed(agent):
        return
    switch.stop_ringing(agent)
    customer.state, customer.agent = CallerState.NOT_REACHED, None
    del switch.callers[customer.id]
    status, reason = agent.before_call
    if agent.after_call is not None:
        status, reason, cause = agent.after_call
    agent.caller, agent.after_call = None, None
    switch.change(agent, status, reason=reason, cause=cause)
