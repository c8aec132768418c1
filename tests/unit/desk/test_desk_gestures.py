"""Gestures: what taps and long presses do, by the console's time and on evidence alone."""

from __future__ import annotations

import pytest
from tests.unit.desk.scene import Scene

from calldeck.desk import (
    AcdLink,
    Button,
    DeadlinePassed,
    Edge,
    EdgesCancelled,
    GestureTimes,
    Held,
    Outcome,
    Policy,
    Status,
    Verb,
)

REASONS = ("break", "lunch", "back-office", "training", "meeting", "errand")
STATUS, ASSIST, HOLD = Button.STATUS, Button.ASSIST, Button.HOLD


def manual(**policy: object) -> Scene:
    """A desk at which nobody logs in by itself, with six reasons for not ready."""
    return Scene(login_at_start=False, reasons=REASONS, **policy)


def bar(scene: Scene) -> list[bool]:
    """Which lamps of the queue bar are lit."""
    lamps = scene.lamps
    queue = (lamps.queue1, lamps.queue2, lamps.queue3, lamps.queue4, lamps.queue5)
    return [lamp == "steady" for lamp in queue]


class TestTapsInAfterCallWork:
    def test_one_tap_ends_it_once_no_second_one_can_come(self) -> None:
        scene = manual().starts(Status.AFTER_CALL_WORK)
        press = scene.quick_tap(STATUS)
        assert scene.lamps.attention == "blip"
        scene.wait(349)
        assert scene.asked == []
        scene.wait(1)
        assert scene.asked == ["end_work"]
        assert scene.commands[0].press == press
        scene.answer()
        assert scene.end_of(press) == ("confirmed", "")

    def test_two_taps_end_it_into_not_ready(self) -> None:
        scene = manual(not_ready_reason="pause").starts(Status.AFTER_CALL_WORK)
        first = scene.quick_tap(STATUS)
        scene.wait(300)
        second = scene.quick_tap(STATUS)
        assert [(one.verb, one.argument) for one in scene.commands] == [("not_ready", "pause")]
        assert scene.end_of(first) == ("cancelled", "other_gesture")
        scene.answer()
        assert scene.end_of(second) == ("confirmed", "")

    def test_two_taps_are_told_by_the_time_at_the_console(self) -> None:
        """Both edges of the second tap come late: it was in time all the same."""
        scene = manual().starts(Status.AFTER_CALL_WORK)
        scene.quick_tap(STATUS)
        view, pressed_ms = scene.desk.view(), scene.now + 290
        scene.wait(340)
        scene.happens(Edge("late", STATUS, True, pressed_ms, view))
        scene.happens(Edge("late up", STATUS, False, pressed_ms + 40, view))
        assert scene.asked == ["not_ready"]

    def test_a_second_tap_that_is_too_late_at_the_console_is_none(self) -> None:
        """The first acts alone, and the second finds its command unanswered."""
        scene = manual().starts(Status.AFTER_CALL_WORK)
        first = scene.quick_tap(STATUS)
        scene.wait(320)
        second = scene.quick_tap(STATUS)
        assert scene.asked == ["end_work"]
        assert scene.commands[0].press == first
        assert scene.end_of(second) == ("refused", "command_unanswered")

    def test_a_tap_waits_for_nothing_that_happens_meanwhile(self) -> None:
        scene = manual().starts(Status.AFTER_CALL_WORK)
        press = scene.quick_tap(STATUS)
        scene.fact(Status.AVAILABLE, cause="work_time_over")
        scene.wait(350)
        assert scene.asked == []
        assert scene.end_of(press) == ("refused", "status_changed")

    def test_a_tap_that_is_complete_survives_the_console(self) -> None:
        scene = manual().starts(Status.AFTER_CALL_WORK)
        scene.quick_tap(STATUS)
        scene.happens(EdgesCancelled("console_link_down"))
        scene.wait(350)
        assert scene.asked == ["end_work"]

    def test_a_tap_and_a_long_press_are_a_long_press(self) -> None:
        scene = manual().starts(Status.AFTER_CALL_WORK)
        first = scene.quick_tap(STATUS)
        scene.wait(100)
        second = scene.hold(STATUS, 700)
        assert scene.asked == []
        assert scene.desk.choosing_reason
        assert scene.end_of(first) == ("cancelled", "other_gesture")
        assert scene.end_of(second) == ("noted", "choosing")

    @pytest.mark.parametrize("status", [Status.AVAILABLE, Status.NOT_READY])
    def test_elsewhere_a_tap_does_not_wait(self, status: Status) -> None:
        scene = manual().starts(status)
        scene.quick_tap(STATUS)
        assert len(scene.asked) == 1


