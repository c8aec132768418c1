"""The agents' PINs, as scrypt hashes in a file that its owner alone can read."""

import base64
import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from calldeck.access.private_files import private_folder, read_private, write_private
from calldeck.errors import AccessError, UsageError
from calldeck.text import translate as _

_N, _R, _P = 1 << 15, 8, 1
_SALT_BYTES, _HASH_BYTES = 16, 32
# What scrypt needs is 128 * N * r bytes; twice that is allowed.
_MEMORY = 256 * _N * _R
_DIGITS = re.compile(r"[0-9]{4,12}")
_NOBODY: Mapping[str, Any] = {"n": _N, "r": _R, "p": _P, "salt": "", "hash": ""}


def check_new_pin(pin: str) -> None:
    """Raise UsageError for a PIN that is none, or that everybody tries first."""
    if not _DIGITS.fullmatch(pin):
        raise UsageError(_("A PIN has 4 to 12 digits and nothing else."))
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        raise UsageError(
            _("This PIN is one of the first that anybody would try: choose digits without a rule.")
        )


class PinStore:
    """The PINs of the agents of this computer. The file is read anew for each question.

    Raises AccessError where the file is not private or is damaged, in every method.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def agents(self) -> list[str]:
        """List the login ids that have a PIN."""
        return sorted(self._read())

    def set(self, agent: str, pin: str) -> None:
        """Give an agent a PIN. Raises UsageError for one that is too easy."""
        check_new_pin(pin)
        table = self._read()
        salt = os.urandom(_SALT_BYTES)
        table[agent] = {
            "n": _N,
            "r": _R,
            "p": _P,
            "salt": base64.b64encode(salt).decode(),
            "hash": base64.b64encode(_hash(pin, salt, _N, _R, _P)).decode(),
        }
        self._write(table)

    def remove(self, agent: str) -> bool:
        """Take an agent's PIN away; return whether there was one."""
        table = self._read()
        if table.pop(agent, None) is None:
            return False
        self._write(table)
        return True

    def verify(self, agent: str, pin: str) -> bool:
        """Tell whether this is the agent's PIN; an unknown agent costs as much time as a known one.

        Takes tens of milliseconds of a core, on purpose.
        """
        entry = self._read().get(agent)
        known = entry if entry is not None else _NOBODY
        try:
            salt = base64.b64decode(known["salt"])
            wanted = base64.b64decode(known["hash"])
            found = _hash(pin, salt, known["n"], known["r"], known["p"])
        except (KeyError, TypeError, ValueError, OverflowError):
            raise self._damaged() from None
        same = hmac.compare_digest(found, wanted)
        return same and entry is not None

    def _read(self) -> dict[str, Any]:
        text = read_private(self.path)
        if text is None:
            return {}
        try:
            table = json.loads(text)
        except ValueError:
            raise self._damaged() from None
        if not isinstance(table, dict):
            raise self._damaged()
        return table

    def _write(self, table: Mapping[str, Any]) -> None:
        if not self.path.parent.is_dir():
            private_folder(self.path.parent)
        write_private(self.path, json.dumps(table, indent=1, sort_keys=True) + "\n")

    def _damaged(self) -> AccessError:
        return AccessError(
            _(
                "The PIN file {path} is damaged. Move it away, then set the PINs again with "
                "calldeck agent set-pin."
            ).format(path=self.path)
        )


def _hash(pin: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=_HASH_BYTES)
