"""Desk and simulated ACD together: presses in, lamps out, in jumped time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from tests.clock import run

from calldeck.acd import Seat
from calldeck.acd.simulated import SimulatedAcd, SimulatedSwitch, SwitchSettings
from calldeck.desk import (
    AcdCommand,
    Button,
    ConsoleLink,
    DeadlinePassed,
    Desk,
    Edge,
    Event,
    MicrophoneChanged,
    Note,
    Policy,
    PressOutcome,
    Status,
    View,
    lamps,
    step,
)


class Workplace:
    """The smallest daemon there can be: events to the desk, commands to the ACD, deadlines kept."""

    def __init__(self, switch: SimulatedSwitch | None = None, **settings: Any) -> None:
        chosen = {"callers_per_minute": 0.0, "talk_s": (30.0, 30.0), **settings}
        self.switch = switch or SimulatedSwitch(SwitchSettings(**chosen))
        self.issued: list[AcdCommand] = []
        self.acd = SimulatedAcd(self.switch)
        self.at = self.acd.place(Seat("1001", "201"), self.take, self.issued.append)
        self.desk = Desk.start(Policy("1001", not_ready_reason="break"))
        self.outcomes: dict[str, str] = {}
        self.whys: dict[str, str] = {}
        self.notes: list[str] = []
        self.changed = asyncio.Event()
        self.news = asyncio.Event()
        self.presses = 0
        self.counter = 0

    @property
    def now_ms(self) -> int:
        return round(asyncio.get_running_loop().time() * 1000)

    def take(self, event: Event) -> None:
        self.desk, results = step(self.desk, event, self.now_ms)
        for result in results:
            match result:
                case AcdCommand():
                    self.at.issue(result)
                case PressOutcome():
                    assert result.press not in self.outcomes
                    self.outcomes[result.press] = result.outcome
                    self.whys[result.press] = result.why
                case Note():
                    self.notes.append(result.text)
        self.changed.set()
        self.news.set()

    async def _deadlines(self) -> None:
        while True:
            self.changed.clear()
            due = self.desk.next_deadline()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(None if due is None else due / 1000):
                    await self.changed.wait()
                    continue
            if due is not None and self.now_ms >= due:
                self.take(DeadlinePassed())

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Workplace]:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self.acd.run()),
                group.create_task(self._deadlines()),
            ]
            self.take(ConsoleLink(True))
            self.microphone(False)
            yield self
            for task in tasks:
                task.cancel()

    def microphone(self, muted: bool) -> None:
        self.counter += 1
        self.take(MicrophoneChanged(muted, self.counter, "button"))

    async def tap(self, button: Button, shown: View | None = None) -> str:
        """Tap on what the desk shows now, or on what it showed before."""
        self.presses += 1
        press = f"press-{self.presses}"
        seen = self.desk.view() if shown is None else shown
        self.take(Edge(press, button, True, self.now_ms % 2**30, seen))
        await asyncio.sleep(0.08)
        self.take(Edge(f"{press} up", button, False, self.now_ms % 2**30, self.desk.view()))
        return press

    async def until(self, true: Callable[[], bool], within_s: float = 60) -> None:
        async with asyncio.timeout(within_s):
            while not true():
                self.news.clear()
                await self.news.wait()

    async def status(self, status: Status) -> None:
        await self.until(lambda: self.desk.status is status)

    async def with_call(self) -> None:
        await self.status(Status.NOT_READY)
        await self.tap(Button.STATUS)
        await self.status(Status.AVAILABLE)
        await asyncio.sleep(1)
        self.acd.happen("call", {})
        await self.status(Status.TALKING)

    @property
    def lamps(self) -> lamps.LampPlan:
        return lamps.plan(self.desk, self.now_ms)


def test_a_shift_in_short() -> None:
    async def story() -> None:
        async with Workplace(answer_after_s=2.0).open() as here:
            await here.status(Status.NOT_READY)
            assert here.desk.reason == "break"
            ready = await here.tap(Button.STATUS)
            await here.status(Status.AVAILABLE)
            assert here.outcomes[ready] == "confirmed"
            await asyncio.sleep(1)
            here.acd.happen("call", {"caller": "+12025550123"})
            await here.status(Status.RINGING)
            assert here.lamps.availability_green == "flash"
            await here.status(Status.TALKING)
            hold = await here.tap(Button.HOLD)
            await here.status(Status.HELD)
            assert (here.outcomes[hold], here.lamps.hold) == ("confirmed", "flash")
            await here.tap(Button.HOLD)
            await here.status(Status.TALKING)
            here.microphone(True)
            await here.until(lambda: here.lamps.confirmed_mute)
            here.microphone(False)
            await here.until(lambda: not here.lamps.confirmed_mute)
            planned = await here.tap(Button.STATUS)
            assert here.outcomes[planned] == "noted"
            here.acd.happen("hang_up", {})
            await here.status(Status.AFTER_CALL_WORK)
            await here.tap(Button.STATUS)
            await here.status(Status.NOT_READY)
            verbs = [command.verb.value for command in here.issued]
            assert verbs == [
                "login", "ready", "hold", "resume", "mute", "unmute", "not_ready",
            ]  # fmt: skip
            assert here.lamps.attention == "off"

    run(story())


def test_not_ready_planned_in_a_call_comes_before_the_caller_who_waits() -> None:
    async def story() -> None:
        async with Workplace(after_call_work_s=3.0, patience_s=500).open() as here:
            await here.with_call()
            here.acd.happen("call", {})
            await here.tap(Button.STATUS)
            here.acd.happen("hang_up", {})
            await here.status(Status.NOT_READY)
            await asyncio.sleep(60)
            assert here.desk.status is Status.NOT_READY
            assert here.desk.queue is not None
            assert here.desk.queue.waiting == 1

    run(story())


def test_a_refusal_is_shown_two_seconds_in_the_acds_words() -> None:
    async def story() -> None:
        async with Workplace().open() as here:
            await here.with_call()
            here.acd.happen("refuse", {"count": 1, "words": "full moon"})
            press = await here.tap(Button.HOLD)
            await here.until(lambda: press in here.outcomes)
            assert here.outcomes[press] == "denied"
            assert here.whys[press] == "full moon"
            assert here.lamps.attention == "double"
            assert here.desk.status is Status.TALKING
            await asyncio.sleep(2)
            assert here.lamps.attention == "off"

    run(story())


def test_a_silent_acd_times_the_wish_out() -> None:
    async def story() -> None:
        async with Workplace().open() as here:
            await here.with_call()
            here.acd.happen("silent", {"for_s": 10.0})
            pressed_ms = here.now_ms
            press = await here.tap(Button.HOLD)
            assert here.lamps.attention == "blip"
            await here.until(lambda: press in here.outcomes)
            assert here.outcomes[press] == "timed_out"
            assert 3000 <= here.now_ms - pressed_ms <= 3002
            await asyncio.sleep(10)
            assert here.desk.status is Status.TALKING
            await here.tap(Button.HOLD)
            await here.status(Status.HELD)

    run(story())


def test_a_cut_connection_ends_the_wish_as_unknown_and_the_fact_tells_the_rest() -> None:
    async def story() -> None:
        async with Workplace().open() as here:
            await here.with_call()
            here.acd.disconnect()
            press = await here.tap(Button.HOLD)
            assert here.outcomes[press] == "unknown"
            assert here.lamps.attention == "flash"
            assert (here.lamps.availability_red, here.lamps.hold) == ("off", "off")
            refused = await here.tap(Button.HOLD)
            assert here.outcomes[refused] == "refused"
            here.acd.reconnect()
            await here.until(lambda: here.desk.confirmed)
            assert here.desk.status is Status.HELD, "the wish had left before the cut"
            assert here.lamps.hold == "flash"
            await asyncio.sleep(10)
            verbs = [command.verb.value for command in here.issued]
            assert verbs == ["login", "ready", "hold"]

    run(story())


def test_a_new_daemon_at_the_same_switch_finds_the_call_and_asks_for_nothing() -> None:
    async def story() -> None:
        first = Workplace()
        async with first.open():
            await first.with_call()
        await asyncio.sleep(5)
        second = Workplace(first.switch)
        async with second.open():
            await second.status(Status.TALKING)
            assert second.lamps.availability_red == "wink"
            await asyncio.sleep(1)
            assert second.issued == []
            press = await second.tap(Button.HOLD)
            await second.status(Status.HELD)
            assert second.outcomes[press] == "confirmed"

    run(story())


def test_a_tap_on_the_picture_before_a_cut_connection_is_refused_after_it() -> None:
    async def story() -> None:
        async with Workplace().open() as here:
            await here.with_call()
            seen = here.desk.view()
            here.acd.disconnect()
            await here.until(lambda: not here.desk.acd_up)
            here.acd.reconnect()
            await here.until(lambda: here.desk.confirmed)
            assert here.desk.status is Status.TALKING
            late = await here.tap(Button.HOLD, seen)
            assert (here.outcomes[late], here.whys[late]) == ("refused", "status_changed")
            again = await here.tap(Button.HOLD)
            await here.status(Status.HELD)
            assert here.outcomes[again] == "confirmed"

    run(story())


def test_a_login_that_was_denied_or_lost_is_asked_for_again_by_a_tap_of_status() -> None:
    async def story(happening: str, arguments: dict[str, object], end: str) -> None:
        place = Workplace()
        place.acd.happen(happening, arguments)
        async with place.open() as here:
            await here.until(lambda: here.desk.feedback is not None)
            assert here.desk.feedback is not None
            assert here.desk.feedback.why == end
            await asyncio.sleep(5)
            assert here.desk.status is Status.LOGGED_OUT
            press = await here.tap(Button.STATUS)
            await here.status(Status.NOT_READY)
            assert here.outcomes[press] == "confirmed"
            assert here.desk.reason == "break"
            assert [command.verb.value for command in here.issued] == ["login", "login"]

    run(story("refuse", {"count": 1, "words": "not yet"}, "not yet"))
    run(story("silent", {"for_s": 4.0}, "timed_out"))
