"""Reading a TOML file a person wrote, and saying what is wrong with it where it is wrong.

Both the configuration and the script are such files. What they may hold is said once, by pydantic
models; the sentences about mistakes are made here from those models' JSON schema, so that what is
enforced and what is said cannot differ.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calldeck.errors import UsageError
from calldeck.text import translate as _

Location = tuple[str | int, ...]

_TABLE = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*(?P<name>[A-Za-z0-9_-]+|\"[^\"]*\")\s*=")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A parsed file: its path, its text (to find lines again) and its data."""

    path: Path
    text: str
    data: dict[str, Any]


def read_toml(path: Path) -> TomlFile:
    """Read and parse `path`; raises UsageError that says why it cannot be."""
    try:
        text = path.read_bytes().decode("utf-8")
        return TomlFile(path, text, tomllib.loads(text))
    except FileNotFoundError:
        reason = _("there is no such file. Check the path.")
    except IsADirectoryError:
        reason = _("this is a folder. Name a file in it.")
    except PermissionError:
        reason = _("you have no permission to read it. Change its permissions or its owner.")
    except UnicodeDecodeError as error:
        reason = _("it is not text in UTF-8 (byte {at}). Save it as UTF-8.").format(at=error.start)
    except tomllib.TOMLDecodeError as error:
        reason = _("it is not valid TOML: {error}. Correct it there.").format(error=error)
    except OSError as error:
        reason = _("it cannot be read: {error}.").format(error=error.strerror)
    raise UsageError(f"{path}: {reason}")


def refusal(path: Path, problems: Iterable[str]) -> UsageError:
    """Make one error of all problems found in one file: a line for each."""
    lines = [f"{path}: {problem}" for problem in problems]
    return UsageError("\n".join(lines))


def line_of(text: str, location: Location) -> int | None:
    """Find the line (from 1) of the key or table at `location`; None when it is written inline.

    `location` is the path of keys to it, with the index (from 0) of the table in an array of
    tables: `("lamps", "lease_ms")`, `("steps", 3, "press")`.
    """
    table: Location = ()
    counts: dict[str, int] = {}
    deepest: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.fullmatch(line):
            name = header["name"]
            table = tuple(part.strip().strip('"') for part in name.split("."))
            if header["open"] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = (*table, counts[name])
            above = location[: len(table)] == table
            inside = deepest is None and table[: len(location)] == location
            if above or inside:
                deepest = number
        elif (key := _KEY.match(line)) and location[: len(table)] == table:
            named = (*table, key["name"].strip('"'))
            if location[: len(named)] == named:
                return number
    return deepest


def shown(value: object) -> str:
    """Write a value about as it stands in the file, short enough for one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return _("a table")
    if isinstance(value, str):
        text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        value = '"' + _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04X}", text) + '"'
    if isinstance(value, list):
        value = f"[{', '.join(map(shown, value))}]"
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


def alternatives(words: Iterable[object]) -> str:
    """Write `"a", "b" or "c"`."""
    quoted = [shown(word) for word in words]
    if len(quoted) <= 1:
        return "".join(quoted)
    return _("{all} or {last}").format(all=", ".join(quoted[:-1]), last=quoted[-1])


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give ` Did you mean "x"?`, or nothing when nothing is close."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return " " + _('Did you mean "{word}"?').format(word=close[0]) if close else ""
