// The units of a building: listed, looked for, added one by one or a whole floor at once.

import { all, post } from "../../app/api.js";
import { html, useEffect, useState } from "../../app/html.js";
import { navigate, useQuery } from "../../app/router.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Dialog } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Field, Form, orNull, useForm } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { PagedTable } from "../../parts/list.js";
import { toast } from "../../parts/toast.js";
import { MOST_AT_ONCE, unitsFrom } from "./ranges.js";
import { Search } from "./search.js";

/** @typedef {import("../../app/types").Schema<"UnitView">} Unit */
/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */

const t = texts({
  en: {
    title: "Units", add: "Add a unit", addMany: "Add many", search: "Name of the unit", name: "Name", nameHint: "What people call it. Visitors hear it: “Calling unit 1204”.",
    code: "Code", codeHint: "What a visitor keys in where one line serves many units: 1 to 10 digits.", noCode: "none", flow: "Rings", own: "Its own flow", shared: "A shared flow", inherited: "as its door and building say",
    none: "No unit yet", noneHint: "A unit is a flat or an office with the people who are rung. Add one, or a whole floor at once: 101–124.", noneSeen: "A manager of your firm adds units.",
    noMatch: "No unit is called that", noMatchHint: "Try another part of its name, or see them all.", all: "All units", added: "{name} is added.",
    which: "Which units", whichHint: "Ranges and names, separated by commas or lines: “101–124, 201–224, Office”.",
    codes: "Their numbers are also their codes", preview: { one: "One unit: {list}", other: "{n} units: {list}" },
    there: { one: "One is there already and is left out.", other: "{n} are there already and are left out." }, tooMany: "At most {n} at once. Add the others afterwards.",
    nothing: "Nothing to add yet.", addN: { one: "Add one unit", other: "Add {n} units" }, addedN: { one: "One unit is added.", other: "{n} units are added." },
  },
  de: {
    title: "Wohneinheiten", add: "Wohneinheit hinzufügen", addMany: "Mehrere hinzufügen", search: "Name der Wohneinheit", name: "Name", nameHint: "So, wie man sie nennt. Besucher hören: „Wohnung 1204 wird gerufen.“",
    code: "Code", codeHint: "Was ein Besucher eintippt, wenn eine Leitung für mehrere Wohneinheiten da ist: 1 bis 10 Ziffern.", noCode: "keiner", flow: "Klingelablauf", own: "Eigener Ablauf", shared: "Gemeinsamer Ablauf", inherited: "wie Tür und Gebäude es sagen",
    none: "Noch keine Wohneinheit", noneHint: "Eine Wohneinheit ist eine Wohnung oder ein Büro mit den Menschen, bei denen es klingelt. Fügen Sie eine hinzu, oder gleich ein ganzes Stockwerk: 101–124.", noneSeen: "Wohneinheiten legt die Verwaltung Ihrer Firma an.",
    noMatch: "Keine Wohneinheit heißt so", noMatchHint: "Versuchen Sie einen anderen Teil des Namens, oder sehen Sie sich alle an.", all: "Alle Wohneinheiten", added: "{name} ist hinzugefügt.",
    which: "Welche Wohneinheiten", whichHint: "Bereiche und Namen, durch Kommas oder Zeilen getrennt: „101–124, 201–224, Büro“.",
    codes: "Ihre Nummern sind auch ihre Codes", preview: { one: "Eine Wohneinheit: {list}", other: "{n} Wohneinheiten: {list}" },
    there: { one: "Eine gibt es schon; sie wird ausgelassen.", other: "{n} gibt es schon; sie werden ausgelassen." }, tooMany: "Höchstens {n} auf einmal. Fügen Sie die übrigen danach hinzu.",
    nothing: "Noch nichts hinzuzufügen.", addN: { one: "Eine Wohneinheit hinzufügen", other: "{n} Wohneinheiten hinzufügen" }, addedN: { one: "Eine Wohneinheit ist hinzugefügt.", other: "{n} Wohneinheiten sind hinzugefügt." },
  },
  fr: {
    title: "Logements", add: "Ajouter un logement", addMany: "En ajouter plusieurs", search: "Nom du logement", name: "Nom", nameHint: "Celui que tout le monde emploie ; il est annoncé aux visiteurs.",
    code: "Code", codeHint: "Ce que saisit un visiteur lorsqu’une ligne dessert plusieurs logements : 1 à 10 chiffres.", noCode: "aucun", flow: "Scénario", own: "Son propre scénario", shared: "Un scénario partagé", inherited: "comme le disent la porte et l’immeuble",
    none: "Aucun logement pour l’instant", noneHint: "Un logement est un appartement ou un bureau avec les personnes chez qui l’on sonne. Ajoutez-en un, ou tout un étage à la fois : 101–124.", noneSeen: "Un gestionnaire de votre société ajoute les logements.",
    noMatch: "Aucun logement ne porte ce nom", noMatchHint: "Essayez une autre partie du nom, ou affichez-les tous.", all: "Tous les logements", added: "{name} est ajouté.",
    which: "Quels logements", whichHint: "Plages et noms, séparés par des virgules ou des lignes : « 101–124, 201–224, Bureau ».",
    codes: "Leurs numéros servent aussi de codes", preview: { one: "Un logement : {list}", other: "{n} logements : {list}" },
    there: { one: "Un existe déjà et est laissé de côté.", other: "{n} existent déjà et sont laissés de côté." }, tooMany: "Au plus {n} à la fois. Ajoutez les autres ensuite.",
    nothing: "Rien à ajouter pour l’instant.", addN: { one: "Ajouter un logement", other: "Ajouter {n} logements" }, addedN: { one: "Un logement est ajouté.", other: "{n} logements sont ajoutés." },
  },
});

