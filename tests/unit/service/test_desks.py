"""What the page and the API are told of a desk, and what becomes of what they ask for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.clock import run
from tests.unit.service.test_pressing import Hand
from tests.unit.station.place import Place

from calldeck.access.pins import PinStore
from calldeck.config.settings import DeskSettings
from calldeck.desk import Status
from calldeck.loop_health import LoopHealth
from calldeck.service import ConsoleChoice, Desks
from calldeck.web.hub import EventHub
from calldeck.web.interface import NotPossible
from calldeck.web.models import DeskPicture, Reloaded

PIN = "7193"
GUARD_S = 1.5
"""So long after a call has come HOLD and STATUS are refused."""


class Front:
    """A desk with the service in front of it."""

    def __init__(self, place: Place, desks: Desks, hub: EventHub) -> None:
        self.place, self.desks, self.hub = place, desks, hub

    @property
    def picture(self) -> DeskPicture:
        return self.desks.desk("desk-1")

    async def status(self, status: Status) -> DeskPicture:
        await self.place.status(status)
        return self.picture

    async def tap(self, button: str) -> tuple[str, str]:
        answer = await self.desks.press("desk-1", button, "tap", 80)
        return answer.outcome, answer.text


def at_a_desk(
    story: Callable[[Front], Awaitable[None]],
    tmp_path: Path,
    *,
    pressable: bool = True,
    reasons: tuple[str, ...] = (),
    **switch: object,
) -> None:
    """Play a story at a desk where people log in by hand; `reasons`: others than the usual ones."""

    async def body() -> None:
        place = Place(tmp_path, **switch)
        desk = DeskSettings(login="manual")
        place.settings = place.settings.model_copy(update={"desks": (desk,)})
        if reasons:
            status = place.settings.status.model_copy(update={"reasons": reasons})
            place.settings = place.settings.model_copy(update={"status": status})
        async with place.open():
            await place.ready()
            place.daemon.acd._pins = {"1001": PIN, "2002": PIN}
            hub = EventHub("run1")
            finger = Hand(place.console) if pressable else None
            kind = "virtual" if pressable else "real"
            console = ConsoleChoice(kind, place.console, finger)  # type: ignore[arg-type]
            loop = asyncio.get_running_loop()
            desks = Desks(
                place.settings,
                place.daemon.acd,
                "simulated",
                hub,
                PinStore(tmp_path / "none"),
                loop.time,
                lambda: Reloaded(applied=(), needs_restart=()),
                LoopHealth(loop.time, lambda _lag_ms: None),
            )
            desks.add(place.daemon.runner, console)
            await story(Front(place, desks, hub))
            await desks.close()

    run(body())


QUIET = {"answer_after_s": None, "after_call_work_s": 0, "ring_no_answer_s": 20, "patience_s": 300}


def test_a_shift_told_in_pictures(tmp_path):
    async def story(front: Front) -> None:
        desks = front.desks
        first = front.picture
        assert (first.status, first.agent, first.offered_agent) == ("logged_out", None, "1001")
        assert (await desks.login("desk-1", "2002", PIN)).outcome == "confirmed"
        told = await front.status(Status.NOT_READY)
        assert (told.agent, told.reason_text) == ("2002", "no reason given")
        assert told.lamps["availability"].times_ms == (100, 900)
        assert await front.tap("status") == ("confirmed", "Done.")
        front.place.daemon.acd.happen("call", {"caller": "+12025550123"})
        told = await front.status(Status.RINGING)
        assert told.phone is not None
        assert (told.phone.can_answer, told.phone.can_hang_up) == (True, False)
        assert told.call is not None
        assert told.call.queue == "support"
        assert "2025550123" not in told.model_dump_json()
        assert (await desks.answer("desk-1")).outcome == "confirmed"
        told = await front.status(Status.TALKING)
        assert told.microphone.text == "The customer does not hear you."
        assert told.microphone.agreement == "agree"
        await front.tap("mute")
        await asyncio.sleep(0.1)
        assert front.picture.microphone.text == "The customer hears you."
        assert front.picture.lamps["mute"].pattern == "off"
        refused = await front.tap("hold")
        assert refused == ("refused", "a call has only just come: press again if you mean it")
        await asyncio.sleep(GUARD_S)
        assert (await front.tap("hold"))[0] == "confirmed"
        told = await front.status(Status.HELD)
        assert told.lamps["hold"].meaning == "The customer is on hold."
        assert told.last_change is not None
        assert told.last_change.cause_text == "wished at this desk"
        assert await front.tap("status") == ("noted", "planned for after this call")
        assert (front.picture.pending, front.picture.pending_text) == (
            "not_ready",
            "Not ready after this call.",
        )
        refused = await desks.logout("desk-1")
        assert (refused.outcome, refused.text) == ("refused", "a call is with this agent")
        assert (await desks.hang_up("desk-1")).outcome == "confirmed"
        told = await front.status(Status.AFTER_CALL_WORK)
        assert told.last_change is not None
        assert told.last_change.cause == "agent_hung_up"
        assert (await front.tap("status"))[0] == "confirmed"
        await front.status(Status.NOT_READY)
        assert (await desks.logout("desk-1")).outcome == "confirmed"
        told = await front.status(Status.LOGGED_OUT)
        assert told.agent is None

    at_a_desk(story, tmp_path, **QUIET)


def test_a_call_nobody_answers_goes_back_and_the_page_says_why(tmp_path):
    async def story(front: Front) -> None:
        await front.desks.login("desk-1", "1001", PIN)
        await front.status(Status.NOT_READY)
        await front.tap("status")
        front.place.daemon.acd.happen("call", {})
        await front.status(Status.RINGING)
        told = await front.status(Status.NOT_READY)
        assert (told.reason, told.reason_text) == ("no-answer", "a call was not answered")
        assert told.forced is not None
        assert (told.forced.before, told.forced.after, told.forced.cause) == (
            "ringing",
            "not_ready",
            "no_answer",
        )
        assert told.forced.text == (
            "You did not answer a call: your status was changed from ringing to not ready."
        )
        # Whoever answers the lamp has not asked for anything else.
        assert await front.tap("status") == ("noted", "the change was seen")
        assert front.picture.forced is None
        assert front.picture.status == "not_ready"
        assert told.last_change is not None
        assert told.last_change.cause_text == "the call was not answered"
        assert told.queue is not None
        assert (told.queue.name, told.queue.waiting) == ("support", 1)

    at_a_desk(story, tmp_path, **QUIET)


def test_help_is_listed_until_somebody_acknowledges_it(tmp_path):
    async def story(front: Front) -> None:
        await front.desks.login("desk-1", "1001", PIN)
        await front.status(Status.NOT_READY)
        await front.tap("assist")
        (one,) = front.picture.assists
        assert (one.agent, one.status_text, one.acknowledged) == ("1001", "not ready", False)
        assert front.picture.lamps["attention"].pattern == "blip"
        with pytest.raises(NotPossible, match="No call for help"):
            await front.desks.acknowledge("desk-1", one.number + 1)
        await front.desks.acknowledge("desk-1", one.number)
        assert front.picture.assists[0].acknowledged
        assert front.picture.lamps["attention"].meaning == "Help is coming."
        await front.tap("status")
        await front.status(Status.AVAILABLE)
        assert front.picture.assists == ()

    at_a_desk(story, tmp_path, **QUIET)


def test_a_guesser_waits_and_so_does_who_knows_the_pin(tmp_path):
    async def story(front: Front) -> None:
        for _guess in range(5):
            with pytest.raises(NotPossible) as caught:
                await front.desks.login("desk-1", "1001", "0000")
            assert (caught.value.status, caught.value.code) == (403, "wrong_login")
        with pytest.raises(NotPossible) as caught:
            await front.desks.login("desk-1", "1001", PIN)
        assert (caught.value.status, caught.value.retry_after_s) == (429, 30)
        assert (await front.desks.login("desk-1", "2002", PIN)).outcome == "confirmed"
        await front.desks.logout("desk-1")
        await asyncio.sleep(30)
        assert (await front.desks.login("desk-1", "1001", PIN)).outcome == "confirmed"

    at_a_desk(story, tmp_path, **QUIET)


def test_a_real_console_is_mirrored_and_cannot_be_pressed_from_here(tmp_path):
    async def story(front: Front) -> None:
        told = front.picture.console
        assert (told.kind, told.link, told.pressable) == ("real", "up", False)
        assert "press its own buttons" in told.why_not_pressable
        with pytest.raises(NotPossible) as caught:
            await front.tap("hold")
        assert (caught.value.status, caught.value.code) == (409, "not_pressable")

    at_a_desk(story, tmp_path, pressable=False)


def test_a_console_that_was_restarted_says_why(tmp_path):
    async def story(front: Front) -> None:
        assert front.picture.console.restarted == ""
        console = front.place.console
        for restart, why in (
            (console.reset, "its watchdog has reset it, because its program hung"),
            (console.reset_by_pin, "its reset pin was used"),
            (console.power_cycle, "it was without power"),
            (lambda: console.fail("ValueError: boom"), "its program ended by an error"),
        ):
            restart()
            await front.place.until(lambda why=why: front.picture.console.restarted == why)
        console.unplug()
        await front.place.until(lambda: front.picture.console.link == "down")
        console.plug()
        await front.place.until(lambda: front.picture.console.link == "up")
        assert front.picture.console.restarted == "", "it has not, since then"

    at_a_desk(story, tmp_path)


def test_without_the_console_its_lamps_are_link_lost(tmp_path):
    async def story(front: Front) -> None:
        front.place.console.unplug()
        await front.place.until(lambda: front.picture.console.link == "down")
        lamps = front.picture.lamps
        assert (lamps["attention"].pattern, lamps["attention"].times_ms) == (
            "link_lost",
            (1000, 1000),
        )
        assert lamps["availability"].pattern == lamps["queue1"].pattern == "off"
        assert lamps["mute"].meaning == "Not known: assume the customer hears you."
        assert front.picture.microphone.muted is None
        with pytest.raises(NotPossible) as caught:
            await front.tap("hold")
        assert caught.value.status == 503
        front.place.console.plug()
        await front.place.until(lambda: front.picture.console.link == "up")
        assert front.desks.health().status == "ok"

    at_a_desk(story, tmp_path)


def test_without_the_acd_nothing_is_told_as_true(tmp_path):
    async def story(front: Front) -> None:
        await front.desks.login("desk-1", "1001", PIN)
        await front.status(Status.NOT_READY)
        front.place.daemon.acd.disconnect()
        await asyncio.sleep(0.1)
        told = front.picture
        assert (told.confirmed, told.status_text, told.agent) == (False, "not known", None)
        assert (told.call, told.queue, told.acd.link) == (None, None, "down")
        assert told.lamps["attention"].pattern == "flash"
        answer = await front.desks.login("desk-1", "1001", PIN)
        assert (answer.outcome, answer.text) == ("refused", "the ACD is not connected")
        assert front.desks.health().status == "degraded"

    at_a_desk(story, tmp_path)


def test_what_changes_together_is_told_once_and_the_last_picture_is_true(tmp_path):
    async def story(front: Front) -> None:
        before = front.hub.last
        with front.hub.listening("desk-1"):
            await front.desks.login("desk-1", "1001", PIN)
            await front.status(Status.NOT_READY)
        told = [event for event in front.hub.since(before)[1] if event.kind == "desk"]
        assert 1 <= len(told) <= 4
        text = told[-1].frame.decode().split("data: ")[1]
        assert json.loads(text)["status"] == "not_ready"

    at_a_desk(story, tmp_path)


def test_auto_answer_is_the_phones(tmp_path):
    async def story(front: Front) -> None:
        assert front.picture.phone is not None
        assert front.picture.phone.auto_answer_s is None
        await front.desks.auto_answer("desk-1", 3.0)
        assert front.picture.phone.auto_answer_s == 3.0
        for wrong in (front.desks.logout, front.desks.answer, front.desks.hang_up):
            with pytest.raises(NotPossible, match="no such desk"):
                await wrong("desk-2")

    at_a_desk(story, tmp_path, **QUIET)


def test_an_answer_waits_as_long_as_the_settings_read_at_work_say(tmp_path):
    async def story(front: Front) -> None:
        assert (await front.desks.login("desk-1", "1001", PIN)).outcome == "confirmed"
        await front.status(Status.NOT_READY)
        settings = front.place.settings
        commands = settings.commands.model_copy(update={"timeout_ms": 20_000})
        settings = settings.model_copy(update={"commands": commands})
        front.place.daemon.runner.apply(settings)
        front.desks.apply(settings)
        front.place.switch.silent_until_s = 1e9
        outcome, _text = await front.tap("status")
        assert outcome == "timed_out"

    at_a_desk(story, tmp_path)
