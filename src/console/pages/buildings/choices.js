// One of a few, with what each means: radio buttons, since a list that opens hides what could be chosen.

import { html, useId } from "../../app/html.js";

/**
 * @param {{ of: import("../../parts/form.js").Draft, name: string, legend: string, hint?: any, options: { value: string, text: string, hint?: any, disabled?: boolean }[] }} properties
 */
export function Choices({ of, name, legend, hint, options }) {
  const id = useId();
  const wrong = of.wrong[name];
  return html`<fieldset class="dir-choices" aria-describedby=${wrong ? `${id}-wrong` : undefined}>
    <legend>${legend}</legend>
    ${hint && html`<p class="hint soft small">${hint}</p>`}
    ${options.map(
      ({ value, text, hint: means, disabled }, n) => html`<div key=${value} class="dir-choice">
        <input type="radio" id=${`${id}-${n}`} name=${`${id}-${name}`} value=${value} checked=${of.values[name] === value} disabled=${disabled}
          aria-describedby=${means ? `${id}-${n}-hint` : undefined} aria-invalid=${wrong ? "true" : undefined} onChange=${() => of.set(name, value)} />
        <div><label for=${`${id}-${n}`}>${text}</label>${means && html`<p class="hint" id=${`${id}-${n}-hint`}>${means}</p>`}</div>
      </div>`,
    )}
    ${wrong && html`<p class="wrong" id=${`${id}-wrong`}>${wrong}</p>`}
  </fieldset>`;
}
