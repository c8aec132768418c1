"""What others on this computer, and pages from elsewhere, may try: each is refused."""

from __future__ import annotations

import asyncio
import contextlib
import json

import httpx
import pytest
from tests.unit.web.desk import BEARER, KEY, PIN, run, site

from calldeck.web import server
from calldeck.web.guard import SECURITY_HEADERS
from calldeck.web.limits import BURST

DESKS = "/api/v1/desks"
MUTE = f"{DESKS}/desk-1/buttons/mute"
TAP = {"action": "tap"}


def standing() -> float:
    """A time in which no bucket fills again, however slow the machine is."""
    return 0.0


async def raw(port: int, request: bytes) -> bytes:
    """Send bytes as they are; give the first of what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read(4096)
    writer.close()
    return answer


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8730", "", "localhost.evil:1", "[::1"]
)
def test_a_name_rebound_to_this_computer_gets_nothing(host):
    async def body() -> None:
        async with site() as place:
            for path in ("/", "/static/main.js", "/api/v1/health", DESKS):
                answer = await place.http.get(path, headers={"Host": host})
                assert code_of(answer) == (421, "foreign_host")
            answer = await place.http.post(MUTE, json=TAP, headers={"Host": host})
            assert answer.status_code == 421
            assert place.desk.asked == []

    run(body)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_from_elsewhere_gets_nothing_even_with_the_key(headers):
    async def body() -> None:
        async with site() as place:
            assert code_of(await place.http.get(DESKS, headers=headers)) == (403, "foreign_origin")
            answer = await place.http.post(MUTE, json=TAP, headers=headers)
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers
            answer = await place.http.options(MUTE, headers=headers)
            assert answer.status_code == 403
            assert place.desk.asked == []

    run(body)


def test_the_same_address_under_https_is_another_origin():
    async def body() -> None:
        async with site() as place:
            origin = {"Origin": f"https://127.0.0.1:{place.port}"}
            assert (await place.http.get(DESKS, headers=origin)).status_code == 403
            origin = {"Origin": f"http://127.0.0.1:{place.port}"}
            assert (await place.http.get(DESKS, headers=origin)).status_code == 200

    run(body)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {KEY[:-1]}"},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"Cookie": f"calldeck_1={KEY}"},
        {"Cookie": "calldeck=; ; ==;\x7f"},
        {"Cookie": "calldeck_{port}=0000"},
        {"Cookie": f"calldeck_{{port}}={KEY}"},
    ],
)
def test_without_the_key_nothing_is_told_and_nothing_done(headers):
    async def body() -> None:
        async with site(key=False) as place:
            sent = {name: value.format(port=place.port) for name, value in headers.items()}
            for method, path in (
                ("GET", DESKS),
                ("GET", f"{DESKS}/desk-1"),
                ("GET", "/api/v1/events"),
                ("GET", "/api/v1/openapi.json"),
                ("POST", MUTE),
                ("POST", f"{DESKS}/desk-1/login"),
                ("POST", f"{DESKS}/desk-1/not-ready"),
                ("POST", f"{DESKS}/desk-1/contact"),
                ("POST", f"{DESKS}/desk-1/forced/1/acknowledge"),
                ("POST", f"{DESKS}/desk-1/system-microphone"),
                ("POST", "/api/v1/session"),
                ("POST", "/api/v1/reload"),
                ("GET", "/api/v1/nothing"),
            ):
                body = {} if method == "GET" else {"json": TAP}
                answer = await place.http.request(method, path, headers=sent, **body)
                assert code_of(answer) == (401, "key_needed"), path
                assert answer.headers["www-authenticate"].startswith("Bearer")
            assert place.desk.asked == []

    run(body)


@pytest.mark.parametrize("name", ["key", "token", "access_token", "authorization", "bearer"])
def test_a_key_in_the_query_is_not_looked_at(name):
    async def body() -> None:
        async with site(key=False) as place:
            assert (await place.http.get(DESKS, params={name: KEY})).status_code == 401

    run(body)


def test_the_cookie_is_the_pages_alone_and_does_not_tell_the_key():
    async def body() -> None:
        async with site(key=False) as place:
            answer = await place.http.post("/api/v1/session", headers=BEARER)
            assert answer.status_code == 204
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith(f"calldeck_{place.port}=")
            for part in ("HttpOnly", "SameSite=strict", "Path=/api/v1"):
                assert part in cookie
            assert KEY not in cookie
            assert (await place.http.get(DESKS)).status_code == 200
            # A cookie alone does not bring another one.
            assert (await place.http.post("/api/v1/session")).status_code == 401
            wrong = {"Authorization": "Bearer wrong"}
            assert (await place.http.get(DESKS, headers=wrong)).status_code == 401
            await place.http.delete("/api/v1/session")
            assert (await place.http.get(DESKS)).status_code == 401

    run(body)


def test_a_body_that_is_too_large_is_not_read():
    async def body() -> None:
        async with site() as place:
            answer = await place.http.post(MUTE, content=b"x" * 10_000_000)
            assert code_of(answer) == (413, "too_large")

            async def pieces():
                for _piece in range(1000):
                    yield b"x" * 10_000

            try:
                answer = await place.http.post(MUTE, content=pieces())
            except OSError:
                pass  # the server hung up while we were still sending
            else:
                assert answer.status_code == 413
            assert place.desk.asked == []
            head = f"POST {MUTE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
            told = await raw(place.port, f"{head}Content-Length: 1e9\r\n\r\n".encode())
            assert told.startswith(b"HTTP/1.1 400")
            told = await raw(place.port, f"{head}Content-Length: 99999999999\r\n\r\n".encode())
            assert told.startswith(b"HTTP/1.1 413")

    run(body)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_taken(kind):
    async def body() -> None:
        async with site() as place:
            answer = await place.http.post(
                MUTE, content=json.dumps(TAP), headers={"Content-Type": kind}
            )
            assert code_of(answer) == (415, "not_json")
            assert place.desk.asked == []

    run(body)


def test_a_flood_without_the_key_is_slowed_and_starves_nobody_with_it():
    async def body() -> None:
        async with site(clock=standing) as place:
            bare = {"Authorization": ""}
            refused = 0
            served = 0

            async def flood() -> None:
                nonlocal refused
                for _request in range(250):
                    answer = await place.http.get("/api/v1/health", headers=bare)
                    refused += answer.status_code == 429

            async def work() -> None:
                nonlocal served
                for _request in range(50):
                    served += (await place.http.get(DESKS)).status_code == 200

            await asyncio.gather(flood(), flood(), flood(), flood(), work())
            assert served == 50
            assert refused == 1000 - BURST

    run(body, within_s=60)


def test_a_flood_with_the_key_is_slowed_too_and_says_when_to_come_back():
    async def body() -> None:
        async with site(clock=standing) as place:
            answers = [await place.http.get("/api/v1/desks/other") for _request in range(250)]
            assert [answer.status_code for answer in answers] == [404] * 200 + [429] * 50
            late = next(answer for answer in answers if answer.status_code == 429)
            assert late.headers["retry-after"] == "1"

    run(body, within_s=60)


def test_nobody_can_use_up_the_descriptors_by_connecting(monkeypatch):
    monkeypatch.setattr(server, "FIRST_REQUEST_S", 0.3)

    async def body() -> None:
        async with site() as place:
            opened = [
                await asyncio.open_connection("127.0.0.1", place.port) for _connection in range(300)
            ]
            over = opened[server.MOST_CONNECTIONS :]
            for reader, writer in over:
                with contextlib.suppress(ConnectionError):
                    assert await reader.read(1) == b"", "it is let go of at once"
                writer.close()
            # Half a request is none.
            for _reader, writer in opened[: server.MOST_CONNECTIONS]:
                writer.write(b"GET / HTTP/1.1\r\n")
            for reader, writer in opened[: server.MOST_CONNECTIONS]:
                with contextlib.suppress(ConnectionError):
                    await reader.read()
                writer.close()
            assert (await place.http.get(DESKS)).status_code == 200

    run(body)


def test_a_program_that_asks_too_much_does_not_starve_the_page():
    async def body() -> None:
        async with site(clock=standing) as place:
            begun = await place.http.post("/api/v1/session")
            cookie = begun.headers["set-cookie"].split(";")[0]
            place.http.cookies.clear()
            answers = [await place.http.get(DESKS) for _request in range(250)]
            assert answers[-1].status_code == 429
            async with httpx.AsyncClient(trust_env=False, headers={"Cookie": cookie}) as browser:
                for _request in range(50):
                    answer = await browser.get(f"http://127.0.0.1:{place.port}{DESKS}")
                    assert answer.status_code == 200

    run(body, within_s=60)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../models.py",
        "/static/..%2fmodels.py",
        "/static/%2e%2e/models.py",
        "/static/....//models.py",
        "/static/..\\models.py",
        "/static//etc/passwd",
        "//etc/passwd",
        "/static/%00index.html",
        "/static/index.html%00.js",
        "/static/",
        "/static/style.css/",
        "/static/../../access/key.py",
        "/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_no_path_leads_to_another_file(path):
    async def body() -> None:
        async with site() as place:
            request = (
                f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n\r\n"
            )
            told = await raw(place.port, request.encode())
            assert told.startswith(b"HTTP/1.1 404"), told

    run(body)


def test_every_answer_forbids_what_a_page_does_not_need():
    async def body() -> None:
        async with site(key=False) as place:
            for path in ("/", "/static/main.js", "/api/v1/health", DESKS, "/nothing"):
                answer = await place.http.get(path)
                for name, value in SECURITY_HEADERS:
                    assert answer.headers[name.decode()] == value.decode(), path
            assert (await place.http.get("/")).headers["cache-control"] == "no-cache"
            assert (await place.http.get(DESKS)).headers["cache-control"] == "no-store"

    run(body)


def test_the_page_holds_no_secret_and_no_script_of_its_own_text():
    async def body() -> None:
        async with site(key=False) as place:
            text = (await place.http.get("/")).text
            assert KEY not in text
            assert PIN not in text
            assert text.count("<script") == 2
            assert "{{" not in text
            assert " onclick" not in text
            assert " style=" not in text

    run(body)


def test_a_file_that_has_not_changed_is_not_sent_again():
    async def body() -> None:
        async with site(key=False) as place:
            tag = (await place.http.get("/static/style.css")).headers["etag"]
            answer = await place.http.get("/static/style.css", headers={"If-None-Match": tag})
            assert (answer.status_code, answer.content) == (304, b"")

    run(body)
