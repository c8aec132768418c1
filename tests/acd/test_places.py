"""News of queues on their way to many desks: a few at a time, the newest in the end."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from tests.clock import run

from calldeck.acd import Seat
from calldeck.acd.simulated import SimulatedAcd, SimulatedSwitch, SwitchSettings
from calldeck.acd.simulated.places import QueueNews
from calldeck.desk import Event, QueueFact


def floor(count: int) -> tuple[SimulatedAcd, list[list[Event]]]:
    acd = SimulatedAcd(SimulatedSwitch(SwitchSettings(callers_per_minute=0)))
    told: list[list[Event]] = [[] for _desk in range(count)]
    for desk in range(count):
        acd.place(Seat(f"agent-{desk}", f"2{desk:03}"), told[desk].append, lambda _command: None)
    return acd, told


def waiting(events: list[Event]) -> list[int]:
    return [event.waiting for event in events if isinstance(event, QueueFact)]


def test_a_thousand_desks_are_told_in_turns_between_which_others_have_theirs() -> None:
    async def story() -> None:
        acd, told = floor(1_000)
        task = asyncio.create_task(acd.run())
        await asyncio.sleep(0.1)
        acd.happen("call", {"patience_s": 500.0})
        heard: list[int] = []
        for _turn in range(200):
            await asyncio.sleep(0)
            heard.append(sum(waiting(events) == [0, 1] for events in told))
        steps = [after - before for before, after in pairwise(heard)]
        assert heard[-1] == 1_000
        assert max(steps) <= QueueNews.PER_TURN
        task.cancel()

    run(story())


def test_whoever_is_behind_hears_the_newest_and_a_small_floor_everything() -> None:
    async def story() -> None:
        for count, everything in ((10, True), (500, False)):
            acd, told = floor(count)
            task = asyncio.create_task(acd.run())
            await asyncio.sleep(0.1)
            for _call in range(5):
                acd.happen("call", {"patience_s": 500.0})
            await asyncio.sleep(0.1)
            assert all(waiting(events)[-1] == 5 for events in told)
            assert all(waiting(events) == sorted(waiting(events)) for events in told)
            assert (waiting(told[-1]) == [0, 1, 2, 3, 4, 5]) is everything
            task.cancel()
            await asyncio.sleep(0)

    run(story())
