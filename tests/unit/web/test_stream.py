"""The stream of events: in order, replayed, bounded, and never in the way."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.web.desk import BEARER, KEY, Site, TestDesk, run, served, site

from calldeck.config import ListenAddress
from calldeck.web.app import create_app
from calldeck.web.hub import EventHub


@dataclass(frozen=True)
class Event:
    id: str
    kind: str
    data: dict


async def events(
    place: Site, last: str | None = None, desk: str | None = None
) -> AsyncIterator[Event]:
    """Give what a listener hears."""
    headers = {"Last-Event-ID": last} if last else {}
    asked = {"desk": desk} if desk else {}
    async with place.http.stream(
        "GET", "/api/v1/events", headers=headers, params=asked, timeout=20
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if line:
                name, _colon, value = line.partition(": ")
                fields[name] = value
            elif fields:
                yield Event(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
                fields = {}


async def take(listener: AsyncIterator[Event], count: int) -> list[Event]:
    return [await anext(listener) for _event in range(count)]


def test_a_listener_is_told_all_desks_then_what_happens():
    async def body() -> None:
        async with site() as place:
            listener = events(place)
            (hello,) = await take(listener, 1)
            assert (hello.id, hello.kind) == ("", "hello")
            assert hello.data["run"] == "run1"
            assert (hello.data["resumed"], hello.data["missed"]) == (False, False)
            assert hello.data["desks"][0]["id"] == "desk-1"
            place.hub.publish("line", '{"text":"a"}')
            place.hub.publish("line", '{"text":"b"}')
            told = await take(listener, 2)
            assert [(one.id, one.data["text"]) for one in told] == [
                ("run1.1", "a"),
                ("run1.2", "b"),
            ]
            await listener.aclose()

    run(body)


def test_who_comes_back_hears_what_was_told_meanwhile():
    async def body() -> None:
        async with site() as place:
            for number in range(10):
                place.hub.publish("line", json.dumps({"n": number}))
            listener = events(place, "run1.7")
            told = await take(listener, 4)
            assert told[0].data["resumed"]
            assert [one.data["n"] for one in told[1:]] == [7, 8, 9]
            await listener.aclose()

    run(body)


def test_an_id_of_another_daemon_or_of_nobody_is_said_to_have_missed_something():
    async def body() -> None:
        async with site() as place:
            place.hub.publish("line", "{}")
            for last in ("run0.1", "run1.2", "run1.0", "run1", "1", "run1.-1", "run1." + "9" * 40):
                listener = events(place, last)
                (hello,) = await take(listener, 1)
                assert (hello.data["resumed"], hello.data["missed"]) == (False, True), last
                await listener.aclose()

    run(body)


def test_who_asks_for_one_desk_is_not_told_of_others():
    async def body() -> None:
        async with site() as place:
            listener = events(place, desk="desk-1")
            await take(listener, 1)
            drawn: list[str] = []

            def other() -> str:
                drawn.append("desk-2")
                return "{}"

            place.hub.publish("desk", other, "desk-2")
            place.hub.publish("desk", lambda: '{"id":"desk-1"}', "desk-1")
            place.hub.publish("line", '{"text":"all"}')
            told = await take(listener, 2)
            assert [one.id for one in told] == ["run1.2", "run1.3"]
            assert drawn == [], "nobody listens to that desk: it is not even drawn"
            await listener.aclose()
            missing = await place.http.get("/api/v1/events", params={"desk": "desk-9"})
            assert missing.status_code == 404

    run(body)


def test_a_picture_is_drawn_once_for_all_who_listen():
    async def body() -> None:
        async with site() as place:
            listeners = [events(place), events(place, desk="desk-1")]
            for listener in listeners:
                await take(listener, 1)
            drawn: list[str] = []

            def draw() -> str:
                drawn.append("desk-1")
                return "{}"

            place.hub.publish("desk", draw, "desk-1")
            for listener in listeners:
                await take(listener, 1)
                await listener.aclose()
            assert drawn == ["desk-1"]

    run(body)


def test_a_silent_stream_says_every_second_that_it_lives():
    async def body() -> None:
        async with site() as place:
            listener = events(place)
            told = await take(listener, 3)
            assert [one.kind for one in told] == ["hello", "alive", "alive"]
            assert told[2].data["now_ms"] - told[1].data["now_ms"] < 2000
            await listener.aclose()

    run(body)


@given(st.text(max_size=80))
def test_any_last_event_id_has_an_answer(text: str) -> None:
    hub = EventHub("run1", kept=3)

    async def story() -> None:
        for _event in range(5):
            hub.publish("line", "{}")
        number, resumed, missed = hub.resume(text)
        assert 2 <= number <= 5
        assert not (resumed and missed)
        newest, told = hub.since(number)
        assert (newest, len(told)) == (5, 5 - number)

    asyncio.run(story())


def test_what_is_too_old_is_not_kept():
    async def story() -> None:
        hub = EventHub("run1", kept=3)
        for _event in range(5):
            hub.publish("line", "{}")
        assert hub.resume("run1.2") == (2, True, False)
        assert hub.resume("run1.1") == (5, False, True)
        assert [event.number for event in hub.since(0)[1]] == [3, 4, 5]

    asyncio.run(story())


def test_fifty_listeners_hear_everything_in_order():
    async def body() -> None:
        async with site() as place:
            listeners = [events(place) for _listener in range(50)]
            for listener in listeners:
                await take(listener, 1)
            for number in range(20):
                place.hub.publish("line", json.dumps({"n": number}))
                await asyncio.sleep(0.001)
            for listener in listeners:
                heard: list[int] = []
                while len(heard) < 20:
                    # On a busy computer a second may pass between two of them.
                    (one,) = await take(listener, 1)
                    heard += [one.data["n"]] if one.kind == "line" else []
                assert heard == list(range(20))
                await listener.aclose()

    run(body, within_s=60)


def test_who_does_not_read_is_no_burden():
    async def body() -> None:
        async with site() as place:
            reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
            head = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n"
            writer.write(f"{head}Authorization: {BEARER['Authorization']}\r\n\r\n".encode())
            await reader.readuntil(b"hello")
            listener = events(place)
            await take(listener, 1)
            text = json.dumps({"text": "x" * 5000})
            for _event in range(3000):
                place.hub.publish("line", text)
                if _event % 100 == 0:
                    await asyncio.sleep(0)
            last = (await take(listener, 1))[0]
            while last.id != "run1.3000":
                (last,) = await take(listener, 1)
            await listener.aclose()
            writer.close()

    run(body)


def test_open_streams_do_not_hold_up_the_end():
    async def body() -> None:
        hub = EventHub("run1")
        async with served(create_app(TestDesk(), hub, KEY), ListenAddress("127.0.0.1", 0)) as at:
            writers = []
            for _listener in range(20):
                reader, writer = await asyncio.open_connection(at.host, at.port)
                head = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n"
                writer.write(f"{head}Authorization: {BEARER['Authorization']}\r\n\r\n".encode())
                await reader.readuntil(b"hello")
                writers.append(writer)
            began = time.monotonic()
            hub.close()
        assert time.monotonic() - began < 0.9, "the server waited for its listeners"
        for writer in writers:
            writer.close()

    run(body)
