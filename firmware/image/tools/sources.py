"""The sources of the image: fetched once, checked against their pins, kept in a cache."""

import json
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import python_index
from apt_archive import Suite, find_archive
from report import BuildStopped, only_one_in, run, say, sha256_of

# Kinds of packages: "source" and "binary" are Debian's, this one is Python's.
SDIST = "sdist"
SUBMODULES = ("mbedtls", "micropython-lib", "pico-sdk", "tinyusb")
# Of micropython-lib, what the image has as a module of its own: where its tree has the file, and
# where the source distribution has it.
MODULES = {
    "logging.py": ("python-stdlib/logging/logging.py", "logging/__init__.py"),
    "unittest.py": ("python-stdlib/unittest/unittest/__init__.py", "unittest.py"),
}


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of sources.toml."""

    name: str
    kind: str
    version: str
    sha256: str
    when_moved: str = "stop"
    folder: str = "."


@dataclass(frozen=True, slots=True)
class Sources:
    """Unpacked trees, and the words that tell one set of sources from another."""

    micropython: Path
    libraries: Mapping[str, Path]
    modules: Mapping[str, Path]  # as in MODULES
    identity: str


def existing_tree(folder: Path) -> Sources:
    """Return a MicroPython tree that the user has, with its submodules."""
    if not (folder / "ports/rp2/CMakeLists.txt").exists():
        raise BuildStopped(
            f"MICROPYTHON_DIR={folder} is no MicroPython tree: it has no ports/rp2/CMakeLists.txt"
        )
    libraries = {name: folder / "lib" / name for name in SUBMODULES}
    empty = [
        name for name, path in libraries.items() if not path.is_dir() or not any(path.iterdir())
    ]
    if empty:
        raise BuildStopped(
            f"MICROPYTHON_DIR={folder} lacks the submodules {', '.join(empty)}: run "
            f"`make -C {folder}/ports/rp2 submodules` first"
        )
    say(f"sources: the tree {folder}, MicroPython {micropython_version(folder)}, not pinned")
    library = libraries.pop("micropython-lib")
    modules = {name: library / in_tree for name, (in_tree, _) in MODULES.items()}
    return Sources(folder, libraries, modules, f"tree {folder}")


def pinned_sources(pins_file: Path, cache: Path) -> Sources:
    """Return the pinned sources, downloading and unpacking what the cache lacks."""
    suite_name, pins = _read_pins(pins_file)
    with only_one_in(cache):
        missing = [pin for pin in pins if _cached(pin, cache) is None]
        _fetch(missing, cache, suite_name)
        folders: dict[str, Path] = {}
        identity: list[str] = []
        for pin in pins:
            record = _cached(pin, cache)
            if record is None:
                raise BuildStopped(f"{pin.name} was downloaded into {cache} but is not there")
            say(f"{pin.name} {record['version']}, {record['file']}, sha256 {record['sha256']}")
            if record["version"] != pin.version:
                say(f"warning: {pin.name} was tested as {pin.version}: the sha256 may differ")
            folders[pin.name] = _unpacked(pin, record, cache)
            identity.append(f"{pin.name} {record['sha256']}")
    libraries = {
        "mbedtls": folders["mbedtls"],
        "pico-sdk": folders["pico-sdk-source"],
        "tinyusb": folders["tinyusb-source"],
    }
    modules = {
        name: folders[f"micropython-{Path(name).stem}"] / in_sdist
        for name, (_, in_sdist) in MODULES.items()
    }
    return Sources(folders["micropython"], libraries, modules, ", ".join(identity))


def micropython_version(tree: Path) -> str:
    """Return `vX.Y.Z`, with `-preview` between releases, as the tree's own header has it."""
    header = (tree / "py/mpconfig.h").read_text()
    number = {
        name: value
        for name, value in re.findall(r"#define MICROPY_VERSION_(\w+) (\d+)$", header, re.MULTILINE)
    }
    preview = "-preview" if number["PRERELEASE"] != "0" else ""
    return f"v{number['MAJOR']}.{number['MINOR']}.{number['MICRO']}{preview}"


