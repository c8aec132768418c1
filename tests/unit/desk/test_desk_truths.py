"""What console, operating system and ACD say of the microphone, and what is made of it."""

from __future__ import annotations

import itertools

import pytest
from tests.unit.desk.scene import CALL, Scene

from calldeck.desk import (
    Agreement,
    Button,
    ConsoleLink,
    Headset,
    NoteCode,
    Status,
    SystemMicrophone,
    Truth,
    agreement,
)
from calldeck.desk.microphones import NEVER_TOLD, ConsoleMicrophone


def talking(**policy: object) -> Scene:
    scene = Scene(login_at_start=False, **policy).starts(Status.TALKING)
    scene.wait(2000)
    return scene


@pytest.mark.parametrize("console", [True, False, None])
@pytest.mark.parametrize("system, acd", list(itertools.product([True, False, None], repeat=2)))
def test_all_that_is_known_must_be_the_same(
    console: bool | None, system: bool | None, acd: bool | None
) -> None:
    known = {value for value in (console, system, acd) if value is not None}
    microphone = None if console is None else ConsoleMicrophone(console, 1, "button")
    told = agreement(microphone, Truth(system), Truth(acd))
    if console is None or (system is None and acd is None):
        assert told is Agreement.UNKNOWN
    else:
        assert told is (Agreement.AGREE if len(known) == 1 else Agreement.DISAGREE)


def test_one_that_has_known_and_does_not_any_more_leaves_it_unknown() -> None:
    console = ConsoleMicrophone(False, 1, "button")
    lost = NEVER_TOLD.told(False, 5).told(None, 9)
    assert agreement(console, lost, Truth(False)) is Agreement.UNKNOWN


def test_the_operating_system_disagrees_and_the_agent_is_called() -> None:
    scene = talking()
    scene.happens(SystemMicrophone(False))
    assert scene.lamps.attention == "off"
    scene.happens(SystemMicrophone(True))
    assert scene.lamps.attention == "flash"
    assert scene.asked == []  # only the ACD follows
    scene.happens(SystemMicrophone(None))
    assert scene.lamps.attention == "flash"
    scene.happens(SystemMicrophone(False))
    assert scene.lamps.attention == "off"


def test_who_never_knew_anything_calls_nobody() -> None:
    scene = talking()
    scene.happens(SystemMicrophone(None))
    assert scene.lamps.attention == "off"


def test_an_acd_that_does_not_know_any_more_calls_the_agent() -> None:
    scene = talking()
    scene.fact(Status.TALKING, muted=None)
    assert scene.lamps.attention == "flash"
    scene.fact(Status.TALKING, muted=False)
    assert scene.lamps.attention == "off"


def test_outside_a_call_nobody_hears_anyway() -> None:
    scene = Scene(login_at_start=False).starts(Status.AVAILABLE)
    scene.happens(SystemMicrophone(True))
    assert scene.lamps.attention == "off"


@pytest.mark.parametrize("headset", list(Headset))
def test_the_operating_systems_mute_lights_the_lamp_where_the_headset_is_its_own(
    headset: Headset,
) -> None:
    scene = talking(headset=headset)
    scene.happens(SystemMicrophone(True))
    assert scene.lamps.confirmed_mute == (headset is Headset.USB)


def test_every_truth_has_its_age() -> None:
    scene = talking()
    scene.happens(SystemMicrophone(False))
    told_ms = scene.now
    scene.wait(3000)
    scene.happens(SystemMicrophone(False))
    scene.microphone(True)
    muted_ms = scene.now
    scene.wait(100)
    scene.microphone(True)
    assert scene.desk.system_mute.since_ms == told_ms
    assert scene.desk.microphone is not None
    assert scene.desk.microphone.since_ms == muted_ms
    scene.fact(Status.TALKING, muted=True)
    assert scene.desk.acd_mute.since_ms == scene.now


class TestMuteIsForACough:
    def test_muted_for_long_the_agent_is_reminded_of_hold(self) -> None:
        scene = talking()
        scene.microphone(True)
        scene.answer()
        scene.fact(Status.TALKING, muted=True)
        scene.wait(29_999)
        assert scene.lamps.attention == "off"
        scene.wait(1)
        assert scene.lamps.attention == "flash"
        assert [note.code for note in scene.notes].count(NoteCode.MUTE_REMINDER) == 1
        scene.wait(60_000)
        assert [note.code for note in scene.notes].count(NoteCode.MUTE_REMINDER) == 1

    def test_hold_and_speaking_end_it(self) -> None:
        scene = talking()
        scene.microphone(True)
        scene.answer()
        scene.fact(Status.TALKING, muted=True)
        scene.wait(30_000)
        scene.fact(Status.HELD, muted=True)
        assert scene.lamps.attention == "off"
        scene.fact(Status.TALKING, muted=True)
        scene.wait(30_000)
        assert scene.desk.mute_overdue
        scene.microphone(False)
        assert not scene.desk.mute_overdue

    def test_a_cough_is_no_wait(self) -> None:
        scene = talking()
        for _cough in range(40):
            scene.microphone(True)
            scene.answer()
            scene.fact(Status.TALKING, muted=True)
            scene.wait(800)
            scene.microphone(False)
            scene.answer()
            scene.fact(Status.TALKING, muted=False)
            scene.wait(200)
        assert NoteCode.MUTE_REMINDER not in [note.code for note in scene.notes]

    def test_without_a_console_nobody_knows(self) -> None:
        scene = talking()
        scene.microphone(True)
        scene.happens(ConsoleLink(False))
        scene.wait(60_000)
        assert not scene.desk.mute_overdue

    def test_before_the_answer_nobody_waits(self) -> None:
        scene = Scene(login_at_start=False).starts(Status.RINGING, CALL)
        scene.microphone(True)
        scene.wait(60_000)
        assert not scene.desk.mute_overdue
        assert scene.end_of(scene.tap(Button.MUTE))[0] == "noted"
