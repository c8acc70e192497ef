// What can be set of one group: who rings, how, for how long, when, and what counts as yes and no.

import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Field, numberOrNull } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { HoursEditor } from "../schedules/hours-editor.js";
import { moved } from "./reorder.js";
import { GAP_SECONDS, gapOf, MEMBERS_MAX, namedIn, RING_SECONDS } from "./words.js";

const t = texts({
  en: {
    members: "Who rings", all_residents: "Everyone of the unit", residents: "Chosen residents", concierge: "The building’s concierge",
    start: "How", together: "All at once", spaced: "One after the other", gap: "Seconds between them", ring: "Ring for (seconds)",
    ringHint: "Usually 25. Most mailboxes pick up after 20 to 30.", accept: "What counts as accepting", key: "A key press (safest: no mailbox presses one)",
    detect: "Picking up, if it is a person", none: "Picking up", on_decline: "If someone refuses", leave_me_out: "The others go on ringing",
    next_group: "This group is over, the next one rings", stop_all: "Nobody else is rung", hours: "When it rings", any: "At any time",
    shared: "During a schedule", own: "At hours of its own", schedule: "Schedule", choose: "Choose …", noSchedules: "There are no schedules yet.",
    makeSchedule: "Make one", addResident: "Add a resident", chosen: "Who was chosen, in their order", noResidents: "Nobody lives in this unit yet.",
    sharedResidents: "A shared flow rings the residents of whichever unit is visited: choose residents in the unit’s own flow.",
    up: "Move {name} up", down: "Move {name} down", remove: "Take {name} out", someone: "a resident who is not here any more",
  },
  de: {
    members: "Bei wem es klingelt", all_residents: "Bei allen in der Wohneinheit", residents: "Bei ausgewählten Bewohnern", concierge: "Beim Concierge des Gebäudes",
    start: "Wie", together: "Bei allen gleichzeitig", spaced: "Nacheinander", gap: "Sekunden dazwischen", ring: "Klingeldauer (Sekunden)",
    ringHint: "Üblich sind 25. Die meisten Mailboxen gehen nach 20 bis 30 Sekunden dran.", accept: "Was als Annehmen zählt", key: "Ein Tastendruck (am sichersten: keine Mailbox drückt eine)",
    detect: "Abheben, wenn es ein Mensch ist", none: "Abheben", on_decline: "Wenn jemand ablehnt", leave_me_out: "Bei den anderen klingelt es weiter",
    next_group: "Diese Gruppe ist vorbei, die nächste klingelt", stop_all: "Es klingelt bei niemandem mehr", hours: "Wann sie klingelt", any: "Jederzeit",
    shared: "Während eines Zeitplans", own: "Zu eigenen Zeiten", schedule: "Zeitplan", choose: "Wählen …", noSchedules: "Es gibt noch keine Zeitpläne.",
    makeSchedule: "Einen anlegen", addResident: "Bewohner hinzufügen", chosen: "Ausgewählte Bewohner, in ihrer Reihenfolge", noResidents: "In dieser Wohneinheit wohnt noch niemand.",
    sharedResidents: "Ein gemeinsamer Ablauf klingelt bei den Bewohnern der jeweils besuchten Wohneinheit: Einzelne wählen Sie im eigenen Ablauf der Wohneinheit.",
    up: "{name} nach oben", down: "{name} nach unten", remove: "{name} herausnehmen", someone: "ein Bewohner, der nicht mehr da ist",
  },
  fr: {
    members: "Qui sonne", all_residents: "Tous les résidents du logement", residents: "Des résidents choisis", concierge: "Le concierge de l’immeuble",
    start: "Comment", together: "Tous en même temps", spaced: "L’un après l’autre", gap: "Secondes d’intervalle", ring: "Durée de sonnerie (secondes)",
    ringHint: "D’ordinaire 25. La plupart des répondeurs décrochent après 20 à 30 secondes.", accept: "Ce qui vaut acceptation", key: "Une touche (le plus sûr : aucun répondeur n’en presse)",
    detect: "Décrocher, si c’est une personne", none: "Décrocher", on_decline: "Si quelqu’un refuse", leave_me_out: "Les autres continuent de sonner",
    next_group: "Ce groupe est terminé, le suivant sonne", stop_all: "Plus personne n’est appelé", hours: "Quand il sonne", any: "À toute heure",
    shared: "Pendant un horaire", own: "À ses propres heures", schedule: "Horaire", choose: "Choisir …", noSchedules: "Il n’y a pas encore d’horaire.",
    makeSchedule: "En créer un", addResident: "Ajouter un résident", chosen: "Résidents choisis, dans leur ordre", noResidents: "Personne n’habite encore ce logement.",
    sharedResidents: "Un scénario partagé fait sonner les résidents du logement visité : choisissez des résidents dans le scénario propre au logement.",
    up: "Monter {name}", down: "Descendre {name}", remove: "Retirer {name}", someone: "un résident qui n’est plus là",
  },
});

/** @typedef {import("./words.js").Group} Group */

/** @param {Group} group */
const membersKind = (group) => (typeof group.members === "object" ? "residents" : group.members);
/** @param {Group} group */
const hoursKind = (group) => (!group.hours ? "any" : "schedule_id" in group.hours ? "shared" : "own");

/**
 * @param {{ value: Group, onChange: (group: Group) => void, wrong: Record<string, string>, residents: { id: string, name: string }[] | null,
 *   known: import("./words.js").Known & { shared: { id: string, name: string }[] } }} properties
 */
