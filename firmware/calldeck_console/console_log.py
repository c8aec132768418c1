"""The console's log: what is logged with `logging` leaves for the host as LOG messages."""

import logging

from calldeck_console.link import Link
from calldeck_wire import messages
from calldeck_wire.frames import MAX_PAYLOAD

_handler: "LinkHandler | None" = None
MAX_TEXT = MAX_PAYLOAD - messages.LOG.size


class LinkHandler(logging.Handler):
    """Hands log lines to the link, which keeps a few and counts those that give way."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))
        self._link = link

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a line, of at most what a frame holds."""
        assert self.formatter is not None
        text = self.formatter.format(record).encode()
        if len(text) > MAX_TEXT:
            end = MAX_TEXT
            while text[end] & 0xC0 == 0x80:  # not within a character
                end -= 1
            text = text[:end]
        self._link.notice(messages.LOG, (min(record.levelno, 255),), text)


def logger(link: Link) -> logging.Logger:
    """Return the console's logger, whose lines go to the link that asked for it first."""
    global _handler
    found = logging.getLogger("console")
    found.setLevel(logging.INFO)
    if _handler is None:
        _handler = LinkHandler(link)
        found.addHandler(_handler)
    return found
