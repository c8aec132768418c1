"""What STATUS chooses when it is held: a reason for not ready, or a logout, read from pins."""

from __future__ import annotations

import pytest
from tests.hil.desk_rig import DELIVERY_S, IN_CALL, DeskRig

from calldeck.desk import REASONS, Status, Verb

IDLE = (Status.NOT_READY, Status.AVAILABLE, Status.AFTER_CALL_WORK)
LONG_S, LONGEST_S = 0.75, 3.15
EVIDENCE_S = 0.11
"""A button that is down is told of every 100 ms."""
SECOND_TAP_S = 0.35
"""A tap that may become a double tap acts so long after its release."""


class TestChoiceOfAReason:
    @pytest.mark.parametrize("status", [*IDLE, *IN_CALL])
    def test_a_long_press_begins_it(self, desk: DeskRig, status: Status) -> None:
        desk.be(status)
        before = desk.asked
        pressed_s = desk.down("STATUS")
        desk.until(lambda: bool(desk.queue_bar), 1.0)
        assert 0.6 <= desk.now_s - pressed_s < 0.6 + EVIDENCE_S + DELIVERY_S, "while still held"
        assert desk.queue_bar == {1}
        desk.up("STATUS")
        desk.settle()
        shown = desk.patterns("attention", *(f"queue_{place}" for place in range(1, 6)))
        assert shown.pop("attention") == "blip"
        assert shown == {
            f"queue_{place}": "steady" if place == 1 else "off" for place in range(1, 6)
        }
        assert (desk.status, desk.asked) == (status, before)

    @pytest.mark.parametrize("held_s, long", [(0.595, False), (0.602, True)])
    def test_600_ms_are_long(self, desk: DeskRig, held_s: float, long: bool) -> None:
        desk.be(Status.AVAILABLE)
        desk.hold_down("STATUS", held_s)
        assert desk.queue_bar == ({1} if long else set())
        assert desk.status == ("available" if long else "not_ready")

    def test_taps_go_from_place_to_place_and_round_again(self, desk: DeskRig) -> None:
        desk.be(Status.AVAILABLE)
        desk.hold_down("STATUS", LONG_S)
        for place in (2, 3, 4, 5, 1, 2):
            desk.tap("STATUS")
            assert desk.queue_bar == {place}
            assert desk.pattern("attention", 2.2) == "blip"
        assert (desk.status, desk.asked) == ("available", [])

    @pytest.mark.parametrize("place", [1, 2, 3, 4, 5])
    def test_a_long_press_confirms_the_reason_that_is_lit(self, desk: DeskRig, place: int) -> None:
        desk.be(Status.AVAILABLE)
        desk.hold_down("STATUS", LONG_S)
        for _ in range(place - 1):
            desk.tap("STATUS")
        assert desk.queue_bar == {place}
        desk.hold_down("STATUS", LONG_S)
        assert (desk.status, desk.reason) == ("not_ready", REASONS[place - 1])
        assert desk.asked_verbs() == [Verb.NOT_READY]
        assert desk.queue_bar == set()
        desk.shows_status(Status.NOT_READY)

    @pytest.mark.parametrize("status", [Status.NOT_READY, Status.AFTER_CALL_WORK])
    def test_it_may_be_another_reason_or_end_the_work(self, desk: DeskRig, status: Status) -> None:
        desk.be(status)
        desk.hold_down("STATUS", LONG_S)
        desk.tap("STATUS")
        desk.hold_down("STATUS", LONG_S)
        assert (desk.status, desk.reason) == ("not_ready", "lunch")

    def test_five_seconds_without_a_press_cancel_it(self, desk: DeskRig) -> None:
        desk.be(Status.AVAILABLE)
        desk.hold_down("STATUS", LONG_S)
        desk.tap("STATUS")
        released_s = desk.now_s - 0.1
        desk.run_for(released_s + 4.95 - desk.now_s)
        assert desk.queue_bar == {2}
        desk.run_for(0.1)
        assert desk.queue_bar == set()
        assert desk.pattern("attention") == "off"
        assert (desk.status, desk.asked) == ("available", [])
        assert desk.notes("choice")[-1] == {"choice": "choosing_2"}

    def test_it_stands_in_front_of_those_who_wait(self, desk: DeskRig) -> None:
        for _ in range(2):
            desk.happen("call")
        desk.settle()
        assert desk.queue_bar == {1, 2}
        desk.hold_down("STATUS", LONG_S)
        assert desk.queue_bar == {1}
        desk.tap("STATUS")
        desk.tap("STATUS")
        assert desk.queue_bar == {3}
        desk.run_for(5.0)
        assert desk.queue_bar == {1, 2}

    def test_a_call_that_comes_ends_it(self, desk: DeskRig) -> None:
        desk.be(Status.AVAILABLE)
        desk.run_for(0.25)
        desk.hold_down("STATUS", LONG_S)
        desk.happen("call")
        desk.settle()
        assert desk.queue_bar == set()
        desk.refuses("STATUS", "arrival_guard", LONG_S)

    def test_in_a_call_it_is_planned_with_its_reason(self, desk: DeskRig) -> None:
        desk.be(Status.TALKING)
        desk.hold_down("STATUS", LONG_S)
        for _ in range(3):
            desk.tap("STATUS")
        desk.hold_down("STATUS", LONG_S)
        assert desk.queue_bar == set()
        assert desk.asked == []
        assert desk.pattern("attention") == "blip"
        desk.end_call()
        desk.tap("STATUS")
        desk.run_for(SECOND_TAP_S)
        assert (desk.status, desk.reason) == ("not_ready", "training")


