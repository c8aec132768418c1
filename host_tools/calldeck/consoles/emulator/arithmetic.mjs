// Thumb instructions that compute: shifts, sums, logic, and moves between registers.

import { on } from './decoder.mjs';

const SP = 13;
const PC = 15;

function addFlags(core, left, right) {
  const sum = left + right;
  const result = sum | 0;
  core.N = result < 0;
  core.Z = result === 0;
  core.C = sum > 0xffffffff;
  core.V = ((left ^ result) & (right ^ result)) < 0;
  return result;
}

function subtractFlags(core, left, right) {
  const result = (left - right) | 0;
  core.N = result < 0;
  core.Z = result === 0;
  core.C = left >= right;
  core.V = ((left ^ right) & (left ^ result)) < 0;
  return result;
}

function logicFlags(core, result) {
  core.N = result < 0;
  core.Z = result === 0;
  return result;
}

on('00000', (chip, core, r, op) => {
  const input = r[(op >> 3) & 7];
  const count = (op >> 6) & 31;
  if (count > 0) core.C = ((input >>> (32 - count)) & 1) === 1;
  r[op & 7] = logicFlags(core, input << count);
  return 1;
});
on('00001', (chip, core, r, op) => {
  const input = r[(op >> 3) & 7];
  const count = (op >> 6) & 31;
  core.C = ((input >>> (count > 0 ? count - 1 : 31)) & 1) === 1;
  r[op & 7] = logicFlags(core, count > 0 ? (input >>> count) | 0 : 0);
  return 1;
});
on('00010', (chip, core, r, op) => {
  const input = r[(op >> 3) & 7];
  const count = (op >> 6) & 31;
  core.C = ((input >>> (count > 0 ? count - 1 : 31)) & 1) === 1;
  r[op & 7] = logicFlags(core, count > 0 ? input >> count : input >> 31);
  return 1;
});
on('0001100', (chip, core, r, op) => {
  r[op & 7] = addFlags(core, r[(op >> 3) & 7], r[(op >> 6) & 7]);
  return 1;
});
on('0001101', (chip, core, r, op) => {
  r[op & 7] = subtractFlags(core, r[(op >> 3) & 7], r[(op >> 6) & 7]);
  return 1;
});
on('0001110', (chip, core, r, op) => {
  r[op & 7] = addFlags(core, r[(op >> 3) & 7], (op >> 6) & 7);
  return 1;
});
on('0001111', (chip, core, r, op) => {
  r[op & 7] = subtractFlags(core, r[(op >> 3) & 7], (op >> 6) & 7);
  return 1;
});
on('00100', (chip, core, r, op) => {
  r[(op >> 8) & 7] = op & 0xff;
  core.N = false;
  core.Z = (op & 0xff) === 0;
  return 1;
});
on('00101', (chip, core, r, op) => {
  subtractFlags(core, r[(op >> 8) & 7], op & 0xff);
  return 1;
});
on('00110', (chip, core, r, op) => {
  const register = (op >> 8) & 7;
  r[register] = addFlags(core, r[register], op & 0xff);
  return 1;
});
on('00111', (chip, core, r, op) => {
  const register = (op >> 8) & 7;
  r[register] = subtractFlags(core, r[register], op & 0xff);
  return 1;
});

