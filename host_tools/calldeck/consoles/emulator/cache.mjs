// The flash cache: how long the core waits for code and constants in flash.

import { BasePeripheral } from 'rp2040js';

const LINE_BITS = 3;
const SETS = 1024;
const MISS_CYCLES = 64;
const NO_TAG = -1;

/**
 * 16 kB, 2-way, lines of 8 bytes, least recently used out. A miss costs 64 cycles of clk_sys: 28 clocks of the flash chip at
 * half the system clock, and the arbitration. rp2040js reads flash for nothing, which makes firmware look twice as fast.
 */
export class FlashCache {
  #tags = new Int32Array(SETS * 2);
  #oldest = new Uint8Array(SETS);
  hits = 0;
  misses = 0;

  constructor() {
    this.flush();
  }

  flush() {
    this.#tags.fill(NO_TAG);
    this.#oldest.fill(0);
  }

  /** Cycles that an access to the flash address waits. */
  access(address) {
    const line = (address & 0xffffff) >>> LINE_BITS;
    const set = line & (SETS - 1);
    const tag = line >>> 10;
    const first = set * 2;
    if (this.#tags[first] === tag) {
      this.#oldest[set] = 1;
    } else if (this.#tags[first + 1] === tag) {
      this.#oldest[set] = 0;
    } else {
      const way = this.#oldest[set];
      // The aliases from 0x11000000 up read without filling the cache.
      if ((address >>> 24) === 0x10) {
        this.#tags[first + way] = tag;
        this.#oldest[set] = way ^ 1;
      }
      this.misses += 1;
      return MISS_CYCLES;
    }
    this.hits += 1;
    return 0;
  }
}

const CONTROL = 0x00;
const FLUSH = 0x04;
const STATUS = 0x08;
const HITS = 0x0c;
const ACCESSES = 0x10;
const FIFO_EMPTY_AND_READY = 0x3;

/** The cache's registers, which rp2040js lacks: the boot ROM flushes here after each flash write. */
export class CacheControl extends BasePeripheral {
  #control = 0x3;

  constructor(chip, cache) {
    super(chip, 'XIP_CTRL');
    this.cache = cache;
  }

  readUint32(offset) {
    switch (offset) {
      case CONTROL:
        return this.#control;
      case FLUSH:
        return 0;
      case STATUS:
        return FIFO_EMPTY_AND_READY;
      case HITS:
        return this.cache === null ? 0 : this.cache.hits >>> 0;
      case ACCESSES:
        return this.cache === null ? 0 : (this.cache.hits + this.cache.misses) >>> 0;
      default:
        return 0;
    }
  }

  writeUint32(offset, value) {
    if (offset === CONTROL) this.#control = value;
    if (offset === FLUSH && this.cache !== null) this.cache.flush();
    if ((offset === HITS || offset === ACCESSES) && this.cache !== null) {
      this.cache.hits = 0;
      this.cache.misses = 0;
    }
  }
}
