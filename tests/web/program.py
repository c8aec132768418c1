"""The real program behind the page: started, restarted and asked from outside."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from tests.system.command import Calldeck

PATIENCE_S = 20.0
SEEN_MS = 400.0
"""What the page shows, the console shows a little later, on a busy computer in an emulator above
all. A press acts only on what the console showed, so nobody presses sooner than a person could."""
GUARD_MS = 1600
"""Longer than `[status] arrival_guard_ms`."""
CONFIG = """
[[desks]]
login = "{login}"
[console]
uf2 = "{uf2}"
[acd.simulated]
demonstration = true
auto_answer = false
ring_no_answer_s = 600
callers_per_minute = {callers}
talk_s = [600, 600]
patience_s = 600
after_call_work_s = 0
[journal]
folder = "{folder}"
"""


class Program:
    """`calldeck run` with a page, in a runtime folder of its own. Use it as a context manager."""

    def __init__(
        self,
        folder: Path,
        *,
        console: str = "virtual",
        uf2: str = "",
        callers: float = 60.0,
        login: str = "manual",
        words: Sequence[object] = (),
        more: str = "",
    ) -> None:
        self.folder = folder
        self.runtime = folder / "runtime"
        self.runtime.mkdir(mode=0o700)
        self._config = folder / "desk.toml"
        journal = folder / "journal"
        text = CONFIG.format(uf2=uf2, folder=journal, callers=callers, login=login)
        self._config.write_text(text + more)
        self._console = console
        self._words = words
        self._port = 0
        self._process: Calldeck | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, on the port that it had before."""
        before = os.environ["XDG_RUNTIME_DIR"]
        os.environ["XDG_RUNTIME_DIR"] = str(self.runtime)
        words = ["run", "--console", self._console, "--config", self._config, *self._words]
        try:
            self._process = Calldeck([*words, "--listen", f"127.0.0.1:{self._port}"])
        finally:
            os.environ["XDG_RUNTIME_DIR"] = before
        line = self._process.wait_for("note", "listen on")
        self._port = int(line.text.split("listen on ")[1].split()[0].rpartition(":")[2])
        self._process.wait_for("console", "connected")
        self._process.wait_for("ACD", "connected")

    def stop(self) -> None:
        """End it as the system does."""
        if self._process is not None:
            self._process.signal(signal.SIGTERM)
            ended = self._process.wait()
            self._process.__exit__(None, None, None)
            self._process = None
            assert ended.code == 0, ended.err
            assert "Traceback" not in ended.err, ended.err

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def key(self) -> str:
        return (self.runtime / "calldeck" / "key").read_text().strip()

    @property
    def link(self) -> str:
        return f"{self.address}/#key={self.key}"

    def _request(self, method: str, path: str, body: object = None) -> Any:
        answer = httpx.request(
            method,
            f"{self.address}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}"},
            trust_env=False,
            timeout=PATIENCE_S,
        )
        assert answer.is_success, answer.text
        return answer.json()

    def desk(self) -> dict[str, Any]:
        """What the API says of the desk now."""
        return dict(self._request("GET", "/desks/desk-1"))

    def post(self, path: str, body: object = None) -> dict[str, Any]:
        """Ask the API for something."""
        return dict(self._request("POST", f"/desks/desk-1{path}", body or {}))

    def log_in(self) -> None:
        """Log the demonstration's agent in."""
        shown = self.desk()["demonstration"]
        assert self.post("/login", shown)["outcome"] == "confirmed"

    def seen(self) -> None:
        """Let the console show what is so: a finger's pause."""
        time.sleep(SEEN_MS / 1000)

    def past_the_guard(self) -> None:
        """Let the first moments of a call pass, in which STATUS and HOLD are refused."""
        self.until(lambda desk: desk["call"] is not None and desk["call"]["for_ms"] > GUARD_MS)

    def until(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until something is so at the desk."""
        deadline = time.monotonic() + PATIENCE_S
        while not true(desk := self.desk()):
            assert time.monotonic() < deadline, desk
            time.sleep(0.02)  # asks another process: no event of ours tells it
        return desk
