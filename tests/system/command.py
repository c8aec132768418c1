"""The command `calldeck` as a process of its own, watched from outside as a person would."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

ROOT = Path(__file__).resolve().parents[2]
SHIFT = ROOT / "examples" / "shift.toml"
COMMAND = (sys.executable, "-m", "calldeck")
# Far more than anything here takes; what hangs is ended then, and its test fails.
PATIENCE_S = 45.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of standard output, taken apart: seconds, kind, text. `seen_s`: when it came."""

    seen_s: float
    at_s: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process said and how it ended; `took_s` from its start to its end."""

    code: int
    lines: Sequence[Line]
    err: str
    took_s: float

    def texts(self, kind: str) -> list[str]:
        """Return the texts of all lines of a kind."""
        return [line.text for line in self.lines if line.kind == kind]

    def refused(self, code: int) -> str:
        """Return the one message of a run that ended with this code, and nothing but it."""
        assert self.code == code, (self.code, self.err)
        assert "Traceback" not in self.err
        lines = self.err.splitlines()
        assert lines, "it said nothing"
        assert lines[0].startswith("calldeck: ")
        # A message may go on, further in; it must not be followed by another.
        assert all(line.startswith("calldeck:   ") for line in lines[1:]), self.err
        return self.err


def parse(text: str, seen_s: float) -> Line:
    """Take a line apart; one that is not built like all others fails the test."""
    time_part, sign, rest = text.partition(" s  ")
    assert sign, f"not a line of the terminal view: {text!r}"
    return Line(seen_s, float(time_part), rest[:8].strip(), rest[10:].rstrip())


class Calldeck:
    """One process. Use it as a context manager: nothing of it is left afterwards."""

    def __init__(self, words: Sequence[object], prefix: Sequence[str] = COMMAND) -> None:
        self._lines: list[Line] = []
        self._err: list[str] = []
        self._changed = threading.Condition()
        self._ended_s = 0.0
        self.began_s = time.monotonic()
        self.process = subprocess.Popen(
            [*prefix, *(str(word) for word in words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self._take)),
            threading.Thread(target=self._read, args=(self.process.stderr, self._err.append)),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: IO[str], take: Callable[[str], None]) -> None:
        for text in stream:
            with self._changed:
                take(text)
                self._changed.notify_all()
        with self._changed:
            self._ended_s = time.monotonic()
            self._changed.notify_all()

    def _take(self, text: str) -> None:
        self._lines.append(parse(text, time.monotonic()))

    def wait_for(self, kind: str, part: str, *, times: int = 1) -> Line:
        """Wait until so many lines of this kind with this part in them have come; give the last."""
        found: list[Line] = []

        def there() -> bool:
            found[:] = [line for line in self._lines if line.kind == kind and part in line.text]
            return len(found) >= times or self._ended_s > 0

        with self._changed:
            self._changed.wait_for(there, PATIENCE_S)
        assert len(found) >= times, f"no line {kind} {part!r}: {self._lines} {self._err}"
        return found[times - 1]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self.process.send_signal(number)

    def interrupt(self) -> None:
        """Press Ctrl-C: the terminal sends it to the whole process group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self) -> Ended:
        """Wait for the end of the process and of all that it started."""
        code = self.process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join(PATIENCE_S)
        took_s = self._ended_s - self.began_s
        return Ended(code, tuple(self._lines), "".join(self._err), took_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def write_config(folder: Path, tables: Mapping[str, Mapping[str, object]] | None = None) -> Path:
    """Write a configuration with a journal folder of its own; values as TOML writes them."""
    tables = {"journal": {"folder": f'"{folder / "journal"}"'}, **(tables or {})}
    text = ""
    for name, values in tables.items():
        text += f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
    path = folder / "desk.toml"
    path.write_text(text, encoding="utf-8")
    return path
