"""A desk that has failed: what is seen of it meanwhile, and with what it begins again."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from tests.clock import run
from tests.unit.service.test_pressing import Hand
from tests.unit.station.test_many_desks import Floor, desks

from calldeck.desk import Button, Status, Verb
from calldeck.desk_runner import AGAIN_FIRST_S, AGAIN_LONGEST_S, DeskRunner
from calldeck.journal.lines import Received
from calldeck.service.pressing import Pressing
from calldeck.station import Station
from calldeck.watching import Unwatched


def bug(*_anything: object) -> None:
    raise ZeroDivisionError("a bug")


async def fail(floor: Floor, desk: str = "desk-1") -> Station:
    """Let a bug end the present life of a desk; return the station of that life."""
    runner = floor.desks[desk]
    station, failures = runner.station, runner.failures
    station._handle = bug  # type: ignore[method-assign]
    floor.acd.tell(station.acd)  # type: ignore[arg-type]
    await floor.until(lambda: runner.failures > failures)
    return station


async def again(floor: Floor, failed: Station, desk: str = "desk-1") -> DeskRunner:
    """Wait until the desk has begun again and works."""
    runner = floor.desks[desk]
    await floor.until(lambda: runner.station is not failed, within_s=2 * AGAIN_LONGEST_S)
    await floor.until(runner.station.ready.is_set)
    await asyncio.sleep(AGAIN_FIRST_S)
    return runner


def test_a_ledger_that_cannot_be_had_again_is_told_and_waited_for(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(2)).open() as floor:
            folder = tmp_path / "desks" / "desk-1"
            failed = await fail(floor)
            folder.rename(tmp_path / "elsewhere")
            folder.write_text("no folder")
            await asyncio.sleep(10)
            told = [line.text for line in floor.lines if "cannot be written" in line.text]
            assert len(told) == 1, "once, and not at every try"
            assert str(folder) in told[0]
            await floor.tap("desk-2", Button.STATUS)
            assert floor.presses("desk-2") == [("STATUS", "confirmed")]
            folder.unlink()
            (tmp_path / "elsewhere").rename(folder)
            await again(floor, failed)
            await floor.tap("desk-1", Button.ASSIST)
            assert floor.presses("desk-1") == [("ASSIST", "confirmed")]

    run(story())


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files as Linux shows them")
def test_trying_to_begin_again_leaves_no_file_open(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(2)).open() as floor:
            before = len(os.listdir("/proc/self/fd"))
            unreadable = tmp_path / "desks" / "desk-1" / "presses.1.jsonl"
            unreadable.mkdir()
            failed = await fail(floor)
            await asyncio.sleep(200)
            assert floor.desks["desk-1"].station is failed
            assert len(os.listdir("/proc/self/fd")) == before - 1
            unreadable.rmdir()
            await again(floor, failed)

    run(story())


def test_until_it_begins_again_nothing_is_claimed_and_nothing_leaves(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(2)).open() as floor:
            failed = await fail(floor)
            del failed._handle  # type: ignore[method-assign]
            await asyncio.sleep(AGAIN_FIRST_S / 2)
            runner = floor.desks["desk-1"]
            assert not runner.station.desk.confirmed
            assert not runner.station.desk.acd_up
            assert await runner.station.ask(Verb.READY) == ("refused", "acd_down")
            runner = await again(floor, failed)
            assert runner.station.desk.confirmed
            assert runner.station.desk.status is Status.NOT_READY

    run(story())


def test_settings_read_at_work_hold_in_the_next_life_too(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(2)).open() as floor:
            lamps = floor.settings.lamps.model_copy(update={"refusal_ms": 5000})
            runner = floor.desks["desk-1"]
            runner.apply(floor.settings.of(runner.desk).model_copy(update={"lamps": lamps}))
            assert runner.station.desk.policy.refusal_ms == 5000
            await again(floor, await fail(floor))
            assert runner.station.desk.policy.refusal_ms == 5000
            assert floor.desks["desk-2"].station.desk.policy.refusal_ms == 2000

    run(story())


def test_a_console_that_had_answered_may_be_away_when_its_desk_begins_again(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(2), required=True).open() as floor:
            console = floor.consoles["desk-1"]
            failed = await fail(floor)
            console.unplug()
            await floor.until(lambda: floor.desks["desk-1"].station is not failed)
            await asyncio.sleep(2)
            assert floor.desks["desk-1"].console_answered, "a run of --for asks"
            await floor.tap("desk-2", Button.STATUS)
            assert floor.presses("desk-2") == [("STATUS", "confirmed")]
            console.plug()
            await again(floor, failed)

    run(story())


def test_the_end_of_the_run_ends_a_desk_that_fails_while_it_ends(tmp_path):
    async def story() -> None:
        async with asyncio.timeout(60):
            async with Floor(tmp_path, desks(2)).open() as floor:
                floor.desks["desk-1"].station._handle = bug  # type: ignore[method-assign]

    run(story())


def test_who_has_logged_in_at_a_desk_is_still_there_when_it_begins_again(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(2)).open() as floor:
            runner = floor.desks["desk-1"]
            await runner.station.ask(Verb.LOGOUT)
            assert (await runner.station.ask(Verb.LOGIN, "1077"))[0] == "confirmed"
            await asyncio.sleep(0.3)
            await floor.tap("desk-1", Button.STATUS)
            await again(floor, await fail(floor))
            desk = runner.station.desk
            assert (desk.agent, desk.status) == ("1077", Status.AVAILABLE)
            assert floor.acd.switch.agents["1001"].status is Status.LOGGED_OUT
            floor.acd.happen("call", {})
            await floor.until(lambda: floor.status("desk-1") is Status.TALKING)
            await floor.tap("desk-1", Button.HOLD)
            assert floor.status("desk-1") is Status.HELD

    run(story())


def test_a_press_from_the_page_is_not_waited_for_when_its_desk_fails(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(2)).open() as floor:
            runner = floor.desks["desk-1"]
            pressing = Pressing(Hand(floor.consoles["desk-1"]), outcome_s=3.0)

            class Page(Unwatched):
                def pressed(self, edge: Received) -> None:
                    pressing.pressed(edge)

                def press_ended(self, press: str, outcome: str, why: str) -> None:
                    pressing.press_ended(press, outcome, why)

            runner.watch(Page())
            floor.acd.switch.silent_until_s = 1e9
            tapping = asyncio.create_task(pressing.tap("STATUS", 60))
            await floor.until(lambda: bool(runner.station.desk.wishes))
            failed = await fail(floor)
            async with asyncio.timeout(0.1):
                press = await tapping
            assert (press.outcome, press.why) == ("unknown", "daemon_restarted")
            assert pressing._open == {}
            floor.acd.switch.silent_until_s = 0.0
            await again(floor, failed)
            assert floor.presses("desk-1") == [("STATUS", "unknown")]

    run(story())
