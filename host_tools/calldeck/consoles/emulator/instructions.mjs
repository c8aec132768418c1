// The common Thumb instructions, quicker than rp2040js executes them and with the same results.

import './arithmetic.mjs';
import { HANDLERS, OPERAND_BITS, rare } from './decoder.mjs';
import './transfers.mjs';

const XIP_START = 0x10000000;
const RAM_START = 0x20000000;
const RAM_BYTES = 264 * 1024;
const LR = 14;
const PC = 15;

/** Executes the instruction at the PC and gives its cycles. */
export function executeInstruction(chip, core) {
  if (core.interruptsUpdated) return core.executeInstruction();
  const registers = core.registers;
  const pc = registers[PC];
  const inFlash = pc - XIP_START;
  if (inFlash >= 0 && inFlash < chip.flashBytes) {
    const opcode = chip.flash16[inFlash >> 1];
    const handler = HANDLERS[opcode >> OPERAND_BITS];
    if (handler === rare) {
      if (isBranchWithLink(opcode, chip.flash16[(inFlash >> 1) + 1])) return callFromFlash(chip, registers, pc);
      return core.executeInstruction();
    }
    if (chip.cache !== null) chip.stallCycles += chip.cache.access(pc);
    registers[PC] = pc + 2;
    return handler(chip, core, registers, opcode);
  }
  const inRam = pc - RAM_START;
  if (inRam < 0 || inRam >= RAM_BYTES) return core.executeInstruction();
  const opcode = chip.sram16[inRam >> 1];
  const handler = HANDLERS[opcode >> OPERAND_BITS];
  if (handler === rare) return core.executeInstruction();
  registers[PC] = pc + 2;
  return handler(chip, core, registers, opcode);
}

/** BL, the one instruction of two halfwords that is common. */
function isBranchWithLink(first, second) {
  return (first & 0xf800) === 0xf000 && (second & 0xd000) === 0xd000;
}

function callFromFlash(chip, registers, pc) {
  if (chip.cache !== null) {
    chip.stallCycles += chip.cache.access(pc);
    chip.stallCycles += chip.cache.access(pc + 2);
  }
  const at = (pc - XIP_START) >> 1;
  const first = chip.flash16[at];
  const second = chip.flash16[at + 1];
  const sign = (first >> 10) & 1;
  const i1 = 1 - (sign ^ ((second >> 13) & 1));
  const i2 = 1 - (sign ^ ((second >> 11) & 1));
  const offset = ((sign ? 0xff : 0) << 24) | (i1 << 23) | (i2 << 22) | ((first & 0x3ff) << 12) | ((second & 0x7ff) << 1);
  registers[LR] = (pc + 4) | 1;
  registers[PC] = pc + 4 + offset;
  return 3;
}
