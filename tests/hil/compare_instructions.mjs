// Executes every instruction of 16 bits, and BL, in random states: once as the harness does, once as rp2040js does.
// Usage: node compare_instructions.mjs SEED ROUNDS. Prints the first difference, or how many were compared.

const EMULATOR = new URL('../../host_tools/calldeck/consoles/emulator/', import.meta.url);
const { FlashCache } = await import(new URL('cache.mjs', EMULATOR));
const { CachedChip, ChipFault } = await import(new URL('chip.mjs', EMULATOR));
const { Generator } = await import(new URL('entropy.mjs', EMULATOR));
const { Pwm } = await import(new URL('pwm.mjs', EMULATOR));
const { executeInstruction } = await import(new URL('instructions.mjs', EMULATOR));

const RAM = 0x20000000;
const FLASH = 0x10000000;
const WINDOW = 0x800;
const generator = new Generator(Number(process.argv[2]), 1);
const below = (limit) => generator.word() % limit;

function openChip() {
  const flash = new Uint8Array(2 * 1024 * 1024);
  for (let at = 0; at < flash.length; at += 1) flash[at] = (at * 37) >> 3;
  const chip = new CachedChip(new Uint32Array(4096), flash, new FlashCache());
  new Pwm(chip);
  return chip;
}

/** Mostly addresses of RAM, near them those of flash, small numbers, and anything but the address of a peripheral, of which some of SIO do. */
function value() {
  switch (below(8)) {
    case 0:
    case 1:
    case 2:
      return RAM + 0x200 + below(0x300) * 4;
    case 3:
      return RAM + 0x200 + below(0xc00);
    case 4:
      return FLASH + below(0x4000) * 4;
    case 5:
      return below(300);
    case 6:
      return [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 31, 32, 0xd0000000 + below(9) * 4][below(8)];
    default: {
      const word = generator.word();
      return [4, 5, 13].includes(word >>> 28) ? word & 0x0fffffff : word;
    }
  }
}

function state(opcode, second) {
  const registers = Array.from({ length: 16 }, value);
  registers[13] = RAM + 0x400 + below(64) * 4;
  const base = below(2) ? FLASH + 0x100000 : RAM + 0x20000;
  registers[15] = base + below(512) * 2;
  const flags = Array.from({ length: 4 }, () => below(2) === 1);
  return { opcode, second, registers, flags };
}

function run(chip, execute, { opcode, second, registers, flags }) {
  const { core } = chip;
  core.registers.set(registers);
  [core.N, core.Z, core.C, core.V] = flags;
  core.waiting = core.eventRegistered = core.interruptsUpdated = core.PM = core.pendingSVCall = false;
  chip.stallCycles = 0;
  const at = registers[15];
  const halves = at >= RAM ? new Uint16Array(chip.sram.buffer, at - RAM, 2) : new Uint16Array(chip.flash.buffer, at - FLASH, 2);
  halves.set([opcode, second]);
  let cycles;
  try {
    cycles = execute(chip, core);
  } catch (error) {
    if (!(error instanceof ChipFault)) throw error;
    return { fault: error.message };
  }
  return {
    cycles, stall: chip.stallCycles, registers: [...core.registers], flags: [core.N, core.Z, core.C, core.V],
    sleep: [core.waiting, core.eventRegistered, core.interruptsUpdated, core.PM, core.pendingSVCall],
    hits: chip.cache.hits, misses: chip.cache.misses,
  };
}

const ours = openChip();
const theirs = openChip();
const firstDifference = () => ours.sram.subarray(0, WINDOW).findIndex((byte, at) => byte !== theirs.sram[at]);
let compared = 0;

function compare(opcode, second) {
  const start = state(opcode, second);
  const mine = run(ours, executeInstruction, start);
  const other = run(theirs, (_, core) => core.executeInstruction(), start);
  compared += 1;
  const same = JSON.stringify(mine) === JSON.stringify(other);
  if (same && Buffer.compare(ours.sram.subarray(0, WINDOW), theirs.sram.subarray(0, WINDOW)) === 0) return;
  console.log(JSON.stringify({ start, mine, other, memory: firstDifference() }));
  process.exit(1);
}

for (let round = 0; round < Number(process.argv[3]); round += 1) {
  for (let opcode = 0; opcode < 0x10000; opcode += 1) {
    // BX and BLX with bits that have to be zero: the manual leaves open what they do.
    if ((opcode & 0xff00) !== 0x4700 || (opcode & 7) === 0) compare(opcode, below(0x10000));
  }
  for (let call = 0; call < 4096; call += 1) compare(0xf000 | below(0x800), 0xd000 | below(0x10000));
}
if (Buffer.compare(ours.sram, theirs.sram) !== 0) {
  console.log('RAM differs at the end');
  process.exit(1);
}
console.log(compared);
