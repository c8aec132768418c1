"""A console that hangs at work: back by itself, its presses accounted for, and people told why."""

from __future__ import annotations

from pathlib import Path

from tests.firmware.device import enter_maintenance
from tests.firmware.life import LATER, begin
from tests.hil.rig import Rig

from calldeck.link.frame_file import FOLDER_NAME, frame_files, read_frames
from calldeck_console import pins
from calldeck_wire import messages

STATUS = pins.BUTTONS[messages.BUTTON_STATUS]
HANGS_AT_A_PRESS = """
from calldeck_console import core
healthy = core.hear
def hang(*arguments):
    while spent(): pass
    return healthy(*arguments)
core.hear = hang
"""


def test_a_console_that_hangs_at_a_press_is_back_and_says_where(uf2: Path, tmp_path: Path) -> None:
    with Rig(uf2, tmp_path) as rig:
        rig.pico.dtr(True)
        rig.pico.drive(STATUS, False)
        rig.pico.reset()
        enter_maintenance(rig.pico)
        begin(rig.pico, LATER + HANGS_AT_A_PRESS)
        rig.run_for(0.5)
        rig.start_daemon()
        rig.until(lambda: rig.status == "not_ready")
        rig.run_for(0.2)
        rig.tap("STATUS")
        rig.until(lambda: rig.status == "available")
        rig.run_for(4)
        resets = len(rig.pico.resets)
        pressed_s = rig.press("HOLD")
        rig.until(lambda: len(rig.pico.resets) > resets, within_s=2)
        assert rig.pico.resets[-1].cause == "watchdog"
        rig.until(lambda: rig.lit("availability_green"), within_s=5)
        hung = "The console's program hung for 1.0 s while reading the buttons."
        rig.until(lambda: any(line.text == hung for line in rig.lines), within_s=2)
        told = {(line.kind, line.text, line.detail) for line in rig.lines}
        assert ("problem", hung, "") in told
        assert ("note", "restarted by the watchdog", "log of the console") in told
        assert (
            "note",
            "the console has restarted since it was last connected",
            "its watchdog has reset it, because its program hung",
        ) in told
        # It was down when the console came back: nobody's press, and none is lost.
        counts = rig.station.session.account.counts()
        assert (counts.delivered, counts.lost) == (1, 0)
        assert rig.now_s - pressed_s < 8
        [path] = [
            path for path in frame_files(tmp_path / FOLDER_NAME) if read_frames(path).why == hung
        ]
        lines = [line.split(maxsplit=1)[1] for line in read_frames(path).console]
        assert "edge STATUS down" in lines
        assert lines[-1] == "inputs"
        # Pressed again it does what it should.
        rig.tap("STATUS")
        rig.until(lambda: rig.status == "not_ready")
