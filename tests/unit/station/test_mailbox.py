"""A desk's mailbox: in order, bounded, and no matter of anybody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from tests.clock import run

from calldeck.desk import AcdLink, Event, QueueFact
from calldeck.mailbox import CAPACITY, PER_TURN, Mailbox


class Desk:
    """Takes events; `broken`: fails at an event that says so many callers wait."""

    def __init__(self, broken: int = -1) -> None:
        self.broken = broken
        self.taken: list[Event] = []
        self.failures: list[Exception] = []
        self.missed = 0
        self.box = Mailbox(self.take, self.failures.append, self.ask)

    def take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, QueueFact) and event.waiting == self.broken:
                raise ZeroDivisionError("a bug")
            self.taken.append(event)

    def ask(self) -> None:
        self.missed += 1


def facts(count: int) -> list[QueueFact]:
    return [QueueFact(number, None) for number in range(count)]


@given(st.lists(st.integers(0, 70), max_size=6))
def test_all_arrive_in_order_and_none_at_once(bursts: list[int]) -> None:
    async def story() -> None:
        desk, sent = Desk(), list[Event]()
        for burst in bursts:
            for event in facts(burst):
                before = len(desk.taken)
                desk.box.put(event)
                sent.append(event)
                assert len(desk.taken) == before, "the adapter waited for a desk"
            await asyncio.sleep(0.001)
        assert desk.taken == sent
        assert desk.missed == 0

    run(story())


def test_one_turn_is_short_so_that_others_have_theirs() -> None:
    async def story() -> None:
        busy, other = Desk(), Desk()
        for event in facts(CAPACITY):
            busy.box.put(event)
        other.box.put(AcdLink(up=True))
        await asyncio.sleep(0)
        assert len(busy.taken) == PER_TURN
        assert other.taken == [AcdLink(up=True)]

    run(story())


def test_what_is_too_much_is_said_and_asked_for_again() -> None:
    async def story() -> None:
        desk = Desk()
        for event in facts(CAPACITY + 3):
            desk.box.put(event)
        assert desk.missed == 0
        await asyncio.sleep(0.01)
        assert desk.taken[0] == AcdLink(up=False)
        assert desk.taken[1:] == facts(CAPACITY + 3)[-2:]
        assert desk.missed == 1

    run(story())


def test_a_fault_ends_this_desks_events_and_no_others() -> None:
    async def story() -> None:
        broken, other = Desk(broken=2), Desk()
        for event in facts(5):
            broken.box.put(event)
            other.box.put(event)
        await asyncio.sleep(0.01)
        broken.box.put(AcdLink(up=True))
        await asyncio.sleep(0.01)
        assert broken.taken == facts(2)
        assert [type(error) for error in broken.failures] == [ZeroDivisionError]
        assert other.taken == facts(5)

    run(story())


def test_a_fault_of_asking_for_the_truth_is_told_too() -> None:
    async def story() -> None:
        desk = Desk()

        def ask() -> None:
            raise ZeroDivisionError("a bug")

        desk.box = Mailbox(desk.take, desk.failures.append, ask)
        for event in facts(CAPACITY + 1):
            desk.box.put(event)
        await asyncio.sleep(0.01)
        assert [type(error) for error in desk.failures] == [ZeroDivisionError]

    run(story())
