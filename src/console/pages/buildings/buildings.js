// The buildings of the firm, or those that its reader looks after.

import { post } from "../../app/api.js";
import { usePages } from "../../app/data.js";
import { html, useState } from "../../app/html.js";
import { navigate, useQuery } from "../../app/router.js";
import { mayForAll, user } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { languageOptions, likely, regionName, regionOptions, zoneOptions } from "./options.js";
import { Search } from "./search.js";

/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */

const t = texts({
  en: {
    title: "Buildings", intro: "Each with its doors, its units and who lives in them.", someOnly: "You see the buildings that you look after.",
    residents: "Find a resident", add: "Add a building", search: "Name of the building", name: "Name", nameHint: "What people call it.", address: "Address", zone: "Time zone",
    language: "Language at its doors", languageHint: "What visitors and residents hear.", region: "Country", regionHint: "How numbers without a country code are read.",
    none: "No building yet", noneHint: "A building has doors with their panels, and units with residents. Add the first one; a checklist leads you on from there.",
    noneForYou: "An administrator of your firm adds buildings and says which ones you look after.",
    noMatch: "No building is called that", noMatchHint: "Try another part of its name, or see them all.", all: "All buildings", added: "{name} is added.",
  },
  de: {
    title: "Gebäude", intro: "Jedes mit seinen Türen, seinen Wohneinheiten und denen, die darin wohnen.", someOnly: "Sie sehen die Gebäude, die Sie betreuen.",
    residents: "Bewohner suchen", add: "Gebäude hinzufügen", search: "Name des Gebäudes", name: "Name", nameHint: "So, wie man es nennt.", address: "Adresse", zone: "Zeitzone",
    language: "Sprache an den Türen", languageHint: "Was Besucher und Bewohner hören.", region: "Land", regionHint: "So werden Nummern ohne Landesvorwahl gelesen.",
    none: "Noch kein Gebäude", noneHint: "Ein Gebäude hat Türen mit Klingelanlagen und Wohneinheiten mit Bewohnern. Fügen Sie das erste hinzu; eine Liste führt Sie von dort weiter.",
    noneForYou: "Die Administration Ihrer Firma legt Gebäude an und bestimmt, welche Sie betreuen.",
    noMatch: "Kein Gebäude heißt so", noMatchHint: "Versuchen Sie einen anderen Teil des Namens, oder sehen Sie sich alle an.", all: "Alle Gebäude", added: "{name} ist hinzugefügt.",
  },
  fr: {
    title: "Immeubles", intro: "Chacun avec ses portes, ses logements et leurs résidents.", someOnly: "Vous voyez les immeubles dont vous vous occupez.",
    residents: "Chercher un résident", add: "Ajouter un immeuble", search: "Nom de l’immeuble", name: "Nom", nameHint: "Celui que tout le monde emploie.", address: "Adresse", zone: "Fuseau horaire",
    language: "Langue aux portes", languageHint: "Ce qu’entendent visiteurs et résidents.", region: "Pays", regionHint: "Pour lire les numéros sans indicatif de pays.",
    none: "Aucun immeuble pour l’instant", noneHint: "Un immeuble a des portes avec leurs platines, et des logements avec des résidents. Ajoutez le premier ; une liste vous guidera ensuite.",
    noneForYou: "L’administration de votre société ajoute les immeubles et décide desquels vous vous occupez.",
    noMatch: "Aucun immeuble ne porte ce nom", noMatchHint: "Essayez une autre partie du nom, ou affichez-les tous.", all: "Tous les immeubles", added: "{name} est ajouté.",
  },
});

export default function Buildings() {
  const [query, setQuery] = useQuery();
  const name = query.get("name") ?? "";
  const buildings = usePages("/v1/buildings", { name });
  const [is_adding, setAdding] = useState(false);
  const add = mayForAll("manager") && html`<button class="button primary" onClick=${() => setAdding(true)}><${Icon} name="plus" /> ${t("add")}</button>`;
  const empty = name
    ? html`<${Empty} title=${t("noMatch")} hint=${t("noMatchHint")}><button class="button" onClick=${() => setQuery({ name: null })}>${t("all")}</button><//>`
    : html`<${Empty} title=${t("none")} hint=${add ? t("noneHint") : t("noneForYou")}>${add}<//>`;
  const is_filled = name !== "" || buildings.items.length > 0;
  return html`
    <${PageHead} title=${t("title")} intro=${user()?.buildings ? t("someOnly") : t("intro")}
      actions=${html`<a class="button" href="/residents"><${Icon} name="search" /> ${t("residents")}</a>${is_filled && add}`} />
    ${is_filled && html`<${Search} label=${t("search")} value=${name} onSearch=${(/** @type {string} */ name) => setQuery({ name })} />`}
    <${PagedTable} label=${t("title")} of=${buildings} empty=${empty}
      columns=${[
        { title: t("name"), cell: (/** @type {Building} */ building) => html`<a href=${`/buildings/${building.id}`}>${building.name}</a>` },
        { title: t("address"), cell: (/** @type {Building} */ building) => building.address },
        { title: t("region"), cell: (/** @type {Building} */ building) => regionName(building.region) },
        { title: t("zone"), cell: (/** @type {Building} */ building) => building.time_zone.replaceAll("_", " ") },
      ]} />
    ${is_adding && html`<${AddBuilding} onClose=${() => setAdding(false)} />`}`;
}

/** @param {{ onClose: () => void }} properties */
function AddBuilding({ onClose }) {
  const draft = useForm({ name: "", address: "", ...likely() }, async (values) => {
    const building = await post("/v1/buildings", { ...values, address: values.address.trim() });
    toast(t("added", { name: building.name }));
    navigate(`/buildings/${building.id}`);
  });
  return html`<${Dialog} title=${t("add")} onClose=${onClose}>
    <${Form} of=${draft} submit=${t("add")} onCancel=${onClose}>
      <${Field} of=${draft} name="name" label=${t("name")} hint=${t("nameHint")} maxlength="100" required />
      <${Field} of=${draft} name="address" label=${t("address")} optional maxlength="300" autocomplete="off" />
      <${Field} of=${draft} name="language" type="select" label=${t("language")} hint=${t("languageHint")} options=${languageOptions(draft.values.language)} />
      <${Field} of=${draft} name="region" type="select" label=${t("region")} hint=${t("regionHint")} options=${regionOptions(draft.values.region)} />
      <${Field} of=${draft} name="time_zone" type="select" label=${t("zone")} options=${zoneOptions(draft.values.time_zone)} />
    <//>
  <//>`;
}
