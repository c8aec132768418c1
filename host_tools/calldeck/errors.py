"""Everything that can go wrong in a way a person can do something about.

Each error is built from one finished, translated sentence: what failed, on what, why, and what
to do. The command line prints that sentence and leaves with `exit_code`; it never shows a
traceback for one of these. Anything else that escapes is a bug and keeps its traceback.

A class is also a builtin where one says the same (`FileNotFoundError`, `PermissionError`,
`TimeoutError`), so that a program using CallDeck as a library can catch what it already knows.
"""

from typing import ClassVar


class CalldeckError(Exception):
    """Root of all errors that are meant to be read by a person.

    `exit_code` is what the process leaves with: 1 something on this computer failed, 2 the
    arguments, configuration or script are wrong, 3 there is no console to work with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        """Give the sentence, also in classes whose builtin parent would decorate it."""
        return self.sentence


class UsageError(CalldeckError):
    """The arguments, the configuration file or the script are wrong."""

    exit_code: ClassVar[int] = 2


class ConsoleError(CalldeckError):
    """There is no console to work with, or the one that is there cannot be used."""

    exit_code: ClassVar[int] = 3


class ConsoleNotFound(ConsoleError, FileNotFoundError):
    """No console is plugged in, or the named port does not exist."""


class PortBusy(ConsoleError):
    """Another program holds the serial port of the console."""


class PortPermission(ConsoleError, PermissionError):
    """This user may not open the serial port of the console."""


class WrongDevice(ConsoleError):
    """Something answers on the port, but it is not a CallDeck console."""


class ProtocolMismatch(ConsoleError):
    """The firmware on the console is too old or too new for this program."""


class ConsoleInBootloader(ConsoleError):
    """A board waits in its boot ROM for firmware: it has no serial port."""


class ConsoleInMaintenance(ConsoleError):
    """MicroPython's prompt answers on the port, not the console program."""


class ConsoleSilent(ConsoleError, TimeoutError):
    """The port opens, but no console answers on it within the time allowed."""


class EmulatorError(ConsoleError):
    """The emulated console could not be started or has ended by itself."""


class FirmwareMissing(ConsoleError, FileNotFoundError):
    """The firmware image (UF2) that an emulated console runs has not been built."""


class AcdError(CalldeckError):
    """The ACD cannot be reached, refuses us, or says something we cannot understand."""


class JournalError(CalldeckError):
    """The journal folder or the press ledger in it cannot be written."""


class ListenError(CalldeckError):
    """The address of the local API cannot be listened on."""


class AccessError(CalldeckError):
    """A key, a PIN file or the folder they are kept in is not this user's alone, or not usable."""


class DaemonError(CalldeckError):
    """No daemon runs that could be asked, or it refuses."""
