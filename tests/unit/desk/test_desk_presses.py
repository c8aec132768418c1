"""Buttons, as the agent meets them."""

from __future__ import annotations

import pytest
from tests.unit.desk.scene import CALL, Scene

from calldeck.desk import (
    AcdLink,
    Button,
    Call,
    ConsoleLink,
    EdgesCancelled,
    Outcome,
    PressEnded,
    Status,
    View,
)


def test_hold_acts_when_it_goes_down_and_names_its_press_and_call() -> None:
    scene = Scene().starts(Status.TALKING)
    press = scene.press(Button.HOLD)
    (command,) = scene.commands
    assert (command.verb, command.press, command.call) == ("hold", press, CALL.id)
    assert command.agent == "1001"
    assert scene.is_open(press)
    scene.answer()
    assert scene.end_of(press) == ("confirmed", "")
    release = scene.release(Button.HOLD)
    assert scene.end_of(release) == ("noted", "release")
    assert scene.asked == ["hold"]


def test_hold_on_a_held_call_resumes() -> None:
    scene = Scene().starts(Status.HELD)
    scene.tap(Button.HOLD)
    assert scene.asked == ["resume"]


@pytest.mark.parametrize(
    "status, verb",
    [
        (Status.AVAILABLE, "not_ready"),
        (Status.NOT_READY, "ready"),
    ],
)
def test_status_acts_when_it_comes_up(status: Status, verb: str) -> None:
    scene = Scene(not_ready_reason="break").starts(status)
    press = scene.press(Button.STATUS)
    assert scene.asked == []
    scene.wait(80)
    release = scene.release(Button.STATUS)
    (command,) = scene.commands
    assert (command.verb, command.press) == (verb, press)
    assert command.argument == ("break" if verb == "not_ready" else "")
    assert scene.end_of(release) == ("noted", "release")
    assert scene.is_open(press)
    scene.answer(Outcome.DENIED, "not today")
    assert scene.end_of(press) == ("denied", "not today")


@pytest.mark.parametrize("status", list(Status))
def test_assist_asks_for_help_in_every_status(status: Status) -> None:
    scene = Scene(login_at_start=False).starts(status)
    press = scene.tap(Button.ASSIST)
    assert scene.asked == ["assist"]
    scene.answer()
    assert scene.end_of(press) == ("confirmed", "")


def test_a_second_assist_while_the_first_is_on_its_way_counts_as_the_first() -> None:
    scene = Scene().starts(Status.TALKING)
    scene.tap(Button.ASSIST)
    second = scene.tap(Button.ASSIST)
    assert scene.asked == ["assist"]
    assert scene.end_of(second) == ("noted", "help_already_wished")


def test_assist_is_not_refused_because_the_call_ended_meanwhile() -> None:
    scene = Scene().starts(Status.TALKING)
    seen = scene.desk.view()
    scene.fact(Status.AFTER_CALL_WORK)
    scene.press(Button.ASSIST, seen)
    scene.fact(Status.AVAILABLE)
    scene.release(Button.ASSIST)
    assert scene.asked == ["assist"]


@pytest.mark.parametrize("status", list(Status))
def test_mute_edges_are_only_noted(status: Status) -> None:
    scene = Scene(login_at_start=False).starts(status)
    press = scene.tap(Button.MUTE)
    assert scene.end_of(press) == ("noted", "console_owns_microphone")
    assert scene.asked == []


def test_mute_is_noted_even_with_the_acd_down() -> None:
    scene = Scene()
    press = scene.tap(Button.MUTE, None)
    assert scene.end_of(press) == ("noted", "console_owns_microphone")
    assert scene.desk.feedback is None


@pytest.mark.parametrize(
    "status", [Status.NOT_READY, Status.AVAILABLE, Status.RINGING, Status.AFTER_CALL_WORK]
)
def test_hold_without_an_answered_call_is_refused_with_feedback(status: Status) -> None:
    scene = Scene().starts(status)
    press = scene.tap(Button.HOLD)
    assert scene.end_of(press) == ("refused", "not_possible_now")
    assert scene.lamps.attention == "double"
    scene.wait(1999)
    assert scene.lamps.attention == "double"
    scene.wait(1)
    assert scene.lamps.attention == "off"


