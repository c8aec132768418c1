"""What the model check has found: orders of events that nobody had thought of."""

from __future__ import annotations

from tests.unit.desk.scene import Scene

from calldeck.desk import Button, ForcedAcknowledged, Status


def test_work_that_ends_between_two_taps_makes_them_two_taps() -> None:
    scene = Scene().starts(Status.AFTER_CALL_WORK)
    first = scene.quick_tap(Button.STATUS)
    scene.wait(100)
    scene.fact(Status.AVAILABLE, cause="work_time_over")
    assert scene.desk.forced is not None
    scene.happens(ForcedAcknowledged(scene.desk.forced.number))
    second = scene.tap(Button.STATUS)  # on the new picture, soon enough for a double tap
    assert scene.end_of(first) == ("refused", "status_changed")
    assert scene.asked == ["not_ready"]
    scene.answer()
    assert scene.end_of(second) == ("confirmed", "")


def test_help_that_is_never_answered_is_not_remembered_without_end() -> None:
    scene = Scene().starts(Status.TALKING)
    for _ in range(30):
        scene.tap(Button.ASSIST)
        scene.wait(4000)
    assert len(scene.desk.help_unheard) == 8
    scene.answer()  # the last one is heard after all
    assert scene.desk.help is not None