class TestLongPress:
    def test_it_acts_on_evidence_while_the_button_is_down(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        press = scene.press(STATUS)
        scene.wait(599)
        scene.held(STATUS)
        assert scene.is_open(press)
        scene.wait(1)
        scene.held(STATUS)
        assert scene.end_of(press) == ("noted", "choosing")
        release = scene.release(STATUS)
        assert scene.end_of(release) == ("noted", "release")

    def test_no_time_of_the_host_makes_one(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        press = scene.press(STATUS)
        scene.wait(10_000)
        scene.happens(DeadlinePassed())
        assert scene.is_open(press)
        assert scene.desk.choice is None

    def test_the_release_is_evidence_too(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        scene.press(STATUS)
        scene.wait(650)
        scene.release(STATUS)
        assert scene.desk.choosing_reason
        assert scene.asked == []

    def test_across_the_end_of_the_ring_of_console_time(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        view = scene.desk.view()
        scene.happens(Edge("down", STATUS, True, 2**30 - 100, view))
        scene.happens(Held((STATUS,), 499))
        assert scene.desk.choice is None
        scene.happens(Held((STATUS,), 500))
        assert scene.desk.choosing_reason

    def test_one_whose_link_dropped_is_cancelled(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        press = scene.press(STATUS)
        scene.wait(400)
        scene.happens(EdgesCancelled("console_link_down"))
        scene.wait(400)
        scene.held(STATUS)
        assert scene.end_of(press) == ("cancelled", "console_link_down")
        assert scene.desk.choice is None

    def test_it_finds_a_changed_status_and_does_nothing(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        press = scene.press(STATUS)
        scene.wait(300)
        scene.fact(Status.RINGING)
        scene.wait(300)
        scene.held(STATUS)
        assert scene.end_of(press) == ("refused", "status_changed")
        assert scene.desk.choice is None

    @pytest.mark.parametrize("status", [Status.AVAILABLE, Status.TALKING])
    def test_of_hold_there_is_none(self, status: Status) -> None:
        scene = manual().starts(status)
        scene.wait(1500)
        scene.hold(HOLD, 5000)
        assert len(scene.asked) == (1 if status is Status.TALKING else 0)

    def test_times_are_the_policys(self) -> None:
        times = GestureTimes(long_press_ms=1000, emergency_press_ms=700)
        scene = manual(gestures=times).starts(Status.AVAILABLE)
        scene.hold(STATUS, 999)
        assert scene.asked == ["not_ready"]
        scene.hold(ASSIST, 700)
        assert scene.asked[1:] == ["emergency"]


class TestChoosingAReason:
    def choosing(self, status: Status = Status.AVAILABLE) -> Scene:
        scene = manual().starts(status)
        scene.wait(1500)
        scene.hold(STATUS, 600)
        assert scene.desk.choosing_reason
        return scene

    def test_exactly_one_lamp_shows_the_place_and_attention_blips(self) -> None:
        scene = self.choosing()
        for place in (0, 1, 2, 3, 4, 0):
            assert bar(scene) == [lamp == place for lamp in range(5)]
            assert scene.lamps.attention == "blip"
            assert scene.lamps.availability_green == "steady"
            scene.tap(STATUS)
        assert scene.asked == []

    def test_a_long_press_confirms(self) -> None:
        scene = self.choosing()
        scene.tap(STATUS)
        scene.tap(STATUS)
        press = scene.hold(STATUS, 600)
        (command,) = scene.commands
        assert (command.verb, command.argument) == ("not_ready", "back-office")
        assert scene.desk.choice is None
        scene.answer()
        assert scene.end_of(press) == ("confirmed", "")

    def test_held_on_for_long_after_it_has_confirmed_it_does_no_more(self) -> None:
        scene = self.choosing()
        scene.hold(STATUS, 4000)
        assert scene.asked == ["not_ready"]
        assert scene.desk.choice is None

    def test_five_seconds_without_a_press_cancel(self) -> None:
        scene = self.choosing()
        scene.wait(3000)
        scene.tap(STATUS)
        scene.wait(4999)
        assert scene.desk.choosing_reason
        scene.wait(1)
        assert scene.desk.choice is None
        assert scene.asked == []
        assert not any(bar(scene))

    @pytest.mark.parametrize("status", [Status.RINGING, Status.NOT_READY])
    def test_a_change_of_status_cancels(self, status: Status) -> None:
        scene = self.choosing()
        scene.fact(status, cause="call_offered")
        assert scene.desk.choice is None

    def test_the_loss_of_the_acd_cancels(self) -> None:
        scene = self.choosing()
        scene.happens(AcdLink(False))
        assert scene.desk.choice is None

    def test_a_tap_on_a_picture_without_the_choice_is_refused(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        before = scene.desk.view()
        scene.hold(STATUS, 600)
        assert scene.end_of(scene.tap(STATUS, before)) == ("refused", "status_changed")
        assert scene.desk.choice is not None
        assert scene.desk.choice.place == 1

    def test_a_tap_on_a_choice_that_is_over_is_refused(self) -> None:
        scene = self.choosing()
        view = scene.desk.view()
        scene.wait(5000)
        assert scene.end_of(scene.tap(STATUS, view)) == ("refused", "status_changed")
        assert scene.asked == []

    def test_in_a_call_the_reason_is_planned(self) -> None:
        scene = self.choosing(Status.TALKING)
        scene.tap(STATUS)
        press = scene.hold(STATUS, 600)
        assert scene.end_of(press) == ("noted", "planned")
        assert scene.asked == []
        scene.fact(Status.AFTER_CALL_WORK)
        scene.fact(Status.AVAILABLE)
        (command,) = scene.commands
        assert (command.verb, command.argument) == ("not_ready", "lunch")

    def test_not_ready_for_another_reason(self) -> None:
        scene = self.choosing(Status.NOT_READY)
        scene.hold(STATUS, 600)
        assert [(one.verb, one.argument) for one in scene.commands] == [("not_ready", "break")]

    def test_without_reasons_there_is_nothing_to_choose(self) -> None:
        scene = Scene(login_at_start=False, reasons=()).starts(Status.AVAILABLE)
        assert scene.end_of(scene.hold(STATUS, 600)) == ("refused", "no_reasons")

    def test_two_reasons_take_turns(self) -> None:
        scene = Scene(login_at_start=False, reasons=("a", "b")).starts(Status.AVAILABLE)
        scene.hold(STATUS, 600)
        scene.tap(STATUS)
        scene.tap(STATUS)
        assert scene.desk.choice is not None
        assert scene.desk.choice.place == 1

    def test_the_sixth_reason_is_on_the_page(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        request = scene.ask(Verb.NOT_READY, reason="errand")
        assert [(one.verb, one.argument) for one in scene.commands] == [("not_ready", "errand")]
        scene.answer()
        assert scene.end_of_request(request) == ("confirmed", "")
        other = scene.ask(Verb.NOT_READY, reason="unheard of")
        assert scene.end_of_request(other) == ("refused", "no_such_reason")


class TestLogout:
    def offered(self, status: Status = Status.AVAILABLE) -> Scene:
        scene = manual().starts(status)
        scene.wait(1500)
        scene.hold(STATUS, 3000)
        assert scene.desk.choice is not None
        assert scene.desk.choice.place == 0
        return scene

    def test_it_is_offered_and_not_done(self) -> None:
        scene = self.offered()
        assert scene.asked == []
        assert bar(scene) == [True, False, False, False, True]
        assert scene.lamps.attention == "blip"

    def test_the_release_alone_tells_of_three_seconds_too(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        press = scene.press(STATUS)
        scene.wait(3000)
        scene.release(STATUS)
        assert scene.end_of(press) == ("noted", "logout_offered")
        assert scene.desk.choice is not None
        assert scene.desk.choice.place == 0

    def test_a_long_press_confirms(self) -> None:
        scene = self.offered()
        press = scene.hold(STATUS, 600)
        assert scene.asked == ["logout"]
        scene.answer()
        assert scene.end_of(press) == ("confirmed", "")

    def test_a_tap_takes_it_back(self) -> None:
        scene = self.offered()
        assert scene.end_of(scene.tap(STATUS)) == ("noted", "choice_cancelled")
        assert scene.desk.choice is None
        assert scene.asked == []

    def test_it_lapses(self) -> None:
        scene = self.offered()
        scene.wait(5000)
        assert scene.desk.choice is None

    def test_the_time_to_confirm_begins_when_the_hand_is_free(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        scene.hold(STATUS, 7000)
        scene.wait(4999)
        assert scene.desk.choice is not None
        scene.wait(1)
        assert scene.desk.choice is None

    def test_in_a_call_it_is_planned_and_done_after_it(self) -> None:
        scene = self.offered(Status.TALKING)
        assert scene.end_of(scene.hold(STATUS, 600)) == ("noted", "planned")
        assert scene.desk.view().pending == "logout"
        scene.fact(Status.AFTER_CALL_WORK)
        assert scene.asked == []
        scene.tap(STATUS)
        assert scene.asked == ["logout"]

    def test_a_planned_logout_follows_a_supervisors_not_ready(self) -> None:
        scene = self.offered(Status.TALKING)
        scene.hold(STATUS, 600)
        scene.fact(Status.NOT_READY, cause="supervisor")
        assert scene.asked == ["logout"]
        scene.answer()
        scene.fact(Status.LOGGED_OUT)
        assert scene.desk.plan is None

    def test_a_planned_logout_is_taken_back_by_a_tap(self) -> None:
        scene = self.offered(Status.TALKING)
        scene.hold(STATUS, 600)
        assert scene.end_of(scene.tap(STATUS)) == ("noted", "taken_back")
        assert scene.desk.plan is None

    def test_denied_it_is_not_asked_for_again(self) -> None:
        scene = self.offered(Status.TALKING)
        scene.hold(STATUS, 600)
        scene.fact(Status.AVAILABLE)
        scene.answer(Outcome.DENIED, "no")
        scene.wait(10_000)
        assert scene.asked == ["logout"]

    def test_nobody_is_logged_in(self) -> None:
        scene = manual().starts(Status.LOGGED_OUT)
        assert scene.end_of(scene.hold(STATUS, 3000)) == ("refused", "logged_out")


class TestAssist:
    @pytest.mark.parametrize("status", list(Status))
    def test_two_seconds_are_an_emergency_while_still_held(self, status: Status) -> None:
        scene = manual().starts(status)
        press = scene.press(ASSIST)
        for _step in range(20):
            scene.wait(100)
            scene.held(ASSIST)
        assert scene.asked == ["emergency"]
        scene.release(ASSIST)
        assert scene.asked == ["emergency"]
        scene.answer()
        assert scene.end_of(press) == ("confirmed", "")
        assert scene.desk.help is not None
        assert scene.desk.help.emergency

    def test_a_little_less_is_a_call_for_the_team_leader(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.hold(ASSIST, 1999)
        assert scene.asked == ["assist"]

    def test_an_emergency_does_not_wait_for_a_help_that_was_asked_for(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.tap(ASSIST)
        scene.hold(ASSIST, 2000)
        assert scene.asked == ["assist", "emergency"]

    def test_an_emergency_takes_the_place_of_a_help_that_was_asked_for(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.tap(ASSIST)
        scene.answer()
        scene.hold(ASSIST, 2000)
        scene.answer()
        assert scene.desk.help is not None
        assert scene.desk.help.emergency
        assert [one.emergency for one in scene.desk.unattended] == [False]

    def test_an_emergency_lasts_until_somebody_comes(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.hold(ASSIST, 2000)
        scene.answer()
        scene.fact(Status.AFTER_CALL_WORK)
        assert scene.lamps.attention == "blip"
        scene.acknowledge()
        assert scene.lamps.attention == "steady"
        scene.fact(Status.AVAILABLE)
        assert scene.lamps.attention == "off"

    def test_help_is_part_of_an_emergency_on_its_way(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.hold(ASSIST, 2000)
        assert scene.end_of(scene.tap(ASSIST)) == ("noted", "help_already_wished")


def test_gesture_times_must_make_sense() -> None:
    with pytest.raises(ValueError, match="long_press_ms is 0"):
        GestureTimes(long_press_ms=0)
    with pytest.raises(ValueError, match="logout_press_ms is 500"):
        GestureTimes(logout_press_ms=500)
    with pytest.raises(ValueError, match="choice_ms is 0"):
        Policy("1001", choice_ms=0)
    with pytest.raises(ValueError, match="arrival_guard_ms is -1"):
        Policy("1001", arrival_guard_ms=-1)
