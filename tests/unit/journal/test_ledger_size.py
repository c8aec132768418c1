"""A ledger never outgrows what it was given, and drops nothing but its oldest part."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldeck.errors import JournalError
from calldeck.journal.ledger import Ledger
from calldeck.journal.lines import PARTS, Received, older_part, parts, unsealed
from calldeck.journal.recovery import recover
from calldeck.journal.review import review

PRESS = Received(0xABC, 0, "STATUS", True, 123, 4, False, None)
LONGEST_LINE = 300
SMALL = 8_000


def sequences(ledger: Ledger) -> list[int]:
    """Return the numbers of all edges in all parts, the oldest first."""
    found = []
    for part in parts(ledger.path):
        for line in part.read_bytes().splitlines():
            record = unsealed(line)
            if record is not None:
                found.append(record["sequence"])
    return found


def write_on(ledger: Ledger, done: list[int]) -> None:
    """Write edges, each with the next number, until something happens."""
    while True:
        ledger.received(replace(PRESS, sequence=len(done)))
        done.append(len(done))


def size(ledger: Ledger) -> int:
    return sum(part.stat().st_size for part in parts(ledger.path))


@given(
    lives=st.lists(st.integers(0, 60), min_size=1, max_size=6),
    torn=st.lists(st.integers(0, 40), min_size=6, max_size=6),
)
def test_any_lives_of_daemons_keep_the_newest_lines(
    lives: list[int], torn: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each life writes so many edges; some die while they write one."""
    folder = tmp_path_factory.mktemp("ledger")
    written: list[int] = []
    for edges, cut in zip(lives, torn, strict=False):
        ledger = Ledger(folder, lambda: 1, SMALL)
        for _ in range(edges):
            number = len(written)
            ledger.received(replace(PRESS, sequence=number))
            written.append(number)
        ledger.close()
        if edges and cut > 1 and ledger.path.stat().st_size > cut:
            os.truncate(ledger.path, ledger.path.stat().st_size - cut)
            written[-1] = -1
    kept = sequences(ledger)
    whole = [number for number in written if number >= 0]
    assert kept == whole[len(whole) - len(kept) :]
    assert size(ledger) <= SMALL + LONGEST_LINE
    assert len(kept) == len(whole) or size(ledger) > SMALL - 2 * (SMALL // PARTS)


def test_recovery_reads_across_the_parts(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, lambda: 1, SMALL)
    for number in range(200):
        ledger.received(replace(PRESS, sequence=number))
        if number != 190:
            ledger.outcome(replace(PRESS, sequence=number).press, "noted", "")
    ledger.close()
    assert len(parts(ledger.path)) == PARTS
    recovery = recover(ledger.path)
    assert [item.received.sequence for item in recovery.open] == [190]
    assert recovery.seen[-1] == (0xABC, 199)
    assert len(recovery.seen) > SMALL // PARTS // LONGEST_LINE


@pytest.mark.parametrize("killed_after", [0, 1, 2])
def test_a_death_in_the_middle_of_a_turn_loses_nothing(
    killed_after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the renames: the parts are still in order, and the next turn goes on."""
    ledger = Ledger(tmp_path, lambda: 1, SMALL)
    number = 0
    while len(parts(ledger.path)) < PARTS - 1:
        ledger.received(replace(PRESS, sequence=number))
        number += 1
    before = sequences(ledger)
    renames = 0
    rename = Path.replace

    def dying(source: Path, target: Path) -> Path:
        nonlocal renames
        if renames == killed_after:
            raise KeyboardInterrupt
        renames += 1
        return rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        with pytest.raises(KeyboardInterrupt):
            write_on(ledger, before)
    number = len(before)
    assert sequences(ledger) == before
    later = Ledger(tmp_path, lambda: 1, SMALL)
    for _ in range(30):
        later.received(replace(PRESS, sequence=number))
        before.append(number)
        number += 1
    later.close()
    assert sequences(later) == before[-len(sequences(later)) :]
    assert older_part(ledger.path, 1).exists()


def test_who_cannot_turn_goes_on_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system where nobody may rename what another has open, a press still counts for more."""
    ledger = Ledger(tmp_path, lambda: 1, SMALL)

    def in_use(_source: Path, _target: Path) -> Path:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", in_use)
        for number in range(40):
            ledger.received(replace(PRESS, sequence=number))
    assert len(parts(ledger.path)) == 1
    for number in range(40, 55):
        ledger.received(replace(PRESS, sequence=number))
    ledger.close()
    assert sequences(ledger) == list(range(55))
    assert len(parts(ledger.path)) > 1


def test_a_ledger_that_could_not_open_its_new_file_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(tmp_path, lambda: 1, SMALL)
    done: list[int] = []

    def no_more(*_arguments: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", no_more)
        with pytest.raises(JournalError, match="Too many open files"):
            write_on(ledger, done)
        with pytest.raises(JournalError, match="Too many open files"):
            ledger.received(replace(PRESS, sequence=len(done)))
    ledger.received(replace(PRESS, sequence=len(done)))
    ledger.close()
    assert sequences(ledger) == [*done, len(done)]


def test_a_review_tells_each_press_and_each_damaged_line(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, lambda: 5_000)
    ledger.received(PRESS)
    ledger.issued(PRESS.press, 1, "ready")
    ledger.outcome(PRESS.press, "denied", "not_possible_now")
    ledger.received(replace(PRESS, sequence=1, pressed=False))
    ledger.received(replace(PRESS, sequence=2, button="HOLD"))
    ledger.close()
    data = ledger.path.read_bytes()
    ledger.path.write_bytes(data.replace(b'"HOLD"', b'"MUTE"') + b'{"line":"outc')
    found = review(ledger.path)
    assert [(part.lines, part.damaged, part.torn) for part in found.parts] == [(6, (5, 6), True)]
    (press,) = found.presses
    assert (press.at_ms, press.edge, press.verbs) == (5_000, PRESS, ["ready"])
    assert (press.outcome, press.why) == ("denied", "not_possible_now")
    assert found.damaged == 2


@given(place=st.integers(0, 600), bit=st.integers(0, 7))
def test_no_single_changed_bit_goes_unseen(
    place: int, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bit")
    ledger = Ledger(folder, lambda: 5_000)
    ledger.received(PRESS)
    ledger.issued(PRESS.press, 1, "ready")
    ledger.outcome(PRESS.press, "confirmed", "")
    ledger.close()
    data = bytearray(ledger.path.read_bytes())
    data[place % (len(data) - 1)] ^= 1 << bit
    ledger.path.write_bytes(data)
    assert review(ledger.path).damaged >= 1
