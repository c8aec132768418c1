"""Serving the local API inside the daemon's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from calldeck.config.listen import ListenAddress

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
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[ListenAddress]:
    """Serve `app` on a socket for as long as the body runs; gives the address it is bound to.

    Leaving the body, also by cancellation, stops the server before it returns.
    """
    host, port = listener.getsockname()[:2]
    config = uvicorn.Config(
        app,
        http=_BoundedConnection,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_LINGER_S,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="local API")
    try:
        yield ListenAddress(host, port)
    finally:
        server.should_exit = True
        await asyncio.shield(task)
