"""Pressing from a page: each press answered with what became of it, and none left down for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.clock import run
from tests.unit.station.place import Place

from calldeck.consoles.virtual import VirtualConsole
from calldeck.desk import Button, Event, Status
from calldeck.journal.lines import Received
from calldeck.service.pressing import LONGEST_HOLD_S, Press, Pressing
from calldeck.watching import Unwatched
from calldeck.web.interface import NotPossible


class Hand:
    """Presses a virtual console."""

    def __init__(self, console: VirtualConsole) -> None:
        self.console = console

    async def down(self, button: str) -> None:
        self.console.change(Button[button], True)

    async def up(self, button: str) -> None:
        self.console.change(Button[button], False)

    async def tap(self, button: str, hold_ms: int) -> None:
        await self.down(button)
        loop = asyncio.get_running_loop()
        loop.call_later(hold_ms / 1000, self.console.change, Button[button], False)


class Watching(Unwatched):
    """Passes on what the pressing has to know."""

    def __init__(self, pressing: Pressing) -> None:
        self.pressing = pressing

    def pressed(self, edge: Received) -> None:
        self.pressing.pressed(edge)

    def press_ended(self, press: str, outcome: str, why: str) -> None:
        self.pressing.press_ended(press, outcome, why)

    def stepped(self, event: Event) -> None: ...


def at_a_desk(story, tmp_path: Path, **switch: object) -> None:  # type: ignore[no-untyped-def]
    """Play a story at a desk whose agent is not ready; it gets the place and the pressing."""

    async def body() -> None:
        async with Place(tmp_path, **switch).open() as place:
            await place.ready()
            pressing = Pressing(Hand(place.console), outcome_s=3.0)
            place.daemon.station.watcher = Watching(pressing)
            await story(place, pressing)
            await pressing.close()

    run(body())


def ends(press: Press) -> tuple[int, str, str]:
    return press.number, press.outcome, press.why


def test_a_tap_is_answered_with_what_the_acd_said(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        assert ends(await pressing.tap("STATUS", 80)) == (1, "confirmed", "")
        await place.status(Status.AVAILABLE)

    at_a_desk(story, tmp_path)


def test_a_refused_press_has_reached_the_desk_too(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        assert ends(await pressing.tap("HOLD", 80)) == (1, "refused", "not_possible_now")

    at_a_desk(story, tmp_path)


def test_press_and_release_are_one_press(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        down = await pressing.press("STATUS")
        assert ends(down) == (1, "pending", "")
        await asyncio.sleep(0.3)
        assert place.daemon.station.desk.status is Status.NOT_READY, "a tap acts on its release"
        assert ends(await pressing.release("STATUS")) == (1, "confirmed", "")

    at_a_desk(story, tmp_path)


def test_mute_held_is_a_cough_key(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        await pressing.tap("MUTE", 80)
        await asyncio.sleep(0.1)
        assert not place.console.mute_lamp
        await pressing.press("MUTE")
        assert place.console.mute_lamp
        await asyncio.sleep(1)
        assert place.console.mute_lamp
        assert ends(await pressing.release("MUTE"))[1:] == ("noted", "console_owns_microphone")
        await asyncio.sleep(0.1)
        assert not place.console.mute_lamp

    at_a_desk(story, tmp_path)


def test_presses_by_hand_count_and_are_not_taken_for_ours(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        await place.tap(Button.ASSIST)
        await asyncio.sleep(0.1)
        assert (await pressing.tap("HOLD", 80)).number == 2

    at_a_desk(story, tmp_path)


def test_two_taps_at_once_are_two_presses(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        first, second = await asyncio.gather(pressing.tap("HOLD", 80), pressing.tap("HOLD", 80))
        assert sorted([first.number, second.number]) == [1, 2]
        assert len(place.presses(Button.HOLD)) == 2

    at_a_desk(story, tmp_path)


def test_letting_go_of_what_is_not_held_is_said(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        with pytest.raises(NotPossible, match="HOLD is not being held") as caught:
            await pressing.release("HOLD")
        assert (caught.value.status, caught.value.code) == (422, "not_pressed")
        press = await pressing.press("HOLD")
        assert await pressing.press("HOLD") is press
        with pytest.raises(NotPossible, match="HOLD is being held"):
            await pressing.tap("HOLD", 80)
        await pressing.release("HOLD")
        await pressing.tap("HOLD", 80)

    at_a_desk(story, tmp_path)


def test_a_button_nobody_lets_go_of_comes_up_by_itself(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        await pressing.press("MUTE")
        await asyncio.sleep(LONGEST_HOLD_S - 1)
        assert place.console._levels[Button.MUTE]
        await asyncio.sleep(2)
        assert not place.console._levels[Button.MUTE]

    at_a_desk(story, tmp_path)


def test_what_is_held_at_the_end_is_let_go(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        await pressing.press("HOLD")
        await pressing.close()
        assert not place.console._levels[Button.HOLD]

    at_a_desk(story, tmp_path)


def test_a_press_that_does_not_arrive_is_said_and_the_button_is_up_again(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        place.console.unplug()
        with pytest.raises(NotPossible, match="did not reach the desk") as caught:
            await pressing.press("HOLD")
        assert caught.value.status == 503
        await asyncio.sleep(0)
        assert not place.console._levels[Button.HOLD]

    at_a_desk(story, tmp_path)


def test_an_acd_that_does_not_answer_ends_a_press_in_time(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        place.daemon.acd.happen("silent", {"for_s": 60})
        assert ends(await pressing.tap("STATUS", 80)) == (1, "timed_out", "timed_out")

    at_a_desk(story, tmp_path)


async def in_after_call_work(place: Place) -> None:
    await place.talking()
    await asyncio.sleep(1.5)  # the first moments of a call are guarded
    place.daemon.acd.happen("hang_up", {})
    await place.status(Status.AFTER_CALL_WORK)


def test_two_taps_at_once_are_a_double_tap_where_there_is_one(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        await in_after_call_work(place)
        first, second = await asyncio.gather(pressing.tap("STATUS", 80), pressing.tap("STATUS", 80))
        ended = sorted([ends(first)[1:], ends(second)[1:]])
        assert ended == [("cancelled", "other_gesture"), ("confirmed", "")]
        await place.status(Status.NOT_READY)

    at_a_desk(story, tmp_path, after_call_work_s=0)


def test_who_does_not_wait_can_press_again_in_time_for_a_double_tap(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        await in_after_call_work(place)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        first = await pressing.press("STATUS")
        assert (await pressing.release("STATUS", wait=False)) is first
        assert first.outcome == "pending", "it may yet be the first of two"
        second = await pressing.press("STATUS")
        assert loop.time() - began_s < 0.3
        assert ends(await pressing.release("STATUS"))[1:] == ("confirmed", "")
        assert (first.why, second.why) == ("other_gesture", "")
        await place.status(Status.NOT_READY)

    at_a_desk(story, tmp_path, after_call_work_s=0)


def test_one_tap_in_after_call_work_waits_for_a_second_one(tmp_path):
    async def story(place: Place, pressing: Pressing) -> None:
        await in_after_call_work(place)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        assert ends(await pressing.tap("STATUS", 80))[1:] == ("confirmed", "")
        assert 0.35 < loop.time() - began_s < 0.6
        await place.status(Status.AVAILABLE)

    at_a_desk(story, tmp_path, after_call_work_s=0)


def test_a_button_goes_down_again_only_when_it_has_come_up(tmp_path):
    class Slow(Hand):
        """A hand that takes its time to come up."""

        async def up(self, button: str) -> None:
            await asyncio.sleep(0.05)
            await super().up(button)

    async def story(place: Place, _pressing: Pressing) -> None:
        pressing = Pressing(Slow(place.console), outcome_s=3.0)
        place.daemon.station.watcher = Watching(pressing)
        await pressing.press("ASSIST")
        release = asyncio.create_task(pressing.release("ASSIST", wait=False))
        await asyncio.sleep(0)
        again = await pressing.press("ASSIST")
        await release
        assert again.number == 2
        await pressing.close()
        assert len(place.presses(Button.ASSIST)) == 2

    at_a_desk(story, tmp_path)