on('0100000000', (chip, core, r, op) => {
  r[op & 7] = logicFlags(core, r[op & 7] & r[(op >> 3) & 7]);
  return 1;
});
on('0100000001', (chip, core, r, op) => {
  r[op & 7] = logicFlags(core, r[op & 7] ^ r[(op >> 3) & 7]);
  return 1;
});
on('0100001000', (chip, core, r, op) => {
  logicFlags(core, r[op & 7] & r[(op >> 3) & 7]);
  return 1;
});
on('0100001001', (chip, core, r, op) => {
  r[op & 7] = subtractFlags(core, 0, r[(op >> 3) & 7]);
  return 1;
});
on('0100001010', (chip, core, r, op) => {
  subtractFlags(core, r[op & 7], r[(op >> 3) & 7]);
  return 1;
});
on('0100001100', (chip, core, r, op) => {
  r[op & 7] = logicFlags(core, r[op & 7] | r[(op >> 3) & 7]);
  return 1;
});
on('0100001101', (chip, core, r, op) => {
  r[op & 7] = logicFlags(core, Math.imul(r[op & 7], r[(op >> 3) & 7]));
  return 1;
});
on('0100001110', (chip, core, r, op) => {
  r[op & 7] = logicFlags(core, r[op & 7] & ~r[(op >> 3) & 7]);
  return 1;
});
on('0100001111', (chip, core, r, op) => {
  r[op & 7] = logicFlags(core, ~r[(op >> 3) & 7]);
  return 1;
});
on('0100000010', (chip, core, r, op) => {
  const input = r[op & 7];
  const count = r[(op >> 3) & 7] & 0xff;
  if (count > 0) core.C = (input & (1 << (32 - count))) !== 0;
  r[op & 7] = logicFlags(core, count < 32 ? input << count : 0);
  return 1;
});
on('0100000011', (chip, core, r, op) => {
  const input = r[op & 7];
  const count = r[(op >> 3) & 7] & 0xff;
  core.C = count <= 32 && ((input >>> (count - 1)) & 1) === 1;
  r[op & 7] = logicFlags(core, count < 32 ? (input >>> count) | 0 : 0);
  return 1;
});
on('0100000101', (chip, core, r, op) => {
  r[op & 7] = core.addUpdateFlags(r[(op >> 3) & 7], r[op & 7] + (core.C ? 1 : 0));
  return 1;
});
on('0100000110', (chip, core, r, op) => {
  r[op & 7] = core.substractUpdateFlags(r[op & 7], r[(op >> 3) & 7] + (core.C ? 0 : 1));
  return 1;
});
on('01000101', (chip, core, r, op) => {
  subtractFlags(core, r[((op >> 4) & 8) | (op & 7)], r[(op >> 3) & 15]);
  return 1;
});
on('1011001000', (chip, core, r, op) => {
  r[op & 7] = (r[(op >> 3) & 7] << 16) >> 16;
  return 1;
});
on('1011001001', (chip, core, r, op) => {
  r[op & 7] = (r[(op >> 3) & 7] << 24) >> 24;
  return 1;
});
on('1011001010', (chip, core, r, op) => {
  r[op & 7] = r[(op >> 3) & 7] & 0xffff;
  return 1;
});
on('1011001011', (chip, core, r, op) => {
  r[op & 7] = r[(op >> 3) & 7] & 0xff;
  return 1;
});
// ADD and MOV of any two registers. A source reads the PC as it is in the pipeline, two bytes on.
const highOf = (op) => ((op >> 4) & 8) | (op & 7);
const readAny = (r, register) => (register === PC ? r[PC] + 2 : r[register]);

function writeAny(r, register, value) {
  if (register === PC) {
    r[PC] = value & ~1;
    return 2;
  }
  r[register] = register === SP ? value & ~3 : value;
  return 1;
}

on('01000100', (chip, core, r, op) => writeAny(r, highOf(op), readAny(r, highOf(op)) + readAny(r, (op >> 3) & 15)));
on('01000110', (chip, core, r, op) => writeAny(r, highOf(op), readAny(r, (op >> 3) & 15)));
on('10100', (chip, core, r, op) => {
  r[(op >> 8) & 7] = ((r[PC] + 2) & 0xfffffffc) + ((op & 0xff) << 2);
  return 1;
});
on('10101', (chip, core, r, op) => {
  r[(op >> 8) & 7] = r[SP] + ((op & 0xff) << 2);
  return 1;
});
on('101100000', (chip, core, r, op) => {
  r[SP] = (r[SP] + ((op & 0x7f) << 2)) & ~3;
  return 1;
});
on('101100001', (chip, core, r, op) => {
  r[SP] = (r[SP] - ((op & 0x7f) << 2)) & ~3;
  return 1;
});
