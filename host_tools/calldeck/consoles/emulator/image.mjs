// Reads the two files an emulated Pico starts from: the firmware (UF2) and the boot ROM.

import fs from 'node:fs';

/** Where the flash chip appears in the RP2040's address space. */
export const FLASH_BASE = 0x10000000;
/** The Pico's flash chip: 2 MB. */
export const FLASH_BYTES = 2 * 1024 * 1024;

/** What the flash chip erases at once. */
export const SECTOR_BYTES = 4096;

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

/** The blocks of a UF2 file that belong into flash: [{offset, data}]. */
export function readUf2(file) {
  const data = readFile(file);
  const blocks = [];
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
    blocks.push({ offset: address - FLASH_BASE, data: data.subarray(at + 32, at + 32 + length) });
  }
  if (blocks.length === 0) throw new ImageError('not-uf2', 'no block for the flash chip');
  return blocks;
}

/** Writes blocks as the boot ROM's USB drive does: sectors that they touch are erased first, everything else stays. */
export function writeBlocks(flash, blocks) {
  const sectors = new Set();
  for (const { offset, data } of blocks) {
    for (let at = offset - (offset % SECTOR_BYTES); at < offset + data.length; at += SECTOR_BYTES) sectors.add(at);
  }
  for (const at of sectors) flash.fill(0xff, at, at + SECTOR_BYTES);
  for (const { offset, data } of blocks) flash.set(data, offset);
}

/** The contents of a whole flash chip from a file; what the file lacks is erased. */
export function readFlash(file) {
  const flash = new Uint8Array(FLASH_BYTES).fill(0xff);
  flash.set(readFile(file));
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
