// One building: what is still missing before a visitor can ring, its doors, its units; and its settings.

import { useData, usePages } from "../../app/data.js";
import { html, useRef } from "../../app/html.js";
import { useQuery } from "../../app/router.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Facts } from "../../parts/facts.js";
import { PageHead, Shown } from "../../parts/page.js";
import { Checklist } from "./checklist.js";
import { Entrances } from "./entrances.js";
import { languageName, regionName } from "./options.js";
import { BuildingPlaces, placeOf } from "./places.js";
import { Settings } from "./settings.js";
import { Units } from "./units.js";
import { strangerWord } from "./words.js";

/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */

const t = texts({
  en: {
    buildings: "Buildings", facts: "At a glance", language: "Language", region: "Country", zone: "Time zone", strangers: "Unknown callers", withheld: "Hidden numbers",
    calls: "Its calls", live: "Live", change: "Change the settings",
  },
  de: {
    buildings: "Gebäude", facts: "Auf einen Blick", language: "Sprache", region: "Land", zone: "Zeitzone", strangers: "Unbekannte Anrufer", withheld: "Unterdrückte Nummern",
    calls: "Anrufe", live: "Live", change: "Einstellungen ändern",
  },
  fr: {
    buildings: "Immeubles", facts: "En bref", language: "Langue", region: "Pays", zone: "Fuseau horaire", strangers: "Appelants inconnus", withheld: "Numéros masqués",
    calls: "Ses appels", live: "En direct", change: "Modifier les réglages",
  },
});

/** @param {{ params: { id: string } }} properties */
export default function BuildingPage({ params: { id } }) {
  const [query] = useQuery();
  const building = useData(`/v1/buildings/${id}`);
  const is_settings = query.get("show") === "settings";
  return html`<${Shown} page of=${building}>${(/** @type {Building} */ shown) => html`
    <${PageHead} title=${shown.name} intro=${shown.address} back=${{ to: "/buildings", text: t("buildings") }}
      actions=${html`<a class="button" href=${`/live?building=${id}`}>${t("live")}</a><a class="button" href=${`/calls?building=${id}`}>${t("calls")}</a>`} />
    <${BuildingPlaces} id=${id} here=${is_settings ? "settings" : "overview"} />
    ${is_settings
      ? html`<${Settings} building=${shown} etag=${building.etag} onSaved=${building.set} />`
      : html`<${Overview} building=${shown} />`}`}
  <//>`;
}

/** @param {{ building: Building }} properties */
function Overview({ building }) {
  const { id } = building;
  const entrances = useData(`/v1/buildings/${id}/entrances?limit=200`);
  const [query] = useQuery();
  const wanted = query.get("unit") ?? "";
  const units = usePages(`/v1/buildings/${id}/units`, { name: wanted });
  // What is there is not what is found: the checklist stays while one searches.
  const there = useRef(/** @type {{ hasUnits?: boolean, firstUnit?: string }} */ ({}));
  if (!units.loading && !units.problem && wanted === "") there.current = { hasUnits: units.items.length > 0, firstUnit: units.items[0]?.id };
  if (units.items.length > 0) there.current = { hasUnits: true, firstUnit: there.current.firstUnit ?? units.items[0]?.id };
  return html`<div class="stack">
    <${Checklist} building=${building} entrances=${entrances.data?.items} ...${there.current} />
    <div class="dir-sides">
      <div class="stack">
        <${Entrances} building=${building} of=${entrances} />
        <${Units} building=${building} of=${units} />
      </div>
      <section class="card" aria-labelledby="facts">
        <h2 id="facts">${t("facts")}</h2>
        <${Facts} of=${[
          [t("language"), languageName(building.language)],
          [t("region"), regionName(building.region)],
          [t("zone"), building.time_zone.replaceAll("_", " ")],
          [t("strangers"), strangerWord(building.strangers)],
          [t("withheld"), strangerWord(building.withheld)],
        ]} />
        ${may("manager") && html`<p class="dir-after"><a href=${placeOf(id, "settings")}>${t("change")}</a></p>`}
      </section>
    </div>
  </div>`;
}
