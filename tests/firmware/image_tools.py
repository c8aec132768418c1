"""The tools that build the image, for the tests: they are scripts beside each other, no package."""

from __future__ import annotations

import importlib
import sys

from tests.conftest import ROOT

IMAGE = ROOT / "firmware" / "image"
sys.path.append(str(IMAGE / "tools"))

flash_image = importlib.import_module("flash_image")
flash_map = importlib.import_module("flash_map")
python_index = importlib.import_module("python_index")
report = importlib.import_module("report")
sources = importlib.import_module("sources")
