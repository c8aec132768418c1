import asyncio
import signal
import socket

import httpx
import pytest
from tests.unit.web.desk import ANY_PORT, BEARER, KEY, PIN, TestDesk, run, served, site

from calldeck import __version__
from calldeck.config import ListenAddress
from calldeck.errors import ListenError, UsageError
from calldeck.web.app import create_app
from calldeck.web.health import ConsoleHealth
from calldeck.web.hub import EventHub


def app():
    return create_app(TestDesk(), EventHub("run1"), KEY)


def test_health_of_a_desk_at_work(leaves_nothing_behind):
    async def body() -> None:
        async with site(key=False) as place:
            answer = await place.http.get("/api/v1/health")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ok",
            "version": __version__,
            "uptime_s": 12.5,
            "desks": 1,
            "console": {"kind": "emulated", "link": "up", "firmware": "0.1.0", "connected": 1},
            "acd": {"name": "simulated", "link": "up"},
            "event_loop": {"lag_p50_ms": None, "lag_p99_ms": None, "lag_worst_ms": None},
        }
        assert "server" not in answer.headers

    run(body)


def test_health_is_asked_anew_for_each_request():
    async def body() -> None:
        desk = TestDesk()
        async with site(desk, key=False) as place:
            assert (await place.http.get("/api/v1/health")).json()["status"] == "ok"
            desk.console = ConsoleHealth(kind="real", link="down")
            answer = (await place.http.get("/api/v1/health")).json()
            assert answer["status"] == "degraded"
            assert answer["console"] == {
                "kind": "real",
                "link": "down",
                "firmware": None,
                "connected": 0,
            }
            desk.console = TestDesk().console
            desk.acd = TestDesk().acd.model_copy(update={"link": "down"})
            assert (await place.http.get("/api/v1/health")).json()["status"] == "degraded"

    run(body)


def test_there_is_nothing_else_to_find():
    async def body() -> None:
        async with site(key=False) as place:
            for path in ("/docs", "/redoc", "/api/v1/", "/api", "/static/"):
                answer = await place.http.get(path, headers=BEARER)
                assert answer.status_code == 404
                assert set(answer.json()) == {"code", "detail"}
            answer = await place.http.post("/api/v1/health", headers=BEARER)
            assert answer.status_code == 405
            answer = await place.http.get("/api/v1/openapi.json", headers=BEARER)
            assert answer.json()["info"]["title"] == "CallDeck"

    run(body)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_this_computers_own_names_are_answered(name):
    async def body() -> None:
        async with site(key=False) as place:
            host = f"{name}:{place.port}"
            headers = {"Host": host, "Origin": f"http://{host}"}
            assert (await place.http.get("/api/v1/health", headers=headers)).status_code == 200

    run(body)


def test_a_port_that_is_taken_is_said_clearly():
    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = ListenAddress("127.0.0.1", other.getsockname()[1])
            with pytest.raises(ListenError) as caught:
                async with served(app(), address):
                    pytest.fail("it listens on a port that is taken")
        assert f"cannot listen on {address}: another program listens there" in str(caught.value)
        assert "--listen" in str(caught.value)
        assert caught.value.exit_code == 1

    run(body)


def test_an_address_this_computer_lacks_is_said_clearly():
    async def body() -> None:
        # 127.1.2.3 is loopback but only Linux has it; elsewhere ask for an IPv6 zone nobody has.
        with pytest.raises(UsageError, match="not a loopback address"):
            async with served(app(), ListenAddress("192.0.2.1", 0)):
                pytest.fail("it listens on an address of another computer")

    run(body)


def test_the_port_is_free_again_after_a_cancellation(leaves_nothing_behind):
    async def body() -> None:
        bound: asyncio.Future[ListenAddress] = asyncio.get_running_loop().create_future()

        async def serve() -> None:
            async with served(app(), ANY_PORT) as address:
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
        async with served(app(), address) as again:
            assert again == address

    run(body)


def test_a_request_that_hangs_does_not_hold_up_the_end():
    async def body() -> None:
        started = asyncio.Event()

        async def stuck(scope, receive, send) -> None:
            started.set()
            await asyncio.Event().wait()

        async with asyncio.timeout(5):
            async with served(stuck, ANY_PORT) as address:
                _reader, writer = await asyncio.open_connection(address.host, address.port)
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                await started.wait()
            writer.close()

    run(body)


