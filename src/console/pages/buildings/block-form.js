// Blocking a number: at one building or several, for a while or until it is lifted.

import { post } from "../../app/api.js";
import { phone } from "../../app/format.js";
import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { toast } from "../../parts/toast.js";
import { e164 } from "./numbers.js";

const t = texts({
  en: {
    title: "Block a number", titleOf: "Block {number}", intro: "A blocked caller is turned away at once, and nobody is rung. A block is stronger than the allowlist and than a door’s own number.",
    kind: "What is blocked", numberKind: "One number", prefixKind: "All numbers that begin alike", number: "Number", numberHint: "With its country code: +44 1632 960 001", prefix: "Beginning", prefixHint: "A + and at least two digits: +44163296 blocks every number that begins like it.",
    reason: "Reason", reasonHint: "For your colleagues; the caller does not hear it.", lasts: "Until", never: "it is lifted", day: "in 24 hours", week: "in 7 days", month: "in 30 days", own: "a time of my own", at: "Ends", where: "At", everywhere: "All {n} buildings where they called",
    save: "Block", done: "The number is blocked.",
  },
  de: {
    title: "Nummer sperren", titleOf: "{number} sperren", intro: "Ein gesperrter Anrufer wird sofort abgewiesen, und bei niemandem klingelt es. Eine Sperre geht der Erlaubnisliste und der Nummer der Türstation vor.",
    kind: "Was gesperrt wird", numberKind: "Eine Nummer", prefixKind: "Alle Nummern mit gleichem Anfang", number: "Nummer", numberHint: "Mit Landesvorwahl: +44 1632 960 001", prefix: "Anfang", prefixHint: "Ein + und mindestens zwei Ziffern: +44163296 sperrt jede Nummer, die so beginnt.",
    reason: "Grund", reasonHint: "Für Ihre Kollegen; der Anrufer hört ihn nicht.", lasts: "Bis", never: "sie aufgehoben wird", day: "in 24 Stunden", week: "in 7 Tagen", month: "in 30 Tagen", own: "zu einer eigenen Zeit", at: "Endet", where: "In", everywhere: "Alle {n} Gebäude, in denen angerufen wurde",
    save: "Sperren", done: "Die Nummer ist gesperrt.",
  },
  fr: {
    title: "Bloquer un numéro", titleOf: "Bloquer le {number}", intro: "Un appelant bloqué est refusé aussitôt, et personne n’est appelé. Un blocage l’emporte sur la liste autorisée et sur le numéro de la porte.",
    kind: "Ce qui est bloqué", numberKind: "Un numéro", prefixKind: "Tous les numéros qui commencent ainsi", number: "Numéro", numberHint: "Avec l’indicatif du pays : +44 1632 960 001", prefix: "Début", prefixHint: "Un + et au moins deux chiffres : +44163296 bloque tous les numéros qui commencent ainsi.",
    reason: "Motif", reasonHint: "Pour vos collègues ; l’appelant ne l’entend pas.", lasts: "Jusqu’à", never: "ce qu’il soit levé", day: "dans 24 heures", week: "dans 7 jours", month: "dans 30 jours", own: "une date choisie", at: "Fin", where: "Dans", everywhere: "Les {n} immeubles où il a appelé",
    save: "Bloquer", done: "Le numéro est bloqué.",
  },
});

const HOUR_MS = 3_600_000;
/** @type {Record<string, number>} */
const LASTS = { day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS };
const EVERYWHERE = "everywhere";

/** @param {Record<string, any>} values */
function expiry({ lasts, at }) {
  if (lasts === "own") return at ? new Date(at).toISOString() : null;
  const after = LASTS[lasts];
  return after ? new Date(Date.now() + after).toISOString() : null;
}

/**
 * @param {{
 *   buildings: { id: string, name: string, region: string }[],
 *   seen?: string[],
 *   number?: string,
 *   onDone: () => void,
 *   onClose: () => void,
 * }} properties `buildings`: where it may be blocked; `seen`: those of them where this number called; `number`: fixed, if it is known
 */
export function BlockDialog({ buildings, seen = [], number, onDone, onClose }) {
  const draft = useForm(
    { building: seen.length > 1 ? EVERYWHERE : (seen[0] ?? buildings[0]?.id), kind: "number", number: number ?? "", reason: "", lasts: "never", at: "" },
    async (values) => {
      const region = (buildings.find(({ id }) => id === values.building) ?? buildings[0])?.region;
      const body = { kind: values.kind, number: e164(values.number, region), reason: values.reason.trim(), expires_at: expiry(values) };
      for (const building of values.building === EVERYWHERE ? seen : [values.building]) await post(`/v1/buildings/${building}/blocks`, body);
      toast(t("done"));
      onDone();
      onClose();
    },
  );
  /** @type {[string, string][]} */
  const places = buildings.map(({ id, name }) => [id, name]);
  if (seen.length > 1) places.unshift([EVERYWHERE, t("everywhere", { n: seen.length })]);
  const { kind, lasts } = draft.values;
  return html`<${Dialog} title=${number ? t("titleOf", { number: phone(number) }) : t("title")} onClose=${onClose}>
    <p class="soft">${t("intro")}</p>
    <${Form} of=${draft} submit=${t("save")} onCancel=${onClose} danger>
      ${places.length > 1 && html`<${Field} of=${draft} name="building" label=${t("where")} type="select" options=${places} />`}
      ${!number && html`
        <${Field} of=${draft} name="kind" label=${t("kind")} type="select" options=${[["number", t("numberKind")], ["prefix", t("prefixKind")]]} />
        <${Field} of=${draft} name="number" label=${kind === "prefix" ? t("prefix") : t("number")} hint=${kind === "prefix" ? t("prefixHint") : t("numberHint")}
          type="tel" autocomplete="off" required />`}
      <${Field} of=${draft} name="reason" label=${t("reason")} hint=${t("reasonHint")} optional maxlength="200" />
      <${Field} of=${draft} name="lasts" label=${t("lasts")} type="select"
        options=${["never", "day", "week", "month", "own"].map((one) => [one, t(/** @type {any} */ (one))])} />
      ${lasts === "own" && html`<${Field} of=${draft} name="at" label=${t("at")} type="datetime-local" required />`}
    <//>
  <//>`;
}
