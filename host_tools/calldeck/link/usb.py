"""What is plugged in: which ports are a console's, by what the system knows of them.

Nothing here opens a port: a port that is not ours may be somebody's modem.
"""

import fnmatch
import glob
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import serial.tools.list_ports
from serial.tools.list_ports_common import ListPortInfo

from calldeck.errors import ConsoleInBootloader, ConsoleNotFound, UsageError, WrongDevice
from calldeck.text import translate as _

USB_VENDOR = 0x2E8A
USB_PRODUCT = 0x0005
PRODUCT_STRING = "CallDeck"
# The boot ROM of the RP2040: a drive to put firmware on, and no port.
_BOOTLOADER = ("2e8a", "0003")
USB_DEVICES = Path("/sys/bus/usb/devices")

Listing = Callable[[], Sequence[ListPortInfo]]


def list_ports() -> Sequence[ListPortInfo]:
    """List the ports; none where one vanishes while it is looked at.

    What pyserial makes of half a device is a TypeError or a ValueError. The others are there
    when they are looked for again.
    """
    try:
        return serial.tools.list_ports.comports()
    except (OSError, TypeError, ValueError):
        return ()


def find_console(
    serial_number: str,
    exclude: Sequence[str] = (),
    listing: Listing = list_ports,
    usb_devices: Path = USB_DEVICES,
) -> str:
    """Return the device of the console that is plugged in.

    A console is a port with our USB ids and the product string `CallDeck`, or with the
    serial number that the configuration names (some systems hide the product string).
    """
    boards = [port for port in listing() if (port.vid, port.pid) == (USB_VENDOR, USB_PRODUCT)]
    fit = [port for port in boards if _is_wanted(port, serial_number)]
    found = [port.device for port in fit if not is_excluded(port, exclude)]
    if len(found) > 1:
        raise UsageError(
            _(
                "More than one console is plugged in ({ports}). Name one with --console, or its "
                "serial number in the configuration ([console] serial_number)."
            ).format(ports=", ".join(sorted(found)))
        )
    if found:
        return found[0]
    if fit:
        raise ConsoleNotFound(
            _(
                "The console on {port} is excluded by the configuration ([console] exclude). Take "
                "it out of that list, or plug another console in."
            ).format(port=fit[0].device)
        )
    rest = [port for port in boards if not is_excluded(port, exclude)]
    raise _nothing_found(serial_number, rest, usb_devices)


def _is_wanted(port: ListPortInfo, serial_number: str) -> bool:
    if serial_number:
        return _has_number(port, serial_number)
    return port.product == PRODUCT_STRING


def _has_number(port: ListPortInfo, serial_number: str) -> bool:
    return bool(serial_number) and (port.serial_number or "").upper() == serial_number.upper()


def _nothing_found(
    serial_number: str, boards: Sequence[ListPortInfo], usb_devices: Path
) -> ConsoleNotFound | ConsoleInBootloader:
    """Say what is there instead of the console, as far as the system tells."""
    if has_bootloader(usb_devices):
        return ConsoleInBootloader(
            _(
                "A board is plugged in that waits for firmware (it shows itself as the drive "
                "RPI-RP2). Unplug it and plug it in again without holding its BOOTSEL button; if "
                "that does not help, copy the CallDeck firmware (the .uf2 file) onto that drive."
            )
        )
    if serial_number and boards:
        there = ", ".join(sorted(f"{port.device}: {port.serial_number}" for port in boards))
        return ConsoleNotFound(
            _(
                "The console with serial number {number} is not plugged in, but another board is "
                "({boards}). Plug the right one in, or change [console] serial_number."
            ).format(number=serial_number, boards=there)
        )
    for board in boards:
        if board.product is None:
            return ConsoleNotFound(
                _(
                    "The board on {port} may be a console, but this system does not tell its "
                    'name. If it is one, write serial_number = "{number}" under [console] in the '
                    "configuration."
                ).format(port=board.device, number=board.serial_number)
            )
        return ConsoleNotFound(
            _(
                "The board on {port} runs MicroPython, but not the CallDeck firmware. Flash the "
                "firmware on it, or plug a console in."
            ).format(port=board.device)
        )
    return ConsoleNotFound(
        _(
            "No CallDeck console is plugged in. Plug one in; or try --console demo, which "
            "needs no hardware."
        )
    )


def has_bootloader(usb_devices: Path = USB_DEVICES) -> bool:
    """Tell whether a board in its boot ROM is plugged in; only Linux says so, and in files."""
    for folder in _entries(usb_devices):
        try:
            ids = tuple((folder / name).read_text().strip() for name in ("idVendor", "idProduct"))
        except (OSError, UnicodeDecodeError):
            continue  # An interface of a device, or pulled while we looked.
        if ids == _BOOTLOADER:
            return True
    return False


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def is_excluded(port: ListPortInfo, exclude: Sequence[str]) -> bool:
    """Tell whether a pattern names this port: by device, a link to it, or USB serial number."""
    names = [port.device.casefold(), (port.serial_number or "").casefold()]
    for pattern in exclude:
        if any(name and fnmatch.fnmatchcase(name, pattern.casefold()) for name in names):
            return True
        if os.path.realpath(port.device) in map(os.path.realpath, _links(pattern)):
            return True
    return False


def _links(pattern: str) -> list[str]:
    """Return the paths that a pattern names, such as those in /dev/serial/by-id."""
    return glob.glob(pattern) if pattern.startswith("/") else []


def check_named(
    name: str, serial_number: str, exclude: Sequence[str], listing: Listing = list_ports
) -> None:
    """Raise where the system knows that a port named by a person is no console's.

    A hello is a wild card to a stranger's modem or motor control. What has no USB identity (a
    pseudo-terminal, an address) is believed, and so is a MicroPython board without a name of
    ours: it may be about to become a console.
    """
    if "://" in name:
        return
    if sys.platform != "win32" and not os.path.exists(name):
        return  # The opening will say so; no need to list everything that is there.
    device = os.path.realpath(name)
    named = (name.casefold(), device.casefold())
    for port in listing():
        real = os.path.realpath(port.device).casefold()
        if port.device.casefold() not in named and real not in named:
            continue
        if is_excluded(port, exclude):
            raise UsageError(
                _(
                    "{name} is named with --console and excluded by the configuration ([console] "
                    "exclude). Take it out of one of the two."
                ).format(name=name)
            )
        ours = (port.vid, port.pid) == (USB_VENDOR, USB_PRODUCT)
        if port.vid is None or ours or _has_number(port, serial_number):
            return
        what = port.product or port.manufacturer or f"USB {port.vid:04x}:{port.pid or 0:04x}"
        raise WrongDevice(
            _(
                "{name} is another device ({what}), not a CallDeck console; nothing was sent to "
                "it. Name the console's own port with --console, or leave --console out."
            ).format(name=name, what=what)
        )
