"""The Python package index, through whichever pip is here."""

import importlib.util
import os
import sys
from pathlib import Path

from report import BuildStopped, run

PROJECT_PYTHON = Path(__file__).resolve().parents[3] / ".venv/bin/python"


def download(name: str, version: str, into: Path) -> Path:
    """Download the source distribution of one version and return its path."""
    run(
        [_python_with_pip(), Path(__file__).with_name("pip_download.py"), name, version, into],
        doing=f"download {name} {version} from the package index that pip is set up with (is the "
        "network up? PIP_INDEX_URL names another index)",
        environment=dict(os.environ, LC_ALL="C"),
    )
    return next(into.iterdir())


def _python_with_pip() -> str:
    if importlib.util.find_spec("pip"):
        return sys.executable
    if PROJECT_PYTHON.exists():
        return str(PROJECT_PYTHON)
    raise BuildStopped(
        f"{sys.executable} has no pip, and modules of MicroPython's library come from the package "
        "index: run `make setup` first, or install what Debian calls python3-pip"
    )
