// Runs the PIO state machines on emulated time.

/**
 * rp2040js lets the state machines run freely from JavaScript timers: as fast as the computer goes, never twice the same. Here
 * each enabled machine has the nanosecond at which its next instruction is due (clock divider and delays counted), and the run
 * loop executes what is due after each instruction of the core.
 */
export class PioClock {
  /** The due time of the machine that is being executed, else null: its pin changes happened then, not at the core's time. */
  executingAt = null;

  attach(chip) {
    this.chip = chip;
    this.executingAt = null;
    this.machines = [];
    for (const block of chip.pio) {
      block.run = () => {};
      for (const machine of block.machines) {
        this.machines.push({ machine, block, dueAt: 0, running: false, blocked: false });
      }
    }
  }

  /** When a machine that is not waiting for something has to run next. */
  get nextAt() {
    let next = Infinity;
    for (const { machine, dueAt, blocked } of this.machines) {
      if (machine.enabled && !(blocked && machine.waiting) && dueAt < next) next = dueAt;
    }
    return next;
  }

  /** Executes every instruction that was due until now, of all machines in the order of their times. */
  catchUp() {
    const now = this.chip.clock.nanos;
    this.#noticeChanges(now);
    for (let entry = this.#nextDue(now); entry !== null; entry = this.#nextDue(now)) {
      this.#execute(entry);
    }
  }

  #noticeChanges(now) {
    for (const entry of this.machines) {
      const { machine } = entry;
      // Enabled just now, or released by a pin, a FIFO or an interrupt flag just now: the next instruction comes from here on.
      const released = entry.blocked && !machine.waiting;
      if ((machine.enabled && !entry.running) || released) entry.dueAt = Math.max(entry.dueAt, now);
      entry.running = machine.enabled;
      if (!machine.waiting) entry.blocked = false;
    }
  }

  #nextDue(now) {
    let found = null;
    for (const entry of this.machines) {
      if (!entry.machine.enabled || (entry.blocked && entry.machine.waiting)) continue;
      if (entry.dueAt <= now && (found === null || entry.dueAt < found.dueAt)) found = entry;
    }
    return found;
  }

  #execute(entry) {
    const { machine, block } = entry;
    const before = machine.cycles;
    this.executingAt = entry.dueAt;
    machine.step();
    block.checkChangedPins();
    this.executingAt = null;
    entry.blocked = machine.waiting;
    const divider = (machine.clockDivInt || 65536) + machine.clockDivFrac / 256;
    const cycles = Math.max(1, machine.cycles - before);
    entry.dueAt += (cycles * divider * 1e9) / this.chip.clkSys;
  }
}
