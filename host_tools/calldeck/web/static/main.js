// The page: keeps the stream of events open, and draws what it tells.

import { beginSession, eventsAddress, get, post } from "./api.js";
import { Buttons } from "./buttons.js";
import { drawChoice, named } from "./desks.js";
import { listenToForms } from "./forms.js";
import { drawLamps, drawUnknown, setSteady } from "./lamps.js";
import { clock, put, text } from "./texts.js";
import { addEvent, announce, announceChanges, drawAges, drawDesk, notice } from "./view.js";

// As long as a console believes its lamps without word from the daemon, and a little for the way.
const LOST_MS = 2500;
const AGAIN_MS = 800;
const DONE = new Set(["confirmed", "noted"]);

const byId = (id) => document.getElementById(id);
const buttons = new Buttons({ report: showProblem, logout });
let desk = null;
let deskId = null;
let run = null;
let stream = null;
let heard = 0;
let lost = false;

// --- the stream ------------------------------------------------------------------------------

function connect() {
  stream?.close();
  stream = new EventSource(eventsAddress(deskId));
  stream.addEventListener("hello", (event) => hello(JSON.parse(event.data)));
  stream.addEventListener("desk", (event) => draw(JSON.parse(event.data)));
  stream.addEventListener("line", (event) => heardNow() && addEvent(JSON.parse(event.data)));
  stream.addEventListener("alive", heardNow);
  stream.addEventListener("error", () => {
    // A broken stream comes back by itself; a refused one does not.
    if (stream.readyState === EventSource.CLOSED) setTimeout(begin, AGAIN_MS);
  });
}

/** Find out which desk it is, and listen to it; until then, and after a refusal, again and again. */
async function begin() {
  let desks;
  try {
    ({ desks } = await get("/desks"));
  } catch (error) {
    if (error.status === 401) return showKeyView();
    setTimeout(begin, AGAIN_MS);
    return;
  }
  byId("key-view").hidden = true;
  const wanted = named ?? (desks.length === 1 ? desks[0].id : null);
  const known = desks.some((one) => one.id === wanted);
  byId("other-desks").hidden = !known || desks.length < 2;
  if (!known) {
    byId("work").hidden = true;
    return drawChoice(desks, named);
  }
  deskId = wanted;
  connect();
}

function heardNow() {
  heard = performance.now();
  if (lost) {
    lost = false;
    notice("");
    announce(text("back"));
    put("link-page", text("link.up")).dataset.link = "up";
    document.documentElement.classList.remove("lost");
    if (desk) draw(desk);
  }
  return true;
}

function hello(told) {
  byId("key-view").hidden = true;
  byId("work").hidden = false;
  byId("footer").hidden = false;
  heardNow();
  put("link-page", `${text("link.up")}, ${text("link.program", told)}`).dataset.link = "up";
  if (run && run !== told.run) {
    const words = text("restarted", { time: clock(Date.now()) });
    notice(words);
    announce(words);
    addEvent({ at_ms: Date.now(), kind: "note", text: words, detail: "" });
  } else if (told.missed) {
    addEvent({ at_ms: Date.now(), kind: "note", text: text("events.missed"), detail: "" });
  }
  run = told.run;
  draw(told.desks[0]);
}

function draw(next) {
  heardNow();
  const before = desk;
  desk = next;
  drawLamps(desk.lamps);
  drawDesk(desk);
  buttons.draw(desk);
  if (before !== desk) announceChanges(before, desk);
}

function watch() {
  if (run && !lost && performance.now() - heard > LOST_MS) {
    lost = true;
    document.documentElement.classList.add("lost");
    drawUnknown();
    put("status-text", text("lost.status"));
    buttons.draw(null);
    put("link-page", text("link.down")).dataset.link = "down";
    notice(text("lost"), "lost");
    announce(text("lost"));
  }
}

// --- how to get in ---------------------------------------------------------------------------

function showKeyView() {
  stream?.close();
  byId("work").hidden = true;
  byId("key-view").hidden = false;
}

async function useKey(key) {
  try {
    await beginSession(key);
  } catch (error) {
    showKeyView();
    put("key-error", error.status === 401 ? text("key.wrong") : error.message);
    return;
  }
  put("key-error", "");
  begin();
}

function keyFromAddress() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  // Not in the history, not on the screen.
  if (key) history.replaceState(null, "", location.pathname + location.search);
  return key;
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = byId("key-field");
  const pasted = field.value.trim();
  field.value = "";
  useKey(pasted.includes("#key=") ? pasted.split("#key=")[1] : pasted);
});
window.addEventListener("hashchange", () => {
  const key = keyFromAddress();
  if (key) useKey(key);
});

// --- what can be asked -----------------------------------------------------------------------

function showProblem(error) {
  if (error.status === 401) return showKeyView();
  notice(error.message, "problem");
  announce(error.message);
}

async function ask(path, body) {
  try {
    const answer = await post(`/desks/${encodeURIComponent(desk.id)}${path}`, body);
    if (answer.outcome && !DONE.has(answer.outcome)) throw new Error(answer.text);
  } catch (error) {
    showProblem(error);
    return false;
  }
  return true;
}

function logout() {
  return ask("/logout");
}

byId("logout").addEventListener("click", logout);
byId("answer").addEventListener("click", () => ask("/answer"));
byId("hang-up").addEventListener("click", () => ask("/hangup"));
byId("auto").addEventListener("change", setAutoAnswer);
byId("auto-seconds").addEventListener("change", () => byId("auto").checked && setAutoAnswer());
byId("assists").addEventListener("click", (event) => {
  const number = event.target.dataset.acknowledge;
  if (number) ask(`/assists/${number}/acknowledge`);
});
byId("forced-acknowledge").addEventListener("click", () => desk.forced && ask(`/forced/${desk.forced.number}/acknowledge`));
listenToForms(ask);
byId("notice-close").addEventListener("click", () => notice(""));

function setAutoAnswer() {
  const field = byId("auto-seconds");
  const seconds = byId("auto").checked && field.checkValidity() ? Number(field.value) : null;
  return ask("/auto-answer", { seconds });
}

byId("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const pin = byId("login-pin");
  const body = { agent: byId("login-id").value.trim(), pin: pin.value };
  pin.value = "";
  put("login-error", text("login.busy"));
  try {
    const answer = await post(`/desks/${encodeURIComponent(desk.id)}/login`, body);
    put("login-error", answer.outcome === "confirmed" ? "" : answer.text);
    if (answer.outcome === "confirmed") byId("console").focus();
  } catch (error) {
    put("login-error", error.message);
    pin.focus();
  }
});

// --- steady lamps ----------------------------------------------------------------------------

const steady = byId("steady");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const kept = () => localStorage.getItem("steady-lamps");

function applySteady() {
  steady.checked = kept() === null ? calm.matches : kept() === "yes";
  setSteady(steady.checked);
}
steady.addEventListener("change", () => {
  localStorage.setItem("steady-lamps", steady.checked ? "yes" : "no");
  applySteady();
});
calm.addEventListener("change", applySteady);
applySteady();

// --- the beginning ---------------------------------------------------------------------------

setInterval(watch, 250);
setInterval(drawAges, 1000);
const key = keyFromAddress();
if (key) useKey(key);
else begin();
