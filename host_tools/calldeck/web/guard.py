"""Keeping others away from the local API: web pages of other origins, and programs without the key.

Listening on loopback keeps other computers out, not the agent's own browser: a page from anywhere
can make it send a request here (seen by its Origin), or rebind its own name to 127.0.0.1 (seen by
its Host). And on a computer that several people share, loopback is shared too: only who knows the
key may see or do anything.
"""

import hashlib
import hmac
import ipaddress
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calldeck.text import translate as _
from calldeck.web.limits import Buckets, Client
from calldeck.web.problems import problem

OPEN_PATHS = frozenset({"/", "/favicon.ico", "/api/v1/health"})
OPEN_FOLDER = "/static/"
API = "/api/"
SECURITY_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_NOT_STORED = (b"cache-control", b"no-store")


class Credentials:
    """Knows the key, and the cookie that stands for it.

    The cookie's value is made from the key, so that an open page outlives the daemon, and does not
    tell the key.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self.cookie_value = hmac.new(self._key, b"calldeck page cookie", hashlib.sha256).hexdigest()

    @staticmethod
    def cookie_name(scope: Scope) -> str:
        """Name of the cookie; browsers share cookies between all ports of a computer."""
        server = scope.get("server") or ("", 0)
        return f"calldeck_{server[1]}"

    def has_key(self, headers: Headers) -> bool:
        """Whether the request carries the key itself."""
        scheme, _space, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._same(token.strip().encode(), self._key)

    def client(self, scope: Scope, headers: Headers) -> Client:
        """Tell who asks. A key that is sent counts alone, right or wrong."""
        if "authorization" in headers:
            return Client.PROGRAM if self.has_key(headers) else Client.STRANGER
        cookie = SimpleCookie()
        try:
            cookie.load(headers.get("cookie", ""))
        except CookieError:
            return Client.STRANGER
        morsel = cookie.get(self.cookie_name(scope))
        if morsel is None:
            return Client.STRANGER
        same = self._same(morsel.value.encode(), self.cookie_value.encode())
        return Client.PAGE if same else Client.STRANGER

    @staticmethod
    def _same(one: bytes, other: bytes) -> bool:
        return hmac.compare_digest(one, other)


class Guard:
    """ASGI middleware in front of everything: whom it refuses reaches no route."""

    def __init__(self, app: ASGIApp, credentials: Credentials, buckets: Buckets) -> None:
        self._app = app
        self._credentials = credentials
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_headers_for(message)]
            await send(message)

        refusal = self._refusal(scope, path)
        await (refusal or self._app)(scope, receive, send_safely)

    def _refusal(self, scope: Scope, path: str) -> ASGIApp | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not _is_loopback(f"//{host}"):
            sentence = _("The local API answers only requests to a loopback address.")
            return problem(421, "foreign_host", sentence)
        foreign = origin is not None and not (_is_loopback(origin) and _same(origin, host))
        # The page itself may be come to from anywhere: by the opener's file, by a link.
        from_elsewhere = headers.get("sec-fetch-site") == "cross-site"
        if foreign or (from_elsewhere and path.startswith(API)):
            return problem(403, "foreign_origin", _("The local API answers no other pages."))
        client = self._credentials.client(scope, headers)
        if not self._buckets.take(client):
            return problem(
                429,
                "too_many_requests",
                _("There are too many requests. Wait a moment, then go on."),
                retry_after_s=1,
            )
        if client is not Client.STRANGER or path in OPEN_PATHS or path.startswith(OPEN_FOLDER):
            return None
        return problem(
            401,
            "key_needed",
            _("This needs the key: send it as Authorization: Bearer KEY (calldeck key prints it)."),
            authenticate=True,
        )


def _headers_for(message: Message) -> list[tuple[bytes, bytes]]:
    has_cache = any(name == b"cache-control" for name, _value in message["headers"])
    return [*SECURITY_HEADERS, *([] if has_cache else [_NOT_STORED])]


def _is_loopback(url: str) -> bool:
    try:
        name = urlsplit(url).hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _same(origin: str, host: str) -> bool:
    """Whether a page of `origin` came from this very address and port."""
    parts = urlsplit(origin)
    return parts.scheme == "http" and parts.netloc == host
