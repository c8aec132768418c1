"""Commands and their ends, the login, and the ACD coming and going."""

from __future__ import annotations

import pytest
from tests.unit.desk.scene import Scene

from calldeck.desk import (
    AcdLink,
    Button,
    Call,
    CommandResult,
    ConsoleLink,
    DeadlinePassed,
    HelpAcknowledged,
    Outcome,
    Policy,
    Status,
)


class TestEnds:
    def test_a_wish_blips_until_it_is_answered_and_changes_no_other_lamp(self) -> None:
        scene = Scene().starts(Status.TALKING)
        before = scene.lamps
        scene.press(Button.HOLD)
        assert scene.lamps.attention == "blip"
        assert scene.lamps.hold == before.hold == "off"
        scene.answer()
        assert scene.lamps == before, "confirmed, but only the fact lights the hold lamp"
        scene.fact(Status.HELD)
        assert (scene.lamps.hold, scene.lamps.attention) == ("flash", "off")

    def test_no_answer_in_time_is_shown_like_a_refusal(self) -> None:
        scene = Scene().starts(Status.TALKING)
        press = scene.press(Button.HOLD)
        scene.wait(2999)
        assert scene.is_open(press)
        scene.wait(1)
        assert scene.end_of(press) == ("timed_out", "timed_out")
        assert scene.lamps.attention == "double"
        scene.wait(2000)
        assert scene.lamps.attention == "off"

    def test_a_late_answer_is_void_but_a_late_fact_wins(self) -> None:
        scene = Scene().starts(Status.TALKING)
        press = scene.press(Button.HOLD)
        scene.wait(3000)
        scene.answer()
        assert scene.end_of(press)[0] == "timed_out"
        scene.fact(Status.HELD)
        assert scene.lamps.hold == "flash"

    def test_an_answer_at_the_deadline_is_late_whoever_was_scheduled_first(self) -> None:
        scene = Scene().starts(Status.TALKING)
        press = scene.press(Button.HOLD)
        scene.now += 3000
        scene.answer()
        assert scene.end_of(press)[0] == "timed_out"

    def test_an_answer_to_nobody_changes_nothing(self) -> None:
        scene = Scene().starts(Status.TALKING)
        before = scene.desk
        scene.happens(CommandResult(77, Outcome.DENIED, "who?"))
        assert scene.desk == before

    def test_a_deadline_that_is_not_due_changes_nothing(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.press(Button.HOLD)
        before = scene.desk
        scene.happens(DeadlinePassed())
        assert scene.desk == before

    def test_numbers_rise_and_the_timeout_is_the_policys(self) -> None:
        scene = Scene(command_timeout_ms=500).starts(Status.TALKING)
        scene.press(Button.HOLD)
        scene.wait(500)
        scene.tap(Button.HOLD)
        assert [command.number for command in scene.commands] == [1, 2]


class TestAcdLink:
    def test_down_ends_every_command_as_unknown_and_shows_nothing_as_confirmed(self) -> None:
        scene = Scene().starts(Status.HELD)
        resume, help_wish = scene.press(Button.HOLD), scene.tap(Button.ASSIST)
        scene.happens(AcdLink(False))
        assert scene.end_of(resume) == ("unknown", "acd_link_down")
        assert scene.end_of(help_wish) == ("unknown", "acd_link_down")
        plan = scene.lamps
        assert (plan.availability_red, plan.availability_green, plan.hold) == ("off", "off", "off")
        assert plan.attention == "flash"
        assert plan.call_active, "a call may be there: no flash is written"

    @pytest.mark.parametrize("button", [Button.HOLD, Button.STATUS, Button.ASSIST])
    def test_down_refuses_presses(self, button: Button) -> None:
        scene = Scene().starts(Status.TALKING)
        seen = scene.desk.view()
        scene.happens(AcdLink(False))
        assert scene.end_of(scene.tap(button, seen)) == ("refused", "acd_down")

    def test_up_confirms_nothing_before_the_fact(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        assert scene.lamps.attention == "flash"
        scene.fact(Status.TALKING)
        assert scene.lamps.availability_red == "wink"

    def test_nothing_is_asked_again_after_the_return(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.press(Button.HOLD)
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.TALKING)
        scene.wait(10_000)
        assert scene.asked == ["hold"]

    def test_a_fact_before_the_link_is_kept_but_not_shown(self) -> None:
        scene = Scene()
        scene.fact(Status.AVAILABLE)
        assert scene.lamps.availability_green == "off"
        assert scene.desk.status is Status.AVAILABLE


class TestLogin:
    def test_the_desk_logs_in_by_itself_and_is_not_ready(self) -> None:
        scene = Scene(not_ready_reason="start").starts(Status.LOGGED_OUT)
        (command,) = scene.commands
        assert (command.verb, command.argument, command.press) == ("login", "start", None)
        assert scene.lamps.attention == "blip"
        scene.answer()
        scene.fact(Status.NOT_READY, reason="start")
        assert scene.lamps.availability_red == "blip"
        assert scene.lamps.attention == "off"

    def test_not_where_the_policy_says_no(self) -> None:
        assert Scene(login_at_start=False).starts(Status.LOGGED_OUT).commands == []

    def test_not_before_the_acd_has_spoken(self) -> None:
        scene = Scene()
        scene.happens(AcdLink(True))
        scene.happens(ConsoleLink(True))
        assert scene.commands == []

    def test_who_is_logged_out_by_somebody_stays_logged_out(self) -> None:
        scene = Scene().starts(Status.NOT_READY)
        scene.fact(Status.LOGGED_OUT, cause="supervisor")
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.LOGGED_OUT)
        assert scene.commands == []

    @pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.UNKNOWN])
    def test_a_failed_login_waits_for_the_next_connection(self, outcome: Outcome) -> None:
        scene = Scene().starts(Status.LOGGED_OUT)
        scene.answer(outcome, "no")
        scene.fact(Status.LOGGED_OUT)
        scene.wait(20_000)
        assert scene.asked == ["login"]
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.LOGGED_OUT)
        assert scene.asked == ["login", "login"]

    def test_a_login_cut_off_by_the_link_is_decided_anew(self) -> None:
        scene = Scene().starts(Status.LOGGED_OUT)
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.LOGGED_OUT)
        assert scene.asked == ["login", "login"]

    @pytest.mark.parametrize("denied", [True, False])
    def test_a_tap_of_status_asks_again_for_a_login_that_failed(self, denied: bool) -> None:
        scene = failed_login(denied=denied)
        press = scene.tap(Button.STATUS)
        command = scene.commands[-1]
        assert (command.verb, command.argument, command.press) == ("login", "start", press)
        assert scene.lamps.attention == "blip"
        scene.answer()
        assert scene.end_of(press) == ("confirmed", "")
        scene.fact(Status.NOT_READY, reason="start")
        assert scene.asked == ["login", "login"]

    def test_it_may_fail_and_be_asked_for_again(self) -> None:
        scene = failed_login()
        for _ in range(3):
            press = scene.tap(Button.STATUS)
            scene.answer(Outcome.DENIED, "still no")
            assert scene.end_of(press) == ("denied", "still no")
            assert scene.lamps.attention == "double"
        assert scene.asked == ["login"] * 4

    def test_one_login_at_a_time_and_none_after_it_was_confirmed(self) -> None:
        scene = failed_login()
        scene.tap(Button.STATUS)
        assert scene.end_of(scene.tap(Button.STATUS)) == ("refused", "command_unanswered")
        scene.answer()
        assert scene.end_of(scene.tap(Button.STATUS)) == ("refused", "logged_out")
        assert scene.asked == ["login", "login"]

    def test_a_late_login_is_a_login(self) -> None:
        scene = failed_login(denied=False)
        scene.fact(Status.NOT_READY)
        scene.fact(Status.LOGGED_OUT, cause="supervisor")
        assert scene.end_of(scene.tap(Button.STATUS)) == ("noted", "acknowledged")
        assert scene.end_of(scene.tap(Button.STATUS)) == ("refused", "logged_out")

    def test_who_was_logged_out_by_somebody_is_not_logged_in_by_a_tap(self) -> None:
        scene = Scene().starts(Status.NOT_READY)
        scene.fact(Status.LOGGED_OUT, cause="supervisor")
        assert scene.end_of(scene.tap(Button.STATUS)) == ("noted", "acknowledged")
        assert scene.end_of(scene.tap(Button.STATUS)) == ("refused", "logged_out")

    def test_hold_has_nothing_to_do_with_it(self) -> None:
        scene = failed_login()
        assert scene.end_of(scene.tap(Button.HOLD)) == ("refused", "logged_out")


