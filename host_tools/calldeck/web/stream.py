"""The stream of events, as server-sent events."""

import asyncio
import contextlib
import json
import time

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from calldeck import __version__
from calldeck.web.hub import EventHub, frame
from calldeck.web.interface import DeskService
from calldeck.web.models import DeskPicture

ALIVE_S = 1.0
"""Without another event a listener hears this often that the stream lives."""

RETRY_MS = 700
"""A browser whose stream breaks tries again after this."""


class EventStream(Response):
    """One listener's stream, of one desk or (with no id) of all.

    Ends with the listener, or with the hub.
    """

    def __init__(
        self, service: DeskService, hub: EventHub, last_event_id: str | None, desk: str = ""
    ) -> None:
        super().__init__()
        self._service = service
        self._hub = hub
        self._last_event_id = last_event_id
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the listener goes."""
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                ],
            }
        )
        telling = asyncio.create_task(self._listen(send))
        leaving = asyncio.create_task(_left(receive))
        done: set[asyncio.Task[None]] = set()
        try:
            done, _open = await asyncio.wait(
                (telling, leaving), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in (telling, leaving):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, OSError):
                    await task
        if leaving not in done:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _listen(self, send: Send) -> None:
        with self._hub.listening(self._desk):
            await self._tell(send)

    async def _tell(self, send: Send) -> None:
        number, resumed, missed = self._hub.resume(self._last_event_id)
        pictures = await all_pictures(self._service, self._desk)
        hello = {
            "run": self._hub.run,
            "version": __version__,
            "resumed": resumed,
            "missed": missed,
            "desks": [desk.model_dump(mode="json") for desk in pictures],
        }
        retry = f"retry: {RETRY_MS}\n".encode()
        await _send(send, retry + frame("hello", json.dumps(hello, ensure_ascii=False)))
        while not self._hub.closed:
            number, events = self._hub.since(number, self._desk)
            if events:
                await _send(send, b"".join(event.frame for event in events))
            elif not await self._hub.wait(ALIVE_S, self._desk):
                alive = {"now_ms": time.time_ns() // 1_000_000}
                await _send(send, frame("alive", json.dumps(alive)))


async def all_pictures(service: DeskService, only: str = "") -> list[DeskPicture]:
    """Draw the desks, or one; between two of them the loop serves whoever else waits."""
    pictures = []
    for desk in (only,) if only else service.ids():
        pictures.append(service.desk(desk))
        await asyncio.sleep(0)
    return pictures


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _left(receive: Receive) -> None:
    """Return when the listener has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
