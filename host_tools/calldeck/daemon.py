"""The daemon: puts the rooms together, runs them, and sums up at the end.

The only file that knows all rooms.
"""

import asyncio
import contextlib
import functools
import json
import os
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from calldeck.access.pins import PinStore
from calldeck.acd import registry
from calldeck.acd.interface import Acd, ScriptableAcd
from calldeck.config.console_name import SERIAL_PREFIX, SOFTWARE_KINDS, names_one_console
from calldeck.config.options import RunOptions
from calldeck.config.script import AcdStep, PressStep, Script
from calldeck.config.settings import DeskSettings, Settings
from calldeck.consoles.images import find_image
from calldeck.consoles.soft import Finger, emulated_console, virtual_console
from calldeck.desk_runner import DeskRunner
from calldeck.errors import CalldeckError, ConsoleSilent, FirmwareMissing
from calldeck.journal.claim import claimed, claimed_for_demonstration
from calldeck.journal.folders import desk_folder
from calldeck.journal.ledger import Ledger
from calldeck.journal.lines import FILE_NAME
from calldeck.journal.recovery import recover
from calldeck.journal.summary import DeskFigures, summary
from calldeck.link.event_loop import prepare_for_ports
from calldeck.link.frame_file import FOLDER_NAME, FrameFiles
from calldeck.link.ports import DiscoveredPort, SerialPort
from calldeck.link.socket_port import SOCKET_SCHEME, SocketPort
from calldeck.loop_health import LoopHealth
from calldeck.narration import Narrator
from calldeck.service import ConsoleChoice, Desks
from calldeck.service.front_door import Opening, front_door, telling_pages
from calldeck.service.reloading import Reloader
from calldeck.signals import Stop, stopping
from calldeck.station import Station
from calldeck.supervision import FirstLamps, at_each, farewell, tell_lag, watched_over
from calldeck.systemd import ServiceManager
from calldeck.text import translate as _
from calldeck.web.hub import EventHub

# Where session numbers come from: one for all desks, for it keeps nothing.
_SYSTEM_RANDOM = random.SystemRandom()


def run(options: RunOptions) -> int:
    """Run until stopped; return the exit code.

    Raises a CalldeckError, or a group of them, for what a person can mend.
    """
    with asyncio.Runner() as runner:
        prepare_for_ports(runner.get_loop())
        return runner.run(serve(options))


async def serve(options: RunOptions) -> int:
    """Run the daemon on the running loop."""
    hub = EventHub(secrets.token_hex(8))
    clock = asyncio.get_running_loop().time
    observer = options.observer
    if options.listen is not None:
        observer = telling_pages(observer, hub)
    narrator = Narrator(observer, clock)
    # Before a console is sought: a ledger that cannot be written is a mistake to be told first.
    with _journal(options) as folder, stopping() as stop:
        try:
            async with contextlib.AsyncExitStack() as stack:
                run = await _prepare(options, folder, narrator, hub, stack)
                await _run(run, stop)
        except asyncio.CancelledError:
            if not stop.asked.is_set():
                raise
    return stop.exit_code


def _journal(options: RunOptions) -> contextlib.AbstractContextManager[Path]:
    """Claim the journal folder: the configured one, or the user's own."""
    journal = options.settings.journal
    kinds = {desk.console or options.console for desk in options.settings.desks}
    if not journal.folder and kinds <= set(SOFTWARE_KINDS):
        return claimed_for_demonstration(journal.path)
    return claimed(journal.path)


