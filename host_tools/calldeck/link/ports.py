"""Serial ports: which one is a console's, and opening it with errors a person can act on."""

import asyncio
import errno
import os
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import serial_asyncio_fast

from calldeck.errors import (
    CalldeckError,
    ConsoleNotFound,
    PortBusy,
    PortPermission,
    UsageError,
    WrongDevice,
)
from calldeck.link.holder import Holder, find_holder
from calldeck.link.plug_watch import Place, any_port, place_of
from calldeck.link.usb import USB_DEVICES, Listing, check_named, find_console, list_ports
from calldeck.text import translate as _

# How soon to look again who holds a port that stays busy.
_LOOK_AGAIN_S = 5.0
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

    @property
    def place(self) -> Place | None:
        """Return where the port will appear; None where nothing can tell that it has."""

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        """Open the port for the protocol that `factory` makes, and return at once.

        Its `connection_made` has run by then, or is the next thing that the loop does: a
        protocol that is given up in between must refuse the transport it still gets. Raises a
        CalldeckError that says why not and what to do.
        """


class HolderMemory:
    """Remembers who held a port: it is tried again often, and looking costs."""

    def __init__(self) -> None:
        self._holder: Holder | None = None
        self._look_at = 0.0

    async def of(self, name: str) -> Holder | None:
        """Return the program that has the port open, where the system tells; in a thread."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._look_at:
            self._holder = await loop.run_in_executor(None, find_holder, name)
            self._look_at = loop.time() + _LOOK_AGAIN_S
        return self._holder


class SerialPort:
    """A console at a given serial device or pyserial URL.

    serial_number, exclude: as in the configuration; they say what a device is that somebody
    named. listing: what tells of the ports that are there.
    """

    def __init__(
        self,
        url: str,
        serial_number: str = "",
        exclude: Sequence[str] = (),
        listing: Listing = list_ports,
    ) -> None:
        self.name = url
        self.place = place_of(url)
        self._serial_number = serial_number
        self._exclude = exclude
        self._listing = listing
        self._holders = HolderMemory()

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        """Open the port for us alone."""
        check_named(self.name, self._serial_number, self._exclude, self._listing)
        await _open(self.name, factory, self._holders)


class DiscoveredPort:
    """The one console that is plugged in, found by what it says of itself over USB.

    exclude: patterns of ports that are never touched. The others that are no console's are not
    touched either.
    """

    def __init__(
        self,
        serial_number: str,
        exclude: Sequence[str] = (),
        listing: Listing = list_ports,
        usb_devices: Path = USB_DEVICES,
    ) -> None:
        self._find = partial(find_console, serial_number, exclude, listing, usb_devices)
        self._holders = HolderMemory()
        self.name = _("any USB port")
        self.place = any_port()

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        """Look for the console and open its port."""
        self.name = self._find()
        await _open(self.name, factory, self._holders)


async def _open(name: str, factory: Callable[[], asyncio.Protocol], holders: HolderMemory) -> None:
    try:
        await serial_asyncio_fast.create_serial_connection(
            asyncio.get_running_loop(), factory, url=name, baudrate=_BAUD, exclusive=True
        )
    except ValueError as error:
        raise UsageError(
            _(
                "{url} is no serial port and no serial URL ({why}). Give a device such as "
                "/dev/ttyACM0 or COM5, or auto, demo, virtual or emulated."
            ).format(url=name, why=error)
        ) from error
    except _OPENING_ERRORS as error:
        holder = await holders.of(name) if is_busy(error) else None
        raise port_error(name, error, holder) from error


def is_busy(error: Exception) -> bool:
    """Tell whether opening failed because somebody else has the port."""
    held = "exclusively lock" in str(error)
    # Windows says "access denied" for a port that another program has open.
    denied = sys.platform == "win32" and "PermissionError" in str(error)
    return held or denied or _error_number(error) in (errno.EBUSY, errno.EAGAIN)


def port_error(name: str, error: Exception, holder: Holder | None = None) -> CalldeckError:
    """Say what an error on opening a port means and what to do."""
    number = _error_number(error)
    if number == errno.ENOENT or isinstance(error, FileNotFoundError):
        return ConsoleNotFound(
            _("There is no port {name}. Plug the console in, or name another port.").format(
                name=name
            )
        )
    if is_busy(error):
        return _busy(name, holder)
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


def _busy(name: str, holder: Holder | None) -> PortBusy:
    if holder is not None:
        return PortBusy(
            _(
                "The port {name} is busy: the program {program} (process {pid}) holds it. Close "
                "that program and the port will be taken at once."
            ).format(name=name, program=holder.name, pid=holder.pid)
        )
    return PortBusy(
        _(
            "The port {name} is busy: another program may hold it. Close that program (a "
            "second calldeck, a terminal, an IDE) and it will be taken at once."
        ).format(name=name)
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
