"""The ledger file: what is written in which order, what a crash leaves, what cannot be written."""

from __future__ import annotations

import errno
import json
import os
from binascii import crc32
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldeck.errors import JournalError
from calldeck.journal.ledger import Ledger
from calldeck.journal.lines import FILE_NAME, Received, press_id, sealed
from calldeck.journal.recovery import OpenPress, recover

PRESS = Received(
    birth=0xABC,
    sequence=7,
    button="STATUS",
    pressed=True,
    console_ms=123,
    age_ms=4,
    expired=False,
    shown={"status": "available", "call": None, "pending": None},
)
RELEASE = replace(PRESS, sequence=8, pressed=False)


class Clock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.ms = 1_000

    def __call__(self) -> int:
        return self.ms


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE_NAME).read_bytes().splitlines() if line]


def test_an_edge_comes_back_as_it_was_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, Clock())
    ledger.received(PRESS)
    ledger.close()
    assert recover(ledger.path).open == [OpenPress(PRESS, 1_000, issued=False, released=None)]
    assert recover(ledger.path).seen == [(0xABC, 7)]


def test_no_ledger_is_an_empty_one(tmp_path: Path) -> None:
    recovery = recover(tmp_path / "not" / "there")
    assert (recovery.seen, recovery.open, recovery.ended) == ([], [], set())


def test_each_line_is_in_the_file_when_its_call_returns(tmp_path: Path) -> None:
    """Plain writes: another reader sees the line at once, so does the next daemon after a kill."""
    ledger = Ledger(tmp_path, Clock())
    ledger.received(PRESS)
    assert [line["line"] for line in lines(tmp_path)] == ["received"]
    ledger.issued(PRESS.press, 3, "ready")
    assert [line["line"] for line in lines(tmp_path)] == ["received", "issued"]
    assert recover(ledger.path).open[0].issued
    ledger.outcome(PRESS.press, "confirmed", "")
    assert recover(ledger.path).open == []
    assert recover(ledger.path).ended == {PRESS.press}
    ledger.close()


def test_a_command_of_nobodys_press_leaves_nothing_open(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, Clock())
    ledger.issued(None, 1, "login")
    ledger.close()
    assert recover(ledger.path).open == []


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_that_a_crash_cut_short_harms_no_other(cut: int, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, Clock())
    ledger.received(PRESS)
    ledger.received(RELEASE)
    ledger.close()
    data = ledger.path.read_bytes()
    ledger.path.write_bytes(data[:-cut])
    later = Ledger(tmp_path, Clock())
    third = replace(PRESS, sequence=9)
    later.received(third)
    later.close()
    # Without its newline alone the line is still whole.
    left = [7, 8, 9] if cut == 1 else [7, 9]
    assert [sequence for _birth, sequence in recover(later.path).seen] == left


def test_damaged_and_strange_lines_are_passed_over(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, Clock())
    strange = [
        b"garbage",
        b"\xff\xfe\x00",
        b"[]",
        b"17",
        b"{}",
        b'{"line":"received","at":1}',
        b'{"line":"received","at":1,"birth":"x","sequence":1}',
        b'{"line":"received","birth":1,"sequence":2}',
        b'{"line":"outcome"}',
        b'{"line":"of a newer program","at":1,"press":5}',
        json.dumps({"line": "received", "at": 1, **_fields(PRESS)}).encode(),
        _sealed(b"garbage}"),
        _sealed(b"[" * 100_000),
        _sealed(b'{"line":"received","at":1'),
        _sealed(b'{"line":"received","at":1,"birth":"x","sequence":1'),
        _sealed(b'{"line":"received","birth":1,"sequence":2'),
        _sealed(b'{"line":"outcome"'),
        _sealed(b'{"line":"of a newer program","at":1,"press":5'),
        sealed({"line": "received", "at": 1, **_fields(PRESS), "expired": "no"}).strip(),
        sealed({"line": "received", "at": "then", **_fields(PRESS)}).strip(),
        sealed({"line": "received", "at": 1, **_fields(PRESS)})
        .strip()
        .replace(b"STATUS", b"ASSIST"),
    ]
    with ledger.path.open("ab") as file:
        for line in strange:
            file.write(line + b"\n")
    ledger.received(PRESS)
    ledger.close()
    assert [item.received for item in recover(ledger.path).open] == [PRESS]


def _sealed(body: bytes) -> bytes:
    """Give a line whose check is right and whose text means nothing."""
    return body + b',"check":"%08x"}' % crc32(body)


def _fields(edge: Received) -> dict[str, object]:
    return {name: getattr(edge, name) for name in Received.__slots__}


