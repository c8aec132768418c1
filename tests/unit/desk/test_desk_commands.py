"""Commands and their ends, the login, and the ACD coming and going."""

from __future__ import annotations

import pytest
from tests.unit.desk.scene import Scene

from calldeck.desk import (
    AcdLink,
    Button,
    CommandResult,
    ConsoleLink,
    DeadlinePassed,
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


class TestHelp:
    def test_help_coming_is_steady_until_the_call_is_over(self) -> None:
        scene = Scene().starts(Status.TALKING)
        scene.tap(Button.ASSIST)
        assert scene.commands[0].call == "call-1"
        assert scene.lamps.attention == "blip"
        scene.answer()
        assert scene.lamps.attention == "steady"
        scene.fact(Status.HELD)
        assert scene.lamps.attention == "steady"
        scene.fact(Status.AFTER_CALL_WORK)
        assert scene.lamps.attention == "off"

    def test_a_refusal_is_more_urgent_for_its_two_seconds(self) -> None:
        scene = Scene().starts(Status.NOT_READY)
        scene.tap(Button.ASSIST)
        scene.answer()
        scene.tap(Button.HOLD)
        assert scene.lamps.attention == "double"
        scene.wait(2000)
        assert scene.lamps.attention == "steady"


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
