// One emulated Pico: the chip with its mended parts, its power and resets, and the loop that runs it on emulated time.

import { trapBootRom } from './boot_rom.mjs';
import { CacheControl, FlashCache } from './cache.mjs';
import { CachedChip, Chip, ChipFault } from './chip.mjs';
import { Generator, RingOscillator } from './entropy.mjs';
import { Flash } from './flash.mjs';
import { PinRecorder } from './gpio.mjs';
import { Pads } from './pads.mjs';
import { writeBlocks } from './image.mjs';
import { executeInstruction } from './instructions.mjs';
import { PioClock } from './pio.mjs';
import { Pwm } from './pwm.mjs';
import { FlashPins, SerialFlash } from './serial_flash.mjs';
import { mendTimer } from './timer.mjs';
import { Timeline } from './timeline.mjs';
import { UsbHost } from './usb_host.mjs';
import { ChipReset, WatchdogMemory } from './watchdog.mjs';

const RAM_BYTES = 264 * 1024;
const STREAM_OSCILLATOR = 1;
const STREAM_RAM = 2;
const STREAM_FLASH = 3;

const SSI = 0x18000;
const XIP_CONTROL = 0x14000;
const IO_QSPI = 0x40018;
const ROSC = 0x40060;
const CHIP_RESET = 0x40064;

/**
 * Emulated time is in nanoseconds since the board first had power, and runs on through resets and power cuts. A chip's own clock
 * starts at zero with each boot, as the real timer does.
 */
export class Board {
  #chip = null;
  #epoch = 0;
  /** What the chips of earlier boots have run, and what all have slept, in nanoseconds. */
  #ran = 0;
  #slept = 0;
  #ram = new Uint8Array(RAM_BYTES);
  #pendingReset = null;
  #pendingHalt = null;
  #interrupted = false;
  /** Something has to be done outside of the hot loop. */
  #stop = false;
  #generators;
  #options;
  #resets = [];
  #watchdog = new WatchdogMemory();
  #pads = new Pads();
  #pio = new PioClock();
  /** 'running', 'off', 'bootloader' or 'fault'. */
  state = 'off';
  faultDetail = '';
  timeline = new Timeline();
  pins = new PinRecorder(() => this.#preciseNow());

  /** @param options {bootRom, contents, seed, uniqueId, cache, timing, dtr, drive, clockNanos} */
  constructor(options) {
    this.#options = options;
    const generator = (stream) => new Generator(options.seed, stream);
    this.#generators = { oscillator: generator(STREAM_OSCILLATOR), ram: generator(STREAM_RAM) };
    this.flash = new Flash(options.contents, options.timing, generator(STREAM_FLASH), () => this.now);
    this.host = new UsbHost({ dtr: options.dtr });
    for (const [pin, level] of options.drive) this.#pads.drive(pin, level);
    this.powerOn();
  }

  get now() {
    return this.#chip === null ? this.#epoch : this.#epoch + this.#chip.clock.nanos;
  }

  /** Nanoseconds that the core has spent on instructions, waits for the flash chip included, since the board first had power. */
  get busy() {
    return this.#ran - this.#slept + (this.#chip === null ? 0 : this.#chip.clock.nanos);
  }

  drive(pin, level, by) {
    this.#pads.drive(pin, level, by);
  }

  release(pin, by) {
    this.#pads.release(pin, by);
  }

  releaseAll(by) {
    this.#pads.releaseAll(by);
  }

  powerOn() {
    if (this.state !== 'off') return;
    this.#generators.ram.fill(this.#ram);
    this.#watchdog.clear();
    this.#boot('power');
  }

  powerOff() {
    if (this.state === 'off') return;
    this.flash.cut();
    this.#stopChip('off');
  }

  /** The RUN pin pulled low for a moment: RAM stays, the watchdog's memory does not. */
  resetByPin() {
    if (this.state === 'off') return;
    this.#watchdog.clear();
    this.#restart('run');
  }

  /** The host has copied a UF2 file to the USB drive of the bootloader, which writes it and boots. Takes no time here. */
  updateFirmware(blocks) {
    writeBlocks(this.flash.contents, blocks);
    this.#watchdog.rebootedByBootRom();
    this.#boot('watchdog');
  }

  /** The resets since the last call: [nanoseconds, cause]. */
  takeResets() {
    return this.#resets.splice(0);
  }

  /** Ends the current run() as soon as the present instruction is done. */
  interrupt() {
    this.#interrupted = true;
    this.#stop = true;
  }

  /** Runs until the emulated time `until` or until somebody calls interrupt(). */
  run(until) {
    this.#interrupted = false;
    this.timeline.runDue(this.now);
    while (!this.#interrupted && this.now < until) {
      const target = Math.min(until, this.timeline.nextAt);
      if (this.#chip === null) this.#epoch = target;
      else this.#runChip(target);
      if (this.#pendingReset !== null) this.#restart(this.#pendingReset);
      this.timeline.runDue(this.now);
    }
  }

  /** While PIO executes, its pins change at its own time, which is a little behind the core's. */
  #preciseNow() {
    return this.#pio.executingAt === null ? this.now : this.#epoch + this.#pio.executingAt;
  }

  #restart(cause) {
    this.#pendingReset = null;
    this.flash.abandon();
    this.#stopChip('off');
    this.#boot(cause);
  }

  #boot(cause) {
    const { bootRom, cache } = this.#options;
    const flashCache = cache ? new FlashCache() : null;
    const chip = cache ? new CachedChip(bootRom, this.flash.contents, flashCache) : new Chip(bootRom, this.flash.contents);
    chip.sram.set(this.#ram);
    this.#replacePeripherals(chip, cause, flashCache);
    mendTimer(chip, this.#options.clockNanos);
    this.#watchdog.attach(chip, (reason) => {
      this.#pendingReset = reason;
      this.#stop = true;
    });
    this.flash.attach(chip);
    this.#pads.attach(chip);
    this.#pio.attach(chip);
    new Pwm(chip);
    trapBootRom(chip, {
      onErase: (offset, length) => this.flash.erase(offset, length),
      onProgram: (offset, data) => this.flash.program(offset, data),
      onBootloader: () => this.#halt('bootloader'),
    });
    this.#chip = chip;
    this.state = 'running';
    this.pins.attach(chip);
    this.host.attach(chip);
    this.#resets.push([Math.round(this.now), cause]);
    this.onReset();
  }