@given(noise=st.binary(max_size=300))
def test_no_noise_in_the_file_stops_a_daemon(
    noise: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("noise")
    (folder / FILE_NAME).write_bytes(noise)
    ledger = Ledger(folder, Clock())
    ledger.received(PRESS)
    ledger.close()
    assert [item.received for item in recover(ledger.path).open] == [PRESS]


def test_only_the_end_of_a_long_ledger_is_read(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, Clock())
    for sequence in range(8_000):
        ledger.received(replace(PRESS, sequence=sequence))
        ledger.outcome(press_id(PRESS.birth, sequence), "noted", "")
    ledger.close()
    seen = recover(ledger.path).seen
    assert seen[-1] == (0xABC, 7_999)
    assert 64 < len(seen) < 8_000


# --- taps ----------------------------------------------------------------------------------


def written(folder: Path, *edges: Received, wall_step: int = 100) -> list[OpenPress]:
    clock = Clock()
    ledger = Ledger(folder, clock)
    for edge in edges:
        ledger.received(edge)
        clock.ms += wall_step
    ledger.close()
    return [item for item in recover(ledger.path).open if item.received.pressed]


def test_a_tap_is_as_young_as_its_release(tmp_path: Path) -> None:
    assert written(tmp_path, PRESS, RELEASE) == [OpenPress(PRESS, 1_100, False, RELEASE)]


def test_a_release_is_found_across_the_wrap_of_the_sequence(tmp_path: Path) -> None:
    press = replace(PRESS, sequence=(1 << 30) - 1)
    release = replace(RELEASE, sequence=0)
    assert written(tmp_path, press, release)[0].released == release


@pytest.mark.parametrize(
    "other",
    [
        replace(RELEASE, button="HOLD"),
        replace(RELEASE, sequence=2),  # after a reboot of the console numbers start again
        replace(PRESS, sequence=9),  # pressed again: the release between was never seen
    ],
)
def test_what_is_not_its_release_ends_no_tap(other: Received, tmp_path: Path) -> None:
    found = written(tmp_path, PRESS, other, replace(RELEASE, sequence=11))
    expected = replace(RELEASE, sequence=11) if other.button == "HOLD" else None
    assert found[0].released == expected


def test_other_buttons_between_a_press_and_its_release_do_not_matter(tmp_path: Path) -> None:
    mute = replace(PRESS, button="MUTE", sequence=8)
    release = replace(RELEASE, sequence=9)
    found = written(tmp_path, PRESS, mute, release)
    assert [(item.received.button, item.released) for item in found] == [
        ("STATUS", release),
        ("MUTE", None),
    ]


# --- what cannot be written ----------------------------------------------------------------


def test_a_full_disk_is_told_with_the_file_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(tmp_path, Clock())

    def full(_file: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(JournalError, match=r"presses\.jsonl.*No space left.*Free some space"):
            ledger.received(PRESS)
    ledger.received(PRESS)
    ledger.close()
    assert [line["line"] for line in lines(tmp_path)] == ["received"]


def test_what_follows_a_line_written_by_half_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full for a moment: the line behind the torn one must not be lost with it."""
    ledger = Ledger(tmp_path, Clock())
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda file, data: write(file, data[: len(data) // 2]))
        for _ in range(2):
            with pytest.raises(JournalError, match="only part of a line"):
                ledger.received(PRESS)
    ledger.received(PRESS)
    ledger.received(RELEASE)
    ledger.close()
    assert recover(ledger.path).seen == [(0xABC, 7), (0xABC, 8)]


def test_a_real_limit_of_the_file_size_is_a_journal_error(tmp_path: Path) -> None:
    """/dev/full answers every write as a full disk does."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    (tmp_path / FILE_NAME).symlink_to("/dev/full")
    ledger = Ledger(tmp_path, Clock())
    with pytest.raises(JournalError, match="No space left"):
        ledger.received(PRESS)
    ledger.close()


def test_a_ledger_that_is_no_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(JournalError, match=r"presses\.jsonl cannot be read"):
        recover(tmp_path / FILE_NAME)
    with pytest.raises(JournalError, match=r"presses\.jsonl cannot be written"):
        Ledger(tmp_path, Clock())
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be written"):
        Ledger(tmp_path / "file", Clock())


def test_a_closed_ledger_writes_into_nobodys_file(tmp_path: Path) -> None:
    """The system gives a closed file's number to the next one that is opened."""
    ledger = Ledger(tmp_path, Clock())
    ledger.close()
    ledger.close()
    with (tmp_path / "other").open("wb", buffering=0) as other:
        with pytest.raises(JournalError):
            ledger.outcome("x", "noted", "")
        other.flush()
    assert (tmp_path / "other").read_bytes() == b""


def test_nobody_else_reads_the_ledger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "new" / "folder", Clock())
    ledger.close()
    if os.name == "posix":
        assert ledger.path.stat().st_mode & 0o077 == 0


def test_the_name_of_an_edge_is_its_birth_and_number() -> None:
    assert PRESS.press == press_id(0xABC, 7) == "00000abc-7"
