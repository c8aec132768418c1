"""Safety rules: the arrival guard, forced changes, equipment that fails, and who caused what."""

from __future__ import annotations

import pytest
from tests.unit.desk.scene import CALL, Scene

from calldeck.desk import (
    AcdLink,
    Button,
    Call,
    ConsoleLink,
    Direction,
    Edge,
    EquipmentFault,
    ForcedAcknowledged,
    NoteCode,
    Status,
    Verb,
    stuck,
)

NEXT = Call("call-2", "support", 0)


def manual(**policy: object) -> Scene:
    return Scene(login_at_start=False, **policy)


class TestArrivalGuard:
    def arrived(self, status: Status = Status.RINGING, call: Call = CALL) -> Scene:
        scene = manual().starts(Status.AVAILABLE)
        scene.wait(5000)
        scene.fact(status, call=call, cause="call_offered")
        return scene

    @pytest.mark.parametrize("status", [Status.RINGING, Status.TALKING])
    @pytest.mark.parametrize("button", [Button.HOLD, Button.STATUS])
    def test_in_the_first_moments_of_a_call_a_press_is_refused(
        self, status: Status, button: Button
    ) -> None:
        scene = self.arrived(status)
        scene.wait(1499)
        assert scene.end_of(scene.tap(button)) == ("refused", "arrival_guard")
        assert scene.lamps.attention == "double"
        assert scene.asked == []

    def test_after_them_it_acts(self) -> None:
        scene = self.arrived(Status.TALKING)
        scene.wait(1500)
        scene.tap(Button.HOLD)
        assert scene.asked == ["hold"]

    def test_mute_and_assist_are_never_refused(self) -> None:
        scene = self.arrived(Status.TALKING)
        assert scene.end_of(scene.tap(Button.MUTE)) == ("noted", "console_owns_microphone")
        scene.tap(Button.ASSIST)
        assert scene.asked == ["assist"]

    def test_the_answer_does_not_begin_it_anew(self) -> None:
        scene = self.arrived()
        scene.wait(1500)
        scene.fact(Status.TALKING, cause="call_answered")
        scene.tap(Button.HOLD)
        assert scene.asked == ["hold"]

    def test_the_next_call_has_its_own(self) -> None:
        scene = self.arrived(Status.TALKING)
        scene.wait(1500)
        scene.fact(Status.TALKING, call=NEXT)
        assert scene.end_of(scene.tap(Button.HOLD)) == ("refused", "arrival_guard")

    def test_a_call_that_the_agent_has_placed_does_not_arrive(self) -> None:
        scene = self.arrived(Status.TALKING, Call("call-3", "sales", 0, Direction.OUTBOUND))
        scene.tap(Button.HOLD)
        assert scene.asked == ["hold"]

    def test_a_call_that_was_there_before_the_desk_is_not_new(self) -> None:
        scene = manual().starts(Status.TALKING, Call("call-4", "support", 8_000))
        scene.tap(Button.HOLD)
        assert scene.asked == ["hold"]

    def test_one_that_came_a_moment_before_the_desk_is(self) -> None:
        scene = manual().starts(Status.TALKING, Call("call-4", "support", 9_000))
        assert scene.end_of(scene.tap(Button.HOLD)) == ("refused", "arrival_guard")
        scene.wait(500)
        scene.tap(Button.HOLD)
        assert scene.asked == ["hold"]

    def test_a_press_that_was_made_in_time_and_came_late_is_refused_too(self) -> None:
        """The cable was slow: the hand was no less surprised."""
        scene = self.arrived(Status.TALKING)
        scene.wait(2000)
        view = scene.desk.view()
        scene.happens(Edge("late", Button.HOLD, True, 0, view, age_ms=501))
        assert scene.end_of("late") == ("refused", "arrival_guard")
        scene.happens(Edge("later", Button.HOLD, True, 0, view, age_ms=500))
        assert scene.asked == ["hold"]

    def test_no_press_is_so_late_that_it_slips_through(self) -> None:
        scene = self.arrived(Status.TALKING)
        scene.wait(2999)
        assert scene.desk.guard_until is not None
        scene.wait(1)
        assert scene.desk.guard_until is None

    def test_it_can_be_done_without(self) -> None:
        scene = manual(arrival_guard_ms=0).starts(Status.AVAILABLE)
        scene.fact(Status.TALKING)
        scene.tap(Button.HOLD)
        assert scene.asked == ["hold"]


