// Erasing and programming the flash chip, with the time it takes and what is left when power goes half-way.

import { FLASH_BYTES, SECTOR_BYTES } from './image.mjs';

const PAGE_BYTES = 256;

/** One step that the flash chip does by itself: a sector to erase or a page to program. */
function eraseSteps(offset, length, nanos) {
  const steps = [];
  for (let at = offset; at < offset + length; at += SECTOR_BYTES) {
    steps.push({ at, bytes: null, length: SECTOR_BYTES, nanos });
  }
  return steps;
}

function programSteps(offset, data, nanos) {
  const steps = [];
  for (let at = 0; at < data.length; at += PAGE_BYTES) {
    const bytes = data.subarray(at, at + PAGE_BYTES);
    steps.push({ at: offset + at, bytes, length: bytes.length, nanos });
  }
  return steps;
}

/**
 * The contents of the flash chip and the operation that runs in it. rp2040js has neither erase nor program; the board traps the
 * boot ROM's two routines and hands them here. While an operation runs the core fetches no instruction (it executes from this
 * chip), but timers, PIO and the USB controller go on.
 */
export class Flash {
  #steps = [];
  #startedAt = 0;
  #alarm = null;
  #operations = [];
  /** True while the flash chip works and the core stands still. A plain field: the run loop looks at it all the time. */
  busy = false;

  /** @param timing {eraseNanos, pageNanos} for one sector and one page. @param now gives the emulated nanosecond. */
  constructor(contents, timing, generator, now) {
    this.contents = contents;
    this.timing = timing;
    this.generator = generator;
    this.now = now;
  }

  attach(chip) {
    this.clock = chip.clock;
    this.#alarm = chip.clock.createAlarm(() => this.#finishStep());
  }

  erase(offset, length) {
    this.#start('erase', offset % FLASH_BYTES, length, eraseSteps(offset % FLASH_BYTES, length, this.timing.eraseNanos));
  }

  program(offset, data) {
    this.#start('program', offset % FLASH_BYTES, data.length, programSteps(offset % FLASH_BYTES, data, this.timing.pageNanos));
  }

  /** A reset without loss of power: the flash chip finishes its step, nobody asks for the next ones. */
  abandon() {
    if (!this.busy) return;
    apply(this.contents, this.#steps[0]);
    this.#setSteps([]);
  }

  /** Power is gone in the middle of a step: what it left depends on how far it was, and on chance. */
  cut() {
    if (!this.busy) return;
    const step = this.#steps[0];
    const share = step.nanos > 0 ? (this.clock.nanos - this.#startedAt) / step.nanos : 1;
    this.#applyPart(step, Math.min(1, Math.max(0, share)));
    this.#setSteps([]);
  }

  /** The operations begun since the last call: [nanoseconds, 'erase' or 'program', offset, length, nanoseconds of its due end]. */
  takeOperations() {
    return this.#operations.splice(0);
  }

  #start(kind, offset, length, steps) {
    const at = this.now();
    const takes = steps.reduce((sum, { nanos }) => sum + nanos, 0);
    this.#operations.push([Math.round(at), kind, offset, length, Math.round(at + takes)]);
    this.#setSteps(steps);
    this.#startStep();
  }

  #setSteps(steps) {
    this.#steps = steps;
    this.busy = steps.length > 0;
  }

  #applyFirst() {
    apply(this.contents, this.#steps[0]);
    this.#setSteps(this.#steps.slice(1));
  }

  #startStep() {
    while (this.busy && this.#steps[0].nanos <= 0) this.#applyFirst();
    if (!this.busy) return;
    this.#startedAt = this.clock.nanos;
    this.#alarm.schedule(this.#steps[0].nanos);
  }

  #finishStep() {
    if (!this.busy) return;
    this.#applyFirst();
    this.#startStep();
  }

  #applyPart(step, share) {
    const { at, bytes, length } = step;
    for (let index = 0; index < length; index += 1) {
      const goal = bytes === null ? 0xff : this.contents[at + index] & bytes[index];
      // Cells change one by one: each bit that has to change has done so with the share of the time that has passed.
      const changing = this.contents[at + index] ^ goal;
      if (changing !== 0) this.contents[at + index] ^= changing & this.#bits(share);
    }
  }

  #bits(share) {
    let mask = 0;
    for (let bit = 0; bit < 8; bit += 1) {
      if (this.generator.word() < share * 2 ** 32) mask |= 1 << bit;
    }
    return mask;
  }
}

function apply(contents, { at, bytes, length }) {
  if (bytes === null) contents.fill(0xff, at, at + length);
  else for (let index = 0; index < length; index += 1) contents[at + index] &= bytes[index];
}
