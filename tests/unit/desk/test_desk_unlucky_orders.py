"""Events in an order that nobody planned: each was once a fault of the desk."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.desk.scene import CALL, Scene

from calldeck.desk import (
    AcdLink,
    Button,
    Call,
    CommandResult,
    ConsoleLink,
    Direction,
    EdgesCancelled,
    HelpAcknowledged,
    MicrophoneChanged,
    Outcome,
    PolicyChanged,
    Status,
    Verb,
)

STATUS, ASSIST, MUTE = Button.STATUS, Button.ASSIST, Button.MUTE


def manual() -> Scene:
    return Scene(login_at_start=False)


class TestTwoTaps:
    def test_one_on_each_side_of_a_change_are_not_a_double_tap(self) -> None:
        scene = manual().starts(Status.AFTER_CALL_WORK)
        first = scene.quick_tap(STATUS)
        scene.wait(100)
        scene.fact(Status.AVAILABLE, cause="agent")  # at another phone
        scene.wait(100)
        second = scene.quick_tap(STATUS)
        assert scene.end_of(first) == ("refused", "status_changed")
        assert scene.asked == ["not_ready"]
        scene.answer()
        assert scene.end_of(second) == ("confirmed", "")

    def test_nor_when_the_second_is_on_a_call_the_agent_has_placed(self) -> None:
        scene = manual().starts(Status.AFTER_CALL_WORK)
        first = scene.quick_tap(STATUS)
        scene.fact(
            Status.TALKING,
            call=Call("out-1", "support", scene.now, Direction.OUTBOUND),
            cause="agent",
        )
        second = scene.quick_tap(STATUS)
        assert scene.end_of(first) == ("refused", "status_changed")
        assert scene.end_of(second) == ("noted", "planned")

    def test_nor_when_the_acd_was_lost_between_them(self) -> None:
        scene = manual().starts(Status.AFTER_CALL_WORK)
        first = scene.quick_tap(STATUS)
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.AFTER_CALL_WORK)
        scene.tap(STATUS)
        assert scene.end_of(first) == ("refused", "status_changed")
        assert scene.asked == ["end_work"]


class TestAPlanAndALaterWish:
    """A logout that was planned once must not overrule what the agent asked for since."""

    def after_a_call_with_a_planned_logout(self) -> Scene:
        scene = manual().starts(Status.TALKING)
        scene.wait(1500)
        scene.hold(STATUS, 3000)
        scene.hold(STATUS, 600)
        assert scene.desk.view().pending == "logout"
        scene.fact(Status.AFTER_CALL_WORK)
        return scene

    def test_two_taps_are_for_a_pause_with_a_reason(self) -> None:
        scene = self.after_a_call_with_a_planned_logout()
        scene.quick_tap(STATUS)
        scene.wait(100)
        scene.tap(STATUS)
        assert [(one.verb, one.argument) for one in scene.commands] == [
            ("not_ready", "unspecified")
        ]

    def test_two_taps_leave_the_agent_logged_in(self) -> None:
        scene = self.after_a_call_with_a_planned_logout()
        scene.quick_tap(STATUS)
        scene.wait(100)
        scene.tap(STATUS)
        scene.answer()
        scene.fact(Status.NOT_READY)
        assert scene.asked == ["not_ready"]

    def test_a_chosen_reason_leaves_the_agent_logged_in(self) -> None:
        scene = self.after_a_call_with_a_planned_logout()
        scene.hold(STATUS, 600)
        scene.hold(STATUS, 600)
        scene.answer()
        scene.fact(Status.NOT_READY, reason="break")
        assert scene.asked == ["not_ready"]

    def test_a_reason_from_the_page_leaves_the_agent_logged_in(self) -> None:
        scene = self.after_a_call_with_a_planned_logout()
        scene.ask(Verb.NOT_READY, reason="lunch")
        scene.answer()
        scene.fact(Status.NOT_READY, reason="lunch")
        assert scene.asked == ["not_ready"]


class TestHelp:
    def test_an_acd_that_confirms_late_and_twice_asks_for_help_once(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.tap(ASSIST)
        number = scene.commands[-1].number
        scene.wait(3000)
        scene.happens(CommandResult(number, Outcome.CONFIRMED, ""))
        scene.happens(HelpAcknowledged(number))
        scene.happens(CommandResult(number, Outcome.CONFIRMED, ""))
        assert scene.desk.help is not None
        assert scene.desk.help.acknowledged

    def test_asked_for_in_a_call_it_is_never_help_in_the_next(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.tap(ASSIST)
        scene.fact(Status.RINGING, call=Call("call-2", "support", scene.now))
        scene.answer()
        assert scene.desk.help is None
        (wanted,) = scene.desk.unattended
        assert (wanted.call, wanted.status) == (CALL.id, Status.TALKING)


class TestChoice:
    def test_one_pressed_in_time_is_confirmed_however_long_a_long_press_takes(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        scene.hold(STATUS, 600)
        scene.wait(4900)
        press = scene.hold(STATUS, 600)
        assert scene.asked == ["not_ready"]
        scene.answer()
        assert scene.end_of(press) == ("confirmed", "")

    def test_among_reasons_that_are_others_now_it_ends(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        scene.hold(STATUS, 600)
        for _ in range(4):
            scene.tap(STATUS)
        seen = scene.desk.view()
        scene.happens(PolicyChanged(replace(scene.desk.policy, reasons=("break", "lunch"))))
        assert scene.desk.choice is None
        press = scene.press(STATUS, seen)
        scene.wait(600)
        scene.held(STATUS)
        assert scene.end_of(press) == ("refused", "status_changed")
        assert scene.asked == []

    def test_a_rule_about_something_else_leaves_it_alone(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        scene.hold(STATUS, 600)
        scene.happens(PolicyChanged(replace(scene.desk.policy, refusal_ms=1000)))
        scene.hold(STATUS, 600)
        assert scene.asked == ["not_ready"]


class TestLateRelease:
    def test_the_agent_is_shown_a_tap_that_does_nothing(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        press = scene.press(STATUS)
        scene.happens(EdgesCancelled("expired", STATUS))
        assert scene.end_of(press) == ("cancelled", "expired")
        assert scene.lamps.attention == "double"

    def test_the_release_of_what_has_acted_already_is_no_news(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.wait(1500)
        scene.press(Button.HOLD)
        scene.happens(EdgesCancelled("expired", Button.HOLD))
        assert scene.lamps.attention == "blip"


class TestForced:
    def test_a_press_on_a_lost_acds_picture_has_seen_nothing_of_it(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.wait(1500)
        scene.tap(STATUS)
        scene.happens(AcdLink(False))  # drops the plan; the lamps show only the fault
        scene.tap(MUTE)
        assert scene.desk.forced is not None
        scene.happens(AcdLink(True))
        scene.fact(Status.TALKING)
        assert scene.desk.must_act()
        scene.tap(MUTE)
        assert scene.desk.forced is None


class TestMicrophone:
    def test_a_console_that_counts_anew_is_followed_all_the_same(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.happens(MicrophoneChanged(True, 2, "button"))
        scene.answer()
        scene.fact(Status.TALKING, muted=True)
        scene.happens(ConsoleLink(False))
        scene.happens(ConsoleLink(True))
        scene.happens(MicrophoneChanged(True, 1, "reset"))
        scene.happens(MicrophoneChanged(False, 2, "button"))
        assert scene.asked == ["mute", "unmute"]

    def test_a_call_that_comes_back_is_followed_again(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.happens(MicrophoneChanged(True, 2, "button"))
        scene.answer()
        scene.fact(Status.TALKING, muted=True)
        scene.fact(Status.AVAILABLE)
        scene.fact(Status.TALKING, muted=False)
        assert scene.asked == ["mute", "mute"]
