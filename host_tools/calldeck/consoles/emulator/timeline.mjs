// What the outside world does at set times: pin waveforms and host bytes, in emulated nanoseconds.

export class Timeline {
  #items = [];

  /** Puts an action on the line. Actions of the same time run in the order in which they came. */
  add(at, action) {
    let index = this.#items.length;
    while (index > 0 && this.#items[index - 1].at > at) index -= 1;
    this.#items.splice(index, 0, { at, action });
  }

  get nextAt() {
    return this.#items.length > 0 ? this.#items[0].at : Infinity;
  }

  /** Runs everything that is due at `now`. */
  runDue(now) {
    while (this.#items.length > 0 && this.#items[0].at <= now) this.#items.shift().action();
  }
}
