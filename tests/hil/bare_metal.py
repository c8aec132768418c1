"""Programs of a few lines of C for the emulated chip, without MicroPython or the SDK."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

COMPILER = "arm-none-eabi-gcc"
OBJCOPY = "arm-none-eabi-objcopy"
FLASH_START = 0x10000000
FAMILY_RP2040 = 0xE48BFF56

LINKER_SCRIPT = """
SECTIONS {
  . = 0x10000000;
  .text : { *(.text.start) *(.text*) *(.rodata*) }
  /DISCARD/ : { *(.ARM*) *(.comment) }
}
"""

# Addresses from the RP2040 data sheet: 2.3.1 (SIO), 2.19 (pins), 4.6 (timer), 4.7 (watchdog).
HEADER = """
#define REG(address) (*(volatile unsigned *)(address))
#define SIO 0xd0000000
#define WATCHDOG 0x40058000
#define TIMER 0x40054000
#define INPUTS REG(SIO + 0x04)
#define OUTPUTS REG(SIO + 0x10)
#define SET REG(SIO + 0x14)
#define CLEAR REG(SIO + 0x18)
#define TOGGLE REG(SIO + 0x1c)
static void outputs(unsigned mask) {
  for (unsigned pin = 0; pin < 30; pin++)
    if (mask >> pin & 1) REG(0x40014004 + 8 * pin) = 5;
  REG(SIO + 0x24) = mask;
}
static void show(unsigned value) { OUTPUTS = value; outputs(0xffff); }
typedef unsigned (*rom_routine)(unsigned, unsigned, unsigned, unsigned);
static rom_routine find(unsigned name) {
  volatile unsigned short *entry = (void *)(unsigned)*(volatile unsigned short *)0x14;
  while (entry[0] != name) entry += 2;
  return (rom_routine)(unsigned)entry[1];
}
__attribute__((naked, noinline)) static void stretch(void) {
  __asm(".rept 2048\\nnop\\n.endr\\nbx lr");
}
__attribute__((section(".text.start"), noreturn)) void _start(void) {
"""
FOOTER = '\n  for (;;) __asm("wfi");\n}\n'


class ProgramBuilder:
    """Makes UF2 images of C function bodies in a folder. Needs the firmware's compiler."""

    def __init__(self, folder: Path) -> None:
        if shutil.which(COMPILER) is None:
            message = f"there is no {COMPILER}: run make setup"
            if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
                pytest.fail(message)
            pytest.skip(message)
        self._folder = folder
        self._count = 0
        (folder / "link.ld").write_text(LINKER_SCRIPT)

    def __call__(self, body: str) -> Path:
        """Build the program whose only function has this body; it sleeps at its end."""
        self._count += 1
        source = self._folder / f"program{self._count}.c"
        source.write_text(HEADER + body + FOOTER)
        elf, binary = source.with_suffix(".elf"), source.with_suffix(".bin")
        options = ["-mcpu=cortex-m0plus", "-mthumb", "-Os", "-ffreestanding", "-nostdlib", "-w"]
        script = f"-Wl,-T,{self._folder / 'link.ld'}"
        subprocess.run([COMPILER, *options, script, source, "-o", elf], check=True)
        subprocess.run([OBJCOPY, "-O", "binary", elf, binary], check=True)
        image = source.with_suffix(".uf2")
        image.write_bytes(uf2_of(binary.read_bytes()))
        return image


def uf2_of(program: bytes) -> bytes:
    """Wrap a program for the start of flash as a UF2 file."""
    blocks = [program[at : at + 256].ljust(256, b"\xff") for at in range(0, len(program), 256)]
    image = b""
    for number, block in enumerate(blocks):
        address = FLASH_START + number * 256
        head = struct.pack(
            "<8I", 0x0A324655, 0x9E5D5157, 0x2000, address, 256, number, len(blocks), FAMILY_RP2040
        )
        image += head + block.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)
    return image
