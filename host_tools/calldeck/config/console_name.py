"""The words that name a console: a kind, a port, or a USB serial number."""

import difflib
import re

from calldeck.text import translate as _

AUTO = "auto"
KINDS = (AUTO, "demo", "virtual", "emulated")
SOFTWARE_KINDS = ("demo", "virtual", "emulated")
"""Consoles that need no hardware; each desk has one of its own."""
SERIAL_PREFIX = "serial:"
_PORT = re.compile(r"[a-z][a-z0-9+]*://.+|.*[/\\].*|COM[0-9]+", re.IGNORECASE)


def check_console_name(name: str) -> str:
    """Return a name that could be one. Raises ValueError, with a sentence, for any other."""
    serial = name.startswith(SERIAL_PREFIX) and len(name) > len(SERIAL_PREFIX)
    if name in KINDS or serial or _PORT.fullmatch(name):
        return name
    close = difflib.get_close_matches(name, KINDS, n=1)
    hint = " " + _("Did you mean {word}?").format(word=close[0]) if close else ""
    raise ValueError(
        _(
            "{name!r} is neither auto, demo, virtual or emulated, nor serial:NUMBER, nor a serial "
            "port such as /dev/ttyACM0, COM3 or socket://HOST:PORT."
        ).format(name=name)
        + hint
    )


def names_one_console(name: str) -> bool:
    """Tell whether a name can mean only one console in the world."""
    return bool(name) and name not in KINDS
