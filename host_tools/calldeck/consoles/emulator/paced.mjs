// Paced mode: emulated time follows the computer's clock. Requests come, and reports go, as lines of JSON at any time.

import readline from 'node:readline';

/** Emulated time in one go, between two looks at the computer's clock. */
const SLICE_NANOS = 1e6;
/** Real time in one go, when the emulation is slower than the clock: requests must get through. */
const BUSY_MS = 4;
/** The emulation keeps this far ahead, so that the answer to a request is there when it is due and not one wait later. */
const LEAD_NANOS = 1.5e6;
const WAIT_MS = 1;
/** Further behind than this is not caught up: a computer that stood still must not lead to a burst. */
const FORGIVEN_LAG_NANOS = 50e6;

export function servePaced(board, control, write) {
  let state = board.state;
  const pacer = new Pacer(board, () => {
    const report = control.report();
    const news = report.bytes || report.links || report.edges || report.resets || report.state !== state;
    state = report.state;
    if (news) write(report);
  });
  const input = readline.createInterface({ input: process.stdin });
  input.on('line', (line) => {
    const { id, commands } = JSON.parse(line);
    const values = commands.map((command) => execute(board, control, command));
    write({ ...control.report(), id, values });
    pacer.wake();
  });
  input.on('close', () => process.exit(0));
  pacer.wake();
}

/** In paced mode a press is made of two events at the time of the request, so that its length is exact. */
function execute(board, control, command) {
  if (command[0] !== 'press') return control.execute(command);
  const [, pin, level, holdMicros] = command;
  const startMicros = board.now / 1000;
  control.execute(['drive', pin, level]);
  control.execute(['release', pin, startMicros + holdMicros]);
  return null;
}

class Pacer {
  #board;
  #afterRun;
  #realStart = performance.now();
  #emulatedStart;
  #timer = null;
  #immediate = null;

  constructor(board, afterRun) {
    this.#board = board;
    this.#afterRun = afterRun;
    this.#emulatedStart = board.now;
  }

  /** Runs on at once instead of at the end of the present wait. */
  wake() {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#immediate = setImmediate(() => this.#loop());
  }

  /** Emulated time that belongs to the present. */
  #present() {
    return this.#emulatedStart + (performance.now() - this.#realStart) * 1e6;
  }

  #loop() {
    const stopAt = performance.now() + BUSY_MS;
    const target = this.#present() + LEAD_NANOS;
    while (this.#board.now < target && performance.now() < stopAt) {
      this.#board.run(Math.min(target, this.#board.now + SLICE_NANOS));
    }
    this.#afterRun();
    const lag = this.#present() - this.#board.now;
    if (lag > FORGIVEN_LAG_NANOS) this.#emulatedStart -= lag;
    if (lag > 0) this.#immediate = setImmediate(() => this.#loop());
    else this.#timer = setTimeout(() => this.#loop(), WAIT_MS);
  }
}
