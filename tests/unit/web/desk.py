"""A desk for the tests of the web room: it answers with true models and knows no console."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
from starlette.types import ASGIApp

from calldeck.config import ListenAddress
from calldeck.web.app import create_app
from calldeck.web.health import AcdHealth, ConsoleHealth, Health
from calldeck.web.hub import EventHub
from calldeck.web.interface import NotPossible
from calldeck.web.limits import Buckets
from calldeck.web.listener import listening
from calldeck.web.models import Answer, DeskPicture, PressAnswer, Reloaded
from calldeck.web.parts import (
    AcdPicture,
    ConsolePicture,
    LampPicture,
    MicrophonePicture,
    Truth,
    Truths,
)
from calldeck.web.server import serving

KEY = "a-key-that-only-this-user-knows-0123456789"
BEARER = {"Authorization": f"Bearer {KEY}"}
ANY_PORT = ListenAddress("127.0.0.1", 0)
QUEUE = tuple(f"queue{number}" for number in range(1, 6))
LAMPS = ("availability", "mute", "hold", "attention", *QUEUE)
NOBODY_KNOWS = Truth(known=False, muted=None, text="not known", for_ms=None)
PIN = "7193"
NO_SUCH_DESK = NotPossible(404, "no_such_desk", "There is no such desk here.")


class TestDesk:
    """Whose health and answers a test can change; it remembers what it was asked."""

    __test__ = False

    def __init__(self) -> None:
        self.console = ConsoleHealth(kind="emulated", link="up", firmware="0.1.0", connected=1)
        self.acd = AcdHealth(name="simulated", link="up")
        self.asked: list[tuple[object, ...]] = []
        self.failure: Exception | None = None

    def health(self) -> Health:
        return Health(uptime_s=12.5, console=self.console, acd=self.acd)

    def ids(self) -> tuple[str, ...]:
        return ("desk-1",)

    def desk(self, desk: str) -> DeskPicture:
        if desk != "desk-1":
            raise NO_SUCH_DESK
        return picture()

    def _check(self, desk: str, *asked: object) -> None:
        if desk != "desk-1":
            raise NO_SUCH_DESK
        self.asked.append(asked)
        if self.failure is not None:
            raise self.failure

    async def press(
        self, desk: str, button: str, action: str, hold_ms: int, *, wait: bool = True
    ) -> PressAnswer:
        self._check(desk, button, action, hold_ms if wait else "at once")
        return PressAnswer(press=1, outcome="confirmed", why="", text="Done.")

    async def login(self, desk: str, agent: str, pin: str) -> Answer:
        self._check(desk, "login", agent)
        if pin != PIN:
            raise NotPossible(403, "wrong_login", "This login id and PIN do not go together.")
        return DONE

    async def logout(self, desk: str) -> Answer:
        self._check(desk, "logout")
        return DONE

    async def not_ready(self, desk: str, reason: str) -> Answer:
        self._check(desk, "not_ready", reason)
        return DONE

    async def mark_contact(
        self, desk: str, contact: str, *, unresolved: bool | None, disposition: str | None
    ) -> Answer:
        self._check(desk, "mark_contact", contact, unresolved, disposition)
        return Answer(outcome="noted", why="contact_marked", text="The contact is marked.")

    async def answer(self, desk: str) -> Answer:
        self._check(desk, "answer")
        return DONE

    async def hang_up(self, desk: str) -> Answer:
        self._check(desk, "hang_up")
        return DONE

    async def auto_answer(self, desk: str, seconds: float | None) -> None:
        self._check(desk, "auto_answer", seconds)

    async def acknowledge(self, desk: str, number: int) -> None:
        self._check(desk, "acknowledge", number)
        if number > 1000:
            raise NotPossible(404, "no_such_assist", "No call for help with this number is open.")

    async def acknowledge_forced(self, desk: str, number: int) -> None:
        self._check(desk, "acknowledge_forced", number)
        if number > 1000:
            raise NotPossible(404, "no_such_change", "No change with this number waits.")

    async def system_microphone(self, desk: str, muted: bool | None) -> None:
        self._check(desk, "system_microphone", muted)

    async def reload(self) -> Reloaded:
        return Reloaded(applied=(), needs_restart=())


DONE = Answer(outcome="confirmed", why="", text="Done.")


def picture() -> DeskPicture:
    """A desk at which nobody is logged in."""
    off = LampPicture(colour="", pattern="off", times_ms=(), meaning="off")
    return DeskPicture.model_validate(
        {
            "now_ms": time.time_ns() // 1_000_000,
            "id": "desk-1",
            "extension": "201",
            "login": "manual",
            "agent": None,
            "offered_agent": "1001",
            "status": "logged_out",
            "status_text": "logged out",
            "status_for_ms": 10,
            "confirmed": True,
            "reason": "",
            "reason_text": "",
            "pending": None,
            "pending_reason": "",
            "pending_text": "",
            "choice": None,
            "forced": None,
            "faults": (),
            "gestures": {
                "double_tap_ms": 300,
                "long_press_ms": 600,
                "logout_press_ms": 3000,
                "emergency_press_ms": 2000,
            },
            "reasons": (),
            "dispositions": (),
            "wishes": (),
            "refusal_text": "",
            "call": None,
            "contact": None,
            "microphone": MicrophonePicture(
                headset="inline",
                plugged=True,
                muted=True,
                overdue=False,
                agreement="unknown",
                agreement_text="Whether they agree is not known.",
                text="Muted.",
                truths=Truths(
                    console=NOBODY_KNOWS, operating_system=NOBODY_KNOWS, pbx=NOBODY_KNOWS
                ),
            ),
            "attention": "none",
            "lamps": dict.fromkeys(LAMPS, off),
            "queue": None,
            "console": ConsolePicture(
                kind="emulated",
                link="up",
                serial="E6",
                restarted="",
                firmware="0.1.0",
                protocol="1",
                pressable=True,
                why_not_pressable="",
            ),
            "acd": AcdPicture(name="simulated", link="up"),
            "phone": None,
            "assists": (),
            "last_change": None,
            "demonstration": None,
        }
    )


class Site:
    """The API on a real socket, with a client of it."""

    def __init__(self, http: httpx.AsyncClient, desk: TestDesk, hub: EventHub) -> None:
        self.http, self.desk, self.hub = http, desk, hub
        self.port = int(str(http.base_url.port))


@asynccontextmanager
async def served(app: ASGIApp, address: ListenAddress) -> AsyncIterator[ListenAddress]:
    """Serve an application at an address, as the daemon does; gives the address really bound."""
    with listening(address) as listener:
        async with serving(app, listener) as bound:
            yield bound


@asynccontextmanager
async def site(
    desk: TestDesk | None = None,
    *,
    key: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Site]:
    """Serve a desk; the client has the key, or has it not; requests are counted by the clock."""
    desk = desk or TestDesk()
    hub = EventHub("run1")
    async with (
        served(create_app(desk, hub, KEY, Buckets(clock)), ANY_PORT) as address,
        httpx.AsyncClient(
            base_url=f"http://{address}", trust_env=False, headers=BEARER if key else {}
        ) as http,
    ):
        try:
            yield Site(http, desk, hub)
        finally:
            hub.close()


def run(body: Callable[[], Awaitable[None]], within_s: float = 20) -> None:
    """Run a test's coroutine to its end."""

    async def bounded() -> None:
        async with asyncio.timeout(within_s):
            await body()

    asyncio.run(bounded())
