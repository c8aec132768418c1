"""The control socket of an emulated console: its pins and its cable, for other programs.

One JSON object on a line each way; `consoles/emulator/README.md` describes them. What a program was
driving is let go when it leaves, as a wire is that somebody pulls out.
"""

import asyncio
import contextlib
import itertools
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from calldeck.consoles.emulator_process import Report
from calldeck.consoles.lockstep import PinEdge
from calldeck.errors import EmulatorError
from calldeck.text import translate as _

SOCKET_NAME = "control"
MOST_UNREAD_BYTES = 1 << 20
"""A program that leaves this much unread is let go of, or it would fill the memory."""
PINS = range(30)

Request = Callable[..., Awaitable[Report]]
Edges = Sequence[tuple[int, PinEdge]]
"""Changes of pins, in the order in which they happened."""

_ON_BOARD: Mapping[str, list[Any]] = {
    "now": ["watch", []],
    "unplug": ["unplug", False],
    "cut_power": ["unplug", True],
    "plug": ["plug"],
    "reset": ["reset"],
    "power_cycle": ["powerCycle"],
}
_ON_A_PIN = ("drive", "release", "level")


class ControlSocket:
    """Serves one console's pins. `request`: has commands executed by the emulator, all at once."""

    def __init__(self, path: Path, request: Request) -> None:
        self.path = path
        self._request = request
        self._server: asyncio.Server | None = None
        self._clients: dict[_Client, asyncio.Task[None]] = {}
        self._numbers = itertools.count(1)

    async def start(self) -> None:
        """Begin to listen. Raises EmulatorError where that cannot be."""
        if sys.platform == "win32":
            raise EmulatorError(_("The control socket needs Unix sockets, which Windows lacks."))
        else:  # noqa: RET506 - so that a type checker for any platform skips the other branch
            try:
                self._server = await asyncio.start_unix_server(self._serve, str(self.path))
            except OSError as error:
                raise EmulatorError(
                    _(
                        "The control socket of the emulated console cannot be made at {path}: "
                        "{why}. Set TMPDIR to a folder with a short name that you can write."
                    ).format(path=self.path, why=error.strerror or error)
                ) from error

    async def close(self) -> None:
        """Stop listening and let all programs go."""
        server, self._server = self._server, None
        if server is None:
            return
        # asyncio's own server trips over a program that it has let in when it closes, and leaves it
        # waiting (CPython issue 109564): let nobody else in, and give that one its transport first.
        for listening in server.sockets:
            server.get_loop().remove_reader(listening.fileno())
        await asyncio.sleep(0)
        server.close()
        tasks = list(self._clients.values())
        for client in list(self._clients):
            client.drop()
        if tasks:
            await asyncio.wait(tasks)
        await server.wait_closed()

    def tell(self, edges: Edges) -> None:
        """Tell changes of pins to those who watch them."""
        for client in list(self._clients):
            client.tell(edges)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(f"program {next(self._numbers)}", writer, self._request)
        if self._server is None:  # it has come while the console was going
            client.drop()
            return
        task = asyncio.current_task()
        assert task is not None
        self._clients[client] = task
        try:
            # A line that is far too long, or a program that has gone, ends it.
            with contextlib.suppress(ValueError, ConnectionError):
                while line := await reader.readline():
                    await client.take(line)
        finally:
            del self._clients[client]
            await client.let_go()


class _Client:
    """One program at the socket. `name`: what the emulator knows it by, for what it drives."""

    def __init__(self, name: str, writer: asyncio.StreamWriter, request: Request) -> None:
        self._name = name
        self._writer = writer
        self._request = request
        self._watched: set[int] = set()

    async def take(self, line: bytes) -> None:
        """Do what a line asks for, and answer."""
        number: object = None
        try:
            message = _parse(line)
            number = message.get("id")
            answer = await self._do(message)
        except (ValueError, EmulatorError) as error:
            answer = {"error": str(error)}
        self._send({"id": number, **answer})

    async def _do(self, message: Mapping[str, Any]) -> dict[str, object]:
        what = _value(message, "do")
        if what == "watch":
            return await self._watch([_pin(pin) for pin in _list(message, "pins")])
        if isinstance(what, str) and what in _ON_BOARD:
            report = await self._request(_ON_BOARD[what])
            return {"now_us": _now_us(report)}
        if what in _ON_A_PIN:
            return await self._on_a_pin(what, _pin(_value(message, "pin")), message)
        known = ", ".join(sorted((*_ON_A_PIN, *_ON_BOARD, "watch")))
        raise ValueError(_("there is no {what}; there are: {known}").format(what=what, known=known))

    async def _watch(self, pins: list[int]) -> dict[str, object]:
        self._watched.update(pins)
        # In one request: a change after these levels is told, whatever happens meanwhile.
        report = await self._request(["watch", pins], *(["level", pin] for pin in pins))
        levels = report["values"][1:]
        told = {str(pin): level for pin, level in zip(pins, levels, strict=True)}
        return {"now_us": _now_us(report), "levels": told}

    async def _on_a_pin(self, what: str, pin: int, message: Mapping[str, Any]) -> dict[str, object]:
        if what == "level":
            report = await self._request(["level", pin])
            return {"now_us": _now_us(report), "level": report["values"][-1]}
        if what == "drive":
            level = _flag(_value(message, "level"))
            report = await self._request(["drive", pin, level, None, self._name])
        else:
            report = await self._request(["release", pin, None, self._name])
        return {"now_us": _now_us(report)}

    def tell(self, edges: Edges) -> None:
        """Tell those changes that this program watches."""
        for pin, edge in edges:
            if pin in self._watched:
                self._send({"pin": pin, "at_us": edge.at_us, "level": edge.level})

    def _send(self, message: Mapping[str, object]) -> None:
        if self._writer.is_closing():
            return
        self._writer.write(json.dumps(message).encode() + b"\n")
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            self.drop()

    def drop(self) -> None:
        """End the connection, also with a program that does not read what waits for it."""
        self._writer.transport.abort()

    async def let_go(self) -> None:
        """Let go of what this program alone was driving."""
        self._writer.close()
        # The console may have gone before the program.
        with contextlib.suppress(EmulatorError):
            await self._request(["releaseAll", self._name])


def _now_us(report: Report) -> float:
    now_ns: int = report["now"]
    return now_ns / 1000


def _parse(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise ValueError(_("a line must be one JSON object"))
    return message


def _value(message: Mapping[str, Any], key: str) -> Any:
    if key not in message:
        raise ValueError(_("there is no {key}").format(key=json.dumps(key)))
    return message[key]


def _list(message: Mapping[str, Any], key: str) -> list[Any]:
    value = _value(message, key)
    if not isinstance(value, list):
        raise ValueError(_("{key} must be a list").format(key=key))
    return value


def _pin(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value not in PINS:
        raise ValueError(
            _("{value} is no pin; pins are 0 to {last}").format(
                value=json.dumps(value), last=PINS[-1]
            )
        )
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(
            _("level is {value}; it must be true or false").format(value=json.dumps(value))
        )
    return value
