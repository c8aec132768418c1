// What waits for the agent's hand: a forced change, a choice, equipment that is out of order.

import { duration, put, text } from "./texts.js";

const LAMPS = 5;
const byId = (id) => document.getElementById(id);

/** Draw all of it; what does not wait any more goes. */
export function drawWaiting(desk) {
  drawForced(desk.forced);
  drawChoice(desk);
  const faults = byId("faults");
  faults.hidden = desk.faults.length === 0;
  fill(faults, desk.faults, (item, fault) => put(item, fault.text));
}

function drawForced(forced) {
  const banner = byId("forced");
  // Whoever was at the button goes on at the console.
  if (!forced && banner.contains(document.activeElement)) byId("console").focus();
  banner.hidden = !forced;
  put("forced-text", forced?.text ?? "");
}

function drawChoice(desk) {
  const choice = desk.choice;
  byId("choice").hidden = !choice;
  if (!choice) return;
  put("choice-title", text(choice.place ? "choice.reason" : "choice.logout"));
  const places = choice.place ? desk.reasons.slice(0, LAMPS) : [];
  fill(byId("choice-places"), places, (item, reason, place) => {
    put(item, reason.text);
    if (place + 1 === choice.place) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  });
}

/** Give a list as many items as there are things, and draw each. */
function fill(list, things, draw) {
  while (list.children.length > things.length) list.lastElementChild.remove();
  while (list.children.length < things.length) list.append(document.createElement("li"));
  things.forEach((thing, place) => draw(list.children[place], thing, place));
}

/** Write what grows older, `later` milliseconds after the picture came. */
export function drawWaitingAges(desk, later) {
  if (desk.forced) put("forced-for", text("forced.for", { time: duration(desk.forced.for_ms + later) }));
  if (desk.choice) put("choice-left", text("choice.left", { time: duration(desk.choice.left_ms - later + 999) }));
}

/** Add to what is said aloud; true where a forced change is new. */
export function announceWaiting(before, desk, said) {
  const forced = desk.forced !== null && desk.forced.number !== before.forced?.number;
  if (forced) said.push(desk.forced.text);
  if (desk.choice && desk.choice.text !== before.choice?.text) said.push(desk.choice.text);
  if (desk.pending_text !== before.pending_text && (desk.pending || desk.call))
    said.push(desk.pending_text || text("pending.none"));
  const now = desk.microphone;
  const then = before.microphone;
  if (now.overdue && !then.overdue) said.push(text("next.talking.overdue"));
  if (desk.attention === "must_act" && now.agreement !== then.agreement && now.agreement !== "agree")
    said.push(now.agreement_text);
  const known = new Set(before.faults.map((fault) => fault.code));
  said.push(...desk.faults.filter((fault) => !known.has(fault.code)).map((fault) => fault.text));
  return forced;
}
