// A password: typed, looked at if nobody looks over the shoulder, and long enough before it is sent.

import { html, useId, useState } from "../app/html.js";
import { texts } from "../app/texts.js";
import { refuse } from "./needs.js";

const t = texts({
  en: { show: "Show", hide: "Hide", it: "password", length: "At least 10 characters. A few words in a row are good, and easy to keep in mind.", short: "At least 10 characters, at most 200." },
  de: { show: "Zeigen", hide: "Verbergen", it: "Passwort", length: "Mindestens 10 Zeichen. Einige Wörter hintereinander sind gut und leicht zu merken.", short: "Mindestens 10 Zeichen, höchstens 200." },
  fr: { show: "Afficher", hide: "Masquer", it: "mot de passe", length: "Au moins 10 caractères. Quelques mots à la suite conviennent bien et se retiennent facilement.", short: "Au moins 10 caractères, au plus 200." },
});

/**
 * @param {{ of: import("./form.js").Draft, name: string, label: string, isNew?: boolean, [further: string]: any }} properties
 *   `isNew`: it is chosen here, so the browser may offer one
 */
export function PasswordField({ of, name, label, isNew = false, ...further }) {
  const id = useId();
  const [is_shown, setShown] = useState(false);
  const wrong = of.wrong[name];
  const described = [isNew && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <div class="password">
      <input id=${id} name=${name} type=${is_shown ? "text" : "password"} value=${of.values[name] ?? ""} required
        autocomplete=${isNew ? "new-password" : "current-password"} autocapitalize="none" spellcheck=${false}
        aria-describedby=${described} aria-invalid=${wrong ? "true" : undefined}
        onInput=${(/** @type {any} */ event) => of.set(name, event.currentTarget.value)} ...${further} />
      <button type="button" class="bare" aria-pressed=${is_shown} onClick=${() => setShown(!is_shown)}>
        ${is_shown ? t("hide") : t("show")}<span class="visually-hidden"> ${t("it")}</span>
      </button>
    </div>
    ${isNew && html`<p class="hint" id=${`${id}-hint`}>${t("length")}</p>`}
    ${wrong && html`<p class="wrong" id=${`${id}-wrong`}>${wrong}</p>`}
  </div>`;
}

/** Fails, as the API would, if this is none to choose. @param {Record<string, any>} values @param {string} name */
export function needsGoodPassword(values, name) {
  const length = Array.from(values[name] ?? "").length;
  if (length < 10 || length > 200) refuse({ [name]: t("short") });
}
