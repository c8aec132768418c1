"""Gestures from the console's core to the ACD, and what the ledger keeps of the desk's changes."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from tests.clock import run
from tests.unit.station.place import Killed, Place, kill_at

from calldeck.config.settings import Settings
from calldeck.desk import Button, Policy, Status
from calldeck.desk_policy import policy_of

STATUS, ASSIST = Button.STATUS, Button.ASSIST


def notes(place: Place, about: str) -> list[dict[str, str]]:
    """What the ledger's notes of this kind say."""
    lines = [line for line in place.lines() if line["line"] == "note" and line["about"] == about]
    return [line["details"] for line in lines]


def verbs(place: Place) -> list[tuple[str, str]]:
    """What reached the switch since the login."""
    return [(one.command.verb.value, one.command.argument) for one in place.submitted[1:]]


def test_the_settings_defaults_are_the_policys() -> None:
    assert policy_of(Settings()) == Policy(agent="1001")


def test_a_long_press_is_seen_while_it_lasts(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            place.console.change(STATUS, True)
            await place.until(lambda: place.daemon.station.desk.choosing_reason, within_s=0.75)
            assert place.console.state.inputs.down == 1 << STATUS
            place.console.change(STATUS, False)
            await asyncio.sleep(0.2)
            await place.tap(STATUS)
            await place.tap(STATUS, ms=700)
            await place.until(lambda: place.daemon.station.desk.reason == "lunch")
            assert verbs(place) == [("not_ready", "lunch")]
            place.check_ledger()

    run(test())


def test_an_emergency_is_called_while_the_button_is_down(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            place.console.change(ASSIST, True)
            await asyncio.sleep(1.95)
            assert verbs(place) == []
            await asyncio.sleep(0.2)
            assert [verb for verb, _argument in verbs(place)] == ["emergency"]
            place.console.change(ASSIST, False)

    run(test())


def test_evidence_that_comes_late_is_none(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            station = place.daemon.station
            place.console.change(STATUS, True)
            await asyncio.sleep(0.05)
            down = station.desk.downs[0]
            station.held(1 << STATUS, down.down_ms + 700, 1501)
            assert station.desk.choice is None
            station.held(1 << STATUS, down.down_ms + 700, 1500)
            assert station.desk.choosing_reason

    run(test())


def test_a_press_of_an_earlier_session_does_not_become_a_long_one(tmp_path: Path) -> None:
    """The link dropped while it was down: it is cancelled, however long it is held."""

    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            place.console.change(ASSIST, True)
            await asyncio.sleep(0.1)
            place.console.unplug()
            await asyncio.sleep(0.1)
            place.console.plug()
            await asyncio.sleep(4)
            place.console.change(ASSIST, False)
            await asyncio.sleep(0.2)
            assert place.outcomes(place.presses(ASSIST)[-1]) == [("cancelled", "console_link_down")]
            assert verbs(place) == []

    run(test())


def test_every_change_of_status_is_on_record_with_its_cause(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            force: dict[str, Any] = {"status": "available", "cause": "duty manager"}
            place.daemon.acd.happen("force", force)
            await place.status(Status.AVAILABLE)
            assert place.daemon.station.desk.forced is not None
            await place.tap(Button.MUTE)
            assert place.daemon.station.desk.forced is None
            last = notes(place, "status")[-1]
            assert (last["from"], last["to"]) == ("not_ready", "available")
            assert (last["cause"], last["forced"]) == ("duty manager", "True")
            assert notes(place, "acknowledged")[-1]["by"] == place.presses(Button.MUTE)[-1]

    run(test())


def test_a_stuck_button_calls_until_it_comes_up(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            place.console.change(Button.HOLD, True)
            await place.until(lambda: bool(place.daemon.station.desk.faults), within_s=25)
            assert place.daemon.station.desk.faults == ("stuck_button HOLD",)
            place.console.change(Button.HOLD, False)
            await place.until(lambda: not place.daemon.station.desk.faults, within_s=1)
            assert [note["present"] for note in notes(place, "equipment")] == ["True", "False"]

    run(test())


@pytest.mark.parametrize("unresolved", [True, False])
def test_what_is_said_of_a_contact_is_on_record(tmp_path: Path, unresolved: bool) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.talking()
            call = place.daemon.station.desk.call_id
            assert call is not None
            marked = place.daemon.station.mark_contact
            assert await marked(call, unresolved=unresolved, disposition=None) == (
                "noted",
                "contact_marked",
            )
            assert await marked("other", unresolved=True, disposition=None) == (
                "refused",
                "no_such_contact",
            )
            assert [note["unresolved"] for note in notes(place, "contact")] == [str(unresolved)]

    run(test())


@pytest.mark.parametrize("reasons", [("break", "lunch"), ()])
def test_reasons_that_change_under_a_choice_end_it(
    tmp_path: Path, reasons: tuple[str, ...]
) -> None:
    async def test() -> None:
        place = Place(tmp_path)
        async with place.open():
            await place.ready()
            station = place.daemon.station
            await place.tap(STATUS, ms=700)
            for _ in range(4):
                await place.tap(STATUS)
            assert station.desk.choice is not None
            assert station.desk.choice.place == 5
            status = place.settings.status.model_copy(update={"reasons": reasons})
            station.apply(place.settings.model_copy(update={"status": status}))
            await asyncio.sleep(0.1)
            assert station.desk.choice is None
            assert notes(place, "choice")[-1] == {"choice": "choosing_5"}
            await place.tap(STATUS)
            await place.status(Status.AVAILABLE)
            place.check_ledger()

    run(test())


def test_a_tap_that_waits_for_a_second_one_outlives_the_daemon(tmp_path: Path) -> None:
    """At the end of a daemon nobody can ask the ACD any more: the next one does."""

    async def test() -> None:
        place = Place(tmp_path, after_call_work_s=60.0)
        async with place.open():
            await place.working()
            asked = len(place.submitted)
            station = place.daemon.station
            await place.tap(STATUS)
            assert station.desk.tap is not None
            await asyncio.sleep((station.desk.tap.until_ms - place.now - 0.4) / 1000)
            station.end()
            place.daemon.kill()
            place.start()
            await place.status(Status.AVAILABLE)
            (press,) = place.presses(STATUS)[1:]
            assert [one.command.press for one in place.submitted[asked:]] == [press]
            place.check_ledger()

    run(test())


def test_half_of_two_taps_is_not_taken_for_one_after_a_crash(tmp_path: Path) -> None:
    async def test() -> None:
        place = Place(tmp_path, after_call_work_s=60.0)
        async with place.open():
            await place.working()
            asked = len(place.submitted)
            await place.tap(STATUS)
            kill_at(place, "received", after=True, button=STATUS)
            with contextlib.suppress(Killed):
                await place.tap(STATUS)
            place.start()
            await place.ready()
            await asyncio.sleep(2)
            first, second = place.presses(STATUS)[1:]
            assert place.submitted[asked:] == []
            assert place.outcomes(first) == [("cancelled", "other_gesture")]
            assert place.outcomes(second) == [("cancelled", "daemon_restarted")]
            place.check_ledger()

    run(test())
