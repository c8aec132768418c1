// The electrical side of the pins: what level a pad has, from its driver, from outside and from its pulls.

const PINS = 30;
/** Reset value of a pad (RP2040 datasheet 2.19.6.3): input enabled, pulled down, Schmitt trigger. rp2040js starts otherwise. */
const PAD_AFTER_RESET = 0x56;
const EDGES = 0b1100;

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

  /** Something outside the board holds the pin at a level, through resets too. */
  drive(index, level) {
    this.#outside.set(index, level);
    this.#settle(index);
  }

  /** Nothing outside drives the pin any more: its pulls decide. */
  release(index) {
    this.#outside.delete(index);
    this.#settle(index);
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
    if (outside !== undefined) return outside;
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
