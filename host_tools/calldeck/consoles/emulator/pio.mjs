// Runs the PIO state machines on emulated time.

/**
 * rp2040js lets the state machines run freely from JavaScript timers: as fast as the computer goes, never twice the same. Here
 * each enabled machine has the nanosecond at which its next instruction is due (clock divider and delays counted), and the run
 * loop executes what is due after each instruction of the core.
 */
export class PioClock {
  /** The due time of the machine that is being executed, else null: its pin changes happened then, not at the core's time. */
  executingAt = null;
  /** When catchUp() has something to do next. A plain field: the run loop looks at it after each instruction. */
  dueAt = Infinity;
  #changed = false;
  #enabled = [];

  attach(chip) {
    this.chip = chip;
    this.executingAt = null;
    this.machines = [];
    this.#notice();
    for (const block of chip.pio) {
      block.run = () => {};
      const write = block.writeUint32.bind(block);
      block.writeUint32 = (offset, value) => {
        write(offset, value);
        this.#notice();
      };
      for (const machine of block.machines) this.#add(machine, block);
    }
  }

  /** Executes every instruction that was due until now, of all machines in the order of their times. */
  catchUp() {
    const now = this.chip.clock.nanos;
    if (this.#changed) this.#takeChanges(now);
    for (;;) {
      const entry = this.#earliest();
      this.dueAt = entry === null ? Infinity : entry.dueAt;
      if (this.dueAt > now) break;
      this.#execute(entry);
    }
    if (this.#changed) this.dueAt = -Infinity;
  }

  #add(machine, block) {
    const entry = { machine, block, dueAt: 0, running: false, blocked: false };
    this.machines.push(entry);
    const checkWait = machine.checkWait.bind(machine);
    machine.checkWait = () => {
      checkWait();
      if (machine.waiting || !entry.blocked) return;
      // By another machine: it goes on from that one's time. By the core or from outside: from the end of the instruction.
      if (this.executingAt === null) this.#notice();
      else this.#release(entry, this.executingAt);
    };
  }

  #notice() {
    this.#changed = true;
    this.dueAt = -Infinity;
  }

  #release(entry, at) {
    entry.dueAt = Math.max(entry.dueAt, at);
    entry.blocked = false;
  }

  /** Machines that were enabled, or released by a pin, a FIFO or a flag, go on from here. */
  #takeChanges(now) {
    this.#changed = false;
    for (const entry of this.machines) {
      const { machine } = entry;
      if ((machine.enabled && !entry.running) || (entry.blocked && !machine.waiting)) this.#release(entry, now);
      entry.running = machine.enabled;
    }
    this.#enabled = this.machines.filter(({ machine }) => machine.enabled);
  }

  #earliest() {
    let found = null;
    for (const entry of this.#enabled) {
      if (!entry.blocked && (found === null || entry.dueAt < found.dueAt)) found = entry;
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
