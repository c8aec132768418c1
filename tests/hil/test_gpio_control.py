"""The control socket, and gpiozero's own devices on it: several programs at one console's pins."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from gpiozero import LED, Button, DigitalInputDevice, GPIOPinInUse, LEDBoard, OutputDevice
from gpiozero.exc import (
    DeviceClosed,
    PinFixedPull,
    PinInvalidBounce,
    PinInvalidPin,
    PinPWMUnsupported,
    PinSetInput,
    PinSPIUnsupported,
)
from tests.hil.gpio_rig import EMULATED, SOCKET, console, hold_on

from calldeck.consoles.control_client import ControlClient
from calldeck.consoles.control_socket import MOST_UNREAD_BYTES
from calldeck.consoles.emulated import EmulatedConsole
from calldeck.consoles.gpiozero_pins import CalldeckFactory
from calldeck.consoles.soft import emulated_console
from calldeck.errors import EmulatorError
from calldeck_console import pins

pytestmark = pytest.mark.skipif(not EMULATED, reason="a Raspberry Pi has no control socket")

MUTE, HOLD = pins.BUTTONS[:2]
SWITCH = pins.MICROPHONE_SWITCH
ATTENTION = pins.LAMPS[4]
PLUG = pins.HEADSET_PLUGGED
WAIT_S = 20.0


class Program:
    """Another program at the socket, in the test's own loop."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.edges: list[tuple[int, float, bool | None]] = []
        self._last = 0

    @classmethod
    async def at(cls, path: str) -> Self:
        return cls(*await asyncio.open_unix_connection(path))

    async def line(self) -> dict[str, Any]:
        """Read a line; an edge is kept."""
        async with asyncio.timeout(WAIT_S):
            text = await self._reader.readline()
        if not text:
            raise EOFError
        message: dict[str, Any] = json.loads(text)
        if "pin" in message:
            self.edges.append((message["pin"], message["at_us"], message["level"]))
        return message

    async def ask(self, what: object, **values: object) -> dict[str, Any]:
        self._last += 1
        self.writer.write(json.dumps({"id": self._last, "do": what, **values}).encode() + b"\n")
        return await self.answer(self._last)

    async def answer(self, number: object) -> dict[str, Any]:
        while (message := await self.line()).get("id", "edge") != number:
            pass
        return message

    async def edge(self, pin: int, level: bool | None) -> float:
        """Wait for a change; give its emulated microseconds."""
        while True:
            for place, (number, at_us, state) in enumerate(self.edges):
                if (number, state) == (pin, level):
                    del self.edges[: place + 1]
                    return at_us
            await self.line()

    async def after(self, at_us: float) -> float:
        """Ask for the time until it is later than this; give it."""
        while (now_us := float((await self.ask("now"))["now_us"])) <= at_us:
            pass
        return now_us

    async def leave(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


@asynccontextmanager
async def programs(uf2: Path, count: int) -> AsyncIterator[tuple[EmulatedConsole, list[Program]]]:
    """Have a console, its headset plugged in, and programs at its socket."""
    async with EmulatedConsole(uf2, drive={PLUG: False}) as console:
        made = [await Program.at(console.control) for _ in range(count)]
        yield console, made
        for program in made:
            await program.leave()


def test_pins_cable_and_resets_over_the_socket(uf2: Path, leaves_nothing_behind: None) -> None:
    async def story() -> None:
        async with programs(uf2, 1) as (console, [program]):
            told = await program.ask("watch", pins=[SWITCH, HOLD])
            assert told["levels"] == {str(SWITCH): True, str(HOLD): None}
            await program.ask("drive", pin=MUTE, level=False)
            pressed = await program.ask("now")
            released = await program.ask("release", pin=MUTE)
            assert pressed["now_us"] <= released["now_us"]
            opened_us = await program.edge(SWITCH, False)
            assert opened_us >= released["now_us"] - 2_000
            assert (await program.ask("level", pin=SWITCH))["level"] is False
            for leave, back in (("unplug", "plug"), ("cut_power", "plug"), ("reset", "now")):
                await program.ask(leave)
                await console.wait_until(lambda: not console.connected, WAIT_S)
                await program.ask(back)
                await console.wait_connected(WAIT_S)
            await program.ask("power_cycle")
            await console.wait_until(lambda: len(console.resets) == 4, WAIT_S)
            causes = [reset.cause for reset in console.resets]
            assert causes == ["power", "power", "run", "power"]
            await program.edge(SWITCH, None)  # floats where the chip has no power

    asyncio.run(story())


def test_only_this_user_reaches_the_socket(uf2: Path, leaves_nothing_behind: None) -> None:
    async def story() -> None:
        async with emulated_console(uf2) as (port, finger):
            folder = Path(finger.control).parent
            assert folder == Path(port).parent
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert stat.S_ISSOCK(os.stat(finger.control).st_mode)
        assert not folder.exists()

    asyncio.run(story())


def test_a_program_that_dies_lets_go_of_what_it_alone_drove(
    uf2: Path, leaves_nothing_behind: None
) -> None:
    """The HOLD and the plug of two programs and of the console itself, and what the chip reads."""

    async def story() -> None:
        async with programs(uf2, 3) as (console, [watcher, first, second]):
            await watcher.ask("watch", pins=[SWITCH])
            await console.press(MUTE, 80)  # open now
            await watcher.edge(SWITCH, False)
            for program in (first, second):
                await program.ask("drive", pin=MUTE, level=False)
                await program.ask("drive", pin=PLUG, level=False)
            pressed_us = await watcher.edge(SWITCH, True)
            first.writer.transport.abort()
            # A cough lasts as long as the other holds the button; the headset stays plugged in.
            held_us = await watcher.after(pressed_us + 500_000)
            assert not watcher.edges
            second.writer.transport.abort()
            opened_us = await watcher.edge(SWITCH, False)
            assert opened_us >= held_us
            await watcher.after(opened_us + 100_000)  # a plug that is pulled is noticed by then
            await console.press(MUTE, 80)
            await watcher.edge(SWITCH, True)  # the plug that the console itself drives is still in
            await console.release(PLUG)
            await watcher.edge(SWITCH, False)

    asyncio.run(story())


def test_what_makes_no_sense_is_refused_and_the_next_line_is_heard(
    uf2: Path, leaves_nothing_behind: None
) -> None:
    async def story() -> None:
        async with programs(uf2, 1) as (_console, [program]):
            for line, why in (
                (b"what?", "one JSON object"),
                (b"[1]", "one JSON object"),
                (b"[" * 30_000, "one JSON object"),
                (b"\xff", "one JSON object"),
                (b"{}", '"do"'),
            ):
                program.writer.write(line + b"\n")
                assert why in (await program.answer(None))["error"]
            for what, values, why in (
                ("press", {}, "power_cycle"),
                ([], {}, "power_cycle"),
                ("drive", {"pin": 3}, '"level"'),
                ("drive", {"pin": 3, "level": 0}, "true or false"),
                ("drive", {"pin": True, "level": True}, "no pin"),
                ("level", {"pin": 30}, "0 to 29"),
                ("level", {"pin": "3"}, "no pin"),
                ("watch", {"pins": 3}, "list"),
                ("watch", {"pins": [3, -1]}, "no pin"),
            ):
                assert why in (await program.ask(what, **values))["error"]
            assert "error" not in await program.ask("now")
            program.writer.write(b" " * 100_000)
            with pytest.raises((EOFError, ConnectionError)):
                await program.line()

    asyncio.run(story())


def test_a_program_that_does_not_read_is_dropped_and_costs_the_others_nothing(
    uf2: Path, leaves_nothing_behind: None
) -> None:
    async def story() -> None:
        async with programs(uf2, 1) as (console, [other]):
            await other.ask("watch", pins=[SWITCH])
            before = await other.ask("level", pin=SWITCH)
            deaf = socket.socket(socket.AF_UNIX)
            deaf.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(deaf, console.control)
            await loop.sock_sendall(deaf, b'{"do": "drive", "pin": 2, "level": false}\n')
            with pytest.raises(ConnectionError):
                await ask_for_ever(deaf)
            deaf.close()
            # It was holding MUTE, and has let go: the microphone is open now.
            assert before["level"] is True
            await other.edge(SWITCH, False)

    asyncio.run(story())


async def ask_for_ever(deaf: socket.socket) -> None:
    """Ask what is answered at length, ten times of what may be left unread; read nothing."""
    line = json.dumps({"id": "x" * 50_000, "do": ""}).encode() + b"\n"
    async with asyncio.timeout(WAIT_S):
        for _ in range(10 * MOST_UNREAD_BYTES // len(line)):
            await asyncio.get_running_loop().sock_sendall(deaf, line)


def test_the_end_of_the_console_does_not_wait_for_programs(
    uf2: Path, leaves_nothing_behind: None
) -> None:
    async def story() -> None:
        async with EmulatedConsole(uf2) as console:
            program = await Program.at(console.control)
            program.writer.write(b'{"id": 1, "do": "now"}\n')
        with pytest.raises((EOFError, ConnectionError)):
            await program.answer("never asked")
        program.writer.close()
        with pytest.raises(EmulatorError):
            _ = console.control

    asyncio.run(story())


def test_who_gives_up_waiting_for_the_console_breaks_nothing(
    uf2: Path, leaves_nothing_behind: None
) -> None:
    async def story() -> None:
        async with EmulatedConsole(uf2) as console:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await console.drive(MUTE, False)
            async with asyncio.timeout(WAIT_S):
                assert await console.level(SWITCH) is not None

    asyncio.run(story())


def test_a_folder_name_too_long_for_a_socket_is_told(
    uf2: Path, tmp_path: Path, leaves_nothing_behind: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("long" * 30)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))

    async def story() -> None:
        with pytest.raises(EmulatorError, match="TMPDIR"):
            async with EmulatedConsole(uf2):
                pytest.fail("it has started")

    asyncio.run(story())
    assert not list(deep.iterdir())


# --- gpiozero ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running(uf2: Path) -> Iterator[str]:
    """A console in a process of its own; the path of its socket."""
    with console(uf2):
        yield os.environ[SOCKET]


@pytest.fixture
def factory(running: str, leaves_nothing_behind: None) -> Iterator[CalldeckFactory]:
    """Pins of that console, a headset plugged in."""
    with CalldeckFactory(running) as factory:
        factory.request("drive", pin=PLUG, level=False)
        yield factory


class Told:
    """What a program is told of a pin, and by which thread."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self.changes: list[tuple[float, int]] = []

    def take(self, at_s: float, state: int) -> None:
        with self._news:
            self.changes.append((at_s, state))
            self._news.notify_all()

    def wait(self, count: int) -> list[tuple[float, int]]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.changes) >= count, WAIT_S)
        return self.changes


def test_link_lost_is_seen_by_a_button_and_a_sensor(factory: CalldeckFactory) -> None:
    """Active low and active high: attention flashes 1000/1000 where there is no daemon."""
    with Button(ATTENTION, pull_up=True, pin_factory=factory) as low:
        assert low.wait_for_press(WAIT_S)
    with DigitalInputDevice(ATTENTION, pin_factory=factory) as lamp:
        told = Told()
        forward = lamp.pin.when_changed

        def changed(at_s: float, state: int) -> None:
            forward(at_s, state)
            told.take(at_s, state)

        lamp.pin.when_changed = changed
        (first_s, first), (second_s, second) = told.wait(2)[:2]
        assert {first, second} == {0, 1}
        assert factory.ticks_diff(second_s, first_s) == pytest.approx(1, abs=0.01)
        assert factory.ticks() >= second_s
        assert lamp.value == second


def test_outputs_press_and_leave_no_trace_when_closed(factory: CalldeckFactory) -> None:
    with DigitalInputDevice(SWITCH, pin_factory=factory) as switch:
        assert switch.wait_for_active(WAIT_S)  # it starts muted, a tap opens it
        with LED(MUTE, active_high=False, pin_factory=factory) as mute:
            assert not mute.is_lit
            mute.blink(on_time=0.08, off_time=0.08, n=1, background=False)
            assert switch.wait_for_inactive(WAIT_S)
            mute.on()
            assert mute.is_lit
            assert switch.wait_for_active(WAIT_S)
            hold_on(factory, 0.4)
        assert switch.wait_for_inactive(WAIT_S), "closing has let go, after a cough"
        with OutputDevice(MUTE, active_high=False, initial_value=True, pin_factory=factory):
            assert switch.wait_for_active(WAIT_S)  # muted again: a tap, ended by closing


def test_events_that_a_pin_need_not_tell_are_not_told(factory: CalldeckFactory) -> None:
    pin = factory.pin(SWITCH)
    told = Told()
    take = told.take
    pin.when_changed = take
    pin.edges = "rising"
    with LED(MUTE, active_high=False, pin_factory=factory) as mute:
        for _ in range(2):
            mute.blink(on_time=0.05, off_time=0.05, n=2, background=False)
        before = told.wait(1)
        assert {state for _at, state in before} == {1}
        pin.edges = "both"
        pin.bounce = 3600.0
        told.changes.clear()
        mute.blink(on_time=0.05, off_time=0.05, n=2, background=False)
        assert len(told.wait(1)) == 1
        pin.bounce = None
        marked_s = factory.ticks()
        mute.blink(on_time=0.05, off_time=0.05, n=2, background=False)
        assert told.wait(2)[1][0] > marked_s, "between them nothing was told"
    pin.close()
    assert pin.when_changed is None


def test_a_mistake_in_one_who_is_told_is_shown_and_ends_nothing(
    factory: CalldeckFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", shown.append)
    pin = factory.pin(ATTENTION)
    told = Told()

    def wrong(at_s: float, state: int) -> None:
        told.take(at_s, state)
        raise ZeroDivisionError

    pin.when_changed = wrong
    told.wait(2)
    pin.close()
    assert shown[0].exc_type is ZeroDivisionError


def test_what_a_rig_cannot_do_is_refused_in_gpiozeros_own_words(factory: CalldeckFactory) -> None:
    with LED(HOLD, pin_factory=factory), pytest.raises(GPIOPinInUse):
        OutputDevice(HOLD, pin_factory=factory)
    with pytest.raises(PinInvalidPin):
        LED(99, pin_factory=factory)
    with pytest.raises(PinInvalidPin):
        LED("J8:1", pin_factory=factory)  # a pin of the header, but of the supply
    with pytest.raises(PinFixedPull):
        DigitalInputDevice(MUTE, pull_up=False, pin_factory=factory)
    with pytest.raises(PinInvalidBounce):
        DigitalInputDevice(HOLD + 1, bounce_time=-1, pin_factory=factory)
    with pytest.raises(PinSPIUnsupported):
        factory.spi(port=0, device=0)
    led = LED(HOLD, pin_factory=factory)
    with pytest.raises(PinPWMUnsupported):
        led.pin.frequency = 100
    with pytest.raises(PinFixedPull):
        led.pin.pull = "up"
    led.close()
    with pytest.raises(DeviceClosed):
        led.on()
    with pytest.raises(PinSetInput):
        factory.pin(HOLD).state = True


def test_a_pull_decides_where_the_console_does_not(factory: CalldeckFactory) -> None:
    told = Told()
    take = told.take
    with (
        DigitalInputDevice(SWITCH, pin_factory=factory) as switch,
        LED(MUTE, active_high=False, pin_factory=factory) as mute,
    ):
        factory.request("cut_power")
        assert switch.wait_for_inactive(WAIT_S)
        switch.pin.when_changed = take
        factory.request("plug")
        assert told.wait(1)[0][1] == 1  # it starts muted
        switch.pin.pull = "up"
        factory.request("cut_power")
        assert switch.pin.state == 1
        factory.request("plug")
        mute.blink(on_time=0.08, off_time=0.08)  # until it has started and hears one of them
        assert told.wait(2)[1][1] == 0, "from its driver to the pull and back is no change"
    with LEDBoard(HOLD, pins.BUTTONS[2], active_high=False, pin_factory=factory) as board:
        board.on()
        assert board.value == (1, 1)


def test_a_factory_without_a_console_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leaves_nothing_behind: None
) -> None:
    monkeypatch.delenv(SOCKET, raising=False)
    with pytest.raises(EmulatorError, match=SOCKET):
        CalldeckFactory()
    with pytest.raises(EmulatorError, match="Start one"):
        CalldeckFactory(str(tmp_path / "nothing"))


def test_devices_can_be_closed_after_their_console_has_gone(
    uf2: Path, leaves_nothing_behind: None
) -> None:
    with console(uf2):
        factory = CalldeckFactory(os.environ[SOCKET])
        led = LED(HOLD, pin_factory=factory)
    with pytest.raises(EmulatorError, match="did not do drive"):
        led.on()
    led.close()
    with pytest.raises(EmulatorError):
        factory.ticks()
    factory.close()
    factory.close()


def test_requests_of_many_threads_get_their_own_answers(running: str) -> None:
    client = ControlClient(running, lambda _pin, _at_s, _level: None)
    wrong: list[object] = []

    def ask(pin: int) -> None:
        for _ in range(50):
            told = client.request("watch", pins=[pin])
            if set(told["levels"]) != {str(pin)}:
                wrong.append(told)

    threads = [threading.Thread(target=ask, args=(pin,)) for pin in range(6, 14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    client.close()
    assert not wrong
