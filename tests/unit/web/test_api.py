import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from calldeck import __version__
from calldeck.config import ListenAddress
from calldeck.errors import ListenError, UsageError
from calldeck.web import AcdHealth, ConsoleHealth, Health, create_app, serving

ANY_PORT = ListenAddress("127.0.0.1", 0)


class Desk:
    """A desk whose health a test can change."""

    def __init__(self) -> None:
        self.console = ConsoleHealth(kind="emulated", link="up", firmware="0.1.0")
        self.acd = AcdHealth(name="simulated", link="up")

    def health(self) -> Health:
        return Health(uptime_s=12.5, console=self.console, acd=self.acd)


@asynccontextmanager
async def client(desk: Desk | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Serve a desk on a real socket and give a client of it."""
    async with (
        serving(create_app((desk or Desk()).health), ANY_PORT) as address,
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as http,
    ):
        yield http


def run(body) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await body()

    asyncio.run(bounded())


def test_health_of_a_desk_at_work(leaves_nothing_behind):
    async def body() -> None:
        async with client() as http:
            answer = await http.get("/api/v1/health")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ok",
            "version": __version__,
            "uptime_s": 12.5,
            "console": {"kind": "emulated", "link": "up", "firmware": "0.1.0"},
            "acd": {"name": "simulated", "link": "up"},
        }
        assert "server" not in answer.headers

    run(body)


def test_health_is_asked_anew_for_each_request():
    async def body() -> None:
        desk = Desk()
        async with client(desk) as http:
            assert (await http.get("/api/v1/health")).json()["status"] == "ok"
            desk.console = ConsoleHealth(kind="real", link="down")
            answer = (await http.get("/api/v1/health")).json()
            assert answer["status"] == "degraded"
            assert answer["console"] == {"kind": "real", "link": "down", "firmware": None}
            desk.console = Desk().console
            desk.acd = AcdHealth(name="simulated", link="down")
            assert (await http.get("/api/v1/health")).json()["status"] == "degraded"

    run(body)


def test_there_is_nothing_else_to_find():
    async def body() -> None:
        async with client() as http:
            for path in ("/", "/docs", "/redoc", "/api/v1/"):
                assert (await http.get(path)).status_code == 404
            assert (await http.post("/api/v1/health")).status_code == 405
            assert (await http.get("/api/v1/openapi.json")).json()["info"]["title"] == "CallDeck"

    run(body)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8730"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://["},
    ],
)
def test_pages_of_other_origins_are_refused(headers):
    async def body() -> None:
        async with client() as http:
            answer = await http.get("/api/v1/health", headers=headers)
            assert answer.status_code == 403
            assert "loopback" in answer.text or "other origins" in answer.text

    run(body)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_this_computers_own_names_are_answered(name):
    async def body() -> None:
        async with client() as http:
            host = f"{name}:{http.base_url.port}"
            headers = {"Host": host, "Origin": f"http://{host}"}
            assert (await http.get("/api/v1/health", headers=headers)).status_code == 200

    run(body)


def test_a_port_that_is_taken_is_said_clearly():
    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = ListenAddress("127.0.0.1", other.getsockname()[1])
            with pytest.raises(ListenError) as caught:
                async with serving(create_app(Desk().health), address):
                    pytest.fail("it listens on a port that is taken")
        assert f"cannot listen on {address}: another program listens there" in str(caught.value)
        assert "--listen" in str(caught.value)
        assert caught.value.exit_code == 1

    run(body)


def test_an_address_this_computer_lacks_is_said_clearly():
    async def body() -> None:
        # 127.1.2.3 is loopback but only Linux has it; elsewhere ask for an IPv6 zone nobody has.
        with pytest.raises(UsageError, match="not a loopback address"):
            async with serving(create_app(Desk().health), ListenAddress("192.0.2.1", 0)):
                pytest.fail("it listens on an address of another computer")

    run(body)


def test_the_port_is_free_again_after_a_cancellation(leaves_nothing_behind):
    async def body() -> None:
        bound: asyncio.Future[ListenAddress] = asyncio.get_running_loop().create_future()

        async def serve() -> None:
            async with serving(create_app(Desk().health), ANY_PORT) as address:
                bound.set_result(address)
                await asyncio.Event().wait()

        task = asyncio.create_task(serve())
        address = await bound
        async with httpx.AsyncClient(trust_env=False) as http:
            # The connection stays open, as a browser would keep it.
            assert (await http.get(f"http://{address}/api/v1/health")).status_code == 200
            async with asyncio.timeout(2):
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
        async with serving(create_app(Desk().health), address) as again:
            assert again == address

    run(body)


def test_a_request_that_hangs_does_not_hold_up_the_end():
    async def body() -> None:
        started = asyncio.Event()

        async def stuck(scope, receive, send) -> None:
            started.set()
            await asyncio.Event().wait()

        async with asyncio.timeout(5):
            async with serving(stuck, ANY_PORT) as address:
                _reader, writer = await asyncio.open_connection(address.host, address.port)
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                await started.wait()
            writer.close()

    run(body)


def test_the_signals_stay_the_daemons():
    async def body() -> None:
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        async with client() as http:
            assert (await http.get("/api/v1/health")).status_code == 200
            after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        assert after == before

    run(body)


def test_an_error_in_the_body_is_not_changed():
    async def body() -> None:
        with pytest.raises(ZeroDivisionError):
            async with client():
                raise ZeroDivisionError

    run(body)
