"""A console that outlives daemons: the real firmware in real time, and the daemon as a process.

The console is a process of its own, so its memory, its clock and its queue go on while daemons
come and go. Its pins are worked through its control socket. Two clocks: emulated microseconds,
which the console lives by, and this computer's monotonic seconds, which a person would measure.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import serial
from tests.system.command import COMMAND, write_config

from calldeck.consoles.control_client import ControlClient
from calldeck.journal.folders import desk_folder
from calldeck.journal.lines import FILE_NAME, unsealed
from calldeck_console import pins
from calldeck_wire import messages
from calldeck_wire.frames import FrameReader, encode_frame

PATIENCE_S = 45.0
# Nothing tells of another process's files: they are looked at again, as often as costs little.
LOOK_S = 0.002
# Emulated seconds in a second, from which on the computer was not too busy to say how fast it is.
CALM_PACE = 0.95


@dataclass(frozen=True, slots=True)
class Change:
    """A lamp's change: when this process was told, when it was, and what it is since."""

    told_s: float
    pin: int
    at_us: float
    level: bool | None


@dataclass(frozen=True, slots=True)
class Count:
    """What the console says of itself: press edges since power-up, and which boot it is in."""

    presses: int
    boot: int


class OutlivingConsole:
    """The emulated console in a process of its own. Use it as a context manager."""

    def __init__(self, uf2: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "calldeck.consoles.emulated", str(uf2)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = self._process.stdout.readline().split(" is at ")[1].split()[0].rstrip(".")
        control = self._process.stdout.readline().split(" are at ")[1].split()[0].rstrip(".")
        self._news = threading.Condition()
        self._changes: list[Change] = []
        self._client = ControlClient(control, self._note)
        self.do("drive", pin=pins.HEADSET_PLUGGED, level=False)
        self.do("watch", pins=list(pins.LAMPS))
        self._began_s, self._began_us = time.monotonic(), self.now_us()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def do(self, what: str, **values: object) -> float:
        """Have something done to pins or cable; return the emulated microsecond of it."""
        return float(self._client.request(what, **values)["now_us"])

    def now_us(self) -> float:
        """Return the emulated time."""
        return self.do("now")

    def press(self, button: str) -> float:
        """Put a finger on a button; return when."""
        return self.do("drive", pin=button_pin(button), level=False)

    def let_go(self, button: str) -> float:
        """Take the finger away; return when."""
        return self.do("release", pin=button_pin(button))

    @property
    def pace(self) -> float:
        """Emulated seconds in a second, since the beginning: under 1 the computer was busy."""
        passed_s = time.monotonic() - self._began_s
        return (self.now_us() - self._began_us) / 1e6 / passed_s

    def lit_after(self, lamp: str, after_us: float) -> Change:
        """Wait for a lamp to light up after an emulated moment; return that change."""
        pin = pins.LAMPS[messages.LAMPS_ORDER.index(lamp)]

        def found() -> Change | None:
            lights = (one for one in self._changes if one.pin == pin and one.level)
            return next((one for one in lights if one.at_us > after_us), None)

        with self._news:
            assert self._news.wait_for(lambda: found() is not None, PATIENCE_S), f"no {lamp}"
            change = found()
            assert change is not None
            del self._changes[: self._changes.index(change)]  # nobody asks for what was before
            return change

    def wait_until_us(self, at_us: float) -> None:
        """Let emulated time pass until then."""
        while (rest_us := at_us - self.now_us()) > 0:
            time.sleep(rest_us / 1e6)  # a time is what is asked for, not something to wait for

    def hold_on(self, seconds: float) -> None:
        """Let so much of the console's own time pass.

        In a moment of a busy computer's an emulated console may get none at all, and a press that
        has no length is not there for it.
        """
        self.wait_until_us(self.now_us() + seconds * 1e6)

    def ask_count(self) -> Count:
        """Ask the console itself, as a host with a session of its own; no daemon may run."""
        session = random.SystemRandom().randrange(1, 1 << 32)
        hello = encode_frame(messages.encode(messages.HELLO, session, (1, 1)))
        reader = FrameReader()
        with serial.Serial(self.port, timeout=PATIENCE_S, exclusive=True) as port:
            port.write(hello)
            while data := port.read(1):
                for payload in reader.feed(data):
                    if messages.peek(payload) == (messages.WELCOME.number, session):
                        values = messages.decode(messages.WELCOME, payload)
                        assert values is not None
                        return Count(presses=values[5], boot=values[12])
        raise AssertionError("the console does not answer")

    def _note(self, pin: int, at_s: float, level: bool | None) -> None:
        with self._news:
            self._changes.append(Change(time.monotonic(), pin, at_s * 1e6, level))
            self._news.notify_all()


def button_pin(button: str) -> int:
    """Return the pin of a button."""
    return pins.BUTTONS[messages.BUTTON_NAMES.index(button)]


class DaemonProcess:
    """`calldeck run` on a console's port, its words in files. Use it as a context manager."""

    def __init__(
        self, folder: Path, console: OutlivingConsole, config: Path, words: tuple[object, ...] = ()
    ) -> None:
        self._out = folder / "daemon.out"
        self._err = folder / "daemon.err"
        command = [*COMMAND, "run", "--console", console.port, "--config", config, *words]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.began_s = time.monotonic()
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """End it with SIGKILL, if it has not ended."""
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def end(self) -> None:
        """End it as the system does."""
        self._process.terminate()
        code = self._process.wait(PATIENCE_S)
        assert code == 0, self._err.read_text()

    def wait_connected(self, *, times: int = 1) -> None:
        """Wait until it has told so many times that the console is connected."""
        until(lambda: self._said("connected: serial") >= times, self.told)

    def told(self) -> str:
        """Return what it has said so far."""
        return self._out.read_text() + self._err.read_text()

    def _said(self, words: str) -> int:
        assert self._process.poll() is None, self.told()
        return self._out.read_text(encoding="utf-8", errors="replace").count(words)


def until(
    true: Callable[[], bool], why: Callable[[], str] | None = None, patience_s: float = PATIENCE_S
) -> bool:
    """Wait until something is so that no event tells of; tell whether it is.

    why: says what there is instead, for a test that fails then; without it, it may be so or not.
    """
    deadline = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > deadline:
            assert why is None, why()
            return False
        time.sleep(LOOK_S)
    return True


def ledger_of(journal: Path) -> Path:
    """Return the folder of the only desk's ledger."""
    return desk_folder(journal, "desk-1")


class LedgerTail:
    """Reads a ledger's present file on from where it was last read to, while a daemon writes it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._read = 0

    def records(self) -> Iterator[dict[str, Any]]:
        """Give the whole lines that have come since."""
        if not self._path.exists() or self._path.stat().st_size == self._read:
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read += len(line)
                record = unsealed(line.rstrip(b"\n"))
                if record is not None:
                    yield record


def settings_file(
    folder: Path,
    journal: Path,
    acd: Mapping[str, object],
    lamps: Mapping[str, object] | None = None,
) -> Path:
    """Write the settings of a desk with a page, on whatever port is free."""
    folder.mkdir(exist_ok=True)
    tables: dict[str, Mapping[str, object]] = {
        "journal": {"folder": f'"{journal}"'},
        "lamps": lamps or {},
        "acd.simulated": acd,
        "web": {"listen": '"127.0.0.1:0"'},
    }
    return write_config(folder, tables)
