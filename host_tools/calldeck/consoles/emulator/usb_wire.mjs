// The wire between the chip's USB controller and a host: packets that wait until both ends agree and take their time.

import { FrameTick } from './sof.mjs';

const BUFFER_CONTROL_FIRST = 0x80;
const BUFFER_CONTROL_LAST = 0xfc;
const AVAILABLE = 1 << 10;
const STALL = 1 << 11;
const FULL = 1 << 15;
const LENGTH_MASK = 0x3ff;
const SECOND_HALF_SHIFT = 16;
const SECOND_BUFFER_OFFSET = 64;
const CONTROL_DOUBLE_BUFFERED = 1 << 30;
const CONTROL_INTERRUPT_PER_BUFFER = 1 << 29;

const REGISTER_SIE_CONTROL = 0x4c;
const REGISTER_SIE_STATUS = 0x50;
const SIE_PULL_UP = 1 << 16;
const SIE_SUSPENDED = 1 << 4;
const SIE_BUS_RESET = 1 << 19;

/** Full speed: 12 Mbit/s; token, acknowledgement, gaps and the data packet's own frame come to about 11 bytes. */
const NANOS_PER_BYTE = 8e9 / 12e6;
const OVERHEAD_BYTES = 11;

const wireNanos = (bytes) => Math.round((bytes + OVERHEAD_BYTES) * NANOS_PER_BYTE);

/**
 * One boot's USB connection. rp2040js completes every packet to the host at once, whether a host reads or not; it takes the two
 * halves of a double-buffered transfer in the wrong order; and it completes packets from the host with no data, for ever. Here a
 * packet stays where it is (a real device is answered with NAK) until the host wants it or has something to send.
 *
 * `host` is told: pullUp(on), busReset(), wantsIn(endpoint), received(endpoint, bytes), outReady(endpoint), sent(endpoint),
 * notSent(endpoint), stalled().
 */
export class UsbWire {
  #usb;
  #memory;
  #bytes;
  #clock;
  #slots = new Map();
  #pullUp = false;

  constructor(chip, host) {
    this.#usb = chip.usbCtrl;
    this.#memory = chip.usbDPRAMView;
    this.#bytes = chip.usbDPRAM;
    this.#clock = chip.clock;
    this.host = host;
    this.frames = new FrameTick(chip);
    this.#usb.DPRAMUpdated = (offset, value) => this.#bufferControl(offset, value);
    this.#usb.onResetReceived = () => host.busReset();
    this.#watchRegisters();
  }

  /** Emulated time of this boot, for the host's own waits. */
  createAlarm(action) {
    return this.#clock.createAlarm(action);
  }

  resetBus() {
    this.#usb.sieStatus &= ~SIE_SUSPENDED;
    this.#usb.sieStatus |= SIE_BUS_RESET;
    this.#usb.sieStatusUpdated();
    this.frames.setBusActive(true);
  }

  /** Nothing happens on the bus any more: after 3 ms a device takes this as suspend. */
  suspendBus() {
    this.#usb.sieStatus |= SIE_SUSPENDED;
    this.#usb.sieStatusUpdated();
  }

  setup(packet) {
    for (const out of [false, true]) this.#slot(0, out).armed = false;
    this.#usb.sendSetupPacket(packet);
  }

  /** The host has come to read (or reads again): moves what is waiting. */
  readIn(endpoint) {
    const slot = this.#slot(endpoint, false);
    if (slot.armed && !slot.moving) this.#startIn(slot);
  }

  /** True when the device can take a packet on the endpoint now. */
  canSend(endpoint) {
    const slot = this.#slot(endpoint, true);
    return slot.armed && !slot.moving;
  }

  sendOut(endpoint, bytes) {
    const slot = this.#slot(endpoint, true);
    slot.moving = true;
    slot.bytes = bytes;
    slot.alarm.schedule(wireNanos(bytes.length));
  }

