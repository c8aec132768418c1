"""Which port is a console's, by what the system says of it, and ports that are let alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo
from tests.system import peers

from calldeck.errors import (
    CalldeckError,
    ConsoleInBootloader,
    ConsoleNotFound,
    UsageError,
    WrongDevice,
)
from calldeck.link import inotify
from calldeck.link.ports import DiscoveredPort, SerialPort
from calldeck.link.usb import find_console, has_bootloader

NO_DEVICES = Path("/nonexistent")


def port(
    device: str,
    product: str | None = "CallDeck",
    number: str | None = "E6614103E7",
    ids: tuple[int, int] | None = (0x2E8A, 0x0005),
) -> ListPortInfo:
    """Describe a port as pyserial does."""
    info = ListPortInfo(device)
    info.vid, info.pid = ids or (None, None)
    info.product, info.serial_number = product, number
    return info


CONSOLE = port("/dev/ttyACM0")
SECOND = port("/dev/ttyACM1", number="E66200")
BARE = port("/dev/ttyACM2", "Board in FS mode", "E66300")
HIDDEN = port("COM7", None, "E66400")
MODEM = port("/dev/ttyUSB0", "Acme Modem", "M1", (0x1199, 0x68A2))
BOARD_PORT = port("/dev/ttyS0", None, None, None)


def find(
    *ports: ListPortInfo, number: str = "", exclude: Sequence[str] = (), devices: Path = NO_DEVICES
) -> str:
    return find_console(number, exclude, lambda: ports, devices)


@pytest.mark.parametrize(
    "ports,number,exclude,device",
    [
        ([BOARD_PORT, MODEM, BARE, CONSOLE], "", [], "/dev/ttyACM0"),
        ([CONSOLE, SECOND], "e66200", [], "/dev/ttyACM1"),
        ([HIDDEN, BARE], "E66400", [], "COM7"),
        ([CONSOLE, SECOND], "", ["/dev/ttyACM0"], "/dev/ttyACM1"),
        ([CONSOLE, SECOND], "", ["e66200"], "/dev/ttyACM0"),
        ([CONSOLE, SECOND], "", ["E662*"], "/dev/ttyACM0"),
        ([CONSOLE, SECOND], "", ["/dev/ttyACM[1-9]", "com?"], "/dev/ttyACM0"),
    ],
)
def test_the_console_is_found(ports, number, exclude, device):
    assert find(*ports, number=number, exclude=exclude) == device


@pytest.mark.parametrize(
    "ports,number,exclude,kind,parts",
    [
        ([BOARD_PORT, MODEM], "", [], ConsoleNotFound, ["No CallDeck console", "--console demo"]),
        ([BARE], "", [], ConsoleNotFound, ["/dev/ttyACM2 runs MicroPython", "Flash"]),
        ([HIDDEN], "", [], ConsoleNotFound, ["COM7 may be", 'serial_number = "E66400"']),
        ([CONSOLE], "E6", [], ConsoleNotFound, ["number E6 is not", "/dev/ttyACM0: E6614103E7"]),
        ([CONSOLE], "", ["*ACM0"], ConsoleNotFound, ["/dev/ttyACM0 is excluded", "exclude"]),
        ([BARE], "", ["E66300"], ConsoleNotFound, ["No CallDeck console is plugged in"]),
        ([CONSOLE, SECOND], "", [], UsageError, ["/dev/ttyACM0, /dev/ttyACM1", "serial_number"]),
    ],
)
def test_no_console_is_found_and_it_is_said_what_is_there_instead(
    ports, number, exclude, kind, parts
):
    with pytest.raises(kind) as caught:
        find(*ports, number=number, exclude=exclude)
    assert type(caught.value) is kind
    for part in parts:
        assert part in str(caught.value)


def test_a_port_is_excluded_by_a_link_to_it(tmp_path):
    node, link = tmp_path / "ttyACM0", tmp_path / "usb-CallDeck-if00"
    node.touch()
    link.symlink_to(node)
    with pytest.raises(ConsoleNotFound, match="excluded"):
        find(port(str(node)), exclude=[str(link)])
    with pytest.raises(ConsoleNotFound, match="excluded"):
        find(port(str(node)), exclude=[f"{tmp_path}/usb-Call*"])
    assert find(port(str(node)), exclude=[f"{tmp_path}/usb-Acme*"]) == str(node)


# --- a board without firmware --------------------------------------------------------------------


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """Give a folder as /sys/bus/usb/devices, with a hub, an interface and half a device in it."""
    for name, ids in {"usb1": ("1d6b", "0002"), "1-1:1.0": (), "1-2": ("2e8a",)}.items():
        (tmp_path / name).mkdir()
        for file, text in zip(("idVendor", "idProduct"), ids, strict=False):
            (tmp_path / name / file).write_text(f"{text}\n")
    return tmp_path


def test_a_board_in_its_bootloader_is_told_with_what_to_do(devices):
    assert not has_bootloader(devices)
    assert not has_bootloader(devices / "missing")
    (devices / "1-2" / "idProduct").write_text("0003\n")
    with pytest.raises(ConsoleInBootloader) as caught:
        find(MODEM, devices=devices)
    assert "Unplug it" in str(caught.value)
    assert "copy the CallDeck firmware" in str(caught.value)
    assert find(CONSOLE, devices=devices) == "/dev/ttyACM0"


# --- never touched -------------------------------------------------------------------------------


class Strangers:
    """Pseudo-terminals that note each opening and keep each byte; the system names them falsely."""

    def __init__(self, notes: inotify.Inotify) -> None:
        self._notes = notes
        self._masters: dict[str, int] = {}

    def terminal(self) -> str:
        master, path = peers.open_terminal()
        self._masters[path] = master
        self._notes.watch(path, inotify.OPENED)
        return path

    def touched(self) -> list[str]:
        """Tell what was done to any of them."""
        found = [f"opened: {kind:#x}" for kind, _name in self._notes.read()]
        for path, master in self._masters.items():
            with contextlib.suppress(OSError):
                found.append(f"{path} heard {os.read(master, 100)!r}")
        return found

    def close(self) -> None:
        for master in self._masters.values():
            os.close(master)
        self._notes.close()


@pytest.fixture
def strangers() -> Iterator[Strangers]:
    made = Strangers(inotify.Inotify())
    yield made
    made.close()


def refused(connecting: SerialPort | DiscoveredPort) -> CalldeckError:
    """Return why a port does not connect."""
    with pytest.raises(CalldeckError) as caught:
        asyncio.run(connecting.connect(asyncio.Protocol))
    return caught.value


def test_a_search_opens_no_port_but_a_console(strangers):
    ports = [
        port(strangers.terminal(), "Acme Modem", "M1", (0x1199, 0x68A2)),
        port(strangers.terminal(), "CallDeck", "M2", (0x1199, 0x0005)),
        port(strangers.terminal(), "Board in FS mode", "E66300"),
        port(strangers.terminal(), None, None, None),
        port(strangers.terminal(), number="E66500"),
    ]
    exclude = ["E66500"]
    error = refused(DiscoveredPort("", exclude, lambda: ports, NO_DEVICES))
    assert isinstance(error, ConsoleNotFound)
    assert isinstance(refused(DiscoveredPort("E6", exclude, lambda: ports)), ConsoleNotFound)
    assert strangers.touched() == []


def test_a_search_that_finds_two_consoles_opens_neither(strangers):
    ports = [port(strangers.terminal()), port(strangers.terminal())]
    assert isinstance(refused(DiscoveredPort("", (), lambda: ports)), UsageError)
    assert strangers.touched() == []


def test_a_named_port_that_is_a_strangers_is_refused_untouched(strangers, tmp_path):
    modem = port(strangers.terminal(), "Acme Modem", "M1", (0x1199, 0x68A2))
    nameless = port(strangers.terminal(), None, None, (0x0403, 0x6001))
    link = tmp_path / "by-id"
    link.symlink_to(modem.device)
    for name, what in [
        (modem.device, "Acme Modem"),
        (str(link), "Acme Modem"),
        (nameless.device, "USB 0403:6001"),
    ]:
        error = refused(SerialPort(name, listing=lambda: [nameless, modem]))
        assert isinstance(error, WrongDevice)
        assert f"{name} is another device ({what})" in str(error)
        assert "nothing was sent" in str(error)
    assert strangers.touched() == []


def test_a_named_port_that_is_excluded_is_refused_untouched(strangers):
    console = port(strangers.terminal())
    error = refused(SerialPort(console.device, exclude=["/dev/pts/*"], listing=lambda: [console]))
    assert isinstance(error, UsageError)
    assert "excluded" in str(error)
    assert strangers.touched() == []


@pytest.mark.parametrize(
    "product,number,ids,wanted",
    [
        ("CallDeck", "E66100", (0x2E8A, 0x0005), ""),
        ("Board in FS mode", "E66100", (0x2E8A, 0x0005), ""),
        (None, None, None, ""),
        ("Adapter", "a1", (0x0403, 0x6001), "A1"),
    ],
)
def test_a_named_port_that_may_be_a_console_is_opened(strangers, product, number, ids, wanted):
    """So the strangers would have noticed, too."""
    device = strangers.terminal()
    listed = [port(device, product, number, ids)]

    class Hello(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            transport.write(b"hello")
            asyncio.get_running_loop().call_soon(transport.abort)

        def connection_lost(self, exc: Exception | None) -> None:
            lost.set()

    async def test() -> None:
        await SerialPort(device, wanted, listing=lambda: listed).connect(Hello)
        await lost.wait()

    lost = asyncio.Event()
    asyncio.run(test())
    assert any("opened" in what for what in strangers.touched())
