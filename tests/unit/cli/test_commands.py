"""The small commands: what they print, and what they refuse, without a daemon."""

from __future__ import annotations

import io
import stat
import sys
from pathlib import Path

import pytest
from tests.unit.cli.test_run import call

from calldeck.config import Settings, load_settings
from calldeck.config.settings import user_settings_file


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test folders of its own."""
    for name in ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        (tmp_path / name).mkdir(mode=0o700)
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> str:
    got, _asked = call(*words)
    out, err = capsys.readouterr()
    assert got == code, err
    assert "Traceback" not in err
    return out if code == 0 else err


def test_config_init_writes_what_check_and_run_take(capsys, home):
    out = said(capsys, "config", "init")
    path = user_settings_file()
    assert str(path) in out
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_settings(path) == Settings()
    assert "nothing is wrong" in said(capsys, "config", "check")
    assert "was not touched" in said(capsys, "config", "init", code=2)
    code, (options,) = call("run")
    assert (code, options.config) == (0, path)


def test_config_check_names_what_is_wrong(capsys, home):
    path = home / "desk.toml"
    path.write_text("[lamps]\nlease = 1\n")
    assert 'Did you mean "lease_ms"?' in said(capsys, "config", "check", path, code=2)
    assert "every setting has its default" in said(capsys, "config", "check", code=2)
    assert "cannot be written" in said(capsys, "config", "init", home / "no" / "x", code=2)


def test_config_show_prints_a_file_that_means_the_same_with_secrets_masked(capsys, home):
    path = home / "desk.toml"
    path.write_text(
        '[[desks]]\nid = "ä"\nlogin = "manual"\n[lamps]\nrefusal_ms = 900\n'
        '[[acd.simulated.agents]]\nid = "7"\npin = "7193"\n',
        "utf-8",
    )
    path.chmod(0o600)
    assert "is not allowed" in said(capsys, "config", "show", "--config", path, code=2)
    path.write_text(path.read_text("utf-8").replace("ä", "a"), "utf-8")
    out = said(capsys, "config", "show", "--config", path)
    assert "7193" not in out
    assert 'pin = "********"' in out
    again = home / "again.toml"
    again.write_text(out)
    again.chmod(0o600)
    shown, meant = load_settings(again), load_settings(path)
    assert shown.desks == meant.desks
    assert shown.lamps == meant.lamps
    assert [agent.id for agent in shown.acd.simulated.agents] == ["7"]


def test_config_show_writes_any_text_so_that_it_is_read_again(capsys, home):
    path, again = home / "desk.toml", home / "again.toml"
    signs = "".join(f"\\u{sign:04X}" for sign in range(1, 0x20)) + '\\"\\\\\\u007F\\u0085😀é'
    path.write_text(f'[[desks]]\nagent = "{signs}"\n[journal]\nfolder = "{signs}"\n', "utf-8")
    again.write_text(said(capsys, "config", "show", "--config", path), "utf-8", newline="\n")
    assert load_settings(again) == load_settings(path)


def test_what_is_typed_may_be_nothing_or_no_text(capsys, monkeypatch, home):
    bytes_in = io.BytesIO(b"\xff7193\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(bytes_in, "utf-8", errors="strict"))
    err = said(capsys, "agent", "set-pin", "1001", code=2)
    assert "is not text" in err
    assert "7193" not in err


def test_a_pin_comes_from_the_standard_input_and_never_from_an_argument(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("7193\n"))
    assert "1001 can log in" in said(capsys, "agent", "set-pin", "1001")
    assert said(capsys, "agent", "list") == "1001\n"
    said(capsys, "agent", "set-pin", "1001", "7193", code=2)
    monkeypatch.setattr(sys, "stdin", io.StringIO("1234\n"))
    err = said(capsys, "agent", "set-pin", "1002", code=2)
    assert "first that anybody would try" in err
    assert "1234" not in err
    assert "cannot log in any more" in said(capsys, "agent", "remove", "1001")
    assert "has no PIN" in said(capsys, "agent", "remove", "1001", code=2)
    assert "1 to 64 characters" in said(capsys, "agent", "set-pin", " ", code=2)


@pytest.mark.parametrize("words", [["key"], ["login", "1001"], ["logout"], ["reload"]])
def test_without_a_daemon_it_says_how_to_start_one(capsys, words, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("7193\n"))
    assert "calldeck run" in said(capsys, *words, code=1)
