"""The session, frame by frame: hello, edges, orders, microphone, and what does not belong there."""

from __future__ import annotations

import asyncio
import itertools
import re

import pytest
from tests.clock import run
from tests.unit.link.frames import Tap, forged, is_a, losing, payload_of
from tests.unit.link.line import Faults
from tests.unit.link.rig import Rig, lamps

from calldeck.errors import JournalError, ProtocolMismatch
from calldeck.link.model import ConsoleEdge
from calldeck_wire import messages
from calldeck_wire.frames import encode_frame
from calldeck_wire.modular import MASK, difference

MUTE, HOLD, STATUS, ASSIST = range(4)
# An order and its result take 40 ms.
SLOW = Faults(delay_ms=(20, 20))


async def tap(rig: Rig, button: int, ms: int = 40) -> None:
    rig.hand.toggle(button)
    await asyncio.sleep(ms / 1000)
    rig.hand.toggle(button)
    await asyncio.sleep(ms / 1000)


# --- hello ---------------------------------------------------------------------------------


def test_every_hello_has_a_number_of_its_own_until_one_is_answered() -> None:
    async def test() -> None:
        rig = Rig()
        rig.port.to_host = losing(messages.WELCOME, times=3)
        async with rig.open():
            await rig.connected()
            assert len(rig.numbers) == 4
            assert len(set(rig.numbers)) == 4
            assert 0 not in rig.numbers
            assert len(rig.listener.ups) == 1
            # The hello before this one was heard, only its answer was lost.
            assert rig.listener.ups[0].previous == rig.numbers[-2]
            await tap(rig, HOLD)
            assert [edge.birth for edge in rig.listener.edges] == [rig.numbers[-1]] * 2

    run(test())


def test_an_answer_that_takes_longer_than_the_wait_for_it_ends_in_a_session_all_the_same() -> None:
    async def test() -> None:
        rig = Rig(faults=Faults(delay_ms=(400, 400)))
        async with rig.open():
            await rig.connected()
            assert rig.port.connections == 1

    run(test())


def test_an_edge_made_while_the_answer_was_lost_is_delivered_under_its_own_birth() -> None:
    async def test() -> None:
        rig = Rig()
        rig.port.to_host = losing(messages.WELCOME, times=1)
        async with rig.open():
            await asyncio.sleep(0.1)
            await tap(rig, HOLD)
            await rig.connected()
            await rig.until(lambda: len(rig.listener.edges) == 2)
            assert [edge.birth for edge in rig.listener.edges] == [rig.numbers[0]] * 2
            assert rig.numbers[0] != rig.numbers[-1]
            assert rig.session.account.counts().sent == 1
            assert rig.session.account.counts().lost == 0

    run(test())


def test_a_repeated_welcome_begins_nothing_anew() -> None:
    async def test() -> None:
        rig = Rig()
        rig.port.to_host = lambda frame: frame * (2 if is_a(frame, messages.WELCOME) else 1)
        async with rig.open():
            await rig.connected()
            await tap(rig, HOLD)
            assert len(rig.listener.ups) == 1
            assert len(rig.listener.edges) == 2

    run(test())


@pytest.mark.parametrize(
    ("oldest", "newest", "words"), [(7, 9, "too new"), (0, 0, "too old"), (2, 2, "too new")]
)
def test_a_console_of_another_age_is_refused_with_what_to_do(
    oldest: int, newest: int, words: str
) -> None:
    def other_age(frame: bytes) -> bytes:
        if not is_a(frame, messages.WELCOME):
            return frame

        def change(payload: bytearray) -> None:
            payload[messages.HEADER_BYTES : messages.HEADER_BYTES + 2] = bytes([oldest, newest])

        return forged(payload_of(frame), change)

    async def test() -> None:
        rig = Rig()
        rig.port.to_host = other_age
        async with rig.open():
            await rig.until(lambda: bool(rig.problems))
            assert isinstance(rig.problems[0], ProtocolMismatch)
            assert re.search(rf"{words}.* {oldest} to {newest}.*[Ff]lash", str(rig.problems[0]))
            assert rig.listener.ups == []
            # It goes on trying, and says it once.
            await asyncio.sleep(3)
            assert len(rig.problems) == 1
            rig.port.to_host = bytes
            await rig.connected()

    run(test())


def test_fields_that_a_newer_console_appends_are_passed_over() -> None:
    def longer(frame: bytes) -> bytes:
        return encode_frame(payload_of(frame) + b"\x01\x02\x03")

    async def test() -> None:
        rig = Rig()
        rig.port.to_host = longer
        async with rig.open():
            await rig.connected()
            await tap(rig, HOLD)
            assert len(rig.listener.edges) == 2
            assert rig.session.errors["unknown"] == 0

    run(test())


