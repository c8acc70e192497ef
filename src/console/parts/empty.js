// What stands where nothing is: why, and what to do next.

import { html } from "../app/html.js";

/** @param {{ title: string, hint?: string, children?: any }} properties */
export function Empty({ title, hint, children }) {
  return html`<div class="empty">
    <h2>${title}</h2>
    ${hint && html`<p>${hint}</p>`}
    ${children && html`<div class="row center">${children}</div>`}
  </div>`;
}
