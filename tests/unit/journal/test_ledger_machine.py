"""A small ledger on a bad disk: killed or refused at any call to the system, turns included."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from structlog.testing import capture_logs

from calldeck.errors import JournalError
from calldeck.journal import ledger as ledger_module
from calldeck.journal.ledger import Ledger
from calldeck.journal.lines import PARTS, Received, parts
from calldeck.journal.recovery import recover

MAX_BYTES = 4_000
PART_BYTES = MAX_BYTES // PARTS
LONGEST_LINE = 260
EDGE = Received(0xABC, 0, "STATUS", True, 123, 4, False, None)


class Killed(BaseException):
    """The daemon ends here: nothing of it runs any more."""


class BadDisk:
    """The system as the ledger knows it; one of its calls fails, counted from now on.

    how: "killed" before the call, "refused" by the system, "half" written and then killed,
    "short" written and then told so, as a full disk does.
    """

    def __init__(self, fails_at: int, how: str, share: float) -> None:
        self._left = fails_at
        self._how = how
        self._share = share

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def _next(self) -> bool:
        self._left -= 1
        if self._left != 0:
            return False
        if self._how == "killed":
            raise Killed
        if self._how == "refused":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return True

    def open(self, path: Path, flags: int, mode: int) -> int:
        self._next()
        return os.open(path, flags, mode)

    def write(self, file: int, data: bytes) -> int:
        if not self._next():
            return os.write(file, data)
        written = os.write(file, data[: int(len(data) * self._share)])
        if self._how == "half":
            raise Killed
        return written

    def replace(self, source: Path, target: Path) -> None:
        self._next()
        os.replace(source, target)

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        def rename(source: Path, target: Path) -> None:
            self.replace(source, target)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ledger_module, "os", self)
            patch.setattr(Path, "replace", rename)
            yield


class LedgerOnABadDisk(RuleBasedStateMachine):
    """One ledger after another in one folder; every edge has a number of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.sequence = 0
        self.written: list[int] = []  # its call has returned
        self.could_not_turn = False
        self.ledger = self._open()

    def _open(self) -> Ledger:
        return Ledger(self.folder, lambda: 1_790_000_000_000, MAX_BYTES)

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def _write(self) -> None:
        self.sequence += 1
        self.ledger.received(replace(EDGE, sequence=self.sequence))
        self.written.append(self.sequence)

    @rule(edges=st.integers(1, 12))
    def edges_come(self, edges: int) -> None:
        for _ in range(edges):
            self._write()

    @rule()
    def the_daemon_is_started_anew(self) -> None:
        self.ledger.close()
        self.ledger = self._open()

    @rule(
        edges=st.integers(1, 8),
        fails_at=st.integers(1, 10),
        how=st.sampled_from(["killed", "refused", "half", "short"]),
        share=st.sampled_from([0.0, 0.1, 0.5, 0.98, 0.999]),
    )
    def the_disk_fails_once(self, edges: int, fails_at: int, how: str, share: float) -> None:
        with BadDisk(fails_at, how, share).in_use(), capture_logs() as log:
            for _ in range(edges):
                try:
                    self._write()
                except JournalError:
                    pass  # The edge is not acknowledged; the daemon lives on.
                except Killed:
                    self.ledger.close()
                    self.ledger = self._open()
                    break
        self.could_not_turn = self.could_not_turn or any(
            entry["event"] == "ledger not turned" for entry in log
        )
        self._write()  # it is a good one again

    @invariant()
    def what_was_written_is_there_but_for_the_oldest(self) -> None:
        kept = [sequence for _birth, sequence in recover(self.ledger.path).seen]
        assert kept == sorted(set(kept)), "out of order, or twice"
        assert set(kept) <= set(range(1, self.sequence + 1)), "out of nothing"
        oldest = kept[0] if kept else self.sequence + 1
        missing = [number for number in self.written if number not in kept]
        lost = [number for number in missing if number > oldest]
        assert not lost, f"lost: {lost}"
        size = sum(part.stat().st_size for part in parts(self.ledger.path))
        # A whole part goes when all are full, and no sooner.
        assert not missing or size > MAX_BYTES - 2 * PART_BYTES - LONGEST_LINE, f"too soon: {size}"
        assert self.could_not_turn or size <= MAX_BYTES + 2 * LONGEST_LINE, f"outgrown: {size}"


LedgerOnABadDisk.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestLedgerOnABadDisk = LedgerOnABadDisk.TestCase