FORCED = [
    (Status.AVAILABLE, Status.NOT_READY, "supervisor"),
    (Status.NOT_READY, Status.AVAILABLE, "supervisor"),
    (Status.AVAILABLE, Status.LOGGED_OUT, "supervisor"),
    (Status.LOGGED_OUT, Status.NOT_READY, "supervisor"),
    (Status.RINGING, Status.NOT_READY, "no_answer"),
    (Status.AFTER_CALL_WORK, Status.AVAILABLE, "work_time_over"),
    (Status.TALKING, Status.NOT_READY, "supervisor"),
    (Status.AVAILABLE, Status.LOGGED_OUT, "elsewhere"),
    (Status.AVAILABLE, Status.NOT_READY, "words of an ACD that we do not know"),
]
OWN = [
    (Status.AVAILABLE, Status.NOT_READY, "agent"),
    (Status.AVAILABLE, Status.RINGING, "call_offered"),
    (Status.RINGING, Status.TALKING, "call_answered"),
    (Status.RINGING, Status.AVAILABLE, "caller_abandoned"),
    (Status.TALKING, Status.AFTER_CALL_WORK, "customer_hung_up"),
    (Status.TALKING, Status.HELD, "words of an ACD that we do not know"),
    (Status.AFTER_CALL_WORK, Status.AVAILABLE, "agent"),
]


