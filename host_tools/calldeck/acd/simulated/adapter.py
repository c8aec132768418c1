"""The simulated switch as an ACD: its clock hung on the event loop's, its reports as events.

The switch outlives its adapters: when one is cancelled, calls go on; the next one to run lets the
time pass that was missed and tells the desk how things stand now.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING

from calldeck.acd.interface import Counters, Issued, Seat, Sink
from calldeck.acd.simulated.happenings import happen
from calldeck.acd.simulated.places import QueueNews, SimulatedPlace
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
    Cause,
    QueueFact,
    Status,
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
    """The connection to a simulated switch; see `calldeck.acd.interface.Acd`.

    `speed`: seconds of the switch in one second of the loop. `pins`: the PINs of the agents it
    knows; empty: it knows no PINs, and whoever logs in here is one of its agents. `demonstration`:
    an agent whose PIN may be shown.
    """

    def __init__(
        self,
        switch: SimulatedSwitch,
        *,
        speed: float = 1.0,
        pins: Mapping[str, str] | None = None,
        demonstration: str = "",
    ) -> None:
        if speed <= 0:
            raise UsageError(_("The speed is {speed}; it must be more than 0.").format(speed=speed))
        self.switch = switch
        self.connected = False
        self._places: list[SimulatedPlace] = []
        self._by_agent: dict[str, list[SimulatedPlace]] = {}
        self._by_line: dict[int, SimulatedPlace] = {}
        self._queues: dict[str, QueueReport] = {}
        self._queue_news = QueueNews()
        self._pins = dict(pins or {})
        self._shown_agent = demonstration
        self._speed = speed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s = 0.0
        self._reachable = True

    @property
    def counters(self) -> Counters:
        """Calls offered, answered and abandoned so far."""
        return self.switch.counters

    async def run(self) -> None:
        """Connect, tell how things stand, and let the world go on until cancelled."""
        if self._loop is not None:
            raise RuntimeError("this adapter runs already")
        self._loop = asyncio.get_running_loop()
        self._failed = self._loop.create_future()
        self._set_anchor(self._loop.time())
        try:
            self._go_on()
            await self._failed
        finally:
            self._cancel_timer()
            self._queue_news.clear()
            self._loop, self.connected = None, False

    def _go_on(self) -> None:
        """Let happen what is due, and come back when more is."""
        self._timer = None
        try:
            self._catch_up()
        except Exception as error:  # noqa: BLE001 - handed on whole to who runs this
            if not self._failed.done():
                self._failed.set_exception(error)
            return
        self._arm()

    def _arm(self) -> None:
        """Have a timer that fires when the next thing is due at the latest."""
        due_s = self._next_wake()
        if due_s is None or self._loop is None:
            return
        if self._timer is not None:
            if self._timer_s <= due_s:
                return
            self._timer.cancel()
        self._timer_s = due_s
        self._timer = self._loop.call_at(due_s, self._go_on)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- the desks ---------------------------------------------------------------------------

    def place(self, seat: Seat, sink: Sink, issued: Issued) -> SimulatedPlace:
        """Give a desk its place; it is told how things stand where there is a connection."""
        place = SimulatedPlace(self, seat, sink, issued)
        self.switch.hire(seat.agent, seat.extension, seat.queues)
        there = self.switch.at_phone(seat.extension)
        if there is not None:
            place.agent = there.id
        self._places.append(place)
        self._by_agent.setdefault(place.agent, []).append(place)
        if self.connected:
            self._open_line(place)
            self.tell(place)
        return place

    def forget(self, place: SimulatedPlace) -> None:
        """Have no such place any more."""
        if place in self._places:
            self._queue_news.forget(place)
            self._places.remove(place)
            self._by_agent[place.agent].remove(place)
            self._by_line.pop(place.line, None)

    def seat(self, place: SimulatedPlace, agent: str) -> None:
        """Let somebody else work at a place."""
        self._by_agent[place.agent].remove(place)
        place.agent = agent
        self._by_agent.setdefault(agent, []).append(place)
        # They may have been logged in at this phone already: then nothing else would tell of it.
        place.sink(self._agent_fact(place, self.switch.agent_report(agent)))

    def submit(self, command: AcdCommand, line: int) -> None:
        """Send a command by the line of its place."""
        self.switch.submit(command, self._now_s(), line)
        self._arm()

    def tell(self, place: SimulatedPlace) -> None:
        """Tell one desk the whole truth, as after a new connection; nothing without one."""
        if self.connected:
            self._queue_news.forget(place)
            place.sink(AcdLink(up=True))
            place.sink(self._agent_fact(place, self.switch.agent_report(place.agent)))
            place.sink(self._queue_fact(place))

    def _open_line(self, place: SimulatedPlace) -> None:
        self._by_line.pop(place.line, None)
        place.line = self.switch.connect(place.seat.extension, place.seat.queues)
        self._by_line[place.line] = place

    # -- the world ---------------------------------------------------------------------------

    def wake(self) -> None:
        """Look soon at what is due: something has changed."""
        if self._loop is None:
            return
        self._cancel_timer()
        self._timer_s = self._loop.time()
        self._timer = self._loop.call_at(self._timer_s, self._go_on)

    def happen(self, name: str, arguments: Mapping[str, object], agent: str = "") -> None:
        """Let something happen in the switch's world now; see `happenings`."""
        if not agent:
            agent = self._places[0].agent if self._places else next(iter(self.switch.agents))
        try:
            happen(self.switch, name, arguments, agent=agent, at_s=self._now_s())
        except ValueError as error:
            raise UsageError(str(error)) from None
        self.wake()

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
        self.wake()

    def disconnect(self) -> None:
        """Cut the connection to the switch, which goes on without us."""
        self._reachable = False
        self.wake()

    def reconnect(self) -> None:
        """Let the connection be made again."""
        self._reachable = True
        self.wake()

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

    # -- what the desks are told -------------------------------------------------------------

    def _catch_up(self) -> None:
        """Bring the switch to this moment and tell what it reports, then mend the connection."""
        now_s, next_s = self._now_s(), self.switch.next_at()
        if next_s is not None and now_s < next_s <= now_s + ROUNDING_S:
            now_s = next_s
        for report in self.switch.advance(now_s):
            if isinstance(report, QueueReport):
                self._queues[report.queue] = report
            if self.connected:
                self._pass_on(report)
        if self.connected and not self._reachable:
            self.connected = False
            self._queue_news.clear()
            for place in list(self._places):
                place.sink(AcdLink(up=False))
        elif self._reachable and not self.connected:
            self.connected = True
            for place in list(self._places):
                self._open_line(place)
                self.tell(place)

    def _pass_on(self, report: Report) -> None:
        match report:
            case AgentReport():
                for place in list(self._by_agent.get(report.agent, ())):
                    place.sink(self._agent_fact(place, report))
            case CommandReport():
                # The answer to a connection that is gone has no line any more.
                asker = self._by_line.get(report.line)
                if asker is not None:
                    asker.answered(report)
            case QueueReport():
                for place in self._places:
                    if report.queue in self._served(place):
                        self._queue_news.put(place, self._queue_fact(place))

    def _agent_fact(self, place: SimulatedPlace, report: AgentReport) -> AgentFact:
        """Tell a desk of its agent; one who works at another phone is not logged in here."""
        if self.switch.agents[report.agent].extension != place.seat.extension:
            return AgentFact(Status.LOGGED_OUT, "", None, False, Cause.ELSEWHERE, report.agent)
        call = None
        if report.call is not None:
            one = report.call
            since_ms = self._host_ms(one.since_s)
            call = Call(one.id, one.queue, since_ms, one.direction, one.channel)
        return AgentFact(
            report.status, report.reason, call, report.muted, report.cause, report.agent
        )

    def _served(self, place: SimulatedPlace) -> tuple[str, ...]:
        return place.seat.queues or self.switch.agents[place.agent].queues

    def _queue_fact(self, place: SimulatedPlace) -> QueueFact:
        """Tell of the waiting work of a place, all its queues together."""
        names = self._served(place)
        # As they were reported, one after the other, and not as they are by now.
        reports = [self._queues.get(name) or self.switch.queue_report(name) for name in names]
        since = [one.oldest_since_s for one in reports if one.oldest_since_s is not None]
        oldest_ms = self._host_ms(min(since)) if since else None
        return QueueFact(sum(one.waiting for one in reports), oldest_ms, ", ".join(names))


def create(settings: Settings, *, seed: int, speed: float) -> SimulatedAcd:
    """Make a switch of its own with the settings' desks, and the adapter to it."""
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
    desks = [(desk.agent, desk.extension) for desk in settings.desks]
    switch = SimulatedSwitch(switch_settings, seed=seed, agents=desks)
    pins = {agent.id: agent.pin.get_secret_value() for agent in table.agents}
    shown = ""
    if table.demonstration and not pins:
        expected = [desk.agent for desk in settings.desks]
        pins = dict.fromkeys((*DEMONSTRATION_AGENTS, *expected), DEMONSTRATION_PIN)
        shown = expected[0]
    return SimulatedAcd(switch, speed=speed, pins=pins, demonstration=shown)
