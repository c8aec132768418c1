"""A file with a secret in it is its owner's alone, or it is not used."""

import os
import stat
from collections.abc import Iterable

from calldeck.config.complaint import at_line, place
from calldeck.config.toml_file import Location, TomlFile, line_of
from calldeck.errors import UsageError
from calldeck.text import translate as _


def refuse_readable_secrets(file: TomlFile, secrets: Iterable[Location]) -> None:
    """Raise UsageError where the file holds a secret and others can read it; names the first."""
    first = next(iter(secrets), None)
    if first is None or os.name != "posix":
        return
    if not file.path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return
    sentence = _(
        "{place} is a secret, and other users can read this file. Run: chmod 600 {path}"
    ).format(place=place(first), path=file.path)
    raise UsageError(f"{file.path}: {at_line(line_of(file.text, first), sentence)}")
