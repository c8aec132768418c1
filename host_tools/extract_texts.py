"""Collect every text for people into the template that translators start from.

    python host_tools/extract_texts.py            # write host_tools/calldeck/locale/calldeck.pot
    python host_tools/extract_texts.py --check    # only say whether it is up to date

The template depends on the sources alone (no dates, no line numbers), so that it changes only when
a text does. Needs Babel, which is among the development dependencies.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

PACKAGE = Path(__file__).resolve().parent / "calldeck"
TEMPLATE = PACKAGE / "locale" / "calldeck.pot"
KEYWORDS = {
    "_": None,
    "_mark": None,
    "mark": None,
    "translate": None,
    "translate_plural": (1, 2),
}
HEADER = """\
# Texts of CallDeck.
# Copyright (C) The CallDeck authors
# This file is distributed under the MIT licence of the CallDeck project.
#"""


def template() -> str:
    """Extract all texts of the package, in the order of files and lines."""
    catalog = Catalog(
        project="calldeck",
        header_comment=HEADER,
        creation_date=datetime(2000, 1, 1, tzinfo=UTC),
        charset="utf-8",
    )
    texts = extract_from_dir(
        PACKAGE, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    )
    for file, _line, message, comments, context in sorted(texts, key=lambda text: text[:2]):
        place = (PACKAGE.name + "/" + Path(file).as_posix(), None)
        catalog.add(message, None, [place], auto_comments=comments, context=context)
    out = io.BytesIO()
    write_po(out, catalog, width=100)
    lines = out.getvalue().decode("utf-8").splitlines(keepends=True)
    # A date that is the same for ever says nothing, and Babel's version is no property of a text.
    return "".join(
        line for line in lines if not line.startswith(('"POT-Creation-Date', '"Generated-By'))
    )


def main() -> int:
    """Write or check the template; 1 when a check finds it out of date."""
    current = template()
    if "--check" in sys.argv[1:]:
        if TEMPLATE.exists() and TEMPLATE.read_text("utf-8") == current:
            return 0
        sys.stderr.write(
            "host_tools/calldeck/locale/calldeck.pot is out of date. "
            "Run: python host_tools/extract_texts.py\n"
        )
        return 1
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(current, "utf-8")
    sys.stdout.write(f"{TEMPLATE.name}: {current.count('msgid ') - 1} texts\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
