"""Compiling, checking and packing one image."""

import hashlib
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from flash_map import (
    FLASH_START,
    FlashMap,
    check_blocks,
    check_image,
    read_flash_map,
    write_flash_map,
)
from report import BuildStopped, run, say, sha256_of
from sources import Sources, micropython_version

# Environment that would reach the compiler or MicroPython's scripts from outside.
NOT_INHERITED = ("CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CFLAGS_EXTRA", "MICROPY_MPYCROSS")


@dataclass(frozen=True, slots=True)
class Board:
    """What an image is built for."""

    name: str  # the folder in boards/
    target: str  # in the image's name, as MicroPython names the plain board
    family: str  # what the chip's boot ROM takes a UF2 for


BOARDS = {
    "pico": Board("CALLDECK_PICO", "RPI_PICO", "0xe48bff56"),
    "pico2": Board("CALLDECK_PICO2", "RPI_PICO2", "0xe48bff59"),
}


@dataclass(frozen=True, slots=True)
class Workshop:
    """The folders one image is built in."""

    board: Board
    firmware: Path  # the project's firmware/
    tree: Path  # the working copy of MicroPython, which the boards share
    build: Path  # where everything else that is intermediate goes

    @property
    def cmake(self) -> Path:
        """The folder cmake and ninja build in."""
        return self.build / "cmake"


def compile_image(shop: Workshop, sources: Sources, tree_changed: bool, epoch: int) -> Path:
    """Compile what has changed and return the checked flash image, firmware.bin."""
    environment = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
    environment.update(
        SOURCE_DATE_EPOCH=str(epoch),
        MICROPY_GIT_TAG=micropython_version(shop.tree),
        PYTHONHASHSEED="0",
        LC_ALL="C",
    )
    if tree_changed or not (shop.tree / "mpy-cross/build/mpy-cross").exists():
        say("compiling mpy-cross")
        run(
            ["make", "-C", shop.tree / "mpy-cross", f"-j{os.cpu_count()}"],
            doing="compile mpy-cross",
            environment=environment,
        )
    _configure(shop, sources, environment)
    forget_changed_modules(shop)
    said = run(["ninja", "-C", shop.cmake], doing="compile the image", environment=environment)
    (shop.build / "ninja.log").write_text(said)
    compiled = len(re.findall(r"^\[\d+/\d+\] Building ", said, re.MULTILINE))
    say(f"compiled {compiled} files" if compiled else "nothing to compile")
    _check_native_alignment(shop)
    image = shop.cmake / "firmware.bin"
    _check_no_path_in(image, shop)
    flash_map = flash_map_of(shop)
    write_flash_map(flash_map, shop.build / "flash_map.json")
    left = check_image(image, flash_map)
    say(f"{image.stat().st_size} bytes of flash, {left} left before the console's settings")
    return image


def flash_map_of(shop: Workshop) -> FlashMap:
    """Return the flash map of a board that has been configured."""
    return read_flash_map(
        shop.cmake / "generated/pico_base/pico/config_autogen.h",
        shop.firmware / "image/boards" / shop.board.name / "mpconfigboard.h",
    )


def pack(image: Path, shop: Workshop, target: Path) -> bool:
    """Write `target` (UF2) and its .sha256; leave both alone when they are right already.

    Returns whether they were written.
    """
    fresh = shop.build / "fresh.uf2"
    script = shop.tree / "tools/uf2conv.py"
    chip = ("-f", shop.board.family, "-b", hex(FLASH_START))
    run(
        [sys.executable, script, *chip, "-c", "-o", fresh, image],
        doing=f"pack {image}",
    )
    check_blocks(fresh, flash_map_of(shop))
    digest = sha256_of(fresh)
    note = target.with_name(target.name + ".sha256")
    words = f"{digest}  {target.name}\n"
    unchanged = target.exists() and sha256_of(target) == digest
    if unchanged and note.exists() and note.read_text() == words:
        fresh.unlink()
        return False
    fresh.replace(target)
    note.write_text(words)
    return True


