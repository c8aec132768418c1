"""The simulated ACD on an event loop: order, times, connection, and a switch that outlives it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.clock import JumpingLoop, run

from calldeck.acd import ScriptableAcd, Seat
from calldeck.acd.simulated import SimulatedAcd, SimulatedSwitch, SwitchSettings, create
from calldeck.config import Settings
from calldeck.desk import (
    AcdCommand,
    AcdLink,
    AgentFact,
    Channel,
    CommandResult,
    Direction,
    Event,
    Outcome,
    QueueFact,
    Status,
    Verb,
)
from calldeck.errors import UsageError


class Place:
    """An adapter at a switch, everything it said with the time it said it."""

    def __init__(
        self, switch: SimulatedSwitch | None = None, agent: str = "1001", **options: Any
    ) -> None:
        quiet = SwitchSettings(callers_per_minute=0, talk_s=(10, 10))
        self.switch = switch or SimulatedSwitch(quiet)
        self.acd = SimulatedAcd(self.switch, **options)
        self.at = self.acd.place(Seat(agent, "201"), self.sink, self._issued)
        self.said: list[tuple[float, Event]] = []
        self.issued: list[AcdCommand] = []
        self.heard = asyncio.Event()
        self.number = 0

    def _issued(self, command: AcdCommand) -> None:
        self.issued.append(command)

    def sink(self, event: Event) -> None:
        self.said.append((asyncio.get_running_loop().time(), event))
        self.heard.set()

    @property
    def events(self) -> list[Event]:
        return [event for _, event in self.said]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.acd.run())
        await self.until(AcdLink)
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def until(self, kind: type[Event] | Status, within_s: float = 60.0) -> Event:
        """Wait for the next event of a kind, or the next fact with a status."""
        start = len(self.said)
        async with asyncio.timeout(within_s):
            while True:
                for event in self.events[start:]:
                    if isinstance(kind, Status):
                        if isinstance(event, AgentFact) and event.status is kind:
                            return event
                    elif isinstance(event, kind):
                        return event
                start = len(self.said)
                self.heard.clear()
                await self.heard.wait()

    def ask(self, verb: Verb, agent: str = "1001") -> AcdCommand:
        self.number += 1
        command = AcdCommand(self.number, verb, agent, None, "reason", None)
        self.at.issue(command)
        return command

    async def is_available(self) -> None:
        self.ask(Verb.LOGIN)
        self.ask(Verb.READY)
        await self.until(Status.AVAILABLE)


def test_the_link_comes_first_then_the_whole_truth() -> None:
    async def story() -> None:
        place = Place()
        async with place.running():
            assert place.events == [
                AcdLink(True),
                AgentFact(Status.LOGGED_OUT, "", None, False, "started", "1001"),
                QueueFact(0, None, "support"),
            ]

    run(story())


def test_a_command_is_written_down_then_answered_then_its_effect_is_told() -> None:
    async def story() -> None:
        place = Place()
        async with place.running():
            command = place.ask(Verb.LOGIN)
            assert place.issued == [command], "written down before the switch has it"
            assert len(place.said) == 3, "no answer at once"
            asked = asyncio.get_running_loop().time()
            await place.until(Status.NOT_READY)
            (answered, result), (told, fact) = place.said[3:]
            assert result == CommandResult(1, Outcome.CONFIRMED, "")
            assert isinstance(fact, AgentFact)
            assert answered - asked == pytest.approx(0.005, abs=1e-6)
            assert told == answered

    run(story())


@pytest.mark.parametrize("speed", [0.5, 1.0, 20.0, 1000.0])
def test_speed_scales_the_switchs_clock_and_times_are_the_hosts(speed: float) -> None:
    async def story() -> None:
        place = Place(speed=speed)
        loop = asyncio.get_running_loop()
        async with place.running():
            await place.is_available()
            await asyncio.sleep(1 / speed)
            called = loop.time()
            place.acd.happen("call", {"caller": "+12025550123"})
            ringing = await place.until(Status.RINGING)
            assert isinstance(ringing, AgentFact)
            assert ringing.call is not None
            assert ringing.call.since_ms == pytest.approx(round(called * 1000), abs=1)
            await place.until(Status.TALKING)
            assert loop.time() - called == pytest.approx(2 / speed, abs=1e-5)
            await place.until(Status.AFTER_CALL_WORK)
            assert loop.time() - called == pytest.approx(12 / speed, abs=1e-5)

    run(story())


def test_the_queue_is_told_with_host_times() -> None:
    async def story() -> None:
        place = Place()
        async with place.running():
            await asyncio.sleep(5)
            place.acd.happen("call", {})
            fact = await place.until(QueueFact)
            now_ms = round(asyncio.get_running_loop().time() * 1000)
            assert fact == QueueFact(1, now_ms, "support")

    run(story())


def test_waiting_costs_no_turns_of_the_loop() -> None:
    """Between two things that happen, the adapter sleeps: no polling, no spinning on rounding."""

    async def story() -> None:
        place = Place(SimulatedSwitch(SwitchSettings(callers_per_minute=60), seed=5), speed=3.7)
        turns = 0
        advance = place.switch.advance

        def counted(to_s: float) -> Any:
            nonlocal turns
            turns += 1
            return advance(to_s)

        place.switch.advance = counted  # type: ignore[method-assign]
        async with place.running():
            await asyncio.sleep(3600)
        callers = place.acd.counters.offered
        assert callers > 10_000
        assert turns < 2.2 * callers, "one turn for an arrival and one for a lost patience"

    run(story())


def test_a_cut_connection_is_told_and_its_return_tells_the_truth_anew() -> None:
    async def story() -> None:
        place = Place()
        async with place.running():
            await place.is_available()
            await asyncio.sleep(1)
            place.acd.disconnect()
            await place.until(AcdLink)
            assert place.events[-1] == AcdLink(False)
            count = len(place.said)
            place.acd.happen("call", {})
            await asyncio.sleep(5)
            assert len(place.said) == count, "nothing is heard meanwhile"
            place.acd.reconnect()
            await place.until(AcdLink)
            link, fact, queue = place.events[count:]
            assert link == AcdLink(True)
            assert isinstance(fact, AgentFact)
            assert fact.status is Status.TALKING, "the call went on without us"
            assert queue == QueueFact(0, None, "support")

    run(story())


def test_a_command_without_a_connection_never_leaves() -> None:
    async def story() -> None:
        place = Place()
        place.ask(Verb.LOGIN)
        async with place.running():
            place.acd.disconnect()
            await place.until(AcdLink)
            place.ask(Verb.LOGIN)
            place.acd.reconnect()
            await place.until(AcdLink)
            await asyncio.sleep(5)
        assert place.issued == []
        assert place.switch.agent_report("1001").status is Status.LOGGED_OUT

    run(story())


def test_an_answer_is_not_given_to_a_later_connection() -> None:
    async def story() -> None:
        place = Place()
        async with place.running():
            place.ask(Verb.LOGIN)
            place.acd.disconnect()
            place.acd.reconnect()
            place.acd.disconnect()
            await place.until(AcdLink)
            place.acd.reconnect()
            await asyncio.sleep(1)
        assert not any(isinstance(event, CommandResult) for event in place.events)
        assert [e.status for e in place.events if isinstance(e, AgentFact)][-1] is Status.NOT_READY

    run(story())


def test_the_switch_outlives_its_adapter_and_the_next_one_catches_up() -> None:
    async def story() -> None:
        first = Place()
        async with first.running():
            await first.is_available()
            await asyncio.sleep(1)
            first.acd.happen("call", {})
            await first.until(Status.TALKING)
            answered = asyncio.get_running_loop().time()
            first.ask(Verb.HOLD)
        await asyncio.sleep(3)
        second = Place(first.switch)
        async with second.running():
            link, fact, _queue = second.events
            assert link == AcdLink(True)
            assert isinstance(fact, AgentFact)
            assert fact.status is Status.HELD, "the command had left and was carried out"
            assert fact.call is not None
            assert fact.call.since_ms == pytest.approx((answered - 2) * 1000, abs=2)
            assert second.switch.now_s == pytest.approx(first.switch.now_s)
        assert not any(isinstance(event, CommandResult) for event in second.events)
        assert len(second.events) == 3

    run(story())


def test_time_without_an_adapter_has_passed() -> None:
    async def story() -> None:
        switch = SimulatedSwitch(SwitchSettings(callers_per_minute=60), seed=5)
        first = Place(switch, speed=2)
        async with first.running():
            await asyncio.sleep(10)
        await asyncio.sleep(100)
        second = Place(switch, speed=5)
        async with second.running():
            await asyncio.sleep(10)
        assert switch.now_s == pytest.approx(2 * 110 + 5 * 10, abs=1.5)

    run(story())


def test_a_loop_dropped_without_clean_up_leaves_the_switch_whole() -> None:
    switch = SimulatedSwitch(SwitchSettings(callers_per_minute=0))
    dead = JumpingLoop()
    first = Place(switch)
    dead.create_task(first.acd.run())
    for _ in range(3):
        dead.call_soon(dead.stop)
        dead.run_forever()
    first.ask(Verb.LOGIN)

    async def story() -> None:
        second = Place(switch)
        async with second.running():
            fact = second.events[1]
            assert isinstance(fact, AgentFact)
            assert fact.status is Status.NOT_READY

    run(story(), loop=JumpingLoop(dead.seconds + 2))
    for task in asyncio.all_tasks(dead):
        task.cancel()
    dead.call_soon(dead.stop)
    dead.run_forever()
    dead.close()


def test_a_sink_that_asks_at_once_is_not_called_from_within_itself() -> None:
    async def story() -> None:
        place = Place()
        depth = 0

        def sink(event: Event) -> None:
            nonlocal depth
            depth += 1
            assert depth == 1
            if isinstance(event, AgentFact) and event.status is Status.LOGGED_OUT:
                place.ask(Verb.LOGIN)
            place.sink(event)
            depth -= 1

        place.at.sink = sink
        task = asyncio.create_task(place.acd.run())
        await place.until(Status.NOT_READY)
        task.cancel()
        assert len(place.issued) == 1

    run(story())


def test_an_adapter_does_not_run_twice() -> None:
    async def story() -> None:
        place = Place()
        async with place.running():
            with pytest.raises(RuntimeError, match="runs already"):
                await place.acd.run()

    run(story())


@pytest.mark.parametrize("outbound", [False, True])
def test_channel_and_direction_reach_the_desk(outbound: bool) -> None:
    async def story() -> None:
        place = Place()
        async with place.running():
            await place.is_available()
            await asyncio.sleep(1)
            place.acd.happen("outbound" if outbound else "call", {"channel": "chat"})
            fact = await place.until(Status.RINGING)
            assert isinstance(fact, AgentFact)
            assert fact.call is not None
            assert fact.call.channel is Channel.CHAT
            direction = Direction.OUTBOUND if outbound else Direction.INBOUND
            assert fact.call.direction is direction

    run(story())


@pytest.mark.parametrize(
    "happening, cause",
    [
        ("a supervisor", "supervisor"),
        ("a supervisor in a call", "Ms Keller"),
        ("nobody answers", "no_answer"),
        ("work time over", "work_time_over"),
        ("customer not reached", "customer_not_reached"),
    ],
)
def test_who_or_what_changed_the_status_reaches_the_desk(happening: str, cause: str) -> None:
    async def story() -> None:
        quiet = SwitchSettings(callers_per_minute=0, talk_s=(10, 10), answer_after_s=None)
        place = Place(SimulatedSwitch(quiet))
        async with place.running():
            await place.is_available()
            await asyncio.sleep(1)
            if happening == "a supervisor":
                place.acd.happen("force", {"status": "logged_out"})
                fact = await place.until(Status.LOGGED_OUT)
            elif happening == "customer not reached":
                place.acd.happen("outbound", {})
                fact = await place.until(Status.AVAILABLE)
            else:
                place.acd.happen("call", {})
                await place.until(Status.RINGING)
                if happening != "nobody answers":
                    place.acd.happen("answer", {})
                    await place.until(Status.TALKING)
                if happening == "a supervisor in a call":
                    place.acd.happen("force", {"status": "not_ready", "cause": "Ms Keller"})
                ends = Status.AVAILABLE if cause == "work_time_over" else Status.NOT_READY
                fact = await place.until(ends)
            assert isinstance(fact, AgentFact)
            assert fact.cause == cause

    run(story())


def test_another_agents_news_stay_with_them() -> None:
    async def story() -> None:
        quiet = SwitchSettings(callers_per_minute=0)
        switch = SimulatedSwitch(quiet, agents=[("1001", "201"), ("1002", "202")])
        here, there = Place(switch, agent="1001"), Place(switch, agent="1002")
        async with here.running():
            switch.submit(AcdCommand(1, Verb.LOGIN, "1002", None, "", None), switch.now_s)
            here.ask(Verb.LOGIN)
            await here.until(Status.NOT_READY)
            await asyncio.sleep(1)
            assert sum(isinstance(event, AgentFact) for event in here.events) == 2
        assert there.events == []

    run(story())


def test_a_wrong_happening_is_the_scripts_mistake() -> None:
    place = Place()
    with pytest.raises(UsageError, match="earthquake"):
        place.acd.happen("earthquake", {})
    with pytest.raises(UsageError, match="speed"):
        Place(speed=0)


def test_another_agent_takes_the_desk_and_the_calls_come_to_them() -> None:
    async def story() -> None:
        place = Place()
        async with place.running():
            place.ask(Verb.LOGIN, "2002")
            fact = await place.until(Status.NOT_READY)
            assert isinstance(fact, AgentFact)
            assert fact.agent == "2002"
            place.ask(Verb.READY, "2002")
            await place.until(Status.AVAILABLE)
            place.acd.happen("call", {})
            fact = await place.until(Status.RINGING)
            assert isinstance(fact, AgentFact)
            assert fact.agent == "2002"
            assert place.switch.agents["2002"].extension == "201"
            assert place.switch.agents["1001"].status is Status.LOGGED_OUT

    run(story())


def test_the_phone_rings_until_it_is_answered_or_the_call_goes_back() -> None:
    async def story() -> None:
        quiet = SwitchSettings(callers_per_minute=0, answer_after_s=None, patience_s=100)
        place = Place(SimulatedSwitch(quiet))
        async with place.running():
            await place.is_available()
            place.acd.happen("call", {})
            await place.until(Status.RINGING)
            place.ask(Verb.ANSWER)
            fact = await place.until(Status.TALKING)
            assert isinstance(fact, AgentFact)
            assert fact.cause == "call_answered"
            place.ask(Verb.HANG_UP)
            fact = await place.until(Status.AFTER_CALL_WORK)
            assert isinstance(fact, AgentFact)
            assert fact.cause == "agent_hung_up"
            place.ask(Verb.END_WORK)
            await place.until(Status.AVAILABLE)
            place.acd.happen("call", {})
            await place.until(Status.RINGING)
            fact = await place.until(Status.NOT_READY)
            assert isinstance(fact, AgentFact)
            assert (fact.reason, fact.cause) == ("no-answer", "no_answer")
            assert place.switch.queue_report().waiting == 1

    run(story())


def test_auto_answer_can_be_switched_while_the_phone_rings() -> None:
    async def story() -> None:
        quiet = SwitchSettings(callers_per_minute=0, answer_after_s=None)
        place = Place(SimulatedSwitch(quiet))
        async with place.running():
            await place.is_available()
            place.acd.happen("call", {})
            await place.until(Status.RINGING)
            assert place.at.auto_answer_s is None
            began = asyncio.get_running_loop().time()
            place.at.set_auto_answer(5)
            await place.until(Status.TALKING)
            assert asyncio.get_running_loop().time() - began == pytest.approx(5, abs=0.1)
            place.ask(Verb.HANG_UP)
            await place.until(Status.AFTER_CALL_WORK)
            place.ask(Verb.END_WORK)
            await place.until(Status.AVAILABLE)
            place.acd.happen("call", {})
            await place.until(Status.RINGING)
            place.at.set_auto_answer(None)
            await place.until(Status.NOT_READY)

    run(story())


def test_an_acd_with_pins_knows_its_agents_and_no_others() -> None:
    async def story() -> None:
        place = Place(pins={"1001": "2468"}, demonstration="1001")
        assert place.acd.verifies_pins
        assert place.acd.demonstration == ("1001", "2468")
        assert await place.acd.verify_pin("1001", "2468")
        assert not await place.acd.verify_pin("1001", "2469")
        assert not await place.acd.verify_pin("1002", "2468")
        assert not await place.acd.verify_pin("1002", "")
        assert not Place().acd.verifies_pins

    run(story())


def test_made_from_the_settings() -> None:
    async def story() -> None:
        settings = Settings.model_validate(
            {
                "desks": [{"agent": "77", "extension": "277"}],
                "acd": {"simulated": {"queue": "sales", "callers_per_minute": 60.0}},
            }
        )
        issued: list[AcdCommand] = []
        acd = create(settings, seed=4, speed=2.0)
        assert isinstance(acd, ScriptableAcd)
        assert acd.switch.settings.queue == "sales"
        assert acd.switch.agents["77"].extension == "277"
        events: list[Event] = []
        acd.place(Seat("77", "277"), events.append, issued.append)
        task = asyncio.create_task(acd.run())
        await asyncio.sleep(30)
        assert 30 < acd.counters.offered < 90
        before = acd.counters.offered
        acd.callers_from_script_only()
        await asyncio.sleep(30)
        assert acd.counters.offered == before
        task.cancel()

    run(story())
