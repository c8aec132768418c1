"""What micropython-lib's `logging` offers in every version that an image may be built with."""

CRITICAL: int
ERROR: int
WARNING: int
INFO: int
DEBUG: int
NOTSET: int

class LogRecord:
    name: str
    levelno: int
    levelname: str | None
    message: str

class Formatter:
    def __init__(
        self, fmt: str | None = None, datefmt: str | None = None, style: str = "%"
    ) -> None: ...
    def format(self, record: LogRecord) -> str: ...

class Handler:
    # Newer versions have none before one is set: set one.
    formatter: Formatter
    def __init__(self) -> None: ...
    def setFormatter(self, formatter: Formatter) -> None: ...  # noqa: N802
    def emit(self, record: LogRecord) -> None: ...

class Logger:
    name: str
    def __init__(self, name: str) -> None: ...
    def setLevel(self, level: int) -> None: ...  # noqa: N802
    def isEnabledFor(self, level: int) -> bool: ...  # noqa: N802
    def addHandler(self, handler: Handler) -> None: ...  # noqa: N802
    def log(self, level: int, msg: str, *args: object) -> None: ...
    def debug(self, msg: str, *args: object) -> None: ...
    def info(self, msg: str, *args: object) -> None: ...
    def warning(self, msg: str, *args: object) -> None: ...
    def error(self, msg: str, *args: object) -> None: ...
    def critical(self, msg: str, *args: object) -> None: ...

def getLogger(name: str | None = None) -> Logger: ...  # noqa: N802
