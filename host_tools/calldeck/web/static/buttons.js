// The console's four buttons: pressed and held by mouse, touch and keyboard.

import { post } from "./api.js";
import { Menu } from "./menu.js";
import { put, text } from "./texts.js";

const TAP_MS = 80;
// A press is meant for what the console shows now: one that had to wait so long is not sent.
const STALE_MS = 500;
// The next press of a button goes out when its release has had this time to arrive.
const SETTLE_MS = 50;
// The click that a pointer's press ends with comes within this time after it.
const CLICK_MS = 700;
const HOLD_KEYS = new Set([" ", "Enter"]);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** The buttons of one desk. `report`: told of a press that was not possible. */
export class Buttons {
  constructor({ report, logout }) {
    this.report = report;
    this.desk = null;
    this.path = "";
    this.usable = false;
    this.keys = [...document.querySelectorAll("[data-button]")].map((one) => new Key(one, this));
    this.menu = new Menu(this, logout);
  }

  /** Draw whether they can be pressed; null: it is not known of what desk. `next`: which comes next. */
  draw(desk, next = "") {
    this.desk = desk;
    if (desk) this.path = `/desks/${encodeURIComponent(desk.id)}/buttons/`;
    const why = desk ? desk.console.why_not_pressable : text("lost.meaning");
    this.usable = !why;
    put("why-not", why);
    for (const key of this.keys) key.draw(this.usable, key.name === next && this.usable);
    this.menu.draw();
  }

  /** Press for a while, as a menu or a screen reader does. */
  tap(button, holdMs = TAP_MS) {
    return this.ask(button, "tap", holdMs).catch((error) => this.report(error));
  }

  ask(button, action, holdMs = TAP_MS, options = {}) {
    return post(this.path + button, { action, hold_ms: holdMs }, options);
  }
}

/** One way down and up. `up`: comes true when the finger has left. */
class Press {
  constructor() {
    this.up = new Promise((done) => (this.letGo = done));
    this.began = performance.now();
    this.sent = false;
    this.left = false;
  }
}

class Key {
  constructor(element, buttons) {
    this.element = element;
    this.name = element.dataset.button;
    this.buttons = buttons;
    this.press = null;
    this.turn = Promise.resolve();
    this.pointed = -Infinity;
    const on = (kind, handler) => element.addEventListener(kind, handler);
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.pointed = Infinity;
      element.setPointerCapture(event.pointerId);
      this.down();
    });
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"])
      on(kind, () => {
        this.pointed = performance.now();
        this.up();
      });
    on("keydown", (event) => {
      if (!HOLD_KEYS.has(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      if (!event.repeat) this.down();
    });
    on("keyup", (event) => {
      if (!HOLD_KEYS.has(event.key)) return;
      event.preventDefault();
      this.up();
    });
    on("blur", () => this.up());
    on("contextmenu", (event) => event.preventDefault());
    // A screen reader's click comes without a pointer and without a key: it is a tap.
    on("click", () => {
      if (this.usable && performance.now() - this.pointed > CLICK_MS) buttons.tap(this.name);
    });
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => document.hidden && this.up());
  }

  draw(usable, next) {
    this.usable = usable;
    this.element.setAttribute("aria-disabled", String(!usable));
    this.element.toggleAttribute("data-next", next);
    if (!usable) this.up();
  }

  down() {
    if (!this.usable || this.press) return;
    const press = new Press();
    this.press = press;
    this.element.setAttribute("aria-pressed", "true");
    this.turn = this.turn.then(() => this.send(press)).catch((error) => this.buttons.report(error));
  }

  up() {
    const press = this.press;
    if (!press) return;
    this.press = null;
    this.element.setAttribute("aria-pressed", "false");
    press.letGo();
  }

  /** Ask for the press, and for the release when that has arrived and the finger is up. */
  async send(press) {
    if (performance.now() - press.began > STALE_MS) throw new Error(text("press.stale"));
    press.sent = true;
    let failed = null;
    try {
      await this.buttons.ask(this.name, "press");
    } catch (error) {
      failed = error;
    }
    await press.up;
    // Without an answer nobody knows whether the press has arrived: better let go once too often.
    if (!press.left && !failed?.status) await Promise.race([this.release(), wait(SETTLE_MS)]);
    if (failed) throw failed;
  }

  /** What became of it the desk tells; a button that is up already cannot be let go, and need not. */
  release() {
    return this.buttons
      .ask(this.name, "release", TAP_MS, { keepalive: true })
      .catch((error) => error.status === 401 && this.buttons.report(error));
  }

  /** A page that is going away cannot wait for the answer to its press. */
  leave() {
    const press = this.press;
    if (press?.sent) {
      press.left = true;
      this.release();
    }
    this.up();
  }
}
