// The console's four buttons: pressed and held by mouse, touch and keyboard, and by menu.

import { post } from "./api.js";
import { put, text } from "./texts.js";

const COUGH_MS = 2000;
const TAP_MS = 80;
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
      await post(path, { action, hold_ms: holdMs }, options);
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
    this.arrived = null;
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
    if (!usable && this.arrived) this.up();
  }

  down() {
    if (!this.usable || this.arrived) return;
    this.element.setAttribute("aria-pressed", "true");
    this.arrived = this.buttons.act(this.name, "press");
  }

  async up(leaving = false) {
    const arrived = this.arrived;
    if (!arrived) return;
    this.arrived = null;
    this.element.setAttribute("aria-pressed", "false");
    const release = () => this.buttons.act(this.name, "release", TAP_MS, { keepalive: true });
    // A page that is going away cannot wait for the answer to its press.
    if (leaving || (await arrived)) await release();
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
    if (name === "mute")
      return [tap("menu.mute.tap"), [text("menu.mute.cough"), () => buttons.act(name, "tap", COUGH_MS)]];
    if (name === "hold") return [tap(desk.status === "held" ? "menu.hold.resume" : "menu.hold.tap")];
    if (name === "assist") return [tap("menu.assist.tap")];
    const inCall = ["ringing", "talking", "held"].includes(desk.status);
    const key = inCall ? (desk.pending ? "unplan" : "plan") : desk.status;
    const items = [tap("menu.status." + key)];
    if (desk.agent && !inCall) items.push([text("logout"), buttons.logout]);
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
