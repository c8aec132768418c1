"""A built image taken apart: blocks of the UF2, symbols and frozen modules of the ELF."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.conftest import ROOT

FLASH = 0x10000000
CACHE = Path(os.environ.get("CALLDECK_CACHE") or ROOT / "build/sources").resolve()
_BLOCK = struct.Struct("<8I476sI")
_FAMILY_GIVEN = 0x2000


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a UF2 file."""

    address: int
    data: bytes
    family: int


def read_uf2(path: Path) -> list[Block]:
    """Return the blocks of a UF2 whose every block is as the format wants it."""
    content = path.read_bytes()
    rows = list(_BLOCK.iter_unpack(content))
    for number, row in enumerate(rows):
        first, second, flags, _, size, at, total, _, _, last = row
        assert (first, second, last) == (0x0A324655, 0x9E5D5157, 0x0AB16F30)
        assert (flags, size, at, total) == (_FAMILY_GIVEN, 256, number, len(rows))
    return [Block(row[3], row[8][: row[4]], row[7]) for row in rows]


@dataclass(frozen=True)
class BuiltImage:
    """What one build has left."""

    uf2: Path
    build: Path
    family: int
    ram: range

    @cached_property
    def flash(self) -> bytes:
        """What the UF2 puts into flash, from its start."""
        return b"".join(block.data for block in read_uf2(self.uf2))

    def word(self, address: int) -> int:
        """Return the word at an address in flash."""
        return int(struct.unpack_from("<I", self.flash, address - FLASH)[0])

    @cached_property
    def symbols(self) -> dict[str, int]:
        """Return the addresses of all symbols."""
        said = subprocess.run(
            ["arm-none-eabi-nm", self.build / "cmake/firmware.elf"],
            capture_output=True,
            text=True,
            check=True,
        )
        rows = [line.split() for line in said.stdout.splitlines()]
        return {row[2]: int(row[0], 16) for row in rows if len(row) == 3}

    def frozen_modules(self) -> set[str]:
        """Return the paths of the frozen modules, read where the program reads them."""
        start = self.symbols["mp_frozen_names"] - FLASH
        names = self.flash[start : self.flash.index(b"\0\0", start)]
        return {name.decode() for name in names.split(b"\0")}

    def native_functions(self) -> dict[str, int]:
        """Return the addresses of the frozen machine code."""
        generated = (self.build / "cmake/frozen_content.c").read_text()
        names = re.findall(r"(fun_data_\w+)\[\d+\] __attribute__", generated)
        return {name: self.symbols[name] for name in names}


def pico(uf2: Path) -> BuiltImage:
    """Return the image that `make firmware` has built."""
    ram = range(0x20000000, 0x20042001)
    return BuiltImage(uf2, ROOT / "build/firmware", 0xE48BFF56, ram)


def build_pico2() -> BuiltImage:
    """Build the image for the Pico 2, as `make firmware-pico2` does."""
    tool = ROOT / "firmware/image/tools/build_uf2.py"
    done = subprocess.run(
        [sys.executable, tool, "pico2"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    uf2 = ROOT / done.stdout.splitlines()[-2].split()[-1]
    ram = range(0x20000000, 0x20082001)
    return BuiltImage(uf2, ROOT / "build/firmware/RPI_PICO2", 0xE48BFF59, ram)


def copy_of_the_project(folder: Path) -> Path:
    """Copy what an image is built from, to build it elsewhere or otherwise."""
    folder.mkdir(parents=True)
    shutil.copytree(ROOT / "firmware", folder / "firmware")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def build_in(folder: Path, board: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Build from a copy of the project, on a day of its own."""
    ours = ("CALLDECK_CACHE", "MICROPYTHON_DIR")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, folder / "firmware/image/tools/build_uf2.py", board],
        env={**environment, "SOURCE_DATE_EPOCH": "1700000000", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