def test_the_first_lamp_state_waits_for_the_patterns_that_it_names_alone() -> None:
    async def test() -> None:
        rig = Rig(patterns=dict.fromkeys(range(2, 7), (500, 500)))
        told: list[bytes] = []

        def note(frame: bytes) -> bytes:
            if is_a(frame, messages.PATTERN, messages.LAMPS):
                told.append(payload_of(frame))
            return frame

        rig.port.to_console = note
        rig.show(lamps("first", slot=5))
        async with rig.open():
            await rig.connected()
            await rig.until(lambda: rig.console.lit("hold"))
            pattern, state = told[:2]
            values = messages.decode(messages.PATTERN, pattern)
            assert values is not None
            assert values[1] == 5
            assert messages.peek(state)[0] == messages.LAMPS.number

    run(test())


def test_a_lamp_state_of_patterns_yet_to_come_is_told_when_they_are_there() -> None:
    async def test() -> None:
        rig = Rig(faults=SLOW, patterns=dict.fromkeys(range(2, 7), (500, 500)))
        rig.show(lamps("first", slot=2))
        async with rig.open():
            await rig.connected()
            await rig.until(lambda: rig.session.lamp_frames > 0)
            rig.show(lamps("second", slot=6))
            assert rig.session.lamp_frames == 1, "the console would refuse it"
            began = rig.now
            await rig.until(lambda: rig.console.state.lamps.slots[3] == 6)
            assert rig.now - began < 250, "not only in the turn of the state before"
            assert rig.session.lamp_frames == 2

    run(test())


def test_lamps_shown_before_all_patterns_are_known_are_ended_too() -> None:
    async def test() -> None:
        rig = Rig(faults=SLOW, patterns=dict.fromkeys(range(2, 7), (500, 500)))
        rig.show(lamps("first", slot=2))
        async with rig.open():
            await rig.connected()
            await rig.until(lambda: rig.console.lit("hold"))
            rig.show(lamps("second", slot=6))
            rig.session.end_lamps(rig.now)
            await rig.until(lambda: not rig.console.lit("hold"))
            await rig.until(lambda: not rig.console.state.lamps.leased, within_s=0.5)

    run(test())


# --- what does not belong there ------------------------------------------------------------


def test_garbage_between_the_frames_is_counted_and_passed_over() -> None:
    async def test() -> None:
        rig = Rig()
        garbage = [b"\x07garbage\x00", b"\x00\x00", bytes(range(1, 256)) * 2 + b"\x00", b"\x05\x00"]
        rig.port.to_host = lambda frame: garbage[len(frame) % 4] + frame
        async with rig.open():
            await rig.connected()
            for _ in range(8):
                await tap(rig, HOLD)
            assert len(rig.listener.edges) == 16
            assert rig.session.errors["damaged"] > 0
            assert rig.session.errors["oversize"] > 0

    run(test())


def test_frames_of_an_older_session_are_ignored_and_counted() -> None:
    async def test() -> None:
        rig = Rig()
        kept: list[bytes] = []

        def keep(frame: bytes) -> bytes:
            if is_a(frame, messages.EDGE, messages.MICROPHONE):
                kept.append(frame)
            return frame

        rig.port.to_host = keep
        async with rig.open():
            await rig.connected()
            await tap(rig, HOLD)
            old = b"".join(kept)
            rig.port.to_host = bytes
            await rig.replugged()
            before = rig.session.errors["stale"]
            rig.port.to_host = lambda frame: old + frame
            await tap(rig, STATUS)
            assert [edge.button for edge in rig.listener.edges] == [HOLD, HOLD, STATUS, STATUS]
            assert rig.session.errors["stale"] >= before + 6

    run(test())


@pytest.mark.parametrize(
    "strange",
    [
        bytes([0xF0]),  # an id of a newer version
        bytes([messages.LAMPS.number]),  # one of our own, echoed
        bytes([messages.EDGE.number]),  # too short for its fields
    ],
)
def test_unknown_messages_of_this_session_are_skipped_and_counted(strange: bytes) -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(0.1)
            forged = encode_frame(strange + rig.numbers[-1].to_bytes(4, "little"))
            rig.port.to_host = lambda frame: forged + frame
            await tap(rig, HOLD)
            assert len(rig.listener.edges) == 2
            assert rig.session.errors["unknown"] > 0
            assert rig.problems == []

    run(test())


