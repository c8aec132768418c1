// What the agent says by name: why they are not ready, and what became of their last contact.

import { put, text } from "./texts.js";

const byId = (id) => document.getElementById(id);
const IN_CALL = new Set(["ringing", "talking", "held"]);
let marked = null;

/** What a text may say of a contact. */
export const contactFields = (contact) => ({
  channel: contact.channel_text,
  direction: contact.direction_text,
  queue: contact.queue,
  id: contact.id,
});

/** Draw what can be said now. */
export function drawForms(desk) {
  byId("not-ready").hidden = !desk.agent || desk.reasons.length === 0;
  offer(byId("not-ready-reason"), desk.reasons);
  put("not-ready-button", text(IN_CALL.has(desk.status) ? "not_ready.later" : "not_ready.now"));
  drawContact(desk.contact, desk.dispositions);
}

function drawContact(contact, dispositions) {
  byId("contact").hidden = !contact;
  const choice = byId("contact-disposition");
  offer(choice, [{ code: "", text: text("contact.none") }, ...dispositions]);
  if (!contact) {
    marked = null;
    return;
  }
  put("contact-about", contact.over ? text("contact.last", contactFields(contact)) : "");
  byId("contact-unresolved").checked = contact.unresolved;
  choice.disabled = !contact.over;
  byId("contact-save").disabled = !contact.over;
  put("contact-later", contact.over ? "" : text("contact.later"));
  // What is chosen and not saved yet stays, until the desk says something else.
  if (marked?.id !== contact.id || marked.disposition !== contact.disposition)
    choice.value = contact.disposition;
  marked = contact;
}

/** Have a select offer these, and leave it alone where it does already. */
function offer(select, offers) {
  const key = JSON.stringify(offers);
  if (select.dataset.key === key) return;
  select.dataset.key = key;
  const chosen = select.value;
  select.replaceChildren(...offers.map((one) => new Option(one.text, one.code)));
  if (offers.some((one) => one.code === chosen)) select.value = chosen;
}

/** Send what is said; `ask(path, body)` tells whether it was taken. */
export function listenToForms(ask) {
  byId("not-ready").addEventListener("submit", (event) => {
    event.preventDefault();
    ask("/not-ready", { reason: byId("not-ready-reason").value });
  });
  const mark = (marks) => ask("/contact", { contact: marked.id, ...marks });
  byId("contact-unresolved").addEventListener("change", async (event) => {
    const wanted = event.target.checked;
    if (!(await mark({ unresolved: wanted }))) event.target.checked = !wanted;
  });
  byId("contact").addEventListener("submit", (event) => {
    event.preventDefault();
    mark({ disposition: byId("contact-disposition").value });
  });
}
