"""One desk as the API knows it: its station, its console, its place at the ACD."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from calldeck.config.settings import Settings
from calldeck.consoles.soft import Finger
from calldeck.desk import AgentFact, Event, lamps
from calldeck.desk_runner import DeskRunner
from calldeck.journal.lines import Received
from calldeck.link.ports import ConsolePort
from calldeck.narration import WHY_TEXTS, told
from calldeck.service import picture
from calldeck.service.asking import Asking, outcome_text
from calldeck.service.lamp_pictures import lamp_pictures
from calldeck.service.login import Doorkeeper
from calldeck.service.microphone_picture import microphone_picture, mute_lamp
from calldeck.service.pressing import Press, Pressing
from calldeck.service.since import Since, age
from calldeck.service.words import planned_text, reason_text
from calldeck.station import Station
from calldeck.text import translate as _
from calldeck.web.hub import EventHub
from calldeck.web.interface import NotPossible
from calldeck.web.models import DeskPicture, PressAnswer
from calldeck.web.parts import AcdPicture, ConsolePicture, DemonstrationPicture

COALESCE_S = 0.005
"""What changes within this is told as one: a press changes a desk several times in a row."""


@dataclass(frozen=True, slots=True)
class ConsoleChoice:
    """The console of a run: its kind, where to reach it, and what presses its buttons.

    finger: None where only a hand can.
    """

    kind: str
    port: ConsolePort
    finger: Finger | None


class ServedDesk:
    """One desk behind the API, and the watcher of its station.

    `log_in`: checks who wants to log in, by id and PIN.
    """

    def __init__(
        self,
        settings: Settings,
        runner: DeskRunner,
        console: ConsoleChoice,
        acd_name: str,
        hub: EventHub,
        doorkeeper: Doorkeeper,
    ) -> None:
        self.settings = settings
        self.id = runner.desk.id
        self._desk = runner.desk
        self._runner = runner
        self._acd_name = acd_name
        self._console = console
        self._hub = hub
        self._doorkeeper = doorkeeper
        self.asking = Asking(runner, doorkeeper, acd_name)
        self._loop = asyncio.get_running_loop()
        self._since = Since()
        self._telling: asyncio.TimerHandle | None = None
        outcome_s = settings.commands.timeout_ms / 1000
        finger = console.finger
        self._pressing = Pressing(finger, outcome_s) if finger is not None else None
        runner.watch(self)

    @property
    def _station(self) -> Station:
        return self._runner.station

    # --- the station's watcher --------------------------------------------------------------

    def stepped(self, event: Event) -> None:
        """Keep when what was told."""
        if isinstance(event, AgentFact):
            change = (event.status, event.reason, event.cause)
            before = self._since.change
            if before is None or before[:2] != change[:2]:
                self._since.status_ms = self._now_ms()
                self._since.change = change

    def pressed(self, edge: Received) -> None:
        """A press has reached the desk."""
        if self._pressing is not None:
            self._pressing.pressed(edge)

    def press_ended(self, press: str, outcome: str, why: str) -> None:
        """A press has its outcome."""
        if self._pressing is not None:
            self._pressing.press_ended(press, outcome, why)

    def changed(self) -> None:
        """Tell the listeners soon, and once for what changes together.

        Whoever comes later is told the whole picture first.
        """
        if self._telling is None and self._hub.has_listeners(self.id):
            self._telling = self._loop.call_later(COALESCE_S, self._tell)

    def _tell(self) -> None:
        self._telling = None
        self._hub.publish("desk", lambda: self.picture().model_dump_json(), self.id)

    def apply(self, settings: Settings) -> None:
        """Go by other settings from now on."""
        self.settings = settings
        if self._pressing is not None:
            self._pressing.outcome_s = settings.commands.timeout_ms / 1000
        self.changed()

    async def close(self) -> None:
        """Let go of the buttons; nobody is told anything any more."""
        if self._telling is not None:
            self._telling.cancel()
        if self._pressing is not None:
            await self._pressing.close()

    # --- what can be seen -------------------------------------------------------------------

    def _now_ms(self) -> float:
        return self._loop.time() * 1000

    def picture(self) -> DeskPicture:
        """Everything about the desk, at this instant."""
        now_ms = self._now_ms()
        station, chosen = self._station, self._desk
        desk, since = station.desk, self._since
        plan = lamps.plan(desk, round(now_ms))
        linked = station.session.established
        report = station.microphone_report if linked else None
        lit = mute_lamp(desk, plan, report)
        logged_in = desk.confirmed and desk.status != "logged_out"
        refused = desk.feedback is not None and round(now_ms) < desk.feedback.until_ms
        why = desk.feedback.why if desk.feedback is not None and refused else ""
        return DeskPicture(
            now_ms=time.time_ns() // 1_000_000,
            id=self.id,
            extension=chosen.extension,
            login=chosen.login,
            agent=desk.agent if logged_in else None,
            offered_agent=chosen.agent,
            status=desk.status.value,
            status_text=picture.status_text(desk),
            status_for_ms=age(now_ms, since.status_ms),
            confirmed=desk.confirmed,
            reason=desk.reason,
            reason_text=reason_text(desk.reason),
            pending=desk.plan.pending.value if desk.plan is not None else None,
            pending_reason=desk.plan.reason if desk.plan is not None else "",
            pending_text=planned_text(desk),
            choice=picture.choice_picture(desk, now_ms),
            forced=picture.forced_picture(desk, now_ms),
            faults=picture.fault_pictures(desk),
            gestures=picture.gesture_picture(desk),
            reasons=picture.reasons(desk),
            dispositions=picture.dispositions(desk),
            wishes=picture.wish_pictures(desk),
            refusal_text=told(WHY_TEXTS, why),
            call=picture.call_picture(desk, now_ms),
            contact=picture.contact_picture(desk),
            microphone=microphone_picture(desk, report, now_ms),
            attention=lamps.attention(desk, round(now_ms)).value,
            lamps=lamp_pictures(desk, plan, now_ms, linked=linked, mute_lamp=lit),
            queue=picture.queue_picture(desk, now_ms),
            console=self.console_picture(),
            acd=self.acd_picture(),
            phone=self.asking.phone_picture(),
            assists=picture.assist_pictures(desk, now_ms),
            last_change=picture.change_picture(since, now_ms),
            demonstration=self._demonstration(),
        )

    def console_picture(self) -> ConsolePicture:
        """The console and whether it can be pressed from here."""
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

    def acd_picture(self) -> AcdPicture:
        """The ACD and its link."""
        return AcdPicture(name=self._acd_name, link="up" if self._station.desk.acd_up else "down")

    def _demonstration(self) -> DemonstrationPicture | None:
        shown = self._doorkeeper.demonstration
        return DemonstrationPicture(agent=shown[0], pin=shown[1]) if shown is not None else None

    # --- what can be asked ------------------------------------------------------------------

    async def press(self, button: str, action: str, hold_ms: int, *, wait: bool) -> PressAnswer:
        """Press, release or tap a button of the console."""
        pressing, console = self._pressing, self.console_picture()
        if pressing is None:
            raise NotPossible(409, "not_pressable", console.why_not_pressable)
        name = button.upper()
        if action == "release":
            return _press_answer(await pressing.release(name, wait=wait))
        if not console.pressable:
            raise NotPossible(
                503,
                "console_not_connected",
                _("The console is not connected: wait until it is back, then press again."),
            )
        if action == "press":
            return _press_answer(await pressing.press(name))
        return _press_answer(await pressing.tap(name, hold_ms))


def _press_answer(press: Press) -> PressAnswer:
    return PressAnswer(
        press=press.number,
        outcome=press.outcome,
        why=press.why,
        text=outcome_text(press.outcome, press.why),
    )
