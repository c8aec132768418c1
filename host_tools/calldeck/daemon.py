"""The daemon: puts the rooms together, runs them, and sums up at the end.

The only file that knows all rooms.
"""

import asyncio
import contextlib
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, replace
from pathlib import Path

from calldeck.access.pins import PinStore
from calldeck.acd import registry
from calldeck.acd.interface import Acd, ScriptableAcd
from calldeck.config.options import RunOptions
from calldeck.config.script import AcdStep, PressStep, Script
from calldeck.config.settings import Settings
from calldeck.consoles.images import find_image
from calldeck.consoles.soft import Finger, emulated_console, virtual_console
from calldeck.errors import CalldeckError, ConsoleSilent, FirmwareMissing
from calldeck.journal.claim import claimed, claimed_for_demonstration
from calldeck.journal.ledger import Ledger
from calldeck.journal.lines import FILE_NAME
from calldeck.journal.recovery import recover
from calldeck.journal.summary import summary
from calldeck.link.event_loop import prepare_for_ports
from calldeck.link.frame_file import FOLDER_NAME, FrameFiles
from calldeck.link.ports import ConsolePort, DiscoveredPort, SerialPort
from calldeck.link.reconnect import ConsoleKeeper
from calldeck.narration import Narrator
from calldeck.service import ConsoleChoice, Desks
from calldeck.service.front_door import front_door, telling
from calldeck.service.login import Doorkeeper
from calldeck.service.reloading import Reloader
from calldeck.signals import Stop, stopping
from calldeck.station import Station
from calldeck.text import translate as _
from calldeck.web.hub import EventHub

# How long the console may take to hand over its counters when the run ends.
_FAREWELL_S = 0.5
SOFT_CONSOLES = ("demo", "virtual", "emulated")


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
    if options.listen is not None:
        told = telling(options.observer, hub, options.settings.desk.id)
        options = replace(options, observer=told)
    narrator = Narrator(options.observer, asyncio.get_running_loop().time)
    # Before a console is sought: a ledger that cannot be written is a mistake to be told first.
    with _journal(options) as folder, stopping() as stop:
        station = make_station(options.settings, narrator, folder=folder)
        try:
            async with open_console(options, narrator) as console:
                await _run(options, console, station, narrator, stop, hub)
        except asyncio.CancelledError:
            if not stop.asked.is_set():
                raise
        finally:
            station.close()
    return stop.exit_code


def _journal(options: RunOptions) -> contextlib.AbstractContextManager[Path]:
    """Claim the journal folder: the configured one, or the user's own."""
    journal = options.settings.journal
    if not journal.folder and options.console in SOFT_CONSOLES:
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
    recovery = recover(folder / FILE_NAME)
    source = random_source or random.SystemRandom()
    return Station(
        settings,
        ledger,
        recovery,
        narrator,
        lambda: source.randrange(1, 1 << 32),
        wall_ms,
        FrameFiles(folder / FOLDER_NAME, wall_ms),
    )


async def _run(
    options: RunOptions,
    console: ConsoleChoice,
    station: Station,
    narrator: Narrator,
    stop: Stop,
    hub: EventHub,
) -> None:
    factory = registry.load(options.acd)
    acd = factory(options.settings, seed=options.seed, speed=options.speed, issued=station.issued)
    if options.script is not None and isinstance(acd, ScriptableAcd):
        acd.callers_from_script_only()
    required = options.require_console or options.for_s is not None or console.finger is not None
    reloader = Reloader(options.config, options.settings, narrator)
    reloader.users.append(station.apply)
    stop.on_reload = reloader.on_signal
    try:
        async with (
            asyncio.TaskGroup() as group,
            _door(options, console, station, acd, reloader, narrator, hub),
        ):
            tasks = start(group, station, acd, console.port, narrator, required=required)
            if options.script is not None:
                player = play(options.script, options.speed, console.finger, acd, station, narrator)
                tasks.append(group.create_task(player, name="script"))
            else:
                narrator.start()
            try:
                async with asyncio.timeout(options.for_s):
                    await stop.wait()
            except TimeoutError:
                if not station.console_ready.is_set():
                    raise _no_answer(console.port.name) from None
            await farewell(station)
            for task in tasks:
                task.cancel()
    finally:
        station.end()
        if options.summary is not None:
            _write_summary(options.summary, summarize(station, acd))
    narrator.say("note", _("the run has ended"))


def _no_answer(name: str) -> ConsoleSilent:
    return ConsoleSilent(
        _(
            "No console answered on {name} before the time of --for was over. Give it more time, "
            "or check that the CallDeck firmware is on the board."
        ).format(name=name)
    )


def start(
    group: asyncio.TaskGroup,
    station: Station,
    acd: Acd,
    port: ConsolePort,
    narrator: Narrator,
    *,
    required: bool,
) -> list[asyncio.Task[None]]:
    """Start what runs for as long as the daemon does: the ACD and the link to the console."""
    keeper = ConsoleKeeper(station.session, port, narrator.no_console)
    station.acd = acd
    station.keeper = keeper
    keeping = keeper.run(until_ready=station.console_ready, required=required)
    return [
        group.create_task(acd.run(station.sink), name="acd"),
        group.create_task(keeping, name="console"),
    ]


async def farewell(station: Station) -> None:
    """Ask the console for its final counters, if it is there."""
    station.stats_came.clear()
    station.session.ask_stats(asyncio.get_running_loop().time() * 1000)
    if station.session.established:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                await station.stats_came.wait()


# --- the console ---------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def open_console(options: RunOptions, narrator: Narrator) -> AsyncIterator[ConsoleChoice]:
    """Give the console that the options ask for, for as long as the body runs."""
    kind = options.console
    settings = options.settings
    number, exclude = settings.console.serial_number, settings.console.exclude
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
        yield ConsoleChoice("real", DiscoveredPort(number, exclude), None)
    else:
        yield ConsoleChoice("real", SerialPort(kind, number, exclude), None)


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
    station: Station,
    narrator: Narrator,
) -> None:
    """Play a script from the moment when console and ACD are ready."""
    await station.ready.wait()
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
                acd.happen(step.happening, step.arguments)
            except CalldeckError as error:
                narrator.problem(error)
    narrator.say("note", _("the script has ended"))


# --- around it -----------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _door(
    options: RunOptions,
    console: ConsoleChoice,
    station: Station,
    acd: Acd,
    reloader: Reloader,
    narrator: Narrator,
    hub: EventHub,
) -> AsyncIterator[None]:
    """Let the page and the API work this station for as long as the body runs."""
    if options.listen is None:
        yield
        return
    doorkeeper = Doorkeeper(acd, PinStore(options.settings.login.pin_path), time.monotonic)
    desks = Desks(
        options.settings,
        station,
        acd,
        options.acd,
        console,
        hub,
        doorkeeper,
        reloader.reload,
    )
    reloader.users.append(desks.apply)
    try:
        async with front_door(options, options.listen, desks, hub, narrator):
            yield
    finally:
        await desks.close()


def summarize(station: Station, acd: Acd) -> dict[str, object]:
    """Return the summary of the run so far."""
    counts = station.session.account.counts()
    counters = getattr(acd, "counters", None)
    calls = {"offered": 0, "answered": 0, "abandoned": 0}
    if counters is not None:
        calls = {name: getattr(counters, name) for name in calls}
    return summary(
        station.tally,
        presses={**asdict(counts), "lost": counts.lost},
        calls=calls,
        lamps={"frames": station.session.lamp_frames, "lease_lapses": station.lapses.total},
        link={kind: count for kind, count in sorted(station.session.errors.items()) if count},
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
