"""The emulated flash chip: firmware updates, given contents, and power cut at an exact time."""

import random
from itertools import pairwise
from pathlib import Path

import pytest
from tests.firmware.device import MAINTENANCE_PINS, enter_maintenance, execute, run_for
from tests.hil.bare_metal import ProgramBuilder

from calldeck.consoles.lockstep import FlashOperation, FlashTiming, LockstepEmulator
from calldeck.errors import EmulatorError, FirmwareMissing

FLASH_BYTES = 2 << 20
SECTOR = 4096


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> ProgramBuilder:
    """Give a function that makes an image of the body of a C function."""
    return ProgramBuilder(tmp_path_factory.mktemp("programs"))


TO_BOOTLOADER = "find('U' | 'B' << 8)(0, 0, 0, 0);"
SHOWS_SEVEN = "show(7 | (REG(WATCHDOG + 8) & 3) << 3);"


def shown(pico: LockstepEmulator) -> int:
    """Read the number that a program shows on its pins."""
    return sum(1 << pin for pin in range(16) if pico.level(pin))


def test_an_update_writes_the_sectors_it_touches_and_no_other(build: ProgramBuilder) -> None:
    update = build(SHOWS_SEVEN)
    with LockstepEmulator(build(TO_BOOTLOADER)) as pico:
        pico.write_flash(SECTOR - 16, b"\x11" * 32)  # over the end of the first sector
        pico.write_flash(FLASH_BYTES - 4, b"\x22" * 4)
        pico.run_until(10_000)
        assert pico.state == "bootloader"
        pico.write_uf2(update)
        assert pico.state == "running"
        assert pico.read_flash(SECTOR - 16, 32) == b"\xff" * 16 + b"\x11" * 16
        assert pico.read_flash(FLASH_BYTES - 4, 4) == b"\x22" * 4
        pico.run_until(20_000)
        assert shown(pico) == 7 | 1 << 3  # the boot ROM leaves by a time-out of the watchdog
        assert [(reset.at_us, reset.cause) for reset in pico.resets[1:]] == [(10_000, "watchdog")]


def test_an_update_is_refused_where_there_is_no_drive(
    build: ProgramBuilder, tmp_path: Path
) -> None:
    update = build(SHOWS_SEVEN)
    image = build("while (!(INPUTS >> 20 & 1)); " + TO_BOOTLOADER)
    with LockstepEmulator(image) as pico:
        before = pico.read_flash(0, FLASH_BYTES)
        with pytest.raises(EmulatorError, match=r"running.*machine\.bootloader"):
            pico.write_uf2(update)
        pico.unplug(power=True)
        with pytest.raises(EmulatorError, match="now it is off"):
            pico.write_uf2(update)
        pico.plug()
        pico.drive(20, True)
        pico.run_until(10_000)
        pico.unplug()
        with pytest.raises(EmulatorError, match="now it is unplugged"):
            pico.write_uf2(update)
        pico.plug()
        with pytest.raises(FirmwareMissing, match=r"missing\.uf2"):
            pico.write_uf2(tmp_path / "missing.uf2")
        wrong = tmp_path / "wrong.uf2"
        wrong.write_bytes(b"\0" * 512)
        with pytest.raises(EmulatorError, match=r"refuses .*wrong\.uf2.*magic numbers"):
            pico.write_uf2(wrong)
        assert pico.read_flash(0, FLASH_BYTES) == before
        assert pico.state == "bootloader"
        pico.write_uf2(update)
        assert pico.state == "running"


def test_a_board_starts_with_the_flash_it_is_given(build: ProgramBuilder, tmp_path: Path) -> None:
    seven = build(SHOWS_SEVEN)
    with LockstepEmulator(seven) as pico:
        contents = bytearray(pico.read_flash(0, FLASH_BYTES))
    contents[0x100000:0x100004] = b"half"
    contents[SECTOR - 4 : SECTOR] = b"tail"
    dump = tmp_path / "flash.bin"
    dump.write_bytes(contents)
    for flash in (bytes(contents), dump):
        with LockstepEmulator(None, flash=flash) as pico:
            assert pico.read_flash(0, FLASH_BYTES) == contents
            pico.run_until(1_000)
            assert shown(pico) == 7
    with LockstepEmulator(seven, flash=dump) as pico:
        contents[SECTOR - 4 : SECTOR] = b"\xff" * 4  # a sector that the image touches
        assert pico.read_flash(0, FLASH_BYTES) == contents
    with LockstepEmulator(None, flash=b"short") as pico:
        assert pico.read_flash(0, 8) == b"short\xff\xff\xff"
    with pytest.raises(EmulatorError, match="2097153 bytes"):
        LockstepEmulator(None, flash=bytes(FLASH_BYTES + 1))
    with pytest.raises(EmulatorError, match="something to run"):
        LockstepEmulator(None)


def test_flash_is_written_from_outside_with_the_power_off(build: ProgramBuilder) -> None:
    # Shows a byte of flash that nothing has cached, or that was cached before.
    image = build("show(*(volatile unsigned char *)0x10180000);")
    with LockstepEmulator(image, cache=True) as pico:
        pico.run_until(1_000)
        assert shown(pico) == 0xFF
        pico.unplug(power=True)
        pico.write_flash(0x180000, b"\x5a")
        pico.plug()
        pico.run_until(2_000)
        assert shown(pico) == 0x5A
        for offset in (-1, FLASH_BYTES):
            with pytest.raises(EmulatorError, match="inside the flash chip"):
                pico.write_flash(offset, b"x")


