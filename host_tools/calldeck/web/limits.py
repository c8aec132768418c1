"""How much anybody may ask: the size of a body, what it is made of, and how often."""

import time
from collections.abc import Callable
from enum import StrEnum, unique

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calldeck.text import translate as _
from calldeck.web.problems import problem

MOST_BODY_BYTES = 64 * 1024
REQUESTS_A_SECOND = 100.0
"""For each kind of client. An agent's fast fingers make a tenth of it."""
BURST = 200.0
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})


@unique
class Client(StrEnum):
    """Who asks; each kind has requests of its own to spend."""

    PAGE = "page"
    """Has the page's cookie."""
    PROGRAM = "program"
    """Has sent the key."""
    STRANGER = "stranger"
    """Has neither; all of these share theirs."""


class Buckets:
    """A bucket of tokens for each kind of client.

    Nobody can empty that of another kind: no stranger that of those who have the key, and no
    program that of the agent at the page.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        now = clock()
        self._tokens = dict.fromkeys(Client, BURST)
        self._filled_s = dict.fromkeys(Client, now)

    def take(self, client: Client) -> bool:
        """Take a token; return whether there was one."""
        now = self._clock()
        tokens = self._tokens[client] + (now - self._filled_s[client]) * REQUESTS_A_SECOND
        self._filled_s[client] = now
        enough = tokens >= 1
        self._tokens[client] = min(tokens, BURST) - enough
        return enough


class BodyLimits:
    """ASGI middleware: bodies are JSON and small, however they are sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body as far as it may go, then pass it on in one piece."""
        if scope["type"] != "http" or scope["method"] not in _BODY_METHODS:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BODY_BYTES:
            await _too_large()(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            await _too_large()(scope, receive, send)
            return
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if body and kind != "application/json":
            sentence = _("Send the body as JSON, with Content-Type: application/json.")
            await problem(415, "not_json", sentence)(scope, receive, send)
            return
        await self._app(scope, _given(body, receive), send)


async def _read(receive: Receive) -> bytes | None:
    """Read a body; None where it goes on beyond what is allowed."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > MOST_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _given(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _too_large() -> ASGIApp:
    sentence = _("The body is too large: {limit} bytes are allowed.").format(limit=MOST_BODY_BYTES)
    return problem(413, "too_large", sentence)
