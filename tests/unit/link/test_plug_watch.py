"""Noticing a port: by the kernel's word and by looking, in folders that are not there yet too."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from calldeck.link.plug_watch import (
    ANY_PORT,
    BURST_S,
    POLL_S,
    Place,
    PlugWatch,
    any_port,
    nearest,
    place_of,
)

# By when it must have been noticed; what is not is waited for in vain for as long.
NOTICED_S = 2.0
VAIN_S = 3 * POLL_S


@pytest.fixture(params=[True, False], ids=["told", "looked for"])
def native(request: pytest.FixtureRequest) -> bool:
    if request.param and sys.platform != "linux":
        pytest.skip("inotify is Linux's")
    return bool(request.param)


def noticed(place: Place, act: Callable[[], object], *, native: bool, within_s: float) -> bool:
    """Say whether what is done at the place is noticed."""

    async def test() -> bool:
        with PlugWatch(place, native=native) as watch:
            asyncio.get_running_loop().call_soon(act)
            return await watch.changed(within_s)

    return asyncio.run(test())


def test_a_node_that_is_made(tmp_path: Path, native: bool) -> None:
    place = Place(str(tmp_path), "console")
    node = tmp_path / "console"
    assert noticed(place, node.touch, native=native, within_s=NOTICED_S)


def test_a_link_that_is_made(tmp_path: Path, native: bool) -> None:
    place = Place(str(tmp_path), "console")
    act = (tmp_path / "console").symlink_to
    assert noticed(place, lambda: act("/dev/null"), native=native, within_s=NOTICED_S)


def test_permissions_that_are_given(tmp_path: Path, native: bool) -> None:
    node = tmp_path / "console"
    node.touch(0o600)
    place = Place(str(tmp_path), "console")
    assert noticed(place, lambda: node.chmod(0o660), native=native, within_s=NOTICED_S)


def test_a_folder_that_is_not_there_yet(tmp_path: Path, native: bool) -> None:
    place = Place(str(tmp_path / "serial" / "by-id"), "console")
    act = (tmp_path / "serial" / "by-id").mkdir
    assert noticed(place, lambda: act(parents=True), native=native, within_s=NOTICED_S)


def test_any_port_by_the_beginning_of_its_name(tmp_path: Path, native: bool) -> None:
    place = Place(str(tmp_path), beginnings=ANY_PORT.beginnings)
    node = tmp_path / "ttyACM0"
    assert noticed(place, node.touch, native=native, within_s=NOTICED_S)


@pytest.mark.parametrize("name", ["other", "tt"])
def test_a_strangers_node_is_no_news(tmp_path: Path, native: bool, name: str) -> None:
    for place in (Place(str(tmp_path), "console"), Place(str(tmp_path), beginnings=("tty", "cu"))):
        assert not noticed(place, (tmp_path / name).touch, native=native, within_s=VAIN_S)


def test_a_node_that_goes_and_one_that_is_used_are_no_news(tmp_path: Path, native: bool) -> None:
    """Else our own tries would call for the next one."""
    node = tmp_path / "console"
    node.touch()
    place = Place(str(tmp_path), "console")

    def use() -> None:
        os.close(os.open(node, os.O_RDWR))
        node.unlink()

    assert not noticed(place, use, native=native, within_s=VAIN_S)


def test_what_appears_before_the_wait_counts(tmp_path: Path, native: bool) -> None:
    async def test() -> None:
        with PlugWatch(Place(str(tmp_path), "console"), native=native) as watch:
            (tmp_path / "console").touch()
            await asyncio.sleep(BURST_S)
            assert await watch.changed(NOTICED_S)

    asyncio.run(test())


def test_what_happens_while_it_rests_does_not(tmp_path: Path, native: bool) -> None:
    async def test() -> None:
        with PlugWatch(Place(str(tmp_path), "console"), native=native) as watch:
            watch.rest()
            (tmp_path / "console").touch()
            assert not await watch.changed(VAIN_S)

    asyncio.run(test())


def test_a_burst_of_notes_is_one_change(tmp_path: Path) -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with PlugWatch(Place(str(tmp_path), "console")) as watch:
            (tmp_path / "console").touch()
            (tmp_path / "console").chmod(0o660)
            assert await watch.changed(NOTICED_S)
        assert loop.time() - began >= BURST_S * 0.99

    asyncio.run(test())


def test_without_a_place_only_time_passes() -> None:
    async def test() -> None:
        with PlugWatch(None) as watch:
            assert not watch.tells
            assert not await watch.changed(0.01)

    asyncio.run(test())


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_a_user_without_watches_left_is_served_by_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's limit is all users' and must not be touched: the call is refused instead."""

    def refuse(_self: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("calldeck.link.inotify.Inotify.__init__", refuse)
    node = tmp_path / "console"
    place = Place(str(tmp_path), "console")
    assert noticed(place, node.touch, native=True, within_s=NOTICED_S)


def test_places(tmp_path: Path) -> None:
    assert nearest(Place(str(tmp_path / "a" / "b"), "c")) == Place(str(tmp_path), "a")
    assert nearest(Place(str(tmp_path), "c")) == Place(str(tmp_path), "c")
    assert place_of("socket://127.0.0.1:1") is None
    if sys.platform != "win32":
        assert place_of("/dev/ttyACM0") == Place("/dev", "ttyACM0")
        assert any_port() == ANY_PORT
