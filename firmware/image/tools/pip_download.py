"""Download one source distribution from the index that pip is set up with, as it is: unbuilt.

Usage: python pip_download.py NAME VERSION FOLDER, with a Python that has pip. In a process of its
own, because that need not be the Python which builds.

pip itself is asked, for its settings name the index, and its session knows proxies, certificates
and passwords. `pip download` would do, but it builds what it downloads, and what is wanted here
has nothing that builds it.
"""

import importlib
import sys
from pathlib import Path


def main(name: str, version: str, folder: str) -> str:
    """Download the file; return what went wrong, in words, or nothing."""
    command = importlib.import_module("pip._internal.commands").create_command("download")
    with command.main_context():
        options, _ = command.parse_args(["--no-deps", "--no-binary", ":all:"])
        session = command.get_default_session(options)
        finder = command._build_package_finder(options, session)
        found = finder.find_all_candidates(name)
        fitting = [candidate.link for candidate in found if str(candidate.version) == version]
        if not fitting:
            versions = ", ".join(str(candidate.version) for candidate in found) or "none"
            return f"the index has no {name} {version}; it has: {versions}"
        response = session.get(
            fitting[0].url_without_fragment, headers={"Accept-Encoding": "identity"}
        )
        response.raise_for_status()
        Path(folder, fitting[0].filename).write_bytes(response.content)
    return ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)
