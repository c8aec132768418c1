// The PWM block: eight slices whose outputs are computed when somebody looks, and change by themselves only where somebody waits.

import { BasePeripheral } from 'rp2040js';

import { ENABLE, Slice } from './pwm_slice.mjs';

/** GPIOx_CTRL's function select. */
export const FUNCTION_PWM = 4;
const ADDRESS = 0x40050;
const IO_BANK = 0x40014;
const LAST_PIN_CONTROL = 0xec;
const SLICES = 8;
const SLICE_BYTES = 0x14;
const CSR = 0x00;
const DIV = 0x04;
const CTR = 0x08;
const CC = 0x0c;
const TOP = 0x10;
const EN = 0xa0;
const INTR = 0xa4;
const INTE = 0xa8;
const INTF = 0xac;
const INTS = 0xb0;
const IRQ_PWM_WRAP = 4;

const sliceOf = (pin) => (pin >> 1) & (SLICES - 1);
const channelOf = (pin) => pin & 1;

/**
 * In place of rp2040js' own block, whose slices wake three times each period whether anybody looks or not, take over CC and TOP at
 * the wrong times, round the counter to the nearest tick, and read back as disabled in EN.
 */
export class Pwm extends BasePeripheral {
  /** rp2040js tells the timers of its own channels of a new clk_sys; here a listener does. */
  channels = [];
  #slices = Array.from({ length: SLICES }, () => new Slice());
  #watched = new Set();
  #alarm;
  #raw = 0;
  #enabled = 0;
  #forced = 0;
  #anyRuns = false;

  constructor(chip) {
    super(chip, 'PWM');
    this.#alarm = chip.clock.createAlarm(() => this.#onAlarm());
    this.#setClock(chip.nanosPerCycle);
    chip.addClockListener((frequency) => this.#setClock(1e9 / frequency));
    chip.pwm = this;
    chip.peripherals[ADDRESS] = this;
    const pins = chip.peripherals[IO_BANK];
    const write = pins.writeUint32.bind(pins);
    pins.writeUint32 = (offset, value) => {
      write(offset, value);
      if (this.#anyRuns && offset <= LAST_PIN_CONTROL && this.#watched.has(offset >> 3)) this.#schedule();
    };
  }

  /** From now on each change of what a slice drives on this pin happens at its time. */
  watch(index) {
    this.#watched.add(index);
    this.#settle();
    this.#schedule();
  }

  duty(index) {
    this.#settle();
    return this.#slices[sliceOf(index)].duty(channelOf(index));
  }

  /** The core is about to read the pins: bring those that nobody watches up to date. */
  refreshPins() {
    if (!this.#anyRuns) return;
    for (const pin of this.rp2040.gpio) if (!this.#watched.has(pin.index)) this.#update(pin);
  }

  /** Asked by rp2040js' pins, as are the next two. */
  get gpioValue() {
    this.#settle();
    let outputs = 0;
    this.#slices.forEach((slice, number) => {
      if (slice.level(0)) outputs |= 1 << (2 * number);
      if (slice.level(1)) outputs |= 2 << (2 * number);
    });
    return outputs | (outputs << 16);
  }

  get gpioDirection() {
    let outputs = 0;
    this.#slices.forEach((slice, number) => {
      outputs |= (slice.drivesB ? 3 : 1) << (2 * number);
    });
    return outputs | (outputs << 16);
  }

  gpioOnInput() {}

  readUint32(offset) {
    this.#settle();
    if (offset < EN) return readSlice(this.#slices[Math.floor(offset / SLICE_BYTES)], offset % SLICE_BYTES);
    switch (offset) {
      case EN:
        return this.#slices.reduce((mask, slice, number) => mask | ((slice.control & ENABLE) << number), 0);
      case INTR:
        return this.#raw;
      case INTE:
        return this.#enabled;
      case INTF:
        return this.#forced;
      case INTS:
        return (this.#raw & this.#enabled) | this.#forced;
      default:
        return super.readUint32(offset);
    }
  }

  writeUint32(offset, value) {
    this.#settle();
    if (offset < EN) writeSlice(this.#slices[Math.floor(offset / SLICE_BYTES)], offset % SLICE_BYTES, value);
    else this.#writeShared(offset, value);
    this.#anyRuns = this.#slices.some((slice) => slice.running);
    for (const pin of this.rp2040.gpio) this.#update(pin);
    this.#checkInterrupts();
    this.#schedule();
  }

  #writeShared(offset, value) {
    switch (offset) {
      case EN:
        this.#slices.forEach((slice, number) => {
          slice.setControl((slice.control & ~ENABLE) | ((value >> number) & ENABLE));
        });
        break;
      case INTR:
        this.#raw &= ~this.rawWriteValue;
        break;
      case INTE:
        this.#enabled = value & 0xff;
        break;
      case INTF:
        this.#forced = value & 0xff;
        break;
      default:
        super.writeUint32(offset, value);
    }
  }

  #setClock(nanosPerCycle) {
    this.#settle();
    for (const slice of this.#slices) slice.setClock(nanosPerCycle);
    this.#schedule();
  }

  #settle() {
    const now = this.rp2040.clock.nanos;
    this.#slices.forEach((slice, number) => {
      if (slice.settle(now)) this.#raw |= 1 << number;
    });
  }

  #update(pin) {
    if (pin.functionSelect === FUNCTION_PWM) pin.checkForUpdates();
  }

  #checkInterrupts() {
    this.rp2040.setInterrupt(IRQ_PWM_WRAP, ((this.#raw & this.#enabled) | this.#forced) !== 0);
  }

  /** Sleeps until a watched pin may change or a wrap that somebody wants to know of. Expects settled slices. */
  #schedule() {
    let next = Infinity;
    for (const index of this.#watched) {
      if (this.rp2040.gpio[index].functionSelect !== FUNCTION_PWM) continue;
      next = Math.min(next, this.#slices[sliceOf(index)].changeAt(channelOf(index)));
    }
    this.#slices.forEach((slice, number) => {
      if ((this.#enabled >> number) & 1) next = Math.min(next, slice.wrapAt);
    });
    this.#alarm.cancel();
    if (next !== Infinity) this.#alarm.schedule(Math.max(0, next - this.rp2040.clock.nanos));
  }

  #onAlarm() {
    this.#settle();
    for (const index of this.#watched) this.#update(this.rp2040.gpio[index]);
    this.#checkInterrupts();
    this.#schedule();
  }
}

function readSlice(slice, register) {
  switch (register) {
    case CSR:
      return slice.control;
    case DIV:
      return slice.divider;
    case CTR:
      return slice.counter;
    case CC:
      return slice.compare;
    default:
      return slice.top;
  }
}

function writeSlice(slice, register, value) {
  switch (register) {
    case CSR:
      slice.setControl(value & 0xff);
      break;
    case DIV:
      slice.setDivider(value);
      break;
    case CTR:
      slice.setCounter(value);
      break;
    case CC:
      slice.setCompare(value);
      break;
    case TOP:
      slice.setTop(value);
      break;
    default:
  }
}
