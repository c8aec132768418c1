"""The desks of a daemon as the API knows them: one station, its console, its ACD."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from calldeck.access.pins import PinStore
from calldeck.acd.interface import Acd, Phone
from calldeck.config.settings import Settings
from calldeck.consoles.soft import Finger
from calldeck.desk import (
    AgentFact,
    Asked,
    Event,
    HelpAcknowledged,
    MicrophoneChanged,
    Verb,
    lamps,
)
from calldeck.journal.lines import Received
from calldeck.link.ports import ConsolePort
from calldeck.narration import WHY_TEXTS, told
from calldeck.service import picture
from calldeck.service.login import Doorkeeper
from calldeck.service.picture import Since
from calldeck.service.pressing import Press, Pressing
from calldeck.station import Station
from calldeck.text import mark
from calldeck.text import translate as _
from calldeck.web import AcdHealth, ConsoleHealth, Health
from calldeck.web.hub import EventHub
from calldeck.web.interface import NotPossible
from calldeck.web.models import (
    AcdPicture,
    Answer,
    ConsolePicture,
    DemonstrationPicture,
    DeskPicture,
    PhonePicture,
    PressAnswer,
    Reloaded,
)

COALESCE_S = 0.005
"""What changes within this is told as one: a press changes a desk several times in a row."""

OUTCOME_TEXTS = {
    "confirmed": mark("Done."),
    "noted": mark("Noted."),
    "pending": mark("The button is down."),
}


@dataclass(frozen=True, slots=True)
class ConsoleChoice:
    """The console of a run: its kind, where to reach it, and what presses its buttons.

    finger: None where only a hand can.
    """

    kind: str
    port: ConsolePort
    finger: Finger | None


class Desks:
    """The service behind the API (`web.interface.DeskService`), and the station's watcher.

    `reload`: reads the settings anew, applies what can change, and tells both.
    """

    def __init__(
        self,
        settings: Settings,
        station: Station,
        acd: Acd,
        acd_name: str,
        console: ConsoleChoice,
        hub: EventHub,
        doorkeeper: Doorkeeper,
        reload: Callable[[], Reloaded],
    ) -> None:
        self.settings = settings
        self._station = station
        self._acd = acd
        self._acd_name = acd_name
        self._console = console
        self._hub = hub
        self._doorkeeper = doorkeeper
        self._reload = reload
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._since = Since()
        self._requests: dict[str, asyncio.Future[tuple[str, str]]] = {}
        self._request_count = 0
        self._telling: asyncio.TimerHandle | None = None
        outcome_s = settings.commands.timeout_ms / 1000
        finger = console.finger
        self._pressing = Pressing(finger, outcome_s) if finger is not None else None
        station.watcher = self

    # --- the station's watcher --------------------------------------------------------------

    def stepped(self, event: Event) -> None:
        """Keep when what was told."""
        now_ms = self._now_ms()
        if isinstance(event, MicrophoneChanged):
            self._since.microphone_ms = now_ms
        elif isinstance(event, AgentFact):
            self._since.pbx_ms = now_ms
            change = (event.status, event.reason, event.cause)
            before = self._since.change
            if before is None or before[:2] != change[:2]:
                self._since.status_ms = now_ms
                self._since.change = change

    def pressed(self, edge: Received) -> None:
        """A press has reached the desk."""
        if self._pressing is not None:
            self._pressing.pressed(edge)

    def press_ended(self, press: str, outcome: str, why: str) -> None:
        """A press has its outcome."""
        if self._pressing is not None:
            self._pressing.press_ended(press, outcome, why)

    def request_ended(self, request: str, outcome: str, why: str) -> None:
        """A request has its outcome."""
        waiting = self._requests.pop(request, None)
        if waiting is not None and not waiting.done():
            waiting.set_result((outcome, why))

    def changed(self) -> None:
        """Tell the listeners soon, and once for what changes together."""
        if self._telling is None:
            self._telling = self._loop.call_later(COALESCE_S, self._tell)

    def _tell(self) -> None:
        self._telling = None
        self._hub.publish("desk", self._picture().model_dump_json())

    def apply(self, settings: Settings) -> None:
        """Go by other settings from now on."""
        self.settings = settings
        self._doorkeeper.pins = PinStore(settings.login.pin_path)
        self.changed()

    async def close(self) -> None:
        """Let go of the buttons; nobody is told anything any more."""
        if self._telling is not None:
            self._telling.cancel()
        if self._pressing is not None:
            await self._pressing.close()

    # --- what can be seen -------------------------------------------------------------------

    def health(self) -> Health:
        """How the daemon is."""
        console = self._console_picture()
        return Health(
            uptime_s=self._loop.time() - self._began_s,
            console=ConsoleHealth(
                kind=console.kind, link=console.link, firmware=console.firmware or None
            ),
            acd=AcdHealth(name=self._acd_name, link=self._acd_picture().link),
        )

    def desks(self) -> tuple[DeskPicture, ...]:
        """All desks, of which there is one."""
        return (self._picture(),)

    def desk(self, desk: str) -> DeskPicture:
        """One desk."""
        self._check(desk)
        return self._picture()

    def _check(self, desk: str) -> None:
        if desk != self.settings.desk.id:
            raise NotPossible(
                404,
                "no_such_desk",
                _("There is no such desk here; there is {known}.").format(
                    known=self.settings.desk.id
                ),
            )

    def _now_ms(self) -> float:
        return self._loop.time() * 1000

    def _picture(self) -> DeskPicture:
        now_ms = self._now_ms()
        station, settings = self._station, self.settings
        desk, since = station.desk, self._since
        plan = lamps.plan(desk, round(now_ms))
        linked = station.session.established
        report = station.microphone_report if linked else None
        lit = picture.mute_lamp(desk, plan, report)
        logged_in = desk.confirmed and desk.status != "logged_out"
        refused = desk.feedback is not None and round(now_ms) < desk.feedback.until_ms
        why = desk.feedback.why if desk.feedback is not None and refused else ""
        return DeskPicture(
            now_ms=time.time_ns() // 1_000_000,
            id=settings.desk.id,
            extension=settings.desk.extension,
            login=settings.desk.login,
            agent=desk.agent if logged_in else None,
            offered_agent=settings.desk.agent,
            status=desk.status.value,
            status_text=picture.status_text(desk),
            status_for_ms=picture.age(now_ms, since.status_ms),
            confirmed=desk.confirmed,
            reason=desk.reason,
            reason_text=picture.reason_text(desk.reason),
            pending="not_ready" if desk.plan is not None else None,
            pending_text=picture.pending_text(desk),
            wishes=picture.wish_pictures(desk),
            refusal_text=told(WHY_TEXTS, why),
            call=picture.call_picture(desk, now_ms),
            microphone=picture.microphone_picture(desk, report, since, now_ms),
            lamps=picture.lamp_pictures(desk, plan, now_ms, linked=linked, mute_lamp=lit),
            queue=picture.queue_picture(desk, now_ms),
            console=self._console_picture(),
            acd=self._acd_picture(),
            phone=self._phone_picture(),
            assists=picture.assist_pictures(desk, now_ms),
            last_change=picture.change_picture(since, now_ms),
            demonstration=self._demonstration(),
        )

    def _console_picture(self) -> ConsolePicture:
        session, why_not = self._station.session, ""
        if self._pressing is None:
            why_not = _("This is a real console: press its own buttons. The page mirrors it.")
        elif not session.established:
            why_not = _("The console is not connected.")
        return ConsolePicture.model_validate(
            {
                "kind": self._console.kind,
                "link": "up" if session.established else "down",
                **picture.versions(session.welcome),
                "pressable": not why_not,
                "why_not_pressable": why_not,
            }
        )

    def _acd_picture(self) -> AcdPicture:
        return AcdPicture(name=self._acd_name, link="up" if self._station.desk.acd_up else "down")

    def _phone_picture(self) -> PhonePicture | None:
        if not isinstance(self._acd, Phone):
            return None
        desk = self._station.desk
        wished = {wish.verb for wish in desk.wishes}
        return PhonePicture(
            can_answer=desk.confirmed and desk.status == "ringing" and Verb.ANSWER not in wished,
            can_hang_up=desk.confirmed
            and desk.status in ("talking", "held")
            and Verb.HANG_UP not in wished,
            auto_answer_s=self._acd.auto_answer_s,
        )

    def _demonstration(self) -> DemonstrationPicture | None:
        shown = self._doorkeeper.demonstration
        return DemonstrationPicture(agent=shown[0], pin=shown[1]) if shown is not None else None

    # --- what can be asked ------------------------------------------------------------------

    async def press(self, desk: str, button: str, action: str, hold_ms: int) -> PressAnswer:
        """Press, release or tap a button of the console."""
        self._check(desk)
        pressing, console = self._pressing, self._console_picture()
        if pressing is None:
            raise NotPossible(409, "not_pressable", console.why_not_pressable)
        name = button.upper()
        if action == "release":
            return _press_answer(await pressing.release(name))
        if not console.pressable:
            raise NotPossible(
                503,
                "console_not_connected",
                _("The console is not connected: wait until it is back, then press again."),
            )
        if action == "press":
            return _press_answer(await pressing.press(name))
        return _press_answer(await pressing.tap(name, hold_ms))

    async def login(self, desk: str, agent: str, pin: str) -> Answer:
        """Log an agent in, once the PIN is found right."""
        self._check(desk)
        await self._doorkeeper.check(agent, pin)
        return await self._ask(Verb.LOGIN, agent)

    async def logout(self, desk: str) -> Answer:
        """Log the agent out."""
        self._check(desk)
        return await self._ask(Verb.LOGOUT)

    async def answer(self, desk: str) -> Answer:
        """Take the ringing call."""
        self._check(desk)
        self._phone()
        return await self._ask(Verb.ANSWER)

    async def hang_up(self, desk: str) -> Answer:
        """End the call."""
        self._check(desk)
        self._phone()
        return await self._ask(Verb.HANG_UP)

    async def auto_answer(self, desk: str, seconds: float | None) -> None:
        """Let the phone answer by itself, or not."""
        self._check(desk)
        self._phone().set_auto_answer(seconds)
        self.changed()

    async def acknowledge(self, desk: str, number: int) -> None:
        """Tell the agent that help is coming."""
        self._check(desk)
        state = self._station.desk
        open_ones = [one.number for one in state.unattended]
        if state.help is not None:
            open_ones.append(state.help.number)
        if number not in open_ones:
            raise NotPossible(
                404, "no_such_assist", _("No call for help with this number is open.")
            )
        self._station.sink(HelpAcknowledged(number))

    async def reload(self) -> Reloaded:
        """Read the settings again."""
        return self._reload()

    def _phone(self) -> Phone:
        if isinstance(self._acd, Phone):
            return self._acd
        raise NotPossible(
            409,
            "no_phone",
            _("The ACD {name} does not let the phone be worked from here: use the phone.").format(
                name=self._acd_name
            ),
        )

    async def _ask(self, verb: Verb, agent: str = "") -> Answer:
        self._request_count += 1
        request = f"request-{self._request_count}"
        ended: asyncio.Future[tuple[str, str]] = self._loop.create_future()
        self._requests[request] = ended
        self._station.sink(Asked(request, verb, agent))
        # The desk ends every command, at its time-out at the latest.
        outcome, why = await ended
        return Answer(outcome=outcome, why=why, text=_outcome_text(outcome, why))


def _press_answer(press: Press) -> PressAnswer:
    return PressAnswer(
        press=press.number,
        outcome=press.outcome,
        why=press.why,
        text=_outcome_text(press.outcome, press.why),
    )


def _outcome_text(outcome: str, why: str) -> str:
    if why:
        return told(WHY_TEXTS, why)
    return told(OUTCOME_TEXTS, outcome)
