"""The program as a service: its manager is told, its agents and lamps are left in good order."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.system.command import COMMAND, PATIENCE_S, Calldeck
from tests.system.figures import read_ledger

DESKS = """
[[desks]]
id = "front"
agent = "1001"
extension = "201"
[[desks]]
id = "back"
agent = "1002"
extension = "202"
queues = ["sales"]
[[desks]]
id = "side"
agent = "1003"
extension = "203"
login = "manual"
[acd.simulated]
callers_per_minute = 0
"""


class Manager:
    """Stands where systemd stands: the datagrams that a service sends, in order."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self.heard: list[str] = []
        self._news = threading.Condition()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while (text := self._socket.recv(4096).decode()) != "END":
            with self._news:
                self.heard.append(text)
                self._news.notify_all()

    def wait_for(self, text: str, times: int = 1) -> None:
        with self._news:
            there = self._news.wait_for(lambda: self.heard.count(text) >= times, PATIENCE_S)
        assert there, f"not told {text} {times} times: {self.heard}"

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"END", str(self.path))
        self._reader.join()
        self._socket.close()


@pytest.fixture
def manager(leaves_nothing_behind: None, tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path)
    yield manager
    manager.close()


def config(folder: Path, more: str = "") -> Path:
    path = folder / "desks.toml"
    path.write_text(DESKS + f'[journal]\nfolder = "{folder / "journal"}"\n' + more)
    return path


def test_the_service_manager_hears_of_start_life_reload_and_end(manager, tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(manager.path))
    monkeypatch.setenv("WATCHDOG_USEC", "600000")
    words = ["run", "--config", config(tmp_path), "--console", "virtual", "--listen", "off"]
    with Calldeck(words) as run:
        manager.wait_for("READY=1")
        manager.wait_for("WATCHDOG=1", times=3)
        manager.wait_for("STATUS=3 desks: 3 with a console, 3 connected to the ACD")
        run.signal(signal.SIGHUP)
        manager.wait_for("READY=1", times=2)
        run.signal(signal.SIGTERM)
        ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    manager.wait_for("STOPPING=1")
    reload = next(text for text in manager.heard if text.startswith("RELOADING=1"))
    order = [manager.heard.index(text) for text in ("READY=1", reload, "STOPPING=1")]
    assert order == sorted(order)


def test_a_stopped_process_is_not_said_to_live(manager, tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(manager.path))
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    words = ["run", "--config", config(tmp_path), "--console", "virtual", "--listen", "off"]
    with Calldeck(words) as run:
        manager.wait_for("WATCHDOG=1", times=2)
        run.signal(signal.SIGSTOP)
        before = manager.heard.count("WATCHDOG=1")
        with manager._news:
            manager._news.wait_for(lambda: False, 1.0)
        assert manager.heard.count("WATCHDOG=1") <= before + 1
        run.signal(signal.SIGCONT)
        manager.wait_for("WATCHDOG=1", times=before + 2)
        run.signal(signal.SIGTERM)
        assert run.wait().code == 0


@pytest.mark.parametrize(("logout", "outcome"), [("true", "logged out"), ("false", None)])
def test_agents_are_logged_out_at_the_end_where_the_settings_say_so(
    leaves_nothing_behind, tmp_path, logout, outcome
):
    path = config(tmp_path, f"[service]\nlogout_at_stop = {logout}\n")
    with Calldeck(["run", "--config", path, "--console", "virtual", "--listen", "off"]) as run:
        run.wait_for("status", "not ready", times=2)
        run.signal(signal.SIGTERM)
        ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    statuses = [text for text in ended.texts("status") if "logged out" in text]
    # One line tells that the third desk's agent was never logged in.
    assert len(statuses) == 3 + (2 if outcome else 0)


def test_three_desks_in_one_daemon(leaves_nothing_behind, tmp_path):
    summary = tmp_path / "summary.json"
    words = ["run", "--config", config(tmp_path), "--console", "virtual"]
    words += ["--listen", "127.0.0.1:0", "--summary", summary]
    with Calldeck(words) as run:
        line = run.wait_for("note", "listen on")
        run.wait_for("status", "not ready", times=2)
        address = line.text.split("listen on ")[1].split()[0]
        key = Path(os.environ["XDG_RUNTIME_DIR"], "calldeck", "key").read_text().strip()
        with httpx.Client(
            base_url=f"http://{address}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
        ) as http:
            listed = http.get("/desks").json()["desks"]
            assert [desk["id"] for desk in listed] == ["front", "back", "side"]
            tap = {"action": "tap"}
            # A press acts on what its console has shown; that takes a moment after the start.
            for _try in range(50):
                answer = http.post("/desks/back/buttons/status", json=tap).json()
                if answer["outcome"] == "confirmed":
                    break
            assert answer["outcome"] == "confirmed"
            statuses = {desk["id"]: desk["status"] for desk in http.get("/desks").json()["desks"]}
            assert statuses == {"front": "not_ready", "back": "available", "side": "logged_out"}
            health = http.get("/health").json()
            assert (health["desks"], health["console"]["connected"]) == (3, 3)
            assert health["event_loop"]["lag_worst_ms"] is not None
        said = [line.text for line in ended_lines(run)]
    assert any(text.startswith("back") and "STATUS" in text for text in said)
    figures = json.loads(summary.read_text())
    assert set(figures["desks"]) == {"front", "back", "side"}
    assert figures["presses"]["sent"] == figures["desks"]["back"]["presses"]["sent"]
    assert read_ledger(tmp_path / "journal", "back")[-1].outcome == "confirmed"
    assert read_ledger(tmp_path / "journal", "front") == []


def ended_lines(run: Calldeck):
    run.signal(signal.SIGTERM)
    ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    return ended.lines


def test_which_desk_must_be_said_where_there_are_several(leaves_nothing_behind, tmp_path):
    words = ["run", "--config", config(tmp_path), "--console", "virtual"]
    with Calldeck([*words, "--listen", "127.0.0.1:0"]) as run:
        run.wait_for("note", "listen on")
        with Calldeck(["logout"], prefix=COMMAND) as asked:
            message = asked.wait().refused(2)
        assert "serves 3 desks, front among them. Say which with --desk." in message
        run.signal(signal.SIGTERM)
        run.wait()
