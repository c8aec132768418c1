"""One desk at work, apart from all others: its station, its console, its place at the ACD.

The bulkhead between desks. What goes wrong at one ends its own task group, is written down, and
the desk begins again from its ledger; nobody else notices.
"""

import asyncio
from collections.abc import Callable

import structlog

from calldeck.acd.interface import Acd, Seat
from calldeck.config.settings import DeskSettings, Settings
from calldeck.errors import CalldeckError, JournalError
from calldeck.link.ports import ConsolePort
from calldeck.link.reconnect import ConsoleKeeper
from calldeck.mailbox import Mailbox
from calldeck.narration import Narrator
from calldeck.station import Station
from calldeck.text import translate as _
from calldeck.watching import Spared, Unwatched, Watcher

AGAIN_FIRST_S = 1.0
"""A desk that has failed begins again after this: long enough to say why, short for its agent."""
AGAIN_LONGEST_S = 60.0
"""One that fails again and again costs the others no more than this often."""
SOUND_AFTER_S = 60.0
"""A desk that has worked for so long has got over whatever it was."""

_log = structlog.get_logger(__name__)


class DeskRunner:
    """Runs one desk for as long as the daemon does.

    station: that of the first life; make_station: makes one on the same ledger for the next.
    required: a console that cannot be had ends the run, until one has answered. alone: there is no
    other desk to be spared: what goes wrong here ends the run, and whoever watches over the program
    starts it again.
    """

    def __init__(
        self,
        desk: DeskSettings,
        station: Station,
        make_station: Callable[[], Station],
        acd: Acd,
        port: ConsolePort,
        narrator: Narrator,
        *,
        required: bool,
        alone: bool,
    ) -> None:
        self.desk = desk
        self.narrator = narrator
        self.port = port
        self.station = station
        self.failures = 0
        self._make_station = make_station
        self._acd = acd
        self._required = required
        self._answered = False
        self._alone = alone
        self._watcher: Watcher = Unwatched()
        self._settings: Settings | None = None  # read at work; else those of the start

    def watch(self, watcher: Watcher) -> None:
        """Tell this one what happens at the desk, in this life and the next ones."""
        self._watcher = self.station.watcher = Spared(watcher)

    def apply(self, settings: Settings) -> None:
        """Go by other settings of this desk from now on, in this life and the next ones."""
        self._settings = settings
        self.station.apply(settings)

    @property
    def console_answered(self) -> bool:
        """Whether a console has ever answered here, be it in an earlier life."""
        return self._answered or self.station.console_ready.is_set()

    @property
    def _needs_console(self) -> bool:
        return self._required and not self.console_answered

    async def run(self) -> None:
        """Work until cancelled. Raises what a person must mend, and where `alone` everything."""
        loop = asyncio.get_running_loop()
        wait_s = AGAIN_FIRST_S
        while True:
            began_s = loop.time()
            try:
                await self._life()
            except* CalldeckError as group:
                if self._alone or self._needs_console:
                    raise
                self._tell(group)
            except* Exception as group:
                if self._alone:
                    raise
                self._note_bug(group)
            if loop.time() - began_s > SOUND_AFTER_S:
                wait_s = AGAIN_FIRST_S
            self._answered = self.console_answered
            self.station.close()
            wait_s = await self._begin_anew(wait_s)

    async def _life(self) -> None:
        """Live in a task of its own, so that being cancelled is never taken for a fault.

        A task group that fails while it is cancelled tells only of the fault: the desk would begin
        again, and the run would not end.
        """
        living = asyncio.create_task(self._live(), name=f"life {self.desk.id}")
        try:
            await asyncio.wait((living,))
        except asyncio.CancelledError:
            living.cancel()
            await asyncio.wait((living,))
            if not living.cancelled() and (error := living.exception()) is not None:
                _log.error("desk failed at its end", desk=self.desk.id, exc_info=error)
            raise
        living.result()

    async def _live(self) -> None:
        """Work until something goes wrong here."""
        station = self.station
        seat = Seat(self.desk.agent, self.desk.extension, self.desk.queues)
        mailbox = Mailbox(station.take, station.fail, station.ask_for_truth)
        place = station.acd = self._acd.place(seat, mailbox.put, station.issued)
        keeper = ConsoleKeeper(station.session, self.port, self.narrator.no_console)
        station.keeper = keeper
        try:
            async with asyncio.TaskGroup() as group:
                needed = self._needs_console
                keeping = keeper.run(until_ready=station.console_ready, required=needed)
                group.create_task(keeping, name=f"console {self.desk.id}")
                group.create_task(station.until_failed(), name=f"station {self.desk.id}")
        finally:
            place.leave()
            mailbox.close()

    def _tell(self, group: BaseExceptionGroup[CalldeckError]) -> None:
        for error in _leaves(group):
            self.narrator.problem(error, _("trying again until it works"))

    def _note_bug(self, group: BaseExceptionGroup[Exception]) -> None:
        self.failures += 1
        _log.error("desk failed", desk=self.desk.id, failures=self.failures, exc_info=group)
        self.narrator.say(
            "problem",
            _("This desk has failed by a fault of the program and begins again."),
            _("the log says more"),
        )

    async def _begin_anew(self, wait_s: float) -> float:
        """Begin the next life after this wait; return how long the one after it is to wait.

        The ledger was there a moment ago and may be again (a disk, a share): it is waited for.
        """
        told = ""
        while True:
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, AGAIN_LONGEST_S)
            try:
                self.station = self._make_station()
            except JournalError as error:
                if str(error) != told:
                    told = str(error)
                    self.narrator.problem(error, _("trying again until it works"))
            else:
                break
        if self._settings is not None:
            self.station.apply(self._settings)
        self.station.watcher = self._watcher
        self._watcher.changed()
        return wait_s

    def close(self) -> None:
        """Close the desk's ledger; nothing happens at it any more."""
        self.station.close()


def _leaves(group: BaseExceptionGroup[CalldeckError]) -> list[CalldeckError]:
    found: list[CalldeckError] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
