// The doors of a building: listed, and added.

import { post } from "../../app/api.js";
import { html } from "../../app/html.js";
import { navigate, useQuery } from "../../app/router.js";
import { may } from "../../app/session.js";
import { phone } from "../../app/format.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Dialog } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/list.js";
import { Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { numbersOf } from "./numbers.js";

/** @typedef {import("../../app/types").Schema<"EntranceView">} Entrance */
/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */

const t = texts({
  en: {
    title: "Entrances", add: "Add an entrance", name: "Name", nameHint: "Residents hear it: “Visitor at Front door”.", numbers: "Panel’s numbers",
    numbersHint: "The numbers from which the panel at this door calls, one a line. They can be entered later.", opens: "Opens with", noNumber: "No number yet",
    none: "No entrance yet", noneHint: "An entrance is a door with its panel: visitors ring there, and residents open it.", noneSeen: "A manager of your firm adds entrances.",
    added: "{name} is added.", example: "Front door",
  },
  de: {
    title: "Eingänge", add: "Eingang hinzufügen", name: "Name", nameHint: "Bewohner hören ihn: „Besuch an Haustür“.", numbers: "Nummern der Klingelanlage",
    numbersHint: "Die Nummern, von denen die Anlage an dieser Tür anruft, eine je Zeile. Sie können auch später eingetragen werden.", opens: "Öffnet mit", noNumber: "Noch keine Nummer",
    none: "Noch kein Eingang", noneHint: "Ein Eingang ist eine Tür mit ihrer Klingelanlage: Dort klingeln Besucher, und Bewohner öffnen.", noneSeen: "Eingänge legt die Verwaltung Ihrer Firma an.",
    added: "{name} ist hinzugefügt.", example: "Haustür",
  },
  fr: {
    title: "Entrées", add: "Ajouter une entrée", name: "Nom", nameHint: "Les résidents l’entendent : « Visiteur à Porte principale ».", numbers: "Numéros de la platine",
    numbersHint: "Les numéros depuis lesquels la platine de cette porte appelle, un par ligne. Vous pourrez les saisir plus tard.", opens: "Ouvre avec", noNumber: "Pas encore de numéro",
    none: "Aucune entrée pour l’instant", noneHint: "Une entrée est une porte avec sa platine : les visiteurs y sonnent et les résidents l’ouvrent.", noneSeen: "Un gestionnaire de votre société ajoute les entrées.",
    added: "{name} est ajouté.", example: "Porte principale",
  },
});

/** @param {{ building: Building, of: import("../../app/data.js").Loaded }} properties */
export function Entrances({ building, of }) {
  const [query, setQuery] = useQuery();
  const add = may("manager") && html`<button class="button" onClick=${() => setQuery({ add: "entrance" })}><${Icon} name="plus" /> ${t("add")}</button>`;
  return html`<div>
    <div class="row between dir-head"><h2 id="entrances">${t("title")}</h2>${of.data?.items.length > 0 && add}</div>
    <${Shown} of=${of}>${(/** @type {{ items: Entrance[] }} */ { items }) =>
      items.length === 0
        ? html`<${Empty} title=${t("none")} hint=${may("manager") ? t("noneHint") : t("noneSeen")}>${add}<//>`
        : html`<${Table} label=${t("title")} items=${items} columns=${[
            { title: t("name"), cell: (/** @type {Entrance} */ door) => html`<a href=${`/entrances/${door.id}`}>${door.name}</a>` },
            {
              title: t("numbers"),
              cell: (/** @type {Entrance} */ door) => (door.panel_numbers.length > 0 ? door.panel_numbers.map(phone).join(", ") : html`<${Badge} kind="busy">${t("noNumber")}<//>`),
            },
            { title: t("opens"), cell: (/** @type {Entrance} */ door) => html`<span class="mono">${/** @type {any} */ (door.panel)?.open_digits ?? "9"}</span>` },
          ]} />`}
    <//>
    ${query.get("add") === "entrance" && may("manager") && html`<${AddEntrance} building=${building} onClose=${() => setQuery({ add: null })} />`}
  </div>`;
}

/** @param {{ building: Building, onClose: () => void }} properties */
function AddEntrance({ building, onClose }) {
  const draft = useForm({ name: "", panel_numbers: [] }, async ({ name, panel_numbers }) => {
    const entrance = await post(`/v1/buildings/${building.id}/entrances`, { name, panel_numbers: numbersOf(panel_numbers, building.region) });
    toast(t("added", { name: entrance.name }));
    navigate(`/entrances/${entrance.id}`);
  });
  return html`<${Dialog} title=${t("add")} onClose=${onClose}>
    <${Form} of=${draft} submit=${t("add")} onCancel=${onClose}>
      <${Field} of=${draft} name="name" label=${t("name")} hint=${t("nameHint")} placeholder=${t("example")} maxlength="100" required />
      <${Field} of=${draft} name="panel_numbers" type="lines" label=${t("numbers")} hint=${t("numbersHint")} rows="2" optional inputmode="tel" />
    <//>
  <//>`;
}
