"""The log: on standard error, for people, and never with a secret or a caller's number in it."""

import logging
import re
import sys
from collections.abc import MutableMapping
from enum import StrEnum
from typing import Any, TextIO

import structlog

from calldeck.text import translate as _

SECRET_KEYS = frozenset({"authorization", "caller", "caller_number", "key", "password", "secret"})
"""Names of values that are never logged, whatever they hold."""

# A number in international form, and the user part of a SIP or telephone address.
_NUMBER = re.compile(r"\+\d[\d ()/-]{4,}\d|(?<=sip:)[^@\s>]+(?=@)|(?<=tel:)[^\s>;]+")


class Level(StrEnum):
    """How much is logged: this and everything more urgent."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def configure_logs(level: Level, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logging to `stream` (standard error) alike."""
    stream = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=False),
        structlog.processors.StackInfoRenderer(),
        keep_secrets,
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(
                    colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
                ),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def keep_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blank what must not be read in a log: by its name, and numbers by their looks."""
    for name, value in event.items():
        if name.lower() in SECRET_KEYS:
            event[name] = _("(not logged)")
        elif isinstance(value, str):
            event[name] = _NUMBER.sub(_("(number)"), value)
    return event
