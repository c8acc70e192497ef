// What is known of a thing, for reading: names and values.

import { html } from "../app/html.js";

/** @param {{ of: [string, any][] }} properties pairs; one without a value is left out */
export function Facts({ of }) {
  const known = of.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return html`<dl class="facts">${known.map(([name, value]) => html`<dt key=${name}>${name}</dt><dd key=${`${name}=`}>${value}</dd>`)}</dl>`;
}
