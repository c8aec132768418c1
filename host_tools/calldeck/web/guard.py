"""Keeping web pages of other origins away from the local API.

Listening on loopback keeps other computers out, not the agent's own browser: a page from anywhere
can make it send a request here (seen by its Origin), or rebind its own name to 127.0.0.1 (seen by
its Host). Both are refused before a route is looked at.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from calldeck.text import translate as _


class LoopbackGuard:
    """ASGI middleware: only requests addressed to loopback, and from no other origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 and say why."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not _is_loopback(f"//{host}"):
            answer = _("The local API answers only requests to a loopback address.")
        elif origin is not None and not (_is_loopback(origin) and _same(origin, host)):
            answer = _("The local API answers no pages of other origins.")
        else:
            await self._app(scope, receive, send)
            return
        await JSONResponse({"detail": answer}, status_code=403)(scope, receive, send)


def _is_loopback(url: str) -> bool:
    try:
        name = urlsplit(url).hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _same(origin: str, host: str) -> bool:
    """Whether a page of `origin` came from this very address and port."""
    return urlsplit(origin).netloc == host
