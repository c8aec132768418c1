"""Changes that the agent has not made: attention flashes until a press says that they were seen.

Each stands in the ledger with who or what caused it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.hil.conftest import OpenDesk
from tests.hil.desk_rig import DELIVERY_S, QUIET, DeskRig

from calldeck.desk import Status, Verb

BUTTONS = ("MUTE", "HOLD", "STATUS", "ASSIST")
TIMED = replace(QUIET, after_call_work_s=2.0, ring_no_answer_s=3.0)
STUCK_S = 20.0
SECOND_TAP_S = 0.35


def supervisor(status: str, before: Status) -> Callable[[DeskRig], None]:
    """A supervisor sets a status."""

    def happens(desk: DeskRig) -> None:
        desk.be(before)
        desk.force(status, reason="training" if status == "not_ready" else "")

    return happens


def after_a_call(desk: DeskRig) -> None:
    """A supervisor has set a status during a call: it comes after the work."""
    desk.be(Status.TALKING)
    desk.force("not_ready")
    desk.end_call()
    assert desk.pattern("attention") == "off", "not yet"
    desk.run_for(0.2)


def no_answer(desk: DeskRig) -> None:
    """The agent lets it ring."""
    desk.be(Status.RINGING)
    desk.run_for(1.5)


def work_time_over(desk: DeskRig) -> None:
    """The timer ends the work."""
    desk.be(Status.AFTER_CALL_WORK)
    desk.run_for(2.0)


def while_away(desk: DeskRig) -> None:
    """The status changes while the ACD is not connected; by whom, the agent has not seen."""
    desk.be(Status.AVAILABLE)
    desk.acd.disconnect()
    desk.settle()
    desk.force("not_ready", cause="agent")
    desk.acd.reconnect()
    desk.settle()


def call_ended_while_away(desk: DeskRig) -> None:
    """The customer hangs up while the ACD is not connected."""
    desk.be(Status.TALKING)
    desk.acd.disconnect()
    desk.settle()
    desk.end_call()
    desk.acd.reconnect()
    desk.settle()


def plan_dropped(desk: DeskRig) -> None:
    """The ACD is lost in a call, and what was planned with it."""
    desk.be(Status.TALKING)
    desk.tap("STATUS")
    desk.acd.disconnect()
    desk.settle()
    desk.acd.reconnect()
    desk.settle()


CHANGES = [
    (supervisor("not_ready", Status.AVAILABLE), Status.NOT_READY, "supervisor"),
    (supervisor("available", Status.NOT_READY), Status.AVAILABLE, "supervisor"),
    (supervisor("logged_out", Status.NOT_READY), Status.LOGGED_OUT, "supervisor"),
    (supervisor("logged_out", Status.AVAILABLE), Status.LOGGED_OUT, "supervisor"),
    (supervisor("available", Status.AFTER_CALL_WORK), Status.AVAILABLE, "supervisor"),
    (supervisor("logged_out", Status.RINGING), Status.LOGGED_OUT, "supervisor"),
    (after_a_call, Status.NOT_READY, "supervisor"),
    (no_answer, Status.NOT_READY, "no_answer"),
    (work_time_over, Status.AVAILABLE, "work_time_over"),
    (while_away, Status.NOT_READY, "acd_link_down"),
    (call_ended_while_away, Status.AFTER_CALL_WORK, "acd_link_down"),
    (plan_dropped, Status.TALKING, "acd_link_down"),
]
NAMES = [
    *("not ready", "available", "logged out", "logged out at work", "work ended", "call taken"),
    *("after a call", "no answer", "work time over", "while away", "call ended while away", "plan"),
]


@pytest.fixture
def timed(open_desk: OpenDesk) -> DeskRig:
    """Give a desk at an ACD that ends work and ringing by itself."""
    return open_desk(switch=TIMED)


@pytest.mark.parametrize("happens, status, cause", CHANGES, ids=NAMES)
def test_it_flashes_until_a_press_that_does_nothing_else(
    request: pytest.FixtureRequest,
    happens: Callable[[DeskRig], None],
    status: Status,
    cause: str,
) -> None:
    by_itself = happens in (after_a_call, no_answer, work_time_over)
    desk: DeskRig = request.getfixturevalue("timed" if by_itself else "desk")
    happens(desk)
    if happens is after_a_call:
        desk.until(lambda: desk.status == "not_ready", 3)
        desk.settle()
    assert desk.status == status
    assert desk.pattern("attention", 3.2) == "flash"
    desk.shows_status(status)
    asked, submitted = desk.asked, len(desk.switch.submitted)
    before = len(desk.ends_of("STATUS"))
    desk.tap("STATUS")
    assert desk.ends_of("STATUS")[before:] == [("noted", "acknowledged")]
    desk.run_for(SECOND_TAP_S)
    assert desk.pattern("attention", 2.5) == "off"
    assert (desk.status, desk.asked) == (status, asked)
    assert len(desk.switch.submitted) == submitted
    [seen] = desk.notes("acknowledged")
    assert seen["cause"] == cause
    assert seen["by"] in {line["press"] for line in desk.ledger_lines("received")}
    if happens is plan_dropped:
        assert desk.notes("plan") == [{"why": cause}]
        return
    changed = desk.notes("status")[-1]
    assert (changed["to"], changed["forced"]) == (status.value, "True")
    if happens not in (while_away, call_ended_while_away):
        # Of what nobody saw, the ACD's own word stands in the note of the change.
        assert changed["cause"] == cause


@pytest.mark.parametrize("button", BUTTONS)
def test_any_button_acknowledges_it(desk: DeskRig, button: str) -> None:
    """Each does its own work besides, but STATUS."""
    supervisor("not_ready", Status.AVAILABLE)(desk)
    assert desk.pattern("attention") == "flash"
    desk.tap(button)
    if button == "HOLD":
        desk.run_for(2.0)  # refused: there is no call
    if button == "ASSIST":
        assert desk.pattern("attention") == "blip", "help is wished for"
    else:
        assert desk.pattern("attention") == "off"
    assert len(desk.notes("acknowledged")) == 1
    assert desk.mute_lamp is (button == "MUTE")
    assert desk.asked_verbs() == ([Verb.ASSIST] if button == "ASSIST" else [])
    assert (desk.status, desk.reason) == ("not_ready", "training")


@pytest.mark.parametrize("held_s", [0.75, 3.15])
def test_a_long_press_of_status_does_no_more_either(desk: DeskRig, held_s: float) -> None:
    supervisor("not_ready", Status.AVAILABLE)(desk)
    desk.settle()
    desk.hold_down("STATUS", held_s)
    assert desk.queue_bar == set()
    assert desk.ends_of("STATUS") == [("noted", "acknowledged")]
    assert (desk.status, desk.asked) == ("not_ready", [])


def test_the_next_press_of_status_acts_again(desk: DeskRig) -> None:
    supervisor("not_ready", Status.AVAILABLE)(desk)
    desk.tap("STATUS")
    desk.tap("STATUS")
    assert desk.ends_of("STATUS") == [("noted", "acknowledged"), ("confirmed", "")]
    assert desk.status == "available"


def test_time_does_not_acknowledge_it(desk: DeskRig) -> None:
    supervisor("logged_out", Status.NOT_READY)(desk)
    desk.run_for(60)
    assert desk.pattern("attention", 10.0) == "flash"


def test_a_press_made_on_the_picture_before_has_not_seen_it(desk: DeskRig) -> None:
    desk.be(Status.AVAILABLE)
    desk.with_no_reader("STATUS")
    desk.force("not_ready")
    desk.pico.stop_reading(False)
    desk.settle()
    assert desk.ends_of("STATUS") == [("refused", "status_changed")]
    desk.run_for(2.1)
    assert desk.pattern("attention") == "flash"
    assert desk.notes("acknowledged") == []


def test_a_refusal_is_shown_in_front_of_it_and_it_comes_back(desk: DeskRig) -> None:
    """A press that nobody hears of in time acknowledges nothing."""
    supervisor("logged_out", Status.NOT_READY)(desk)
    desk.with_no_reader("HOLD")
    desk.run_for(1.6)
    desk.pico.stop_reading(False)
    desk.settle()
    assert desk.ends_of("HOLD") == [("expired", "expired")]
    assert desk.pattern("attention", 1.7) == "double"
    desk.run_for(0.4)
    assert desk.pattern("attention") == "flash"


def test_it_outlives_the_cable(desk: DeskRig) -> None:
    supervisor("not_ready", Status.AVAILABLE)(desk)
    desk.pico.unplug()
    desk.run_for(0.5)
    desk.pico.plug()
    desk.until(lambda: desk.station.session.established, 5)
    desk.run_for(0.3)
    assert desk.pattern("attention") == "flash"


@pytest.mark.parametrize("ends", ["customer", "caller", "agent"])
def test_what_the_agent_knows_of_is_not_forced(desk: DeskRig, ends: str) -> None:
    desk.be(Status.RINGING if ends == "caller" else Status.TALKING)
    desk.end_call()
    if ends == "agent":
        desk.tap("STATUS")
        desk.run_for(SECOND_TAP_S)
    assert desk.pattern("attention", 2.5) == "off"
    assert {note["forced"] for note in desk.notes("status")} == {"False"}


@pytest.mark.parametrize("button", BUTTONS[:3])
def test_a_stuck_button_flashes_until_it_comes_up(desk: DeskRig, button: str) -> None:
    """Equipment that fails is no change to acknowledge: other buttons do not end its flash."""
    desk.down(button)
    desk.run_for(61 if button == "MUTE" else STUCK_S + 1)
    assert desk.pattern("attention") == "flash"
    [fault] = desk.notes("equipment")
    assert fault == {"what": f"stuck_button {button}", "present": "True"}
    desk.tap("MUTE" if button == "HOLD" else "HOLD")
    desk.run_for(2.2)
    assert desk.pattern("attention") == "flash"
    desk.up(button)
    desk.run_for(DELIVERY_S)
    assert desk.notes("equipment")[-1] == {"what": f"stuck_button {button}", "present": "False"}
    assert desk.pattern("attention") == "off"
    assert (desk.status, desk.asked) == ("not_ready", [])


def test_a_stuck_assist_has_called_for_help_once(desk: DeskRig) -> None:
    desk.down("ASSIST")
    desk.run_for(STUCK_S + 1)
    assert desk.pattern("attention") == "flash"
    assert desk.asked_verbs() == [Verb.EMERGENCY]
    desk.up("ASSIST")
    desk.settle()
    assert desk.pattern("attention") == "blip", "the emergency is still unheard"
    assert desk.asked_verbs() == [Verb.EMERGENCY]
