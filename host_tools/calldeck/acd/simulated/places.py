"""The desks' places at the simulated switch, and how news of queues reaches many of them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from calldeck.acd.interface import Issued, Seat, Sink
from calldeck.acd.simulated.records import CommandReport
from calldeck.desk import AcdCommand, CommandResult, Outcome, QueueFact, Verb

if TYPE_CHECKING:
    from calldeck.acd.simulated.adapter import SimulatedAcd


class SimulatedPlace:
    """One desk's place at a simulated switch; see `calldeck.acd.interface.Place`.

    agent: who works there, as the desk is told: whoever logged in last, at first whoever is logged
    in at its phone, or else the one expected.
    """

    def __init__(self, acd: SimulatedAcd, seat: Seat, sink: Sink, issued: Issued) -> None:
        self.seat = seat
        self.agent = seat.agent
        self.sink = sink
        self.line = 0
        self._acd = acd
        self._issued = issued
        self._logins: dict[int, str] = {}

    def issue(self, command: AcdCommand) -> None:
        """Send the command to the switch, once; without a connection it never leaves."""
        if not self._acd.connected:
            return
        self._issued(command)
        if command.verb is Verb.LOGIN:
            self._logins[command.number] = command.agent
        self._acd.submit(command, self.line)

    def tell_again(self) -> None:
        """Tell the desk how things stand."""
        self._acd.tell(self)

    def leave(self) -> None:
        """Tell this desk nothing any more."""
        self._acd.forget(self)

    def answered(self, report: CommandReport) -> None:
        """Take the answer to a command that came from here."""
        self.sink(CommandResult(report.number, report.outcome, report.words))
        agent = self._logins.pop(report.number, self.agent)
        if agent != self.agent and report.outcome is Outcome.CONFIRMED:
            self._acd.seat(self, agent)

    @property
    def auto_answer_s(self) -> float | None:
        """Seconds of ringing after which the phone answers by itself; None: never."""
        return self._acd.switch.auto_answer_s(self.seat.extension)

    def set_auto_answer(self, seconds: float | None) -> None:
        """Change that; a phone that rings already is meant too."""
        self._acd.switch.set_auto_answer(self.seat.extension, seconds)
        self._acd.wake()


class QueueNews:
    """Facts about queues on their way to desks, a few in each turn of the event loop.

    One caller more is news at every desk that serves the queue. Told to a thousand of them at once
    it would keep the presses of all waiting; and a desk that has not heard the last news yet needs
    only the next.
    """

    PER_TURN = 16
    BACKLOG = 64
    """Up to so many facts each is told; of more, a desk is told its newest."""

    def __init__(self) -> None:
        self._waiting: deque[SimulatedPlace] = deque()
        self._facts: dict[SimulatedPlace, deque[QueueFact]] = {}
        self._turn: asyncio.Handle | None = None

    def put(self, place: SimulatedPlace, fact: QueueFact) -> None:
        """Let a fact wait for its turn."""
        facts = self._facts.setdefault(place, deque())
        if facts and len(self._waiting) >= self.BACKLOG:
            facts[-1] = fact
            return
        facts.append(fact)
        self._waiting.append(place)
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._tell_some)

    def _tell_some(self) -> None:
        self._turn = None
        for _place in range(min(self.PER_TURN, len(self._waiting))):
            place = self._waiting.popleft()
            facts = self._facts.get(place)
            if facts:
                place.sink(facts.popleft())
        if self._waiting:
            self._turn = asyncio.get_running_loop().call_soon(self._tell_some)

    def forget(self, place: SimulatedPlace) -> None:
        """Tell a desk nothing any more."""
        self._facts.pop(place, None)

    def clear(self) -> None:
        """Tell nobody anything any more."""
        self._waiting.clear()
        self._facts.clear()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