class TestForcedChanges:
    def forced(self, before: Status = Status.AVAILABLE) -> Scene:
        scene = manual().starts(before)
        scene.fact(Status.NOT_READY, reason="meeting", cause="supervisor")
        return scene

    @pytest.mark.parametrize("before, after, cause", FORCED)
    def test_it_calls_for_the_agent_and_says_why(
        self, before: Status, after: Status, cause: str
    ) -> None:
        scene = manual().starts(before)
        scene.fact(after, cause=cause)
        forced = scene.desk.forced
        assert forced is not None
        assert (forced.before, forced.after, forced.cause) == (before, after, cause)
        assert scene.lamps.attention == "flash"
        scene.wait(60_000)
        assert scene.lamps.attention == "flash"

    @pytest.mark.parametrize("before, after, cause", OWN)
    def test_what_the_agent_knows_of_calls_for_nobody(
        self, before: Status, after: Status, cause: str
    ) -> None:
        scene = manual().starts(before)
        scene.fact(after, cause=cause)
        assert scene.desk.forced is None

    @pytest.mark.parametrize("button", list(Button))
    def test_any_press_acknowledges_it(self, button: Button) -> None:
        scene = self.forced()
        scene.press(button)
        assert scene.desk.forced is None
        note = scene.notes[-1]
        assert note.code is NoteCode.ACKNOWLEDGED
        assert ("cause", "supervisor") in note.details

    def test_status_does_nothing_else(self) -> None:
        scene = self.forced()
        assert scene.end_of(scene.tap(Button.STATUS)) == ("noted", "acknowledged")
        assert scene.asked == []
        scene.tap(Button.STATUS)
        assert scene.asked == ["ready"]

    def test_status_held_for_long_does_nothing_else_either(self) -> None:
        scene = self.forced()
        assert scene.end_of(scene.hold(Button.STATUS, 3500)) == ("noted", "acknowledged")
        assert scene.desk.choice is None

    def test_two_quick_presses_on_the_same_picture_do_no_more_than_one(self) -> None:
        scene = self.forced()
        view = scene.desk.view()
        scene.tap(Button.STATUS, view)
        assert scene.end_of(scene.tap(Button.STATUS, view)) == ("noted", "acknowledged")
        assert scene.asked == []

    def test_assist_acts_as_ever(self) -> None:
        scene = self.forced()
        scene.tap(Button.ASSIST)
        assert scene.asked == ["assist"]
        assert scene.desk.forced is None

    @pytest.mark.parametrize("button", list(Button))
    def test_a_press_on_a_picture_from_before_acknowledges_nothing(self, button: Button) -> None:
        scene = manual().starts(Status.AVAILABLE)
        before = scene.desk.view()
        scene.fact(Status.NOT_READY, cause="supervisor")
        scene.tap(button, before)
        assert scene.desk.forced is not None
        assert "ready" not in scene.asked

    def test_the_page_acknowledges_what_it_has_shown_and_nothing_newer(self) -> None:
        scene = self.forced()
        assert scene.desk.forced is not None
        number = scene.desk.forced.number
        scene.fact(Status.LOGGED_OUT, cause="supervisor")
        scene.happens(ForcedAcknowledged(number))
        assert scene.desk.forced is not None
        scene.happens(ForcedAcknowledged(scene.desk.forced.number))
        assert scene.desk.forced is None

    def test_what_changed_while_the_acd_was_away_is_forced(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.NOT_READY, cause="agent")
        assert scene.desk.forced is not None
        assert scene.desk.forced.cause == "acd_link_down"
        assert ("cause", "acd_link_down") in scene.notes[-1].details

    def test_nothing_changed_while_the_acd_was_away(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.AVAILABLE, cause="supervisor")
        assert scene.desk.forced is None

    def test_a_plan_dropped_with_the_acd_is_told(self) -> None:
        scene = manual().starts(Status.TALKING)
        scene.wait(1500)
        scene.tap(Button.STATUS)
        assert scene.desk.plan is not None
        scene.happens(AcdLink(False))
        scene.happens(AcdLink(True))
        scene.fact(Status.TALKING)
        assert scene.desk.plan is None
        assert scene.desk.forced is not None
        assert scene.desk.forced.cause == "acd_link_down"
        assert scene.lamps.attention == "flash"

    def test_how_it_was_before_the_desk_began_was_never_shown(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        assert scene.desk.forced is None


class TestEquipment:
    def test_a_stuck_button_calls_until_it_comes_up(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        scene.press(Button.ASSIST)
        scene.happens(EquipmentFault(stuck(Button.ASSIST), present=True))
        scene.happens(EquipmentFault(stuck(Button.ASSIST), present=True))
        assert scene.desk.faults == ("stuck_button ASSIST",)
        assert scene.lamps.attention == "flash"
        scene.release(Button.ASSIST)
        assert scene.desk.faults == ()
        codes = [note.code for note in scene.notes if note.code is NoteCode.EQUIPMENT]
        assert len(codes) == 2

    def test_a_console_that_goes_takes_its_faults_along(self) -> None:
        scene = manual().starts(Status.AVAILABLE)
        scene.happens(EquipmentFault(stuck(Button.HOLD), present=True))
        scene.happens(EquipmentFault("earpiece", present=True))
        scene.happens(ConsoleLink(False))
        assert scene.desk.faults == ("earpiece",)
        scene.happens(EquipmentFault("earpiece", present=False))
        assert scene.desk.faults == ()


class TestWhy:
    @pytest.mark.parametrize("before, after, cause", FORCED + OWN)
    def test_every_change_of_status_is_noted_with_its_cause(
        self, before: Status, after: Status, cause: str
    ) -> None:
        scene = manual().starts(before)
        scene.notes.clear()
        scene.fact(after, cause=cause, reason="reason")
        (note,) = [note for note in scene.notes if note.code is NoteCode.STATUS]
        details = dict(note.details)
        assert details["from"] == before
        assert details["to"] == after
        assert details["cause"] == cause
        assert details["forced"] == str((before, after, cause) in FORCED)


def test_no_button_ends_a_call() -> None:
    for status in (Status.RINGING, Status.TALKING, Status.HELD):
        for button in Button:
            scene = manual().starts(status)
            scene.wait(1500)
            for milliseconds in (80, 700, 3500):
                scene.hold(button, milliseconds)
                scene.wait(6000)
            assert not {"hang_up", "logout"} & set(scene.asked)


def test_a_hang_up_is_for_the_page_alone() -> None:
    scene = manual().starts(Status.TALKING)
    scene.ask(Verb.HANG_UP)
    assert scene.asked == ["hang_up"]
