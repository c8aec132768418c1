"""The ACD's mute follows the console's microphone, and a disagreement calls the agent."""

from __future__ import annotations

import pytest
from tests.unit.desk.scene import Scene

from calldeck.desk import AcdLink, Call, ConsoleLink, Outcome, Status


def test_mute_in_a_call_is_followed() -> None:
    scene = Scene().starts(Status.TALKING)
    (command,) = scene.microphone(True)
    assert (command.verb, command.call, command.press) == ("mute", "call-1", None)
    assert scene.lamps.attention == "blip"
    assert not scene.lamps.confirmed_mute
    scene.answer()
    assert not scene.lamps.confirmed_mute, "a fact is needed"
    assert scene.lamps.attention == "off"
    scene.fact(Status.TALKING, muted=True)
    assert scene.lamps.confirmed_mute
    (command,) = scene.microphone(False)
    assert command.verb == "unmute"


@pytest.mark.parametrize("headset", ["inline", "usb", "none"])
def test_whatever_the_headset(headset: str) -> None:
    scene = Scene(headset=headset).starts(Status.HELD)
    assert [command.verb for command in scene.microphone(True)] == ["mute"]


@pytest.mark.parametrize(
    "status", [Status.NOT_READY, Status.AVAILABLE, Status.RINGING, Status.AFTER_CALL_WORK]
)
def test_outside_a_call_nothing_is_asked_and_nothing_disagrees(status: Status) -> None:
    scene = Scene().starts(status)
    assert scene.microphone(True) == []
    assert scene.lamps.attention == "off"
    assert not scene.lamps.confirmed_mute


def test_a_call_that_starts_muted_is_muted_at_the_acd() -> None:
    scene = Scene().starts(Status.AVAILABLE)
    scene.microphone(True)
    assert scene.fact(Status.RINGING) == []
    assert [command.verb for command in scene.fact(Status.TALKING)] == ["mute"]


def test_one_at_a_time_and_the_latest_wins_after_the_answer() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    assert scene.microphone(False) == []
    scene.answer()
    assert [command.verb for command in scene.fact(Status.TALKING, muted=True)] == ["unmute"]
    scene.answer()
    assert scene.fact(Status.TALKING, muted=False) == []
    assert scene.asked == ["mute", "unmute"]


def test_there_and_back_before_the_answer_needs_no_second_command() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    scene.microphone(False)
    scene.microphone(True)
    scene.answer()
    assert scene.fact(Status.TALKING, muted=True) == []
    assert scene.asked == ["mute"]


@pytest.mark.parametrize("denied", [True, False])
def test_a_failed_mute_is_shown_then_calls_the_agent_and_is_not_repeated(denied: bool) -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    if denied:
        scene.answer(Outcome.DENIED, "no")
    else:
        scene.wait(3000)
    assert scene.lamps.attention == "double"
    scene.wait(2000)
    assert scene.lamps.attention == "flash"
    scene.fact(Status.HELD)
    scene.wait(60_000)
    assert scene.asked == ["mute"]
    scene.microphone(False)
    assert scene.lamps.attention == "off"
    assert [command.verb for command in scene.microphone(True)] == ["mute"]


def test_a_failed_mute_is_tried_again_on_the_next_call() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    scene.answer(Outcome.DENIED, "no")
    scene.fact(Status.AFTER_CALL_WORK)
    following = scene.fact(Status.TALKING, call=Call("call-2", "support", 1))
    assert [command.verb for command in following] == ["mute"]


def test_an_acd_that_confirms_but_never_does_is_found_out() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    scene.answer()
    scene.wait(2999)
    assert scene.lamps.attention == "off"
    scene.wait(1)
    assert scene.lamps.attention == "flash"
    assert scene.asked == ["mute"]


def test_a_fact_that_comes_before_its_answer_leaves_nothing_to_wait_for() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    scene.fact(Status.TALKING, muted=True)
    scene.answer()
    assert [command.verb for command in scene.microphone(False)] == ["unmute"]
    scene.fact(Status.TALKING, muted=False)
    scene.answer()
    assert [command.verb for command in scene.microphone(True)] == ["mute"]


def test_a_microphone_changed_between_the_fact_and_its_answer_is_followed_at_once() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    scene.fact(Status.TALKING, muted=True)
    assert scene.microphone(False) == []
    assert [command.verb for command in scene.answer()] == ["unmute"]


def test_somebody_who_unmutes_at_the_acd_is_found_out() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    scene.answer()
    scene.fact(Status.TALKING, muted=True)
    assert scene.fact(Status.TALKING, muted=False, cause="supervisor") == []
    assert scene.lamps.attention == "flash"
    assert not scene.lamps.confirmed_mute


def test_an_acd_that_cannot_tell_is_not_asked() -> None:
    scene = Scene().starts(Status.AVAILABLE)
    scene.microphone(True)
    assert scene.fact(Status.TALKING, muted=None) == []
    assert scene.lamps.attention == "off"
    assert not scene.lamps.confirmed_mute


def test_an_absent_console_has_no_opinion() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    scene.answer(Outcome.DENIED, "no")
    scene.happens(ConsoleLink(False))
    scene.wait(2000)
    assert scene.lamps.attention == "off"


def test_after_a_lost_acd_the_desk_decides_again() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    scene.happens(AcdLink(False))
    scene.happens(AcdLink(True))
    assert [command.verb for command in scene.fact(Status.TALKING, muted=False)] == ["mute"]


def test_after_a_lost_acd_nothing_is_asked_when_it_was_done_meanwhile() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.microphone(True)
    scene.happens(AcdLink(False))
    scene.happens(AcdLink(True))
    assert scene.fact(Status.TALKING, muted=True) == []
