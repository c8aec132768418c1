"""Logging in from outside: with a PIN, with too many wrong ones, by another user not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.system.command import COMMAND, Calldeck

PIN = "7193"
CONFIG = """
[[desks]]
login = "manual"
[lamps]
refusal_ms = 1000
[journal]
folder = "{folder}/journal"
[acd.simulated]
callers_per_minute = 0
"""


class Desk:
    """A daemon with its own home, and the small commands beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "desk.toml"
        self.config.write_text(CONFIG.format(folder=folder))
        names = ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
        self.variables = {name: str(folder / name) for name in names}
        for path in self.variables.values():
            Path(path).mkdir(mode=0o700)

    @property
    def runtime(self) -> Path:
        return Path(self.variables["XDG_RUNTIME_DIR"]) / "calldeck"

    def run(self) -> Calldeck:
        before = dict(os.environ)
        os.environ.update(self.variables)
        try:
            words = ["run", "--console", "virtual", "--config", self.config]
            return Calldeck([*words, "--listen", "127.0.0.1:0"])
        finally:
            os.environ.clear()
            os.environ.update(before)

    def call(self, *words: object, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, words)],
            input=typed,
            capture_output=True,
            text=True,
            env={**os.environ, **self.variables},
            timeout=40,
            check=False,
        )

    def get(self, path: str) -> httpx.Response:
        key = self.call("key").stdout.strip()
        base = self.call("key", "--link").stdout.split("/#key=")[0]
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.get(f"{base}/api/v1{path}", headers=headers, trust_env=False)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def daemon(desk: Desk) -> Iterator[Calldeck]:
    with desk.run() as daemon:
        daemon.wait_for("console", "connected")
        daemon.wait_for("ACD", "connected")
        daemon.wait_for("note", "listen on")
        yield daemon


def test_an_agent_logs_in_and_out_by_command(desk: Desk, daemon: Calldeck) -> None:
    assert desk.call("agent", "set-pin", "2002", typed=f"{PIN}\n").returncode == 0
    done = desk.call("login", "2002", typed=f"{PIN}\n")
    assert (done.returncode, done.stdout) == (0, "2002 is logged in.\n"), done.stderr
    picture = desk.get("/desks/desk-1").json()
    assert (picture["agent"], picture["status"]) == ("2002", "not_ready")
    again = desk.call("login", "2002", typed=f"{PIN}\n")
    assert again.returncode == 1
    assert "an agent is logged in here already" in again.stderr
    assert desk.call("logout").stdout == "Logged out.\n"
    assert desk.get("/desks/desk-1").json()["agent"] is None
    daemon.signal(signal.SIGTERM)
    ended = daemon.wait()
    told = ended.err + "".join(line.text for line in ended.lines)
    journal = (desk.folder / "journal" / "desks" / "desk-1" / "presses.jsonl").read_text()
    assert PIN not in told + journal


def test_what_cannot_be_a_login_is_said_before_anything_is_sent(
    desk: Desk, daemon: Calldeck
) -> None:
    for words, typed, why in (
        (["login", "2002"], "", "No PIN was given"),
        (["login", " 2002"], f"{PIN}\n", "1 to 64 characters"),
        (["login", "2002", "--at", "nonsense"], f"{PIN}\n", "--at: 'nonsense' is not HOST:PORT"),
    ):
        done = desk.call(*words, typed=typed)
        assert done.returncode == 2
        assert why in done.stderr
    port = desk.call("key", "--link").stdout.split("/#key=")[0].rsplit(":", 1)[1]
    assert desk.call("reload", "--at", f"localhost:{port}").returncode == 0


def test_a_guesser_is_stopped_at_the_fifth_try(desk: Desk, daemon: Calldeck) -> None:
    desk.call("agent", "set-pin", "2002", typed=f"{PIN}\n")
    for guess in range(5):
        done = desk.call("login", "2002", typed=f"999{guess}\n")
        assert (done.returncode, done.stdout) == (1, "")
        assert "do not go together" in done.stderr
    done = desk.call("login", "2002", typed=f"{PIN}\n")
    assert done.returncode == 1, "locked, also for the right PIN"
    assert "too many wrong PINs" in done.stderr
    assert desk.get("/desks/desk-1").json()["agent"] is None


def test_a_pin_file_that_others_can_read_lets_nobody_in_and_says_why(
    desk: Desk, daemon: Calldeck
) -> None:
    desk.call("agent", "set-pin", "2002", typed=f"{PIN}\n")
    pins = Path(desk.variables["XDG_STATE_HOME"]) / "calldeck" / "pins.json"
    pins.chmod(0o644)
    for _try in range(6):
        done = desk.call("login", "2002", typed=f"{PIN}\n")
        assert done.returncode == 1
        assert f"chmod 600 {pins}" in done.stderr
    pins.chmod(0o600)
    assert desk.call("login", "2002", typed=f"{PIN}\n").returncode == 0


def test_a_reload_applies_what_it_can_and_names_the_rest(desk: Desk, daemon: Calldeck) -> None:
    assert desk.call("reload").stdout == "Nothing has changed.\n"
    text = desk.config.read_text()
    desk.config.write_text(text.replace("1000", "1500").replace('"manual"', '"auto"'))
    done = desk.call("reload")
    assert done.stdout == "Changed: lamps.refusal_ms\nNeeds a restart: desks.1.login\n"
    desk.config.write_text(text.replace("1000", "1600"))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("note", "settings changed: lamps.refusal_ms", times=2)
    desk.config.write_text("[oops]\n")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("problem", "there is no table [oops]")
    done = desk.call("reload")
    assert done.returncode == 1
    assert "there is no table [oops]" in done.stderr
    assert desk.get("/health").json()["status"] == "ok"


def test_the_daemon_leaves_no_trace_but_the_key(desk: Desk, daemon: Calldeck) -> None:
    assert len(list(desk.runtime.glob("daemon-*.json"))) == 1
    daemon.signal(signal.SIGTERM)
    assert daemon.wait().code == 0
    assert [path.name for path in desk.runtime.iterdir()] == ["key"]


NOBODY = 65534
READ_AS_NOBODY = """
import os, sys
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
for path in sys.argv[1:]:
    try:
        open(path).close()
        print("read", path)
    except PermissionError:
        print("refused")
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user")
def test_another_user_can_read_neither_key_nor_pins(desk: Desk, daemon: Calldeck) -> None:
    desk.call("agent", "set-pin", "2002", typed=f"{PIN}\n")
    pins = Path(desk.variables["XDG_STATE_HOME"]) / "calldeck" / "pins.json"
    # The folders above are opened to everybody: the files must hold by themselves.
    for folder in (desk.runtime, *desk.runtime.parents, *pins.parents):
        if folder.is_relative_to(desk.folder):
            folder.chmod(0o755)
    above = desk.folder
    closed = [(one, one.stat().st_mode) for one in above.parents if one.stat().st_mode & 0o5 != 0o5]
    for one, mode in closed:
        one.chmod(mode | 0o5)
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                READ_AS_NOBODY.format(nobody=NOBODY),
                desk.runtime / "key",
                pins,
            ],
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )
    finally:
        for one, mode in closed:
            one.chmod(mode)
    assert done.stdout.split() == ["refused", "refused"], done.stderr