class TestLogout:
    @pytest.mark.parametrize("status", IDLE)
    def test_three_seconds_offer_it_and_a_long_press_confirms(
        self, desk: DeskRig, status: Status
    ) -> None:
        desk.be(status)
        pressed_s = desk.down("STATUS")
        desk.until(lambda: desk.queue_bar == {1, 5}, 4)
        assert 3.0 <= desk.now_s - pressed_s < 3.0 + EVIDENCE_S + DELIVERY_S
        desk.up("STATUS")
        desk.settle()
        assert desk.pattern("attention") == "blip"
        assert desk.asked == []
        desk.hold_down("STATUS", LONG_S)
        assert desk.status == "logged_out"
        assert desk.asked_verbs() == [Verb.LOGOUT]
        assert desk.queue_bar == set()
        desk.shows_status(Status.LOGGED_OUT)

    def test_a_tap_takes_it_back(self, desk: DeskRig) -> None:
        desk.be(Status.AVAILABLE)
        desk.hold_down("STATUS", LONGEST_S)
        assert desk.queue_bar == {1, 5}
        desk.tap("STATUS")
        assert desk.queue_bar == set()
        assert desk.pattern("attention") == "off"
        assert (desk.status, desk.asked) == ("available", [])
        assert desk.ends_of("STATUS")[-1] == ("noted", "choice_cancelled")

    def test_five_seconds_without_a_press_cancel_it(self, desk: DeskRig) -> None:
        desk.hold_down("STATUS", LONGEST_S)
        desk.run_for(4.9)
        assert desk.queue_bar == {1, 5}
        desk.run_for(0.15)
        assert desk.queue_bar == set()
        assert (desk.status, desk.asked) == ("not_ready", [])

    @pytest.mark.parametrize("status", IN_CALL)
    def test_in_a_call_it_is_planned(self, desk: DeskRig, status: Status) -> None:
        desk.be(status)
        before = desk.asked
        desk.hold_down("STATUS", LONGEST_S)
        desk.hold_down("STATUS", LONG_S)
        assert (desk.status, desk.asked) == (status, before), "no customer is dropped"
        assert desk.pattern("attention") == "blip"
        desk.end_call()
        if desk.status == "after_call_work":
            desk.tap("STATUS")
            desk.run_for(SECOND_TAP_S)
        desk.settle()
        assert desk.status == "logged_out"

    def test_a_planned_one_is_taken_back_by_a_tap(self, desk: DeskRig) -> None:
        desk.be(Status.TALKING)
        desk.hold_down("STATUS", LONGEST_S)
        desk.hold_down("STATUS", LONG_S)
        desk.tap("STATUS")
        assert desk.pattern("attention") == "off"
        desk.end_call()
        desk.tap("STATUS")
        desk.run_for(SECOND_TAP_S)
        assert desk.status == "available"
