"""A connection: silence, a host that cannot write, and who is at fault."""

from __future__ import annotations

import asyncio
import contextlib
import itertools

from tests.clock import run
from tests.unit.link.rig import Recorder, Rig, lamps
from tests.unit.link.test_session import HOLD, tap

from calldeck.errors import ConsoleSilent, WrongDevice
from calldeck.link.connection import SILENCE_MS, WELCOME_MS, ConsoleConnection
from calldeck.link.session import HostSession, LinkSettings, SeenEdges


def test_a_console_that_falls_silent_is_given_up_in_time_and_taken_back() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(2)
            rig.port.to_host = lambda data: b""
            began = rig.now
            await rig.until(lambda: bool(rig.problems))
            # The last word may be a second old.
            assert SILENCE_MS - 1_010 <= rig.now - began <= SILENCE_MS + 10
            assert [type(problem) for problem in rig.problems] == [ConsoleSilent]
            assert len(rig.listener.downs) == 1
            rig.port.to_host = bytes
            await rig.connected()
            await tap(rig, HOLD)
            assert len(rig.listener.edges) == 2

    run(test())


def test_a_console_with_nothing_to_say_is_kept() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            await asyncio.sleep(600)
            assert rig.port.connections == 1
            assert rig.problems == []

    run(test())


def test_a_port_without_an_answer_and_one_with_a_strange_answer_are_told_apart() -> None:
    async def test() -> None:
        for answer, error in ((b"", ConsoleSilent), (b"login: ", WrongDevice)):
            rig = Rig()
            rig.port.to_host = lambda data, answer=answer: answer  # type: ignore[misc]
            async with rig.open():
                began = rig.now
                await rig.until(lambda rig=rig: bool(rig.problems))  # type: ignore[misc]
                assert [type(problem) for problem in rig.problems] == [error]
                assert rig.now - began <= WELCOME_MS + 10

    run(test())


class Buffer(asyncio.Transport):
    """A transport that writes down what it is given and never reads it out."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


def test_a_host_that_cannot_write_drops_frames_instead_of_keeping_them() -> None:
    async def test() -> None:
        numbers = itertools.count(1)
        session = HostSession(LinkSettings({}, {}), Recorder(), SeenEdges(), lambda: next(numbers))
        connection = ConsoleConnection(session, "a full pipe")
        transport = Buffer()
        connection.connection_made(transport)
        assert len(transport.written) == 1
        connection.pause_writing()
        await asyncio.sleep(2)
        assert len(transport.written) == 1
        dropped = session.errors["send_dropped"]
        assert dropped >= 1
        connection.resume_writing()
        await asyncio.sleep(0.9)
        assert len(transport.written) > 1
        assert session.errors["send_dropped"] == dropped
        connection.close()

    run(test())


def test_edges_survive_a_host_that_cannot_write_for_a_while() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            rig.show(lamps("first"))
            await rig.connected()
            await asyncio.sleep(0.5)
            connection = rig.keeper._connection
            assert connection is not None
            connection.pause_writing()
            for _ in range(5):
                await tap(rig, HOLD)
            assert rig.console.state.link.edges.count == 10
            connection.resume_writing()
            await rig.drained()
            assert rig.listener.keys == rig.hand.known.edges
            assert rig.port.connections == 1
            assert rig.session.errors["send_dropped"] > 0

    run(test())


def test_a_connection_given_up_before_its_port_opened_says_nothing() -> None:
    class Transport(asyncio.Transport):
        aborted = False

        def abort(self) -> None:
            self.aborted = True

        def write(self, data: bytes | bytearray | memoryview) -> None:
            raise AssertionError("nothing may be written any more")

    async def story() -> None:
        session = HostSession(LinkSettings({}, {}), Recorder(), SeenEdges(), lambda: 1)
        connection = ConsoleConnection(session, "port")
        connection.close()
        transport = Transport()
        connection.connection_made(transport)
        assert transport.aborted
        assert not session.established

    run(story())


def test_a_listener_that_fails_at_the_end_does_not_keep_the_port() -> None:
    async def test() -> None:
        rig = Rig()
        async with rig.open():
            await rig.connected()
            connection = rig.keeper._connection
            assert connection is not None

            def bug(_why: str) -> None:
                raise ZeroDivisionError("a bug")

            rig.listener.console_down = bug  # type: ignore[method-assign]
            with contextlib.suppress(ZeroDivisionError):
                connection.fail(ConsoleSilent("silent"))
            assert connection._transport is None
            await asyncio.wait_for(connection.released.wait(), 1)
            del rig.listener.console_down  # type: ignore[method-assign]
            await rig.connected()

    run(test())
