"""The folder for what lives as long as the user is logged in: the key, and who runs."""

import warnings
from pathlib import Path

import platformdirs

from calldeck.access.private_files import own_folder, private_folder
from calldeck.errors import AccessError
from calldeck.text import translate as _


def runtime_folder() -> Path:
    """Give the user's own runtime folder, made where it is not there yet.

    Where the system has none for this user, the library's answer lies in a folder that all users
    share. So it is looked at before it is trusted, and so is the folder it lies in: whoever can
    write there could put a folder of theirs in its place. Raises AccessError.
    """
    try:
        with warnings.catch_warnings():
            # That it has to take another folder is no news: whichever it is, it is looked at.
            warnings.simplefilter("ignore")
            folder = platformdirs.user_runtime_path("calldeck", appauthor=False)
    except OSError as error:
        raise AccessError(
            _(
                "There is no safe place for the key of the local API: {why}. Set XDG_RUNTIME_DIR "
                "to a folder of your own that has mode 700."
            ).format(why=str(error).partition(";")[0])
        ) from error
    own_folder(folder.parent)
    return private_folder(folder)