def _configure(shop: Workshop, sources: Sources, environment: dict[str, str]) -> None:
    """Run cmake when its arguments, the sources or the compiler are others than last time."""
    compiler = run(["arm-none-eabi-gcc", "--version"], doing="ask the compiler for its version")
    mapped = {shop.cmake: "build", shop.tree: "micropython", shop.firmware: "firmware"}
    mapped.update({path.resolve(): name for name, path in sources.libraries.items()})
    mapped[sources.micropython] = "micropython"
    prefix_maps = ";".join(f"-ffile-prefix-map={path}={name}" for path, name in mapped.items())
    image = shop.firmware / "image"
    arguments = [
        f"-DMICROPY_BOARD={shop.board.name}",
        f"-DMICROPY_BOARD_DIR={image / 'boards' / shop.board.name}",
        f"-DMICROPY_FROZEN_MANIFEST={image / 'manifest.py'}",
        f"-DUSER_C_MODULES={image / 'native' / 'micropython.cmake'}",
        f"-DPICO_SDK_PATH_OVERRIDE={sources.libraries['pico-sdk']}",
        "-DPICO_NO_PICOTOOL=1",
        f"-DPython3_EXECUTABLE={sys.executable}",
        f"-DCALLDECK_PREFIX_MAPS={prefix_maps}",
    ]
    say(f"compiler: {compiler.splitlines()[0]}")
    settled = json.dumps([arguments, sources.identity, compiler])
    stamp = shop.build / "configured.json"
    if stamp.exists() and stamp.read_text() == settled and (shop.cmake / "build.ninja").exists():
        return
    say("configuring, then compiling everything (half a minute on two cores)")
    shutil.rmtree(shop.cmake, ignore_errors=True)
    run(
        ["cmake", "-S", shop.tree / "ports/rp2", "-B", shop.cmake, "-G", "Ninja", *arguments],
        doing="configure the image",
        environment=environment,
    )
    stamp.write_text(settled)


def forget_changed_modules(shop: Workshop) -> None:
    """Make the next build freeze again every module whose content has changed.

    MicroPython's makemanifest.py goes by times alone: it misses a module that was removed, a
    changed manifest, a changed mpy-tool.py, and a file that was replaced by an older one.
    """
    firmware = shop.firmware
    paths = [*firmware.glob("image/*.py"), *firmware.glob("calldeck_*/**/*.py")]
    now = {
        str(path.relative_to(firmware)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
    }
    for path in sorted(shop.tree.glob("lib/micropython-lib/*.py")):
        now[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    freezer = shop.tree / "tools/mpy-tool.py"
    now[freezer.name] = hashlib.sha256(freezer.read_bytes()).hexdigest()
    stamp = shop.build / "frozen.json"
    before: dict[str, str] = json.loads(stamp.read_text()) if stamp.exists() else {}
    if now == before:
        return
    for name in {**now, **before}:
        if now.get(name) != before.get(name):
            frozen = Path(name.removeprefix("image/")).with_suffix(".mpy")
            (shop.cmake / "frozen_mpy" / frozen).unlink(missing_ok=True)
    (shop.cmake / "frozen_content.c").unlink(missing_ok=True)
    stamp.write_text(json.dumps(now))


def _check_native_alignment(shop: Workshop) -> None:
    """Check that every frozen native function is where it finds its constants.

    It looks for them at multiples of 4 from itself: a Cortex-M0+ faults on others, a Cortex-M33
    reads what is beside them.
    """
    generated = (shop.cmake / "frozen_content.c").read_text()
    native = set(re.findall(r"(fun_data_\w+)\[\d+\] __attribute__", generated))
    if not native:
        return
    symbols = run(
        ["arm-none-eabi-nm", shop.cmake / "firmware.elf"], doing="list the image's symbols"
    )
    address = {row[2]: int(row[0], 16) for row in map(str.split, symbols.splitlines()) if row[2:]}
    unplaced = sorted(name for name in native if name not in address)
    misplaced = sorted(name for name in native if address.get(name, 0) % 4)
    if unplaced or misplaced:
        raise BuildStopped(
            "frozen native code must lie at a multiple of 4, or it does not find its constants: "
            f"not so {', '.join(misplaced) or 'none'}; not found {', '.join(unplaced) or 'none'}"
        )
    say(f"{len(native)} frozen native functions, each at a multiple of 4")


def _check_no_path_in(image: Path, shop: Workshop) -> None:
    """Check that the image does not know the folder it was built in."""
    folder = shop.tree.parents[1]
    if bytes(folder) in image.read_bytes():
        raise BuildStopped(
            f"{image} contains the path {folder}, so it would differ between folders: "
            "find it with `strings` and add its prefix to the maps in flash_image.py"
        )
