"""The program ends: what the console shows then, on its pins."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from tests.hil.rig import Rig

from calldeck.acd.simulated import SwitchSettings
from calldeck_wire.messages import LAMPS_ORDER

QUIET = SwitchSettings(
    callers_per_minute=0, answer_after_s=None, talk_s=(3600, 3600), after_call_work_s=0
)
LINK_LOST_S = 1.0
AT_ONCE_S = 0.25
"""The last lamp state's lease is a tenth of a second."""


@pytest.fixture
def rig(uf2: Path, tmp_path: Path):
    with Rig(uf2, tmp_path, switch=QUIET) as rig:
        rig.start_daemon()
        rig.take_a_call()
        yield rig


def shown(rig: Rig) -> set[str]:
    return {lamp for lamp in LAMPS_ORDER if rig.lit(lamp)}


def test_no_lamp_goes_on_claiming_what_nobody_confirms(rig: Rig) -> None:
    rig.tap("HOLD")
    rig.until(lambda: rig.status == "held")
    rig.run_for(0.2)
    rig.until(lambda: rig.lit("availability_red"), within_s=0.2)
    began = rig.now_s
    rig.end_daemon()
    rig.run_for(AT_ONCE_S)
    assert shown(rig) <= {"attention"}
    # Far sooner than the lease of the state before, which was two seconds.
    assert rig.now_s - began < 1.0
    rig.run_for(6.5)
    times = [edge.at_us / 1e6 for edge in rig.lamp_edges("attention", began + AT_ONCE_S)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(gaps) >= 4
    assert all(gap == pytest.approx(LINK_LOST_S, abs=0.01) for gap in gaps), "link lost flashes"
    for lamp in LAMPS_ORDER:
        if lamp != "attention":
            assert rig.lamp_edges(lamp, began + AT_ONCE_S) == []
    assert rig.status == "held", "no customer is dropped because a program ends"


def test_mute_stays_the_consoles_own(rig: Rig) -> None:
    rig.end_daemon()
    rig.run_for(AT_ONCE_S)
    assert not rig.mute_lamp, "the microphone was open, and stays so"
    rig.tap("MUTE")
    assert rig.mute_lamp


def test_an_agent_without_a_call_is_logged_out_first(uf2: Path, tmp_path: Path) -> None:
    with Rig(uf2, tmp_path, switch=QUIET) as rig:
        rig.start_daemon()
        rig.until(lambda: rig.status == "not_ready")
        rig.run_for(0.2)
        rig.end_daemon(logout=True)
        assert rig.status == "logged_out"
        rig.run_for(AT_ONCE_S)
        assert shown(rig) <= {"attention"}


def test_an_agent_in_a_call_stays_and_is_said_to(rig: Rig) -> None:
    rig.end_daemon(logout=True)
    assert rig.status == "talking"
    assert any("1 agent stays logged in at the ACD" in line.text for line in rig.lines)


def test_the_next_daemon_takes_over_at_once(rig: Rig) -> None:
    rig.end_daemon()
    rig.run_for(AT_ONCE_S)
    rig.start_daemon()
    rig.until(lambda: rig.lit("availability_red"))
    rig.run_for(0.2)
    rig.tap("HOLD")
    rig.until(lambda: rig.status == "held")
