// Start of frame: the tick that a USB host sends to its devices once a millisecond.

const FRAME_NANOS = 1e6;
const FRAME_MASK = 0x7ff;
const INTERRUPT_SOF = 1 << 17;
const REGISTER_SOF_READ = 0x48;
const REGISTER_INTERRUPT_ENABLE = 0x90;

/**
 * rp2040js raises no start-of-frame interrupt in device mode. TinyUSB waits for one before it starts a bulk transfer to the host
 * late in a frame (erratum RP2040-E15), so without it the console falls silent.
 */
export class FrameTick {
  #usb;
  #clock;
  #alarm;
  #running = false;
  #busActive = false;

  constructor(chip) {
    this.#usb = chip.usbCtrl;
    this.#clock = chip.clock;
    this.#alarm = chip.clock.createAlarm(() => this.#tick());
    this.#watchRegisters();
  }

  /** Frames are sent only while the bus is in use: not without a cable, not before the host's bus reset. */
  setBusActive(active) {
    this.#busActive = active;
    this.#schedule();
  }

  #watchRegisters() {
    const usb = this.#usb;
    const read = usb.readUint32.bind(usb);
    const write = usb.writeUint32.bind(usb);
    usb.readUint32 = (offset) => {
      if (offset !== REGISTER_SOF_READ) return read(offset);
      usb.intRaw &= ~INTERRUPT_SOF;
      usb.checkInterrupts();
      return Math.floor(this.#clock.nanos / FRAME_NANOS) & FRAME_MASK;
    };
    usb.writeUint32 = (offset, value) => {
      write(offset, value);
      if (offset === REGISTER_INTERRUPT_ENABLE) this.#schedule();
    };
  }

  /** Ticks cost emulation time, so there are none while the firmware does not ask for them. Their grid stays the same. */
  #schedule() {
    const wanted = this.#busActive && (this.#usb.intEnable & INTERRUPT_SOF) !== 0;
    if (wanted && !this.#running) {
      this.#alarm.schedule(FRAME_NANOS - (this.#clock.nanos % FRAME_NANOS));
    } else if (!wanted && this.#running) {
      this.#alarm.cancel();
    }
    this.#running = wanted;
  }

  #tick() {
    this.#running = false;
    if (!this.#busActive) return;
    this.#usb.intRaw |= INTERRUPT_SOF;
    this.#usb.checkInterrupts();
    this.#schedule();
  }
}