WRITES = """
  volatile unsigned char *page = (void *)0x20001000;
  for (unsigned n = 0; n < 512; n++) page[n] = n * 7;
  while (!(INPUTS >> 20 & 1));
  find('R' | 'E' << 8)(0x100000, 8192, 1 << 16, 0xd8);
  find('R' | 'P' << 8)(0x101000, (unsigned)page, 512, 0);
"""
TIMING = FlashTiming(erase_ms=4, page_ms=0.7)
OLD = bytes(range(256)) * 32
NEW = bytes(n * 7 & 0xFF for n in range(512))


def write_and_cut(image: Path, at_us: float, seed: int, *, by_cable: bool) -> bytes:
    """Let the program write and cut the power at a time; return what it has left."""
    with LockstepEmulator(image, seed=seed, flash_timing=TIMING) as pico:
        pico.write_flash(0x100000, OLD)
        pico.drive(20, True, 1_000)
        pico.run_until(at_us)
        if by_cable:
            pico.unplug(power=True)
            pico.plug()
        else:
            pico.power_cycle()
        left = pico.read_flash(0x100000, 8192)
        pico.drive(20, False)
        pico.run_until(at_us + 20_000)
        assert pico.read_flash(0x100000, 8192) == left  # nothing goes on after the cut
        return left


def test_flash_operations_are_told_with_their_times(build: ProgramBuilder) -> None:
    with LockstepEmulator(build(WRITES), flash_timing=TIMING) as pico:
        pico.drive(20, True, 1_000)
        pico.run_until(900)
        assert pico.flash_operations() == []
        pico.run_until(20_000)
        erase, program = pico.flash_operations()
        assert erase == FlashOperation(erase.at_us, "erase", 0x100000, 8192, erase.at_us + 8_000)
        assert erase.at_us == pytest.approx(1_000, abs=2)
        assert (program.kind, program.offset, program.length) == ("program", 0x101000, 512)
        assert program.at_us == pytest.approx(erase.end_us, abs=2)
        assert program.end_us == pytest.approx(program.at_us + 1_400, abs=0.001)


def test_power_cut_at_any_time_leaves_a_mixture_by_time_and_seed(build: ProgramBuilder) -> None:
    image = build(WRITES)
    with LockstepEmulator(image, flash_timing=TIMING) as pico:
        pico.drive(20, True, 1_000)
        pico.run_until(20_000)
        erase, program = pico.flash_operations()
    chance = random.Random(1)
    points = [chance.uniform(erase.at_us, program.end_us) for _ in range(6)]
    for number, at_us in enumerate([*points, erase.at_us + 2_000, program.at_us + 1_000]):
        left = write_and_cut(image, at_us, seed=number, by_cable=True)
        assert write_and_cut(image, at_us, seed=number, by_cable=False) == left, at_us
        first, second = left[:SECTOR], left[SECTOR:]
        since_us = at_us - erase.at_us
        assert (first == b"\xff" * SECTOR) == (since_us >= 4_000), at_us
        assert (second == OLD[SECTOR:]) == (since_us <= 4_000), at_us
        if since_us < 4_000:
            bits = sum((o ^ a).bit_count() for o, a in zip(OLD, first, strict=False))
            assert bits / (SECTOR * 4) == pytest.approx(since_us / 4_000, abs=0.05), at_us
            assert write_and_cut(image, at_us, seed=99, by_cable=False) != left
        elif at_us >= program.at_us:
            share = (at_us - program.at_us) % 700 / 700
            page = int((at_us - program.at_us) / 700) * 256
            assert second[:page] == NEW[:page]
            assert second[512:] == b"\xff" * (SECTOR - 512)
            now = second[page : page + 256]
            assert all(a & n == n for a, n in zip(now, NEW[page:], strict=False)), at_us
            done = sum((0xFF ^ a).bit_count() for a in now)
            due = sum((0xFF ^ n).bit_count() for n in NEW[page : page + 256])
            assert done / due == pytest.approx(share, abs=0.1), at_us


def test_micropython_updates_itself_and_keeps_its_files(uf2: Path) -> None:
    with LockstepEmulator(uf2, drive=MAINTENANCE_PINS, flash_timing=False) as pico:
        enter_maintenance(pico)
        execute(pico, "f = open('/kept', 'w')\nf.write('still here')\nf.close()")
        operations = pico.flash_operations()
        assert {operation.kind for operation in operations} == {"erase", "program"}
        assert all(earlier.end_us <= later.at_us for earlier, later in pairwise(operations))
        firmware = pico.read_flash(0, 0xA0000)
        pico.send(b"import machine; machine.bootloader()\x04")
        run_for(pico, 200_000)
        assert pico.state == "bootloader"
        pico.write_flash(0x40000, bytes(SECTOR))
        pico.write_uf2(uf2)
        assert pico.read_flash(0, 0xA0000) == firmware
        boot_us = pico.now_us
        pico.run_until(boot_us + 300_000)
        assert pico.connected
        assert pico.resets[-1].cause == "watchdog"
        kept = pico.read_flash(0, FLASH_BYTES)
    with LockstepEmulator(None, drive=MAINTENANCE_PINS, flash=kept) as pico:
        enter_maintenance(pico)
        assert execute(pico, "print(open('/kept').read())").strip() == "still here"


def test_a_uf2_may_come_in_any_order(build: ProgramBuilder, tmp_path: Path) -> None:
    image = build("show(3); stretch();").read_bytes()
    blocks = [image[at : at + 512] for at in range(0, len(image), 512)]
    assert len(blocks) > 16  # more than a sector
    shuffled = tmp_path / "shuffled.uf2"
    shuffled.write_bytes(b"".join(reversed(blocks)))
    with LockstepEmulator(shuffled) as pico:
        pico.run_until(1_000)
        assert shown(pico) == 3