# --- edges ---------------------------------------------------------------------------------


def test_a_lost_acknowledgement_brings_the_edge_again_but_not_to_the_desk() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(0.5)
            rig.port.to_console = losing(messages.ACKNOWLEDGE, times=4)
            await tap(rig, HOLD)
            await asyncio.sleep(1)
            assert len(rig.listener.edges) == 2
            assert rig.session.errors["repeated"] > 0
            assert rig.console.state.link.edges.count == 0

    run(test())


def test_an_edge_that_cannot_be_put_on_record_is_never_acknowledged_and_comes_again() -> None:
    async def test() -> None:
        rig = Rig()
        acknowledged = Tap()
        rig.port.to_console = acknowledged
        refusals = 3

        def full_disk(_edge: ConsoleEdge) -> None:
            nonlocal refusals
            if refusals:
                refusals -= 1
                raise JournalError("the disk is full")

        async with rig.open():
            await rig.connected()
            await asyncio.sleep(0.5)
            rig.listener.on_edge = full_disk
            await tap(rig, HOLD, 10)
            while refusals:
                for _session, (next_edge, _counter) in acknowledged.of(messages.ACKNOWLEDGE):
                    assert next_edge == 0
                await asyncio.sleep(0.01)
            await rig.drained()
            assert rig.listener.keys == rig.hand.known.edges
            assert [str(problem) for problem in rig.problems][:1] == ["the disk is full"]
            assert rig.session.account.counts().lost == 0

    run(test())


def test_nothing_else_acknowledges_an_edge_that_is_not_on_record() -> None:
    """What still comes in before the connection is closed must not carry its number either."""

    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(0.5)
            sent: list[bytes] = []
            rig.session._send = sent.append
            base = rig.console.state.link.edges.base

            def refuse(_edge: ConsoleEdge) -> None:
                raise JournalError("the disk is full")

            rig.listener.on_edge = refuse
            session = rig.numbers[-1]
            values = (session, base, 0, HOLD | messages.EDGE_PRESSED, 0, 0, 1)
            edge = encode_frame(messages.encode(messages.EDGE, session, values))
            report = encode_frame(messages.encode(messages.MICROPHONE, session, (9, 1, 1, 1)))
            with pytest.raises(JournalError):
                rig.session.receive(edge, rig.now)
            rig.session.receive(report, rig.now)
            acknowledged = [messages.decode(messages.ACKNOWLEDGE, payload_of(f)) for f in sent]
            assert acknowledged == [(base, 9)]

    run(test())


@pytest.mark.parametrize("away_ms", [300, 1_400, 20_000])
def test_the_age_of_an_edge_is_the_time_since_the_finger_moved(away_ms: int) -> None:
    async def test() -> None:
        rig = Rig(clock_ms=MASK - 1_000, faults=Faults(delay_ms=(0, 30)))
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(0.5)
            rig.console.unplug()
            moved = rig.now
            rig.hand.toggle(HOLD)
            await asyncio.sleep(away_ms / 1000)
            rig.console.plug()
            arrived = 0.0

            def note(_edge: ConsoleEdge) -> None:
                nonlocal arrived
                arrived = rig.now

            rig.listener.on_edge = note
            await rig.until(lambda: bool(rig.listener.edges))
            # Half the round trip of 60 ms, and what rounding adds.
            assert rig.listener.edges[0].age_ms == pytest.approx(arrived - moved, abs=32)

    run(test())


def test_no_edge_is_older_than_the_most_that_is_said_of_it() -> None:
    """Not by the part of a millisecond either, of which the two clocks know nothing."""

    async def test() -> None:
        rig = Rig(faults=Faults(delay_ms=(0, 2)))
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(0.5)
            for at in range(60):
                rig.console.unplug()
                moved = rig.now
                rig.hand.toggle(at % 4)
                await asyncio.sleep(0.1 + 0.01373 * at)
                rig.console.plug()
                await rig.until(lambda at=at: len(rig.listener.edges) == at + 1)  # type: ignore[misc]
                edge = rig.listener.edges[at]
                assert edge.at_ms - moved <= edge.oldest_ms <= edge.at_ms - moved + 10

    run(test())


def test_a_button_that_stays_down_is_told_every_100_ms() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(0.5)
            rig.hand.toggle(STATUS)
            rig.hand.toggle(ASSIST)
            await asyncio.sleep(1.05)
            rig.hand.toggle(STATUS)
            rig.hand.toggle(ASSIST)
            await asyncio.sleep(0.5)
            bits = [buttons for buttons, _ms in rig.listener.held_bits]
            times = [ms for _buttons, ms in rig.listener.held_bits]
            assert bits == [1 << STATUS | 1 << ASSIST] * 10
            assert {difference(b, a) for a, b in itertools.pairwise(times)} == {100}

    run(test())


