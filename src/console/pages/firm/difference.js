// Before and after, field by field: only what differs, in words as far as there are any.

import { dateAndTime, phone } from "../../app/format.js";
import { html } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { words } from "../../app/texts.js";
import { t } from "./audit-words.js";

/** @typedef {{ path: string[], before: any, after: any }} Difference */

/** These say nothing that the sentence does not say. */
const PLAIN = ["id", "building_id", "tenant_id", "created_at"];
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
/** @type {Record<string, import("../../app/places.js").Kind>} */
const KINDS = { building_id: "building", entrance_id: "entrance", unit_id: "unit", resident_id: "resident", line_id: "line" };

const field = words({
  en: {},
  de: {
    name: "Name", number: "Nummer", numbers: "Nummern", label: "Bezeichnung", address: "Adresse", time_zone: "Zeitzone", language: "Sprache", region: "Region", strangers: "Fremde", withheld: "Unterdrückte Nummern", concierge: "Concierge", wait_music: "Wartemusik", flow: "Klingelablauf", flow_id: "Klingelablauf",
    code: "Code", order: "Reihenfolge", presence: "Anwesenheit", moved_in: "Eingezogen", moved_out: "Ausgezogen", do_not_disturb_until: "Nicht stören bis", reason: "Grund", kind: "Art", expires_at: "Gilt bis", lifted_at: "Aufgehoben", role: "Rolle", buildings: "Gebäude", email: "E-Mail",
    panel: "Türstation", panel_numbers: "Nummern der Türstation", open_digits: "Öffnungsziffern", unit_id: "Wohneinheit", entrance_id: "Eingang", resident_id: "Bewohner", connection_id: "Anbieterkonto", url: "Adresse", events: "Ereignisse", scopes: "Rechte", status: "Zustand", provider: "Anbieter", enabled: "Eingeschaltet",
    quiet_hours_id: "Ruhezeiten", groups: "Gruppen", members: "Mitglieder", ring_seconds: "Klingeldauer (Sekunden)", on_none: "Wenn niemand antwortet", valid_from: "Gültig ab", valid_to: "Gültig bis", revoked_at: "Widerrufen",
  },
  fr: {
    name: "Nom", number: "Numéro", numbers: "Numéros", label: "Libellé", address: "Adresse", time_zone: "Fuseau horaire", language: "Langue", region: "Région", strangers: "Inconnus", withheld: "Numéros masqués", concierge: "Gardien", wait_music: "Musique d’attente", flow: "Scénario", flow_id: "Scénario",
    code: "Code", order: "Ordre", presence: "Présence", moved_in: "Emménagement", moved_out: "Déménagement", do_not_disturb_until: "Ne pas déranger jusqu’au", reason: "Motif", kind: "Type", expires_at: "Valable jusqu’au", lifted_at: "Levé", role: "Rôle", buildings: "Immeubles", email: "E-mail",
    panel: "Platine", panel_numbers: "Numéros de la platine", open_digits: "Chiffres d’ouverture", unit_id: "Logement", entrance_id: "Entrée", resident_id: "Résident", connection_id: "Compte opérateur", url: "Adresse", events: "Événements", scopes: "Droits", status: "État", provider: "Opérateur", enabled: "Activé",
    quiet_hours_id: "Heures calmes", groups: "Groupes", members: "Membres", ring_seconds: "Durée de sonnerie (secondes)", on_none: "Si personne ne répond", valid_from: "Valable à partir du", valid_to: "Valable jusqu’au", revoked_at: "Révoqué",
  },
});

/** @param {any} value */
const isNested = (value) => value !== null && typeof value === "object" && !(Array.isArray(value) && value.every((one) => one === null || typeof one !== "object"));
/** @param {any} value */
const isNothing = (value) => value === null || value === undefined || value === "" || (typeof value === "object" && Object.keys(value).length === 0);

/**
 * What differs, down to values that are no documents of their own.
 *
 * @param {any} before @param {any} after @param {string[]} [path] @returns {Difference[]}
 */
export function differences(before, after, path = []) {
  if (isNested(before) || isNested(after)) {
    const [one, other] = [isNested(before) ? before : {}, isNested(after) ? after : {}];
    const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((name) => path.length > 0 || !PLAIN.includes(name));
    return names.flatMap((name) => differences(one[name], other[name], [...path, name]));
  }
  if (JSON.stringify(before) === JSON.stringify(after) || (isNothing(before) && isNothing(after))) return [];
  return [{ path, before, after }];
}

/** A field's place: numbers of a list count from one. @param {string[]} path */
const named = (path) => path.map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : field(part))).join(" › ");

/** @param {any} value @param {string} name @param {ReturnType<typeof usePlaces>} place @returns {string} */
function written(value, name, place) {
  if (isNothing(value)) return t("none");
  if (Array.isArray(value)) return value.map((one) => written(one, name === "buildings" ? "building_id" : name, place)).join(", ");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value !== "string") return String(value);
  const kind = KINDS[name];
  if (kind && ID.test(value)) return place(kind, value) ?? value;
  if (MOMENT.test(value)) return dateAndTime(value);
  if (value === "[erased]" || /^\+\d{7,15}$/.test(value)) return phone(value);
  return value;
}

/** @param {{ before: any, after: any, label: string }} properties */
export function DifferenceTable({ before, after, label }) {
  const place = usePlaces();
  const found = differences(before, after);
  if (found.length === 0) return html`<p class="soft small">${t("same")}</p>`;
  const has_before = !isNothing(before);
  const has_after = !isNothing(after);
  return html`<div class="table-frame" tabindex="0" role="region" aria-label=${label}>
    <table>
      <thead><tr><th scope="col">${t("field")}</th>${has_before && html`<th scope="col">${t("before")}</th>`}${has_after && html`<th scope="col">${t("after")}</th>`}</tr></thead>
      <tbody>${found.map(({ path, before, after }) => {
        const name = path.findLast((part) => !/^\d+$/.test(part)) ?? "";
        return html`<tr key=${path.join()}>
          <th scope="row">${named(path)}</th>
          ${has_before && html`<td data-title=${t("before")}>${isNothing(before) ? t("none") : html`<del>${written(before, name, place)}</del>`}</td>`}
          ${has_after && html`<td data-title=${t("after")}>${isNothing(after) ? t("none") : html`<ins>${written(after, name, place)}</ins>`}</td>`}
        </tr>`;
      })}</tbody>
    </table>
  </div>`;
}
