"""The flight recorder: it keeps the last frames, in little memory, and a file tells them again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.clock import run
from tests.unit.cli.test_run import call
from tests.unit.station.place import Place

from calldeck.desk import Button
from calldeck.errors import UsageError
from calldeck.journal.folders import desk_folder
from calldeck.link.flight import FRAMES, FROM_CONSOLE, TO_CONSOLE, FlightRecorder, Frame
from calldeck.link.frame_file import (
    BETWEEN_MS,
    FOLDER_NAME,
    KEPT,
    FrameFiles,
    file_text,
    frame_files,
    in_words,
    read_frames,
)
from calldeck_wire import messages

FRAME = st.tuples(
    st.sampled_from([TO_CONSOLE, FROM_CONSOLE]), st.integers(0, 2**32 - 1), st.binary(max_size=120)
)


@given(few=st.lists(FRAME, max_size=70), before=st.integers(0, 3 * FRAMES))
def test_the_last_frames_come_back_as_they_passed(
    few: list[tuple[int, int, bytes]], before: int
) -> None:
    recorder = FlightRecorder()
    passed = [(FROM_CONSOLE, place, b"%d" % place) for place in range(before)] + few
    for frame in passed:
        recorder.note(*frame)
    assert recorder.frames() == [Frame(*frame) for frame in passed[-FRAMES:]]


def test_a_shift_takes_little_memory() -> None:
    """Many desks have one each: a full one is a fifth of what a desk may take."""
    recorder = FlightRecorder()
    for place in range(20_000):
        payload = messages.encode(messages.LAMPS, 0x12345678, (7, place * 500, 3, bytes(10)))
        recorder.note(place % 2, place * 250.0, payload)
    assert sys.getsizeof(recorder) < 20_000


def test_every_message_of_the_table_is_told_by_its_fields() -> None:
    for message in messages.TABLE:
        values = tuple(
            b"\x07" * int(code[:-1]) if code.endswith("s") else 7
            for _name, code, _unit in message.fields
        )
        tail = b"hot" if message.tail else b""
        name, words = in_words(messages.encode(message, 0xABCD, values, tail))
        assert name == message.name
        assert words.startswith("session=0000abcd")
        for field, _code, _unit in message.fields:
            assert field == "what" or f" {field}=" in words
    edge = messages.encode(messages.EDGE, 1, (2, 3, 0, messages.EDGE_PRESSED | 1, 5, 6, 7))
    assert " HOLD down " in in_words(edge)[1]


@given(payload=st.binary(max_size=120))
def test_no_payload_is_beyond_words(payload: bytes) -> None:
    name, words = in_words(payload)
    assert name
    assert "\n" not in words


@example(frames=[], why="next\x85line\u2028and\rmore\n")
@given(frames=st.lists(FRAME, max_size=20), why=st.text(max_size=40))
@example(frames=[], why="a\x85b\u2028c")
def test_a_file_says_what_was_written(
    frames: list[tuple[int, int, bytes]], why: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("file") / "x.frames"
    whole = tuple(Frame(*frame) for frame in frames)
    path.write_text(file_text(whole, why, 5), "utf-8")
    found = read_frames(path)
    assert (found.why, found.at_ms, found.frames) == (why, 5, whole)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("[]", 1),
        ('{"kind":"other","why":"","at_ms":1}', 1),
        ('{"kind":"calldeck frames","why":"","at_ms":1}\n> 1 0g', 2),
        ('{"kind":"calldeck frames","why":"","at_ms":1}\n> 1 00\n? 1 00', 3),
    ],
)
def test_what_is_no_record_is_refused_by_line(text: str, line: int, tmp_path: Path) -> None:
    (tmp_path / "x.frames").write_text(text)
    with pytest.raises(UsageError, match=f"line {line}: this is no record"):
        read_frames(tmp_path / "x.frames")


def test_few_files_are_kept_and_one_fault_has_one(tmp_path: Path) -> None:
    now = [1_790_000_000_000]
    files = FrameFiles(tmp_path / "frames", lambda: now[0])
    for fault in range(KEPT + 5):
        files.write(FlightRecorder(), f"fault {fault}")
        now[0] += BETWEEN_MS - 1
        files.write(FlightRecorder(), "the same, going on")
        now[0] += 1
    whys = [read_frames(path).why for path in frame_files(tmp_path / "frames")]
    assert whys == [f"fault {fault}" for fault in range(5, KEPT + 5)]


def test_a_full_disk_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "frames").write_text("a file where the folder should be")
    FrameFiles(tmp_path / "frames", lambda: 1).write(FlightRecorder(), "fault")


def test_the_frames_before_a_lost_link_can_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(place: Place) -> None:
        await place.talking()
        await place.tap(Button.HOLD)
        connection = place.daemon.station.keeper
        assert connection is not None
        place.daemon.station.session.end("The console was unplugged.")

    async def day() -> None:
        place = Place(tmp_path)
        async with place.open():
            await story(place)

    run(day())
    (path,) = frame_files(tmp_path / FOLDER_NAME)
    if os.name == "posix":
        assert path.parent.stat().st_mode & 0o077 == 0
    code, _asked = call("frames", path)
    assert code == 0
    out = capsys.readouterr().out
    assert "The console was unplugged." in out
    lines = out.splitlines()[3:]
    assert any("> hello " in line for line in lines)
    assert any("< edge " in line and " HOLD down " in line for line in lines)
    assert lines[-1].split()[0] in ("0", "-0")


def test_the_newest_is_shown_without_a_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "desk.toml"
    config.write_text(f'[journal]\nfolder = "{tmp_path}"\n')
    assert call("frames", "--config", config)[0] == 2
    assert "No fault of the link is on record" in capsys.readouterr().err
    now = [1_790_000_000_000]
    for desk, why in (("b", "the first"), ("a", "the second")):
        files = FrameFiles(desk_folder(tmp_path, desk) / FOLDER_NAME, lambda: now[0])
        files.write(FlightRecorder(), why)
        now[0] += BETWEEN_MS
    assert call("frames", "--config", config)[0] == 0
    assert "the second" in capsys.readouterr().out
    assert call("frames", tmp_path / "not-there")[0] == 2
    assert "cannot be read" in capsys.readouterr().err