def test_small_answers_leave_at_once():
    async def body() -> None:
        async with site() as place:
            took = []
            for _request in range(20):
                began = asyncio.get_running_loop().time()
                assert (await place.http.get("/api/v1/health")).status_code == 200
                took.append(asyncio.get_running_loop().time() - began)
            # A kernel that waits for an acknowledgement takes 40 ms for each but the first.
            assert min(took[1:]) < 0.03

    run(body)


def test_the_signals_stay_the_daemons():
    async def body() -> None:
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        async with site(key=False) as place:
            assert (await place.http.get("/api/v1/health")).status_code == 200
            after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        assert after == before

    run(body)


def test_an_error_in_the_body_is_not_changed():
    async def body() -> None:
        with pytest.raises(ZeroDivisionError):
            async with site():
                raise ZeroDivisionError

    run(body)


def test_each_route_reaches_the_desk_it_names():
    async def body() -> None:
        async with site() as place:
            for path, sent, asked in (
                ("buttons/mute", {"action": "press"}, ("mute", "press", 80)),
                ("buttons/hold", {"action": "tap", "hold_ms": 700}, ("hold", "tap", 700)),
                (
                    "buttons/status",
                    {"action": "release", "wait": False},
                    ("status", "release", "at once"),
                ),
                ("not-ready", {"reason": "lunch"}, ("not_ready", "lunch")),
                (
                    "contact",
                    {"contact": "call-7", "unresolved": True},
                    ("mark_contact", "call-7", True, None),
                ),
                (
                    "contact",
                    {"contact": "call-7", "disposition": "resolved"},
                    ("mark_contact", "call-7", None, "resolved"),
                ),
                ("forced/4/acknowledge", {}, ("acknowledge_forced", 4)),
                ("system-microphone", {"muted": True}, ("system_microphone", True)),
                ("system-microphone", {"muted": None}, ("system_microphone", None)),
                ("login", {"agent": "1001", "pin": PIN}, ("login", "1001")),
                ("logout", {}, ("logout",)),
                ("answer", None, ("answer",)),
                ("hangup", {}, ("hang_up",)),
                ("auto-answer", {"seconds": 5}, ("auto_answer", 5.0)),
                ("assists/3/acknowledge", {}, ("acknowledge", 3)),
            ):
                answer = await place.http.post(f"/api/v1/desks/desk-1/{path}", json=sent)
                assert answer.status_code == 200, (path, answer.text)
                assert asked in place.desk.asked
                missing = await place.http.post(f"/api/v1/desks/desk-2/{path}", json=sent)
                assert (missing.status_code, missing.json()["code"]) == (404, "no_such_desk")
            listed = (await place.http.get("/api/v1/desks")).json()
            assert [desk["id"] for desk in listed["desks"]] == ["desk-1"]

    run(body)


@pytest.mark.parametrize(
    "sent",
    [
        {"action": "hit"},
        {"action": "tap", "hold_ms": 0},
        {"action": "tap", "hold_ms": "80"},
        {"action": "tap", "colour": "red"},
        {},
        [],
        None,
    ],
)
def test_a_wrong_body_is_refused_with_its_place(sent):
    async def body() -> None:
        async with site() as place:
            answer = await place.http.post("/api/v1/desks/desk-1/buttons/mute", json=sent)
            assert (answer.status_code, answer.json()["code"]) == (422, "wrong_request")
            assert "body" in answer.json()["detail"]
            assert place.desk.asked == []

    run(body)


def test_a_fault_of_the_program_tells_nothing_of_the_request(caplog):
    async def body() -> None:
        async with site() as place:
            place.desk.failure = RuntimeError("a bug")
            sent = {"agent": "1001", "pin": PIN}
            answer = await place.http.post("/api/v1/desks/desk-1/login", json=sent)
            assert (answer.status_code, answer.json()["code"]) == (500, "bug")
            assert PIN not in caplog.text
            assert KEY not in caplog.text

    run(body)
