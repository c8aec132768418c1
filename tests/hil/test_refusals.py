"""Every refusal that a button can meet: seen on the attention lamp's pin, and nothing else happens.

The double flash is 100/100/100/700 for two seconds, whatever was refused.
"""

from __future__ import annotations

import pytest
from tests.hil.conftest import OpenDesk
from tests.hil.desk_rig import DELIVERY_S, DeskRig

from calldeck.desk import Status, Verb

NO_CALL = (Status.NOT_READY, Status.AVAILABLE, Status.RINGING, Status.AFTER_CALL_WORK)
SILENT = {"email", "chat", "sms", "social", "fax"}
LONG_S, LONGEST_S = 0.75, 3.15


@pytest.mark.parametrize("status", NO_CALL)
def test_there_is_nothing_to_hold(desk: DeskRig, status: Status) -> None:
    desk.be(status)
    desk.refuses("HOLD", "not_possible_now")


@pytest.mark.parametrize(
    "button, held_s", [("HOLD", 0.08), ("STATUS", 0.08), ("STATUS", LONG_S), ("STATUS", LONGEST_S)]
)
def test_nobody_is_logged_in(desk: DeskRig, button: str, held_s: float) -> None:
    desk.be(Status.LOGGED_OUT)
    desk.refuses(button, "logged_out", held_s)


@pytest.mark.parametrize("button", ["HOLD", "STATUS"])
def test_a_call_has_only_just_come(desk: DeskRig, button: str) -> None:
    desk.be(Status.TALKING, guarded=True)
    desk.refuses(button, "arrival_guard")
    desk.tap(button)
    desk.settle()
    assert desk.ends_of(button)[-1][0] != "refused", "its first moments are over by now"


@pytest.mark.parametrize("late_ms, held", [(-60, False), (60, True)])
def test_the_first_moments_of_a_call_last_a_second_and_a_half(
    desk: DeskRig, late_ms: int, held: bool
) -> None:
    desk.be(Status.AVAILABLE)
    desk.run_for(0.25)
    desk.happen("call")
    desk.until(lambda: desk.status == "ringing", 0.2)
    came_s = desk.now_s
    desk.happen("answer")
    desk.run_for(came_s + 1.5 + late_ms / 1000 - desk.now_s)
    desk.tap("HOLD")
    assert desk.status == ("held" if held else "talking")


def test_mute_is_never_guarded(desk: DeskRig) -> None:
    desk.be(Status.TALKING, guarded=True)
    desk.tap("MUTE")
    assert desk.mute_lamp
    assert desk.ends_of("MUTE")[-1] == ("noted", "console_owns_microphone")
    assert not desk.lamp_edges("attention", desk.now_s - 0.15)[2:], "no more than a wish's blink"


@pytest.mark.parametrize(
    "held_s, verb", [(0.08, Verb.ASSIST), (2.2, Verb.EMERGENCY)], ids=["tap", "emergency"]
)
def test_assist_is_never_guarded(open_desk: OpenDesk, held_s: float, verb: Verb) -> None:
    desk = open_desk(settings={"status": {"arrival_guard_ms": 5000}})
    desk.be(Status.TALKING, guarded=True)
    desk.hold_down("ASSIST", held_s)
    assert desk.asked_verbs() == [verb]
    assert desk.ends_of("ASSIST") == [("confirmed", "")]


def test_the_call_ended_before_hold_was_heard_of(desk: DeskRig) -> None:
    desk.be(Status.TALKING)
    desk.with_no_reader("HOLD")
    desk.happen("hang_up")
    desk.settle()
    heard_s = desk.now_s
    desk.pico.stop_reading(False)
    desk.settle()
    desk.shows_refusal(heard_s)
    assert desk.ends_of("HOLD") == [("refused", "status_changed")]
    assert desk.asked == []


def test_the_status_changed_before_status_was_heard_of(desk: DeskRig) -> None:
    """By the agent's own doing elsewhere, which calls for no acknowledgement."""
    desk.be(Status.AVAILABLE)
    desk.with_no_reader("STATUS")
    desk.force("not_ready", cause="agent", reason="lunch")
    heard_s = desk.now_s
    desk.pico.stop_reading(False)
    desk.settle()
    desk.shows_refusal(heard_s)
    assert desk.ends_of("STATUS") == [("refused", "status_changed")]
    assert (desk.status, desk.reason, desk.asked) == ("not_ready", "lunch", [])


def test_the_status_changed_while_status_was_down(desk: DeskRig) -> None:
    """What the agent saw when the button went down is what counts."""
    desk.be(Status.AVAILABLE)
    desk.down("STATUS")
    desk.settle()
    desk.run_for(0.2)
    desk.force("not_ready", cause="agent")
    released_s = desk.up("STATUS")
    desk.settle()
    desk.shows_refusal(released_s)
    assert desk.ends_of("STATUS") == [("refused", "status_changed")]


@pytest.mark.parametrize("button, status", [("HOLD", Status.TALKING), ("STATUS", Status.AVAILABLE)])
def test_the_command_before_is_not_answered(desk: DeskRig, button: str, status: Status) -> None:
    desk.be(status)
    desk.happen("silent", for_s=4)
    desk.settle()
    desk.tap(button)
    assert desk.pattern("attention") == "blip", "the wish is on its way"
    asked = desk.asked
    desk.press(button)
    desk.run_for(0.1)
    assert desk.asked == asked, "the second press asks for nothing"
    assert desk.pattern("attention") == "double"
    desk.run_for(4)
    assert desk.ends_of(button) == [("timed_out", "timed_out"), ("refused", "command_unanswered")]
    assert desk.status == status


