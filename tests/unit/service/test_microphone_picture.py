"""The three truths about the microphone: told apart, with their ages, and what they come to."""

from __future__ import annotations

import asyncio

from tests.unit.service.test_desks import QUIET, Front, at_a_desk
from tests.unit.service.test_what_waits import talking

from calldeck.web.parts import MicrophonePicture


def said(microphone: MicrophonePicture) -> tuple[str, str, str]:
    truths = microphone.truths
    return truths.console.text, truths.operating_system.text, truths.pbx.text


def test_all_three_are_told_apart_and_their_disagreement_calls_for_the_agent(tmp_path):
    async def story(front: Front) -> None:
        assert said(front.picture.microphone) == ("muted", "not known", "not known")
        assert front.picture.microphone.agreement == "unknown", "nobody to compare with"
        told = await talking(front)
        assert said(told.microphone) == ("muted", "not known", "muted")
        assert (told.microphone.agreement, told.microphone.agreement_text) == (
            "agree",
            "They agree.",
        )
        await front.desks.system_microphone("desk-1", muted=False)
        told = front.picture
        assert said(told.microphone) == ("muted", "open", "muted")
        assert told.microphone.agreement == "disagree"
        assert told.microphone.agreement_text.startswith("They disagree: press MUTE")
        assert told.attention == "must_act"
        assert "disagree on your microphone" in told.lamps["attention"].meaning
        await front.desks.system_microphone("desk-1", muted=True)
        assert (front.picture.microphone.agreement, front.picture.attention) == ("agree", "none")

    at_a_desk(story, tmp_path, **QUIET)


def test_who_has_known_and_does_not_know_any_more_is_missed(tmp_path):
    async def story(front: Front) -> None:
        await talking(front)
        await front.desks.system_microphone("desk-1", muted=None)
        assert front.picture.microphone.truths.operating_system.text == "not known"
        assert front.picture.attention == "none", "it has never told anything"
        await front.desks.system_microphone("desk-1", muted=True)
        await asyncio.sleep(3)
        told = front.picture.microphone.truths.operating_system
        assert (told.known, told.muted, told.for_ms) == (True, True, 3000)
        await front.desks.system_microphone("desk-1", muted=True)
        assert front.picture.microphone.truths.operating_system.for_ms == 3000, "nothing new"
        await front.desks.system_microphone("desk-1", muted=None)
        told = front.picture.microphone.truths.operating_system
        assert (told.known, told.muted, told.for_ms) == (False, None, 0)
        assert told.text == "not known any more"
        assert front.picture.microphone.agreement == "unknown"
        assert "assume the customer hears you" in front.picture.lamps["attention"].meaning

    at_a_desk(story, tmp_path, **QUIET)


def test_the_acds_word_is_never_older_than_the_call(tmp_path):
    async def story(front: Front) -> None:
        await asyncio.sleep(60)
        told = await talking(front)
        await front.tap("mute")
        await asyncio.sleep(1)
        told = front.picture
        assert told.call is not None
        age_ms = told.microphone.truths.pbx.for_ms
        assert age_ms is not None
        assert age_ms <= told.call.for_ms
        assert said(told.microphone) == ("open", "not known", "open")

    at_a_desk(story, tmp_path, **QUIET)


def test_who_mutes_for_long_is_told_what_hold_is_for(tmp_path):
    async def story(front: Front) -> None:
        told = await talking(front)
        assert not told.microphone.overdue
        await asyncio.sleep(31)
        told = front.picture
        assert told.microphone.overdue
        assert told.attention == "must_act"
        assert told.lamps["attention"].meaning == (
            "You are muted for long: put a customer who is to wait on hold."
        )
        await front.tap("mute")
        await asyncio.sleep(0.1)
        assert (front.picture.microphone.overdue, front.picture.attention) == (False, "none")

    at_a_desk(story, tmp_path, **QUIET)


def test_the_most_urgent_of_what_calls_for_the_agent_is_said_first(tmp_path):
    async def story(front: Front) -> None:
        await talking(front)
        await front.desks.system_microphone("desk-1", muted=False)
        await asyncio.sleep(31)
        meaning = front.picture.lamps["attention"].meaning
        first, second = meaning.index("disagree on your microphone"), meaning.index("muted for")
        assert first < second

    at_a_desk(story, tmp_path, **QUIET)
