"""What lies where in flash, and the check that an image stays where it belongs.

The numbers are in boards/calldeck.h and in the headers of the boards; nowhere else.
"""

import json
import re
import struct
from dataclasses import asdict, dataclass
from pathlib import Path

from report import BuildStopped, run

FLASH_START = 0x10000000
SECTOR_BYTES = 4096
_UF2_BLOCK = struct.Struct("<8I476sI")


@dataclass(frozen=True, slots=True)
class FlashMap:
    """Image, settings, files: in this order, each up to the next. Offsets from flash's start."""

    flash_bytes: int
    settings_start: int
    settings_bytes: int
    files_bytes: int


def read_flash_map(chip_header: Path, board_header: Path) -> FlashMap:
    """Return the map that the headers come to; `chip_header` is what cmake has made of the SDK's.

    Raises BuildStopped where the parts do not fit together.
    """
    question = Path(__file__).with_suffix(".c")
    included: list[str | Path] = ["-include", chip_header, "-include", board_header]
    said = run(
        ["arm-none-eabi-gcc", "-S", "-o", "-", *included, question],
        doing=f"read the flash map in {board_header}",
    )
    words = [int(word) for word in re.findall(r"^\s+\.word\s+(\d+)", said, re.MULTILINE)]
    if len(words) != 4 or not all(words):
        raise BuildStopped(
            f"{board_header} gives no flash map: each of its parts must be larger than nothing"
        )
    found = FlashMap(*words)
    files_start = found.settings_start + found.settings_bytes
    if files_start + found.files_bytes != found.flash_bytes or files_start % SECTOR_BYTES:
        raise BuildStopped(
            f"{board_header} gives a flash map with holes or overlaps: the settings must end at a "
            f"sector, where the files begin, and the files at the end of the flash: {found}"
        )
    if found.settings_start % SECTOR_BYTES or found.settings_start <= 0:
        raise BuildStopped(f"{board_header} lets the settings begin within a sector: {found}")
    return found


def write_flash_map(flash_map: FlashMap, path: Path) -> None:
    """Leave the map where the tests and other programs can read it."""
    path.write_text(json.dumps(asdict(flash_map)) + "\n")


def check_image(image: Path, flash_map: FlashMap) -> int:
    """Check that the image ends before the settings; return the bytes that are left for it."""
    size = image.stat().st_size
    left = flash_map.settings_start - size
    if left < 0:
        raise BuildStopped(
            f"the image has {size} bytes, {-left} more than fit before the console's settings at "
            f"{FLASH_START + flash_map.settings_start:#x}, which an update must not overwrite: "
            "freeze less (firmware/image/manifest.py) or keep less room for files "
            "(MICROPY_HW_FLASH_STORAGE_BYTES in the board's mpconfigboard.h), which loses the "
            "settings and files of every console that is updated"
        )
    return left


def check_blocks(uf2: Path, flash_map: FlashMap) -> None:
    """Check that a UF2 writes to no sector but those before the settings."""
    end = FLASH_START + flash_map.settings_start
    for row in _UF2_BLOCK.iter_unpack(uf2.read_bytes()):
        address, size = row[3], row[4]
        if not FLASH_START <= address <= address + size <= end:
            raise BuildStopped(
                f"{uf2.name} would write to {address:#x}, which is not the image's: only what lies "
                f"from {FLASH_START:#x} up to the console's settings at {end:#x} is"
            )
