"""Contacts that are no voice call, and those that the agent begins, on emulated pins."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.hil.conftest import OpenDesk
from tests.hil.desk_rig import DELIVERY_S, QUIET, DeskRig

from calldeck.desk import Channel, Direction, Status, Verb

SILENT = [channel for channel in Channel if not channel.has_voice]
HEARD = [channel for channel in Channel if channel.has_voice]
SECOND_TAP_S = 0.35


def place_call(desk: DeskRig, *, answered: bool, **arguments: str) -> None:
    """Let the agent place a call, which the customer takes at once or not yet."""
    desk.happen("outbound", **arguments)
    desk.settle()
    assert desk.status == "ringing"
    if answered:
        desk.happen("answer")
        desk.settle()
        assert desk.status == "talking"


@pytest.mark.parametrize("channel", HEARD)
def test_who_is_heard_can_be_held_and_brought_back(desk: DeskRig, channel: Channel) -> None:
    desk.be(Status.TALKING, channel=channel.value)
    desk.tap("HOLD")
    assert desk.status == "held"
    desk.shows_status(Status.HELD)
    desk.tap("HOLD")
    assert desk.status == "talking"


@pytest.mark.parametrize("channel", SILENT)
def test_on_a_channel_without_a_voice_the_acd_is_asked_for_no_mute(
    desk: DeskRig, channel: Channel
) -> None:
    """And the console's muted microphone is no disagreement that calls for the agent."""
    desk.be(Status.TALKING, channel=channel.value)
    before = len(desk.switch.submitted)
    desk.tap("MUTE")
    assert desk.mute_lamp
    desk.run_for(2.5)
    assert desk.pattern("attention") == "off", "the refusal is over, and nothing else is wrong"
    desk.shows_status(Status.TALKING)
    assert len(desk.switch.submitted) == before


def test_status_and_assist_work_as_in_a_call(desk: DeskRig) -> None:
    desk.be(Status.TALKING, channel="email")
    desk.tap("STATUS")
    assert desk.pattern("attention") == "blip"
    desk.tap("ASSIST")
    assert len(desk.switch.assists) == 1
    desk.end_call()
    desk.shows_status(Status.AFTER_CALL_WORK)
    desk.tap("STATUS")
    desk.run_for(SECOND_TAP_S)
    assert desk.status == "not_ready"


def test_a_contact_without_a_voice_is_guarded_as_a_call_is(desk: DeskRig) -> None:
    desk.be(Status.TALKING, guarded=True, channel="chat")
    desk.refuses("STATUS", "arrival_guard")


@pytest.mark.parametrize("before", [Status.NOT_READY, Status.AVAILABLE])
def test_a_call_that_the_agent_places_is_shown_and_theirs(desk: DeskRig, before: Status) -> None:
    desk.be(before)
    place_call(desk, answered=False)
    desk.shows_status(Status.RINGING)
    assert desk.pattern("attention") == "off"
    call = desk.station.desk.call
    assert call is not None
    assert call.direction is Direction.OUTBOUND
    desk.happen("answer")
    desk.settle()
    desk.shows_status(Status.TALKING)
    desk.end_call()
    desk.shows_status(Status.AFTER_CALL_WORK)
    assert desk.pattern("attention") == "off"


def test_it_has_no_first_moments_in_which_hold_does_nothing(desk: DeskRig) -> None:
    place_call(desk, answered=True)
    desk.tap("HOLD")
    assert desk.status == "held"
    assert desk.asked_verbs() == [Verb.HOLD]


@pytest.mark.parametrize("answered", [False, True])
def test_nor_in_which_status_does(desk: DeskRig, answered: bool) -> None:
    place_call(desk, answered=answered)
    desk.tap("STATUS")
    assert desk.ends_of("STATUS") == [("noted", "planned")]
    assert desk.pattern("attention") == "blip"


def test_while_it_rings_there_is_nobody_to_hold(desk: DeskRig) -> None:
    place_call(desk, answered=False)
    desk.refuses("HOLD", "not_possible_now")


def test_a_mail_that_the_agent_writes_cannot_be_held(desk: DeskRig) -> None:
    place_call(desk, answered=True, channel="email")
    desk.refuses("HOLD", "channel_has_no_hold")


@pytest.mark.parametrize("before", [Status.NOT_READY, Status.AVAILABLE])
def test_one_that_is_not_answered_leaves_the_agent_as_before_and_calls_for_nothing(
    open_desk: OpenDesk, before: Status
) -> None:
    desk = open_desk(switch=replace(QUIET, ring_no_answer_s=2.0))
    desk.be(before)
    place_call(desk, answered=False)
    desk.run_for(2.0)
    assert desk.status == before
    shown = desk.notes("status")[-1]
    assert (shown["cause"], shown["forced"]) == ("customer_not_reached", "False")
    assert desk.pattern("attention") == "off"
    desk.shows_status(before)


def test_a_plan_made_in_it_comes_after_it(desk: DeskRig) -> None:
    desk.be(Status.AVAILABLE)
    place_call(desk, answered=False)
    desk.tap("STATUS")
    desk.happen("hang_up")
    desk.run_for(DELIVERY_S)
    assert (desk.status, desk.asked_verbs()) == ("not_ready", [Verb.NOT_READY])
