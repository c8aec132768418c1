// What the page says of a desk, apart from lamps and buttons.

import { contactFields, drawForms } from "./forms.js";
import { clock, duration, hasText, put, text } from "./texts.js";
import { announceWaiting, drawWaiting, drawWaitingAges } from "./waiting.js";

const MOST_EVENTS = 100;
const VOICES = new Set(["voice", "video", "callback"]);
const byId = (id) => document.getElementById(id);
let received = 0;
let drawn = null;

/** Draw everything in words. */
export function drawDesk(desk) {
  received = performance.now();
  drawn = desk;
  put("desk", text("desk", { desk: desk.id }));
  put("extension", text("extension", { extension: desk.extension }));
  put("agent", desk.agent ? text("agent", { agent: desk.agent }) : text("nobody"));
  byId("logout").hidden = !desk.agent;
  drawStatus(desk);
  drawPhone(desk);
  drawAssists(desk);
  drawLinks(desk);
  put("microphone", desk.microphone.text);
  put("agreement", desk.microphone.agreement_text).dataset.agreement = desk.microphone.agreement;
  drawWaiting(desk);
  drawForms(desk);
  drawAges();
}

function drawStatus(desk) {
  put("status-text", desk.status_text);
  byId("status-card").dataset.status = desk.confirmed ? desk.status : "unknown";
  const reason = desk.confirmed && desk.status === "not_ready" ? desk.reason_text : "";
  put("status-reason", reason && text("status.reason", { reason }));
  const cause = desk.last_change?.cause_text;
  put("status-why", cause ? text("status.why", { cause }) : "");
  put("pending", desk.pending_text);
  const wish = desk.wishes.at(-1)?.text;
  put("wish", wish ? text("status.wish", { wish }) : "");
  put("refusal", desk.refusal_text && desk.lamps.attention.meaning);
  put("next", nextStep(desk));
  const login = byId("login");
  const wanted = desk.confirmed && desk.status === "logged_out";
  if (login.hidden === wanted) login.hidden = !wanted;
  put("demonstration", desk.demonstration ? text("login.demonstration", desk.demonstration) : "");
  const id = byId("login-id");
  if (!id.value && document.activeElement !== id) id.value = desk.offered_agent;
}

function nextStep(desk) {
  if (!desk.confirmed) return text("next.unconfirmed");
  if (desk.console.link === "down" && desk.status !== "logged_out") return text("next.console");
  if (desk.choice) return desk.choice.text;
  if (desk.forced) return text("next.forced");
  if (desk.status === "ringing" && desk.call?.direction === "outbound")
    return text("next.ringing.outbound");
  if (desk.status === "talking" && desk.call && !VOICES.has(desk.call.channel))
    return text("next.talking.silent");
  if (desk.microphone.overdue) return text("next.talking.overdue");
  if (desk.status === "ringing" && desk.phone?.auto_answer_s != null) return text("next.ringing.auto");
  if (desk.status === "talking" && desk.microphone.muted) return text("next.talking.muted");
  const planned = `next.${desk.status}.${desk.pending}`;
  return text(hasText(planned) ? planned : "next." + desk.status);
}

function drawPhone(desk) {
  const phone = desk.phone;
  byId("phone").hidden = !phone || desk.status === "logged_out";
  if (!phone) return;
  byId("answer").disabled = !phone.can_answer;
  byId("hang-up").disabled = !phone.can_hang_up;
  const auto = byId("auto");
  const seconds = byId("auto-seconds");
  auto.checked = phone.auto_answer_s !== null;
  if (phone.auto_answer_s !== null && document.activeElement !== seconds)
    seconds.value = phone.auto_answer_s;
}

function drawAssists(desk) {
  const list = byId("assists");
  const key = JSON.stringify(desk.assists.map((one) => [one.number, one.acknowledged]));
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  if (desk.assists.length === 0) {
    const none = document.createElement("li");
    none.textContent = text("assist.none");
    list.replaceChildren(none);
    return;
  }
  list.replaceChildren(
    ...desk.assists.map((one) => {
      const item = document.createElement("li");
      const words = document.createElement("span");
      words.dataset.assist = one.number;
      if (one.emergency) words.className = "error";
      item.append(words, " ");
      if (one.acknowledged) item.append(text("assist.coming"));
      else {
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.acknowledge = one.number;
        button.textContent = text("assist.acknowledge");
        item.append(button);
      }
      return item;
    }),
  );
}

