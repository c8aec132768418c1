"""Text for people, in their language.

Every text a person reads goes through `translate` (by custom imported as `_`) or
`translate_plural`, a text in a table through `mark`. The language is the one the environment
names: LANGUAGE, LC_ALL, LC_MESSAGES, LANG, in that order. Without a catalogue for it, the English
text in the code is shown.

A message is translated first and filled in afterwards, with named fields:
`_("No port named {port}.").format(port=port)`, never an f-string, which no catalogue can hold.
"""

import gettext
from functools import cache
from pathlib import Path

DOMAIN = "calldeck"
CATALOGUES = Path(__file__).with_name("locale")


@cache
def _catalogue() -> gettext.NullTranslations:
    """Read the catalogue of this process's language once; an absent one translates nothing."""
    return gettext.translation(DOMAIN, localedir=CATALOGUES, fallback=True)


def translate(message: str) -> str:
    """Give `message` in the language of the environment."""
    return _catalogue().gettext(message)


def translate_plural(singular: str, plural: str, n: int) -> str:
    """Give the form of the message that goes with the count `n`."""
    return _catalogue().ngettext(singular, plural, n)


def mark(message: str) -> str:
    """Give `message` as it is, and have it in the catalogues.

    For texts in tables that are read before the language matters; whoever shows one translates it.
    """
    return message


def language() -> str:
    """Give the code of the language that the texts are in: `en` where there is no catalogue."""
    return _catalogue().info().get("language", "en") or "en"
