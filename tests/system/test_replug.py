"""A console that goes away in the middle of a run, and comes back."""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.system.command import Ended, write_config
from tests.system.figures import nothing_lost, read_ledger, read_summary
from tests.system.peers import FINGER_S, ConsoleOnPort

from calldeck.consoles.emulated import EmulatedConsole
from calldeck.link.connection import LATE_MS
from calldeck_console import pins
from calldeck_wire.messages import BUTTON_NAMES, LAMPS_ORDER

# No callers: only the presses change what is displayed.
QUIET = {"acd.simulated": {"callers_per_minute": "0"}}


RESTARTED = "the console has restarted since it was last connected"


def restarts(ended: Ended) -> list[str]:
    """Return why the console was said to have restarted, each time."""
    notes = ended.texts("note")
    return [note.removeprefix(RESTARTED).strip() for note in notes if note.startswith(RESTARTED)]


def test_a_port_that_appears_later_is_taken(start, tmp_path):
    path = tmp_path / "console"
    with ConsoleOnPort(path) as console:
        run = start("--console", path, config=write_config(tmp_path, QUIET))
        told = run.wait_for("problem", f"There is no port {path}")
        assert "trying again until it works" in told.text
        console.plug()
        run.wait_for("console", "connected: serial ")
        console.wait_lit("availability_red")
        console.press("STATUS")
        run.wait_for("status", "available")
        run.signal(signal.SIGTERM)
        ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.texts("problem")) == 1


def test_a_console_that_vanishes_is_missed_once_and_taken_back(start, tmp_path):
    """A press made while the cable is out still acts when it is put back soon."""
    path = tmp_path / "console"
    summary = tmp_path / "summary.json"
    with ConsoleOnPort(path) as console:
        console.plug()
        run = start("--console", path, "--summary", summary, config=write_config(tmp_path, QUIET))
        run.wait_for("console", "connected: serial ")
        console.wait_lit("availability_red")
        console.press("STATUS")
        run.wait_for("status", "available")
        console.wait_lit("availability_green")
        console.unplug()
        run.wait_for("console", "connection lost")
        console.press("STATUS")
        console.plug()
        run.wait_for("console", "connected: serial ", times=2)
        run.wait_for("press", "STATUS", times=2)
        run.wait_for("status", "not ready", times=2)
        console.wait_lit("availability_red")
        console.press("STATUS")
        run.wait_for("status", "available", times=2)
        run.signal(signal.SIGTERM)
        ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    assert not ended.texts("problem"), "one loss was told twice"
    assert restarts(ended) == []
    lost = [text for text in ended.texts("console") if text.startswith("connection lost")]
    assert len(lost) == 1
    assert str(path) in lost[0]
    figures = read_summary(summary)
    assert figures["presses"]["sent"] == 3
    nothing_lost(figures)
    stories = read_ledger(tmp_path / "journal")
    assert [(story.verbs, story.outcome) for story in stories] == [
        (("ready",), "confirmed"),
        (("not_ready",), "confirmed"),
        (("ready",), "confirmed"),
    ]


def test_a_console_that_resets_is_taken_back(start, tmp_path):
    path = tmp_path / "console"
    summary = tmp_path / "summary.json"
    with ConsoleOnPort(path) as console:
        console.plug()
        run = start("--console", path, "--summary", summary, config=write_config(tmp_path, QUIET))
        run.wait_for("mute", "microphone muted")
        console.press("MUTE")
        run.wait_for("mute", "microphone open")
        console.reset()
        run.wait_for("console", "connected: serial ", times=2)
        run.wait_for("mute", "microphone muted", times=2)
        console.press("MUTE")
        run.wait_for("mute", "microphone open", times=2)
        run.signal(signal.SIGTERM)
        ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    assert restarts(ended) == ["(its watchdog has reset it, because its program hung)"]
    figures = read_summary(summary)
    assert figures["presses"]["sent"] == 2
    nothing_lost(figures)


@contextlib.contextmanager
def emulated(
    image: Path, drive: dict[int, bool] | None = None
) -> Iterator[tuple[EmulatedConsole, Callable[[Awaitable[None]], None]]]:
    """Give an emulated console, and what carries out its coroutines."""
    with asyncio.Runner() as runner:
        console = EmulatedConsole(image, drive=drive or {pins.HEADSET_PLUGGED: False})
        runner.run(console.__aenter__())

        async def carry_out(action: Awaitable[None]) -> None:
            await action

        try:
            yield console, lambda action: runner.run(carry_out(action))
        finally:
            runner.run(console.close())