  #slot(endpoint, out) {
    const key = endpoint * 2 + (out ? 1 : 0);
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = { endpoint, out, offset: BUFFER_CONTROL_FIRST + key * 4, armed: false, moving: false, bytes: null };
      slot.alarm = this.#clock.createAlarm(() => (out ? this.#finishOut(slot) : this.#finishIn(slot)));
      this.#slots.set(key, slot);
    }
    return slot;
  }

  #bufferControl(offset, value) {
    if (offset < BUFFER_CONTROL_FIRST || offset > BUFFER_CONTROL_LAST) return;
    const endpoint = (offset - BUFFER_CONTROL_FIRST) >> 3;
    const out = (offset & 4) !== 0;
    const slot = this.#slot(endpoint, out);
    slot.armed = (value & AVAILABLE) !== 0;
    if (endpoint === 0 && value & STALL) this.host.stalled();
    if (!slot.armed || slot.moving) return;
    if (out) this.host.outReady(endpoint);
    else if (this.host.wantsIn(endpoint)) this.#startIn(slot);
  }

  #startIn(slot) {
    const { shift } = this.#nextHalf(slot);
    const length = (this.#memory.getUint32(slot.offset, true) >>> shift) & LENGTH_MASK;
    slot.moving = true;
    slot.alarm.schedule(wireNanos(length));
  }

  /** Which half of the buffer goes next: the first, unless it has gone already. */
  #nextHalf(slot) {
    const value = this.#memory.getUint32(slot.offset, true);
    const second = this.#doubleBuffered(slot) && (value & AVAILABLE) === 0;
    return { value, shift: second ? SECOND_HALF_SHIFT : 0 };
  }

  #doubleBuffered(slot) {
    return slot.endpoint !== 0 && (this.#control(slot) & CONTROL_DOUBLE_BUFFERED) !== 0;
  }

  #control(slot) {
    return this.#usb.readEndpointControlReg(slot.endpoint, slot.out);
  }

  #finishIn(slot) {
    slot.moving = false;
    const { value, shift } = this.#nextHalf(slot);
    // Taken back by the firmware while it was on its way, or held back because the host has stopped reading meanwhile.
    if (!slot.armed || !(value & (AVAILABLE << shift)) || !this.host.wantsIn(slot.endpoint)) return;
    const length = (value >>> shift) & LENGTH_MASK;
    const start = this.#usb.getEndpointBufferOffset(slot.endpoint, false) + (shift ? SECOND_BUFFER_OFFSET : 0);
    const data = this.#bytes.slice(start, start + length);
    const after = (value & ~((AVAILABLE | FULL) << shift)) >>> 0;
    this.#memory.setUint32(slot.offset, after, true);
    const otherWaits = shift === 0 && this.#doubleBuffered(slot) && (after & (AVAILABLE << SECOND_HALF_SHIFT)) !== 0;
    slot.armed = otherWaits;
    if (otherWaits) this.#startIn(slot);
    if (!otherWaits || this.#control(slot) & CONTROL_INTERRUPT_PER_BUFFER) {
      this.#usb.indicateBufferReady(slot.endpoint, false);
    }
    this.host.received(slot.endpoint, data);
  }

  #finishOut(slot) {
    slot.moving = false;
    const value = this.#memory.getUint32(slot.offset, true);
    // Taken back by the firmware while the packet was on its way: the host tries again when there is room.
    if (!slot.armed || !(value & AVAILABLE)) {
      this.host.notSent(slot.endpoint);
      return;
    }
    const taken = slot.bytes.subarray(0, value & LENGTH_MASK);
    this.#bytes.set(taken, this.#usb.getEndpointBufferOffset(slot.endpoint, true));
    this.#memory.setUint32(slot.offset, ((value & ~(AVAILABLE | LENGTH_MASK)) | FULL | taken.length) >>> 0, true);
    slot.armed = false;
    this.#usb.indicateBufferReady(slot.endpoint, true);
    this.host.sent(slot.endpoint);
  }

  #watchRegisters() {
    const usb = this.#usb;
    const write = usb.writeUint32.bind(usb);
    usb.writeUint32 = (offset, value) => {
      // rp2040js forgets that writing this bit clears it, so one suspend would interrupt for ever.
      if (offset === REGISTER_SIE_STATUS) usb.sieStatus &= ~(usb.rawWriteValue & SIE_SUSPENDED);
      write(offset, value);
      if (offset === REGISTER_SIE_CONTROL) this.#pullUpChanged((value & SIE_PULL_UP) !== 0);
    };
  }

  #pullUpChanged(on) {
    if (on === this.#pullUp) return;
    this.#pullUp = on;
    this.host.pullUp(on);
  }
}
