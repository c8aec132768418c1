"""What an installation brings, and what it must not."""

import json
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import calldeck
import calldeck_console

ROOT = Path(__file__).parents[3]


def python(code: str, folder: Path) -> str:
    """Run code the way a stranger would: not in the repository, nothing but what is installed."""
    return subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize("name", ["calldeck", "calldeck_wire", "calldeck_console"])
def test_the_three_packages_can_be_imported(name, tmp_path):
    assert python(f"import {name}; print({name}.__name__)", tmp_path) == name


@pytest.mark.parametrize(
    "name", ["boot", "main", "manifest", "image", "firmware", "host_tools", "extract_texts", "pins"]
)
def test_nothing_else_of_the_repository_can_be_imported(name, tmp_path):
    """A `main` that is suddenly the firmware's would break other people's programs."""
    code = f"import importlib.util; print(importlib.util.find_spec({name!r}))"
    assert python(code, tmp_path) == "None"


def test_the_command_and_the_adapter_are_installed():
    commands = entry_points(group="console_scripts", name="calldeck")
    assert {point.value for point in commands} == {"calldeck.cli:main"}
    adapters = entry_points(group="calldeck.acd", name="simulated")
    assert {point.value for point in adapters} == {"calldeck.acd.simulated:create"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> list[str]:
    """Build the wheel and list what is in it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in wheel if ".dist-info/" not in name}
    assert tops == {"calldeck", "calldeck_wire", "calldeck_console"}
    for top in tops:
        assert f"{top}/py.typed" in wheel


def test_the_wheel_holds_the_emulator_but_not_what_npm_brings(wheel):
    emulator = "calldeck/consoles/emulator/"
    for name in ("package.json", "package-lock.json", "README.md", "main.mjs"):
        assert emulator + name in wheel
    assert not [name for name in wheel if "node_modules" in name]


def test_the_wheel_holds_every_source_of_the_host(wheel):
    here = ROOT / "host_tools"
    sources = {path.relative_to(here).as_posix() for path in (here / "calldeck").rglob("*.py")}
    assert sources <= set(wheel)
    assert "calldeck/locale/calldeck.pot" in wheel
    assert not [name for name in wheel if name.endswith((".pyc", ".uf2"))]


def test_every_part_says_the_same_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    emulator = ROOT / "host_tools" / "calldeck" / "consoles" / "emulator" / "package.json"
    assert calldeck.__version__ == project
    assert ".".join(map(str, calldeck_console.VERSION)) == project
    assert json.loads(emulator.read_text("utf-8"))["version"] == project
