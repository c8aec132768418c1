"""Where the image's sources come from: the pins, the package index, a tree of the user's."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from tests.firmware.image_tools import python_index, report, sources

LIBRARY = {"logging": "logging/__init__.py", "unittest": "unittest.py"}


def distribution(folder: Path, name: str, version: str, files: dict[str, bytes]) -> Path:
    """Make a source distribution that nothing can build, as those of micropython-lib are."""
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for inner, content in files.items():
            member = tarfile.TarInfo(f"{name}-{version}/{inner}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have pip set up with an index in a folder, and nothing else."""
    folder = tmp_path / "simple"
    for name, inner in LIBRARY.items():
        package = folder / f"micropython-{name}"
        package.mkdir(parents=True)
        distribution(package, f"micropython-{name}", "1.0", {inner: f"# {name}\n".encode()})
        distribution(package, f"micropython-{name}", "2.0", {inner: b"# another version\n"})
        links = [f'<a href="{path.name}">{path.name}</a>' for path in package.glob("*.tar.gz")]
        (package / "index.html").write_text(f"<!doctype html><body>{''.join(links)}</body>")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", folder.as_uri())
    return folder


def cache_with_debian_parts(tmp_path: Path) -> tuple[Path, str]:
    """Return a cache that lacks only what comes from the index, and the pins of what it has."""
    cache = tmp_path / "cache"
    cache.mkdir()
    pins = 'suite = "none"\n'
    for name in ("micropython", "mbedtls", "pico-sdk-source", "tinyusb-source"):
        archive = distribution(cache, name, "1", {"README": b""})
        sha256 = report.sha256_of(archive)
        record = {"pinned": "1", "version": "1", "file": archive.name, "sha256": sha256}
        (cache / f"{name}.json").write_text(json.dumps(record))
        pins += f'[packages.{name}]\nkind = "source"\nversion = "1"\nsha256 = "{sha256}"\n'
    return cache, pins


def library_pins(index: Path) -> str:
    pins = ""
    for name in LIBRARY:
        archive = index / f"micropython-{name}" / f"micropython-{name}-1.0.tar.gz"
        pins += (
            f'[packages.micropython-{name}]\nkind = "sdist"\nversion = "1.0"\n'
            f'sha256 = "{report.sha256_of(archive)}"\n'
        )
    return pins


def test_what_is_pinned_comes_from_the_index_that_pip_is_set_up_with(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, pins = cache_with_debian_parts(tmp_path)
    (tmp_path / "pins.toml").write_text(pins + library_pins(index))
    found = sources.pinned_sources(tmp_path / "pins.toml", cache)
    assert {name: path.read_text() for name, path in found.modules.items()} == {
        "logging.py": "# logging\n",
        "unittest.py": "# unittest\n",
    }
    # The second time nobody is asked any more.
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "nowhere").as_uri())
    assert sources.pinned_sources(tmp_path / "pins.toml", cache) == found


def test_another_file_of_the_same_version_stops_the_build(index: Path, tmp_path: Path) -> None:
    cache, pins = cache_with_debian_parts(tmp_path)
    (tmp_path / "pins.toml").write_text(pins + library_pins(index))
    changed = {"logging/__init__.py": b"import os\n"}
    distribution(index / "micropython-logging", "micropython-logging", "1.0", changed)
    with pytest.raises(report.BuildStopped, match=r"micropython-logging-1\.0.*do not build"):
        sources.pinned_sources(tmp_path / "pins.toml", cache)
    assert not (cache / "micropython-logging.json").exists()


def test_a_version_that_the_index_lacks_is_named(index: Path, tmp_path: Path) -> None:
    with pytest.raises(report.BuildStopped, match=r"has no micropython-logging 3\.0; it has: 1\.0"):
        python_index.download("micropython-logging", "3.0", tmp_path)


def tree(folder: Path) -> Path:
    """Make what looks like a MicroPython tree with its submodules."""
    for name in (
        "ports/rp2/CMakeLists.txt",
        *(f"lib/{name}/README" for name in sources.SUBMODULES),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "py").mkdir()
    numbers = {"MAJOR": 1, "MINOR": 25, "MICRO": 0, "PRERELEASE": 0}
    lines = [f"#define MICROPY_VERSION_{name} {value}\n" for name, value in numbers.items()]
    (folder / "py/mpconfig.h").write_text("".join(lines))
    return folder


def test_a_tree_of_the_users_is_taken_with_its_own_library(tmp_path: Path) -> None:
    folder = tree(tmp_path / "tree")
    library = folder / "lib/micropython-lib/python-stdlib"
    for name in ("logging/logging.py", "unittest/unittest/__init__.py"):
        (library / name).parent.mkdir(parents=True)
        (library / name).touch()
    found = sources.existing_tree(folder)
    assert set(found.modules) == {"logging.py", "unittest.py"}
    assert all(path.exists() for path in found.modules.values())
    assert set(found.libraries) == {"mbedtls", "pico-sdk", "tinyusb"}


def test_a_tree_without_micropython_lib_is_refused(tmp_path: Path) -> None:
    folder = tree(tmp_path / "tree")
    (folder / "lib/micropython-lib/README").unlink()
    with pytest.raises(report.BuildStopped, match="lacks the submodules micropython-lib"):
        sources.existing_tree(folder)
