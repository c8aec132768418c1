"""Run the tests of `on_device` on a board: `make test-board PORT=/dev/ttyACM0`.

The console is ordered into maintenance mode; where it is there already (STATUS held while its power
came), it is taken as it is. Afterwards it is a console again.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import serial

from calldeck_wire import messages
from calldeck_wire.frames import FrameReader, encode_frame

FOLDER = Path(__file__).with_name("on_device")
VECTORS = Path(__file__).parents[1] / "vectors" / "frames.json"
SUITES = ("vectors", "handlers", "settings", "lamps")
SESSION = 0x7E57B0A2
PATIENCE_S = 20.0
PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
# Of the old release of unittest that the image holds: no main(), which would end the program.
RUN = """
def run_all():
    suite = unittest.TestSuite()
    names = globals()
    for name in list(names):
        thing = names[name]
        if isinstance(thing, type) and issubclass(thing, unittest.TestCase):
            del names[name]  # the next suite is run in the same names
            suite.addTest(thing)
    found = unittest.TestRunner().run(suite)
    print("RESULT", found.testsRun, found.failuresNum + found.errorsNum)
run_all()
"""


def program(suite: str) -> str:
    """Return what the board is to execute for one suite."""
    preface = f"VECTORS = {_vectors()!r}\n" if suite == "vectors" else ""
    return preface + (FOLDER / f"{suite}.py").read_text("utf-8") + RUN


def _vectors() -> dict[str, list[object]]:
    held = json.loads(VECTORS.read_text("utf-8"))
    frames: list[object] = []
    for vector in held["frames"]:
        values = tuple(bytes.fromhex(v) if isinstance(v, str) else v for v in vector["values"])
        row = (vector["message"], vector["id"], vector["session"], values)
        frames.append((*row, vector["tail"], vector["frame"]))
    return {"frames": frames, "damaged": [vector["frame"] for vector in held["damaged"]]}


def result(output: str) -> tuple[int, int]:
    """Return (tests, failures) of what a suite has printed; 0 tests where it did not end."""
    for line in output.splitlines():
        if line.startswith("RESULT "):
            tests, failures = line.split()[1:]
            return int(tests), int(failures)
    return 0, 1


class Board:
    """A board at a serial port."""

    def __init__(self, port: str) -> None:
        self._port = port

    def enter_maintenance(self) -> None:
        """Order the console into maintenance mode, and open its raw REPL.

        Again and again: it takes its time to start, and what is said meanwhile is lost.
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                with self._opened() as line:
                    if self._prompts(line):
                        return
                    self._order_maintenance(line)
            except (OSError, serial.SerialException):
                continue  # it has reset just now
        raise SystemExit(
            f"test-board: no prompt at {self._port}. Unplug the console, hold STATUS while you "
            "plug it in and for two seconds more, and try again."
        )

    def _prompts(self, line: serial.Serial) -> bool:
        """Ask for the raw REPL; a console that is at work takes it for a damaged frame."""
        line.write(b"\r\x03\x03\x01")
        return bool(_read_until(line, lambda said: PROMPT in said, 1.0))

    def _order_maintenance(self, line: serial.Serial) -> None:
        hello = encode_frame(messages.encode(messages.HELLO, SESSION, (1, 1)))
        line.write(b"\0" + hello)  # the zero ends what was no frame
        if _read_until(line, _welcomed, 1.0):
            reset = (0, messages.MODE_MAINTENANCE)
            line.write(encode_frame(messages.encode(messages.RESET, SESSION, reset)))
            _read_until(line, lambda _said: False, 1.0)

    def execute(self, code: str) -> str:
        """Run code at the raw REPL; return what it printed, and what it raised."""
        with self._opened() as line:
            # In pieces: the board takes them while it has nothing else to do.
            # Ctrl-C first: a frame of ours may lie at the prompt.
            data = b"\x03" + code.encode() + b"\x04"
            for place in range(0, len(data), 128):
                line.write(data[place : place + 128])
                line.flush()
            said = _read_until(line, lambda said: said.count(b"\x04") >= 2, 3 * PATIENCE_S)
        return said.removeprefix(b"OK").replace(b"\x04", b"\n").decode("utf-8", "replace")

    def leave(self) -> None:
        """Make a console of it again."""
        with self._opened() as line:
            line.write(b"import machine; machine.reset()\x04")
            line.flush()

    def _opened(self) -> serial.Serial:
        """Open the port, which goes and comes with each reset."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return serial.Serial(self._port, timeout=0.05, exclusive=True)
            except (OSError, serial.SerialException) as error:
                if time.monotonic() > deadline:
                    raise SystemExit(
                        f"test-board: {self._port} cannot be opened ({error}). Name the console's "
                        "port: make test-board PORT=/dev/ttyACM0; and stop the daemon first."
                    ) from error
                time.sleep(0.05)


def _welcomed(said: bytes) -> bool:
    return any(
        messages.peek(p) == (messages.WELCOME.number, SESSION) for p in FrameReader().feed(said)
    )


def _read_until(line: serial.Serial, enough: Callable[[bytes], bool], within_s: float) -> bytes:
    """Read until it is enough; return what was said, nothing where it never was."""
    said = b""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            said += line.read(4096)
        except (OSError, serial.SerialException):
            return b""  # the board has reset
        if enough(said):
            return said
    return b""


def main() -> int:
    """Run all suites; return 1 where a test failed."""
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.stderr.write("test-board: which port? make test-board PORT=/dev/ttyACM0\n")
        return 2
    board = Board(sys.argv[1])
    board.enter_maintenance()
    failed = False
    for suite in SUITES:
        output = board.execute(program(suite))
        tests, failures = result(output)
        failed |= failures > 0
        sys.stdout.write(f"test-board: {suite}: {tests} tests, {failures} failed\n")
        if failures:
            sys.stdout.write(output)
    board.leave()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
