// The RP2040 itself: rp2040js with the memory system of this harness.

import { RP2040 } from 'rp2040js';

const RAM_START = 0x20000000;
const RAM_BYTES = 264 * 1024;
const XIP_START = 0x10000000;
const XIP_END = 0x14000000;

/** The program did something that stops a real chip with a HardFault. */
export class ChipFault extends Error {}

/** rp2040js wants a logger. Errors go to stderr; the rest is noise, but for one message that means something. */
class Logger {
  constructor(chip) {
    this.chip = chip;
  }

  debug() {}

  info(component, message) {
    // SEV sets the core's own event flag too (ARMv6-M B1.4.4). rp2040js only logs the instruction, so that the next WFE
    // would sleep where a real core goes on.
    if (message === 'SEV') this.chip.core.eventRegistered = true;
  }

  warn() {}

  error(component, message) {
    process.stderr.write(`${component}: ${message}\n`);
  }
}

/** An RP2040 on the flash contents of the board. Without a cache model every flash access is free. */
export class Chip extends RP2040 {
  /** Cycles of waiting for the flash that the last instruction has run up; the run loop takes and clears them. */
  stallCycles = 0;
  nanosPerCycle = 8;
  /** The model of the flash cache, if there is one. */
  cache = null;

  constructor(bootRom, flash) {
    super();
    this.logger = new Logger(this);
    this.bootrom.set(bootRom);
    this.nanosPerCycle = 1e9 / this.clkSys;
    this.addClockListener((frequency) => {
      this.nanosPerCycle = 1e9 / frequency;
    });
    mendMaskedSleep(this.core);
    // One array for all boots of the board: the flash chip outlives a reset.
    this.flash = flash;
    this.flash16 = new Uint16Array(flash.buffer);
    this.flash32 = new Uint32Array(flash.buffer);
    this.flashView = new DataView(flash.buffer);
    this.flashBytes = flash.length;
    this.sram16 = new Uint16Array(this.sram.buffer);
    this.sram32 = new Uint32Array(this.sram.buffer);
    this.core.reset();
    // The boot ROM's own start-up needs parts that are not modelled; it ends by running the second stage at the start of flash.
    this.core.PC = XIP_START;
  }

  /** rp2040js erases the flash on a reset and fills 16 MB for it; the board's flash keeps what it has. */
  reset() {
    this.core.reset();
    this.pwm.reset();
  }

  /** What the core and PIO read. */
  get gpioValues() {
    this.pwm.refreshPins();
    return super.gpioValues;
  }

  readUint32(address) {
    address >>>= 0;
    if (address & 3) this.unaligned(address, 4);
    if (address >= RAM_START && address < RAM_START + RAM_BYTES) {
      return this.sramView.getUint32(address - RAM_START, true);
    }
    return super.readUint32(address);
  }

  readUint16(address) {
    if (address & 1) this.unaligned(address, 2);
    return super.readUint16(address);
  }

  writeUint32(address, value) {
    address >>>= 0;
    if (address & 3) this.unaligned(address, 4);
    if (address >= RAM_START && address < RAM_START + RAM_BYTES) this.sram32[(address - RAM_START) >> 2] = value;
    else super.writeUint32(address, value);
  }

  writeUint16(address, value) {
    if (address & 1) this.unaligned(address, 2);
    super.writeUint16(address, value);
  }

  /** A breakpoint without a debugger is a HardFault too: it is how the C library and the SDK stop after a failed check. */
  unexpectedBreak(code) {
    throw new ChipFault(`breakpoint ${code} near ${(this.core.PC >>> 0).toString(16)}`);
  }

  /**
   * A Cortex-M0+ faults on an unaligned access; rp2040js reads something else and goes on. Frozen native code with wrong
   * alignment computed nonsense here and would stop a real console, so it stops this one.
   */
  unaligned(address, size) {
    const place = (this.core.PC >>> 0).toString(16);
    throw new ChipFault(`unaligned access of ${size} bytes to ${(address >>> 0).toString(16)} near ${place}`);
  }
}

/**
 * With interrupts masked, a pending interrupt ends WFI and WFE but its handler waits until the mask is lifted (ARMv6-M B1.5.19).
 * rp2040js enters the handler at once, in the middle of a critical section.
 */
function mendMaskedSleep(core) {
  const check = core.checkForInterrupts.bind(core);
  core.checkForInterrupts = () => {
    if (!core.waiting || !core.PM) return check();
    return (core.pendingInterrupts & core.enabledInterrupts) !== 0 || core.pendingSystick || core.pendingPendSV;
  };
}

/** An RP2040 whose flash accesses go through the model of the flash cache. */
export class CachedChip extends Chip {
  constructor(bootRom, flash, cache) {
    super(bootRom, flash);
    this.cache = cache;
  }

  readUint16(address) {
    if (address >= XIP_START && address < XIP_END) this.#touch(address);
    return super.readUint16(address);
  }

  readUint32(address) {
    address >>>= 0;
    if (address >= XIP_START && address < XIP_END) this.#touch(address);
    return super.readUint32(address);
  }

  readUint8(address) {
    if (address >= XIP_START && address < XIP_END) this.#touch(address);
    return super.readUint8(address);
  }

  #touch(address) {
    // Null while the parent's constructor reads its first vectors.
    if (this.cache !== null) this.stallCycles += this.cache.access(address);
  }
}
