"""Contacts: channel and direction, what cannot be held or muted, and what the agent says of one."""

from __future__ import annotations

import pytest
from tests.unit.desk.scene import Scene

from calldeck.desk import Button, Call, Channel, Direction, NoteCode, Status, Verb

SILENT = [channel for channel in Channel if not channel.has_voice]
HEARD = [channel for channel in Channel if channel.has_voice]


def contact(channel: Channel, status: Status = Status.TALKING) -> Scene:
    """A desk with a contact of this channel, in its second minute."""
    scene = Scene(login_at_start=False).starts(status, Call("one", "mail", 0, channel=channel))
    scene.wait(2000)
    return scene


def test_mail_and_chat_are_silent() -> None:
    assert {channel.value for channel in HEARD} == {"voice", "video", "callback"}


@pytest.mark.parametrize("channel", SILENT)
def test_nobody_can_be_held_on_a_silent_channel(channel: Channel) -> None:
    scene = contact(channel)
    assert scene.end_of(scene.tap(Button.HOLD)) == ("refused", "channel_has_no_hold")
    assert scene.asked == []
    assert scene.lamps.attention == "double"


@pytest.mark.parametrize("channel", SILENT)
def test_nobody_hears_on_a_silent_channel(channel: Channel) -> None:
    scene = contact(channel)
    assert scene.end_of(scene.tap(Button.MUTE)) == ("refused", "channel_has_no_mute")
    scene.microphone(True)
    scene.fact(Status.TALKING, call=scene.desk.call, muted=False)
    scene.wait(60_000)
    assert scene.asked == []
    assert scene.lamps.attention == "off"
    assert not scene.lamps.confirmed_mute


@pytest.mark.parametrize("channel", HEARD)
def test_a_channel_with_a_voice_can_be_held_and_muted(channel: Channel) -> None:
    scene = contact(channel)
    scene.tap(Button.HOLD)
    scene.microphone(True)
    assert scene.asked == ["hold", "mute"]


def test_an_outbound_call_rings_at_the_customers() -> None:
    call = Call("two", "sales", 0, Direction.OUTBOUND)
    scene = Scene(login_at_start=False).starts(Status.RINGING, call)
    assert scene.end_of_request(scene.ask(Verb.ANSWER)) == ("refused", "not_possible_now")


class TestMarks:
    def after_it(self) -> Scene:
        scene = contact(Channel.CHAT)
        scene.fact(Status.AFTER_CALL_WORK)
        return scene

    def test_it_is_marked_unresolved_during_the_contact(self) -> None:
        scene = contact(Channel.VOICE)
        assert scene.end_of_request(scene.mark("one", unresolved=True)) == (
            "noted",
            "contact_marked",
        )
        assert scene.desk.contact is not None
        assert scene.desk.contact.unresolved
        note = scene.notes[-1]
        assert note.code is NoteCode.CONTACT
        assert dict(note.details) == {
            "call": "one",
            "channel": "voice",
            "direction": "inbound",
            "unresolved": "True",
            "disposition": "",
        }

    def test_its_disposition_is_given_after_it(self) -> None:
        scene = contact(Channel.VOICE)
        during = scene.mark("one", disposition="resolved")
        assert scene.end_of_request(during) == ("refused", "contact_goes_on")
        scene.fact(Status.AFTER_CALL_WORK)
        after = scene.mark("one", disposition="resolved")
        assert scene.end_of_request(after) == ("noted", "contact_marked")
        assert scene.desk.contact is not None
        assert scene.desk.contact.disposition == "resolved"

    def test_a_code_of_no_policy_is_refused(self) -> None:
        scene = self.after_it()
        end = scene.end_of_request(scene.mark("one", disposition="shrug"))
        assert end == ("refused", "no_such_disposition")

    def test_it_can_be_taken_back(self) -> None:
        scene = self.after_it()
        scene.mark("one", disposition="resolved", unresolved=True)
        scene.mark("one", disposition="", unresolved=False)
        assert scene.desk.contact is not None
        assert (scene.desk.contact.disposition, scene.desk.contact.unresolved) == ("", False)

    def test_only_of_the_last_contact(self) -> None:
        scene = self.after_it()
        scene.fact(Status.AVAILABLE)
        scene.fact(Status.TALKING, call=Call("three", "support", 0))
        end = scene.end_of_request(scene.mark("one", unresolved=True))
        assert end == ("refused", "no_such_contact")

    def test_a_call_that_only_rang_is_no_contact(self) -> None:
        scene = self.after_it()
        scene.fact(Status.RINGING, call=Call("three", "support", 0))
        assert scene.end_of_request(scene.mark("one", unresolved=True))[0] == "noted"

    def test_after_the_logout_there_is_none(self) -> None:
        scene = self.after_it()
        scene.fact(Status.LOGGED_OUT)
        end = scene.end_of_request(scene.mark("one", unresolved=True))
        assert end == ("refused", "no_such_contact")
