// What a check found: how bad it is in a word, what it is in a sentence, and what to do.

import { dateAndTime } from "../../app/format.js";
import { html } from "../../app/html.js";
import { texts, words } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { inWords } from "./sentences.js";

/** @typedef {import("../../app/types").Schema<"Finding">} Finding */

const t = texts({
  en: { none: "Nothing was found: all is well." },
  de: { none: "Nichts gefunden: Alles ist in Ordnung." },
  fr: { none: "Rien à signaler : tout va bien." },
});

const severity = words({
  en: { wrong: "does not work", degraded: "works otherwise", advice: "advice", fine: "fine", unknown: "not known", right: "right" },
  de: { wrong: "geht nicht", degraded: "geht anders", advice: "Hinweis", fine: "in Ordnung", unknown: "unklar", right: "in Ordnung" },
  fr: { wrong: "ne marche pas", degraded: "marche autrement", advice: "conseil", fine: "en ordre", unknown: "inconnu", right: "en ordre" },
});

const COLOURS = { wrong: "bad", degraded: "busy", advice: "info", fine: "good", right: "good", unknown: "plain" };

/** @param {{ of: string }} properties how bad something is */
export function Severity({ of }) {
  return html`<${Badge} kind=${/** @type {Record<string, string>} */ (COLOURS)[of] ?? "plain"}>${severity(of)}<//>`;
}

/** @param {{ of: string }} properties a sentence of the API's */
export function Sentence({ of }) {
  const { text, lang } = inWords(of);
  // Moments stand in them as the API writes them.
  return html`<span lang=${lang}>${text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, dateAndTime)}</span>`;
}

/** @param {{ findings: Finding[] }} properties */
export function Findings({ findings }) {
  if (findings.length === 0) return html`<p><${Severity} of="fine" /> ${t("none")}</p>`;
  const order = ["wrong", "degraded", "unknown", "advice", "fine"];
  const sorted = [...findings].sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
  return html`<ul class="plain findings">
    ${sorted.map((finding) => html`<li key=${finding.message}><${Severity} of=${finding.severity} /> <${Sentence} of=${finding.message} /></li>`)}
  </ul>`;
}
