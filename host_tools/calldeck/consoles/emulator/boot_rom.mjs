// Traps on routines of the boot ROM that the harness does itself.

const TABLE_POINTER = 0x14;
const ENTRY_BYTES = 4;
const BREAKPOINT = 0xbe00;

const ERASE = { name: 'RE', code: 1 };
const PROGRAM = { name: 'RP', code: 2 };
const USB_BOOT = { name: 'UB', code: 3 };

/**
 * Replaces the first instruction of three routines by a breakpoint. rp2040js' model of the flash interface knows no erase and
 * no program, and the USB bootloader would run into parts that are not modelled (it looked like a plain reboot).
 */
export function trapBootRom(chip, { onErase, onProgram, onBootloader }) {
  const rom = new DataView(chip.bootrom.buffer);
  const routines = readTable(rom);
  for (const { name, code } of [ERASE, PROGRAM, USB_BOOT]) {
    rom.setUint16(routines.get(name), BREAKPOINT | code, true);
  }
  const { core } = chip;
  const backToCaller = () => {
    core.PC = core.LR & ~1;
  };
  chip.onBreak = (code) => {
    const [first, second, third] = core.registers;
    if (code === ERASE.code) onErase(first, second);
    else if (code === PROGRAM.code) onProgram(first, copyMemory(chip, second, third));
    else if (code === USB_BOOT.code) onBootloader();
    else chip.unexpectedBreak(code);
    backToCaller();
  };
}

/** Addresses of the boot ROM's public routines by their two letters (RP2040 datasheet 2.8.3). */
function readTable(rom) {
  const routines = new Map();
  for (let at = rom.getUint16(TABLE_POINTER, true); rom.getUint16(at, true) !== 0; at += ENTRY_BYTES) {
    const name = String.fromCharCode(rom.getUint8(at), rom.getUint8(at + 1));
    routines.set(name, rom.getUint16(at + 2, true) & ~1);
  }
  return routines;
}

function copyMemory(chip, address, length) {
  return Uint8Array.from({ length }, (_, index) => chip.readUint8(address + index));
}
