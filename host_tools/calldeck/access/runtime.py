"""The folder for what lives as long as the user is logged in: the key, and who runs."""

from pathlib import Path

import platformdirs

from calldeck.access.private_files import private_folder


def runtime_folder() -> Path:
    """Give the user's own runtime folder, made where it is not there yet.

    Where the system has none for this user, the library's answer may lie in a folder that all
    users share; so it is looked at before it is trusted. Raises AccessError.
    """
    return private_folder(platformdirs.user_runtime_path("calldeck", appauthor=False))
