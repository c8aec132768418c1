// Everything random in the emulated Pico comes from here, from one seed, so that a run can be repeated.

import { BasePeripheral } from 'rp2040js';

const RANDOM_BIT = 0x1c;
const STATUS = 0x18;
const STABLE_AND_ENABLED = 0x80001000;

/** A small seeded generator (sfc32): good enough noise, the same on every machine. */
export class Generator {
  #a;
  #b;
  #c = 0x9e3779b9;
  #counter = 1;

  constructor(seed, stream) {
    this.#a = seed >>> 0;
    this.#b = stream >>> 0;
    for (let warmUp = 0; warmUp < 15; warmUp += 1) this.word();
  }

  /** An unsigned number of 32 bits. */
  word() {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** Fills the bytes with noise, as RAM holds after power comes on. */
  fill(bytes) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    for (let index = 0; index < words.length; index += 1) words[index] = this.word();
  }
}

/**
 * The ring oscillator, of which the firmware reads the random bit. rp2040js has no model of it (every read is all ones),
 * so os.urandom() gave the same bytes on every call and two boots could not differ.
 */
export class RingOscillator extends BasePeripheral {
  #registers = new Map();

  constructor(chip, generator) {
    super(chip, 'ROSC');
    this.generator = generator;
  }

  readUint32(offset) {
    if (offset === RANDOM_BIT) return this.generator.word() & 1;
    if (offset === STATUS) return STABLE_AND_ENABLED;
    return this.#registers.get(offset) ?? 0;
  }

  writeUint32(offset, value) {
    this.#registers.set(offset, value >>> 0);
  }
}
