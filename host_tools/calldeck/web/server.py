"""Serving the local API inside the daemon's own event loop."""

import asyncio
import contextlib
import errno
import socket
import sys
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from calldeck.config.listen import ListenAddress, parse_listen
from calldeck.errors import ListenError, UsageError
from calldeck.text import translate as _

_BACKLOG = 64
MOST_CONNECTIONS = 200
"""Fifty open pages, each with its stream and a few requests on their way, are far below this."""
FIRST_REQUEST_S = 10.0
"""Who has connected asks for something by then."""
_LINGER_S = 1
"""A request still running when the daemon stops has this long to finish."""


class _BoundedConnection(H11Protocol):
    """A connection that is let go of where there are too many, or where it asks for nothing.

    Others on this computer must not be able to use up the descriptors that the console's port and
    the ACD need.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self.loop.call_later(FIRST_REQUEST_S, self._let_go_of_the_silent)

    def _let_go_of_the_silent(self) -> None:
        asked: RequestResponseCycle | None = self.cycle
        if asked is None and not self.transport.is_closing():
            self.transport.abort()


class _Server(uvicorn.Server):
    """A uvicorn server that leaves the signals of the process to the daemon."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, address: ListenAddress) -> AsyncIterator[ListenAddress]:
    """Serve `app` for as long as the body runs; gives the address really bound (port 0: which).

    Raises ListenError when the address cannot be listened on, UsageError when it is not loopback.
    Leaving the body, also by cancellation, stops the server and frees the port before it returns.
    """
    listener = _listen(address)
    host, port = listener.getsockname()[:2]
    config = uvicorn.Config(
        app,
        http=_BoundedConnection,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_LINGER_S,
    )
    server = _Server(config)
    with listener:
        task = asyncio.create_task(server.serve(sockets=[listener]), name="local API")
        try:
            yield ListenAddress(host, port)
        finally:
            server.should_exit = True
            await asyncio.shield(task)


def _listen(address: ListenAddress) -> socket.socket:
    """Open the listening socket here, where what goes wrong can be said well."""
    try:
        parse_listen(str(address))
    except ValueError as error:
        raise UsageError(str(error)) from None
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # With the protocol named, asyncio sends small answers at once; else each waits 40 ms for the
    # client's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # where it would let two programs have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ListenError(_why(address, error)) from None
    return listener


def _why(address: ListenAddress, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return _(
            "The local API cannot listen on {address}: another program listens there, perhaps "
            "another CallDeck. Stop it, or choose another port with --listen (port 0 takes a free "
            "one)."
        ).format(address=address)
    if isinstance(error, PermissionError):
        return _(
            "The local API cannot listen on {address}: this user may not use that port. Choose one "
            "above 1023."
        ).format(address=address)
    return _("The local API cannot listen on {address}: {error}.").format(
        address=address, error=error.strerror
    )
