// What a pass is for and when it opens: the form that adds one, and the one that changes it.

import { patch, post, Problem, put } from "../../app/api.js";
import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Field, Form, numberOrNull, orNull, useForm } from "../../parts/form.js";
import { useAll } from "../../parts/whole-list.js";
import { HoursField, someHours } from "./hours-field.js";
import { toInstant, toWall } from "./zone.js";

/** @typedef {import("./validity.js").Pass} Pass */
/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */
/** @typedef {import("../../app/types").Schema<"NewPass">} NewPass */

const t = texts({
  en: {
    who: "Who is it for?", visitors: "Visitors: a cleaner, a courier, a guest", resident: "A resident: their own PIN", whichResident: "Resident",
    choose: "Choose …", ownHint: "It opens every entrance at any time, until you take it away. A PIN that they had before opens no more.",
    label: "What is it for?", labelHint: "For example: Cleaner, Tuesday.", unit: "Whose visitors?", everyone: "Nobody’s in particular",
    from: "Valid from", fromHint: "Empty: from now. By the building’s clock ({zone}).", until: "Valid until", untilHint: "Empty: until you revoke it.",
    visits: "Number of visits", visitsHint: "Empty: any number. Uses within 15 minutes are one visit.", when: "When does it open?",
    any: "At any time", hours: "At these hours every week", schedule: "While a schedule holds", whichSchedule: "Schedule",
    noSchedules: "There are no schedules yet. Make one under Flows and hours.", entrances: "Where?", all: "At every entrance", make: "Make the pass", makePin: "Make the PIN", save: "Save",
  },
  de: {
    who: "Für wen ist er?", visitors: "Besuch: Reinigung, Kurier, Gäste", resident: "Bewohner: eine eigene PIN", whichResident: "Bewohner",
    choose: "Bitte wählen …", ownHint: "Sie öffnet jeden Eingang jederzeit, bis Sie sie entziehen. Eine frühere PIN dieser Person öffnet dann nicht mehr.",
    label: "Wofür ist er?", labelHint: "Zum Beispiel: Reinigung, dienstags.", unit: "Besuch für welche Wohneinheit?", everyone: "Keine bestimmte",
    from: "Gültig ab", fromHint: "Leer: ab jetzt. Nach der Uhr des Gebäudes ({zone}).", until: "Gültig bis", untilHint: "Leer: bis Sie ihn widerrufen.",
    visits: "Anzahl der Besuche", visitsHint: "Leer: beliebig viele. Mehrmals innerhalb von 15 Minuten zählt als ein Besuch.", when: "Wann öffnet er?",
    any: "Jederzeit", hours: "Jede Woche zu diesen Zeiten", schedule: "Solange ein Zeitplan gilt", whichSchedule: "Zeitplan",
    noSchedules: "Es gibt noch keine Zeitpläne. Legen Sie einen unter „Abläufe und Zeiten“ an.", entrances: "Wo?", all: "An jedem Eingang", make: "Pass ausstellen", makePin: "PIN vergeben", save: "Speichern",
  },
  fr: {
    who: "Pour qui ?", visitors: "Visiteurs : ménage, livreur, invité", resident: "Un résident : son propre code", whichResident: "Résident",
    choose: "Choisir …", ownHint: "Il ouvre toutes les entrées à tout moment, jusqu’à ce que vous le retiriez. Son code précédent n’ouvre plus.",
    label: "À quoi sert-il ?", labelHint: "Par exemple : ménage, le mardi.", unit: "Visiteurs de quel logement ?", everyone: "D’aucun en particulier",
    from: "Valable à partir du", fromHint: "Vide : dès maintenant. À l’heure de l’immeuble ({zone}).", until: "Valable jusqu’au", untilHint: "Vide : jusqu’à révocation.",
    visits: "Nombre de visites", visitsHint: "Vide : sans limite. Plusieurs usages en 15 minutes comptent pour une visite.", when: "Quand ouvre-t-il ?",
    any: "À tout moment", hours: "Chaque semaine à ces heures", schedule: "Tant qu’un horaire est en vigueur", whichSchedule: "Horaire",
    noSchedules: "Il n’y a pas encore d’horaires. Créez-en un sous « Scénarios et horaires ».", entrances: "Où ?", all: "À toutes les entrées", make: "Créer le laissez-passer", makePin: "Attribuer le code", save: "Enregistrer",
  },
});

