// What survives a reset: the watchdog's scratch registers, its reason, and the reasons of the power-on block.

import { BasePeripheral } from 'rp2040js';

const REASON_TIMER = 1;
const REASON_FORCED = 2;
/** Tells the boot ROM whether to jump somewhere; what it leaves behind itself says no. */
const SCRATCH_BOOT_MAGIC = 4;
const CHIP_RESET = 0x08;
const HAD_POWER_ON = 1 << 8;
const HAD_RUN_PIN = 1 << 16;

/** The watchdog's memory across the boots of one board. */
export class WatchdogMemory {
  #reason = 0;
  #scratch = new Uint32Array(8);
  #watchdog = null;

  /** Power and the RUN pin clear it; a reset by the watchdog itself does not (RP2040 datasheet 4.7.3). */
  clear() {
    this.#reason = 0;
    this.#scratch.fill(0);
  }

  /** The boot ROM ends its USB drive with a watchdog time-out into a normal boot; what the firmware wrote before it stays. */
  rebootedByBootRom() {
    this.#reason = REASON_TIMER;
    this.#scratch.set(this.#watchdog.scratchData);
    this.#scratch[SCRATCH_BOOT_MAGIC] = 0;
  }

  /**
   * Wires the chip's watchdog. rp2040js has no reset handler and forgets the registers with the chip; `onReset` gets
   * 'watchdog' when the timer ran out and 'software' when the firmware pulled the trigger (machine.reset()).
   */
  attach(chip, onReset) {
    const watchdog = chip.peripherals[0x40058];
    this.#watchdog = watchdog;
    watchdog.reason = this.#reason;
    watchdog.scratchData.set(this.#scratch);
    watchdog.onWatchdogTrigger = () => {
      watchdog.timer.enable = false;
      watchdog.alarm.enable = false;
      this.#reason = watchdog.reason;
      this.#scratch.set(watchdog.scratchData);
      onReset(watchdog.reason === REASON_FORCED ? 'software' : 'watchdog');
    };
  }
}

/** VREG_AND_CHIP_RESET: says what reset the whole chip last. rp2040js answers all ones. */
export class ChipReset extends BasePeripheral {
  constructor(chip, cause) {
    super(chip, 'VREG_AND_CHIP_RESET');
    this.had = cause === 'run' ? HAD_RUN_PIN : HAD_POWER_ON;
  }

  readUint32(offset) {
    return offset === CHIP_RESET ? this.had : 0;
  }

  writeUint32() {}
}
