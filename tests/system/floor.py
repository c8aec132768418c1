"""A floor of desks in one daemon, under load from another core.

The daemon is `calldeck run` as anybody would start it; the consoles are another process
(desk_load.py). Each desk has a press a second, and each press a command that the ACD confirms.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PATIENCE_S = 120.0
ANSWER_S = 180.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One floor. cpu_us: of the daemon for each press; memory_kb: private, in the end."""

    desks: int
    presses: int
    acknowledged: int
    confirmed: int
    repeated: int
    latency_ms: list[float]
    cpu_us: float
    memory_kb: float
    busy: float
    lost: int
    late_ms: float


def settings(folder: Path, ports: list[int]) -> Path:
    """Write the settings of a floor."""
    text = [
        f'[journal]\nfolder = "{folder / "journal"}"\n[acd.simulated]\ncallers_per_minute = 0\n'
    ]
    for place, port in enumerate(ports):
        text.append(
            f'[[desks]]\nid = "desk-{place}"\nagent = "{10_000 + place}"\n'
            f'extension = "{50_000 + place}"\nconsole = "socket://127.0.0.1:{port}"\n'
        )
    path = folder / "desks.toml"
    path.write_text("".join(text))
    return path


class Load:
    """The process with the consoles, on the last core."""

    def __init__(self, desks: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, HERE / "desk_load.py", str(desks)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        pin(self.process.pid, -1)
        self.ports: list[int] = self.read()["ports"]

    def ask(self, words: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return self.read()

    def read(self) -> dict[str, Any]:
        """Read an answer; without one for a long time, something has ended that should not."""
        assert self.process.stdout is not None
        there, _writable, _failed = select.select([self.process.stdout], [], [], ANSWER_S)
        assert there, "the consoles do not answer: did the daemon start?"
        return dict(json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def pin(process: int, core: int) -> None:
    """Keep a process on one core, where there are several."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(process, {cores[core]})


def cpu_s(process: int) -> float:
    """Return the processor time that a process has used, with the system's part of it."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def memory_kb(process: int) -> float:
    """Return the memory that is the process's alone."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    parts = [line.split() for line in lines if line.startswith("Private")]
    return float(sum(int(part[1]) for part in parts))


def measure(desks: int, seconds: float) -> Measured:
    """Let a floor of desks work for so long."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        load = Load(desks)
        summary = folder / "summary.json"
        words = ["run", "--config", settings(folder, load.ports), "--summary", summary]
        words += ["--quiet", "--listen", "127.0.0.1:0", "--log-level", "warning"]
        environment = {**os.environ, "XDG_RUNTIME_DIR": name}
        daemon = subprocess.Popen(
            [sys.executable, "-m", "calldeck", *map(str, words)], env=environment
        )
        try:
            pin(daemon.pid, 0)
            load.ask("ready")
            load.ask("press 3")  # what is done once has been done
            before_s, began = cpu_s(daemon.pid), time.monotonic()
            told = load.ask(f"press {seconds}")
            used_s, took_s = cpu_s(daemon.pid) - before_s, time.monotonic() - began
            memory = memory_kb(daemon.pid)
        finally:
            daemon.terminate()
            code = daemon.wait(PATIENCE_S)
            load.close()
        assert code == 0, f"the daemon ended with {code}"
        figures = json.loads(summary.read_text())
    return Measured(
        desks=desks,
        presses=told["presses"],
        acknowledged=len(told["latency_ms"]),
        confirmed=figures["commands"]["confirmed"],
        repeated=told["repeated"],
        latency_ms=told["latency_ms"],
        cpu_us=used_s / told["presses"] * 1e6,
        memory_kb=memory,
        busy=used_s / took_s,
        lost=figures["presses"]["lost"],
        late_ms=told["late_ms"],
    )