def failed_login(*, denied: bool = True) -> Scene:
    """A desk whose login at start was not confirmed; its refusal has been shown."""
    scene = Scene(not_ready_reason="start").starts(Status.LOGGED_OUT)
    if denied:
        scene.answer(Outcome.DENIED, "no")
    scene.wait(5000)
    return scene


class TestHelp:
    def test_help_coming_is_steady_until_the_call_is_over(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.ASSIST)
        assert scene.commands[0].call == "call-1"
        assert scene.lamps.attention == "blip"
        scene.answer()
        assert scene.lamps.attention == "blip"
        scene.acknowledge()
        assert scene.lamps.attention == "steady"
        scene.fact(Status.HELD)
        assert scene.lamps.attention == "steady"
        scene.fact(Status.AFTER_CALL_WORK)
        assert scene.lamps.attention == "off"

    def test_asked_for_twice_it_is_one_until_it_is_acknowledged(self) -> None:
        scene = Scene().starts(Status.TALKING)
        for _ in range(2):
            scene.tap(Button.ASSIST)
            scene.answer()
        assert scene.desk.help is not None
        assert scene.desk.help.number == scene.commands[0].number
        scene.acknowledge()
        scene.tap(Button.ASSIST)
        scene.answer()
        assert scene.desk.help.number == scene.commands[2].number
        assert scene.lamps.attention == "blip"

    def test_what_nobody_acknowledged_stays_to_be_seen_and_lights_no_lamp(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.ASSIST)
        scene.answer()
        scene.fact(Status.AFTER_CALL_WORK)
        assert scene.lamps.attention == "off"
        (left,) = scene.desk.unattended
        assert (left.status, left.call) == (Status.TALKING, "call-1")
        scene.happens(HelpAcknowledged(left.number))
        assert scene.desk.unattended == ()
        assert scene.lamps.attention == "off"

    def test_acknowledging_what_nobody_asked_changes_nothing(self) -> None:
        scene = Scene().starts(Status.TALKING)
        before = scene.desk
        scene.happens(HelpAcknowledged(17))
        assert scene.desk == before

    def test_a_refusal_is_more_urgent_for_its_two_seconds(self) -> None:
        scene = Scene().starts(Status.NOT_READY)
        scene.tap(Button.ASSIST)
        scene.answer()
        scene.acknowledge()
        scene.tap(Button.HOLD)
        assert scene.lamps.attention == "double"
        scene.wait(2000)
        assert scene.lamps.attention == "steady"

    def test_confirmed_late_it_is_shown_for_no_fact_will_ever_tell_it(self) -> None:
        scene = Scene().starts(Status.TALKING)
        press = scene.tap(Button.ASSIST)
        scene.wait(5000)
        assert scene.lamps.attention == "off"
        scene.answer()
        assert scene.lamps.attention == "blip"
        scene.acknowledge()
        assert scene.lamps.attention == "steady"
        assert scene.end_of(press) == ("timed_out", "timed_out")
        scene.fact(Status.HELD)
        assert scene.lamps.attention == "steady"
        scene.fact(Status.AFTER_CALL_WORK)
        assert scene.lamps.attention == "off"

    def test_confirmed_late_in_the_same_call_on_hold_it_is_shown(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.ASSIST)
        scene.wait(5000)
        scene.fact(Status.HELD)
        scene.answer()
        assert scene.lamps.attention == "blip"
        scene.acknowledge()
        assert scene.lamps.attention == "steady"

    def test_confirmed_after_its_call_it_is_help_for_nobody(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.ASSIST)
        scene.wait(5000)
        scene.fact(Status.TALKING, call=Call("call-2", "support", 1))
        scene.answer()
        assert scene.lamps.attention == "off"

    def test_without_a_call_it_is_awaited_as_long_as_the_status_lasts(self) -> None:
        scene = Scene().starts(Status.NOT_READY)
        scene.tap(Button.ASSIST)
        scene.wait(5000)
        scene.fact(Status.AVAILABLE)
        scene.fact(Status.NOT_READY)
        scene.answer()
        assert scene.lamps.attention == "off"

    def test_each_of_several_that_timed_out_may_be_the_one_that_is_heard(self) -> None:
        scene = Scene().starts(Status.TALKING)
        for _ in range(2):
            scene.tap(Button.ASSIST)
            scene.wait(5000)
        scene.happens(CommandResult(scene.commands[0].number, Outcome.CONFIRMED, ""))
        assert scene.lamps.attention == "blip"

    @pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.UNKNOWN, Outcome.TIMED_OUT])
    def test_any_other_late_answer_changes_nothing(self, outcome: Outcome) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.ASSIST)
        scene.wait(5000)
        before = scene.desk
        scene.answer(outcome, "nobody here")
        assert scene.desk == before

    def test_what_was_denied_is_not_awaited(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.ASSIST)
        scene.answer(Outcome.DENIED, "nobody here")
        before = scene.desk
        scene.answer()
        assert scene.desk == before

    @pytest.mark.parametrize("button", [Button.HOLD, Button.STATUS])
    def test_a_late_answer_to_another_button_is_no_help(self, button: Button) -> None:
        scene = Scene().starts(Status.HELD if button is Button.HOLD else Status.NOT_READY)
        scene.tap(button)
        scene.wait(5000)
        scene.answer()
        assert scene.lamps.attention == "off"

    def test_a_lost_acd_takes_its_late_answers_with_it(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.ASSIST)
        scene.wait(5000)
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.TALKING)
        scene.answer()
        assert scene.lamps.attention == "off"


def test_every_change_of_status_is_noted_with_its_cause() -> None:
    scene = Scene().starts(Status.AVAILABLE)
    scene.fact(Status.NOT_READY, reason="no-answer", cause="no_answer")
    text = scene.notes[-1].text
    assert text == "available -> not_ready (no-answer), cause: no_answer"
    count = len(scene.notes)
    scene.fact(Status.NOT_READY, reason="no-answer", cause="no_answer")
    assert len(scene.notes) == count, "nothing new, nothing to note"


@pytest.mark.parametrize(
    "values",
    [
        {"agent": ""},
        {"refusal_ms": 0},
        {"command_timeout_ms": -1},
        {"queue_thresholds": (1, 2, 3)},
        {"queue_thresholds": (1, 2, 2, 3, 4)},
        {"queue_thresholds": (0, 1, 2, 3, 4)},
    ],
)
def test_a_policy_without_sense_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        Policy(**{"agent": "1001", **values})  # type: ignore[arg-type]