/** @param {Pass | null} pass @param {string} zone */
const valuesOf = (pass, zone) => ({
  who: "visitors",
  resident_id: "",
  label: pass?.label ?? "",
  unit_id: pass?.unit_id ?? "",
  valid_from: toWall(pass?.valid_from, zone),
  valid_until: toWall(pass?.valid_until, zone),
  visits_allowed: pass?.visits_allowed ?? "",
  entrances: pass?.entrances ?? [],
  when: pass?.hours ? "hours" : pass?.schedule_id ? "schedule" : "any",
  weekly: /** @type {any} */ (pass?.hours)?.weekly ?? [someHours()],
  schedule_id: pass?.schedule_id ?? "",
});

/** @param {Record<string, any>} values @param {Pass | null} before @param {string} zone */
function bodyOf(values, before, zone) {
  const dates = /** @type {any} */ (before?.hours)?.dates;
  const own_hours = { weekly: values.weekly, ...(dates ? { dates } : {}) };
  /** @type {Record<string, unknown>} */
  const body = {
    label: values.label.trim(),
    unit_id: orNull(values.unit_id),
    visits_allowed: numberOrNull(values.visits_allowed),
    entrances: values.entrances,
    hours: values.when === "hours" ? own_hours : null,
    schedule_id: values.when === "schedule" ? orNull(values.schedule_id) : null,
  };
  const shown = valuesOf(before, zone);
  // A time that was not touched keeps its seconds.
  if (values.valid_from !== shown.valid_from && values.valid_from !== "") body.valid_from = toInstant(values.valid_from, zone);
  if (values.valid_until !== shown.valid_until) body.valid_until = toInstant(values.valid_until, zone);
  return body;
}

/** What a pass that shall be made again, with another PIN, is made of. @param {Pass} pass */
export const sameAgain = ({ label, valid_from, valid_until, hours, schedule_id, visits_allowed, visits, entrances, unit_id }) => ({
  label, valid_from, valid_until, hours, schedule_id, entrances, unit_id,
  visits_allowed: visits_allowed ? Math.max(1, visits_allowed - visits) : null,
});

/**
 * @param {{ building: Building, pass?: Pass | null, etag?: string | null, onMade?: (made: NewPass) => void, onChanged?: (pass: Pass) => void, onCancel: () => void }} properties
 *   with a `pass` it is changed, else one is made
 */
