"""Inputs: bounce is swallowed, taps are not, stuck buttons are told."""

import random

from hypothesis import given
from hypothesis import strategies as st

from calldeck_console.buttons import STUCK_MS, STUCK_MUTE_MS, Inputs
from calldeck_wire.modular import MODULUS, add


def edges_of(changes: list[tuple[int, bool]], until: int) -> list[tuple[int, bool]]:
    """Feed raw changes of one input as the core does; return the edges that count."""
    inputs = Inputs()
    edges: list[tuple[int, bool]] = []
    pending = list(changes)
    for now in range(until):
        while pending and pending[0][0] <= now:
            ms, level = pending.pop(0)
            if inputs.change(1, level, ms, (0, 0)):
                edges.append((ms, inputs.level[1]))
        if inputs.settle(1, now):
            edges.append((inputs.raw_ms[1], inputs.level[1]))
    return edges


def test_bounce_is_one_edge_at_its_first_contact() -> None:
    bouncing = [(5, True), (6, False), (7, True), (8, False), (9, True)]
    assert edges_of(bouncing, 100) == [(5, True)]


def test_a_tap_shorter_than_the_bounce_time_is_a_press_and_a_release() -> None:
    assert edges_of([(5, True), (9, False)], 100) == [(5, True), (9, False)]


def test_release_bounce_too() -> None:
    changes = [(5, True), (50, False), (52, True), (53, False)]
    assert edges_of(changes, 100) == [(5, True), (50, False)]


@given(st.integers(0, 1 << 32))
def test_edges_alternate_and_end_at_the_level_of_the_line(seed: int) -> None:
    chance = random.Random(seed)
    changes, now, level = [], 0, False
    for _ in range(30):
        now += chance.choice([1, 1, 2, 3, 30])
        level = not level
        changes.append((now, level))
    edges = edges_of(changes, now + 50)
    assert [level for _ms, level in edges] == [place % 2 == 0 for place in range(len(edges))]
    assert bool(edges and edges[-1][1]) == level


def test_a_stuck_button_is_told_once_after_its_time() -> None:
    inputs = Inputs()
    start = MODULUS - 100
    assert inputs.change(1, True, start, (0, 0))
    assert inputs.change(0, True, start, (0, 0))
    assert not inputs.newly_stuck(1, add(start, STUCK_MS - 1))
    assert inputs.newly_stuck(1, add(start, STUCK_MS))
    assert not inputs.newly_stuck(1, add(start, STUCK_MS + 500))
    assert not inputs.newly_stuck(0, add(start, STUCK_MUTE_MS - 1))
    assert inputs.newly_stuck(0, add(start, STUCK_MUTE_MS))
    assert inputs.pressed() == 0b11


def test_a_contact_that_bounces_for_the_whole_time_is_one_edge() -> None:
    """From 100.95 to 110.05 are 9.1 ms, though their whole milliseconds are ten apart."""
    inputs = Inputs()
    assert inputs.change(1, True, 100, (1, 1))
    for level, ms in ((False, 104), (True, 105), (False, 110), (True, 110)):
        assert not inputs.change(1, level, ms, (1, 1))
    assert not inputs.settle(1, 110)
    assert not inputs.settle(1, 111)
    assert inputs.change(1, False, 112, (1, 1))
