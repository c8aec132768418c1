"""The folder for what lives as long as the user is logged in: the key, and who runs."""

import warnings
from pathlib import Path

import platformdirs

from calldeck.access.private_files import private_folder


def runtime_folder() -> Path:
    """Give the user's own runtime folder, made where it is not there yet.

    Where the system has none for this user, the library's answer may lie in a folder that all
    users share; so it is looked at before it is trusted. Raises AccessError.
    """
    with warnings.catch_warnings():
        # That it has to take another folder is no news: whichever it is, it is looked at.
        warnings.simplefilter("ignore")
        folder = platformdirs.user_runtime_path("calldeck", appauthor=False)
    return private_folder(folder)
