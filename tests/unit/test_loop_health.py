"""The lag of the event loop: measured, told, and what the watchdog goes by."""

from __future__ import annotations

import asyncio

import pytest
from tests.clock import JumpingLoop, run

from calldeck.loop_health import BEAT_S, KEPT, LATE_MS, LoopHealth
from calldeck.supervision import watched_over


class Manager:
    """Stands for the one who watches over the process; the real one is in the system tests."""

    def __init__(self, watchdog_s: float | None) -> None:
        self.watchdog_s = watchdog_s
        self.fed: list[float] = []

    def alive(self) -> None:
        self.fed.append(asyncio.get_running_loop().time())

    def status(self, text: str) -> None: ...


def stall(seconds: float) -> None:
    """Keep the loop, as something that computes for too long does."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    loop.seconds += seconds


def test_a_loop_that_keeps_up_has_no_lag_and_a_stall_is_measured():
    async def story() -> None:
        late: list[float] = []
        health = LoopHealth(asyncio.get_running_loop().time, late.append)
        task = asyncio.create_task(health.run())
        await asyncio.sleep(10.05 * BEAT_S)
        assert health.beats == 10
        assert health.worst_ms == pytest.approx(0, abs=0.01)
        stall(0.8)
        await asyncio.sleep(3 * BEAT_S)
        assert late == [pytest.approx(800 - 95, abs=10)]
        assert late[0] >= LATE_MS
        assert health.figures()["lag_worst_ms"] == pytest.approx(late[0], abs=0.01)
        await asyncio.sleep((KEPT + 1) * BEAT_S)
        assert health.figures()["lag_p99_ms"] == pytest.approx(0, abs=0.01), "a minute ago"
        assert health.worst_ms == late[0]
        task.cancel()

    run(story())


def test_the_watchdog_is_fed_by_a_loop_that_turns_and_not_by_one_that_crawls():
    async def story() -> None:
        loop = asyncio.get_running_loop()
        manager = Manager(3.0)
        health = LoopHealth(loop.time, lambda _lag_ms: None)
        task = asyncio.create_task(watched_over([], health, manager))  # type: ignore[arg-type]
        began = loop.time()
        await asyncio.sleep(9.5)
        assert len(manager.fed) == 10
        # Ten seconds in which every turn of the loop takes almost a second.
        crawl_from = loop.time()
        while loop.time() < crawl_from + 10:
            stall(0.9)
            await asyncio.sleep(0.02)
        crawled = [at for at in manager.fed if crawl_from + 1 < at < loop.time()]
        assert crawled == []
        await asyncio.sleep(5)
        assert manager.fed[-1] > crawl_from + 10, "it is fed again when it keeps up again"
        assert manager.fed[0] - began < 0.2
        task.cancel()

    run(story())
