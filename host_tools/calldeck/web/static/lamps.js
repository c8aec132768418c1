// Drawing lamps: each blinks exactly as its times say, or stands still where the reader wants it so.

import { put, text } from "./texts.js";

const NAMES = [
  "availability", "mute", "hold", "attention", "queue1", "queue2", "queue3", "queue4", "queue5",
];
const shown = new Map();
const blinking = new Map();
let steady = false;

const bulb = (name) => document.querySelector(`[data-lamp="${name}"]`);
const wordsFor = (name) => document.querySelector(`[data-meaning="${name}"]`);

/** Whether lamps stand still. */
export function setSteady(on) {
  steady = on;
  document.documentElement.classList.toggle("steady-lamps", on);
  for (const [name, lamp] of shown) blink(name, lamp);
}

/** Draw all lamps; what has not changed goes on as it is. */
export function drawLamps(lamps) {
  for (const name of NAMES) draw(name, lamps[name]);
}

/** Draw all lamps dark: nobody knows what the console shows. */
export function drawUnknown() {
  const dark = { colour: "", pattern: "off", times_ms: [], meaning: text("lost.meaning") };
  for (const name of NAMES) draw(name, dark);
}

function draw(name, lamp) {
  const before = shown.get(name);
  shown.set(name, lamp);
  const look = (one) => `${one.colour} ${one.pattern} ${one.times_ms}`;
  if (!before || look(before) !== look(lamp)) {
    const element = bulb(name);
    element.dataset.colour = lamp.colour;
    element.dataset.pattern = lamp.pattern;
    blink(name, lamp);
  }
  const words = wordsFor(name);
  if (words) put(words, inWords(name, lamp));
}

function inWords(name, lamp) {
  if (lamp.pattern === "off") return lamp.meaning;
  const bar = name === "queue1";
  const look = bar ? text("colour." + lamp.colour) : `${text("colour." + lamp.colour)}, ${text("pattern." + lamp.pattern)}`;
  return `${lamp.meaning.replace(/\.$/, "")} (${look})`;
}

function blink(name, lamp) {
  blinking.get(name)?.cancel();
  blinking.delete(name);
  if (steady || lamp.times_ms.length === 0) return;
  const total = lamp.times_ms.reduce((sum, ms) => sum + ms, 0);
  let at = 0;
  const frames = lamp.times_ms.map((ms, place) => {
    const frame = { opacity: place % 2 ? 0 : 1, offset: at / total, easing: "steps(1, end)" };
    at += ms;
    return frame;
  });
  frames.push({ opacity: frames[frames.length - 1].opacity, offset: 1 });
  const light = bulb(name).firstElementChild;
  blinking.set(name, light.animate(frames, { duration: total, iterations: Infinity }));
}