@pytest.mark.parametrize(
    "button, status",
    [("HOLD", Status.TALKING), ("STATUS", Status.AVAILABLE), ("ASSIST", Status.AVAILABLE)],
)
def test_the_acd_does_not_answer_in_time(desk: DeskRig, button: str, status: Status) -> None:
    desk.be(status)
    desk.happen("silent", for_s=10)
    desk.settle()
    asked_s = desk.tap(button)
    desk.run_for(asked_s + 2.95 - desk.now_s)
    assert desk.ledger_lines("outcome")[-1]["outcome"] != "timed_out"
    since_s = desk.now_s
    desk.run_for(0.2)
    desk.shows_refusal(since_s, 0.15)
    assert desk.ends_of(button) == [("timed_out", "timed_out")]
    assert desk.status == status


@pytest.mark.parametrize(
    "button, status, verb",
    [
        ("HOLD", Status.TALKING, Verb.HOLD),
        ("STATUS", Status.AVAILABLE, Verb.NOT_READY),
        ("ASSIST", Status.AVAILABLE, Verb.ASSIST),
    ],
)
def test_the_acd_says_no_in_its_own_words(
    desk: DeskRig, button: str, status: Status, verb: Verb
) -> None:
    desk.be(status)
    desk.happen("refuse", count=1, words="not under a full moon")
    desk.settle()
    pressed_s = desk.tap(button)
    desk.shows_refusal(pressed_s, 0.08)
    assert desk.ends_of(button) == [("denied", "not under a full moon")]
    assert desk.asked_verbs() == [verb]
    assert desk.status == status
    assert desk.switch.assists == []


@pytest.mark.parametrize("button, status", [("HOLD", Status.TALKING), ("STATUS", Status.AVAILABLE)])
def test_it_is_heard_of_too_late(desk: DeskRig, button: str, status: Status) -> None:
    desk.be(status)
    desk.with_no_reader(button)
    desk.run_for(1.55)
    heard_s = desk.now_s
    desk.pico.stop_reading(False)
    desk.settle()
    desk.shows_refusal(heard_s)
    assert desk.ends_of(button) == [("expired", "expired")]
    assert (desk.status, desk.asked) == (status, [])


@pytest.mark.parametrize("button", ["HOLD", "STATUS", "ASSIST"])
def test_the_acd_is_away(desk: DeskRig, button: str) -> None:
    """The fault is more urgent than the refusal: attention goes on flashing."""
    desk.be(Status.TALKING)
    desk.acd.disconnect()
    desk.settle()
    desk.tap(button)
    shown = desk.patterns("attention", "availability_red", "availability_green", "hold")
    assert shown == {
        "attention": "flash",
        "availability_red": "off",
        "availability_green": "off",
        "hold": "off",
    }
    assert desk.ends_of(button) == [("refused", "acd_down")]
    assert (desk.status, desk.asked) == ("talking", [])


@pytest.mark.parametrize("button", ["HOLD", "STATUS"])
def test_nothing_was_shown_as_so_when_it_was_pressed(desk: DeskRig, button: str) -> None:
    """The ACD is back by the time the press is heard of; the agent saw no status."""
    desk.be(Status.TALKING)
    desk.acd.disconnect()
    desk.settle()
    desk.with_no_reader(button)
    desk.acd.reconnect()
    desk.settle()
    heard_s = desk.now_s
    desk.pico.stop_reading(False)
    desk.settle()
    desk.shows_refusal(heard_s)
    assert desk.ends_of(button) == [("refused", "not_shown")]
    assert (desk.status, desk.asked) == ("talking", [])


@pytest.mark.parametrize("button", ["HOLD", "STATUS"])
def test_link_lost_was_shown_when_it_was_pressed(open_desk: OpenDesk, button: str) -> None:
    desk = open_desk()
    desk.be(Status.TALKING)
    desk.crash_daemon()
    desk.run_for(2.3)
    desk.press(button)
    desk.run_for(0.2)
    desk.start_daemon()
    desk.settle()
    desk.run_for(DELIVERY_S)
    assert desk.ends_of(button) == [("refused", "not_shown")]
    assert (desk.status, desk.asked) == ("talking", [])
    assert desk.pattern("attention", 1.5) == "double"


@pytest.mark.parametrize("channel", sorted(SILENT))
def test_nobody_on_this_channel_can_be_held(desk: DeskRig, channel: str) -> None:
    desk.be(Status.TALKING, channel=channel)
    desk.refuses("HOLD", "channel_has_no_hold")


@pytest.mark.parametrize("channel", ["email", "chat"])
def test_nobody_on_this_channel_can_be_muted(desk: DeskRig, channel: str) -> None:
    desk.be(Status.TALKING, channel=channel)
    desk.refuses("MUTE", "channel_has_no_mute")
    assert desk.mute_lamp, "the microphone is the console's own, and it is muted all the same"


def test_there_are_no_reasons_to_choose_from(open_desk: OpenDesk) -> None:
    desk = open_desk(settings={"status": {"reasons": []}})
    desk.be(Status.AVAILABLE)
    desk.refuses("STATUS", "no_reasons", LONG_S)
    assert desk.queue_bar == set()


def test_a_release_without_its_press_does_nothing_and_says_so(desk: DeskRig) -> None:
    """The press was cancelled when the cable came out: the agent's finger is still on it."""
    desk.be(Status.AVAILABLE)
    desk.down("STATUS")
    desk.run_for(0.3)
    desk.pico.unplug()
    desk.run_for(0.3)
    desk.pico.plug()
    desk.until(lambda: desk.station.session.established, 5)
    desk.run_for(0.3)
    released_s = desk.up("STATUS")
    desk.settle()
    desk.shows_refusal(released_s)
    assert desk.ends_of("STATUS") == [("cancelled", "console_link_down")]
    assert (desk.status, desk.asked) == ("available", [])
