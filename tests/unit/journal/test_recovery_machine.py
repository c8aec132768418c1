"""Any life of a daemon, and any death: what recovery says is what a simple model says."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from calldeck.journal.ledger import Ledger
from calldeck.journal.lines import Received
from calldeck.journal.recovery import recover

BUTTONS = ("MUTE", "HOLD", "STATUS", "ASSIST")
WRAP = 1 << 30


@dataclass
class Known:
    """What the model knows of one edge."""

    edge: Received
    at_ms: int
    issued: bool = False
    ended: bool = False
    released: str | None = None


class LedgerAndRecovery(RuleBasedStateMachine):
    """A console that counts on, a daemon that records, and a disk that may tear a line."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now = 1_000
        self.birth = 1
        self.sequence = WRAP - 4
        self.known: dict[str, Known] = {}
        self.down: dict[str, str] = {}
        self.ledger = self._open()

    def _open(self) -> Ledger:
        return Ledger(self.folder, lambda: self.now)

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def _next(self, button: str, age_ms: int) -> Received:
        pressed = button not in self.down
        edge = Received(self.birth, self.sequence, button, pressed, 5, age_ms, age_ms > 1_500, None)
        self.sequence = (self.sequence + 1) % WRAP
        return edge

    @rule(button=st.sampled_from(BUTTONS), age_ms=st.sampled_from([3, 2_000]))
    def an_edge(self, button: str, age_ms: int) -> None:
        edge = self._next(button, age_ms)
        self.ledger.received(edge)
        self.known[edge.press] = Known(edge, self.now)
        if edge.pressed:
            self.down[button] = edge.press
        else:
            press = self.known[self.down.pop(button)]
            press.released, press.at_ms = edge.press, self.now

    @precondition(lambda self: any(not k.issued and not k.ended for k in self.known.values()))
    @rule(data=st.data())
    def a_command_leaves(self, data: st.DataObject) -> None:
        waiting = [name for name, k in self.known.items() if not k.issued and not k.ended]
        press = data.draw(st.sampled_from(waiting))
        self.ledger.issued(press, 1, "ready")
        self.known[press].issued = True

    @precondition(lambda self: any(not k.ended for k in self.known.values()))
    @rule(data=st.data())
    def an_end(self, data: st.DataObject) -> None:
        press = data.draw(st.sampled_from([n for n, k in self.known.items() if not k.ended]))
        self.ledger.outcome(press, "confirmed", "")
        self.known[press].ended = True

    @rule(ms=st.integers(1, 5_000))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    @rule()
    def a_new_session(self) -> None:
        self.birth += 1

    @rule()
    def the_console_loses_its_memory(self) -> None:
        # The daemon ends what was down; numbers start again, under a birth of their own.
        for press in self.down.values():
            if not self.known[press].ended:
                self.ledger.outcome(press, "cancelled", "console_link_down")
                self.known[press].ended = True
        self.down.clear()
        self.birth += 1
        self.sequence = 0

    @rule()
    def the_daemon_dies(self) -> None:
        self.ledger.close()
        self.ledger = self._open()

    @rule(button=st.sampled_from(BUTTONS), share=st.floats(0.01, 0.99))
    def the_daemon_dies_while_it_writes(self, button: str, share: float) -> None:
        """The console still has that edge: it was never acknowledged."""
        before = self.sequence
        edge = self._next(button, 3)
        self.sequence = before
        size = self.ledger.path.stat().st_size
        self.ledger.received(edge)
        whole = self.ledger.path.stat().st_size
        self.ledger.close()
        # Less than the closing brace: without its newline alone the line would be whole.
        os.truncate(self.ledger.path, size + max(1, int((whole - size - 2) * share)))
        self.ledger = self._open()

    @invariant()
    def recovery_says_the_same(self) -> None:
        recovery = recover(self.ledger.path)
        assert recovery.seen == [(k.edge.birth, k.edge.sequence) for k in self.known.values()]
        assert recovery.ended == {name for name, k in self.known.items() if k.ended}
        expected = [
            (k.edge, k.at_ms, k.issued, k.released) for k in self.known.values() if not k.ended
        ]
        found = [
            (item.received, item.at_ms, item.issued, item.released and item.released.press)
            for item in recovery.open
        ]
        assert found == expected


LedgerAndRecovery.TestCase.settings = settings(max_examples=30, stateful_step_count=30)
TestLedgerAndRecovery = LedgerAndRecovery.TestCase
