"""The simulated switch as an ACD: its clock hung on the event loop's, its reports as events.

The switch outlives its adapters: when one is cancelled, calls go on; the next one to run lets the
time pass that was missed and tells the desk how things stand now.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING

from calldeck.acd.interface import Counters, Issued, Sink
from calldeck.acd.simulated.happenings import happen
from calldeck.acd.simulated.records import (
    AgentReport,
    CommandReport,
    QueueReport,
    Report,
    SwitchSettings,
)
from calldeck.acd.simulated.switch import SimulatedSwitch
from calldeck.desk import (
    AcdCommand,
    AcdLink,
    AgentFact,
    Call,
    CommandResult,
    Event,
    QueueFact,
    Verb,
)
from calldeck.errors import UsageError
from calldeck.text import translate as _

if TYPE_CHECKING:
    from calldeck.config import Settings

DEMONSTRATION_AGENTS = ("1001", "1002", "1003")
DEMONSTRATION_PIN = "2468"
"""Shown on the page of a demonstration: it protects nothing."""

ROUNDING_S = 1e-6
"""A loop's clock is a float: what is due within this is due, or the loop would wake for nothing."""


class SimulatedAcd:
    """One agent's place at a simulated switch; see `calldeck.acd.interface.Acd`.

    `agent`: whose place; the switch's first agent when not given. `speed`: seconds of the switch
    in one second of the loop. `issued`: called just before a command leaves. `pins`: the PINs of
    the agents it knows; empty: it knows no PINs, and whoever logs in here is one of its agents.
    `demonstration`: an agent whose PIN may be shown.
    """

    def __init__(
        self,
        switch: SimulatedSwitch,
        *,
        agent: str | None = None,
        speed: float = 1.0,
        issued: Issued,
        pins: Mapping[str, str] | None = None,
        demonstration: str = "",
    ) -> None:
        if speed <= 0:
            raise UsageError(_("The speed is {speed}; it must be more than 0.").format(speed=speed))
        self.switch = switch
        self._agent = agent if agent is not None else next(iter(switch.agents))
        self._extension = switch.agents[self._agent].extension
        self._pins = dict(pins or {})
        self._shown_agent = demonstration
        self._speed = speed
        self._issued = issued
        self._sink: Sink | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._connected = False
        self._reachable = True
        self._line = 0

    @property
    def counters(self) -> Counters:
        """Calls offered, answered and abandoned so far."""
        return self.switch.counters

    async def run(self, sink: Sink) -> None:
        """Connect, tell how things stand, and let the world go on until cancelled."""
        if self._sink is not None:
            raise RuntimeError("this adapter runs already")
        self._loop = asyncio.get_running_loop()
        self._sink, self._wake = sink, asyncio.Event()
        self._set_anchor(self._loop.time())
        try:
            while True:
                self._wake.clear()
                self._catch_up(sink)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(self._next_wake()):
                        await self._wake.wait()
        finally:
            self._sink, self._loop, self._connected = None, None, False

    def issue(self, command: AcdCommand) -> None:
        """Send the command to the switch, once; without a connection it never leaves."""
        if not self._connected:
            return
        self._issued(command)
        if command.verb is Verb.LOGIN and command.agent != self._agent:
            self._agent = command.agent
            self.switch.seat(command.agent, self._extension)
        self.switch.submit(command, self._now_s(), self._line)
        self._wake.set()

    def happen(self, name: str, arguments: Mapping[str, object]) -> None:
        """Let something happen in the switch's world now; see `happenings`."""
        try:
            happen(self.switch, name, arguments, agent=self._agent, at_s=self._now_s())
        except ValueError as error:
            raise UsageError(str(error)) from None
        self._wake.set()

    @property
    def auto_answer_s(self) -> float | None:
        """Seconds of ringing after which the phone answers by itself; None: never."""
        return self.switch.settings.answer_after_s

    def set_auto_answer(self, seconds: float | None) -> None:
        """Change that; a phone that rings already is meant too."""
        self.switch.set_auto_answer(seconds)
        self._wake.set()

    @property
    def verifies_pins(self) -> bool:
        """Whether it knows the PINs of its agents."""
        return bool(self._pins)

    @property
    def demonstration(self) -> tuple[str, str] | None:
        """An agent and the PIN that may be shown to anybody."""
        if not self._shown_agent:
            return None
        return self._shown_agent, self._pins[self._shown_agent]

    async def verify_pin(self, agent: str, pin: str) -> bool:
        """Tell whether this is the PIN of that agent, in a time that tells nothing of it."""
        known = self._pins.get(agent)
        same = hmac.compare_digest((known or "").encode(), pin.encode())
        return same and known is not None

    def callers_from_script_only(self) -> None:
        """Make up no callers."""
        self.switch.stop_arrivals()
        self._wake.set()

    def disconnect(self) -> None:
        """Cut the connection to the switch, which goes on without us."""
        self._reachable = False
        self._wake.set()

    def reconnect(self) -> None:
        """Let the connection be made again."""
        self._reachable = True
        self._wake.set()

    # -- the switch's clock ------------------------------------------------------------------

    def _set_anchor(self, loop_s: float) -> None:
        """Say which second of the switch this moment is; time without an adapter has passed too."""
        if self.switch.anchor is None:
            now_s = self.switch.now_s
        else:
            then_loop_s, then_s, speed = self.switch.anchor
            now_s = max(self.switch.now_s, then_s + (loop_s - then_loop_s) * speed)
        self.switch.anchor = (loop_s, now_s, self._speed)

    def _now_s(self) -> float:
        if self._loop is None or self.switch.anchor is None:
            return self.switch.now_s
        loop_s, then_s, speed = self.switch.anchor
        return max(self.switch.now_s, then_s + (self._loop.time() - loop_s) * speed)

    def _loop_s(self, switch_s: float) -> float:
        assert self.switch.anchor is not None, "run sets the anchor"
        loop_s, then_s, speed = self.switch.anchor
        return loop_s + (switch_s - then_s) / speed

    def _host_ms(self, switch_s: float) -> int:
        return round(self._loop_s(switch_s) * 1000)

    def _next_wake(self) -> float | None:
        next_s = self.switch.next_at()
        return None if next_s is None else self._loop_s(next_s)

    # -- what the desk is told ---------------------------------------------------------------

    def _catch_up(self, sink: Sink) -> None:
        """Bring the switch to this moment and tell what it reports, then mend the connection."""
        now_s, next_s = self._now_s(), self.switch.next_at()
        if next_s is not None and now_s < next_s <= now_s + ROUNDING_S:
            now_s = next_s
        reports = self.switch.advance(now_s)
        if self._connected:
            for report in reports:
                event = self._event(report)
                if event is not None:
                    sink(event)
        if self._connected and not self._reachable:
            self._connected = False
            sink(AcdLink(up=False))
        elif self._reachable and not self._connected:
            self._connected = True
            self._line = self.switch.connect()
            sink(AcdLink(up=True))
            sink(self._agent_fact(self.switch.agent_report(self._agent)))
            sink(self._queue_fact(self.switch.queue_report()))

    def _event(self, report: Report) -> Event | None:
        match report:
            case AgentReport() if report.agent == self._agent:
                return self._agent_fact(report)
            case QueueReport():
                return self._queue_fact(report)
            case CommandReport() if report.line == self._line:
                return CommandResult(report.number, report.outcome, report.words)
            case _:
                return None  # another agent's, or the answer to a connection that is gone

    def _agent_fact(self, report: AgentReport) -> AgentFact:
        call = None
        if report.call is not None:
            since_ms = self._host_ms(report.call.since_s)
            call = Call(report.call.id, report.call.queue, since_ms)
        return AgentFact(
            report.status, report.reason, call, report.muted, report.cause, report.agent
        )

    def _queue_fact(self, report: QueueReport) -> QueueFact:
        since_s = report.oldest_since_s
        since_ms = None if since_s is None else self._host_ms(since_s)
        return QueueFact(report.waiting, since_ms, self.switch.settings.queue)


def create(settings: Settings, *, seed: int, speed: float, issued: Issued) -> SimulatedAcd:
    """Make a switch of its own with the settings' agent, and the adapter to it."""
    table = settings.acd.simulated
    switch_settings = SwitchSettings(
        queue=table.queue,
        callers_per_minute=table.callers_per_minute,
        answer_after_s=table.answer_after_s if table.auto_answer else None,
        ring_no_answer_s=table.ring_no_answer_s,
        talk_s=table.talk_s,
        patience_s=table.patience_s,
        after_call_work_s=table.after_call_work_s,
    )
    desk = settings.desk
    switch = SimulatedSwitch(switch_settings, seed=seed, agents=[(desk.agent, desk.extension)])
    pins = {agent.id: agent.pin.get_secret_value() for agent in table.agents}
    shown = ""
    if table.demonstration and not pins:
        pins = dict.fromkeys((*DEMONSTRATION_AGENTS, desk.agent), DEMONSTRATION_PIN)
        shown = desk.agent
    return SimulatedAcd(
        switch, agent=desk.agent, speed=speed, issued=issued, pins=pins, demonstration=shown
    )
