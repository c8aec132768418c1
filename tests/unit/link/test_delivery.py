"""Every press edge reaches the listener once and in order, or is accounted for by name."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clock import run
from tests.unit.link.line import Faults
from tests.unit.link.rig import Key, Rig

from calldeck.link.session import SeenEdges
from calldeck_wire.modular import MASK

BAD_LINES = {
    "lossy": Faults(lose=0.2),
    "duplicating": Faults(duplicate=0.3),
    "corrupting": Faults(corrupt=0.2),
    "one byte at a time": Faults(one_byte=True),
    "delayed": Faults(delay_ms=(0, 90)),
    "slow": Faults(delay_ms=(140, 180)),
    "all of it": Faults(0.1, 0.1, 0.05, one_byte=True, delay_ms=(0, 40)),
}

toggles = st.tuples(st.just("toggle"), st.integers(0, 3))
troubles = st.sampled_from(
    [("reset", 0), ("power", 0), ("unplug", 0), ("plug", 0), ("stall", 700), ("stall", 3_500)]
)
actions = st.lists(
    st.tuples(st.integers(15, 250), st.one_of(toggles, toggles, toggles, toggles, troubles)),
    min_size=1,
    max_size=45,
)


async def act(rig: Rig, script: list[tuple[int, tuple[str, int]]]) -> None:
    """Let a hand do all this, then let everything arrive."""
    for gap_ms, (what, value) in script:
        await asyncio.sleep(gap_ms / 1000)
        match what:
            case "toggle":
                rig.hand.toggle(value)
                if not rig.listener.ups:
                    rig.hand.known.early = list(rig.hand.known.presses)
            case "reset":
                rig.hand.reset()
            case "power":
                rig.hand.power_cycle()
            case "unplug":
                rig.console.unplug()
            case "plug":
                rig.console.plug()
            case "stall":
                rig.port.stall(value)
    await rig.drained()


def in_order(rig: Rig) -> bool:
    place = {key: at for at, key in enumerate(rig.hand.known.edges)}
    places = [place[key] for key in rig.listener.keys]
    return places == sorted(set(places))


def check_against_the_witness(rig: Rig) -> None:
    """Compare what arrived, and the link's own account, with what the hand knows."""
    known, delivered = rig.hand.known, set(rig.listener.presses)
    assert in_order(rig), "an edge came twice, out of order, or from nowhere"
    missing = set(known.presses) - delivered
    reset = set(known.pending_at_reset) & missing
    overflow = set(known.dropped) & missing
    assert missing == reset | overflow, "a press vanished with nobody to name why"
    counts = rig.session.account.counts()
    assert counts.lost == 0
    assert counts.delivered == len(delivered)
    assert counts.duplicated == 0


def check_figures(rig: Rig) -> None:
    """Compare figure by figure; only where no power cut took figures with it.

    A press made before the first answer belongs to this run if it arrives; if it never does,
    the link cannot always tell it from one of an earlier run.
    """
    known, delivered = rig.hand.known, set(rig.listener.presses)
    doubtful = set(known.early) - delivered
    certain = set(known.presses) - doubtful
    counts = rig.session.account.counts()
    for told, truth in (
        (counts.sent, certain),
        (counts.reset, set(known.pending_at_reset) & certain - delivered),
        (counts.overflow, set(known.dropped) & certain - delivered),
    ):
        assert 0 <= told - len(truth) <= len(doubtful)


@pytest.mark.parametrize("line", BAD_LINES)
@settings(max_examples=12)
@given(seed=st.integers(0, 1 << 32), gaps=st.lists(st.integers(15, 200), min_size=30, max_size=60))
def test_a_bad_line_costs_no_press(line: str, seed: int, gaps: list[int]) -> None:
    async def test() -> None:
        rig = Rig(seed=seed, faults=BAD_LINES[line], first_sequence=MASK - 9, first_press=65_530)
        async with rig.open():
            await rig.connected()
            await act(rig, [(gap, ("toggle", at * 7 % 4)) for at, gap in enumerate(gaps)])
            check_against_the_witness(rig)
            check_figures(rig)
            # The line may have been so bad that it was taken for dead, but never for good.
            assert rig.hand.known.pending_at_reset == []
            assert set(rig.hand.known.edges) == set(rig.listener.keys)

    run(test())


@settings(max_examples=40)
@given(
    seed=st.integers(0, 1 << 32),
    line=st.sampled_from([Faults(), *BAD_LINES.values()]),
    script=actions,
    first_sequence=st.sampled_from([0, MASK - 5]),
)
def test_no_press_vanishes_whatever_happens(
    seed: int, line: Faults, script: list[tuple[int, tuple[str, int]]], first_sequence: int
) -> None:
    async def test() -> None:
        rig = Rig(seed=seed, faults=line, first_sequence=first_sequence, first_press=65_530)
        async with rig.open():
            await act(rig, script)
            check_against_the_witness(rig)
            if ("power", 0) not in [action for _gap, action in script]:
                check_figures(rig)

    run(test())


@settings(max_examples=25)
@given(
    seed=st.integers(0, 1 << 32),
    before=st.lists(st.integers(0, 3), min_size=0, max_size=80),
    seen_share=st.integers(0, 4),
    after=st.lists(st.integers(0, 3), max_size=6),
)
def test_a_new_daemon_takes_over_what_the_old_one_left(
    seed: int, before: list[int], seen_share: int, after: list[int]
) -> None:
    """Presses wait in the console while no daemon runs; some are in the old one's ledger."""

    async def test() -> None:
        old = Rig(seed=seed)
        async with old.open():
            await old.connected()
        # `open` has switched the console off at its end: on again, as it was.
        old.console.plug()
        old.console._step()
        for button in before:
            await sleep_ms(20)
            old.hand.toggle(button)
        known = old.hand.known
        queued: list[Key] = [key for key, _pressed in old.hand.queued()]
        on_record = queued[: len(queued) * seen_share // 4]
        rig = Rig(seed=seed + 1, console=old.console, seen=SeenEdges(on_record))
        rig.hand = old.hand
        known.edges = [key for key in known.edges if key in queued and key not in on_record]
        known.presses = [key for key in known.presses if key in known.edges]
        known.dropped = []
        async with rig.open():
            await act(rig, [(40, ("toggle", button)) for button in after])
            check_against_the_witness(rig)
            check_figures(rig)

    run(test())


async def sleep_ms(ms: float) -> None:
    await asyncio.sleep(ms / 1000)


def test_a_full_queue_drops_the_oldest_and_the_account_says_how_many() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            rig.console.unplug()
            for _ in range(50):
                for _edge in range(2):
                    await sleep_ms(15)
                    rig.hand.toggle(2)
            await rig.drained()
            check_against_the_witness(rig)
            check_figures(rig)
            counts = rig.session.account.counts()
            assert (counts.sent, counts.delivered, counts.overflow) == (50, 32, 18)
            assert [fault.kind for fault in rig.listener.faults][-1] == "edge_overflow"

    run(test())


def test_presses_that_arrived_but_could_not_be_acknowledged_are_not_counted_twice() -> None:
    """The way to the console is dead: its full queue drops presses that had arrived."""

    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            rig.port.to_console = lambda data: b""
            for _edge in range(90):
                await sleep_ms(15)
                rig.hand.toggle(2)
            rig.port.to_console = bytes
            await rig.drained()
            assert len(rig.hand.known.dropped) > 4
            check_against_the_witness(rig)
            check_figures(rig)

    run(test())
