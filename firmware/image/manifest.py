# ruff: noqa: F821 - freeze, include, module and package are given by MicroPython's makemanifest.py
"""What is frozen into the image.

Every file is named, in sorted order, because a directory walk follows the file system's order and
two builds of one commit would differ.
"""

import os


def sources_of(package_folder):
    """Return the package's .py files, relative to it, sorted."""
    found = []
    for folder, _, names in os.walk(package_folder):
        found.extend(
            os.path.relpath(os.path.join(folder, name), package_folder)
            for name in names
            if name.endswith(".py")
        )
    return tuple(sorted(found))


# Of the port's own modules: _boot mounts the flash file system, rp2 has the PIO assembler.
freeze("$(PORT_DIR)/modules", ("_boot.py", "rp2.py"))
include("$(MPY_DIR)/extmod/asyncio")
# Of micropython-lib, what tools/sources.py has found (MODULES).
module("logging.py", base_path="$(MPY_LIB_DIR)")
module("unittest.py", base_path="$(MPY_LIB_DIR)")

# The packages beside this folder. The manifest runs with its own folder as the current one.
for package_name in sorted(os.listdir("..")):
    if package_name.startswith("calldeck_") and sources_of(os.path.join("..", package_name)):
        package(package_name, sources_of(os.path.join("..", package_name)), base_path="..")

module("boot.py")
module("main.py")
