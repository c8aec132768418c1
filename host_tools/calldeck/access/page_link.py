"""The way to the page: a link with the key in its fragment, which no browser sends or refers to."""

import html
from pathlib import Path

from calldeck.access.private_files import write_private

OPENER_FILE = "open.html"


def page_link(address: str, key: str) -> str:
    """Give the link that opens the page with its key; for this user's eyes alone."""
    return f"http://{address}/#key={key}"


def write_opener(folder: Path, link: str) -> Path:
    """Write a page that leads on to the link, and give its path.

    A browser is started with this path, for everybody can see the arguments of a process.
    """
    path = folder / OPENER_FILE
    target = html.escape(link, quote=True)
    write_private(
        path,
        "<!DOCTYPE html>\n"
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n'
        "<title>CallDeck</title>\n"
        f'<a href="{target}">CallDeck</a>\n',
    )
    return path