  /** Called after each boot. */
  onReset = () => {};

  #replacePeripherals(chip, cause, flashCache) {
    const serialFlash = new SerialFlash(chip, this.#options.uniqueId);
    chip.peripherals[SSI] = serialFlash;
    chip.peripherals[IO_QSPI] = new FlashPins(chip, serialFlash);
    chip.peripherals[XIP_CONTROL] = new CacheControl(chip, flashCache);
    chip.peripherals[ROSC] = new RingOscillator(chip, this.#generators.oscillator);
    chip.peripherals[CHIP_RESET] = new ChipReset(chip, cause);
  }

  #stopChip(state) {
    if (this.#chip !== null) {
      this.#epoch = this.now;
      this.#ran += this.#chip.clock.nanos;
      this.#ram.set(this.#chip.sram);
      this.#chip = null;
      this.#pads.detach();
      this.pins.detach();
      this.host.detach();
    }
    this.#pendingReset = null;
    this.state = state;
  }

  #halt(state) {
    this.#pendingHalt = state;
    this.#stop = true;
  }

  #runChip(target) {
    this.#stop = false;
    try {
      this.#execute(target - this.#epoch);
    } catch (error) {
      if (!(error instanceof ChipFault)) throw error;
      this.faultDetail = error.message;
      this.#pendingHalt = 'fault';
    }
    if (this.#pendingHalt !== null) {
      this.#stopChip(this.#pendingHalt);
      this.#pendingHalt = null;
      this.onReset();
    }
  }

  /** The hot loop, in the chip's own time. Kept free of everything that need not be looked at for each instruction. */
  #execute(end) {
    const chip = this.#chip;
    const { flash } = this;
    const { clock, core } = chip;
    const pio = this.#pio;
    while (clock.nanosCounter < end && !this.#stop) {
      if (core.waiting || flash.busy) {
        // Nothing happens before the next alarm, PIO instruction or outside event: jump there.
        const alarmAt = clock.nextAlarm === null ? Infinity : clock.nextAlarm.nanos;
        const wait = Math.max(0, Math.min(alarmAt, pio.dueAt, end) - clock.nanosCounter);
        if (!flash.busy) this.#slept += wait;
        clock.tick(wait);
      } else {

        const cycles = executeInstruction(chip, core) + chip.stallCycles;
        chip.stallCycles = 0;
        const after = clock.nanosCounter + cycles * chip.nanosPerCycle;
        if (clock.nextAlarm === null || clock.nextAlarm.nanos > after) clock.nanosCounter = after;
        else clock.tick(after - clock.nanosCounter);
      }
      if (clock.nanosCounter >= pio.dueAt) pio.catchUp();
    }
  }
}
