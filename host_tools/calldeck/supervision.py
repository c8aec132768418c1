"""The daemon's life as a service: it says that it lives while it does, and ends in good order."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import structlog

from calldeck.desk import Status, Verb
from calldeck.desk_runner import DeskRunner
from calldeck.loop_health import LATE_MS, LoopHealth
from calldeck.narration import Narrator
from calldeck.station import Station
from calldeck.systemd import ServiceManager
from calldeck.text import translate as _
from calldeck.text import translate_plural

FAREWELL_S = 0.5
"""How long consoles may take to hand over their counters when the run ends."""
FIRST_LAMPS_S = 0.5
"""A console that is there has true lamps long before; one that boots or is silent is not waited
for any longer, as the page can say what is the matter."""
STATUS_S = 5.0
"""How often the service manager is told how things stand."""

_log = structlog.get_logger(__name__)


async def watched_over(
    desks: Sequence[DeskRunner], health: LoopHealth, manager: ServiceManager
) -> None:
    """Measure the loop, and feed the watchdog for as long as it turns in time."""
    async with asyncio.TaskGroup() as group:
        group.create_task(health.run(), name="loop health")
        group.create_task(_tell_status(desks, manager), name="service status")
        if manager.watchdog_s is not None:
            group.create_task(_feed(health, manager, manager.watchdog_s), name="watchdog")


class FirstLamps:
    """Tells when every console shows its desk's truth, or is known not to be there.

    What else the daemon loads at its start would take the processor from them. Make it before the
    desks begin.
    """

    def __init__(self, desks: Sequence[DeskRunner]) -> None:
        self._settled = [asyncio.Event() for _desk in desks]
        for desk, settled in zip(desks, self._settled, strict=True):
            desk.station.session.on_first_lamps = settled.set
            desk.narrator.on_no_console = settled.set

    async def wait(self) -> None:
        """Wait for it, but not for long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LAMPS_S):
                for settled in self._settled:
                    await settled.wait()


async def _feed(health: LoopHealth, manager: ServiceManager, watchdog_s: float) -> None:
    """Feed the watchdog thrice in its time, while the loop's measure is fresh and small.

    A loop that stands still feeds nothing by itself. One that only crawls is no help to an agent
    either: it is not fed until it keeps up again.
    """
    beats = -1
    while True:
        if health.beats != beats and health.newest_ms < LATE_MS:
            manager.alive()
        beats = health.beats
        await asyncio.sleep(watchdog_s / 3)


async def _tell_status(desks: Sequence[DeskRunner], manager: ServiceManager) -> None:
    told = ""
    while True:
        text = status_text(desks)
        if text != told:
            manager.status(text)
            told = text
        await asyncio.sleep(STATUS_S)


def status_text(desks: Sequence[DeskRunner]) -> str:
    """Return in one line how many desks have their console and their ACD."""
    consoles = sum(desk.station.session.established for desk in desks)
    acd = sum(desk.station.desk.acd_up for desk in desks)
    text = translate_plural(
        "{count} desk: {consoles} with a console, {acd} connected to the ACD",
        "{count} desks: {consoles} with a console, {acd} connected to the ACD",
        len(desks),
    )
    return text.format(count=len(desks), consoles=consoles, acd=acd)


def tell_lag(narrator: Narrator, lag_ms: float) -> None:
    """Tell people that presses and lamps had to wait."""
    text = _(
        "This program could not go on for {ms} ms (a busy or stopped computer): presses and lamps "
        "were that late."
    )
    narrator.say("problem", text.format(ms=round(lag_ms)))


async def farewell(desks: Sequence[DeskRunner], narrator: Narrator, *, logout: bool) -> None:
    """End the desks' work in good order: agents, counters, lamps.

    The lamps of each console show link-lost at once instead of trusting a state that nobody
    renews any more.
    """
    if logout:
        await _log_out(desks, narrator)
    at_each(desks, Station.ask_stats)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FAREWELL_S):
            for station in [desk.station for desk in desks]:
                if station.session.established:
                    await station.stats_came.wait()
    at_each(desks, Station.end_lamps)
    # What was just written has left before the ports are closed.
    await asyncio.sleep(0)


def at_each(desks: Sequence[DeskRunner], do: Callable[[Station], None]) -> None:
    """Do this at each desk; where it fails, the others have theirs all the same."""
    for desk in desks:
        try:
            do(desk.station)
        except Exception as error:  # noqa: BLE001 - written down; the run ends in any case
            _fault_at_the_end(desk, error)


def _fault_at_the_end(desk: DeskRunner, error: BaseException) -> None:
    _log.error("desk failed at the end", desk=desk.desk.id, exc_info=error)


async def _log_out(desks: Sequence[DeskRunner], narrator: Narrator) -> None:
    """Log out who is logged in, as far as the ACD lets it; every command has its time-out."""
    there = [desk for desk in desks if _somebody_is_at(desk)]
    asking = (desk.station.ask(Verb.LOGOUT) for desk in there)
    left = 0
    for desk, answer in zip(
        there, await asyncio.gather(*asking, return_exceptions=True), strict=True
    ):
        if isinstance(answer, BaseException):
            _fault_at_the_end(desk, answer)
        left += isinstance(answer, BaseException) or answer[0] != "confirmed"
    if left:
        text = translate_plural(
            "{count} agent stays logged in at the ACD",
            "{count} agents stay logged in at the ACD",
            left,
        )
        narrator.say("note", text.format(count=left))


def _somebody_is_at(desk: DeskRunner) -> bool:
    state = desk.station.desk
    return state.confirmed and state.status is not Status.LOGGED_OUT
