"""The station at work: late edges, what was not shown, a full disk, and the figures."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import Any

import pytest
from tests.clock import run
from tests.unit.station.place import Killed, Place

from calldeck.desk import Button, Status, Verb
from calldeck.errors import JournalError
from calldeck.link.session import HostSession, SeenEdges

HOLD, STATUS, ASSIST, MUTE = Button.HOLD, Button.STATUS, Button.ASSIST, Button.MUTE


async def away(place: Place, seconds: float) -> None:
    """Pull the cable for so long; what is pressed meanwhile waits in the console."""
    place.console.unplug()
    await asyncio.sleep(seconds)
    place.console.plug()


# --- late ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("away_s", "acts"), [(0.2, True), (2.0, False)])
def test_an_old_edge_is_put_on_record_and_counted_but_never_acts(
    away_s: float, acts: bool, tmp_path: Path
) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            station = place.daemon.station
            place.console.unplug()
            place.console.change(HOLD, True)
            await asyncio.sleep(away_s)
            place.console.plug()
            await place.until(lambda: bool(place.presses(HOLD)))
            place.console.change(HOLD, False)
            await asyncio.sleep(1)
            press = place.presses(HOLD)[-1]
            received = next(
                line
                for line in place.lines()
                if line["line"] == "received" and line["press"] == press
            )
            assert received["expired"] is not acts
            assert received["shown"]["status"] == "talking"
            assert len(place.acted(press)) == acts
            ending = ("confirmed", "") if acts else ("expired", "expired")
            assert place.outcomes(press) == [ending]
            assert station.tally.expired == (not acts)
            assert station.tally.refused == 0
            assert station.session.account.counts().lost == 0
            place.check_ledger()

    run(test())


def test_a_late_release_ends_its_tap_without_acting(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            # The press arrives; then nothing is heard of the console for 2 s, which is not
            # long enough to be taken for gone.
            place.console.change(STATUS, True)
            await asyncio.sleep(0.05)
            transport = place.console._transport
            assert transport is not None
            deliver, kept = transport.deliver, []
            transport.deliver = kept.append  # type: ignore[method-assign]
            place.console.change(STATUS, False)
            await asyncio.sleep(2)
            transport.deliver = deliver  # type: ignore[method-assign]
            for data in kept:
                deliver(data)
            await asyncio.sleep(1)
            press = place.presses(STATUS)[-1]
            assert place.outcomes(press) == [("cancelled", "expired")]
            assert place.acted(press) == []
            assert place.daemon.station.desk.status is Status.NOT_READY
            assert place.daemon.station.session.welcome is not None
            assert place.daemon.station.tally.expired == 0  # a count of presses, not of releases
            place.check_ledger()

    run(test())


# --- not shown -----------------------------------------------------------------------------


@pytest.mark.parametrize("button", [HOLD, STATUS, ASSIST])
def test_a_press_made_on_link_lost_is_refused(button: Button, tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            await away(place, 2.5)
            assert not place.console.state.lamps.leased
            await place.tap(button)
            await place.until(lambda: bool(place.presses(button)))
            await asyncio.sleep(1)
            press = place.presses(button)[-1]
            assert place.outcomes(press) == [("refused", "not_shown")]
            assert place.acted(press) == []
            assert place.daemon.station.tally.refused == 1
            place.check_ledger()

    run(test())


def test_a_tap_torn_by_a_lost_link_never_acts(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            place.console.change(STATUS, True)
            await asyncio.sleep(0.05)
            await away(place, 0.2)
            await place.ready()
            place.console.change(STATUS, False)
            await asyncio.sleep(1)
            press = place.presses(STATUS)[-1]
            assert place.outcomes(press) == [("cancelled", "console_link_down")]
            assert place.acted(press) == []
            place.check_ledger()

    run(test())


def test_the_desk_knows_the_microphone_again_after_each_loss_of_the_console(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            station = place.daemon.station
            for _ in range(2):
                assert station.desk.microphone is not None
                await away(place, 1)
                assert station.desk.microphone is None
                await place.until(lambda: station.desk.microphone is not None)

    run(test())


# --- the disk ------------------------------------------------------------------------------


class FullDisk:
    """Refuses the writing of lines of one kind, for so many times."""

    def __init__(self, place: Place, kind: str, times: int) -> None:
        self.left = times
        ledger = place.daemon.ledger
        write = ledger._write

        def full(line: dict[str, object]) -> None:
            mine = line["line"] == kind and line["press"] is not None
            if mine and self.left:
                self.left -= 1
                raise JournalError(os.strerror(errno.ENOSPC))
            write(line)

        ledger._write = full  # type: ignore[method-assign]


def test_a_press_that_cannot_be_put_on_record_comes_again_and_acts_once(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            station = place.daemon.station
            disk = FullDisk(place, "received", 2)
            await place.tap(HOLD)
            await place.until(lambda: not disk.left)
            await place.ready()
            await asyncio.sleep(1)
            press = place.presses(HOLD)[-1]
            assert len(place.acted(press)) == 1
            assert place.outcomes(press)[0][0] == "confirmed"
            counts = station.session.account.counts()
            assert (counts.sent, counts.delivered, counts.duplicated) == (2, 2, 0)
            whys = [told.detail for told in place.daemon.told if told.kind == "console"]
            assert os.strerror(errno.ENOSPC) in whys
            place.check_ledger()

    run(test())


def test_a_command_that_cannot_be_put_on_record_never_leaves(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            station = place.daemon.station
            FullDisk(place, "issued", 1)
            await place.tap(HOLD)
            await asyncio.sleep(0.5)
            press = place.presses(HOLD)[-1]
            assert place.acted(press) == []
            assert place.outcomes(press) == [("denied", os.strerror(errno.ENOSPC))]
            assert station.desk.feedback is not None
            # The link goes on, and so does the desk.
            assert station.session.established
            await place.tap(HOLD)
            await place.status(Status.HELD)
            counts = station.session.account.counts()
            assert (counts.sent, counts.delivered, counts.duplicated) == (3, 3, 0)
            place.check_ledger()

    run(test())


def test_an_end_that_cannot_be_put_on_record_stops_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            station = place.daemon.station
            FullDisk(place, "outcome", 1_000)
            for status in (Status.HELD, Status.TALKING):
                await place.tap(HOLD)
                await place.status(status)
            # The ACD stays silent: the deadline passes, and the desk still sees to it.
            place.daemon.acd.happen("silent", {"for_s": 60.0})
            await place.tap(HOLD)
            await place.until(lambda: station.tally.commands["timed_out"] == 1)
            await place.until(lambda: station.desk.feedback is None)
            place.console.unplug()
            await place.until(lambda: station.desk.microphone is None)
            assert not any(task.done() for task in place.daemon.tasks)
            assert any(told.kind == "problem" for told in place.daemon.told)

    run(test())


# --- figures -------------------------------------------------------------------------------


def test_latencies_are_those_of_presses_alone(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            station = place.daemon.station
            await place.tap(MUTE)
            await asyncio.sleep(0.5)
            await place.tap(HOLD)
            await place.status(Status.HELD)
            await place.tap(STATUS)  # a plan: nothing leaves
            await asyncio.sleep(0.5)
            verbs = [item.command.verb for item in place.submitted]
            assert Verb.LOGIN in verbs
            assert Verb.UNMUTE in verbs or Verb.MUTE in verbs
            by_press = [item for item in place.submitted if item.command.press is not None]
            latency = station.tally.latency_ms
            assert len(latency["press_to_received"]) == 4
            assert len(latency["press_to_issued"]) == len(by_press) == 2
            assert len(latency["press_to_confirmed"]) == 2
            assert all(0 <= value < 20 for value in latency["press_to_confirmed"])
            assert station.tally.commands["confirmed"] == len(place.submitted)

    run(test())


def test_what_the_desk_wishes_in_the_same_instant_is_no_latency_of_a_press(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            station = place.daemon.station
            station._origin_ms = place.now - 5
            await place.tap(STATUS)
            before = {name: len(values) for name, values in station.tally.latency_ms.items()}
            station._origin_ms = place.now - 5
            place.daemon.acd.happen("call", {})
            await place.status(Status.TALKING)  # the ACD's mute follows the console's
            assert place.submitted[-1].command.press is None
            after = {name: len(values) for name, values in station.tally.latency_ms.items()}
            assert after == before

    run(test())


# --- rules broken on purpose ---------------------------------------------------------------


class ForgetsTheLedger(HostSession):
    """A link that does not know what earlier daemons have put on record."""

    def __init__(self, settings: Any, listener: Any, _seen: SeenEdges, numbers: Any) -> None:
        super().__init__(settings, listener, SeenEdges(), numbers)


async def dies_before_its_acknowledgement(place: Place) -> None:
    """An edge is on record, but the daemon dies before the console hears of it."""
    await place.talking()
    daemon = place.daemon
    received = daemon.ledger.received

    def deadly(edge: object) -> None:
        received(edge)  # type: ignore[arg-type]
        daemon.kill()
        raise Killed

    daemon.ledger.received = deadly  # type: ignore[method-assign]
    place.console.change(HOLD, True)
    await place.until(lambda: not daemon.alive)
    place.start()
    await place.ready()
    place.console.change(HOLD, False)
    await asyncio.sleep(1)
    counts = place.daemon.station.session.account.counts()
    assert (counts.duplicated, counts.lost) == (0, 0)
    place.check_ledger()


@pytest.mark.parametrize("broken", [False, True])
def test_an_edge_of_an_earlier_daemons_ledger_is_known_again(
    broken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            if not broken:
                await dies_before_its_acknowledgement(place)
                return
            monkeypatch.setattr("calldeck.station.HostSession", ForgetsTheLedger)
            with pytest.raises(AssertionError):
                await dies_before_its_acknowledgement(place)
            assert place.daemon.station.session.account.duplicated == 1

    run(test())