export function GroupFields({ value, onChange, wrong, residents, known }) {
  const { hours, ...rest } = value;
  const gap = gapOf(value);
  const schedule = hours && "schedule_id" in hours ? hours.schedule_id : "";
  /** @type {any} */
  const of = {
    values: {
      members: membersKind(value), start: gap === null ? "together" : "spaced", gap: gap || "", ring_seconds: value.ring_seconds ?? "",
      accept: value.accept ?? "key", on_decline: value.on_decline ?? "leave_me_out", hours: hoursKind(value), schedule,
    },
    wrong: { ...wrong, gap: wrong.start, schedule: wrong.hours },
    set: (/** @type {string} */ name, /** @type {any} */ chosen) => {
      /** @type {Record<string, () => Group>} */
      const changes = {
        members: () => ({ ...value, members: chosen === "residents" ? { residents: (residents ?? []).slice(0, MEMBERS_MAX).map(({ id }) => id) } : chosen }),
        start: () => ({ ...value, start: chosen === "spaced" ? { spaced: { seconds: GAP_SECONDS } } : chosen }),
        gap: () => ({ ...value, start: { spaced: { seconds: Math.round(Number(chosen)) || 0 } } }),
        ring_seconds: () => ({ ...value, ring_seconds: numberOrNull(chosen) }),
        schedule: () => ({ ...value, hours: { schedule_id: chosen } }),
        hours: () => {
          if (chosen === "any") return rest;
          return { ...value, hours: chosen === "own" ? { weekly: [], dates: [] } : { schedule_id: known.shared[0]?.id ?? "" } };
        },
      };
      onChange((changes[name] ?? (() => ({ ...value, [name]: chosen })))());
    },
  };
  const options = (/** @type {("all_residents" | "residents" | "concierge" | "together" | "spaced" | "key" | "detect" | "none" | "leave_me_out" | "next_group" | "stop_all" | "any" | "shared" | "own")[]} */ ...names) =>
    names.map((name) => [name, t(name)]);
  const has_residents = residents !== null || membersKind(value) === "residents";
  const members = has_residents ? options("all_residents", "residents", "concierge") : options("all_residents", "concierge");
  return html`<div class="flow-fields">
    <div class="columns">
      <${Field} of=${of} name="members" label=${t("members")} type="select" options=${members} data-focus="members"
        hint=${residents === null && value.members === "all_residents" ? t("sharedResidents") : undefined} />
      <${Field} of=${of} name="ring_seconds" label=${t("ring")} type="number" min="5" max="120" inputmode="numeric" placeholder=${RING_SECONDS} hint=${t("ringHint")} />
    </div>
    ${membersKind(value) === "residents" && html`<${Chosen} value=${namedIn(value)} residents=${residents ?? []} names=${known.residents ?? new Map()} wrong=${wrong.members}
      onChange=${(/** @type {string[]} */ ids) => onChange({ ...value, members: { residents: ids } })} />`}
    <div class="columns">
      ${value.members !== "concierge" && html`<${Field} of=${of} name="start" label=${t("start")} type="select" options=${options("together", "spaced")} />`}
      ${gap !== null && html`<${Field} of=${of} name="gap" label=${t("gap")} type="number" min="1" max="60" inputmode="numeric" />`}
      <${Field} of=${of} name="accept" label=${t("accept")} type="select" options=${options("key", "detect", "none")} />
      <${Field} of=${of} name="on_decline" label=${t("on_decline")} type="select" options=${options("leave_me_out", "next_group", "stop_all")} />
      <${Field} of=${of} name="hours" label=${t("hours")} type="select" options=${options("any", "shared", "own")} />
      ${of.values.hours === "shared" && html`<${Field} of=${of} name="schedule" label=${t("schedule")} type="select"
        options=${[["", t("choose")], ...known.shared.map(({ id, name }) => [id, name])]}
        hint=${known.shared.length === 0 && html`${t("noSchedules")} <a href="/schedules/new">${t("makeSchedule")}</a>`} />`}
    </div>
    ${hours && !("schedule_id" in hours) && html`<${HoursEditor} value=${hours} onChange=${(/** @type {any} */ next) => onChange({ ...value, hours: next })} />`}
  </div>`;
}

/** @param {{ value: string[], onChange: (ids: string[]) => void, residents: { id: string, name: string }[], names: Map<string, string>, wrong?: string }} properties */
function Chosen({ value, onChange, residents, names, wrong }) {
  const others = residents.filter(({ id }) => !value.includes(id));
  const button = (/** @type {"up" | "down" | "remove"} */ act, /** @type {string} */ name, /** @type {boolean} */ disabled, /** @type {() => void} */ go) =>
    html`<button type="button" class="bare" aria-label=${t(act, { name })} disabled=${disabled} onClick=${go}><${Icon} name=${act} /></button>`;
  /** @type {any} */
  const of = { values: { add: "" }, wrong: {}, set: (/** @type {string} */ _, /** @type {string} */ id) => id && onChange([...value, id]) };
  return html`<div class="flow-chosen">
    <ol aria-label=${t("chosen")}>
      ${value.map((id, n) => {
        const name = names.get(id) ?? t("someone");
        return html`<li key=${id}><span class="row between"><span>${name}</span><span>
          ${button("up", name, n === 0, () => onChange(moved(value, n, n - 1)))}
          ${button("down", name, n === value.length - 1, () => onChange(moved(value, n, n + 1)))}
          ${button("remove", name, false, () => onChange(value.filter((other) => other !== id)))}
        </span></span></li>`;
      })}
    </ol>
    ${wrong && html`<p class="wrong">${wrong}</p>`}
    ${residents.length === 0 && html`<p class="small soft">${t("noResidents")}</p>`}
    ${others.length > 0 && value.length < MEMBERS_MAX && html`<${Field} of=${of} name="add" label=${t("addResident")} type="select"
      options=${[["", t("choose")], ...others.map(({ id, name }) => [id, name])]} />`}
  </div>`;
}
