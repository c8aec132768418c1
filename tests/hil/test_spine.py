"""The spine: a press on the real firmware reaches the ACD, and the lamp pin answers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from tests.hil.rig import Rig

from calldeck.acd.simulated import SwitchSettings
from calldeck_wire import messages

pytestmark = pytest.mark.usefixtures("leaves_nothing_behind")


@pytest.fixture
def rig(uf2: Path, tmp_path: Path) -> Iterator[Rig]:
    quiet = SwitchSettings(
        callers_per_minute=0, answer_after_s=None, talk_s=(3600, 3600), after_call_work_s=0
    )
    with Rig(uf2, tmp_path, switch=quiet) as made:
        made.start_daemon()
        yield made


def test_hold_during_a_call_reaches_the_acd_and_the_hold_lamp_flashes(rig: Rig) -> None:
    rig.take_a_call()
    assert not rig.lit("hold")
    pressed_s = rig.press("HOLD")
    rig.until(lambda: rig.status == "held", within_s=0.1)
    rig.run_for(2.2)
    edges = rig.lamp_edges("hold", pressed_s)
    assert [edge.level for edge in edges[:4]] == [True, False, True, False]
    assert edges[0].at_us / 1e6 - pressed_s < 0.05
    [received] = [
        line
        for line in rig.ledger_lines("received")
        if line["button"] == "HOLD" and line["pressed"]
    ]
    assert received["shown"] == {
        "status": "talking",
        "call": received["shown"]["call"],
        "pending": None,
    }
    story = [line["line"] for line in rig.ledger_lines() if line.get("press") == received["press"]]
    assert story == ["received", "issued", "outcome"]
    rig.tap("HOLD")
    assert rig.status == "talking"
    assert not rig.lit("hold")


def test_status_takes_the_agent_through_the_day(rig: Rig) -> None:
    rig.take_a_call()
    rig.happen("hang_up")
    rig.until(lambda: rig.status == "after_call_work")
    rig.tap("STATUS")
    # It may become a double tap: one tap alone acts a moment after its release.
    rig.until(lambda: rig.status == "available", within_s=0.3)
    rig.run_for(0.05)
    assert rig.lit("availability_green")
    assert not rig.lit("availability_red")
    rig.tap("STATUS")
    assert rig.status == "not_ready"


def test_mute_acts_in_the_console_and_the_acd_follows(rig: Rig) -> None:
    rig.take_a_call()
    assert not rig.mute_lamp
    at_s = rig.press("MUTE", held_s=0.6)
    rig.run_for(0.3)
    assert rig.mute_lamp
    assert rig.switch.agent_report("1001").muted
    rig.run_for(0.6)
    assert not rig.mute_lamp
    assert not rig.switch.agent_report("1001").muted
    assert at_s < rig.now_s


def test_mute_works_with_no_daemon_at_all(rig: Rig) -> None:
    rig.crash_daemon()
    rig.run_for(5)
    assert rig.mute_lamp
    rig.tap("MUTE")
    assert not rig.mute_lamp
    rig.press("MUTE", held_s=0.5)
    rig.run_for(0.2)
    assert rig.mute_lamp
    rig.run_for(0.5)
    assert not rig.mute_lamp


def test_a_daemon_that_dies_leaves_no_confident_lamp(rig: Rig) -> None:
    rig.take_a_call()
    rig.tap("HOLD")
    rig.crash_daemon()
    died_s = rig.now_s
    rig.run_for(2.1)
    for lamp in messages.LAMPS_ORDER:
        if lamp != "attention":
            assert not rig.lit(lamp), lamp
    rig.run_for(4)
    attention = [edge.at_us / 1e6 for edge in rig.lamp_edges("attention", died_s)]
    assert 1.4 < attention[0] - died_s < 2.05
    gaps = [later - sooner for sooner, later in pairwise(attention)]
    assert gaps == pytest.approx([1.0] * len(gaps), abs=0.005)
    rig.start_daemon()
    rig.until(lambda: rig.lit("hold"), within_s=3)


def test_a_refused_command_is_shown_and_changes_nothing(rig: Rig) -> None:
    rig.take_a_call()
    rig.happen("refuse", count=1, words="not now")
    pressed_s = rig.press("HOLD")
    rig.run_for(1.2)
    assert rig.status == "talking"
    assert not rig.lamp_edges("hold", pressed_s)
    double = [edge.level for edge in rig.lamp_edges("attention", pressed_s)]
    assert len([level for level in double if level]) >= 3
    assert rig.ledger_lines("outcome")[-1]["press"]
    assert {"denied", "noted"} >= {line["outcome"] for line in rig.ledger_lines("outcome")[-2:]}


def test_a_press_on_a_picture_that_has_changed_is_refused(rig: Rig) -> None:
    """The customer hangs up a moment before HOLD is pressed: nothing happens to the next call."""
    rig.take_a_call()
    rig.pico.stop_reading(True)
    rig.press("HOLD")
    rig.run_for(0.02)
    rig.happen("hang_up")
    rig.run_for(0.02)
    rig.pico.stop_reading(False)
    rig.until(lambda: rig.status == "after_call_work")
    rig.run_for(0.2)
    refused = [line for line in rig.ledger_lines("outcome") if line["outcome"] == "refused"]
    assert [line["why"] for line in refused] == ["status_changed"]
    assert "hold" not in [command.verb.value for command in rig.switch.submitted]


def test_a_press_that_arrives_late_is_on_record_and_not_acted_on(rig: Rig) -> None:
    rig.take_a_call()
    rig.pico.stop_reading(True)
    rig.press("HOLD")
    rig.run_for(1.7)
    rig.pico.stop_reading(False)
    rig.run_for(0.3)
    [press] = [
        line
        for line in rig.ledger_lines("received")
        if line["button"] == "HOLD" and line["pressed"]
    ]
    assert press["expired"]
    assert press["age_ms"] > 1500
    assert rig.status == "talking"
    assert "hold" not in [command.verb.value for command in rig.switch.submitted]


def test_edges_before_the_first_hello_are_counted_and_not_delivered(
    uf2: Path, tmp_path: Path
) -> None:
    with Rig(uf2, tmp_path) as rig:
        rig.run_for(1.5)
        rig.tap("HOLD")
        rig.start_daemon()
        rig.run_for(0.5)
        assert rig.station.session.welcome is not None
        assert rig.station.session.welcome.unheard == 2
        assert rig.ledger_lines("received") == []
