"""A floor of consoles in one process: frames of the real protocol, presses by the clock.

Each console is as thin as one can be and still be believed: it answers hellos, orders and pings,
repeats what is not acknowledged, and tells with each edge what its lamps showed. A press is a tap
of STATUS, which acts when the button comes up; so a press is timed from that edge, as it leaves
here, to its acknowledgement. The daemon acknowledges an edge when its command has left for the
ACD, so that is a little more than the time from the press to its command, and both ends of it are
read from one clock outside the daemon.

Run by floor.py. Reads `press SECONDS` from standard input, answers with a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from array import array
from typing import Any

from calldeck_wire import NEWEST_PROTOCOL, OLDEST_PROTOCOL, messages
from calldeck_wire.frames import FrameReader, encode_frame
from calldeck_wire.modular import MASK, add, difference

TAP_S = 0.06
EVERY_S = 1.0
AGAIN_S = 0.5
STATUS = messages.BUTTON_STATUS


class Console(asyncio.Protocol):
    """One console behind a socket; it lives on when the connection breaks."""

    def __init__(self, place: int, loop: asyncio.AbstractEventLoop) -> None:
        self.place = place
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._serial = place.to_bytes(8, "big")
        self._session = 0
        self._shown = 0
        self._orders = 0
        self._presses = 0
        self._next = 0  # sequence number of the next edge
        self._waiting: list[tuple[int, bytes, float]] = []
        self.latency_ms = array("d")
        self.repeated = 0
        self.lamp_changes = 0
        self._slots = b""
        self.shows = asyncio.Event()  # its lamps have been told something: presses can act

    # --- the line -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._reader = FrameReader()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._session = 0

    def data_received(self, data: bytes) -> None:
        out = b"".join(self._answer(payload) for payload in self._reader.feed(data))
        if out and self._transport is not None:
            self._transport.write(out)

    def _now(self) -> int:
        return int(self._loop.time() * 1000) & MASK

    def _frame(self, message: messages.Message, *values: object) -> bytes:
        return encode_frame(messages.encode(message, self._session, values))

    def _answer(self, payload: bytes) -> bytes:
        number, session = messages.peek(payload)
        if number == messages.HELLO.number:
            return self._welcome(session)
        if session != self._session:
            return b""
        message = messages.BY_NUMBER[number]
        values = messages.decode(message, payload)
        assert values is not None
        if message is messages.ACKNOWLEDGE:
            self._acknowledged(values[0])
        elif message is messages.LAMPS:
            self._shown = values[0]
            self.shows.set()
            slots = bytes(values[3])
            self.lamp_changes += slots != self._slots
            self._slots = slots
        elif message is messages.PING:
            return self._frame(messages.PONG, values[0], self._now())
        elif message in (messages.PATTERN, messages.SETTING, messages.MICROPHONE_REQUEST):
            self._orders = values[0] + 1
            return self._frame(messages.CONFIRM, self._orders, messages.RESULT_DONE)
        return b""

    def _welcome(self, session: int) -> bytes:
        previous, self._session = self._session, session
        self._orders = self._shown = 0
        first = self._waiting[0][0] if self._waiting else self._next
        welcome = self._frame(
            messages.WELCOME, OLDEST_PROTOCOL, NEWEST_PROTOCOL, previous, first, 0, self._presses,
            0, messages.CAUSE_POWER, 0, bytes((0, 1, 0)), self._now(), self._serial, self.place + 1,
            messages.MODE_NORMAL,
        )  # fmt: skip
        return welcome + self._frame(messages.MICROPHONE, 1, 0, messages.MICROPHONE_BY_RESET, 1)

    # --- the button -----------------------------------------------------------------------

    def tap(self) -> None:
        self._edge(True)
        self._loop.call_later(TAP_S, self._edge, False)

    def _edge(self, pressed: bool) -> None:
        self._presses += pressed
        back = difference(self._next, self._waiting[0][0]) if self._waiting else 0
        what = STATUS | messages.EDGE_PRESSED if pressed else STATUS
        frame = self._frame(
            messages.EDGE, self._session, self._next, back, what, self._now(), self._shown,
            self._presses & 0xFFFF,
        )  # fmt: skip
        at = -1.0 if pressed else self._loop.time()
        self._waiting.append((self._next, frame, at))
        self._next = add(self._next, 1)
        if self._transport is not None:
            self._transport.write(frame)

    def _acknowledged(self, following: int) -> None:
        now = self._loop.time()
        while self._waiting and difference(following, self._waiting[0][0]) > 0:
            _number, _frame, at = self._waiting.pop(0)
            if at >= 0:
                self.latency_ms.append((now - at) * 1000)

    def repeat(self) -> None:
        """Send again what waits for too long."""
        for _number, frame, _at in self._waiting:
            if self._transport is not None:
                self.repeated += 1
                self._transport.write(frame)


async def serve(count: int) -> list[Console]:
    """Open one port for each console, and tell the ports on the first line."""
    loop = asyncio.get_running_loop()
    consoles = [Console(place, loop) for place in range(count)]
    ports = []
    for console in consoles:
        server = await loop.create_server(lambda console=console: console, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
    say({"ports": ports})
    return consoles


async def press(consoles: list[Console], seconds: float) -> dict[str, Any]:
    """Let every console press once a second, evenly spread; return what was measured."""
    loop = asyncio.get_running_loop()
    for console in consoles:
        console.latency_ms = array("d")
        console.lamp_changes = console.repeated = 0
    began = loop.time() + 0.1
    presses = round(seconds / EVERY_S)
    for turn in range(presses):
        for place, console in enumerate(consoles):
            due = began + (turn + place / len(consoles)) * EVERY_S
            wait = due - loop.time()
            if wait > 0.0005:
                await asyncio.sleep(wait)
            console.tap()
    await asyncio.sleep(AGAIN_S)
    for console in consoles:
        console.repeat()
    await asyncio.sleep(AGAIN_S)
    return {
        "presses": presses * len(consoles),
        "took_s": loop.time() - began,
        "latency_ms": [value for console in consoles for value in console.latency_ms],
        "repeated": sum(console.repeated for console in consoles),
        "lamp_changes": sum(console.lamp_changes for console in consoles),
        "late_ms": max(0.0, (loop.time() - began - 2 * AGAIN_S - presses * EVERY_S) * 1000),
    }


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Serve consoles until standard input ends."""
    consoles = await serve(int(sys.argv[1]))
    loop = asyncio.get_running_loop()
    while words := (await loop.run_in_executor(None, sys.stdin.readline)).split():
        if words[0] == "ready":
            await asyncio.gather(*(console.shows.wait() for console in consoles))
            say({"ready": len(consoles)})
        else:
            say(await press(consoles, float(words[1])))


if __name__ == "__main__":
    asyncio.run(main())
