"""The control socket of an emulated console: its pins and cable, for other programs.

One JSON object on a line each way; `consoles/emulator/README.md` describes them. What a program was
driving is let go when it leaves, as a wire is that somebody pulls out.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
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
_ON_PINS: Mapping[str, Callable[[int, Mapping[str, Any]], list[Any]]] = {
    "drive": lambda pin, message: ["drive", pin, _flag(message, "level")],
    "release": lambda pin, _message: ["release", pin],
    "level": lambda pin, _message: ["level", pin],
}
_ON_BOARD: Mapping[str, list[Any]] = {
    "now": ["watch", []],
    "unplug": ["unplug", False],
    "cut_power": ["unplug", True],
    "plug": ["plug"],
    "reset": ["reset"],
    "power_cycle": ["powerCycle"],
}


class ControlSocket:
    """Serves one console's pins. `request`: has a command executed by the emulator."""

    def __init__(self, path: Path, request: Request) -> None:
        self.path = path
        self._request = request
        self._server: asyncio.Server | None = None
        self._clients: set[_Client] = set()

    async def start(self) -> None:
        """Begin to listen. Raises EmulatorError where the system has no such sockets."""
        if sys.platform == "win32":
            raise EmulatorError(_("The control socket needs Unix sockets, which Windows lacks."))
        else:  # noqa: RET506 - so that a type checker for any platform skips the other branch
            self._server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def close(self) -> None:
        """Stop listening and let all programs go."""
        if self._server is None:
            return
        self._server.close()
        for client in list(self._clients):
            client.close()
        await self._server.wait_closed()
        self._server = None

    def tell(self, pin: int, edge: PinEdge) -> None:
        """Tell a change of a pin to those who watch it."""
        for client in list(self._clients):
            client.tell(pin, edge)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(writer, self._request)
        self._clients.add(client)
        try:
            # A line that is far too long, or a program that has gone, ends it.
            with contextlib.suppress(ValueError, ConnectionError):
                while line := await reader.readline():
                    await client.take(line)
        finally:
            self._clients.discard(client)
            await client.let_go()


class _Client:
    """One program at the socket."""

    def __init__(self, writer: asyncio.StreamWriter, request: Request) -> None:
        self._writer = writer
        self._request = request
        self._driven: set[int] = set()
        self._watched: set[int] = set()

    async def take(self, line: bytes) -> None:
        """Do what a line asks for, and answer."""
        number: object = None
        try:
            message = json.loads(line)
            number = message.get("id")
            answer = await self._do(message)
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            answer = {"error": str(error) or type(error).__name__}
        except EmulatorError as error:
            answer = {"error": str(error)}
        self._send({"id": number, **answer})

    async def _do(self, message: Mapping[str, Any]) -> dict[str, object]:
        what = message["do"]
        if what == "watch":
            pins = [_pin(pin) for pin in message["pins"]]
            self._watched.update(pins)
            report = await self._request(["watch", pins])
            return {"now_us": report["now"] / 1000}
        if what in _ON_BOARD:
            report = await self._request(_ON_BOARD[what])
            return {"now_us": report["now"] / 1000}
        if what not in _ON_PINS:
            known = ", ".join(sorted([*_ON_PINS, *_ON_BOARD, "watch"]))
            raise ValueError(f"there is no {what!r}; there are: {known}")
        pin = _pin(message["pin"])
        report = await self._request(_ON_PINS[what](pin, message))
        if what == "drive":
            self._driven.add(pin)
        elif what == "release":
            self._driven.discard(pin)
        return {"now_us": report["now"] / 1000, "level": report["values"][-1]}

    def tell(self, pin: int, edge: PinEdge) -> None:
        """Tell a change of a pin, where it is watched."""
        if pin in self._watched:
            self._send({"pin": pin, "at_us": edge.at_us, "level": edge.level})

    def _send(self, message: Mapping[str, object]) -> None:
        if self._writer.is_closing():
            return
        self._writer.write(json.dumps(message).encode() + b"\n")
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            self._writer.transport.abort()

    def close(self) -> None:
        """End the connection."""
        self._writer.close()

    async def let_go(self) -> None:
        """Let go of every pin that this program was driving."""
        self._writer.close()
        for pin in self._driven:
            # The console may have gone before the program.
            with contextlib.suppress(EmulatorError):
                await self._request(["release", pin])


def _pin(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value not in PINS:
        raise ValueError(f"{value!r} is no pin; pins are 0 to {PINS[-1]}")
    return value


def _flag(message: Mapping[str, Any], key: str) -> bool:
    value = message[key]
    if not isinstance(value, bool):
        raise ValueError(f"{key} is {value!r}; it must be true or false")
    return value
