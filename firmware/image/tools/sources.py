"""The sources of the image: fetched once, checked against their pins, kept in a cache."""

import json
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from apt_archive import Suite, find_archive
from report import BuildStopped, only_one_in, run, say, sha256_of

SUBMODULES = ("mbedtls", "pico-sdk", "tinyusb")


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of sources.toml."""

    name: str
    kind: str
    version: str
    sha256: str
    when_moved: str
    folder: str = "."


@dataclass(frozen=True, slots=True)
class Sources:
    """Unpacked trees, and the words that tell one set of sources from another."""

    micropython: Path
    libraries: Mapping[str, Path]
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
    return Sources(folder, libraries, f"tree {folder}")


def debian_sources(pins_file: Path, cache: Path) -> Sources:
    """Return the pinned Debian sources, downloading and unpacking what the cache lacks."""
    suite_name, pins = _read_pins(pins_file)
    with only_one_in(cache):
        missing = [pin for pin in pins if _cached(pin, cache) is None]
        if missing:
            say(f"fetching {', '.join(pin.name for pin in missing)} from Debian {suite_name}")
            suite = Suite(find_archive(), suite_name, cache / "apt")
            for pin in missing:
                _fetch(pin, suite, cache)
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
    return Sources(folders["micropython"], libraries, ", ".join(identity))


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


def _fetch(pin: Pin, suite: Suite, cache: Path) -> None:
    version = _version_to_take(pin, suite.versions(pin.name, pin.kind), suite.name)
    incoming = cache / "incoming"
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir()
    suite.download(pin.name, version, pin.kind, incoming)
    pattern = "*.orig.tar.*" if pin.kind == "source" else "*.deb"
    archive = next(path for path in sorted(incoming.glob(pattern)) if path.suffix != ".asc")
    sha256 = sha256_of(archive)
    if version == pin.version and sha256 != pin.sha256:
        raise BuildStopped(
            f"{archive.name} of Debian {suite.name} has the sha256 {sha256}, but sources.toml pins "
            f"{pin.sha256} for the same version: do not build from it before you know why"
        )
    shutil.move(archive, cache / archive.name)
    shutil.rmtree(incoming)
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
        if pin.kind == "source":
            command = ["tar", "-xf", str(archive), "-C", str(partial), "--strip-components=1"]
        else:
            command = ["dpkg", "-x", str(archive), str(partial)]
        run(command, doing=f"unpack {archive}")
        partial.rename(folder)
    return folder / pin.folder
