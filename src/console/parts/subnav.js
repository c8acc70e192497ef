// The places of one section, beside each other below its title.

import { html } from "../app/html.js";

/** @param {{ label: string, places: { to: string, text: string }[], here: string }} properties */
export function SubNav({ label, places, here }) {
  return html`<nav class="subnav" aria-label=${label}>
    ${places.map(({ to, text }) => html`<a key=${to} href=${to} aria-current=${to === here ? "page" : undefined}>${text}</a>`)}
  </nav>`;
}