/** @param {{ building: Building, of: ReturnType<typeof import("../../app/data.js").usePages> }} properties */
export function Units({ building, of }) {
  const [query, setQuery] = useQuery();
  const wanted = query.get("unit") ?? "";
  const adding = may("manager") ? query.get("add") : null;
  const close = () => setQuery({ add: null });
  const is_filled = wanted !== "" || of.items.length > 0;
  const buttons = may("manager") && html`<button class="button" onClick=${() => setQuery({ add: "unit" })}><${Icon} name="plus" /> ${t("add")}</button><button class="button" onClick=${() => setQuery({ add: "units" })}>${t("addMany")}</button>`;
  const empty = wanted
    ? html`<${Empty} title=${t("noMatch")} hint=${t("noMatchHint")}><button class="button" onClick=${() => setQuery({ unit: null })}>${t("all")}</button><//>`
    : html`<${Empty} title=${t("none")} hint=${may("manager") ? t("noneHint") : t("noneSeen")}>${buttons}<//>`;
  return html`<div>
    <div class="row between dir-head"><h2 id="units">${t("title")}</h2>${is_filled && html`<div class="row">${buttons}</div>`}</div>
    ${is_filled && html`<${Search} label=${t("search")} value=${wanted} onSearch=${(/** @type {string} */ unit) => setQuery({ unit })} />`}
    <${PagedTable} label=${t("title")} of=${of} empty=${empty} columns=${[
      { title: t("name"), cell: (/** @type {Unit} */ unit) => html`<a href=${`/units/${unit.id}`}>${unit.name}</a>` },
      { title: t("code"), cell: (/** @type {Unit} */ unit) => (unit.code ? html`<span class="mono">${unit.code}</span>` : html`<span class="soft">${t("noCode")}</span>`) },
      {
        title: t("flow"),
        cell: (/** @type {Unit} */ unit) =>
          unit.flow ? html`<${Badge} kind="info">${t("own")}<//>` : unit.flow_id ? html`<${Badge} kind="info">${t("shared")}<//>` : html`<span class="soft">${t("inherited")}</span>`,
      },
    ]} />
    ${adding === "unit" && html`<${AddUnit} building=${building} onClose=${close} />`}
    ${adding === "units" && html`<${AddUnits} building=${building} onClose=${close} onAdded=${of.reload} />`}
  </div>`;
}

/** @param {{ building: Building, onClose: () => void }} properties */
function AddUnit({ building, onClose }) {
  const draft = useForm({ name: "", code: "" }, async ({ name, code }) => {
    const unit = await post(`/v1/buildings/${building.id}/units`, { name, code: orNull(code.trim()) });
    toast(t("added", { name: unit.name }));
    navigate(`/units/${unit.id}`);
  });
  return html`<${Dialog} title=${t("add")} onClose=${onClose}>
    <${Form} of=${draft} submit=${t("add")} onCancel=${onClose}>
      <${Field} of=${draft} name="name" label=${t("name")} hint=${t("nameHint")} maxlength="100" required />
      <${Field} of=${draft} name="code" label=${t("code")} hint=${t("codeHint")} optional maxlength="10" inputmode="numeric" autocomplete="off" />
    <//>
  <//>`;
}

/** @param {{ building: Building, onClose: () => void, onAdded: () => void }} properties */
function AddUnits({ building, onClose, onAdded }) {
  const [there, setThere] = useState(/** @type {Unit[]} */ ([]));
  useEffect(() => {
    const asked = new AbortController();
    // Whatever is not known to be there yet, the API refuses.
    all(`/v1/buildings/${building.id}/units`, {}, asked.signal, 20_000).then(setThere, () => undefined);
    return () => asked.abort();
  }, [building.id]);
  const fresh = (/** @type {Record<string, any>} */ { which, codes }) => {
    const wanted = unitsFrom(which, codes);
    const names = new Set(there.map((unit) => unit.name));
    const taken = new Set(there.map((unit) => unit.code).filter(Boolean));
    return { wanted, items: wanted.filter((unit) => !names.has(unit.name) && !taken.has(unit.code)) };
  };
  const draft = useForm({ which: "", codes: true }, async (values) => {
    const { items } = fresh(values);
    await post(`/v1/buildings/${building.id}/units/bulk`, { items });
    toast(t("addedN", { n: items.length }));
    onAdded();
    onClose();
  });
  const { wanted, items } = fresh(draft.values);
  const is_too_many = items.length > MOST_AT_ONCE;
  const list = items.length > 6 ? [...items.slice(0, 3), { name: "…" }, ...items.slice(-2)] : items;
  const skipped = wanted.length - items.length;
  return html`<${Dialog} title=${t("addMany")} onClose=${onClose}>
    <${Form} of=${{ ...draft, busy: draft.busy || items.length === 0 || is_too_many }} submit=${items.length > 0 ? t("addN", { n: items.length }) : t("addMany")} onCancel=${onClose}>
      <${Field} of=${draft} name="which" type="area" label=${t("which")} hint=${t("whichHint")} rows="4" />
      <${Field} of=${draft} name="codes" type="check" label=${t("codes")} hint=${t("codeHint")} />
      <div class="soft" aria-live="polite">
        <p>${is_too_many ? t("tooMany", { n: MOST_AT_ONCE }) : items.length > 0 ? t("preview", { n: items.length, list: list.map((unit) => unit.name).join(", ") }) : t("nothing")}</p>
        ${skipped > 0 && html`<p>${t("there", { n: skipped })}</p>`}
      </div>
    <//>
  <//>`;
}
