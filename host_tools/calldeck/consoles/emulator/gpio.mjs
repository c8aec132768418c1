// Records what the firmware does with its pins, with the emulated time of each change.

import { FUNCTION_PWM } from './pwm.mjs';

/** Level of a pin as its driver sees it: true, false, or null while the pin is not driven. */
export function drivenLevel(pin) {
  if (!pin.outputEnable || pin.outputDisable) return null;
  return pin.outputValue;
}

/** Values of GPIOx_CTRL's output override; from FORCED on the pin is held. */
const INVERTED = 1;
const FORCED = 2;

export class PinRecorder {
  #chip = null;
  #levels = new Map();
  #edges = [];
  /** Called after each recorded change. */
  onEdge = () => {};

  /** @param now gives the emulated nanosecond of whatever is being executed. */
  constructor(now) {
    this.now = now;
  }

  attach(chip) {
    this.#chip = chip;
    for (const index of this.#levels.keys()) this.#listen(index);
  }

  /** The chip is gone (reset, no power): its pins float from this moment on. */
  detach() {
    this.#chip = null;
    for (const index of this.#levels.keys()) this.#record(index, null);
  }

  watch(index) {
    if (this.#levels.has(index)) return;
    if (this.#chip !== null) this.#chip.gpio[index].checkForUpdates();
    this.#levels.set(index, this.level(index));
    if (this.#chip !== null) this.#listen(index);
  }

  level(index) {
    return this.#chip === null ? null : drivenLevel(this.#chip.gpio[index]);
  }

  /** Share of the time that a pin is driven high, over a whole period where it is PWM; null while it is not driven. */
  duty(index) {
    const level = this.level(index);
    if (level === null) return null;
    const pin = this.#chip.gpio[index];
    if (pin.functionSelect !== FUNCTION_PWM || pin.outputOverride >= FORCED) return level ? 1 : 0;
    const share = this.#chip.pwm.duty(index);
    return pin.outputOverride === INVERTED ? 1 - share : share;
  }

  /** The changes since the last call: [nanoseconds, pin, level]. */
  take() {
    return this.#edges.splice(0);
  }

  #listen(index) {
    const pin = this.#chip.gpio[index];
    pin.addListener(() => this.#record(index, drivenLevel(pin)));
    this.#chip.pwm.watch(index);
  }

  #record(index, level) {
    if (this.#levels.get(index) === level) return;
    this.#levels.set(index, level);
    this.#edges.push([Math.round(this.now()), index, level]);
    this.onEdge();
  }
}
