// Asking the daemon: one place for addresses, bodies and what can go wrong.

import { text } from "./texts.js";

const BASE = "/api/v1";

/** An answer that is no success: its HTTP status, its code, and a sentence for people. */
export class Refused extends Error {
  constructor(status, code, sentence) {
    super(sentence);
    this.status = status;
    this.code = code;
  }
}

async function request(method, path, body, options = {}) {
  let answer;
  try {
    answer = await fetch(BASE + path, {
      method,
      headers: { "Content-Type": "application/json", ...options.headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      keepalive: options.keepalive ?? false,
    });
  } catch {
    throw new Refused(0, "no_answer", text("failed"));
  }
  const said = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, said?.code ?? "", said?.detail ?? text("failed"));
  return said;
}

export const get = (path) => request("GET", path);
export const post = (path, body = {}, options = {}) => request("POST", path, body, options);

/** Swap the key for the page's cookie. */
export const beginSession = (key) =>
  request("POST", "/session", undefined, { headers: { Authorization: `Bearer ${key}` } });

/** Where the events of a desk are told. */
export const eventsAddress = (desk) => `${BASE}/events?desk=${encodeURIComponent(desk)}`;
