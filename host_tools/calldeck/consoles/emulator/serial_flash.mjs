// The flash chip's command side: what the firmware reads from it byte by byte through the serial interface.

import { BasePeripheral } from 'rp2040js';

const READ_UNIQUE_ID = 0x4b;
const READ_STATUS_1 = 0x05;
const READ_STATUS_2 = 0x35;
const READ_JEDEC_ID = 0x9f;
/** Bytes after the command before the unique id comes. */
const UNIQUE_ID_DUMMIES = 4;
/** Quad mode is on: so the second boot stage need not write the status register. */
const STATUS_2 = 0x02;
/** Winbond W25Q16, the Pico's flash chip. */
const JEDEC_ID = [0xef, 0x40, 0x15];

const SSI_ENABLE = 0x08;
const SSI_SENT_WAITING = 0x20;
const SSI_RECEIVED_WAITING = 0x24;
const SSI_STATUS = 0x28;
const SSI_VERSION = 0x5c;
const SSI_IDENTITY = 0x58;
const SSI_DATA = 0x60;
const STATUS_TX_NOT_FULL = 0x02;
const STATUS_TX_EMPTY = 0x04;
const STATUS_RX_NOT_EMPTY = 0x08;

/**
 * The SSI block with the flash chip behind it. rp2040js answers every byte with 0, so the unique id, and with it the USB serial
 * number, was the same on all boards. Each byte written here makes one byte to read, as on the real bus.
 */
export class SerialFlash extends BasePeripheral {
  #registers = new Map();
  #received = [];
  #command = null;
  #position = 0;

  constructor(chip, uniqueId) {
    super(chip, 'SSI');
    this.uniqueId = uniqueId;
    /** True while the firmware holds chip select low by hand; else the block does it, for each burst. */
    this.selected = false;
  }

  select(selected) {
    this.selected = selected;
    this.#command = null;
  }

  readUint32(offset) {
    switch (offset) {
      case SSI_STATUS:
        return STATUS_TX_EMPTY | STATUS_TX_NOT_FULL | (this.#received.length > 0 ? STATUS_RX_NOT_EMPTY : 0);
      case SSI_DATA:
        return this.#received.shift() ?? 0;
      case SSI_SENT_WAITING:
        return 0;
      case SSI_RECEIVED_WAITING:
        return this.#received.length;
      case SSI_IDENTITY:
        return 0x51535049;
      case SSI_VERSION:
        return 0x3430312a;
      default:
        return this.#registers.get(offset) ?? 0;
    }
  }

  writeUint32(offset, value) {
    if (offset === SSI_DATA) {
      // Without a held chip select a burst ends when everything has been sent and read back.
      if (!this.selected && this.#received.length === 0) this.#command = null;
      this.#received.push(this.#answer(value & 0xff));
      return;
    }
    if (offset === SSI_ENABLE && (value & 1) === 0) {
      this.#received = [];
      this.#command = null;
    }
    this.#registers.set(offset, value >>> 0);
  }

  #answer(byte) {
    if (this.#command === null) {
      this.#command = byte;
      this.#position = 0;
      return 0;
    }
    this.#position += 1;
    switch (this.#command) {
      case READ_UNIQUE_ID:
        return this.uniqueId[this.#position - 1 - UNIQUE_ID_DUMMIES] ?? 0;
      case READ_JEDEC_ID:
        return JEDEC_ID[this.#position - 1] ?? 0;
      case READ_STATUS_1:
        return 0;
      case READ_STATUS_2:
        return STATUS_2;
      default:
        return 0;
    }
  }
}

const SELECT_CONTROL = 0x0c;
const OVERRIDE_SHIFT = 8;
const OVERRIDE_LOW = 2;

/** The flash pins' control registers, of which chip select matters: rp2040js has none of them. */
export class FlashPins extends BasePeripheral {
  #registers = new Map();

  constructor(chip, serialFlash) {
    super(chip, 'IO_QSPI');
    this.serialFlash = serialFlash;
  }

  readUint32(offset) {
    return this.#registers.get(offset) ?? 0;
  }

  writeUint32(offset, value) {
    this.#registers.set(offset, value >>> 0);
    if (offset === SELECT_CONTROL) this.serialFlash.select(((value >>> OVERRIDE_SHIFT) & 3) === OVERRIDE_LOW);
  }
}
