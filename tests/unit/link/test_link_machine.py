"""Any life of console, line, daemon and ledger: the link keeps its promises at every step.

Where the storms press for hours, this tries the short and odd orders of things, and finds the
shortest one that breaks a promise.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from structlog.testing import capture_logs
from tests.clock import JumpingLoop
from tests.unit.link.line import PERFECT, Faults
from tests.unit.link.rig import Key, Rig
from tests.unit.link.storm import BOUNCE_MS, nothing, picture
from tests.unit.link.test_broken_rules import SeenWithoutBirth, acknowledge_first

from calldeck.consoles.virtual import VirtualConsole
from calldeck.errors import JournalError
from calldeck.link.model import ConsoleEdge
from calldeck.link.session import SeenEdges
from calldeck_console.link import EDGE_QUEUE
from calldeck_wire.messages import LAMP_COUNT
from calldeck_wire.modular import MASK

LINES = [
    PERFECT,
    Faults(lose=0.3),
    Faults(duplicate=0.5),
    Faults(corrupt=0.2, tear=0.2),
    Faults(delay_ms=(0, 90)),
    Faults(delay_ms=(130, 190)),
    Faults(lose=1.0),
    Faults(lose=0.1, duplicate=0.2, corrupt=0.1, one_byte=True, delay_ms=(0, 5)),
]
PAUSES = st.sampled_from([1, 12, 40, 110, 260, 900, 1_600, 3_100])


@dataclass(frozen=True, slots=True)
class Made:
    """An edge as its maker knows it. meaning: of the picture shown, where this daemon gave it."""

    place: int
    button: int
    pressed: bool
    daemon: int
    meaning: int | None


class LinkMachine(RuleBasedStateMachine):
    """One console for life, one daemon after another, one ledger that outlives them."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = JumpingLoop()
        self.made: dict[Key, Made] = {}
        self.record: dict[Key, ConsoleEdge] = {}
        self.named: set[Key] = set()  # dropped by a full queue, or gone with the memory
        self.newest = -1
        self.unheard: Counter[int] = Counter()
        self.changed_s = [0.0] * 4
        self.daemons = 0
        self.refusals = 0
        self.pictures = 0
        self.keeping: asyncio.Task[None] | None = None
        self.mistakes: list[str] = []

    def do(self, story: Coroutine[object, object, None]) -> None:
        """Let something happen on the loop, and whatever is due meanwhile."""
        with capture_logs():
            self.loop.run_until_complete(story)

    # --- daemons --------------------------------------------------------------------------

    @initialize(
        seed=st.integers(0, 1 << 16),
        first=st.sampled_from([0, MASK - 3]),
        clock_ms=st.sampled_from([0, MASK - 2_000]),
    )
    def power_on(self, seed: int, first: int, clock_ms: int) -> None:
        async def story() -> None:
            console = VirtualConsole(clock_ms=clock_ms, random_source=random.Random(seed))
            console.state.link.edges.base = first
            self.seed = seed
            self.start_daemon(console, None)

        self.do(story())

    def start_daemon(self, console: VirtualConsole, before: Rig | None) -> None:
        self.daemons += 1
        seed = self.seed + self.daemons
        rig = Rig(seed=seed, console=console, seen=self.seen())
        if before is not None:
            rig.hand, rig.port.faults = before.hand, before.port.faults
            rig.port.to_console = before.port.to_console
        rig.listener.on_edge = self.take
        self.rig = rig
        keeping = rig.keeper.run(until_ready=asyncio.Event(), required=False)
        self.keeping = self.loop.create_task(keeping)

    def seen(self) -> SeenEdges:
        return SeenEdges(list(self.record))

    async def end_daemon(self) -> None:
        assert self.keeping is not None
        self.keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.keeping

    @rule()
    def the_daemon_is_started_anew(self) -> None:
        async def story() -> None:
            await self.end_daemon()
            self.start_daemon(self.rig.console, self.rig)

        self.do(story())

    # --- the ledger -----------------------------------------------------------------------

    def take(self, edge: ConsoleEdge) -> None:
        """Put an edge on record, or refuse; judge it. What is wrong is told at the next look."""
        if self.refusals:
            self.refusals -= 1
            raise JournalError("The disk is full.")
        key = (edge.birth, edge.sequence)
        made = self.made.get(key)
        if made is None:
            self.mistakes.append(f"nobody made {edge}")
            return
        if key in self.record:
            self.mistakes.append(f"it came again: {edge}")
        if made.place <= self.newest:
            self.mistakes.append(f"it came after a later one: {edge}")
        if (edge.button, edge.pressed) != (made.button, made.pressed):
            self.mistakes.append(f"{made} came as {edge}")
        if edge.meaning != (made.meaning if made.daemon == self.daemons else None):
            self.mistakes.append(f"{made} was made on another picture: {edge}")
        self.newest = max(self.newest, made.place)
        self.record[key] = edge

    @rule(times=st.integers(1, 3))
    def the_ledger_will_refuse(self, times: int) -> None:
        self.refusals = times

    # --- hand and lamps -------------------------------------------------------------------

    @rule(button=st.integers(0, 3), pause_ms=st.sampled_from([0, 2, 15, 80, 300]))
    def a_finger_moves(self, button: int, pause_ms: int) -> None:
        async def story() -> None:
            await asyncio.sleep(pause_ms / 1000)
            self.move(button)

        self.do(story())

    @rule(edges=st.integers(2, 90), pause_ms=st.sampled_from([4, 15, 60]))
    def fingers_drum(self, edges: int, pause_ms: int) -> None:
        async def story() -> None:
            for place in range(edges):
                await asyncio.sleep(pause_ms / 1000)
                self.move(place * 7 % 4)

        self.do(story())

    def queued(self) -> list[Key]:
        """Return the edges that wait in the console, the oldest first."""
        return [key for key, _pressed in self.rig.hand.queued()]

    def move(self, button: int) -> None:
        now_s = self.loop.time()
        if now_s - self.changed_s[button] < BOUNCE_MS / 1000:
            return
        self.changed_s[button] = now_s
        console, hand = self.rig.console, self.rig.hand
        state = console.state
        if state.birth == 0:
            self.unheard[state.link.identity.boot] += 1
        else:
            key = (state.birth, state.link.edges.next_number())
            assert key not in self.made
            if state.link.edges.count == EDGE_QUEUE:
                self.named.add(self.queued()[0])
            self.made[key] = Made(
                len(self.made), button, not hand.down[button], self.daemons, self.displayed()
            )
        hand.toggle(button)

    def displayed(self) -> int | None:
        """Return the number that the lamps show, None where it is not of the present session."""
        console = self.rig.console
        own = console.state.birth in self.rig.numbers and console.state.lamps.number
        if not own or not console.state.lamps.leased:
            return None
        return console.pins & ((1 << LAMP_COUNT) - 1)

    @rule()
    def the_lamps_change(self) -> None:
        async def story() -> None:
            self.pictures += 1
            self.rig.show(picture(self.pictures))

        self.do(story())

    # --- line, board and time -------------------------------------------------------------

    @rule(faults=st.sampled_from(LINES))
    def the_line_becomes(self, faults: Faults) -> None:
        self.rig.port.faults = faults

    @rule(deaf=st.booleans())
    def the_console_hears_nothing_or_again(self, deaf: bool) -> None:
        """What it says still arrives, and is never acknowledged."""
        self.rig.port.to_console = nothing if deaf else bytes

    @rule(ms=st.sampled_from([60, 700, 2_000, 3_600]))
    def the_line_stalls(self, ms: int) -> None:
        async def story() -> None:
            self.rig.port.stall(ms)

        self.do(story())

    @precondition(lambda self: self.rig.console._cabled)
    @rule()
    def the_cable_is_pulled(self) -> None:
        async def story() -> None:
            self.rig.console.unplug()

        self.do(story())

    @precondition(lambda self: not self.rig.console._cabled)
    @rule()
    def the_cable_is_put_back(self) -> None:
        self.rig.console.plug()

    @rule(power=st.booleans())
    def the_console_loses_its_memory(self, power: bool) -> None:
        async def story() -> None:
            self.named.update(self.queued())
            if power:
                self.rig.hand.power_cycle()
            else:
                self.rig.hand.reset()

        self.do(story())

    @rule(ms=PAUSES)
    def time_passes(self, ms: int) -> None:
        async def story() -> None:
            await asyncio.sleep(ms / 1000)

        self.do(story())

    # --- promises -------------------------------------------------------------------------

    @invariant()
    def nothing_came_twice_or_out_of_order_or_from_nowhere(self) -> None:
        assert not self.mistakes, self.mistakes

    @invariant()
    def what_the_console_has_let_go_is_on_record_or_named(self) -> None:
        """So nothing was acknowledged that was not written down."""
        if self.keeping is None:
            return
        kept = {*self.record, *self.queued(), *self.named}
        gone = [made for key, made in self.made.items() if key not in kept]
        assert not gone, gone

    @invariant()
    def edges_of_before_the_first_hello_are_counted_and_no_more(self) -> None:
        if self.keeping is not None:
            for welcome in self.rig.listener.ups:
                assert welcome.unheard == self.unheard[welcome.boot]

    def teardown(self) -> None:
        try:
            if self.keeping is not None:
                self.everything_arrives_in_the_end()
        finally:
            if self.keeping is not None:
                self.do(self.switch_off())
            self.loop.close()

    def everything_arrives_in_the_end(self) -> None:
        self.do(self.mend_everything())
        self.nothing_came_twice_or_out_of_order_or_from_nowhere()
        self.what_the_console_has_let_go_is_on_record_or_named()
        assert self.queued() == []
        assert self.rig.session.account.counts().lost == 0

    async def mend_everything(self) -> None:
        self.refusals = 0
        self.rig.port.to_console = bytes
        await self.rig.drained()

    async def switch_off(self) -> None:
        await self.end_daemon()
        self.rig.console.close()
        await asyncio.sleep(5)


LinkMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=40)
TestLinkMachine = LinkMachine.TestCase


# --- and it can fail --------------------------------------------------------------------------


class NeverSeen(SeenEdges):
    """Knows no edge again that comes in another session."""

    def __contains__(self, key: Key) -> bool:
        return False


class WithoutBirth(SeenWithoutBirth):
    """The same, beginning with what the ledger holds."""

    def __init__(self, earlier: list[Key]) -> None:
        super().__init__([(0, sequence) for _birth, sequence in earlier])


def machine_with(seen: type[SeenEdges]) -> type[LinkMachine]:
    class Broken(LinkMachine):
        def seen(self) -> SeenEdges:
            return seen(list(self.record))

    return Broken


class AcknowledgesFirst(LinkMachine):
    """The link acknowledges an edge before it is on record."""

    def start_daemon(self, console: VirtualConsole, before: Rig | None) -> None:
        super().start_daemon(console, before)
        acknowledge_first(self.rig)


@pytest.mark.parametrize(
    "broken",
    [machine_with(NeverSeen), machine_with(WithoutBirth), AcknowledgesFirst],
    ids=["never seen", "without birth", "acknowledge first"],
)
def test_the_machine_finds_a_broken_rule(broken: type[LinkMachine]) -> None:
    """Without a search for the shortest story, which would take longer than finding one."""
    tried = settings(
        max_examples=400,
        stateful_step_count=40,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(broken, settings=tried)
