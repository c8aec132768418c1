"""Serial ports: which one is a console's, and opening it with errors a person can act on."""

import asyncio
import errno
import os
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

import serial
import serial.tools.list_ports
import serial_asyncio_fast
from serial.tools.list_ports_common import ListPortInfo

from calldeck.errors import (
    CalldeckError,
    ConsoleNotFound,
    PortBusy,
    PortPermission,
    UsageError,
    WrongDevice,
)
from calldeck.text import translate as _

USB_VENDOR = 0x2E8A
USB_PRODUCT = 0x0005
PRODUCT_STRING = "CallDeck"
# USB ignores it; pyserial wants a number.
_BAUD = 115_200
_UDEV_LINE = 'SUBSYSTEM=="tty", ATTRS{idVendor}=="2e8a", ATTRS{idProduct}=="0005", TAG+="uaccess"'


def _opening_errors() -> tuple[type[Exception], ...]:
    """Return what opening a port may raise; SerialException is an OSError, termios.error is not."""
    errors: tuple[type[Exception], ...] = (OSError,)
    if sys.platform != "win32":
        import termios

        errors += (termios.error,)
    return errors


_OPENING_ERRORS = _opening_errors()


class ConsolePort(Protocol):
    """Where a console may be reached: opened again for each connection."""

    @property
    def name(self) -> str:
        """Return the port's name for people."""

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        """Open the port for the protocol that `factory` makes, and return at once.

        Its `connection_made` has run by then, or is the next thing that the loop does: a
        protocol that is given up in between must refuse the transport it still gets. Raises a
        CalldeckError that says why not and what to do.
        """


class SerialPort:
    """A console at a given serial device or pyserial URL."""

    def __init__(self, url: str) -> None:
        self.name = url

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        """Open the port for us alone."""
        try:
            await serial_asyncio_fast.create_serial_connection(
                asyncio.get_running_loop(), factory, url=self.name, baudrate=_BAUD, exclusive=True
            )
        except ValueError as error:
            raise UsageError(
                _(
                    "{url} is no serial port and no serial URL ({why}). Give a device such as "
                    "/dev/ttyACM0 or COM5, or auto, demo, virtual or emulated."
                ).format(url=self.name, why=error)
            ) from error
        except _OPENING_ERRORS as error:
            raise port_error(self.name, error) from error


class DiscoveredPort:
    """The one console that is plugged in, found by what it says of itself over USB."""

    def __init__(self, serial_number: str) -> None:
        self._serial_number = serial_number
        self.name = _("any USB port")

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        """Look for the console and open its port."""
        self.name = find_console(self._serial_number)
        await SerialPort(self.name).connect(factory)


def find_console(serial_number: str) -> str:
    """Return the device of the console that is plugged in; no port is opened for it.

    A console is a port with our USB ids and the product string `CallDeck`, or with the
    serial number that the configuration names (some systems hide the product string).
    """
    found = [
        port.device
        for port in _ports()
        if (port.vid, port.pid) == (USB_VENDOR, USB_PRODUCT)
        and (
            (not serial_number and port.product == PRODUCT_STRING)
            or (serial_number and (port.serial_number or "").upper() == serial_number.upper())
        )
    ]
    if not found:
        raise ConsoleNotFound(
            _(
                "No CallDeck console is plugged in. Plug one in; or try --console demo, which "
                "needs no hardware."
            )
        )
    if len(found) > 1:
        raise UsageError(
            _(
                "More than one console is plugged in ({ports}). Name one with --console, or its "
                "serial number in the configuration ([console] serial_number)."
            ).format(ports=", ".join(sorted(found)))
        )
    return found[0]


def _ports() -> Sequence[ListPortInfo]:
    """List the ports; none where one vanishes while it is looked at.

    What pyserial makes of half a device is a TypeError or a ValueError. The others are there
    when they are looked for again.
    """
    try:
        return serial.tools.list_ports.comports()
    except (OSError, TypeError, ValueError):
        return ()


def port_error(name: str, error: Exception) -> CalldeckError:
    """Say what an error on opening a port means and what to do."""
    number = _error_number(error)
    if number == errno.ENOENT or isinstance(error, FileNotFoundError):
        return ConsoleNotFound(
            _("There is no port {name}. Plug the console in, or name another port.").format(
                name=name
            )
        )
    held = "exclusively lock" in str(error) or number in (errno.EBUSY, errno.EAGAIN)
    # Windows says "access denied" for a port that another program has open.
    if held or (sys.platform == "win32" and "PermissionError" in str(error)):
        return PortBusy(
            _(
                "The port {name} is busy: another program may hold it. Close that program (a "
                "second calldeck, a terminal, an IDE) and it will be taken at once."
            ).format(name=name)
        )
    if number in (errno.EACCES, errno.EPERM):
        return PortPermission(
            _(
                "You are not allowed to open {name}. Put this line into "
                "/etc/udev/rules.d/60-calldeck.rules, then plug the console in again:\n  {line}"
            ).format(name=name, line=_UDEV_LINE)
        )
    if number in (errno.ENOTTY, errno.EISDIR, errno.EINVAL):
        return WrongDevice(
            _(
                "{name} is no serial port. Name the console's own port with --console, such as "
                "/dev/ttyACM0."
            ).format(name=name)
        )
    return ConsoleNotFound(
        _(
            "The port {name} cannot be opened: {why}. Check that the console is plugged in and "
            "that this is its port."
        ).format(name=name, why=os.strerror(number) if number else _words(error))
    )


def _error_number(error: BaseException | None) -> int | None:
    """Return the system's error number; pyserial keeps it in its own exceptions or below them."""
    if error is None or isinstance(error, socket.gaierror):
        return None  # A name server's numbers are its own, and mean something else elsewhere.
    # termios has an error of its own, with the number in front.
    number = error.errno if isinstance(error, OSError) else next(iter(error.args), None)
    return number if isinstance(number, int) else _error_number(error.__context__)


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
