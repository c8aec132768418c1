// The texts in the reader's language, as the daemon has put them into the page.

const texts = JSON.parse(document.getElementById("texts").textContent);

/** Give a text by its key, with its {fields} filled in. */
export function text(key, fields = {}) {
  const found = texts[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => fields[name] ?? whole);
}

/** Whether there is a text of this key. */
export const hasText = (key) => key in texts;

/** Write milliseconds as 7 s, 1:05 or 1:02:03. */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (number) => String(number).padStart(2, "0");
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** Write a wall-clock time of day. */
export const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });

/** Set an element's text, and leave it alone where it is the same already. */
export function put(id, value) {
  const element = typeof id === "string" ? document.getElementById(id) : id;
  if (element.textContent !== value) element.textContent = value;
  return element;
}
