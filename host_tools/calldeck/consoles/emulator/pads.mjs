// The electrical side of the pins: what level a pad has, from its driver, from outside and from its pulls.

const PINS = 30;
/** Reset value of a pad (RP2040 datasheet 2.19.6.3): input enabled, pulled down, Schmitt trigger. rp2040js starts otherwise. */
const PAD_AFTER_RESET = 0x56;
const EDGES = 0b1100;
/** Who drives a pin where nobody is named: the harness itself. */
const HARNESS = '';

/**
 * Keeps the input of every pin equal to the level of its pad. In rp2040js an input is whatever was set last from outside:
 * a pull resistor has no effect, an output cannot be read back, and any call counts as an edge, even without a change.
 */
export class Pads {
  #chip = null;
  #outside = new Map();

  attach(chip) {
    this.#chip = chip;
    for (const pin of chip.gpio) {
      pin.padValue = PAD_AFTER_RESET;
      mendEdgeDetection(pin);
      pin.addListener(() => this.#settle(pin.index));
    }
    this.#watchPulls(chip.peripherals[0x4001c]);
    for (let index = 0; index < PINS; index += 1) this.#settle(index);
  }

  detach() {
    this.#chip = null;
  }

  /**
   * Something outside the board (`by`) holds the pin at a level, through resets too. Of several the one that came last is the
   * stronger; the others are still there when it leaves.
   */
  drive(index, level, by = HARNESS) {
    if (!this.#outside.has(index)) this.#outside.set(index, new Map());
    const drivers = this.#outside.get(index);
    drivers.delete(by);
    drivers.set(by, level);
    this.#settle(index);
  }

  /** `by` does not drive the pin any more. When nobody else does, its pulls decide. */
  release(index, by = HARNESS) {
    const drivers = this.#outside.get(index);
    if (drivers === undefined || !drivers.delete(by)) return;
    if (drivers.size === 0) this.#outside.delete(index);
    this.#settle(index);
  }

  /** `by` is gone, and with it all that it drove. */
  releaseAll(by) {
    for (const index of [...this.#outside.keys()]) this.release(index, by);
  }

  #settle(index) {
    if (this.#chip === null) return;
    const pin = this.#chip.gpio[index];
    const level = this.#level(pin);
    if (level !== pin.rawInputValue) pin.setInputValue(level);
  }

  #level(pin) {
    // Where the chip drives a pin that is also driven from outside, its own driver is taken as the stronger one.
    if (pin.outputEnable && !pin.outputDisable) return pin.outputValue;
    const outside = this.#outside.get(pin.index);
    if (outside !== undefined) return [...outside.values()].at(-1);
    // Both pulls at once keep the last level; no pull at all leaves the pad floating where it was.
    if (pin.pullupEnabled === pin.pulldownEnabled) return pin.rawInputValue;
    return pin.pullupEnabled;
  }

  #watchPulls(registers) {
    const write = registers.writeUint32.bind(registers);
    registers.writeUint32 = (offset, value) => {
      write(offset, value);
      const index = (offset - 4) >> 2;
      if (index >= 0 && index < PINS) this.#settle(index);
    };
  }
}

/** Latches an edge only when the level that the edge detector sees has changed. */
function mendEdgeDetection(pin) {
  const set = pin.setInputValue.bind(pin);
  let seen = pin.inputValue;
  pin.setInputValue = (level) => {
    const latched = pin.irqStatus & EDGES;
    set(level);
    if (pin.inputValue === seen) {
      pin.irqStatus = (pin.irqStatus & ~EDGES) | latched;
      pin.rp2040.updateIOInterrupt();
    }
    seen = pin.inputValue;
  };
}