function drawLinks(desk) {
  const state = (link) => text("link." + link);
  const { kind, link, firmware, protocol, serial, restarted } = desk.console;
  const versions = firmware ? ", " + text("link.firmware", { version: firmware, protocol, serial }) : "";
  const why = restarted ? ", " + text("link.restarted", { why: restarted }) : "";
  put("link-console", `${text("link.kind." + kind)}, ${state(link)}${versions}${why}`).dataset.link = link;
  put("link-acd", `${desk.acd.name}, ${state(desk.acd.link)}`).dataset.link = desk.acd.link;
}

/** Write what grows older by itself; once a second is enough. */
export function drawAges() {
  const desk = drawn;
  if (!desk) return;
  const later = performance.now() - received;
  const age = (ms) => duration(ms + later);
  const since = desk.status_for_ms;
  put("status-for", since === null ? "" : text("status.since", { time: age(since) }));
  const call = desk.call;
  put("call", call ? text("call.queue", { ...contactFields(call), time: age(call.for_ms) }) : text("call.none"));
  drawWaitingAges(desk, later);
  put("queue", queueText(desk.queue, age));
  for (const [name, truth] of Object.entries(desk.microphone.truths))
    put("truth-" + name, truthText(truth, age));
  for (const one of desk.assists) {
    const words = document.querySelector(`[data-assist="${one.number}"]`);
    const fields = { agent: one.agent, status: one.status_text, time: age(one.for_ms) };
    if (words) put(words, text(one.emergency ? "assist.emergency" : "assist.line", fields));
  }
}

function queueText(queue, age) {
  if (!queue) return text("queue.unknown");
  if (queue.waiting === 0) return text("queue.none");
  const count = text("queue.waiting", { count: queue.waiting });
  if (queue.oldest_for_ms === null) return count;
  return `${count}, ${text("queue.oldest", { time: age(queue.oldest_for_ms) })}`;
}

function truthText(truth, age) {
  if (truth.for_ms === null) return truth.text;
  return `${truth.text}, ${text("microphone.age", { time: age(truth.for_ms) })}`;
}

/** Add an event to the list, the newest first. */
export function addEvent(line) {
  const list = byId("events");
  const item = document.createElement("li");
  item.dataset.kind = line.kind;
  const time = document.createElement("time");
  time.textContent = clock(line.at_ms);
  const words = document.createElement("span");
  words.textContent = line.detail ? `${line.text} (${line.detail})` : line.text;
  item.append(time, " ", words);
  list.prepend(item);
  while (list.children.length > MOST_EVENTS) list.lastElementChild.remove();
}

/** Say something to those who do not look, once, and politely. */
export function announce(words) {
  if (words) byId("announcer").textContent = words;
}

/** Say what has changed in meaning between two pictures. */
export function announceChanges(before, desk) {
  if (!before) return;
  const said = [];
  const changed = (get) => get(before) !== get(desk) && said.push(get(desk));
  const forced = announceWaiting(before, desk, said);
  // A forced change says itself from what to what, and why.
  if (!forced && (before.status !== desk.status || before.confirmed !== desk.confirmed))
    said.push(desk.status_text, desk.last_change?.cause_text ?? "");
  changed((one) => one.microphone.text);
  changed((one) => one.console.why_not_pressable);
  if (desk.refusal_text && before.refusal_text !== desk.refusal_text)
    said.push(desk.lamps.attention.meaning);
  const coming = (one) => one.assists.some((assist) => assist.acknowledged);
  if (coming(desk) && !coming(before)) said.push(text("assist.coming"));
  announce(said.filter(Boolean).join(". "));
}

/** Show a notice that stays until it is closed; empty: none. */
export function notice(words, kind = "") {
  const place = byId("notice");
  place.hidden = !words;
  place.dataset.kind = kind;
  put("notice-text", words);
}

export { hasText };
