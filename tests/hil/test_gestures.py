"""What hands do with the buttons, on the real firmware's pins, in each status where it has a sense.

Looked at are what the ACD is asked for, and what the lamps show meanwhile.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.hil.conftest import OpenDesk
from tests.hil.desk_rig import DELIVERY_S, IN_CALL, QUIET, DeskRig

from calldeck.desk import HelpAcknowledged, Status, Verb

LONG_S, EMERGENCY_S = 0.75, 2.0
EVIDENCE_S = 0.11
"""A button that is down is told of every 100 ms."""
SECOND_TAP_S = 0.35
"""A tap that may become a double tap acts so long after its release."""


class TestHold:
    def test_it_acts_when_the_button_goes_down(self, desk: DeskRig) -> None:
        desk.be(Status.TALKING)
        pressed_s = desk.down("HOLD")
        desk.until(lambda: desk.status == "held", DELIVERY_S)
        desk.settle()
        assert desk.lamp_edges("hold", pressed_s)[0].at_us / 1e6 - pressed_s < DELIVERY_S
        desk.shows_status(Status.HELD)
        desk.up("HOLD")
        desk.settle()
        assert desk.status == "held"
        assert desk.asked_verbs() == [Verb.HOLD]
        assert desk.ends_of("HOLD") == [("confirmed", "")]

    def test_the_next_press_brings_the_customer_back(self, desk: DeskRig) -> None:
        desk.be(Status.HELD)
        desk.down("HOLD")
        desk.until(lambda: desk.status == "talking", DELIVERY_S)
        desk.settle()
        desk.shows_status(Status.TALKING)
        desk.up("HOLD")
        desk.settle()
        assert desk.asked_verbs() == [Verb.HOLD, Verb.RESUME]


class TestTapOfStatus:
    def test_not_ready_becomes_available(self, desk: DeskRig) -> None:
        desk.tap("STATUS")
        assert desk.status == "available"
        desk.shows_status(Status.AVAILABLE)
        assert desk.asked_verbs() == [Verb.READY]

    def test_available_becomes_not_ready(self, desk: DeskRig) -> None:
        desk.be(Status.AVAILABLE)
        desk.tap("STATUS")
        assert (desk.status, desk.reason) == ("not_ready", "unspecified")
        desk.shows_status(Status.NOT_READY)
        assert desk.asked_verbs() == [Verb.NOT_READY]

    def test_it_acts_on_release(self, desk: DeskRig) -> None:
        desk.down("STATUS")
        desk.run_for(0.4)
        assert desk.asked == []
        desk.up("STATUS")
        desk.until(lambda: desk.status == "available", DELIVERY_S)

    def test_two_quick_ones_are_two_where_no_double_tap_is(self, desk: DeskRig) -> None:
        desk.be(Status.AVAILABLE)
        for _ in range(2):
            desk.press("STATUS", 0.05)
            desk.run_for(0.15)
        assert desk.asked_verbs() == [Verb.NOT_READY, Verb.READY]

    @pytest.mark.parametrize("status", IN_CALL)
    def test_in_a_call_it_plans_and_the_next_takes_it_back(
        self, desk: DeskRig, status: Status
    ) -> None:
        desk.be(status)
        before = desk.asked
        desk.tap("STATUS")
        shown = desk.patterns("attention", "availability_red", "availability_green")
        assert shown["attention"] == "blip"
        assert {"flash", "wink"} & set(shown.values()), "the call is shown as before"
        desk.tap("STATUS")
        assert desk.pattern("attention") == "off"
        assert desk.ends_of("STATUS") == [("noted", "planned"), ("noted", "taken_back")]
        desk.end_call()
        desk.run_for(0.3)
        assert desk.status in ("available", "after_call_work")
        assert desk.asked == before

    def test_the_plan_is_carried_out_after_a_call_that_nobody_answered(self, desk: DeskRig) -> None:
        desk.be(Status.RINGING)
        desk.tap("STATUS")
        desk.end_call()
        desk.settle()
        assert (desk.status, desk.reason) == ("not_ready", "unspecified")
        assert desk.pattern("attention") == "off"

    def test_the_plan_is_carried_out_by_the_tap_that_ends_the_work(self, desk: DeskRig) -> None:
        desk.be(Status.TALKING)
        desk.tap("STATUS")
        desk.end_call()
        assert desk.pattern("attention") == "blip"
        desk.tap("STATUS")
        desk.run_for(SECOND_TAP_S)
        assert desk.status == "not_ready"
        assert desk.asked_verbs() == [Verb.NOT_READY], "never available in between"
        assert desk.pattern("attention") == "off"

    def test_the_plan_is_carried_out_when_the_timer_ends_the_work(
        self, open_desk: OpenDesk
    ) -> None:
        desk = open_desk(switch=replace(QUIET, after_call_work_s=1.0))
        desk.be(Status.HELD)
        desk.tap("STATUS")
        desk.end_call()
        desk.run_for(1.2)
        assert desk.status == "not_ready"
        assert desk.asked_verbs() == [Verb.HOLD, Verb.NOT_READY]


class TestAfterCallWork:
    def test_a_tap_ends_it_once_it_cannot_become_two(self, desk: DeskRig) -> None:
        desk.be(Status.AFTER_CALL_WORK)
        desk.shows_status(Status.AFTER_CALL_WORK)
        pressed_s = desk.press("STATUS", 0.08)
        desk.run_for(0.08 + SECOND_TAP_S - 0.02)
        assert desk.asked == []
        desk.until(lambda: desk.status == "available", DELIVERY_S)
        assert desk.now_s - pressed_s < 0.08 + SECOND_TAP_S + DELIVERY_S
        assert desk.lamp_edges("attention", pressed_s)[0].level, "it blinks for the wish meanwhile"
        desk.settle()
        desk.shows_status(Status.AVAILABLE)
        assert desk.asked_verbs() == [Verb.END_WORK]

    @pytest.mark.parametrize("between_s, asked", [(0.28, "not_ready"), (0.32, "available")])
    def test_two_taps_within_300_ms_are_a_break(
        self, desk: DeskRig, between_s: float, asked: str
    ) -> None:
        """Counted by the console's clock from the release of the first to the second's press."""
        desk.be(Status.AFTER_CALL_WORK)
        desk.press("STATUS", 0.08)
        desk.press("STATUS", 0.05, in_s=0.001 + 0.08 + between_s)
        desk.run_for(0.08 + between_s + 0.06)
        desk.settle()
        if asked == "not_ready":
            assert desk.asked_verbs() == [Verb.NOT_READY]
            assert desk.ends_of("STATUS") == [("cancelled", "other_gesture"), ("confirmed", "")]
            desk.shows_status(Status.NOT_READY)
        else:
            assert desk.asked_verbs()[0] == Verb.END_WORK
            desk.run_for(0.5)
            assert desk.ends_of("STATUS")[0] == ("confirmed", "")

    def test_a_tap_and_a_long_press_choose_a_reason(self, desk: DeskRig) -> None:
        desk.be(Status.AFTER_CALL_WORK)
        desk.press("STATUS", 0.08)
        desk.press("STATUS", LONG_S, in_s=0.25)
        desk.run_for(0.25 + LONG_S + DELIVERY_S)
        assert desk.queue_bar == {1}
        assert desk.ends_of("STATUS") == [("cancelled", "other_gesture"), ("noted", "choosing")]
        assert desk.status == "after_call_work"


class TestAssist:
    @pytest.mark.parametrize("status", Status)
    def test_a_tap_calls_the_team_leader(self, desk: DeskRig, status: Status) -> None:
        desk.be(status)
        desk.tap("ASSIST")
        assert len(desk.switch.assists) == 1
        assert desk.switch.emergencies == []
        assert desk.pattern("attention") == "blip"
        helping = desk.station.desk.help
        assert helping is not None
        desk.station.sink(HelpAcknowledged(helping.number))
        desk.settle()
        assert desk.pattern("attention") == "steady", "help is coming"
        assert desk.status == status

    @pytest.mark.parametrize("status", Status)
    def test_two_seconds_are_an_emergency_while_still_held(
        self, desk: DeskRig, status: Status
    ) -> None:
        desk.be(status)
        pressed_s = desk.down("ASSIST")
        desk.until(lambda: bool(desk.switch.emergencies), 3)
        assert EMERGENCY_S <= desk.now_s - pressed_s < EMERGENCY_S + EVIDENCE_S + DELIVERY_S
        desk.run_for(1.0)
        desk.up("ASSIST")
        desk.settle()
        assert len(desk.switch.emergencies) == 1
        assert desk.switch.assists == [], "the release calls nobody else"
        assert desk.ends_of("ASSIST") == [("confirmed", "")]

    @pytest.mark.parametrize("held_s, emergency", [(1.995, False), (2.002, True)])
    def test_2000_ms_are_an_emergency(self, desk: DeskRig, held_s: float, emergency: bool) -> None:
        desk.hold_down("ASSIST", held_s)
        assert desk.asked_verbs() == [Verb.EMERGENCY if emergency else Verb.ASSIST]


class TestMute:
    @pytest.mark.parametrize("status", [Status.AVAILABLE, Status.TALKING, Status.HELD])
    def test_a_tap_mutes_and_the_next_opens(self, desk: DeskRig, status: Status) -> None:
        desk.be(status)
        for muted in (True, False):
            desk.tap("MUTE")
            assert desk.mute_lamp is muted
            if status is not Status.AVAILABLE:
                assert desk.switch.agent_report("1001").muted is muted
        assert desk.ends_of("MUTE") == [("noted", "console_owns_microphone")] * 2
        assert desk.status == status

    def test_a_cough_is_muted_for_as_long_as_the_finger_is_down(self, desk: DeskRig) -> None:
        desk.be(Status.TALKING)
        pressed_s = desk.down("MUTE")
        desk.run_for(0.9)
        assert desk.mute_lamp
        assert desk.switch.agent_report("1001").muted
        desk.up("MUTE")
        desk.settle()
        assert not desk.mute_lamp
        assert not desk.switch.agent_report("1001").muted
        assert pressed_s < desk.now_s


class TestTimesAreTheConsoles:
    @pytest.mark.parametrize("held_s", [0.4, 2.0, 4.0])
    @pytest.mark.parametrize("button", ["STATUS", "ASSIST"])
    def test_a_press_whose_link_dropped_before_its_release_is_cancelled(
        self, desk: DeskRig, button: str, held_s: float
    ) -> None:
        """It would be a tap, long or longest by the hand's own time."""
        desk.be(Status.AVAILABLE)
        pressed_s = desk.down(button)
        desk.run_for(0.2)
        desk.pico.unplug()
        desk.run_for(pressed_s + held_s - desk.now_s)
        desk.up(button)
        desk.settle()
        desk.pico.plug()
        desk.until(lambda: desk.station.session.established, 5)
        desk.run_for(1.0)
        assert desk.ends_of(button) == [("cancelled", "console_link_down")]
        assert (desk.status, desk.asked, desk.queue_bar) == ("available", [], set())

    def test_hold_has_acted_already_when_the_link_drops(self, desk: DeskRig) -> None:
        desk.be(Status.TALKING)
        desk.down("HOLD")
        desk.settle()
        desk.pico.unplug()
        desk.run_for(0.3)
        desk.up("HOLD")
        desk.pico.plug()
        desk.until(lambda: desk.station.session.established, 5)
        desk.run_for(0.5)
        assert (desk.status, desk.asked_verbs()) == ("held", [Verb.HOLD])

    def test_a_tap_that_is_heard_of_late_is_no_long_press(self, desk: DeskRig) -> None:
        """The host knows of the press for a second, and of its release only then."""
        desk.be(Status.AVAILABLE)
        desk.press("STATUS", 0.3)
        desk.run_for(0.05)
        desk.pico.stop_reading(True)
        desk.run_for(1.0)
        assert (desk.queue_bar, desk.asked) == (set(), [])
        desk.pico.stop_reading(False)
        desk.settle()
        assert desk.asked_verbs() == [Verb.NOT_READY]
        assert desk.queue_bar == set()

    @pytest.mark.parametrize("button", ["STATUS", "ASSIST"])
    def test_no_time_of_the_host_makes_a_long_press(self, desk: DeskRig, button: str) -> None:
        """The button is still down as far as anybody knows, but nothing proves it."""
        desk.be(Status.AVAILABLE)
        desk.down(button)
        desk.run_for(0.25)
        desk.pico.stop_reading(True)
        desk.run_for(2.3)
        assert (desk.queue_bar, desk.asked) == (set(), [])
        desk.pico.stop_reading(False)
        desk.run_for(EVIDENCE_S + DELIVERY_S)
        if button == "STATUS":
            assert desk.queue_bar == {1}, "now a frame has shown it"
        else:
            assert desk.asked_verbs() == [Verb.EMERGENCY]
        desk.up(button)
        desk.settle()

    @pytest.mark.parametrize("button, held_s", [("STATUS", 0.75), ("ASSIST", 2.2)])
    def test_evidence_that_is_old_proves_nothing(
        self, desk: DeskRig, button: str, held_s: float
    ) -> None:
        """The hand has left long ago, when the host hears that it was a long press."""
        desk.be(Status.AVAILABLE)
        desk.press(button, held_s)
        desk.run_for(held_s - 0.3)
        desk.pico.stop_reading(True)
        desk.run_for(0.3 + 1.6)
        desk.pico.stop_reading(False)
        desk.settle()
        assert desk.ends_of(button) == [("cancelled", "expired")]
        assert (desk.queue_bar, desk.asked) == (set(), [])

    def test_they_can_be_set(self, open_desk: OpenDesk) -> None:
        desk = open_desk(settings={"gestures": {"long_press_ms": 1200}})
        desk.be(Status.AVAILABLE)
        desk.hold_down("STATUS", 1.1)
        assert desk.status == "not_ready"
        desk.hold_down("STATUS", 1.25)
        assert desk.queue_bar == {1}
