// Control transfers on endpoint 0: one request at a time, each with its data and its status stage.

import { isToHost, requestLength } from './usb_requests.mjs';

const PACKET_BYTES = 64;
/** Between two requests. A real host takes longer; nothing in the firmware depends on it. */
const GAP_NANOS = 100e3;
/** A request that the device neither answers nor refuses. */
const TIMEOUT_NANOS = 100e6;

/**
 * Runs scripts: generators that yield setup packets and get the answer (bytes, or null if the device refused). rp2040js' own host
 * leaves out the status stage, so the device never saw the end of a request.
 */
export class ControlPipe {
  #wire;
  #scripts = [];
  #script = null;
  #packet = null;
  #stage = 'idle';
  #answer = [];
  #gap;
  #timeout;

  constructor(wire) {
    this.#wire = wire;
    this.#gap = wire.createAlarm(() => this.#send());
    this.#timeout = wire.createAlarm(() => this.#finish(null));
  }

  run(script) {
    this.#scripts.push(script);
    if (this.#script === null) this.#nextScript();
  }

  /** Forgets everything: the bus was reset or is gone. */
  abort() {
    this.#scripts = [];
    this.#script = null;
    this.#stage = 'idle';
    this.#gap.cancel();
    this.#timeout.cancel();
  }

  stalled() {
    if (this.#stage !== 'idle') this.#finish(null);
  }

  received(bytes) {
    if (this.#stage === 'status-in') {
      this.#finish(Uint8Array.from(this.#answer));
    } else if (this.#stage === 'data-in') {
      this.#answer.push(...bytes);
      if (bytes.length < PACKET_BYTES || this.#answer.length >= requestLength(this.#packet)) {
        this.#stage = 'status-out';
        this.outReady();
      }
    }
  }

  outReady() {
    if (this.#stage === 'status-out' && this.#wire.canSend(0)) this.#wire.sendOut(0, new Uint8Array(0));
  }

  sent() {
    if (this.#stage === 'status-out') this.#finish(Uint8Array.from(this.#answer));
  }

  #nextScript() {
    this.#script = this.#scripts.shift() ?? null;
    if (this.#script !== null) this.#advance(undefined);
  }

  #advance(answer) {
    const { value, done } = this.#script.next(answer);
    if (done) {
      this.#nextScript();
      return;
    }
    this.#packet = value;
    this.#gap.schedule(GAP_NANOS);
  }

  #send() {
    this.#answer = [];
    this.#stage = isToHost(this.#packet) ? 'data-in' : 'status-in';
    this.#timeout.schedule(TIMEOUT_NANOS);
    this.#wire.setup(this.#packet);
  }

  #finish(answer) {
    this.#stage = 'idle';
    this.#timeout.cancel();
    if (this.#script !== null) this.#advance(answer);
  }
}
