// Which desk this page is of: named in its address, or the only one, or chosen from a list.

import { put, text } from "./texts.js";

const byId = (id) => document.getElementById(id);

/** The desk that the address names, null where it names none. */
export const named = new URLSearchParams(location.search).get("desk");

/** Draw the list of desks to choose from; `missing` is one that was named and is not there. */
export function drawChoice(desks, missing) {
  put("desks-none", missing ? text("desks.none", { desk: missing }) : "");
  byId("desks").replaceChildren(...desks.map(choice));
  byId("desks-view").hidden = false;
  byId("desks-title").focus?.();
}

function choice(desk) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/?desk=${encodeURIComponent(desk.id)}`;
  link.textContent = text("desk", { desk: desk.id });
  const who = desk.agent ? text("agent", { agent: desk.agent }) : text("desks.free");
  const about = document.createElement("span");
  about.textContent = `${text("extension", { extension: desk.extension })} · ${who} · ${desk.status_text}`;
  item.append(link, about);
  return item;
}
