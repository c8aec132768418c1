"""Many desks in one daemon: each has its own, and a fault of one never touches another."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.clock import run
from tests.unit.service.test_pressing import Hand

from calldeck.acd.simulated import SimulatedAcd, create
from calldeck.config.options import Happening
from calldeck.config.settings import Settings
from calldeck.consoles.virtual import VirtualConsole
from calldeck.daemon import make_station, start
from calldeck.desk import Button, Status, Verb
from calldeck.desk_runner import AGAIN_FIRST_S, DeskRunner
from calldeck.journal.folders import desk_folder
from calldeck.journal.lines import FILE_NAME
from calldeck.journal.review import review
from calldeck.narration import Narrator
from calldeck.station import Station
from calldeck.supervision import farewell


class Floor:
    """A floor of desks with virtual consoles on one ACD connection."""

    def __init__(
        self,
        folder: Path,
        desks: list[dict[str, Any]],
        *,
        required: bool = False,
        **simulated: Any,
    ) -> None:
        quiet = {"callers_per_minute": 0.0, "talk_s": [600.0, 600.0], **simulated}
        self.settings = Settings.model_validate(
            {
                "desks": desks,
                "journal": {"folder": str(folder)},
                "acd": {"simulated": quiet},
            }
        )
        self.folder = folder
        self.lines: list[Happening] = []
        loop = asyncio.get_running_loop()
        self.acd: SimulatedAcd = create(self.settings, seed=1, speed=1.0)
        self.consoles: dict[str, VirtualConsole] = {}
        self.desks: dict[str, DeskRunner] = {}
        narrator = Narrator(self.lines.append, loop.time)
        for place, desk in enumerate(self.settings.desks):
            teller = narrator.of(desk.id)
            console = VirtualConsole(random_source=random.Random(place))
            make = self._maker(self.settings.of(desk), teller, place)
            self.consoles[desk.id] = console
            self.desks[desk.id] = DeskRunner(
                desk, make(), make, self.acd, console, teller, required=required, alone=False
            )

    def _maker(self, settings: Settings, narrator: Narrator, seed: int) -> Callable[[], Station]:
        source = random.Random(seed)

        def make() -> Station:
            return make_station(
                settings,
                narrator,
                folder=desk_folder(self.folder, settings.desk.id),
                random_source=source,
                wall_ms=lambda: round(1e12 + asyncio.get_running_loop().time() * 1000),
            )

        return make

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Floor]:
        async with asyncio.TaskGroup() as group:
            tasks = start(group, self.acd, self.desks.values())
            await self.until(lambda: all(desk.station.ready.is_set() for desk in self.all))
            await asyncio.sleep(0.5)
            yield self
            for task in tasks:
                task.cancel()
        for desk, console in zip(self.all, self.consoles.values(), strict=True):
            desk.close()
            console.close()
        await asyncio.sleep(0)

    @property
    def all(self) -> list[DeskRunner]:
        return list(self.desks.values())

    async def until(self, true: Callable[[], bool], within_s: float = 20) -> None:
        async with asyncio.timeout(within_s):
            while not true():  # noqa: ASYNC110 - jumped time, and no event tells of everything
                await asyncio.sleep(0.001)

    async def tap(self, desk: str, button: Button) -> None:
        await Hand(self.consoles[desk]).tap(button.name, 60)
        await asyncio.sleep(0.3)

    def status(self, desk: str) -> Status:
        return self.desks[desk].station.desk.status

    def statuses(self) -> list[Status]:
        return [desk.station.desk.status for desk in self.all]

    def presses(self, desk: str) -> list[tuple[str, str]]:
        ledger = review(desk_folder(self.folder, desk) / FILE_NAME)
        return [(press.edge.button, press.outcome) for press in ledger.presses]


def desks(count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"id": f"desk-{place}", "agent": f"10{place:02}", "extension": f"20{place}", **more}
        for place in range(1, count + 1)
    ]


def test_each_press_and_each_fact_stay_at_their_desk(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(3)).open() as floor:
            assert floor.statuses() == [Status.NOT_READY] * 3
            await floor.tap("desk-2", Button.STATUS)
            assert floor.statuses() == [Status.NOT_READY, Status.AVAILABLE, Status.NOT_READY]
            floor.acd.happen("call", {})
            await floor.until(lambda: floor.status("desk-2") is Status.TALKING)
            await floor.tap("desk-2", Button.HOLD)
            assert floor.status("desk-2") is Status.HELD
            assert floor.consoles["desk-2"].lit("hold")
            assert not floor.consoles["desk-1"].lit("hold")
            assert floor.presses("desk-2") == [("STATUS", "confirmed"), ("HOLD", "confirmed")]
            assert floor.presses("desk-1") == floor.presses("desk-3") == []

    run(story())


def test_a_call_rings_where_its_queue_is_served(tmp_path):
    async def story() -> None:
        two = desks(2)
        two[0]["queues"] = ["sales"]
        two[1]["queues"] = ["support", "sales"]
        async with Floor(tmp_path, two).open() as floor:
            floor.acd.happen("call", {"queue": "support"})
            floor.acd.happen("call", {"queue": "sales"})
            await asyncio.sleep(0.1)
            told = [desk.station.desk.queue for desk in floor.all]
            assert [(one.waiting, one.queue) for one in told if one] == [
                (1, "sales"),
                (2, "support, sales"),
            ]
            await floor.tap("desk-1", Button.STATUS)
            await floor.until(lambda: floor.status("desk-1") is Status.TALKING)
            call = floor.desks["desk-1"].station.desk.call
            assert call is not None
            assert call.queue == "sales"
            assert floor.status("desk-2") is Status.NOT_READY

    run(story())


def test_an_agent_takes_any_desk_but_not_two(tmp_path):
    async def story() -> None:
        three = desks(2) + desks(3, login="manual")[2:]
        async with Floor(tmp_path, three).open() as floor:
            free = floor.desks["desk-3"].station
            outcome, why = await free.ask(Verb.LOGIN, "1001")
            assert (outcome, why) == ("denied", "this agent is logged in at extension 201")
            assert await floor.desks["desk-1"].station.ask(Verb.LOGOUT) == ("confirmed", "")
            assert (await free.ask(Verb.LOGIN, "1001"))[0] == "confirmed"
            await asyncio.sleep(0.1)
            assert (free.desk.agent, free.desk.status) == ("1001", Status.NOT_READY)
            assert floor.status("desk-1") is Status.LOGGED_OUT
            assert floor.status("desk-2") is Status.NOT_READY

    run(story())


@pytest.mark.parametrize("where", ["event", "deadline", "edge"])
def test_a_bug_at_one_desk_is_its_own_and_it_begins_again(where, tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(3)).open() as floor:
            broken = floor.desks["desk-1"]
            first = broken.station

            def bug(*_anything: object) -> None:
                raise ZeroDivisionError("a bug")

            if where == "event":
                first._handle = bug  # type: ignore[method-assign]
                floor.acd.happen("call", {})
            elif where == "deadline":
                await floor.tap("desk-1", Button.HOLD)  # refused: shown for a while
                first._handle = bug  # type: ignore[method-assign]
            else:
                first._ledger.received = bug  # type: ignore[method-assign]
                floor.consoles["desk-1"].change(Button.HOLD, True)
            await floor.until(lambda: broken.station is not first)
            assert broken.failures == 1
            await floor.until(broken.station.ready.is_set)
            await asyncio.sleep(AGAIN_FIRST_S)
            for desk in ("desk-1", "desk-2", "desk-3"):
                await floor.tap(desk, Button.ASSIST)
                assert floor.presses(desk)[-1] == ("ASSIST", "confirmed"), desk
            downs = [line for line in floor.lines if "connection lost" in line.text]
            assert {line.desk for line in downs} <= {"desk-1"}
            told = [line.desk for line in floor.lines if line.kind == "problem"]
            assert told == ["desk-1"]

    with structlog.testing.capture_logs() as logs:
        run(story())
    (told,) = [entry for entry in logs if entry["event"] == "desk failed"]
    assert told["desk"] == "desk-1"
    assert "a bug" in repr(told["exc_info"]), "the log tells where it was"


def test_a_ledger_that_takes_nothing_stops_one_desk_alone(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(2)).open() as floor:
            station = floor.desks["desk-1"].station
            station._ledger.close()
            floor.consoles["desk-1"].change(Button.HOLD, True)
            await asyncio.sleep(0.5)
            assert not station.session.established
            await floor.tap("desk-2", Button.STATUS)
            assert floor.presses("desk-2") == [("STATUS", "confirmed")]
            station._ledger._closed = False
            await floor.until(lambda: station.session.established)
            # The press was not acknowledged: it came again, and was too late to act.
            await floor.until(lambda: floor.presses("desk-1") != [])

    run(story())


def test_a_lost_acd_is_told_at_every_desk(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(20)).open() as floor:
            floor.acd.disconnect()
            await asyncio.sleep(0.1)
            assert not any(desk.station.desk.confirmed for desk in floor.all)
            floor.acd.reconnect()
            await asyncio.sleep(0.1)
            assert all(desk.station.desk.confirmed for desk in floor.all)
            assert floor.statuses() == [Status.NOT_READY] * 20

    run(story())


def test_who_watches_a_desk_cannot_harm_it(tmp_path):
    class Broken:
        def bug(self, *_anything: object) -> None:
            raise ZeroDivisionError("a bug of the page")

        stepped = pressed = press_ended = changed = bug

    async def story() -> None:
        async with Floor(tmp_path, desks(2)).open() as floor:
            watched = floor.desks["desk-1"]
            watched.watch(Broken())
            first = watched.station
            await floor.tap("desk-1", Button.STATUS)
            floor.acd.happen("call", {})
            await floor.until(lambda: floor.status("desk-1") is Status.TALKING)
            await floor.tap("desk-1", Button.HOLD)
            assert floor.presses("desk-1") == [("STATUS", "confirmed"), ("HOLD", "confirmed")]
            assert watched.station is first
            assert watched.failures == 0

    with structlog.testing.capture_logs() as logs:
        run(story())
    told = [entry["at"] for entry in logs if entry["event"] == "watcher failed"]
    assert sorted(told) == ["bug"], "each kind once"


def test_a_desk_that_fails_at_the_end_leaves_the_others_theirs(tmp_path):
    async def story() -> None:
        async with Floor(tmp_path, desks(3)).open() as floor:
            station = floor.desks["desk-1"].station
            station._handle = bug  # type: ignore[method-assign]
            station.session.ask_stats = bug  # type: ignore[method-assign]
            station.session.end_lamps = bug  # type: ignore[method-assign]
            told: list[str] = []
            teller = Narrator(lambda line: told.append(line.text), lambda: 0.0)
            await farewell(floor.all, teller, logout=True)
            assert told == ["1 agent stays logged in at the ACD"]
            await asyncio.sleep(0.12)
            agents = floor.acd.switch.agents
            assert [agents[name].status for name in ("1002", "1003")] == [Status.LOGGED_OUT] * 2
            leased = [console.state.lamps.leased for console in floor.consoles.values()]
            assert leased == [True, False, False]

    def bug(*_anything: object) -> None:
        raise ZeroDivisionError("a bug")

    run(story())
