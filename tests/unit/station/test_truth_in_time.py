"""Late, slow and odd: what must not act does not, and no lamp says a thing that is not so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clock import run
from tests.unit.station.place import Place

from calldeck.desk import Button, Status
from calldeck.desk.lamps import Attention, attention
from calldeck.journal.lines import sealed

MUTE, HOLD, STATUS, ASSIST = tuple(Button)
LATE_MS = 1500

Story = Callable[[Place], Awaitable[None]]


def at_a_place(folder: Path, story: Story) -> None:
    async def day() -> None:
        place = Place(folder)
        async with place.open():
            await story(place)

    run(day())


def attention_of(place: Place) -> Attention:
    return attention(place.daemon.station.desk, round(place.now))


class HeldBack:
    """Keeps what the console says for a while, as a stalled computer does."""

    def __init__(self, place: Place) -> None:
        transport = place.console._transport
        assert transport is not None
        self._transport = transport
        self._deliver = transport.deliver
        self._kept: list[bytes] = []
        transport.deliver = self._kept.append  # type: ignore[method-assign]

    def release(self) -> None:
        self._transport.deliver = self._deliver  # type: ignore[method-assign]
        for data in self._kept:
            self._deliver(data)


def test_a_lag_before_the_welcome_is_read_does_not_make_an_old_press_young(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await place.talking()
        place.console.unplug()
        await asyncio.sleep(0.01)
        place.console.change(HOLD, True)
        pressed_ms = place.now
        connect = place.console.connect
        loop: Any = asyncio.get_running_loop()

        async def lagging(factory: Callable[[], asyncio.Protocol]) -> None:
            await connect(factory)
            transport: Any = place.console._transport
            deliver = transport.deliver

            def stuck(data: bytes) -> None:
                transport.deliver = deliver
                deliver(data)  # the welcome has left the console
                loop.seconds += 2.4

            transport.deliver = stuck

        place.console.connect = lagging  # type: ignore[method-assign]
        place.console.plug()
        await place.until(lambda: bool(place.presses(HOLD)))
        await asyncio.sleep(1)
        press = place.presses(HOLD)[-1]
        assert all(acted - pressed_ms <= LATE_MS for acted in place.acted(press))
        assert [outcome for outcome, _why in place.outcomes(press)] == ["expired"]

    at_a_place(tmp_path, story)


def test_a_slow_disk_takes_the_time_that_was_left(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await place.talking()
        loop: Any = asyncio.get_running_loop()
        ledger: Any = place.daemon.ledger
        write = ledger._write

        def slow(line: dict[str, object]) -> None:
            write(line)
            if line["line"] == "received":
                loop.seconds += 5

        ledger._write = slow
        place.console.change(HOLD, True)
        await asyncio.sleep(1)
        press = place.presses(HOLD)[-1]
        assert place.acted(press) == []
        assert [outcome for outcome, _why in place.outcomes(press)] == ["expired"]

    at_a_place(tmp_path, story)


@pytest.mark.parametrize("button", [MUTE, HOLD])
def test_a_late_release_of_what_has_acted_is_no_refusal(button: Button, tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await place.talking()
        place.console.change(button, True)
        await asyncio.sleep(0.3)
        held_back = HeldBack(place)
        place.console.change(button, False)
        await asyncio.sleep(2)
        held_back.release()
        await asyncio.sleep(0.3)
        assert attention_of(place) is not Attention.REFUSED

    at_a_place(tmp_path, story)


def test_a_mute_that_was_told_late_has_worked_and_is_no_refusal(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await place.talking()
        place.console.unplug()
        await asyncio.sleep(0.5)
        was_muted = place.console.mute_lamp
        await place.tap(MUTE)
        assert place.console.mute_lamp is not was_muted
        await asyncio.sleep(2)
        place.console.plug()
        await place.until(lambda: bool(place.presses(MUTE)))
        await asyncio.sleep(0.3)
        assert [outcome for outcome, _ in place.outcomes(place.presses(MUTE)[-1])] == ["expired"]
        assert attention_of(place) is not Attention.REFUSED

    at_a_place(tmp_path, story)


def test_a_late_release_of_one_button_leaves_the_tap_of_another_alone(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await place.ready()
        place.console.change(ASSIST, True)
        place.console.change(MUTE, True)
        await asyncio.sleep(0.1)
        held_back = HeldBack(place)
        place.console.change(MUTE, False)
        await asyncio.sleep(1.7)
        held_back.release()
        await asyncio.sleep(0.05)
        place.console.change(ASSIST, False)
        await asyncio.sleep(0.5)
        assert place.outcomes(place.presses(ASSIST)[-1]) == [("confirmed", "")]

    at_a_place(tmp_path, story)


def test_a_tap_whose_link_dropped_before_its_release_is_cancelled(tmp_path: Path) -> None:
    """Also where the press itself was delivered only after the link had come back."""

    async def story(place: Place) -> None:
        await place.ready()
        HeldBack(place)
        place.console.change(STATUS, True)
        await asyncio.sleep(0.05)
        place.console.unplug()
        await asyncio.sleep(0.05)
        place.console.plug()
        await place.until(lambda: bool(place.presses(STATUS)))
        await asyncio.sleep(0.1)
        place.console.change(STATUS, False)
        await asyncio.sleep(0.5)
        assert [outcome for outcome, _ in place.outcomes(place.presses(STATUS)[-1])] == [
            "cancelled"
        ]
        assert place.daemon.station.desk.status is Status.NOT_READY

    at_a_place(tmp_path, story)


def test_a_button_that_does_not_exist_is_counted_and_costs_nothing(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        problems: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: problems.append(context)
        )
        await place.talking()
        state = place.console.state
        state.link.stamp_edge(5, True, place.console._now(), state.birth, state.shown)
        await asyncio.sleep(1)
        assert place.daemon.station.session.errors["unknown"] == 1
        assert state.link.edges.count == 0
        await place.tap(HOLD)
        assert place.outcomes(place.presses(HOLD)[-1]) == [("confirmed", "")]
        assert problems == []

    at_a_place(tmp_path, story)


RECEIVED = {
    "line": "received", "press": "00000001-1", "birth": 1, "sequence": 1, "button": "HOLD",
    "pressed": True, "console_ms": 1, "age_ms": 0, "expired": False,
    "shown": {"status": "talking", "call": None, "pending": None},
}  # fmt: skip


@pytest.mark.parametrize(
    "odd",
    [
        {"button": "FOO"},
        {"shown": {}},
        {"shown": {"status": "busy", "call": None, "pending": None}},
        {"shown": {"status": "talking"}},
    ],
)
def test_an_odd_line_in_the_ledger_ends_no_shift(odd: dict[str, Any], tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await asyncio.sleep(1)
        assert not any(task.done() for task in place.daemon.tasks)
        await place.talking()

    async def day() -> None:
        place = Place(tmp_path)
        down = {**RECEIVED, "at": place.wall_ms(), **odd}
        up = {**down, "press": "00000001-2", "sequence": 2, "pressed": False, "shown": None}
        lines = [sealed(down), sealed(up), b"[" * 100_000 + b"\n"]
        (tmp_path / "presses.jsonl").write_bytes(b"".join(lines))
        async with place.open():
            await story(place)

    run(day())


def test_what_the_acd_has_not_answered_at_the_end_ends_as_unknown(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        await place.talking()
        place.daemon.acd.happen("silent", {"for_s": 60.0})
        await place.tap(HOLD)
        station = place.daemon.station
        before = station.tally.commands["unknown"]
        station.end()
        assert station.tally.commands["unknown"] == before + 1
        assert [outcome for outcome, _ in place.outcomes(place.presses(HOLD)[-1])] == ["unknown"]

    at_a_place(tmp_path, story)
