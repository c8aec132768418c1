"""The emulator's processes: real time behind a pseudo-terminal, and nothing left behind."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import serial

from calldeck.consoles.emulated import EmulatedConsole
from calldeck.consoles.lockstep import LockstepEmulator
from calldeck.errors import EmulatorError, FirmwareMissing
from calldeck_wire import frames, messages

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="pidfd and /dev/pts are Linux's; the consoles run on POSIX"
)

HOLD_PIN = 3
MUTE_PIN = 2
MICROPHONE_PIN = 17
WAIT_S = 20.0


def hello(session: int) -> bytes:
    return b"\0" + frames.encode_frame(messages.encode(messages.HELLO, session, (1, 1)))


def answer_to(port: serial.Serial, session: int) -> bytes:
    """Say hello on the port and read one frame of the answer (blocking)."""
    port.write(hello(session))
    data = port.read_until(b"\0")
    while data == b"\0":  # frames are padded with empty ones
        data = port.read_until(b"\0")
    return data


def exists(path: str) -> bool:
    """Say whether there is such a name, also of a link that leads nowhere."""
    return os.path.lexists(path)


def wait_for_end(process: int) -> None:
    """Wait until the process has ended, whoever's child it is."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([handle], [], [], WAIT_S)
        assert ended, f"process {process} is still there"
    finally:
        os.close(handle)


def test_a_real_serial_port_in_real_time(uf2: Path, leaves_nothing_behind: None) -> None:
    async def program() -> None:
        async with EmulatedConsole(uf2) as console:
            assert exists(console.url)
            port = await asyncio.to_thread(serial.Serial, console.url, timeout=WAIT_S)
            assert await asyncio.to_thread(answer_to, port, 1)
            port.close()
            # Opened again after it was closed: the console is the same, and answers again.
            with await asyncio.to_thread(serial.Serial, console.url, timeout=WAIT_S) as port:
                assert await asyncio.to_thread(answer_to, port, 2)
            assert len(console.resets) == 1

    asyncio.run(program())


def test_a_press_reaches_the_firmware(uf2: Path, leaves_nothing_behind: None) -> None:
    async def program() -> None:
        async with EmulatedConsole(uf2, drive={18: False}) as console:  # a headset is plugged in
            await console.watch(MICROPHONE_PIN)
            before = await console.level(MICROPHONE_PIN)
            await console.press(MUTE_PIN, 80)
            await console.wait_until(lambda: bool(console.edges(MICROPHONE_PIN)), WAIT_S)
            assert console.edges(MICROPHONE_PIN)[0].level is not before

    asyncio.run(program())


def test_the_port_goes_and_comes_back(uf2: Path, leaves_nothing_behind: None) -> None:
    async def program() -> None:
        async with EmulatedConsole(uf2) as console:
            url = console.url
            for leave in (console.unplug, console.reset):
                port = await asyncio.to_thread(serial.Serial, url, timeout=WAIT_S)
                await leave()
                with pytest.raises(serial.SerialException):
                    await asyncio.to_thread(port.read, 1 << 16)
                port.close()
                if leave == console.unplug:
                    assert not exists(url)
                    await console.plug()
                await console.wait_connected(WAIT_S)
                assert console.url == url
                with await asyncio.to_thread(serial.Serial, url, timeout=WAIT_S) as again:
                    assert await asyncio.to_thread(answer_to, again, 7)

    asyncio.run(program())


def test_the_pseudo_terminal_is_gone_after_the_end(uf2: Path, leaves_nothing_behind: None) -> None:
    async def program() -> None:
        async with EmulatedConsole(uf2) as console:
            folder = console.url.rpartition("/")[0]
            assert exists(folder)
        assert not exists(folder)
        with pytest.raises(EmulatorError):
            await console.level(HOLD_PIN)

    asyncio.run(program())


def test_a_console_that_cannot_start_says_why(tmp_path: Path, leaves_nothing_behind: None) -> None:
    async def program() -> None:
        with pytest.raises(FirmwareMissing, match="make firmware"):
            async with EmulatedConsole(tmp_path / "missing.uf2"):
                pytest.fail("it has started without a firmware")

    asyncio.run(program())


def test_closing_ends_the_process(uf2: Path, leaves_nothing_behind: None) -> None:
    with LockstepEmulator(uf2) as pico:
        process = pico.process_id
        pico.run_until(100_000)
    wait_for_end(process)
    with pytest.raises(EmulatorError, match="ended"):
        pico.run_until(200_000)


def test_an_emulator_that_dies_is_an_error(uf2: Path, leaves_nothing_behind: None) -> None:
    with LockstepEmulator(uf2) as pico:
        os.kill(pico.process_id, signal.SIGKILL)
        wait_for_end(pico.process_id)
        with pytest.raises(EmulatorError, match="ended by itself"):
            pico.run_until(100_000)


LOCKSTEP_PROGRAM = """
import sys
from pathlib import Path
from calldeck.consoles.lockstep import LockstepEmulator
with LockstepEmulator(Path(sys.argv[1])) as pico:
    print(pico.process_id, flush=True)
    while True:
        pico.run_until(pico.now_us + 3_600e6)
"""
PACED_PROGRAM = """
import asyncio, sys
from pathlib import Path
from calldeck.consoles.emulated import EmulatedConsole
async def program():
    async with EmulatedConsole(Path(sys.argv[1])) as console:
        print(console.process_id, flush=True)
        await asyncio.Event().wait()
asyncio.run(program())
"""


@pytest.mark.parametrize("program", [LOCKSTEP_PROGRAM, PACED_PROGRAM], ids=["lockstep", "paced"])
def test_no_orphan_when_the_program_is_killed(uf2: Path, program: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", program, str(uf2)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        emulator = int(parent.stdout.readline())
        os.kill(emulator, 0)
        parent.kill()
    wait_for_end(emulator)


def test_a_console_that_dies_says_so(uf2: Path, leaves_nothing_behind: None) -> None:
    async def program() -> None:
        async with EmulatedConsole(uf2) as console:
            os.kill(console.process_id, signal.SIGKILL)
            with pytest.raises(EmulatorError, match="ended by itself"):
                await console.wait_until(lambda: False, WAIT_S)
            with pytest.raises(EmulatorError, match="ended by itself"):
                await console.level(HOLD_PIN)
            assert not console.connected
            assert not exists(console.url)

    asyncio.run(program())
