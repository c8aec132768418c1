import pytest

from calldeck import errors
from calldeck.errors import CalldeckError

ALL = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, CalldeckError)
]


@pytest.mark.parametrize("kind", ALL)
def test_every_error_is_its_sentence(kind):
    error = kind("The port is busy. Close the other program.")
    assert str(error) == "The port is busy. Close the other program."
    assert error.sentence == str(error)


@pytest.mark.parametrize(
    "kind,builtin,code",
    [
        (errors.UsageError, Exception, 2),
        (errors.ConsoleNotFound, FileNotFoundError, 3),
        (errors.PortBusy, Exception, 3),
        (errors.PortPermission, PermissionError, 3),
        (errors.WrongDevice, Exception, 3),
        (errors.ProtocolMismatch, Exception, 3),
        (errors.ConsoleSilent, TimeoutError, 3),
        (errors.ConsoleInBootloader, Exception, 3),
        (errors.ConsoleInMaintenance, Exception, 3),
        (errors.EmulatorError, Exception, 3),
        (errors.FirmwareMissing, FileNotFoundError, 3),
        (errors.AcdError, Exception, 1),
        (errors.JournalError, Exception, 1),
        (errors.ListenError, Exception, 1),
    ],
)
def test_errors_are_also_what_python_calls_them(kind, builtin, code):
    assert issubclass(kind, builtin)
    assert kind.exit_code == code
