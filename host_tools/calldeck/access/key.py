"""The key of the local API: whoever can read the file may use the desk."""

import re
import secrets
from pathlib import Path

from calldeck.access.private_files import read_private, write_private

KEY_FILE = "key"
KEY_BYTES = 32
_KEY = re.compile(r"[A-Za-z0-9_-]{40,100}")


def read_key(folder: Path) -> str | None:
    """Give the key that was made before; None where there is none. Raises AccessError."""
    text = read_private(folder / KEY_FILE)
    key = (text or "").strip()
    return key if _KEY.fullmatch(key) else None


def load_or_make_key(folder: Path) -> str:
    """Give the key in `folder`, made now where there is none.

    It outlives a daemon, so that an open page finds its way back. Raises AccessError where others
    can read it, for then it is no key any more.
    """
    key = read_key(folder)
    if key is None:
        key = secrets.token_urlsafe(KEY_BYTES)
        write_private(folder / KEY_FILE, key + "\n")
    return key
