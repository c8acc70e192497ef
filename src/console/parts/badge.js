// A word about a state, in a colour that only repeats what the word says.

import { html } from "../app/html.js";

/** @param {{ kind?: "good" | "bad" | "busy" | "info" | "plain", children: any }} properties */
export function Badge({ kind = "plain", children }) {
  return html`<span class=${`badge ${kind}`}>${children}</span>`;
}
