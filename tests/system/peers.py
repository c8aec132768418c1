"""What may sit on the other end of a serial port: pseudo-terminals with all kinds of peers.

A peer runs in a thread with an event loop of its own, behind a path that it can take away and
give back, as a USB cable does.
"""

import asyncio
import contextlib
import fcntl
import os
import select
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from calldeck.consoles.virtual import VirtualConsole
from calldeck_wire import NEWEST_PROTOCOL, OLDEST_PROTOCOL, messages
from calldeck_wire.frames import MAX_ENCODED, FrameReader, encode_frame

_READ_BYTES = 4096
# Nothing tells the master side that somebody has opened the other one: it has to look.
_CHECK_S = 0.01
FINGER_S = 0.08
"""How long a finger keeps a button down."""

_Result = TypeVar("_Result")
Answer = Callable[[bytes], bytes]
"""What a peer says to the bytes it has just heard; to none, when the port is opened."""


def open_terminal() -> tuple[int, str]:
    """Make a raw pseudo-terminal; give the master's descriptor and the path of the other side."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    path = os.ttyname(slave)
    os.close(slave)
    return master, path


def is_open(master: int) -> bool:
    """Say whether somebody has the other side open."""
    poll = select.poll()
    poll.register(master, select.POLLIN)
    return not any(events & select.POLLHUP for _descriptor, events in poll.poll(0))


def exclude_others(descriptor: int) -> None:
    """Have an opened terminal refuse to be opened again, except by root."""
    fcntl.ioctl(descriptor, termios.TIOCEXCL)


@contextlib.contextmanager
def terminal() -> Iterator[tuple[int, str]]:
    """Give a pseudo-terminal on which nobody plays anything."""
    master, path = open_terminal()
    try:
        yield master, path
    finally:
        os.close(master)


# --- peers that are no console of ours ---------------------------------------------------------


@contextlib.contextmanager
def playing(answer: Answer) -> Iterator[str]:
    """Give the path of a port on which every utterance gets this answer."""
    with terminal() as (master, path):
        end_read, end_write = os.pipe()
        thread = threading.Thread(target=_play, args=(master, end_read, answer), name="peer")
        thread.start()
        try:
            yield path
        finally:
            os.close(end_write)
            thread.join()
            os.close(end_read)


def _play(master: int, end: int, answer: Answer) -> None:
    """Answer until `end` closes; bytes that the host does not take are dropped."""
    said_first = False
    while not select.select([end], [], [], _CHECK_S)[0]:
        if not is_open(master):
            said_first = False
            continue
        heard = b""
        if select.select([master], [], [], 0)[0]:
            with contextlib.suppress(OSError):
                heard = os.read(master, _READ_BYTES)
        if heard or not said_first:
            said_first = True
            with contextlib.suppress(BlockingIOError):
                os.write(master, answer(heard))


def silent(_heard: bytes) -> bytes:
    """Say nothing."""
    return b""


def echo(heard: bytes) -> bytes:
    """Say what was heard, as a line with a loop-back plug does."""
    return heard


def garbage(_heard: bytes) -> bytes:
    """Say bytes of all values, zeros among them."""
    return bytes(range(256)) * 4


def endless(_heard: bytes) -> bytes:
    """Say bytes without a zero, so that no frame ever ends."""
    return b"\xa5" * _READ_BYTES


def oversize(_heard: bytes) -> bytes:
    """Say frames that are longer than any of ours."""
    return (b"\x41" * (2 * MAX_ENCODED) + b"\0") * 4


class Greeter:
    """Answers each hello with the welcome of a console of these protocol versions."""

    def __init__(self, oldest: int, newest: int, cut: Callable[[bytes], bytes] = bytes) -> None:
        self._versions = (oldest, newest)
        self._cut = cut
        self._reader = FrameReader()

    def __call__(self, heard: bytes) -> bytes:
        said = b""
        for payload in self._reader.feed(heard):
            number, session = messages.peek(payload)
            if number == messages.HELLO.number:
                rest = (0, 0, 0, 0, 0, messages.CAUSE_POWER, 0, b"\1\0\0", 0, b"PEER\0\0\0\0", 1)
                values = (*self._versions, *rest, messages.MODE_NORMAL)
                frame = encode_frame(messages.encode(messages.WELCOME, session, values))
                said += self._cut(frame)
        return said


def half_frames() -> Greeter:
    """Break off in the middle of a right answer, each time."""
    return Greeter(OLDEST_PROTOCOL, NEWEST_PROTOCOL, lambda frame: frame[: len(frame) // 2] + b"\0")


def half_frames_without_end() -> Greeter:
    """The same, and the frame's end is lost too."""
    return Greeter(OLDEST_PROTOCOL, NEWEST_PROTOCOL, lambda frame: frame[: len(frame) // 2])


def too_new() -> Greeter:
    """Speak protocol versions of the future only."""
    return Greeter(NEWEST_PROTOCOL + 1, NEWEST_PROTOCOL + 2)


def too_old() -> Greeter:
    """Speak a protocol version of the past only."""
    return Greeter(OLDEST_PROTOCOL - 1, OLDEST_PROTOCOL - 1)


# --- a console of ours ---------------------------------------------------------------------------


class _Cable(asyncio.Protocol):
    """Carries the console's bytes to the master side of a pseudo-terminal."""

    def __init__(self, master: int) -> None:
        self.master = master
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        # What a host does not take is lost, as with a host that has stopped reading USB.
        with contextlib.suppress(OSError):
            os.write(self.master, data)


class ConsoleOnPort:
    """A virtual console behind a port at a given path; the port comes and goes with the cable.

    It is switched on at once and plugged in by `plug`. Use it as a context manager.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._loop = asyncio.new_event_loop()
        self._cable: _Cable | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="console")

    def __enter__(self) -> "ConsoleOnPort":
        self._thread.start()
        self.console = self._do(self._switch_on)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._do(self._unplug)
        self._do(self.console.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, action: Callable[..., _Result], *arguments: object) -> _Result:
        """Have something done in the console's thread, and wait for it."""

        async def do() -> _Result:
            return action(*arguments)

        return asyncio.run_coroutine_threadsafe(do(), self._loop).result(10)

    def plug(self) -> None:
        """Put the cable in: the port appears."""
        self._do(self._plug)

    def unplug(self) -> None:
        """Pull the cable: the port is gone; the console goes on on another supply."""
        self._do(self._unplug)

    def reset(self) -> None:
        """Let its watchdog bite, and come back on USB: memory lost, press count kept."""
        self._do(self._unplug)
        self._do(self.console.reset)
        self._do(self._plug)

    def wait_lit(self, lamp: str) -> None:
        """Wait until a lamp is on: presses act on what is displayed, not on what will be."""
        asyncio.run_coroutine_threadsafe(self._lit(lamp), self._loop).result(10)

    async def _lit(self, lamp: str) -> None:
        while not self.console.lit(lamp):  # noqa: ASYNC110 a lamp tells nobody when it changes
            await asyncio.sleep(_CHECK_S)

    def press(self, button: str) -> None:
        """Press a button and let go after the time a finger needs; return when it is up again."""
        tap = self._tap(messages.BUTTON_NAMES.index(button))
        asyncio.run_coroutine_threadsafe(tap, self._loop).result(10)

    async def _tap(self, source: int) -> None:
        self.console.change(source, True)
        await asyncio.sleep(FINGER_S)
        self.console.change(source, False)

    # --- in the console's thread ---------------------------------------------------------------

    def _switch_on(self) -> VirtualConsole:
        return VirtualConsole()

    def _plug(self) -> None:
        master, port = open_terminal()
        self._cable = _Cable(master)
        self.path.symlink_to(port)
        self._wait_for_host(self._cable)

    def _wait_for_host(self, cable: _Cable) -> None:
        if cable is not self._cable:
            return  # Pulled meanwhile.
        if is_open(cable.master):
            self._connecting = self._loop.create_task(self.console.connect(lambda: cable))
            self._loop.add_reader(cable.master, self._read, cable)
        else:
            self._loop.call_later(_CHECK_S, self._wait_for_host, cable)

    def _read(self, cable: _Cable) -> None:
        try:
            data = os.read(cable.master, _READ_BYTES)
        except OSError:
            data = b""
        if data and cable.transport is not None:
            cable.transport.write(data)
        elif not data:
            # The host has closed the port.
            self._let_go(cable)
            self._wait_for_host(cable)

    def _let_go(self, cable: _Cable) -> None:
        self._loop.remove_reader(cable.master)
        if cable.transport is not None:
            cable.transport.abort()
            cable.transport = None

    def _unplug(self) -> None:
        cable, self._cable = self._cable, None
        if cable is None:
            return
        self.path.unlink()
        self._let_go(cable)
        # Hangs up whoever has the port open.
        os.close(cable.master)
