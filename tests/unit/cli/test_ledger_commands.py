"""`calldeck ledger`: what a person reads of the press ledger, and what stops them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.cli.test_run import call

from calldeck.journal.ledger import Ledger
from calldeck.journal.lines import Received

PRESS = Received(0xABC, 0, "STATUS", True, 123, 4, False, None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ledger = Ledger(tmp_path / "journal", lambda: 1_790_000_000_000)
    ledger.received(PRESS)
    ledger.issued(PRESS.press, 1, "ready")
    ledger.outcome(PRESS.press, "confirmed", "")
    ledger.received(replace(PRESS, sequence=1, button="HOLD", age_ms=7))
    ledger.outcome(replace(PRESS, sequence=1).press, "refused", "not_possible_now")
    ledger.received(replace(PRESS, sequence=2, button="ASSIST"))
    ledger.close()
    return tmp_path / "journal"


def said(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> str:
    got, _asked = call("ledger", *words)
    out, err = capsys.readouterr()
    assert got == code, err
    assert "Traceback" not in err
    return out + err


def test_each_press_is_shown_with_its_end(capsys, folder):
    lines = said(capsys, "show", "--folder", folder).splitlines()
    assert lines[0].split() == ["When", "Button", "Age", "Commands", "Outcome", "Why"]
    assert lines[1].split()[2:] == ["STATUS", "4", "ms", "ready", "confirmed"]
    assert lines[2].split()[2:5] == ["HOLD", "7", "ms"]
    assert lines[2].endswith("refused    this button does nothing in this status")
    assert lines[3].split()[2:] == ["ASSIST", "4", "ms", "none", "yet"]
    assert len(lines) == 4


def test_the_newest_and_the_unfinished_can_be_asked_for(capsys, folder):
    assert len(said(capsys, "show", "--folder", folder, "--last", 1).splitlines()) == 2
    only = said(capsys, "show", "--folder", folder, "--open").splitlines()
    assert [line.split()[2] for line in only[1:]] == ["ASSIST"]


def test_a_whole_ledger_is_called_whole(capsys, folder):
    out = said(capsys, "check", "--folder", folder)
    assert "presses.jsonl: 6 lines" in out
    assert "3 presses, 2 with an outcome" in out
    assert out.endswith("Every line is whole.\n")


def test_a_damaged_and_a_torn_line_are_named_and_the_exit_code_says_so(capsys, folder):
    path = folder / "presses.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"ready"', b'"reaDy"')[:-5])
    out = said(capsys, "check", "--folder", folder, code=1)
    assert "  line 2: damaged\n  line 6: cut short: the program or the disk ended there" in out
    assert "2 lines of the press ledger are damaged" in out
    # What is left of it can still be read.
    assert "confirmed" in said(capsys, "show", "--folder", folder)


def test_no_ledger_is_said_with_its_place(capsys, tmp_path):
    out = said(capsys, "show", "--folder", tmp_path, code=1)
    assert f"no press ledger of any desk in {tmp_path}" in out
    (tmp_path / "presses.jsonl").mkdir()
    assert "cannot be read" in said(capsys, "check", "--folder", tmp_path, code=1)


def test_several_desks_are_told_apart(capsys, tmp_path):
    for place, desk in enumerate(("front", "back")):
        ledger = Ledger(tmp_path / "desks" / desk, lambda place=place: 1_790_000_000_000 - place)
        ledger.received(replace(PRESS, birth=place + 1))
        ledger.outcome(replace(PRESS, birth=place + 1).press, "confirmed", "")
        ledger.close()
    lines = said(capsys, "show", "--folder", tmp_path).splitlines()
    assert lines[0].split()[:3] == ["When", "Desk", "Button"]
    assert [line.split()[2] for line in lines[1:]] == ["back", "front"], "in order of time"
    assert "2 presses, 2 with an outcome" in said(capsys, "check", "--folder", tmp_path)
    one = said(capsys, "show", "--folder", tmp_path, "--desk", "back").splitlines()
    assert len(one) == 2
    assert "Desk" not in one[0]
    out = said(capsys, "show", "--folder", tmp_path, "--desk", "side", code=1)
    assert "no press ledger of side" in out


def test_the_settings_name_the_ledger(capsys, tmp_path, folder):
    config = tmp_path / "desk.toml"
    config.write_text(f'[journal]\nfolder = "{folder}"\n')
    assert "3 presses" in said(capsys, "check", "--config", config)
    Ledger(tmp_path / "empty", lambda: 1).close()
    assert said(capsys, "show", "--folder", tmp_path / "empty") == "No press yet.\n"


def test_a_ledger_of_before_there_were_desks_does_not_hide_theirs(capsys, folder):
    desk = Ledger(folder / "desks" / "desk-1", lambda: 1_790_000_100_000)
    desk.received(replace(PRESS, sequence=9, button="MUTE"))
    desk.close()
    lines = said(capsys, "show", "--folder", folder).splitlines()
    assert [line.split()[2] for line in lines[1:]] == ["MUTE"]


def test_each_change_of_status_is_told_with_its_cause(capsys, folder):
    ledger = Ledger(folder, lambda: 1_790_000_000_000)
    change = {"from": "available", "to": "not_ready", "reason": "meeting", "cause": "supervisor"}
    ledger.note("status", {**change, "forced": "True"})
    ledger.note("status", {"from": "not_ready", "to": "available", "cause": "agent"})
    ledger.note("contact", {"call": "call-1"})
    ledger.note("status", {"from": "nonsense", "to": "available", "cause": "words of an ACD"})
    ledger.close()
    lines = said(capsys, "why", "--folder", folder).splitlines()
    assert lines[0].split() == ["When", "From", "To", "Cause"]
    assert lines[1].endswith("available  not ready (meeting)  by a supervisor; to be acknowledged")
    assert lines[2].split()[2:] == ["not", "ready", "available", "wished", "at", "this", "desk"]
    assert lines[3].split()[2:] == ["nonsense", "available", "words", "of", "an", "ACD"]
    assert len(lines) == 4
    assert len(said(capsys, "why", "--folder", folder, "--last", 2).splitlines()) == 3


def test_a_desk_without_a_change_has_nothing_to_tell(capsys, folder):
    assert said(capsys, "why", "--folder", folder) == "No change of status yet.\n"
