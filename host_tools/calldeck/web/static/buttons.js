// The console's four buttons: pressed and held by mouse, touch and keyboard, and by menu.

import { post } from "./api.js";
import { put, text } from "./texts.js";

const COUGH_MS = 2000;
const TAP_MS = 80;
// So much longer than a gesture takes: the console tells only every 100 ms that a button is down.
const SURELY_MS = 250;
const HOLD_KEYS = new Set([" ", "Enter"]);

/** The buttons of one desk. `report`: told of a press that was not possible. */
export class Buttons {
  constructor({ report, logout }) {
    this.report = report;
    this.logout = logout;
    this.desk = null;
    this.keys = [...document.querySelectorAll("[data-button]")].map((one) => new Key(one, this));
    this.menu = new Menu(this);
  }

  draw(desk) {
    this.desk = desk;
    const why = desk ? desk.console.why_not_pressable : text("lost.meaning");
    put("why-not", why);
    for (const key of this.keys) key.draw(!why);
  }

  async act(button, action, holdMs = TAP_MS, options = {}) {
    try {
      const path = `/desks/${encodeURIComponent(this.desk.id)}/buttons/${button}`;
      const { wait = true, ...rest } = options;
      await post(path, { action, hold_ms: holdMs, wait }, rest);
      return true;
    } catch (error) {
      this.report(error);
      return false;
    }
  }
}

class Key {
  constructor(element, buttons) {
    this.element = element;
    this.name = element.dataset.button;
    this.buttons = buttons;
    this.isDown = false;
    // What the hand did last, when the console has taken it: true when there is a press to end.
    this.taken = Promise.resolve(false);
    this.handled = false;
    const on = (kind, handler) => element.addEventListener(kind, handler);
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.handled = true;
      element.setPointerCapture(event.pointerId);
      this.down();
    });
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) on(kind, () => this.up());
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
      if (!this.handled && this.usable) buttons.act(this.name, "tap");
      this.handled = false;
    });
    window.addEventListener("pagehide", () => this.up(true));
    document.addEventListener("visibilitychange", () => document.hidden && this.up(true));
  }

  draw(usable) {
    this.usable = usable;
    this.element.setAttribute("aria-disabled", String(!usable));
    if (!usable) this.up();
  }

  down() {
    if (!this.usable || this.isDown) return;
    this.isDown = true;
    this.element.setAttribute("aria-pressed", "true");
    // Two requests may overtake each other: press and release go one after the other.
    this.taken = this.taken.then(() => this.buttons.act(this.name, "press"));
  }

  up(leaving = false) {
    if (!this.isDown) return;
    this.isDown = false;
    this.element.setAttribute("aria-pressed", "false");
    // Whoever waits for what the first of two taps comes to is too late for the second one.
    const options = { keepalive: true, wait: false };
    const release = () => this.buttons.act(this.name, "release", TAP_MS, options);
    // A page that is going away cannot wait for the answer to its press.
    if (leaving) release();
    else this.taken = this.taken.then(async (pressed) => pressed && release());
  }
}

class Menu {
  constructor(buttons) {
    this.buttons = buttons;
    this.list = document.createElement("div");
    this.list.className = "menu";
    this.list.setAttribute("role", "menu");
    this.list.hidden = true;
    this.opener = null;
    for (const opener of document.querySelectorAll("[data-menu]")) {
      const label = text("menu.more", { button: text("button." + opener.dataset.menu) });
      opener.setAttribute("aria-label", label);
      opener.title = label;
      opener.addEventListener("click", () => (this.opener === opener ? this.close() : this.open(opener)));
    }
    document.addEventListener("pointerdown", (event) => {
      if (this.opener && !this.opener.parentElement.contains(event.target)) this.close();
    });
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("focusout", (event) => {
      if (this.opener && !this.opener.parentElement.contains(event.relatedTarget)) this.close();
    });
  }

  items(name) {
    const { buttons } = this;
    const desk = buttons.desk;
    const tap = (key) => [text(key), () => buttons.act(name, "tap")];
    const hold = (label, ms) => [label, () => buttons.act(name, "tap", ms + SURELY_MS)];
    if (name === "mute")
      return [tap("menu.mute.tap"), [text("menu.mute.cough"), () => buttons.act(name, "tap", COUGH_MS)]];
    if (name === "hold") return [tap(desk.status === "held" ? "menu.hold.resume" : "menu.hold.tap")];
    if (name === "assist")
      return [
        tap("menu.assist.tap"),
        hold(text("menu.assist.emergency"), desk.gestures.emergency_press_ms),
      ];
    return this.statusItems(desk, tap, hold);
  }

  statusItems(desk, tap, hold) {
    const { buttons } = this;
    const { long_press_ms: long, logout_press_ms: longest } = desk.gestures;
    if (desk.forced) return [tap("menu.status.acknowledge")];
    if (desk.choice?.place === 0)
      return [tap("menu.status.stay"), hold(text("menu.status.leave"), long)];
    if (desk.choice) {
      const reason = desk.reasons[desk.choice.place - 1].text;
      return [tap("menu.status.next"), hold(text("menu.status.confirm", { reason }), long)];
    }
    const inCall = ["ringing", "talking", "held"].includes(desk.status);
    const key = inCall ? (desk.pending ? "unplan" : "plan") : desk.status;
    const items = [tap("menu.status." + key)];
    const twice = () => Promise.all([buttons.act("status", "tap"), buttons.act("status", "tap")]);
    if (desk.status === "after_call_work") items.push([text("menu.status.double"), twice]);
    if (!desk.agent) return items;
    if (desk.reasons.length) items.push(hold(text("menu.status.reason"), long));
    items.push(hold(text("menu.status.offer"), longest));
    if (!inCall) items.push([text("logout"), buttons.logout]);
    return items;
  }

  open(opener) {
    this.close();
    if (!this.buttons.desk) return;
    this.opener = opener;
    this.list.replaceChildren(
      ...this.items(opener.dataset.menu).map(([label, act]) => {
        const item = document.createElement("button");
        item.type = "button";
        item.setAttribute("role", "menuitem");
        item.textContent = label;
        item.addEventListener("click", () => {
          this.close(true);
          act();
        });
        return item;
      }),
    );
    opener.parentElement.append(this.list);
    opener.setAttribute("aria-expanded", "true");
    this.list.setAttribute("aria-label", opener.getAttribute("aria-label"));
    this.list.hidden = false;
    this.list.firstElementChild.focus();
  }

  close(focus = false) {
    const opener = this.opener;
    if (!opener) return;
    this.opener = null;
    opener.setAttribute("aria-expanded", "false");
    this.list.hidden = true;
    if (focus) opener.focus();
  }

  onKey(event) {
    const items = [...this.list.children];
    const place = items.indexOf(document.activeElement);
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key === "Escape") this.close(true);
    else if (event.key in steps) items[(place + steps[event.key] + items.length) % items.length].focus();
    else return;
    event.preventDefault();
  }
}
