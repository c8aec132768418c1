"""The tests would notice: rules of the link broken on purpose lose, double or delay presses."""

from __future__ import annotations

import asyncio

import pytest
from tests.clock import run
from tests.unit.link.frames import losing
from tests.unit.link.rig import Key, Rig
from tests.unit.link.storm import Job, Storm
from tests.unit.link.test_delivery import check_against_the_witness, check_figures
from tests.unit.link.test_session import HOLD, tap
from tests.unit.link.verdict import Outcome

from calldeck.errors import JournalError
from calldeck.link.clock import ConsoleClock
from calldeck.link.model import ConsoleEdge
from calldeck.link.session import SeenEdges
from calldeck_wire import messages
from calldeck_wire.frames import encode_frame
from calldeck_wire.modular import add


class SeenWithoutBirth(SeenEdges):
    """Takes edges of different boots for the same one."""

    def __contains__(self, key: Key) -> bool:
        return super().__contains__((0, key[1]))

    def add(self, key: Key) -> None:
        super().add((0, key[1]))


class SeenByFrame(SeenEdges):
    """Takes the session that carries an edge for the one it was born in."""

    rig: Rig

    def __contains__(self, key: Key) -> bool:
        return super().__contains__((self.rig.numbers[-1], key[1]))

    def add(self, key: Key) -> None:
        super().add((self.rig.numbers[-1], key[1]))


def acknowledge_first(rig: Rig) -> None:
    """Let the link acknowledge an edge before it is on record; the frame has left at once."""
    session = rig.session
    take = session._take_edge

    def early(values: tuple[int, ...], now: float) -> bool:
        acknowledged = (add(values[1], 1), 0)
        frame = messages.encode(messages.ACKNOWLEDGE, rig.numbers[-1], acknowledged)
        rig.console.take(encode_frame(frame))
        return take(values, now)

    session._take_edge = early  # type: ignore[method-assign]


async def eventful(rig: Rig) -> None:
    """A console reset, a lost acknowledgement with a new session behind it, a full disk."""
    refusals = 1

    def full_disk(_edge: ConsoleEdge) -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise JournalError("the disk is full")

    async with rig.open():
        await rig.connected()
        await asyncio.sleep(0.5)
        await tap(rig, HOLD)
        rig.hand.reset()
        await rig.until(lambda: not rig.session.established)
        await rig.connected()
        await asyncio.sleep(0.5)
        rig.port.to_console = losing(messages.ACKNOWLEDGE)
        await tap(rig, HOLD)
        await rig.unplugged()
        rig.port.to_console = bytes
        rig.console.plug()
        await rig.connected()
        await asyncio.sleep(0.5)
        rig.listener.on_edge = full_disk
        await tap(rig, HOLD)
        await rig.drained()
        check_against_the_witness(rig)
        check_figures(rig)


def test_the_story_holds_for_the_real_link() -> None:
    async def test() -> None:
        await eventful(Rig())

    run(test())


@pytest.mark.parametrize("broken", ["acknowledge first", "without birth", "by frame"])
def test_a_broken_rule_is_noticed(broken: str) -> None:
    async def test() -> None:
        seen = {"without birth": SeenWithoutBirth(), "by frame": SeenByFrame()}.get(broken)
        rig = Rig(seen=seen)
        if isinstance(seen, SeenByFrame):
            seen.rig = rig
        if broken == "acknowledge first":
            acknowledge_first(rig)
        with pytest.raises(AssertionError):
            await eventful(rig)

    run(test())


# --- the same in a storm ----------------------------------------------------------------------

STORM = Job("all of it", 1, 20_000)


def storm_with(broken: str) -> Outcome:
    """Blow the storm over a link with one rule broken, or none."""

    async def story() -> Outcome:
        seen = {"without birth": SeenWithoutBirth(), "by frame": SeenByFrame()}.get(broken)
        storm = Storm(STORM, seen)
        if isinstance(seen, SeenByFrame):
            seen.rig = storm.rig
        if broken == "acknowledge first":
            acknowledge_first(storm.rig)
        return await storm.blow()

    return run(story())


def test_the_storm_does_no_harm_to_the_real_link() -> None:
    outcome = storm_with("")
    assert outcome.sound, outcome.stories


@pytest.mark.parametrize(
    ("broken", "harm"),
    [("acknowledge first", "lost"), ("without birth", "lost"), ("by frame", "doubled")],
)
def test_a_storm_finds_a_broken_rule(broken: str, harm: str) -> None:
    outcome = storm_with(broken)
    assert getattr(outcome, harm) > 0, outcome
    assert outcome.stories[0].startswith(f"{STORM}: at ")


def test_a_storm_finds_presses_that_count_as_young_when_they_arrive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ConsoleClock, "age_ms", lambda _clock, _console_ms, _host_ms: 0)
    assert storm_with("").late > 0
