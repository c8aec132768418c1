"""A cable with a loose contact, for a whole shift: nothing is left of any connection."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tests.clock import run
from tests.leftovers import nothing_left_behind
from tests.system.peers import ConsoleOnPort
from tests.unit.link.rig import Recorder, Rig, lamps, timers_of_ours

from calldeck.link.event_loop import prepare_for_ports
from calldeck.link.model import Welcome
from calldeck.link.ports import SerialPort
from calldeck.link.reconnect import ConsoleKeeper
from calldeck.link.session import HostSession, LinkSettings, SeenEdges

# By then everything that keeps the last so many of something has them.
SETTLED = 400
# A single forgotten object of some size for each connection would be far beyond it.
MOST_GROWTH_BYTES = 32_000


@pytest.fixture(autouse=True)
def _nothing_is_logged() -> Iterator[None]:
    """What the tests print is kept until they end, and would be taken for growth."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


class Loose(Recorder):
    """Pulls the cable as soon as the console has answered, and puts it back when it is missed.

    What a Recorder keeps is thrown away: it is the test's and no link's.
    """

    def __init__(self, until: int) -> None:
        super().__init__()
        self.connections = 0
        self.done = asyncio.Event()
        self.rig: Rig | None = None
        self._until = until

    def console_up(self, welcome: Welcome) -> None:
        assert self.rig is not None
        self.connections += 1
        self.edges.clear()
        self.microphones.clear()
        self.rig.numbers.clear()
        self.rig.keeper.connected()
        loop = asyncio.get_running_loop()
        if self.connections >= self._until:
            self.done.set()
        else:
            loop.call_later(0.05, self._press_and_pull, self.rig)

    def _press_and_pull(self, rig: Rig) -> None:
        rig.show(lamps(self.connections))
        rig.console.change(1, True)
        rig.console.change(1, False)
        rig.console.unplug()

    def console_down(self, why: str) -> None:
        assert self.rig is not None
        self.rig.console.plug()


def memory() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@contextlib.contextmanager
def traced() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "count", [1_500, pytest.param(10_000, marks=[pytest.mark.full, pytest.mark.timeout(600)])]
)
def test_nothing_grows_with_the_number_of_connections(count: int) -> None:
    async def test() -> None:
        # As after a long shift: the identities of edges are remembered up to a number.
        rig = Rig(seen=SeenEdges([(number, 2 * number) for number in range(70_000, 75_000)]))
        loose = Loose(SETTLED)
        loose.rig = rig
        rig.listener = loose
        rig.session._listener = loose
        tasks = asyncio.all_tasks()
        with nothing_left_behind(quick=True):
            async with rig.open():
                await loose.done.wait()
                before, timers = memory(), len(timers_of_ours())
                loose._until = count
                loose.done.clear()
                rig.console.unplug()
                await loose.done.wait()
                grown = memory() - before
                assert len(timers_of_ours()) == timers
                assert len(asyncio.all_tasks() - tasks) == 1
            assert asyncio.all_tasks() == tasks
        assert rig.port.connections == count
        assert grown < MOST_GROWTH_BYTES, f"{grown} bytes in {count - SETTLED} connections"

    with traced():
        run(test())


class Counter(Recorder):
    """Tells of each connection and each loss."""

    def __init__(self) -> None:
        super().__init__()
        self.ups_and_downs: asyncio.Queue[str] = asyncio.Queue()

    def console_up(self, welcome: Welcome) -> None:
        self.ups_and_downs.put_nowait("up")

    def console_down(self, why: str) -> None:
        self.ups_and_downs.put_nowait("down")


@pytest.mark.parametrize(
    "count", [40, pytest.param(400, marks=[pytest.mark.full, pytest.mark.timeout(600)])]
)
def test_nothing_is_left_of_connections_over_real_ports(count: int, tmp_path: Path) -> None:
    async def test() -> None:
        prepare_for_ports(asyncio.get_running_loop())
        counter = Counter()
        numbers = iter(range(1, 1 << 20))
        session = HostSession(LinkSettings({}, {}), counter, SeenEdges(), lambda: next(numbers))
        problems: list[Exception] = []
        keeper = ConsoleKeeper(session, SerialPort(str(console.path)), problems.append)
        keeping = keeper.run(until_ready=asyncio.Event(), required=False)
        async with asyncio.timeout(count), asyncio.TaskGroup() as group:
            task = group.create_task(keeping)
            seen = set()
            for _ in range(count):
                await asyncio.to_thread(console.plug)
                assert await counter.ups_and_downs.get() == "up"
                keeper.connected()
                # Descriptors: as many at each connection; threads: those of the pool.
                seen.add(len(os.listdir("/proc/self/fd")))
                await asyncio.to_thread(console.unplug)
                assert await counter.ups_and_downs.get() == "down"
            task.cancel()
        assert len(problems) <= 1, "before the first connection: there is no port"
        assert max(seen) - min(seen) <= 2, seen

    with nothing_left_behind(), ConsoleOnPort(tmp_path / "console") as console:
        threads = threading.active_count()
        asyncio.run(test())
        assert threading.active_count() == threads
