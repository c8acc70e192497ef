// A secret that is shown this once: nobody can read it again, so nothing closes it by accident.

import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Copyable } from "../../parts/copy.js";
import { Dialog } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";

const t = texts({
  en: { once: "Copy it now: it is shown this once and never again.", done: "I have copied it", gone: "It was shown already, and can not be shown again. Replace it by a new one." },
  de: { once: "Kopieren Sie es jetzt: Es wird nur dieses eine Mal gezeigt.", done: "Ich habe es kopiert", gone: "Es wurde schon gezeigt und kann nicht noch einmal gezeigt werden. Ersetzen Sie es durch ein neues." },
  fr: { once: "Copiez-le maintenant : il n’est affiché que cette fois.", done: "Je l’ai copié", gone: "Il a déjà été affiché et ne peut plus l’être. Remplacez-le par un nouveau." },
});

/** @param {{ title: string, label: string, secret: string | null, onClose: () => void, children?: any }} properties `children`: what to do with it */
export function SecretShown({ title, label, secret, onClose, children }) {
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <div class="note warn"><${Icon} name="key" /><p>${secret === null ? t("gone") : t("once")}</p></div>
    ${secret !== null && html`<p><strong>${label}</strong><br /><${Copyable} text=${secret} label=${label} /></p>`}
    ${children}
    <div class="row end"><button type="button" class="button primary" onClick=${onClose}>${t("done")}</button></div>
  <//>`;
}

/** How long the old one works beside the new: choices in seconds. @param {number} max @returns {[string, string][]} */
export function overlaps(max) {
  const words = texts({
    en: { none: "Not at all: it stops now", hour: "1 hour", day: "1 day", week: "7 days", month: "30 days" },
    de: { none: "Gar nicht: Es endet sofort", hour: "1 Stunde", day: "1 Tag", week: "7 Tage", month: "30 Tage" },
    fr: { none: "Pas du tout : il s’arrête maintenant", hour: "1 heure", day: "1 jour", week: "7 jours", month: "30 jours" },
  });
  /** @type {[number, string][]} */
  const choices = [[0, words("none")], [3600, words("hour")], [86_400, words("day")], [604_800, words("week")], [2_592_000, words("month")]];
  return choices.filter(([seconds]) => seconds <= max).map(([seconds, text]) => [String(seconds), text]);
}
