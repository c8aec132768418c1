"""Ports that die in the middle of something: listed, opened, written to, closed.

What only the system can do, and cannot be asked to, is done in its place at the one call that it
would fail in; the ports themselves are pseudo-terminals.
"""

import asyncio
import contextlib
import logging
import os
import sys
import termios
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
import serial
import serial.tools.list_ports
from tests.system import peers
from tests.system.command import Calldeck, write_config
from tests.system.figures import nothing_lost, read_summary

from calldeck.errors import ConsoleNotFound
from calldeck.link.event_loop import prepare_for_ports
from calldeck.link.ports import SerialPort
from calldeck.link.usb import find_console


class Line(asyncio.Protocol):
    """Knows its transport, and when it is lost."""

    def __init__(self) -> None:
        self.made: asyncio.Future[asyncio.Transport] = asyncio.get_running_loop().create_future()
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.made.set_result(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)


@contextlib.asynccontextmanager
async def connected(url: str, line: Line) -> AsyncIterator[asyncio.Transport]:
    await SerialPort(url).connect(lambda: line)
    transport = await line.made
    try:
        yield transport
    finally:
        if not transport.is_closing():
            transport.abort()
        await line.lost


@pytest.fixture
def runner(leaves_nothing_behind: None) -> Iterator[asyncio.Runner]:
    """Give a runner of event loops that are fit for ports."""
    with asyncio.Runner() as runner:
        prepare_for_ports(runner.get_loop())
        yield runner


# --- listed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [TypeError("int() of None"), ValueError("''"), OSError(19, "")])
def test_a_port_that_vanishes_while_ports_are_listed(monkeypatch, error):
    def comports() -> list[object]:
        raise error

    monkeypatch.setattr(serial.tools.list_ports, "comports", comports)
    with pytest.raises(ConsoleNotFound, match="No CallDeck console is plugged in"):
        find_console("")


# --- opened --------------------------------------------------------------------------------------


def test_a_port_that_vanishes_while_it_is_opened(monkeypatch, runner):
    def tcflush(descriptor: int, queue: int) -> None:
        raise termios.error(5, "Input/output error")

    monkeypatch.setattr(termios, "tcflush", tcflush)
    with peers.terminal() as (_master, port):

        async def test() -> None:
            with pytest.raises(ConsoleNotFound, match=f"{port} cannot be opened: Input/output"):
                await SerialPort(port).connect(Line)

        runner.run(test())


# --- written to ----------------------------------------------------------------------------------


def test_a_port_that_dies_under_a_write_alarms_nobody(caplog, runner):
    master, port = peers.open_terminal()

    async def test() -> None:
        line = Line()
        async with connected(port, line) as transport:
            os.close(master)
            transport.write(b"hello")
            assert isinstance(await line.lost, serial.SerialException)

    with caplog.at_level(logging.WARNING):
        runner.run(test())
    assert not caplog.records


def test_a_bug_on_a_port_is_still_told(caplog, runner):
    class Clumsy(Line):
        def pause_writing(self) -> None:
            raise ZeroDivisionError

    async def test() -> None:
        with peers.terminal() as (_master, port):
            async with connected(port, Clumsy()) as transport:
                transport.write(bytes(1_000_000))
                asyncio.get_running_loop().call_soon(lambda: {}["no such key"])

    runner.run(test())
    told = [record.exc_info[0] for record in caplog.records if record.exc_info]
    assert told == [ZeroDivisionError, KeyError]


@contextlib.contextmanager
def vanishing() -> Iterator[str]:
    """Give a port that is gone as soon as somebody has opened it."""
    master, port = peers.open_terminal()

    def vanish() -> None:
        # Nothing tells the master side that somebody has opened the other one: it has to look.
        while not peers.is_open(master):
            threading.Event().wait(0.001)
        os.close(master)

    thread = threading.Thread(target=vanish, name="peer")
    thread.start()
    yield port
    thread.join()


def test_a_port_that_vanishes_when_it_has_just_been_opened(start):
    """Whatever was being done to it: one message, and it is this port's."""
    with vanishing() as port:
        message = start("--console", port, "--require-console").wait().refused(3)
    assert len(message.splitlines()) == 1
    assert port in message


# --- closed --------------------------------------------------------------------------------------

# The system may not come back from closing a port that was just pulled for half a minute.
_CLOSING_TAKES_LONG = """
import threading, serial
serial.Serial.close = lambda port: threading.Event().wait(25)
from calldeck.cli import main
main()
"""


def test_a_port_that_hangs_when_it_is_closed_does_not_hold_up_the_end(
    leaves_nothing_behind, tmp_path
):
    path, summary = tmp_path / "console", tmp_path / "summary.json"
    words = ["run", "--config", write_config(tmp_path), "--console", path, "--for", 1]
    words += ["--summary", summary]
    with peers.ConsoleOnPort(path) as console:
        console.plug()
        with Calldeck(words, (sys.executable, "-c", _CLOSING_TAKES_LONG)) as run:
            began_s = run.wait_for("ACD", "connected").seen_s
            ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    assert run.began_s + ended.took_s - began_s < 1 + 2
    nothing_lost(read_summary(summary))


def test_what_is_not_done_to_a_port_is_waited_for(runner):
    done = threading.Event()

    def work() -> None:
        threading.Event().wait(0.2)
        done.set()

    async def test() -> None:
        asyncio.get_running_loop().run_in_executor(None, work)

    runner.run(test())
    runner.close()
    assert done.is_set()