def make_station(
    settings: Settings,
    narrator: Narrator,
    *,
    folder: Path,
    random_source: random.Random | None = None,
    wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> Station:
    """Make a station on the ledger in `folder`, with what an earlier daemon left in it."""
    # Says what is wrong with the folder, so it comes first.
    ledger = Ledger(folder, wall_ms, settings.journal.ledger_mb << 20)
    source = random_source or _SYSTEM_RANDOM
    try:
        return Station(
            settings,
            ledger,
            recover(folder / FILE_NAME),
            narrator,
            lambda: source.randrange(1, 1 << 32),
            wall_ms,
            FrameFiles(folder / FOLDER_NAME, wall_ms),
        )
    except BaseException:
        # It may be tried again and again: no file must stay open each time.
        ledger.close()
        raise


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that works together in a run."""

    options: RunOptions
    narrator: Narrator
    hub: EventHub
    acd: Acd
    desks: tuple[DeskRunner, ...]
    consoles: tuple[ConsoleChoice, ...]
    loop_health: LoopHealth
    manager: ServiceManager

    @property
    def first(self) -> DeskRunner:
        """The desk that scripts play at."""
        return self.desks[0]


async def _prepare(
    options: RunOptions,
    folder: Path,
    narrator: Narrator,
    hub: EventHub,
    stack: contextlib.AsyncExitStack,
) -> Run:
    """Make what a run is made of; the stack takes it apart again."""
    settings = options.settings
    # Before anything else is started, which must not take itself for the service.
    manager = ServiceManager(os.environ)
    acd = registry.load(options.acd)(settings, seed=options.seed, speed=options.speed)
    if options.script is not None and isinstance(acd, ScriptableAcd):
        acd.callers_from_script_only()
    desks, consoles = [], []
    for desk in settings.desks:
        teller = narrator.of(desk.id)
        place = desk_folder(folder, desk.id)
        make = functools.partial(make_station, settings.of(desk), teller, folder=place)
        station = make()
        stack.callback(station.close)
        console = await stack.enter_async_context(open_console(options, desk, teller))
        runner = DeskRunner(
            desk,
            station,
            make,
            acd,
            console.port,
            teller,
            required=_is_required(options, console),
            alone=len(settings.desks) == 1,
        )
        stack.callback(runner.close)
        desks.append(runner)
        consoles.append(console)
    late = functools.partial(tell_lag, narrator)
    health = LoopHealth(asyncio.get_running_loop().time, late)
    return Run(options, narrator, hub, acd, tuple(desks), tuple(consoles), health, manager)


def _is_required(options: RunOptions, console: ConsoleChoice) -> bool:
    """Tell whether the run is nothing without this console."""
    return options.require_console or options.for_s is not None or console.finger is not None


async def _run(run: Run, stop: Stop) -> None:
    options, narrator, manager = run.options, run.narrator, run.manager
    reloader = Reloader(options.config, options.settings, narrator)
    reloader.users += [_applying(desk) for desk in run.desks]
    first_lamps = FirstLamps(run.desks)
    stop.on_reload = functools.partial(_reload, reloader, manager)
    try:
        async with _door(run, reloader) as open_door, asyncio.TaskGroup() as group:
            watching = watched_over(run.desks, run.loop_health, manager)
            tasks = [group.create_task(watching, name="service"), *start(group, run.acd, run.desks)]
            if options.script is not None:
                finger = run.consoles[0].finger
                player = play(options.script, options.speed, finger, run.acd, run.first, narrator)
                tasks.append(group.create_task(player, name="script"))
            else:
                narrator.start()
            opening = _open(first_lamps, open_door, manager)
            tasks.append(group.create_task(opening, name="front door"))
            try:
                async with asyncio.timeout(options.for_s):
                    await stop.wait()
            except TimeoutError:
                _check_answered(run)
            manager.stopping()
            logout = options.settings.service.logout_at_stop
            await farewell(run.desks, narrator, logout=logout)
            for task in tasks:
                task.cancel()
    finally:
        at_each(run.desks, Station.end)
        if options.summary is not None:
            _write_summary(options.summary, summarize(run))
    narrator.say("note", _("the run has ended"))


async def _open(first_lamps: FirstLamps, open_door: Opening, manager: ServiceManager) -> None:
    """Serve the page and the API, but the consoles first."""
    await first_lamps.wait()
    await open_door()
    manager.ready()


def _reload(reloader: Reloader, manager: ServiceManager) -> None:
    manager.reloading()
    reloader.on_signal()
    manager.ready()


def _applying(desk: DeskRunner) -> Callable[[Settings], None]:
    return lambda settings: desk.apply(settings.of(desk.desk))


def _check_answered(run: Run) -> None:
    """Refuse a run of `--for` in which a console has never answered."""
    for desk in run.desks:
        if not desk.console_answered:
            raise ConsoleSilent(
                _(
                    "No console answered on {name} before the time of --for was over. Give it "
                    "more time, or check that the CallDeck firmware is on the board."
                ).format(name=desk.port.name)
            )


def start(
    group: asyncio.TaskGroup, acd: Acd, desks: Iterable[DeskRunner]
) -> list[asyncio.Task[None]]:
    """Start what runs for as long as the daemon does: the ACD and the desks."""
    tasks = [group.create_task(acd.run(), name="acd")]
    tasks += [group.create_task(desk.run(), name=f"desk {desk.desk.id}") for desk in desks]
    return tasks


# --- the consoles --------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def open_console(
    options: RunOptions, desk: DeskSettings, narrator: Narrator
) -> AsyncIterator[ConsoleChoice]:
    """Give the console of a desk, for as long as the body runs."""
    kind = desk.console or options.console
    settings = options.settings
    number = settings.console.serial_number
    if kind == "demo":
        kind = _demo_kind(settings, narrator)
    if kind == "virtual":
        async with virtual_console(options.seed) as (console, finger):
            yield ConsoleChoice(kind, console, finger)
    elif kind == "emulated":
        async with emulated_console(find_image(settings.console.uf2)) as (url, finger):
            yield ConsoleChoice(kind, SerialPort(url), finger)
    elif kind == "auto":
        narrator.say("console", _("looking for a console on the USB ports"))
        # The consoles of the other desks are theirs.
        exclude = (*settings.console.exclude, *others_consoles(settings, desk))
        yield ConsoleChoice("real", DiscoveredPort(number, exclude), None)
    elif kind.startswith(SERIAL_PREFIX):
        number = kind.removeprefix(SERIAL_PREFIX)
        yield ConsoleChoice("real", DiscoveredPort(number, settings.console.exclude), None)
    elif kind.startswith(SOCKET_SCHEME):
        yield ConsoleChoice("real", SocketPort(kind), None)
    else:
        yield ConsoleChoice("real", SerialPort(kind, number, settings.console.exclude), None)


def others_consoles(settings: Settings, desk: DeskSettings) -> Iterator[str]:
    """Give the ports and serial numbers that the other desks name as their consoles'."""
    for other in settings.desks:
        if other.id != desk.id and names_one_console(other.console):
            yield other.console.removeprefix(SERIAL_PREFIX)


def _demo_kind(settings: Settings, narrator: Narrator) -> str:
    try:
        image = find_image(settings.console.uf2)
    except FirmwareMissing:
        narrator.say("console", _("no firmware is built: this is the virtual console"))
        return "virtual"
    text = _("this is the emulated console, running {image}").format(image=image.name)
    narrator.say("console", text)
    return "emulated"


# --- the script ----------------------------------------------------------------------------


async def play(
    script: Script,
    speed: float,
    finger: Finger | None,
    acd: Acd,
    desk: DeskRunner,
    narrator: Narrator,
) -> None:
    """Play a script at a desk from the moment when console and ACD are ready."""
    await desk.station.ready.wait()
    narrator.start()
    loop = asyncio.get_running_loop()
    zero = loop.time()
    timed = [
        (step.at_s if isinstance(step, PressStep) else step.at_s / speed, place, step)
        for place, step in enumerate(script.steps)
    ]
    for at_s, _place, step in sorted(timed, key=lambda item: item[:2]):
        await asyncio.sleep(zero + at_s - loop.time())
        if isinstance(step, PressStep) and finger is not None:
            await finger.tap(step.button, step.hold_ms)
        elif isinstance(step, AcdStep) and isinstance(acd, ScriptableAcd):
            try:
                acd.happen(step.happening, step.arguments, desk.station.desk.agent)
            except CalldeckError as error:
                narrator.problem(error)
    narrator.say("note", _("the script has ended"))


# --- around it -----------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _door(run: Run, reloader: Reloader) -> AsyncIterator[Opening]:
    """Give what lets the page and the API work the desks, for as long as the body runs."""
    options = run.options
    if options.listen is None:
        yield _nothing_to_open
        return
    desks = Desks(
        options.settings,
        run.acd,
        options.acd,
        run.hub,
        PinStore(options.settings.login.pin_path),
        time.monotonic,
        reloader.reload,
        run.loop_health,
    )
    for desk, console in zip(run.desks, run.consoles, strict=True):
        desks.add(desk, console)
    reloader.users.append(desks.apply)
    try:
        async with front_door(options, options.listen, desks, run.hub, run.narrator) as opening:
            yield opening
    finally:
        await desks.close()


async def _nothing_to_open() -> None:
    """There is neither page nor API in this run."""


def summarize(run: Run) -> dict[str, object]:
    """Return the summary of the run so far."""
    counters = getattr(run.acd, "counters", None)
    calls = {"offered": 0, "answered": 0, "abandoned": 0}
    if counters is not None:
        calls = {name: getattr(counters, name) for name in calls}
    return summary(
        {desk.desk.id: desk_figures(desk.station) for desk in run.desks},
        calls=calls,
        event_loop=run.loop_health.figures(),
    )


def desk_figures(station: Station) -> DeskFigures:
    """Return what is counted at one desk."""
    counts = station.session.account.counts()
    return DeskFigures(
        tally=station.tally,
        presses={**asdict(counts), "lost": counts.lost},
        lamps={"frames": station.session.lamp_frames, "lease_lapses": station.lapses.total},
        link=station.session.errors,
    )


def _write_summary(path: Path, figures: dict[str, object]) -> None:
    try:
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise CalldeckError(
            _(
                "The summary {path} cannot be written: {why}. Name another place with --summary."
            ).format(path=path, why=error.strerror or error)
        ) from error
