"""The quick way to the next state is the library's, only quicker."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldeck.desk import Desk, Policy, Status, View
from calldeck.desk.changing import replace

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "agent": st.text(max_size=5),
        "status": st.sampled_from(list(Status)),
        "turn": st.integers(),
        "plan": st.none() | st.text(max_size=5),
    },
)


@given(CHANGES, CHANGES)
def test_it_gives_what_dataclasses_replace_gives(first: dict, second: dict) -> None:
    desk = Desk.start(Policy("1001"))
    quick, slow = replace(desk, **first), dataclasses.replace(desk, **first)
    assert quick == slow
    assert hash(quick) == hash(slow)
    assert replace(quick, **second) == dataclasses.replace(slow, **second)
    assert desk == Desk.start(Policy("1001")), "the old state is as it was"


def test_what_has_slots_is_copied_too_and_a_wrong_field_is_refused() -> None:
    view = View(Status.TALKING, "call-1", None, 3)
    assert replace(view, turn=4) == View(Status.TALKING, "call-1", None, 4)
    with pytest.raises(TypeError, match="Desk has no field colour"):
        replace(Desk.start(Policy("1001")), colour="red")  # type: ignore[call-arg]
    with pytest.raises(dataclasses.FrozenInstanceError):
        replace(Desk.start(Policy("1001")), turn=2).turn = 3  # type: ignore[misc]
