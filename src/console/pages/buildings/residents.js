// Whoever lives in the firm's buildings: looked for by name or by number.

import { useData, usePages } from "../../app/data.js";
import { phone } from "../../app/format.js";
import { html } from "../../app/html.js";
import { place, usePlaces } from "../../app/places.js";
import { useQuery } from "../../app/router.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Empty } from "../../parts/empty.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead } from "../../parts/page.js";
import { e164 } from "./numbers.js";
import { BuildingPlaces } from "./places.js";
import { ResidentState } from "./resident-state.js";
import { Search } from "./search.js";

/** @typedef {import("../../app/types").Schema<"ResidentView">} Resident */

const t = texts({
  en: {
    title: "Residents", of: "Residents of {building}", intro: "Everybody who is rung, in all your buildings.", buildings: "Buildings", search: "Name or number", hint: "Part of a name, or a whole number like +44 7700 900101.",
    name: "Name", unit: "Unit", building: "Building", numbers: "Numbers", state: "State", none: "Nobody lives here yet", noneHint: "Add residents on the page of their unit, or import a whole list.",
    noneSeen: "A manager of your firm adds residents.", toBuildings: "To the buildings", toUnits: "To the units", import: "Import a list", noMatch: "Nobody is found", noMatchHint: "Try another part of the name, or the whole number with its country code.", all: "Show everybody",
    masked: "Your role sees numbers only in part.", noNumber: "none",
  },
  de: {
    title: "Bewohner", of: "Bewohner von {building}", intro: "Alle, bei denen es klingelt, in allen Ihren Gebäuden.", buildings: "Gebäude", search: "Name oder Nummer", hint: "Ein Teil des Namens oder eine ganze Nummer wie +44 7700 900101.",
    name: "Name", unit: "Wohneinheit", building: "Gebäude", numbers: "Nummern", state: "Zustand", none: "Hier wohnt noch niemand", noneHint: "Fügen Sie Bewohner auf der Seite ihrer Wohneinheit hinzu, oder importieren Sie eine ganze Liste.",
    noneSeen: "Bewohner trägt die Verwaltung Ihrer Firma ein.", toBuildings: "Zu den Gebäuden", toUnits: "Zu den Wohneinheiten", import: "Liste importieren", noMatch: "Niemand gefunden", noMatchHint: "Versuchen Sie einen anderen Teil des Namens oder die ganze Nummer mit Landesvorwahl.", all: "Alle anzeigen",
    masked: "Ihre Rolle sieht Nummern nur zum Teil.", noNumber: "keine",
  },
  fr: {
    title: "Résidents", of: "Résidents de {building}", intro: "Toutes les personnes que l’on appelle, dans tous vos immeubles.", buildings: "Immeubles", search: "Nom ou numéro", hint: "Une partie du nom, ou un numéro entier comme +44 7700 900101.",
    name: "Nom", unit: "Logement", building: "Immeuble", numbers: "Numéros", state: "État", none: "Personne n’habite encore ici", noneHint: "Ajoutez des résidents sur la page de leur logement, ou importez une liste entière.",
    noneSeen: "Un gestionnaire de votre société ajoute les résidents.", toBuildings: "Vers les immeubles", toUnits: "Vers les logements", import: "Importer une liste", noMatch: "Personne n’a été trouvé", noMatchHint: "Essayez une autre partie du nom, ou le numéro entier avec son indicatif.", all: "Afficher tout le monde",
    masked: "Votre rôle ne voit les numéros qu’en partie.", noNumber: "aucun",
  },
});

export default function Residents() {
  const [query, setQuery] = useQuery();
  const wanted = query.get("q") ?? "";
  const building = query.get("building");
  const house = useData(building ? `/v1/buildings/${building}` : null);
  // A number needs a country to be whole: the building's, if one is chosen.
  const number = /^[+\d(][\d\s().\/–-]{4,}$/.test(wanted) ? e164(wanted, house.data?.region) : "";
  const is_number = /^\+[1-9]\d{6,14}$/.test(number);
  const residents = usePages("/v1/residents", { building, ...(is_number ? { number } : { name: wanted }) });
  const name = usePlaces();
  const title = house.data ? t("of", { building: house.data.name }) : t("title");
  const is_filled = wanted !== "" || residents.items.length > 0;
  const ways = building
    ? html`<a class="button" href=${`/buildings/${building}`}>${t("toUnits")}</a><a class="button" href=${`/buildings/${building}/import`}>${t("import")}</a>`
    : html`<a class="button" href="/buildings">${t("toBuildings")}</a>`;
  const empty = wanted
    ? html`<${Empty} title=${t("noMatch")} hint=${t("noMatchHint")}><button class="button" onClick=${() => setQuery({ q: null })}>${t("all")}</button><//>`
    : html`<${Empty} title=${t("none")} hint=${may("manager") ? t("noneHint") : t("noneSeen")}>${may("manager") && ways}<//>`;
  return html`
    <${PageHead} title=${title} intro=${building ? undefined : t("intro")} back=${{ to: "/buildings", text: t("buildings") }} />
    ${building && html`<${BuildingPlaces} id=${building} here="residents" />`}
    ${is_filled && html`<${Search} label=${t("search")} hint=${t("hint")} value=${wanted} onSearch=${(/** @type {string} */ q) => setQuery({ q })} />`}
    <${PagedTable} label=${title} of=${residents} empty=${empty} columns=${[
      { title: t("name"), cell: (/** @type {Resident} */ one) => html`<a href=${`/residents/${one.id}`}>${one.name}</a>` },
      { title: t("unit"), cell: (/** @type {Resident} */ one) => html`<a href=${`/units/${one.unit_id}`}>${name("unit", one.unit_id, one.building_id) ?? "…"}</a>` },
      ...(building ? [] : [{ title: t("building"), cell: (/** @type {Resident} */ one) => html`<a href=${`/buildings/${one.building_id}`}>${name("building", one.building_id) ?? "…"}</a>` }]),
      {
        title: t("numbers"),
        cell: (/** @type {Resident} */ one) => (one.numbers.length === 0 ? html`<span class="soft">${t("noNumber")}</span>` : one.numbers.map((number) => html`<div key=${number} class="nowrap">${phone(number)}</div>`)),
      },
      { title: t("state"), cell: (/** @type {Resident} */ one) => html`<${ResidentState} of=${one} zone=${place("building", one.building_id)?.time_zone ?? "UTC"} />` },
    ]} />
    ${!may("manager") && residents.items.length > 0 && html`<p class="soft small dir-after">${t("masked")}</p>`}`;
}
