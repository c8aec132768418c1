// The harness' commands on a board, and the report of what happened: the same for both modes.

import { ImageError, readUf2 } from './image.mjs';

const NANOS_PER_MICRO = 1000;

/**
 * Commands by name. Times are emulated microseconds; a missing time means now. `by` names who drives a pin, the harness if missing.
 * Each returns a value or nothing.
 */
const COMMANDS = {
  drive: (control, pin, level, at, by) => control.at(at, () => control.board.drive(pin, level, by)),
  release: (control, pin, at, by) => control.at(at, () => control.board.release(pin, by)),
  releaseAll: (control, by) => control.board.releaseAll(by),
  send: (control, text, at) => {
    const bytes = Buffer.from(text, 'base64');
    control.at(at, () => control.board.host.send(bytes));
  },
  discard: (control) => control.board.host.discard(),
  watch: (control, pins) => pins.forEach((pin) => control.board.pins.watch(pin)),
  busy: (control) => Math.round(control.board.busy),
  level: (control, pin) => control.board.pins.level(pin),
  duty: (control, pin) => control.board.pins.duty(pin),
  dtr: (control, on) => control.board.host.setDtr(on),
  reading: (control, on) => control.board.host.setReading(on),
  plug: (control) => {
    control.board.powerOn();
    control.board.host.plug();
  },
  unplug: (control, power) => {
    control.board.host.unplug();
    if (power) control.board.powerOff();
  },
  powerCycle: (control) => {
    control.board.powerOff();
    control.board.powerOn();
  },
  reset: (control) => control.board.resetByPin(),
  descriptors: (control) => control.board.host.descriptors,
  flash: (control, offset, length) =>
    Buffer.from(control.board.flash.contents.subarray(offset, offset + length)).toString('base64'),
  writeFlash: (control, offset, text) => control.board.flash.contents.set(Buffer.from(text, 'base64'), offset),
  writeUf2: (control, file) => updateFirmware(control.board, file),
};

/** Gives why the file was not written, or nothing. */
function updateFirmware(board, file) {
  if (board.state !== 'bootloader') return { error: 'no-drive', detail: board.state };
  if (!board.host.plugged) return { error: 'no-drive', detail: 'unplugged' };
  let blocks;
  try {
    blocks = readUf2(file);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { error: error.code, detail: error.message };
  }
  board.updateFirmware(blocks);
  return null;
}

export class Control {
  #bytes = [];
  #links = [];
  /** Called when the device handed over bytes, the port came or went, or the board was reset. */
  onNews = () => {};

  constructor(board) {
    this.board = board;
    board.host.onData = (bytes) => {
      this.#bytes.push([Math.round(board.now), Buffer.from(bytes).toString('base64')]);
      this.onNews();
    };
    board.host.onLink = (connected) => {
      this.#links.push([Math.round(board.now), connected]);
      this.onNews();
    };
    board.onReset = () => this.onNews();
  }

  /** Does an action now or at an emulated time. */
  at(micros, action) {
    if (micros === undefined || micros === null) action();
    else this.board.timeline.add(micros * NANOS_PER_MICRO, action);
  }

  execute([name, ...parameters]) {
    const command = COMMANDS[name];
    if (command === undefined) throw new Error(`unknown command ${name}`);
    return command(this, ...parameters) ?? null;
  }

  /** What happened since the last report. Empty lists are left out: most reports are short. */
  report() {
    const { board } = this;
    const report = { now: Math.round(board.now), state: board.state };
    if (board.host.connected) report.connected = true;
    if (board.host.queued > 0) report.queued = board.host.queued;
    if (board.state === 'fault') report.fault = board.faultDetail;
    const lists = { bytes: this.#bytes.splice(0), links: this.#links.splice(0) };
    lists.edges = board.pins.take();
    lists.resets = board.takeResets();
    lists.flash = board.flash.takeOperations();
    for (const [name, list] of Object.entries(lists)) {
      if (list.length > 0) report[name] = list;
    }
    return report;
  }
}
