"""What waits for the agent's hand, told in pictures: choices, plans, forced changes, faults."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.service.test_desks import GUARD_S, PIN, QUIET, Front, at_a_desk

from calldeck.desk import (
    AgentFact,
    Button,
    Call,
    Channel,
    Direction,
    EquipmentFault,
    Status,
    stuck,
)
from calldeck.web.interface import NotPossible
from calldeck.web.models import DeskPicture


async def at_work(front: Front) -> None:
    """Log in and become available."""
    await front.desks.login("desk-1", "1001", PIN)
    await front.status(Status.NOT_READY)
    assert (await front.tap("status"))[0] == "confirmed"
    await front.status(Status.AVAILABLE)


async def talking(front: Front) -> DeskPicture:
    """Take a call, and let its first moments pass."""
    await at_work(front)
    front.place.daemon.acd.happen("call", {})
    await front.status(Status.RINGING)
    assert (await front.desks.answer("desk-1")).outcome == "confirmed"
    await asyncio.sleep(GUARD_S)
    return await front.status(Status.TALKING)


async def press(front: Front, ms: int) -> tuple[str, str]:
    answer = await front.desks.press("desk-1", "status", "tap", ms)
    await asyncio.sleep(ms / 1000)  # a long press ends before the button is let go
    return answer.outcome, answer.text


def test_a_change_by_a_supervisor_is_told_with_its_cause_and_acknowledged_by_number(tmp_path):
    async def story(front: Front) -> None:
        await at_work(front)
        front.place.daemon.acd.happen("force", {"status": "not_ready", "reason": "training"})
        told = await front.status(Status.NOT_READY)
        assert told.forced is not None
        assert told.forced.text == (
            "Your status was changed from available to not ready by a supervisor. Reason: training."
        )
        assert (told.forced.before_text, told.forced.after_text) == ("available", "not ready")
        assert told.forced.cause_text == "by a supervisor"
        assert told.attention == "must_act"
        assert told.lamps["attention"].pattern == "flash"
        assert told.lamps["attention"].meaning.startswith(told.forced.text)
        with pytest.raises(NotPossible, match="No change with this number") as caught:
            await front.desks.acknowledge_forced("desk-1", told.forced.number + 1)
        assert (caught.value.status, caught.value.code) == (404, "no_such_change")
        await asyncio.sleep(2)
        assert front.picture.forced is not None
        assert front.picture.forced.for_ms >= 2000
        await front.desks.acknowledge_forced("desk-1", told.forced.number)
        assert (front.picture.forced, front.picture.attention) == (None, "none")
        assert front.picture.status == "not_ready", "to acknowledge is nothing more"

    at_a_desk(story, tmp_path, **QUIET)


def test_a_plan_that_the_lost_acd_dropped_is_told(tmp_path):
    async def story(front: Front) -> None:
        await talking(front)
        await front.tap("status")
        front.place.daemon.acd.disconnect()
        await asyncio.sleep(0.1)
        told = front.picture
        assert told.forced is not None
        assert told.forced.before == told.forced.after
        assert told.forced.text.startswith("What was planned for after this call is dropped")
        assert told.pending is None

    at_a_desk(story, tmp_path, **QUIET)


def test_a_reason_is_chosen_by_long_presses_and_shown_on_the_way(tmp_path):
    async def story(front: Front) -> None:
        await at_work(front)
        assert [one.code for one in front.picture.reasons][:2] == ["break", "lunch"]
        assert await press(front, 700) == ("noted", "a choice is shown on the queue bar")
        told = front.picture
        assert told.choice is not None
        assert (told.choice.place, told.choice.reason) == (1, "break")
        assert told.choice.text.startswith("Not ready: break? Press STATUS long to confirm")
        assert 4000 < told.choice.left_ms <= 5000
        assert told.lamps["queue1"].pattern == "steady"
        assert told.lamps["queue1"].meaning == "Lamp 1 of the choice: break."
        assert told.lamps["attention"].meaning == told.choice.text
        await press(front, 80)
        assert front.picture.choice is not None
        assert front.picture.choice.reason == "lunch"
        assert await press(front, 700) == ("confirmed", "Done.")
        told = await front.status(Status.NOT_READY)
        assert (told.reason, told.choice, told.forced) == ("lunch", None, None)

    at_a_desk(story, tmp_path, **QUIET)


def test_a_choice_that_nobody_confirms_is_gone_after_five_seconds(tmp_path):
    async def story(front: Front) -> None:
        await at_work(front)
        await press(front, 3200)
        told = front.picture
        assert told.choice is not None
        assert (told.choice.place, told.choice.reason) == (0, "")
        assert told.choice.text.startswith("Log out?")
        assert told.lamps["queue3"].meaning == "Both ends are lit: a logout is offered."
        await asyncio.sleep(5)
        assert (front.picture.choice, front.picture.attention) == (None, "none")
        assert front.picture.status == "available"

    at_a_desk(story, tmp_path, **QUIET)


def test_any_reason_can_be_asked_for_and_is_planned_in_a_call(tmp_path):
    async def story(front: Front) -> None:
        told = await talking(front)
        answer = await front.desks.not_ready("desk-1", "skiing")
        assert (answer.outcome, answer.text) == ("refused", "there is no such reason")
        last = told.reasons[-1]
        assert last.code == "inventory", "the sixth: STATUS has no lamp for it"
        assert (await front.desks.not_ready("desk-1", last.code)).outcome == "noted"
        told = front.picture
        assert (told.pending, told.pending_reason) == ("not_ready", "inventory")
        assert told.pending_text == "Not ready after this call: inventory."
        assert told.lamps["attention"].meaning == told.pending_text
        await front.desks.hang_up("desk-1")
        await front.status(Status.AFTER_CALL_WORK)
        assert (await front.tap("status"))[0] == "confirmed"
        told = await front.status(Status.NOT_READY)
        assert (told.reason, told.pending) == ("inventory", None)

    at_a_desk(story, tmp_path, reasons=("break", "lunch", "a", "b", "c", "inventory"), **QUIET)


def test_a_logout_is_planned_in_a_call(tmp_path):
    async def story(front: Front) -> None:
        await talking(front)
        await press(front, 3200)
        assert await press(front, 700) == ("noted", "planned for after this call")
        assert front.picture.pending == "logout"
        assert front.picture.pending_text == "Logged out after this call."

    at_a_desk(story, tmp_path, **QUIET)


def test_the_last_contact_is_marked_and_ends_with_a_code(tmp_path):
    async def story(front: Front) -> None:
        told = await talking(front)
        assert told.contact is not None
        call = told.contact.id
        assert (told.contact.channel_text, told.contact.direction_text) == (
            "voice call",
            "inbound",
        )
        assert (told.contact.over, told.contact.unresolved) == (False, False)

        async def mark(contact: str = call, **marks: object) -> tuple[str, str]:
            given = {"unresolved": None, "disposition": None, **marks}
            answer = await front.desks.mark_contact("desk-1", contact, **given)  # type: ignore[arg-type]
            return answer.outcome, answer.text

        assert await mark(unresolved=True) == ("noted", "the contact is marked")
        assert await mark(disposition="resolved") == ("refused", "the contact is not over yet")
        assert (await mark("call-x", unresolved=True))[0] == "refused"
        await front.desks.hang_up("desk-1")
        told = await front.status(Status.AFTER_CALL_WORK)
        assert told.contact is not None
        assert (told.contact.over, told.contact.unresolved) == (True, True)
        assert (await mark(disposition="nonsense"))[0] == "refused"
        assert await mark(disposition="wrong-number", unresolved=False) == (
            "noted",
            "the contact is marked",
        )
        told = front.picture
        assert told.contact is not None
        assert (told.contact.disposition_text, told.contact.unresolved) == ("wrong number", False)
        assert await mark(disposition="") == ("noted", "the contact is marked")
        assert front.picture.contact is not None
        assert front.picture.contact.disposition == ""

    at_a_desk(story, tmp_path, **QUIET)


def test_a_mail_that_the_agent_sends_is_told_as_such(tmp_path):
    async def story(front: Front) -> None:
        await at_work(front)
        station = front.place.daemon.station
        began_ms = round(front.place.now)
        mail = Call("mail-1", "support", began_ms, Direction.OUTBOUND, Channel.EMAIL)
        station.sink(AgentFact(Status.TALKING, "", mail, False, "call_answered", "1001"))
        told = front.picture
        assert told.call is not None
        assert (told.call.channel, told.call.channel_text) == ("email", "e-mail")
        assert (told.call.direction, told.call.direction_text) == ("outbound", "outbound")
        assert told.microphone.text == "Nobody hears you: this contact is no call (e-mail)."
        assert not told.microphone.truths.pbx.known
        assert await front.tap("hold") == (
            "refused",
            "this contact cannot be held: nobody is on the line",
        )
        ringing = Call("call-9", "support", began_ms, Direction.OUTBOUND)
        station.sink(AgentFact(Status.RINGING, "", ringing, False, "agent", "1001"))
        assert front.picture.phone is not None
        assert not front.picture.phone.can_answer, "it rings at the customer's"

    at_a_desk(story, tmp_path, **QUIET)


def test_a_button_that_the_console_finds_stuck_is_told_until_it_comes_up(tmp_path):
    async def story(front: Front) -> None:
        await front.desks.press("desk-1", "hold", "press", 80)
        await asyncio.sleep(19)
        assert front.picture.faults == ()
        await asyncio.sleep(2)
        assert [one.code for one in front.picture.faults] == ["stuck_button HOLD"]
        await front.desks.press("desk-1", "hold", "release", 80)
        await asyncio.sleep(0.1)
        assert front.picture.faults == ()

    at_a_desk(story, tmp_path)


def test_equipment_that_is_out_of_order_is_told_in_words(tmp_path):
    async def story(front: Front) -> None:
        station = front.place.daemon.station
        station.sink(EquipmentFault(stuck(Button.MUTE), present=True))
        station.sink(EquipmentFault("headset cable", present=True))
        told = front.picture
        assert [one.code for one in told.faults] == ["headset cable", "stuck_button MUTE"]
        assert told.faults[1].text.startswith("The button MUTE is stuck down")
        assert told.faults[0].text == "Equipment is out of order: headset cable."
        assert told.attention == "must_act"
        assert told.lamps["attention"].meaning.startswith("The button MUTE is stuck down")
        station.sink(EquipmentFault(stuck(Button.MUTE), present=False))
        station.sink(EquipmentFault("headset cable", present=False))
        assert (front.picture.faults, front.picture.attention) == ((), "none")

    at_a_desk(story, tmp_path)


def test_an_emergency_is_not_told_like_any_call_for_help(tmp_path):
    async def story(front: Front) -> None:
        await at_work(front)
        await front.tap("assist")
        assert [one.emergency for one in front.picture.assists] == [False]
        answer = await front.desks.press("desk-1", "assist", "tap", 2200)
        assert (answer.outcome, answer.text) == ("confirmed", "Done.")
        assert front.picture.assists[0].emergency

    at_a_desk(story, tmp_path, **QUIET)
