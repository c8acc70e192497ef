// The passes of a building: which are good, for whom, until when; and how another is made.

import { html, useMemo, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { useQuery } from "../../app/router.js";
import { useData } from "../../app/data.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Dialog } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/list.js";
import { PageHead, Shown } from "../../parts/page.js";
import { useAll } from "../../parts/whole-list.js";
import { BuildingPlaces, placeOf } from "../buildings/places.js";
import { NewPin } from "./card.js";
import { PassForm } from "./pass-form.js";
import { COLOURS, hoursInWords, spanOf, stateOf, stateWord, visitsOf } from "./validity.js";

const t = texts({
  en: {
    title: "Passes", of: "Passes: {building}", intro: "A pass is a PIN that opens without ringing anybody: for the cleaner on Tuesdays, a courier, a guest.", add: "New pass",
    table: "Passes", label: "What for", own: "own PIN", whose: "For", everyone: "everybody’s visitors", span: "Valid", hours: "When", visits: "Used", state: "State", unnamed: "Without a name",
    show: "Show", valid: "Valid", upcoming: "Not yet", over: "Over", revoked: "Revoked", all: "All", search: "Search",
    none: "No passes yet", noneHint: "Make one for somebody who comes often: they key in its PIN at the door, and nobody is rung.", noneHere: "No pass is like that", noneHereHint: "Choose another filter, or search for something else.",
    unasked: "Nobody is asked for a PIN at these doors yet.", unaskedHint: "A PIN is asked of callers that nobody listed. In the building’s settings, let them give a PIN.", settings: "To the settings",
    first: "The first 2000 passes are shown.",
  },
  de: {
    title: "Zutrittspässe", of: "Zutrittspässe: {building}", intro: "Ein Zutrittspass ist eine PIN, die öffnet, ohne dass jemand angerufen wird: für die Reinigung am Dienstag, einen Kurier, einen Gast.", add: "Neuer Pass",
    table: "Zutrittspässe", label: "Wofür", own: "eigene PIN", whose: "Für", everyone: "jeden Besuch", span: "Gültig", hours: "Wann", visits: "Benutzt", state: "Zustand", unnamed: "Ohne Namen",
    show: "Anzeigen", valid: "Gültig", upcoming: "Noch nicht", over: "Vorbei", revoked: "Widerrufen", all: "Alle", search: "Suchen",
    none: "Noch keine Zutrittspässe", noneHint: "Stellen Sie einen aus für jemanden, der oft kommt: Er gibt die PIN an der Tür ein, und niemand wird angerufen.", noneHere: "Kein Pass passt dazu", noneHereHint: "Wählen Sie einen anderen Filter oder suchen Sie etwas anderes.",
    unasked: "An diesen Türen wird noch niemand nach einer PIN gefragt.", unaskedHint: "Gefragt werden Anrufer, die niemand eingetragen hat. Lassen Sie sie in den Einstellungen des Gebäudes eine PIN eingeben.", settings: "Zu den Einstellungen",
    first: "Die ersten 2000 Pässe werden angezeigt.",
  },
  fr: {
    title: "Laissez-passer", of: "Laissez-passer : {building}", intro: "Un laissez-passer est un code qui ouvre sans appeler personne : pour le ménage du mardi, un livreur, un invité.", add: "Nouveau laissez-passer",
    table: "Laissez-passer", label: "Usage", own: "code personnel", whose: "Pour", everyone: "tous les visiteurs", span: "Validité", hours: "Quand", visits: "Utilisé", state: "État", unnamed: "Sans nom",
    show: "Afficher", valid: "Valables", upcoming: "À venir", over: "Expirés", revoked: "Révoqués", all: "Tous", search: "Rechercher",
    none: "Pas encore de laissez-passer", noneHint: "Créez-en un pour qui vient souvent : cette personne tape son code à la porte, et personne n’est appelé.", noneHere: "Aucun laissez-passer ne correspond", noneHereHint: "Choisissez un autre filtre, ou cherchez autre chose.",
    unasked: "À ces portes, aucun code n’est encore demandé.", unaskedHint: "Le code est demandé aux appelants que personne n’a inscrits. Dans les réglages de l’immeuble, laissez-les donner un code.", settings: "Vers les réglages",
    first: "Les 2000 premiers laissez-passer sont affichés.",
  },
});

const FILTERS = /** @type {const} */ (["valid", "upcoming", "over", "revoked", "all"]);
const MOST = 2000;

/** @param {import("./validity.js").State} state @param {string} filter */
const fits = (state, filter) => filter === "all" || (state === "used" ? "over" : state) === filter;

/** @param {{ params: { id: string } }} properties */
export default function Passes({ params }) {
  const building = useData(`/v1/buildings/${params.id}`);
  return html`<${Shown} page of=${building}>${(/** @type {any} */ found) => html`<${PassesOf} building=${found} />`}<//>`;
}

/** @param {{ building: import("./pass-form.js").Building }} properties */
function PassesOf({ building }) {
  const [query, change] = useQuery();
  const [is_adding, setAdding] = useState(query.get("new") === "yes" && may("manager"));
  const [made, setMade] = useState(/** @type {any} */ (null));
  const passes = useAll(`/v1/buildings/${building.id}/passes`);
  const add = may("manager") && html`<button class="button primary" onClick=${() => setAdding(true)}><${Icon} name="plus" /> ${t("add")}</button>`;
  const is_asked = building.strangers === "pin" || building.withheld === "pin";
  return html`
    <${PageHead} title=${t("of", { building: building.name })} intro=${t("intro")} actions=${add}
      back=${{ to: placeOf(building.id, "overview"), text: building.name }} />
    <${BuildingPlaces} id=${building.id} here="passes" />
    ${!is_asked &&
    html`<div class="note warn"><${Icon} name="warn" /><div>
      <p><strong>${t("unasked")}</strong> ${t("unaskedHint")}</p>
      ${may("manager") && html`<p><a href=${placeOf(building.id, "settings")}>${t("settings")}</a></p>`}
    </div></div>`}
    <${Shown} of=${passes}>
      ${(/** @type {any[]} */ all) =>
        all.length === 0
          ? html`<${Empty} title=${t("none")} hint=${t("noneHint")}>${add}<//>`
          : html`<${Listed} all=${all} building=${building} filter=${query.get("show") ?? "valid"} search=${query.get("q") ?? ""} change=${change} />`}
    <//>
    ${is_adding && html`<${Dialog} title=${t("add")} wide=${true} onClose=${() => setAdding(false)}>
      <${PassForm} building=${building} onCancel=${() => setAdding(false)}
        onMade=${(/** @type {any} */ pass) => { setAdding(false); setMade(pass); passes.reload(); }} />
    <//>`}
    ${made && html`<${NewPin} made=${made} building=${building} onClose=${() => setMade(null)} />`}`;
}

/** @param {{ all: import("./validity.js").Pass[], building: any, filter: string, search: string, change: (changes: Record<string, string>) => void }} properties */
function Listed({ all, building, filter, search, change }) {
  const name = usePlaces();
  const now = Date.now();
  const newest = useMemo(() => [...all].reverse(), [all]);
  const text = search.trim().toLowerCase();
  const holder = (/** @type {import("./validity.js").Pass} */ pass) =>
    pass.resident_id ? name("resident", pass.resident_id) : pass.unit_id ? name("unit", pass.unit_id, building.id) : "";
  const found = newest.filter((pass) => !text || `${pass.label} ${holder(pass) ?? ""}`.toLowerCase().includes(text));
  const shown = found.filter((pass) => fits(stateOf(pass, now), filter));
  const columns = [
    { title: t("label"), cell: (/** @type {any} */ pass) => html`<a href=${`/passes/${pass.id}`}>${pass.resident_id ? t("own") : pass.label || t("unnamed")}</a>` },
    { title: t("whose"), cell: (/** @type {any} */ pass) => holder(pass) || (pass.resident_id || pass.unit_id ? "…" : t("everyone")) },
    { title: t("span"), cell: (/** @type {any} */ pass) => spanOf(pass, building.time_zone) },
    { title: t("hours"), cell: (/** @type {any} */ pass) => (pass.schedule_id ? html`<${Scheduled} id=${pass.schedule_id} />` : hoursInWords(pass.hours)) },
    { title: t("visits"), cell: visitsOf },
    { title: t("state"), cell: (/** @type {any} */ pass) => html`<${Badge} kind=${COLOURS[stateOf(pass, now)]}>${stateWord(stateOf(pass, now))}<//>` },
  ];
  return html`
    <div class="filters">
      <div class="row" role="group" aria-label=${t("show")}>
        ${FILTERS.map(
          (one) => html`<button key=${one} class=${one === filter ? "button small primary" : "button small"} aria-pressed=${one === filter} onClick=${() => change({ show: one })}>
            ${t(one)} (${found.filter((pass) => fits(stateOf(pass, now), one)).length})
          </button>`,
        )}
      </div>
      <div class="field"><input type="search" aria-label=${t("search")} placeholder=${t("search")} value=${search} onInput=${(/** @type {any} */ event) => change({ q: event.currentTarget.value })} /></div>
    </div>
    ${shown.length > 0 ? html`<${Table} label=${t("table")} items=${shown} columns=${columns} />` : html`<${Empty} title=${t("noneHere")} hint=${t("noneHereHint")} />`}
    ${all.length >= MOST && html`<p class="soft">${t("first")}</p>`}`;
}

/** @param {{ id: string }} properties of a schedule */
export function Scheduled({ id }) {
  const schedule = useData(`/v1/schedules/${id}`);
  return html`<a href=${`/schedules/${id}`}>${schedule.data?.name ?? "…"}</a>`;
}
