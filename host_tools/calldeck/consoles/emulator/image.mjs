// Reads the two files an emulated Pico starts from: the firmware (UF2) and the boot ROM.

import fs from 'node:fs';

/** Where the flash chip appears in the RP2040's address space. */
export const FLASH_BASE = 0x10000000;
/** The Pico's flash chip: 2 MB. */
export const FLASH_BYTES = 2 * 1024 * 1024;

const BLOCK_BYTES = 512;
const MAGIC_START = 0x0a324655;
const MAGIC_SECOND = 0x9e5d5157;
const MAGIC_END = 0x0ab16f30;
const FLAG_NOT_FOR_FLASH = 0x00000001;
const FLAG_HAS_FAMILY = 0x00002000;
const FAMILY_RP2040 = 0xe48bff56;
const BOOT_ROM_WORDS = 4096;

/** A file that cannot be used; `code` tells the caller which sentence to say. */
export class ImageError extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

/** The contents of the whole flash chip after the UF2 file has been written to an erased one. */
export function readUf2(file) {
  const data = readFile(file);
  const flash = new Uint8Array(FLASH_BYTES).fill(0xff);
  let blocks = 0;
  for (let at = 0; at + BLOCK_BYTES <= data.length; at += BLOCK_BYTES) {
    const word = (index) => data.readUInt32LE(at + index * 4);
    if (word(0) !== MAGIC_START || word(1) !== MAGIC_SECOND || word(127) !== MAGIC_END) {
      throw new ImageError('not-uf2', `block ${at / BLOCK_BYTES} lacks the UF2 magic numbers`);
    }
    const [flags, address, length, family] = [word(2), word(3), word(4), word(7)];
    if (flags & FLAG_NOT_FOR_FLASH) continue;
    if (flags & FLAG_HAS_FAMILY && family !== FAMILY_RP2040) {
      throw new ImageError('not-rp2040', `family ${family.toString(16)}`);
    }
    if (address < FLASH_BASE || address + length > FLASH_BASE + FLASH_BYTES || length > 476) {
      throw new ImageError('not-uf2', `block for address ${address.toString(16)}`);
    }
    flash.set(data.subarray(at + 32, at + 32 + length), address - FLASH_BASE);
    blocks += 1;
  }
  if (blocks === 0) throw new ImageError('not-uf2', 'no block for the flash chip');
  return flash;
}

/** The RP2040's boot ROM as 4,096 words, from a little-endian file of 16 kB. */
export function readBootRom(file) {
  const data = readFile(file);
  if (data.length !== BOOT_ROM_WORDS * 4) throw new ImageError('boot-rom', `${data.length} bytes`);
  return Uint32Array.from({ length: BOOT_ROM_WORDS }, (_, index) => data.readUInt32LE(index * 4));
}

function readFile(file) {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new ImageError('unreadable', `${file}: ${error.code}`);
  }
}
