"""Contacts that the agent begins: what the desk takes for the agent's own doing."""

from __future__ import annotations

import pytest
from tests.unit.desk.scene import Scene

from calldeck.desk import Call, Cause, Direction, Status

PLACED = Call("out-1", "", 1000, Direction.OUTBOUND)


@pytest.mark.parametrize("before", [Status.NOT_READY, Status.AVAILABLE])
@pytest.mark.parametrize(
    "cause", [Cause.CUSTOMER_NOT_REACHED, Cause.CUSTOMER_HUNG_UP, Cause.AGENT_HUNG_UP]
)
def test_a_call_placed_in_vain_is_no_forced_change(before: Status, cause: Cause) -> None:
    """The agent has heard it ring: nobody has to tell them that they are what they were before."""
    scene = Scene().starts(before)
    scene.fact(Status.RINGING, call=PLACED, cause=Cause.AGENT)
    scene.fact(before, cause=cause)
    assert scene.desk.forced is None


def test_a_supervisor_meanwhile_is_one() -> None:
    scene = Scene().starts(Status.NOT_READY)
    scene.fact(Status.RINGING, call=PLACED, cause=Cause.AGENT)
    scene.fact(Status.LOGGED_OUT, cause=Cause.SUPERVISOR)
    assert scene.desk.forced is not None