def test_what_is_held_is_not_believed_while_an_edge_is_missing() -> None:
    """Between two presses a release may be missing: then the second one is not a long one."""

    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(0.5)
            session = rig.session
            ms, expected = rig.console.state.uptime_ms, session._inbox.expected
            for next_edge in (expected + 1, expected + 2, (expected - 1) & MASK):
                values = (1 << STATUS, ms, next_edge)
                payload = messages.encode(messages.HELD, session._session, values)
                session.receive(encode_frame(payload), rig.now)
            assert rig.listener.held_bits == []
            payload = messages.encode(messages.HELD, session._session, (1 << STATUS, ms, expected))
            session.receive(encode_frame(payload), rig.now)
            assert rig.listener.held_bits == [(1 << STATUS, ms)]

    run(test())


# --- orders and the microphone -------------------------------------------------------------


@pytest.mark.parametrize("kind", [messages.PATTERN, messages.CONFIRM])
def test_a_lost_order_or_its_lost_answer_is_mended(kind: messages.Message) -> None:
    async def test() -> None:
        rig = Rig()
        lose = losing(kind, times=2)
        rig.port.to_console = rig.port.to_host = lose
        async with rig.open():
            rig.show(lamps("held", slot=2))
            await rig.connected()
            await asyncio.sleep(1)
            assert rig.console.state.lamps.patterns[2:4] == [(500, 500), (100, 900)]
            assert rig.console.state.link.orders.expected == 2
            assert rig.console.state.lamps.leased
            assert rig.session.errors["order_refused"] == 0

    run(test())


def test_a_pattern_that_the_console_refuses_is_counted() -> None:
    async def test() -> None:
        rig = Rig(patterns={2: (50, 50)})
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(0.5)
            assert rig.session.errors["order_refused"] == 1

    run(test())


def test_the_console_does_what_is_asked_of_its_microphone_unless_it_has_changed() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            assert not rig.session.request_microphone(muted=False, now=rig.now)
            await rig.connected()
            await rig.until(lambda: bool(rig.listener.microphones))
            assert rig.session.request_microphone(muted=False, now=rig.now)
            await asyncio.sleep(0.3)
            report = rig.listener.microphones[-1]
            assert (report.muted, report.cause) == (False, "host")
            # The agent mutes just before the next request arrives: the agent wins.
            rig.hand.toggle(MUTE)
            assert rig.session.request_microphone(muted=False, now=rig.now)
            await asyncio.sleep(0.1)
            rig.hand.toggle(MUTE)
            await asyncio.sleep(0.5)
            assert rig.session.errors["microphone_request_refused"] == 1
            assert rig.console.state.microphone.muted
            assert rig.listener.microphones[-1].muted

    run(test())


def test_the_microphone_is_told_again_in_each_session() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            for session in range(1, 4):
                await rig.connected()
                await asyncio.sleep(0.5)
                assert len(rig.listener.microphones) == session
                await rig.unplugged()
                # What was known belongs to the session that has ended.
                assert not rig.session.request_microphone(muted=True, now=rig.now)
                rig.console.plug()

    run(test())


def test_an_order_needs_a_session() -> None:
    """One given before would be taken for the first pattern's order."""

    async def test() -> None:
        rig = Rig()
        async with rig.open():
            rig.session.reset_console(messages.MODE_NORMAL, rig.now)
            await rig.connected()
            rig.show(lamps("held", slot=3))
            await asyncio.sleep(0.5)
            assert rig.console.resets == 0
            assert rig.console.state.lamps.leased
            rig.session.reset_console(messages.MODE_NORMAL, rig.now)
            rig.keeper.changed()
            await rig.until(lambda: rig.console.resets == 1)

    run(test())


def test_faults_stats_and_log_lines_reach_the_listener_in_words() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            rig.console.state.link.notice(messages.LOG, (30,), "hallo ✓".encode())
            rig.hand.toggle(HOLD)
            await asyncio.sleep(21)
            rig.session.ask_stats(rig.now)
            await asyncio.sleep(0.2)
            assert rig.listener.logs == [(30, "hallo ✓")]
            told = [(fault.kind, fault.detail) for fault in rig.listener.faults]
            assert told == [("stuck_button", "HOLD")]
            assert rig.listener.all_stats[-1].presses == 1

    run(test())
