"""The working copy of MicroPython that an image is compiled in.

A copy, because two things have to change in it and neither the cache nor a tree of the user's is
ours to change: the libraries under lib/ come from elsewhere, and some files need a patch.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from placement import IN_FLASH, IN_RAM
from report import BuildStopped
from sources import Sources

COPIED = ("drivers", "extmod", "mpy-cross", "ports/rp2", "py", "shared", "tools")
# What a build leaves behind in a tree that somebody has built in before.
NOT_COPIED = ("build", "build-*", "__pycache__")


@dataclass(frozen=True, slots=True)
class Patch:
    """One text that is replaced in one file of the working copy."""

    path: str
    old: str
    new: str
    why: str


PATCHES = (
    Patch(
        "tools/mpy-tool.py",
        'self.fun_data_attributes += " __attribute__ ((aligned (2)))"',
        'self.fun_data_attributes += " __attribute__ ((aligned (4)))"',
        "frozen native code loads constants as words from addresses relative to its own, and a "
        "Cortex-M0+ faults on a word at an address that is no multiple of 4",
    ),
    Patch(
        "shared/tinyusb/mp_usbd_cdc.c",
        "        tud_cdc_write_flush();\n        i += n2;\n",
        "        tud_cdc_write_flush();\n        if (n2 == 0) {\n            break;\n        }\n"
        "        i += n2;\n",
        "with the bus suspended and the port still open nothing drains the buffer, and a write to "
        "a full one would loop for ever",
    ),
    *(
        Patch(
            f"ports/rp2/memmap_mp_{chip}.ld",
            "*gc.c.obj *vm.c.obj *parse.c.obj)",
            " ".join(f"*{name}.c.o*" for name in IN_RAM) + ")",
            "what the console runs at every step has to lie in RAM, where no cache can lack it",
        )
        for chip in ("rp2040", "rp2350")
    ),
    *(
        Patch(
            f"ports/rp2/memmap_mp_{chip}.ld",
            "        *(.fini)\n",
            "        *(" + " ".join(f".text.{name}" for name in IN_FLASH) + ")\n        *(.fini)\n",
            "what is not needed at every step leaves the RAM to the heap",
        )
        for chip in ("rp2040", "rp2350")
    ),
    Patch(
        "py/map.c",
        "((((uintptr_t)(index)) >> 2) % MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE)",
        "(((uintptr_t)(index) >> 2 ^ (uintptr_t)map >> 4) % MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE)",
        "a name that stands in several maps would push itself out of the cache of names, and half "
        "of a press is looking up names",
    ),
    Patch(
        "py/map.c",
        "(&(map)->table[MAP_CACHE_ENTRY(index) % (map)->alloc])",
        "(&(map)->table[MAP_CACHE_ENTRY(index) < (map)->alloc ? MAP_CACHE_ENTRY(index) : 0])",
        "a Cortex-M0+ has no division, and a look into the cache should not cost one",
    ),
    Patch(
        "py/map.c",
        "pos = (pos + 1) % map->alloc;",
        "pos = pos + 1 == map->alloc ? 0 : pos + 1;",
        "an object's attributes fill their map, so each look for a method of its class goes once "
        "round it, and should not divide at each step",
    ),
    *(
        Patch(
            "py/qstr.c",
            text,
            f'__attribute__((section(".time_critical.qstr"))) {text}',
            "names are looked up all the time, and the cache of the flash has better to hold",
        )
        for text in (
            "static const qstr_pool_t *find_qstr(qstr *q) {",
            "mp_uint_t qstr_hash(qstr q) {",
        )
    ),
)


def make_working_copy(sources: Sources, folder: Path) -> bool:
    """Bring the working copy up to date and return whether anything in it has changed.

    Files that have not changed keep their time, so ninja builds only what has.
    """
    changed = False
    patched = _patched(sources.micropython)
    for part in COPIED:
        changed |= _mirror(sources.micropython, folder, part, patched)
    for path, text in patched.items():
        target = folder / path
        if not target.exists() or target.read_text() != text:
            target.write_text(text)
            changed = True
    _link_libraries(sources, folder / "lib")
    _copy_modules(sources, folder / "lib/micropython-lib")
    return changed


def _copy_modules(sources: Sources, folder: Path) -> None:
    """Lay out what the manifest freezes of micropython-lib, wherever it came from."""
    folder.mkdir(exist_ok=True)
    (folder / "README.md").touch()  # MicroPython's build looks for it
    for name, source in sources.modules.items():
        shutil.copy2(source, folder / name)


def _patched(tree: Path) -> dict[str, str]:
    """Return the texts of the files that have patches, with all of them."""
    texts: dict[str, str] = {}
    for patch in PATCHES:
        text = texts.get(patch.path) or (tree / patch.path).read_text()
        if patch.old not in text and patch.new not in text:
            raise BuildStopped(
                f"{tree / patch.path} has changed and CallDeck's patch no longer fits it: it is "
                f"needed because {patch.why}; adapt PATCHES in {Path(__file__).name}"
            )
        done = patch.old in patch.new and patch.new in text
        texts[patch.path] = text if done else text.replace(patch.old, patch.new)
    return texts


def _mirror(tree: Path, copy: Path, part: str, patched: dict[str, str]) -> bool:
    """Make copy/part what tree/part is; files in `patched` are left alone."""
    changed = False
    wanted: set[Path] = set()
    for source in _files(tree / part):
        relative = source.relative_to(tree)
        wanted.add(copy / relative)
        if str(relative) in patched:
            continue
        target = copy / relative
        here = source.stat()
        there = target.stat() if target.exists() else None
        if there is None or (here.st_size, here.st_mtime_ns) != (there.st_size, there.st_mtime_ns):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            changed = True
    for stale in [path for path in _files(copy / part) if path not in wanted]:
        stale.unlink()
        changed = True
    return changed


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not any(Path(name).match(p) for p in NOT_COPIED)]
        found.extend(Path(here, name) for name in names)
    return found


def _link_libraries(sources: Sources, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {path.name: path for path in (sources.micropython / "lib").iterdir() if path.is_dir()}
    wanted.update(sources.libraries)
    wanted.pop("micropython-lib", None)
    for link in folder.iterdir():
        if link.is_symlink() and link.name not in wanted:
            link.unlink()
    for name, target in wanted.items():
        link = folder / name
        if link.is_symlink() and link.readlink() != target:
            link.unlink()
        if not link.is_symlink():
            link.symlink_to(target)