def test_an_emulated_console_that_vanishes_is_missed_once_and_taken_back(start, uf2, tmp_path):
    """The firmware itself: unplugged with its power on, then with its power cut."""
    summary = tmp_path / "summary.json"
    status = pins.BUTTONS[BUTTON_NAMES.index("STATUS")]
    with emulated(uf2) as (console, do):
        run = start(
            "--console", console.url, "--summary", summary, config=write_config(tmp_path, QUIET)
        )
        run.wait_for("mute", "microphone muted")
        do(lit(console, "availability_red"))
        do(tap(console, status))
        run.wait_for("status", "available")
        do(lit(console, "availability_green"))
        do(console.unplug())
        run.wait_for("console", "connection lost")
        do(tap(console, status))
        do(console.plug())
        run.wait_for("console", "connected: serial ", times=2)
        run.wait_for("status", "not ready", times=2)
        do(console.power_cycle())
        run.wait_for("console", "connected: serial ", times=3)
        do(lit(console, "availability_red"))
        do(tap(console, status))
        run.wait_for("status", "available", times=2)
        run.signal(signal.SIGTERM)
        ended = run.wait()
    assert (ended.code, ended.err) == (0, "")
    assert not ended.texts("problem"), "one loss was told twice"
    assert sum(text.startswith("connection lost") for text in ended.texts("console")) == 2
    assert restarts(ended) == ["(it was without power)"]
    figures = read_summary(summary)
    assert figures["presses"]["sent"] == 3
    nothing_lost(figures)


async def tap(console: EmulatedConsole, pin: int) -> None:
    """Press a button and let it go again: a plug put in between would come to half a press."""
    await console.drive(pin, False)
    await asyncio.sleep(FINGER_S)
    await console.release(pin)


async def lit(console: EmulatedConsole, lamp: str) -> None:
    """Wait until a lamp is on: presses act on what is displayed, not on what will be."""
    pin = pins.LAMPS[LAMPS_ORDER.index(lamp)]
    async with asyncio.timeout(20):
        while not await console.level(pin):  # noqa: ASYNC110 a lamp tells nobody when it changes
            await asyncio.sleep(0.02)


def test_a_port_that_appears_is_taken_within_some_tens_of_milliseconds(start, tmp_path):
    """After a wait so long that tries alone, which are seconds apart by then, would show."""
    path = tmp_path / "not" / "yet" / "console"
    took_s = []
    with ConsoleOnPort(path) as console:
        run = start("--console", path, config=write_config(tmp_path, QUIET))
        run.wait_for("problem", "There is no port")
        for times in range(1, 6):
            with pytest.raises(subprocess.TimeoutExpired):
                run.process.wait(0.8)
            path.parent.mkdir(parents=True, exist_ok=True)
            began_s = time.monotonic()
            console.plug()
            took_s.append(run.wait_for("console", "connected: ", times=times).seen_s - began_s)
            console.unplug()
            run.wait_for("console", "connection lost", times=times)
        run.interrupt()
        ended = run.wait()
    assert (ended.code, ended.err) == (130, "")
    # The median: one of them may have met a busy moment of the machine.
    assert sorted(took_s)[2] < 0.15, took_s


def test_a_program_that_was_stopped_blames_nobody_and_begins_a_new_session(start, tmp_path):
    """As a computer that slept does; longer than a console may be silent."""
    path = tmp_path / "console"
    with ConsoleOnPort(path) as console:
        console.plug()
        run = start("--console", path, config=write_config(tmp_path, QUIET))
        run.wait_for("status", "not ready")
        console.wait_lit("availability_red")
        run.signal(signal.SIGSTOP)
        with pytest.raises(subprocess.TimeoutExpired):
            run.process.wait(LATE_MS / 1000 + 1.5)
        console.press("STATUS")
        run.signal(signal.SIGCONT)
        lost = run.wait_for("console", "connection lost")
        assert "This computer was asleep, or this program stopped, for " in lost.text
        run.wait_for("console", "connected: serial ", times=2)
        run.wait_for("press", "STATUS")
        run.interrupt()
        ended = run.wait()
    assert (ended.code, ended.err) == (130, "")
    # It blames nobody but itself.
    (problem,) = ended.texts("problem")
    assert "This program could not go on for" in problem
    assert restarts(ended) == []
