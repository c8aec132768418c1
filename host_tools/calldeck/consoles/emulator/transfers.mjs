// Thumb instructions that load and store, and those that branch.

import { on } from './decoder.mjs';
import {
  loadByte, loadHalf, loadList, loadSignedByte, loadSignedHalf, loadWord, storeByte, storeHalf, storeList, storeWord,
} from './load_store.mjs';

const SP = 13;
const LR = 14;
const PC = 15;

const byRegisters = (r, op) => r[(op >> 6) & 7] + r[(op >> 3) & 7];
const byOffset = (r, op, shift) => r[(op >> 3) & 7] + (((op >> 6) & 31) << shift);
const byStack = (r, op) => r[SP] + ((op & 0xff) << 2);

on('0101000', (chip, core, r, op) => storeWord(chip, core, r, op & 7, byRegisters(r, op)));
on('0101001', (chip, core, r, op) => storeHalf(chip, core, r, op & 7, byRegisters(r, op)));
on('0101010', (chip, core, r, op) => storeByte(chip, core, r, op & 7, byRegisters(r, op)));
on('0101011', (chip, core, r, op) => loadSignedByte(chip, core, r, op & 7, byRegisters(r, op)));
on('0101100', (chip, core, r, op) => loadWord(chip, core, r, op & 7, byRegisters(r, op)));
on('0101101', (chip, core, r, op) => loadHalf(chip, core, r, op & 7, byRegisters(r, op)));
on('0101110', (chip, core, r, op) => loadByte(chip, core, r, op & 7, byRegisters(r, op)));
on('0101111', (chip, core, r, op) => loadSignedHalf(chip, core, r, op & 7, byRegisters(r, op)));
on('01100', (chip, core, r, op) => storeWord(chip, core, r, op & 7, byOffset(r, op, 2)));
on('01101', (chip, core, r, op) => loadWord(chip, core, r, op & 7, byOffset(r, op, 2)));
on('01110', (chip, core, r, op) => storeByte(chip, core, r, op & 7, byOffset(r, op, 0)));
on('01111', (chip, core, r, op) => loadByte(chip, core, r, op & 7, byOffset(r, op, 0)));
on('10000', (chip, core, r, op) => storeHalf(chip, core, r, op & 7, byOffset(r, op, 1)));
on('10001', (chip, core, r, op) => loadHalf(chip, core, r, op & 7, byOffset(r, op, 1)));
on('10010', (chip, core, r, op) => storeWord(chip, core, r, (op >> 8) & 7, byStack(r, op)));
on('10011', (chip, core, r, op) => loadWord(chip, core, r, (op >> 8) & 7, byStack(r, op)));
on('01001', (chip, core, r, op) => {
  const address = ((r[PC] + 2) & 0xfffffffc) + ((op & 0xff) << 2);
  return loadWord(chip, core, r, (op >> 8) & 7, address);
});
on('1011010', (chip, core, r, op) => {
  const size = 4 * countBits(op & 0x1ff);
  const count = storeList(chip, r, op, r[SP] - size);
  if ((op & 0x100) !== 0) chip.writeUint32(r[SP] - 4, r[LR]);
  r[SP] = (r[SP] - size) & ~3;
  return 1 + count;
});
on('1011110', (chip, core, r, op) => {
  const count = loadList(chip, r, op, r[SP]);
  const end = r[SP] + 4 * count;
  if ((op & 0x100) === 0) {
    r[SP] = end & ~3;
    return 1 + count;
  }
  r[SP] = (end + 4) & ~3;
  core.BXWritePC(chip.readUint32(end));
  return 3 + count;
});
on('11000', (chip, core, r, op) => {
  const base = (op >> 8) & 7;
  const address = r[base];
  const count = storeList(chip, r, op, address);
  if (((op >> base) & 1) === 0) r[base] = address + 4 * count;
  return 1 + count;
});
on('11001', (chip, core, r, op) => {
  const base = (op >> 8) & 7;
  const address = r[base];
  const count = loadList(chip, r, op, address);
  if (((op >> base) & 1) === 0) r[base] = address + 4 * count;
  return 1 + count;
});

function countBits(bits) {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

function branchIf(registers, opcode, holds) {
  if (!holds) return 1;
  registers[PC] += ((opcode << 24) >> 23) + 2;
  return 2;
}

on('11010000', (chip, core, r, op) => branchIf(r, op, core.Z));
on('11010001', (chip, core, r, op) => branchIf(r, op, !core.Z));
on('11010010', (chip, core, r, op) => branchIf(r, op, core.C));
on('11010011', (chip, core, r, op) => branchIf(r, op, !core.C));
on('11010100', (chip, core, r, op) => branchIf(r, op, core.N));
on('11010101', (chip, core, r, op) => branchIf(r, op, !core.N));
on('11010110', (chip, core, r, op) => branchIf(r, op, core.V));
on('11010111', (chip, core, r, op) => branchIf(r, op, !core.V));
on('11011000', (chip, core, r, op) => branchIf(r, op, core.C && !core.Z));
on('11011001', (chip, core, r, op) => branchIf(r, op, !core.C || core.Z));
on('11011010', (chip, core, r, op) => branchIf(r, op, core.N === core.V));
on('11011011', (chip, core, r, op) => branchIf(r, op, core.N !== core.V));
on('11011100', (chip, core, r, op) => branchIf(r, op, core.N === core.V && !core.Z));
on('11011101', (chip, core, r, op) => branchIf(r, op, core.N !== core.V || core.Z));
on('11100', (chip, core, r, op) => {
  r[PC] += ((op << 21) >> 20) + 2;
  return 2;
});
on('010001110', (chip, core, r, op) => {
  core.BXWritePC(r[(op >> 3) & 15]);
  return 2;
});
on('010001111', (chip, core, r, op) => {
  r[LR] = r[PC] | 1;
  r[PC] = r[(op >> 3) & 15] & ~1;
  return 2;
});
