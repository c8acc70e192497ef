// A field to look for something in a list; it looks as one types, after a moment.

import { html, useEffect, useId, useRef, useState } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Icon } from "../../parts/icon.js";

const t = texts({ en: { search: "Search" }, de: { search: "Suchen" }, fr: { search: "Rechercher" } });

const A_MOMENT_MS = 300;

/** @param {{ label: string, value: string, onSearch: (text: string) => void, hint?: string, wrong?: string }} properties */
export function Search({ label, value, onSearch, hint, wrong }) {
  const id = useId();
  const [text, setText] = useState(value);
  const timer = useRef(0);
  const told = useRef(value);
  useEffect(() => {
    // Emptied from elsewhere, or another address.
    if (value !== told.current) setText(value);
    told.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const look = (/** @type {string} */ wanted) => {
    clearTimeout(timer.current);
    told.current = wanted.trim();
    onSearch(wanted.trim());
  };
  const type = (/** @type {any} */ event) => {
    const wanted = event.currentTarget.value;
    setText(wanted);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => look(wanted), A_MOMENT_MS);
  };
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
  return html`<form class="dir-search" role="search" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); look(text); }}>
    <div class="field">
      <label for=${id}>${label}</label>
      <input id=${id} type="search" value=${text} onInput=${type} maxlength="100" autocomplete="off" aria-describedby=${described} aria-invalid=${wrong ? "true" : undefined} />
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
      ${wrong && html`<p class="wrong" id=${`${id}-wrong`}>${wrong}</p>`}
    </div>
    <button class="button"><${Icon} name="search" /> ${t("search")}</button>
  </form>`;
}