def _read_pins(path: Path) -> tuple[str, tuple[Pin, ...]]:
    with path.open("rb") as file:
        table = tomllib.load(file)
    return table["suite"], tuple(Pin(name, **row) for name, row in table["packages"].items())


def _cached(pin: Pin, cache: Path) -> dict[str, str] | None:
    """Return what the cache has for this pin: version, file and sha256; None when it has not."""
    path = cache / f"{pin.name}.json"
    if not path.exists():
        return None
    record: dict[str, str] = json.loads(path.read_text())
    archive = cache / record["file"]
    if record["pinned"] != pin.version or not archive.exists():
        return None
    if sha256_of(archive) != record["sha256"]:
        say(f"{archive} is damaged: fetching it again")
        return None
    return record


def _fetch(pins: Sequence[Pin], cache: Path, suite_name: str) -> None:
    debian = [pin for pin in pins if pin.kind != SDIST]
    if debian:
        say(f"fetching {', '.join(pin.name for pin in debian)} from Debian {suite_name}")
        suite = Suite(find_archive(), suite_name, cache / "apt")
        for pin in debian:
            version = _version_to_take(pin, suite.versions(pin.name, pin.kind), suite.name)
            incoming = _incoming(cache)
            suite.download(pin.name, version, pin.kind, incoming)
            pattern = "*.orig.tar.*" if pin.kind == "source" else "*.deb"
            archives = [path for path in sorted(incoming.glob(pattern)) if path.suffix != ".asc"]
            _keep(pin, version, archives[0], cache)
    for pin in pins:
        if pin.kind == SDIST:
            say(f"fetching {pin.name} from the Python package index")
            archive = python_index.download(pin.name, pin.version, _incoming(cache))
            _keep(pin, pin.version, archive, cache)


def _incoming(cache: Path) -> Path:
    """Return an empty folder to download into."""
    incoming = cache / "incoming"
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir()
    return incoming


def _keep(pin: Pin, version: str, archive: Path, cache: Path) -> None:
    """Move a downloaded archive into the cache, if it is the one that is pinned."""
    sha256 = sha256_of(archive)
    if version == pin.version and sha256 != pin.sha256:
        raise BuildStopped(
            f"the downloaded {archive.name} has the sha256 {sha256}, but sources.toml pins "
            f"{pin.sha256} for the same version: do not build from it before you know why"
        )
    shutil.move(archive, cache / archive.name)
    record = {"pinned": pin.version, "version": version, "file": archive.name, "sha256": sha256}
    (cache / f"{pin.name}.json").write_text(json.dumps(record))


def _version_to_take(pin: Pin, offered: tuple[str, ...], suite: str) -> str:
    way_out = (
        "build with MICROPYTHON_DIR=<a MicroPython tree with its submodules>, or put what the "
        "suite has into firmware/image/sources.toml and run `make test-full` before you commit it"
    )
    if pin.version in offered:
        return pin.version
    if not offered:
        raise BuildStopped(
            f"the Debian suite {suite} has no {pin.kind} package {pin.name} any more: {way_out}"
        )
    if pin.when_moved == "stop":
        raise BuildStopped(
            f"the Debian suite {suite} has moved on: it has {pin.name} {offered[0]}, and CallDeck "
            f"was tested with {pin.version}: {way_out}"
        )
    return offered[0]


def _unpacked(pin: Pin, record: Mapping[str, str], cache: Path) -> Path:
    """Return the folder the archive is unpacked in, unpacking it the first time."""
    folder = cache / "trees" / f"{pin.name}-{record['sha256'][:12]}"
    if not folder.exists():
        say(f"unpacking {record['file']}")
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        archive = cache / record["file"]
        if pin.kind in ("source", SDIST):
            command = ["tar", "-xf", str(archive), "-C", str(partial), "--strip-components=1"]
        else:
            command = ["dpkg", "-x", str(archive), str(partial)]
        run(command, doing=f"unpack {archive}")
        partial.rename(folder)
    return folder / pin.folder
