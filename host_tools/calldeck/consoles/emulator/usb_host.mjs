// The computer at the other end of the USB cable: it enumerates the board and opens its first serial port.

import { ControlPipe } from './control_pipe.mjs';
import {
  getConfiguration, getDevice, getString, parseDevice, parseFirstCdc, parseString, setAddress, setConfiguration,
  setControlLines,
} from './usb_requests.mjs';
import { UsbWire } from './usb_wire.mjs';

/** From the pull-up to the bus reset. A real host waits for 100 ms and more; see README. */
const ATTACH_NANOS = 10e6;
/** From a request that the device has not answered to the next bus reset. */
const RETRY_NANOS = 100e6;
/** A bus without any traffic for this long is a suspended one (USB 2.0, 7.1.7.6). */
const SUSPEND_NANOS = 3e6;
const PACKET_BYTES = 64;
const CONFIGURATION_HEAD_BYTES = 9;

/**
 * One host through all boots of the board. `onData(bytes)`: the device handed over bytes; `onLink(connected)`: the serial port
 * appeared or went away.
 */
export class UsbHost {
  #wire = null;
  #pipe = null;
  #attachAlarm = null;
  #suspendAlarm = null;
  #devicePullUp = false;
  #queue = [];
  #queued = 0;
  #sending = 0;
  #port = null;
  plugged = true;
  connected = false;
  reading = true;
  dtr;
  descriptors = null;
  onData = () => {};
  onLink = () => {};

  constructor({ dtr }) {
    this.dtr = dtr;
  }

  /** Bytes that wait for the device to take them. */
  get queued() {
    return this.#queued;
  }

  attach(chip) {
    this.#wire = new UsbWire(chip, this);
    this.#pipe = new ControlPipe(this.#wire);
    this.#attachAlarm = this.#wire.createAlarm(() => this.#wire.resetBus());
    this.#suspendAlarm = this.#wire.createAlarm(() => this.#wire.suspendBus());
    this.#devicePullUp = false;
  }

  /** The chip is gone (reset, no power). */
  detach() {
    this.#wire = null;
    this.#linkLost();
  }

  plug() {
    if (this.plugged) return;
    this.plugged = true;
    this.#suspendAlarm?.cancel();
    if (this.#devicePullUp && this.#wire !== null) this.#attachAlarm.schedule(ATTACH_NANOS);
  }

  /** Takes the data lines away. The board may keep its power. */
  unplug() {
    this.plugged = false;
    this.#linkLost();
    if (this.#wire === null) return;
    this.#pipe.abort();
    this.#attachAlarm.cancel();
    this.#wire.frames.setBusActive(false);
    this.#suspendAlarm.schedule(SUSPEND_NANOS);
  }

  setDtr(on) {
    this.dtr = on;
    if (this.connected) this.#pipe.run(this.#controlLines());
  }

  setReading(on) {
    this.reading = on;
    if (on && this.connected) this.#wire.readIn(this.#port.in);
  }

  /** Bytes for the device. Without a serial port they are lost, as a program could not have written them. */
  send(bytes) {
    if (!this.connected) return;
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    this.#pump();
  }

  /** Forgets bytes that the device has not taken (a port closed without waiting). */
  discard() {
    this.#queue = [];
    this.#queued = 0;
    this.#sending = 0;
  }

  // What the wire tells.

  pullUp(on) {
    this.#devicePullUp = on;
    if (!on) {
      this.#attachAlarm.cancel();
      this.#pipe.abort();
      this.#linkLost();
    } else if (this.plugged) {
      this.#attachAlarm.schedule(ATTACH_NANOS);
    }
  }

  busReset() {
    this.#pipe.abort();
    this.#linkLost();
    if (this.plugged) this.#pipe.run(this.#enumerate());
  }

  wantsIn(endpoint) {
    if (!this.plugged) return false;
    if (endpoint === 0) return true;
    if (this.#port === null) return false;
    if (endpoint === this.#port.in) return this.connected && this.reading;
    return endpoint === this.#port.notification;
  }

  received(endpoint, bytes) {
    if (endpoint === 0) this.#pipe.received(bytes);
    else if (endpoint === this.#port?.in && bytes.length > 0) this.onData(bytes);
  }

  outReady(endpoint) {
    if (!this.plugged) return;
    if (endpoint === 0) this.#pipe.outReady();
    else if (endpoint === this.#port?.out) this.#pump();
  }

  sent(endpoint) {
    if (endpoint === 0) {
      this.#pipe.sent();
    } else {
      this.#dropFirst(this.#sending);
      this.#sending = 0;
      this.#pump();
    }
  }

  notSent(endpoint) {
    if (endpoint === 0) return;
    this.#sending = 0;
    this.#pump();
  }

  stalled() {
    this.#pipe.stalled();
  }

  *#enumerate() {
    const device = yield getDevice();
    const addressed = device && (yield setAddress(1));
    const head = addressed && (yield getConfiguration(CONFIGURATION_HEAD_BYTES));
    const configuration = head && (yield getConfiguration(head[2] | (head[3] << 8)));
    if (!configuration) {
      // A device that does not answer is reset and asked again, as a real host does.
      this.#attachAlarm.schedule(RETRY_NANOS);
      return;
    }
    this.descriptors = yield* describe(parseDevice(device));
    yield setConfiguration(1);
    const port = parseFirstCdc(configuration);
    if (port === null) return;
    this.#port = port;
    if (this.dtr) yield* this.#controlLines();
    this.connected = true;
    this.onLink(true);
    this.#wire.readIn(port.notification);
    this.#wire.readIn(port.in);
    this.#pump();
  }

  *#controlLines() {
    yield setControlLines(this.dtr, this.#port.commandInterface);
  }

  #linkLost() {
    this.#port = null;
    this.discard();
    if (!this.connected) return;
    this.connected = false;
    this.onLink(false);
  }

  #pump() {
    if (!this.connected || this.#sending > 0 || this.#queued === 0 || !this.#wire.canSend(this.#port.out)) return;
    const packet = this.#queue[0].subarray(0, PACKET_BYTES);
    this.#sending = packet.length;
    this.#wire.sendOut(this.#port.out, packet);
  }

  #dropFirst(count) {
    if (count === 0) return;
    this.#queued -= count;
    const rest = this.#queue[0].subarray(count);
    if (rest.length > 0) this.#queue[0] = rest;
    else this.#queue.shift();
  }
}

/** Reads the strings that the device descriptor names; a string that is not there is empty. */
function* describe(device) {
  const text = function* (index) {
    const bytes = index === 0 ? null : yield getString(index);
    return bytes === null ? '' : parseString(bytes);
  };
  return {
    vendor: device.vendor,
    product: device.product,
    manufacturer: yield* text(device.manufacturerIndex),
    productName: yield* text(device.productIndex),
    serial: yield* text(device.serialIndex),
  };
}
