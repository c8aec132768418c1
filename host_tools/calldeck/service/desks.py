"""The desks of a daemon as the API knows them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from calldeck.access.pins import PinStore
from calldeck.acd.interface import Acd
from calldeck.config.settings import Settings
from calldeck.desk_runner import DeskRunner
from calldeck.loop_health import LoopHealth
from calldeck.service.login import Doorkeeper
from calldeck.service.served_desk import ConsoleChoice, ServedDesk
from calldeck.text import translate as _
from calldeck.web.health import AcdHealth, ConsoleHealth, EventLoopHealth, Health
from calldeck.web.hub import EventHub
from calldeck.web.interface import NotPossible
from calldeck.web.models import Answer, DeskPicture, PressAnswer, Reloaded


class Desks:
    """The service behind the API (`web.interface.DeskService`); the desks come by `add`.

    `reload`: reads the settings anew, applies what can change, and tells both.
    """

    def __init__(
        self,
        settings: Settings,
        acd: Acd,
        acd_name: str,
        hub: EventHub,
        pins: PinStore,
        clock: Callable[[], float],
        reload: Callable[[], Reloaded],
        loop_health: LoopHealth,
    ) -> None:
        self.settings = settings
        self._acd_name = acd_name
        self._hub = hub
        self._doorkeeper = Doorkeeper(acd, pins, clock)
        self._reload = reload
        self._loop_health = loop_health
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._desks: dict[str, ServedDesk] = {}

    def add(self, runner: DeskRunner, console: ConsoleChoice) -> None:
        """Serve this desk too."""
        self._desks[runner.desk.id] = ServedDesk(
            self.settings, runner, console, self._acd_name, self._hub, self._doorkeeper
        )

    def apply(self, settings: Settings) -> None:
        """Go by other settings from now on."""
        self.settings = settings
        self._doorkeeper.pins = PinStore(settings.login.pin_path)
        for desk in self._desks.values():
            desk.apply(settings)

    async def close(self) -> None:
        """Let go of the buttons; nobody is told anything any more."""
        for desk in self._desks.values():
            await desk.close()

    # --- what can be seen -------------------------------------------------------------------

    def health(self) -> Health:
        """How the daemon is: of each link, how it is at the desk that has it worst."""
        consoles = [desk.console_picture() for desk in self._desks.values()]
        acds = [desk.acd_picture().link for desk in self._desks.values()]
        console = next((one for one in consoles if one.link == "down"), consoles[0])
        return Health(
            uptime_s=self._loop.time() - self._began_s,
            desks=len(self._desks),
            console=ConsoleHealth(
                kind=console.kind,
                link=console.link,
                firmware=console.firmware or None,
                connected=sum(one.link == "up" for one in consoles),
            ),
            acd=AcdHealth(name=self._acd_name, link="down" if "down" in acds else "up"),
            event_loop=EventLoopHealth.model_validate(self._loop_health.figures()),
        )

    def ids(self) -> tuple[str, ...]:
        """The ids of all desks."""
        return tuple(self._desks)

    def desk(self, desk: str) -> DeskPicture:
        """One desk."""
        return self._known(desk).picture()

    def _known(self, desk: str) -> ServedDesk:
        known = self._desks.get(desk)
        if known is None:
            if len(self._desks) == 1:
                text = _("There is no such desk here; there is {known}.")
            else:
                text = _("There is no such desk here; GET /api/v1/desks lists them.")
            raise NotPossible(404, "no_such_desk", text.format(known=next(iter(self._desks))))
        return known

    # --- what can be asked ------------------------------------------------------------------

    async def press(
        self, desk: str, button: str, action: str, hold_ms: int, *, wait: bool = True
    ) -> PressAnswer:
        """Press, release or tap a button of the console."""
        return await self._known(desk).press(button, action, hold_ms, wait=wait)

    async def login(self, desk: str, agent: str, pin: str) -> Answer:
        """Log an agent in, once the PIN is found right."""
        return await self._known(desk).asking.login(agent, pin)

    async def logout(self, desk: str) -> Answer:
        """Log the agent out."""
        return await self._known(desk).asking.logout()

    async def not_ready(self, desk: str, reason: str) -> Answer:
        """Become not ready for a reason: now, or after the call that is here."""
        return await self._known(desk).asking.not_ready(reason)

    async def mark_contact(
        self, desk: str, contact: str, *, unresolved: bool | None, disposition: str | None
    ) -> Answer:
        """Say something of the last contact; None: nothing new."""
        asking = self._known(desk).asking
        return await asking.mark_contact(contact, unresolved=unresolved, disposition=disposition)

    async def answer(self, desk: str) -> Answer:
        """Take the ringing call."""
        return await self._known(desk).asking.answer()

    async def hang_up(self, desk: str) -> Answer:
        """End the call."""
        return await self._known(desk).asking.hang_up()

    async def auto_answer(self, desk: str, seconds: float | None) -> None:
        """Let the phone answer by itself, or not."""
        known = self._known(desk)
        known.asking.auto_answer(seconds)
        known.changed()

    async def acknowledge(self, desk: str, number: int) -> None:
        """Tell the agent that help is coming."""
        self._known(desk).asking.acknowledge(number)

    async def acknowledge_forced(self, desk: str, number: int) -> None:
        """The agent has seen the forced change with this number."""
        self._known(desk).asking.acknowledge_forced(number)

    async def system_microphone(self, desk: str, muted: bool | None) -> None:
        """Take what the operating system says of the microphone; None: it does not know."""
        self._known(desk).asking.system_microphone(muted)

    async def reload(self) -> Reloaded:
        """Read the settings again."""
        return self._reload()
