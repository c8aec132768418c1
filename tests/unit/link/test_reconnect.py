"""Trying again: how often, what cuts a wait short, and what is no news."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo
from tests.clock import run
from tests.system.peers import ConsoleOnPort
from tests.unit.link.rig import Recorder, Rig

from calldeck.errors import (
    CalldeckError,
    ConsoleInBootloader,
    ConsoleNotFound,
    ConsoleSilent,
    PortBusy,
    PortPermission,
)
from calldeck.link.event_loop import prepare_for_ports
from calldeck.link.plug_watch import ANY_PORT, Place
from calldeck.link.ports import ConsolePort, DiscoveredPort
from calldeck.link.reconnect import (
    RETRY_BLIND_S,
    RETRY_FIRST_S,
    RETRY_LONGEST_S,
    SETTLE_S,
    ConsoleKeeper,
    Pause,
)
from calldeck.link.session import HostSession, LinkSettings, SeenEdges
from calldeck.link.usb import PRODUCT_STRING, USB_PRODUCT, USB_VENDOR


def waits(error: CalldeckError, *, told: bool, count: int = 7) -> list[float]:
    pause = Pause()
    return [pause.after(error, told=told) for _ in range(count)]


def test_waits_grow_where_an_event_will_cut_them_short() -> None:
    told = waits(ConsoleNotFound("none"), told=True)
    assert told == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert (told[0], told[-1]) == (RETRY_FIRST_S, RETRY_LONGEST_S)


def test_waits_stay_short_where_only_trying_tells() -> None:
    assert waits(ConsoleNotFound("none"), told=False, count=4) == [0.25, 0.5, 0.5, RETRY_BLIND_S]
    assert waits(PortBusy("held"), told=True, count=4) == [0.25, 0.5, 0.5, RETRY_BLIND_S]


def test_waits_begin_anew_after_a_change() -> None:
    pause = Pause()
    for _ in range(5):
        pause.after(ConsoleSilent("silent"), told=True)
    pause.restart()
    assert pause.after(ConsoleSilent("silent"), told=True) == RETRY_FIRST_S


class Port:
    """A port at a place, which cannot be opened for the reason that `why` gives."""

    name = "console"

    def __init__(self, place: Place | None, why: Callable[[], CalldeckError]) -> None:
        self.place = place
        self.tries: list[float] = []
        self._why = why

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        self.tries.append(asyncio.get_running_loop().time())
        raise self._why()


@contextlib.asynccontextmanager
async def keeping(
    port: ConsolePort, listener: Recorder | None = None
) -> AsyncIterator[list[CalldeckError]]:
    """Try to connect for as long as the body runs; give what is reported."""
    numbers = itertools.count(1)
    listener = listener or Recorder()
    session = HostSession(LinkSettings({}, {}), listener, SeenEdges(), lambda: next(numbers))
    told: list[CalldeckError] = []
    keeper = ConsoleKeeper(session, port, told.append)
    task = asyncio.create_task(keeper.run(until_ready=asyncio.Event(), required=False))
    try:
        yield told
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 no event tells of everything
            await asyncio.sleep(0.005)


def test_a_new_reason_is_told_once() -> None:
    reasons: list[CalldeckError] = [ConsoleNotFound("a")] * 3
    reasons += [ConsoleInBootloader("b")] * 2 + [ConsoleNotFound("a")]

    async def test() -> None:
        left = iter(reasons)
        port = Port(None, lambda: next(left, reasons[-1]))
        async with keeping(port) as told:
            await until(lambda: len(port.tries) > len(reasons))
        assert [str(error) for error in told] == ["a", "b", "a"]

    run(test())


def test_a_port_that_may_not_be_opened_yet_is_no_news_and_tried_when_it_may(
    tmp_path: Path,
) -> None:
    """Udev gives the node to its user a moment after the kernel has made it."""
    node = tmp_path / "ttyACM0"

    def why() -> CalldeckError:
        if not node.exists():
            return ConsoleNotFound("none")
        if not node.stat().st_mode & stat.S_IWGRP:
            return PortPermission("not allowed")
        return ConsoleSilent("opened")

    async def test() -> None:
        loop = asyncio.get_running_loop()
        port = Port(Place(str(tmp_path), node.name), why)
        async with keeping(port) as told:
            await until(lambda: len(told) == 1)
            tries = len(port.tries)
            node.touch(0o600)
            await until(lambda: len(port.tries) > tries)
            began = loop.time()
            node.chmod(0o660)
            await until(lambda: len(told) == 2)
            assert loop.time() - began < RETRY_FIRST_S
        assert [str(error) for error in told] == ["none", "opened"]

    asyncio.run(test())


@pytest.mark.parametrize("kind", [PortPermission, PortBusy])
def test_a_port_that_stays_closed_is_news(tmp_path: Path, kind: type[CalldeckError]) -> None:
    node = tmp_path / "ttyACM0"

    async def test() -> None:
        loop = asyncio.get_running_loop()
        port = Port(
            Place(str(tmp_path), node.name),
            lambda: kind("closed") if node.exists() else ConsoleNotFound("none"),
        )
        async with keeping(port) as told:
            await until(lambda: len(told) == 1)
            node.touch()
            began = loop.time()
            await until(lambda: len(told) == 2)
            assert loop.time() - began >= SETTLE_S * 0.9
        assert [str(error) for error in told] == ["none", "closed"]

    asyncio.run(test())


def test_a_console_that_stays_away_is_tried_ever_more_seldom(tmp_path: Path) -> None:
    async def test() -> None:
        port = Port(Place(str(tmp_path), "console"), lambda: ConsoleNotFound("none"))
        async with keeping(port):
            await asyncio.sleep(600)
        waited = [later - earlier for earlier, later in itertools.pairwise(port.tries)]
        assert max(waited) == pytest.approx(RETRY_LONGEST_S)
        assert len(port.tries) < 600 / RETRY_LONGEST_S + 6

    run(test())


def test_a_lost_console_is_missed_once_but_its_bootloader_is_told() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            rig.keeper.connected()
            rig.console.unplug()
            await rig.until(lambda: bool(rig.listener.downs))
            await asyncio.sleep(5)
            assert rig.problems == []
            connect = rig.port.connect

            async def in_bootloader(factory: Callable[[], asyncio.Protocol]) -> None:
                raise ConsoleInBootloader("waits for firmware")

            rig.port.connect = in_bootloader  # type: ignore[method-assign]
            await asyncio.sleep(5)
            assert [type(problem) for problem in rig.problems] == [ConsoleInBootloader]
            rig.port.connect = connect  # type: ignore[method-assign]
            rig.console.plug()
            await rig.connected()

    run(test())


def test_a_console_known_by_its_usb_name_is_taken_when_its_node_appears(tmp_path: Path) -> None:
    node = tmp_path / "ttyACM0"

    def listing() -> list[ListPortInfo]:
        info = ListPortInfo(str(node))
        info.vid, info.pid, info.product = USB_VENDOR, USB_PRODUCT, PRODUCT_STRING
        return [info] if node.exists() else []

    async def test() -> None:
        loop = asyncio.get_running_loop()
        prepare_for_ports(loop)
        listener = Recorder()
        port = DiscoveredPort("", listing=listing, usb_devices=tmp_path)
        assert port.place == ANY_PORT
        port.place = Place(str(tmp_path), beginnings=ANY_PORT.beginnings)
        async with keeping(port, listener) as told:
            await until(lambda: bool(told))
            # By now the next try is a second away.
            await asyncio.sleep(0.8)
            began = loop.time()
            await asyncio.to_thread(console.plug)
            await until(lambda: bool(listener.ups))
            assert loop.time() - began < RETRY_FIRST_S
            assert port.name == str(node)

    with ConsoleOnPort(node) as console:
        asyncio.run(test())
