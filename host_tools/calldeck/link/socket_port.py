"""A console behind a TCP socket: a terminal server or a program that shares a serial port."""

import asyncio
import urllib.parse
from collections.abc import Callable

from calldeck.errors import ConsoleNotFound, UsageError
from calldeck.link.ports import port_error
from calldeck.text import translate as _

SOCKET_SCHEME = "socket://"
CONNECT_S = 3.0
"""A terminal server of the same site answers within milliseconds; one that is off, never."""


class SocketPort:
    """A console at `socket://HOST:PORT`, opened on the event loop itself, without a thread."""

    # Nothing tells that a computer somewhere else has begun to listen.
    place = None

    def __init__(self, url: str) -> None:
        self.name = url
        self._host, self._port = _address(url)

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        """Open the connection (see link.ports.ConsolePort)."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                await loop.create_connection(factory, self._host, self._port)
        except TimeoutError as error:
            raise ConsoleNotFound(
                _(
                    "Nobody answers at {url}. Check that the terminal server is on and that this "
                    "is its address."
                ).format(url=self.name)
            ) from error
        except OSError as error:
            raise port_error(self.name, error) from error


def _address(url: str) -> tuple[str, int]:
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise UsageError(
            _("{url} is no address of a console. Write socket://HOST:PORT.").format(url=url)
        )
    return host, port