@pytest.mark.parametrize("button", [Button.HOLD, Button.STATUS])
def test_logged_out_buttons_say_so(button: Button) -> None:
    scene = Scene(login_at_start=False).starts(Status.LOGGED_OUT)
    assert scene.end_of(scene.tap(button)) == ("refused", "logged_out")


class TestWhatTheAgentSaw:
    def test_a_call_that_lands_as_status_is_pressed_is_not_hung_up_or_lost(self) -> None:
        scene = Scene().starts(Status.AVAILABLE)
        seen = scene.desk.view()
        scene.fact(Status.RINGING)
        press = scene.tap(Button.STATUS, seen)
        assert scene.end_of(press) == ("refused", "status_changed")
        assert scene.asked == []
        assert scene.desk.plan is None

    def test_a_call_that_lands_between_press_and_release(self) -> None:
        scene = Scene().starts(Status.AVAILABLE)
        press = scene.press(Button.STATUS)
        scene.fact(Status.RINGING)
        scene.release(Button.STATUS)
        assert scene.end_of(press) == ("refused", "status_changed")
        assert scene.asked == []

    def test_there_and_back_between_press_and_release_is_a_change_too(self) -> None:
        scene = Scene().starts(Status.AVAILABLE)
        press = scene.press(Button.STATUS)
        scene.fact(Status.RINGING)
        scene.fact(Status.AVAILABLE)
        scene.release(Button.STATUS)
        assert scene.end_of(press) == ("refused", "status_changed")

    def test_there_and_back_before_the_press_is_a_change_too(self) -> None:
        scene = Scene().starts(Status.TALKING)
        seen = scene.desk.view()
        scene.fact(Status.HELD)
        scene.fact(Status.TALKING)
        assert scene.end_of(scene.press(Button.HOLD, seen)) == ("refused", "status_changed")
        assert scene.asked == []
        scene.press(Button.HOLD)
        assert scene.asked == ["hold"]

    @pytest.mark.parametrize("button", [Button.HOLD, Button.STATUS])
    def test_an_acd_lost_and_back_before_the_press_is_a_change_too(self, button: Button) -> None:
        scene = Scene().starts(Status.TALKING)
        seen = scene.desk.view()
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.TALKING)
        assert scene.end_of(scene.tap(button, seen)) == ("refused", "status_changed")
        assert scene.desk.plan is None

    def test_a_fact_that_changes_neither_status_nor_call_is_no_change(self) -> None:
        scene = Scene().starts(Status.TALKING)
        seen = scene.desk.view()
        scene.fact(Status.TALKING, reason="other", cause="somebody")
        assert scene.desk.view() == seen
        scene.press(Button.HOLD, seen)
        assert scene.asked == ["hold"]

    def test_a_new_connection_counts_once_and_a_repeated_loss_not_at_all(self) -> None:
        scene = Scene().starts(Status.TALKING)
        before = scene.desk.turn
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.TALKING)
        assert scene.desk.turn == before + 1

    def test_hold_seen_on_one_call_never_acts_on_the_next(self) -> None:
        scene = Scene().starts(Status.TALKING)
        seen = scene.desk.view()
        scene.fact(Status.TALKING, call=Call("call-2", "support", 5))
        assert scene.end_of(scene.press(Button.HOLD, seen)) == ("refused", "status_changed")
        assert scene.asked == []

    def test_hold_pressed_twice_is_never_inverted(self) -> None:
        scene = Scene().starts(Status.TALKING)
        seen = scene.desk.view()
        first = scene.tap(Button.HOLD, seen)
        second = scene.tap(Button.HOLD, seen)
        assert scene.end_of(second) == ("refused", "command_unanswered")
        scene.answer()
        scene.fact(Status.HELD)
        third = scene.tap(Button.HOLD, seen)
        assert scene.end_of(third) == ("refused", "status_changed")
        assert scene.asked == ["hold"]
        assert scene.end_of(first) == ("confirmed", "")

    def test_status_while_hold_is_unanswered_is_another_matter(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.HOLD)
        assert scene.end_of(scene.tap(Button.STATUS)) == ("noted", "planned")

    @pytest.mark.parametrize("button", [Button.HOLD, Button.STATUS, Button.ASSIST])
    def test_a_press_on_the_link_lost_picture_is_refused(self, button: Button) -> None:
        scene = Scene().starts(Status.TALKING)
        press = scene.tap(button, None)
        assert scene.end_of(press) == ("refused", "not_shown")
        assert scene.asked == []

    def test_a_press_on_the_picture_of_a_lost_acd_is_refused_after_its_return(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.happens(AcdLink(False))
        seen = scene.desk.view()
        scene.happens(AcdLink(True))
        scene.fact(Status.TALKING)
        assert scene.end_of(scene.press(Button.HOLD, seen)) == ("refused", "not_shown")

    def test_a_view_read_back_from_a_ledger_is_as_good_as_the_desks_own(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.fact(Status.HELD)
        scene.fact(Status.TALKING)
        scene.press(Button.HOLD, View(Status("talking"), "call-1", None))
        assert scene.asked == ["hold"]

    def test_a_view_read_back_from_a_ledger_differs_by_status_and_call(self) -> None:
        scene = Scene().starts(Status.TALKING)
        for status, call in (("held", "call-1"), ("talking", "call-2")):
            press = scene.press(Button.HOLD, View(Status(status), call, None))
            assert scene.end_of(press) == ("refused", "status_changed")

    def test_a_view_read_back_from_a_ledger_is_not_blind_to_what_comes_after(self) -> None:
        scene = Scene().starts(Status.AVAILABLE)
        press = scene.press(Button.STATUS, View(Status("available"), None, None))
        scene.fact(Status.RINGING)
        scene.fact(Status.AVAILABLE)
        scene.release(Button.STATUS)
        assert scene.end_of(press) == ("refused", "status_changed")


class TestOpenPresses:
    def test_a_dropped_link_cancels_a_tap_that_was_not_released(self) -> None:
        scene = Scene().starts(Status.AVAILABLE)
        press = scene.press(Button.STATUS)
        scene.happens(EdgesCancelled("replug"))
        assert scene.end_of(press) == ("cancelled", "replug")
        release = scene.release(Button.STATUS)
        assert scene.end_of(release) == ("noted", "press_unknown")
        assert scene.asked == []
        assert scene.lamps.attention == "double"

    def test_a_dropped_link_does_not_undo_hold(self) -> None:
        scene = Scene().starts(Status.TALKING)
        press = scene.press(Button.HOLD)
        scene.happens(EdgesCancelled("replug"))
        scene.happens(ConsoleLink(False))
        scene.answer()
        assert scene.end_of(press) == ("confirmed", "")

    def test_a_lost_console_cancels_by_itself(self) -> None:
        scene = Scene().starts(Status.AVAILABLE)
        press = scene.press(Button.ASSIST)
        scene.happens(ConsoleLink(False))
        assert scene.end_of(press) == ("cancelled", "console_link_down")
        scene.release(Button.ASSIST)
        assert scene.asked == []

    def test_a_release_without_its_press_never_acts(self) -> None:
        scene = Scene().starts(Status.AVAILABLE)
        for button in Button:
            release = scene.release(button)
            assert scene.end_of(release) == ("noted", "press_unknown")
        assert scene.asked == []

    def test_down_twice_without_a_release_cancels_the_first(self) -> None:
        scene = Scene().starts(Status.AVAILABLE)
        first = scene.press(Button.STATUS)
        second = scene.tap(Button.STATUS)
        assert scene.end_of(first) == ("cancelled", "pressed_again")
        assert [command.press for command in scene.commands] == [second]

    def test_an_acd_lost_and_back_between_press_and_release_refuses(self) -> None:
        scene = Scene().starts(Status.AVAILABLE)
        press = scene.press(Button.STATUS)
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.AVAILABLE)
        scene.release(Button.STATUS)
        assert scene.end_of(press) == ("refused", "status_changed")

    def test_a_press_that_came_too_late_is_shown_and_its_release_never_acts(self) -> None:
        scene = Scene().starts(Status.AVAILABLE)
        scene.happens(PressEnded("late", "expired", "expired"))
        assert scene.end_of("late") == ("expired", "expired")
        assert scene.lamps.attention == "double"
        scene.release(Button.STATUS)
        assert scene.asked == []


class TestPlanForAfterTheCall:
    @pytest.mark.parametrize("status", [Status.RINGING, Status.TALKING, Status.HELD])
    def test_status_in_a_call_plans_and_a_second_tap_takes_it_back(self, status: Status) -> None:
        scene = Scene().starts(status)
        assert scene.end_of(scene.tap(Button.STATUS)) == ("noted", "planned")
        assert scene.lamps.attention == "blip"
        assert scene.desk.view().pending == "not_ready"
        assert scene.end_of(scene.tap(Button.STATUS)) == ("noted", "taken_back")
        assert scene.lamps.attention == "off"
        assert scene.asked == []

    def test_a_plan_is_kept_when_the_second_tap_had_not_seen_the_first(self) -> None:
        scene = Scene().starts(Status.TALKING)
        seen = scene.desk.view()
        scene.tap(Button.STATUS, seen)
        scene.tap(Button.STATUS, seen)
        assert scene.desk.plan is not None

    def test_the_plan_waits_for_the_end_of_after_call_work(self) -> None:
        scene = Scene(not_ready_reason="break").starts(Status.TALKING)
        scene.tap(Button.STATUS)
        assert scene.fact(Status.AFTER_CALL_WORK) == []
        assert scene.lamps.attention == "blip"
        (command,) = scene.fact(Status.AVAILABLE)
        assert (command.verb, command.argument, command.press) == ("not_ready", "break", None)
        scene.answer()
        scene.fact(Status.NOT_READY, reason="break")
        assert scene.desk.plan is None
        assert scene.lamps.attention == "off"

    def test_status_ends_after_call_work_straight_into_the_plan(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.STATUS)
        scene.fact(Status.AFTER_CALL_WORK)
        press = scene.tap(Button.STATUS)
        assert scene.asked == ["not_ready"]
        assert scene.commands[0].press == press

    def test_a_denied_plan_ends_and_is_not_asked_again(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.STATUS)
        scene.fact(Status.AVAILABLE)
        scene.answer(Outcome.DENIED, "no")
        assert scene.lamps.attention == "double"
        scene.fact(Status.AVAILABLE)
        scene.wait(10_000)
        assert scene.asked == ["not_ready"]
        assert scene.lamps.attention == "off"

    def test_a_call_that_came_first_keeps_the_plan(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.STATUS)
        scene.fact(Status.AVAILABLE)
        scene.fact(Status.RINGING, call=Call("call-2", "support", 1))
        scene.answer(Outcome.DENIED, "a call is here")
        scene.fact(Status.AVAILABLE)
        assert scene.asked == ["not_ready", "not_ready"]

    def test_a_lost_acd_drops_the_plan_for_good(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.STATUS)
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.AVAILABLE)
        assert scene.asked == []
        assert any("dropped" in note.text for note in scene.notes)

    def test_a_forced_not_ready_fulfils_the_plan(self) -> None:
        scene = Scene().starts(Status.RINGING)
        scene.tap(Button.STATUS)
        scene.fact(Status.NOT_READY, reason="no-answer")
        scene.fact(Status.AVAILABLE)
        assert scene.asked == []
