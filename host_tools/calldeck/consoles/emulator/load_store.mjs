// Loads and stores of one register: straight to RAM and flash, by way of the chip to everything else.

const XIP_START = 0x10000000;
const RAM_START = 0x20000000;
const RAM_BYTES = 264 * 1024;
/** Cycles of an access to RAM or flash, as rp2040js counts them; a miss of the flash cache comes on top. */
const MEMORY_CYCLES = 2;

function otherCycles(core, address, isWrite) {
  return 1 + core.cyclesIO(address, isWrite);
}

export function loadWord(chip, core, registers, register, address) {
  const inRam = address - RAM_START;
  if (inRam >= 0 && inRam < RAM_BYTES && (inRam & 3) === 0) {
    registers[register] = chip.sram32[inRam >> 2];
    return MEMORY_CYCLES;
  }
  const inFlash = address - XIP_START;
  if (inFlash >= 0 && inFlash < chip.flashBytes && (inFlash & 3) === 0) {
    if (chip.cache !== null) chip.stallCycles += chip.cache.access(address);
    registers[register] = chip.flash32[inFlash >> 2];
    return MEMORY_CYCLES;
  }
  const cycles = otherCycles(core, address, false);
  registers[register] = chip.readUint32(address);
  return cycles;
}

export function loadHalf(chip, core, registers, register, address) {
  const inRam = address - RAM_START;
  if (inRam >= 0 && inRam < RAM_BYTES && (inRam & 1) === 0) {
    registers[register] = chip.sram16[inRam >> 1];
    return MEMORY_CYCLES;
  }
  const cycles = otherCycles(core, address, false);
  registers[register] = chip.readUint16(address);
  return cycles;
}

export function loadByte(chip, core, registers, register, address) {
  const inRam = address - RAM_START;
  if (inRam >= 0 && inRam < RAM_BYTES) {
    registers[register] = chip.sram[inRam];
    return MEMORY_CYCLES;
  }
  const inFlash = address - XIP_START;
  if (inFlash >= 0 && inFlash < chip.flashBytes) {
    if (chip.cache !== null) chip.stallCycles += chip.cache.access(address);
    registers[register] = chip.flash[inFlash];
    return MEMORY_CYCLES;
  }
  const cycles = otherCycles(core, address, false);
  registers[register] = chip.readUint8(address);
  return cycles;
}

export function loadSignedHalf(chip, core, registers, register, address) {
  const cycles = loadHalf(chip, core, registers, register, address);
  registers[register] = (registers[register] << 16) >> 16;
  return cycles;
}

export function loadSignedByte(chip, core, registers, register, address) {
  const cycles = loadByte(chip, core, registers, register, address);
  registers[register] = (registers[register] << 24) >> 24;
  return cycles;
}

export function storeWord(chip, core, registers, register, address) {
  const inRam = address - RAM_START;
  if (inRam >= 0 && inRam < RAM_BYTES && (inRam & 3) === 0) {
    chip.sram32[inRam >> 2] = registers[register];
    return MEMORY_CYCLES;
  }
  const cycles = otherCycles(core, address, true);
  chip.writeUint32(address, registers[register]);
  return cycles;
}

export function storeHalf(chip, core, registers, register, address) {
  const inRam = address - RAM_START;
  if (inRam >= 0 && inRam < RAM_BYTES && (inRam & 1) === 0) {
    chip.sram16[inRam >> 1] = registers[register];
    return MEMORY_CYCLES;
  }
  const cycles = otherCycles(core, address, true);
  chip.writeUint16(address, registers[register]);
  return cycles;
}

export function storeByte(chip, core, registers, register, address) {
  const inRam = address - RAM_START;
  if (inRam >= 0 && inRam < RAM_BYTES) {
    chip.sram[inRam] = registers[register];
    return MEMORY_CYCLES;
  }
  const cycles = otherCycles(core, address, true);
  chip.writeUint8(address, registers[register]);
  return cycles;
}

/** Stores the registers of a list (bits 7 to 0) from an address up; gives how many there are. */
export function storeList(chip, registers, list, address) {
  let count = 0;
  for (let register = 0; register < 8; register += 1) {
    if (((list >> register) & 1) === 0) continue;
    chip.writeUint32(address + 4 * count, registers[register]);
    count += 1;
  }
  return count;
}

export function loadList(chip, registers, list, address) {
  let count = 0;
  for (let register = 0; register < 8; register += 1) {
    if (((list >> register) & 1) === 0) continue;
    registers[register] = chip.readUint32(address + 4 * count);
    count += 1;
  }
  return count;
}