export function PassForm({ building, pass = null, etag = null, onMade, onChanged, onCancel }) {
  const zone = building.time_zone;
  const units = useAll(`/v1/buildings/${building.id}/units`);
  const entrances = useAll(`/v1/buildings/${building.id}/entrances`);
  const schedules = useAll("/v1/schedules");
  const residents = useAll(pass ? null : `/v1/residents?building=${building.id}`);
  const form = useForm(valuesOf(pass, zone), async (values) => {
    if (pass) return onChanged?.(await patch(`/v1/passes/${pass.id}`, bodyOf(values, pass, zone), etag));
    const is_own = values.who === "resident";
    const made = is_own
      ? await put(`/v1/residents/${chosen(values.resident_id)}/pin`)
      : await post(`/v1/buildings/${building.id}/passes`, bodyOf(values, null, zone));
    return onMade?.(made);
  });
  const { values, set } = form;
  const is_own = values.who === "resident";
  const name_of = (/** @type {any} */ unit) => units.data?.find((one) => one.id === unit)?.name ?? "";
  const people = (residents.data ?? []).map((one) => /** @type {[string, string]} */ ([one.id, `${name_of(one.unit_id)} · ${one.name}`])).sort((a, b) => a[1].localeCompare(b[1], undefined, { numeric: true }));
  const own = html`<${Field} of=${form} name="resident_id" label=${t("whichResident")} type="select" options=${[["", t("choose")], ...people]} hint=${t("ownHint")} required=${true} />`;
  return html`<${Form} of=${form} submit=${pass ? t("save") : is_own ? t("makePin") : t("make")} onCancel=${onCancel}>
    ${!pass && html`<${Choice} of=${form} name="who" legend=${t("who")} options=${[["visitors", t("visitors")], ["resident", t("resident")]]} />`}
    ${is_own
      ? own
      : html`
        <${Field} of=${form} name="label" label=${t("label")} hint=${t("labelHint")} maxlength="100" optional=${true} />
        <${Field} of=${form} name="unit_id" label=${t("unit")} type="select"
          options=${[["", t("everyone")], ...(units.data ?? []).map((unit) => [unit.id, unit.name])]} />
        <div class="columns">
          <${Field} of=${form} name="valid_from" label=${t("from")} type="datetime-local" hint=${t("fromHint", { zone })} optional=${true} />
          <${Field} of=${form} name="valid_until" label=${t("until")} type="datetime-local" hint=${t("untilHint")} optional=${true} />
        </div>
        <${Field} of=${form} name="visits_allowed" label=${t("visits")} type="number" min="1" max="100000" hint=${t("visitsHint")} optional=${true} />
        <${Choice} of=${form} name="when" legend=${t("when")} options=${[["any", t("any")], ["hours", t("hours")], ["schedule", t("schedule")]]}>
          ${values.when === "hours" && html`<${HoursField} value=${values.weekly} onChange=${(/** @type {any} */ rows) => set("weekly", rows)} wrong=${form.wrong.hours} />`}
          ${values.when === "schedule" &&
          (schedules.data?.length === 0
            ? html`<p class="soft">${t("noSchedules")}</p>`
            : html`<${Field} of=${form} name="schedule_id" label=${t("whichSchedule")} type="select"
                options=${[["", t("choose")], ...(schedules.data ?? []).map((one) => [one.id, one.name])]} />`)}
        <//>
        ${(entrances.data?.length ?? 0) > 1 && html`<${Where} of=${form} entrances=${entrances.data ?? []} />`}`}
  <//>`;
}

/** Nobody is a mistake that the API would call "not found". @param {string} id */
function chosen(id) {
  if (id) return id;
  throw new Problem(422, { type: "/problems/invalid", fields: [{ field: "resident_id", message: t("choose") }] });
}

/** @param {{ of: import("../../parts/form.js").Draft, name: string, legend: string, options: [string, string][], children?: any }} properties */
function Choice({ of, name, legend, options, children }) {
  return html`<fieldset>
    <legend>${legend}</legend>
    ${options.map(
      ([value, text]) => html`<label key=${value} class="option">
        <input type="radio" name=${name} value=${value} checked=${of.values[name] === value} onChange=${() => of.set(name, value)} /> ${text}
      </label>`,
    )}
    ${children}
  </fieldset>`;
}

/** @param {{ of: import("../../parts/form.js").Draft, entrances: any[] }} properties none chosen: all */
function Where({ of, entrances }) {
  /** @type {string[]} */
  const chosen = of.values.entrances;
  const flip = (/** @type {string} */ id) => of.set("entrances", chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return html`<fieldset>
    <legend>${t("entrances")}</legend>
    <label class="option"><input type="checkbox" checked=${chosen.length === 0} disabled=${chosen.length === 0} onChange=${() => of.set("entrances", [])} /> ${t("all")}</label>
    ${entrances.map(({ id, name }) => html`<label key=${id} class="option"><input type="checkbox" checked=${chosen.includes(id)} onChange=${() => flip(id)} /> ${name}</label>`)}
    ${of.wrong.entrances && html`<p class="wrong">${of.wrong.entrances}</p>`}
  </fieldset>`;
}

