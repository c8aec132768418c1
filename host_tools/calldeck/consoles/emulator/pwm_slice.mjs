// One slice of the PWM block: where its counter is at a given time, and when its outputs change next.

export const ENABLE = 1 << 0;
const PHASE_CORRECT = 1 << 1;
const INVERT_SHIFT = 2;
const DIVMODE = 0x30;
const RETARD = 1 << 6;
const ADVANCE = 1 << 7;
const TOP_AFTER_RESET = 0xffff;
/** The divider counts in sixteenths: 8 bits of whole cycles, 0 meaning 256, and 4 of fraction. */
const ONE = 16;
const COUNTER_VALUES = 0x10000;
/** Part of a cycle: more than what floating point loses on a clock whose cycle is no whole number of nanoseconds. */
const HAIR = 1e-3;

/**
 * Nothing happens in a slice by itself: settle() computes from the time that has passed where the counter is, in whole cycles of
 * clk_sys. All other methods tell of the time of the last settle().
 */
export class Slice {
  /** The registers as they were written. */
  control = 0;
  divider = ONE;
  compare = 0;
  top = TOP_AFTER_RESET;
  /** What the counter goes by: CC and TOP are taken over at a wrap, at once while the slice stands still. */
  #levels = [0, 0];
  #top = TOP_AFTER_RESET;
  #pending = false;
  /** Ticks into the period (which counts up and down again in phase-correct mode), and sixteenths of a cycle since that tick. */
  #position = 0;
  #phase = 0;
  #origin = 0;
  #nanosPerCycle = 8;

  /** Counts by itself. A slice that counts its B input is not modelled: it stands still. */
  get running() {
    return (this.control & ENABLE) !== 0 && (this.control & DIVMODE) === 0;
  }

  /** The B pin is an output only while it is not what is counted. */
  get drivesB() {
    return (this.control & DIVMODE) === 0;
  }

  get counter() {
    return this.#position <= this.#top || !this.#isPhaseCorrect ? this.#position : this.#period - 1 - this.#position;
  }

  get #isPhaseCorrect() {
    return (this.control & PHASE_CORRECT) !== 0;
  }

  get #period() {
    return this.#isPhaseCorrect ? 2 * (this.#top + 1) : this.#top + 1;
  }

  get #sixteenths() {
    return this.divider < ONE ? this.divider + 256 * ONE : this.divider;
  }

  /** A counter that was set beyond TOP runs to its end first. */
  get #ticksToWrap() {
    return (this.#position < this.#period ? this.#period : COUNTER_VALUES) - this.#position;
  }

  /** Brings the counter to the time `now`; true if it has wrapped on the way. */
  settle(now) {
    if (!this.running) {
      this.#origin = now;
      return false;
    }
    let wrapped = false;
    for (;;) {
      const cycles = Math.floor((now - this.#origin) / this.#nanosPerCycle + HAIR);
      const ticks = Math.floor((cycles * ONE + this.#phase) / this.#sixteenths);
      const beyond = ticks >= this.#ticksToWrap;
      if (beyond) wrapped = true;
      if (!beyond || (!this.#pending && this.#position < this.#period)) {
        this.#move(cycles, ticks);
        this.#position = (this.#position + ticks) % this.#period;
        return wrapped;
      }
      this.#move(this.#cyclesOf(this.#ticksToWrap), this.#ticksToWrap);
      this.#position = 0;
      this.#takeOver();
    }
  }

  setClock(nanosPerCycle) {
    this.#nanosPerCycle = nanosPerCycle;
  }

  setControl(value) {
    if (value & ENABLE && !(this.control & ENABLE)) this.#phase = 0;
    if ((value ^ this.control) & PHASE_CORRECT) this.#position = this.counter;
    this.control = value & ~(RETARD | ADVANCE);
    const step = (value & ADVANCE ? 1 : 0) - (value & RETARD ? 1 : 0);
    if (this.running && step !== 0) this.#position = (this.#position + step + this.#period) % this.#period;
    if (!this.running) this.#takeOver();
  }

  setDivider(value) {
    this.divider = value & 0xfff;
    this.#phase = 0;
  }

  setCounter(value) {
    this.#position = value & 0xffff;
  }

  setCompare(value) {
    this.compare = value >>> 0;
    this.#written();
  }

  setTop(value) {
    this.top = value & 0xffff;
    this.#written();
  }

  /** Level of output A (0) or B (1). */
  level(channel) {
    return this.counter < this.#levels[channel] !== this.#isInverted(channel);
  }

  /** Share of the time that the output is high, over a whole period by the registers as they are now. */
  duty(channel) {
    if (!this.running) return this.level(channel) ? 1 : 0;
    const share = Math.min(1, this.#compareOf(channel) / (this.top + 1));
    return this.#isInverted(channel) ? 1 - share : share;
  }

  /** The nanosecond of the next wrap. */
  get wrapAt() {
    return this.running ? this.#timeOf(this.#ticksToWrap) : Infinity;
  }

  /** The nanosecond at which the output may change next. */
  changeAt(channel) {
    if (!this.running) return Infinity;
    const level = this.#levels[channel];
    const moves = level > 0 && level <= this.#top;
    if (moves) {
      for (const edge of this.#isPhaseCorrect ? [level, this.#period - level] : [level]) {
        if (edge > this.#position) return this.#timeOf(edge - this.#position);
      }
    }
    return moves || this.#pending || this.#position >= this.#period ? this.wrapAt : Infinity;
  }

  #isInverted(channel) {
    return ((this.control >> (INVERT_SHIFT + channel)) & 1) === 1;
  }

  #compareOf(channel) {
    return (this.compare >>> (16 * channel)) & 0xffff;
  }

  #written() {
    this.#pending = true;
    if (!this.running) this.#takeOver();
  }

  #takeOver() {
    this.#levels = [this.#compareOf(0), this.#compareOf(1)];
    this.#top = this.top;
    this.#pending = false;
  }

  /** Whole cycles until the tick that comes `ticks` after the last one. */
  #cyclesOf(ticks) {
    return Math.ceil((ticks * this.#sixteenths - this.#phase) / ONE);
  }

  #timeOf(ticks) {
    return this.#origin + this.#cyclesOf(ticks) * this.#nanosPerCycle;
  }

  #move(cycles, ticks) {
    this.#origin += cycles * this.#nanosPerCycle;
    this.#phase += cycles * ONE - ticks * this.#sixteenths;
  }
}
