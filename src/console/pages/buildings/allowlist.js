// A building's allowlist: who may ring at its doors without being a door panel.

import { patch, post, read, remove } from "../../app/api.js";
import { useData, usePages } from "../../app/data.js";
import { phone } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Confirm, Dialog } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Field, Form, entries, useForm } from "../../parts/form.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead, Shown } from "../../parts/page.js";
import { toast, toastProblem } from "../../parts/toast.js";
import { e164 } from "./numbers.js";
import { BuildingPlaces } from "./places.js";

const t = texts({
  en: {
    title: "Allowlist", intro: "These numbers may ring at every door of this building, as its door panels may: couriers, staff, residents’ own phones. Other callers go by the building’s rule for strangers. A block is stronger than this list.",
    add: "Add a number", addMany: "Add many", edit: "Edit", remove: "Remove", number: "Number", numberHint: "With its country code: +44 1632 960 001", label: "Whose it is", labelHint: "For you and your colleagues: “Parcel courier”.", actions: "Actions",
    empty: "Nobody is on the allowlist", emptyHint: "Add whoever should ring without standing at a panel: a courier’s dispatch, the caretaker, a resident who opens for guests by phone.", emptyViewer: "Managers of your firm can add numbers here.",
    save: "Save", added: "{number} may ring now.", addedMany: { one: "{n} number may ring now.", other: "{n} numbers may ring now." }, saved: "Saved.", removed: "{number} is off the list.", removeTitle: "Remove {number}?", removeText: "From then on this number is a stranger here, unless a door panel has it.",
    many: "One number a line; its owner may follow after a comma", manyHint: "+44 1632 960 001, Parcel courier", unnamed: "no name", editOf: "Edit {number}", removeOf: "Remove {number}",
  },
  de: {
    title: "Erlaubnisliste", intro: "Diese Nummern dürfen an jeder Tür dieses Gebäudes klingeln, wie die Türstationen selbst: Kuriere, Personal, eigene Telefone der Bewohner. Für andere Anrufer gilt die Regel des Gebäudes für Fremde. Eine Sperre geht dieser Liste vor.",
    add: "Nummer hinzufügen", addMany: "Viele hinzufügen", edit: "Bearbeiten", remove: "Entfernen", number: "Nummer", numberHint: "Mit Landesvorwahl: +44 1632 960 001", label: "Wem sie gehört", labelHint: "Für Sie und Ihre Kollegen: „Paketdienst“.", actions: "Aktionen",
    empty: "Niemand steht auf der Erlaubnisliste", emptyHint: "Fügen Sie hinzu, wer klingeln soll, ohne an der Türstation zu stehen: den Paketdienst, den Hausmeister, eine Bewohnerin, die Gästen per Telefon öffnet.", emptyViewer: "Verwalter Ihrer Firma können hier Nummern hinzufügen.",
    save: "Speichern", added: "{number} darf jetzt klingeln.", addedMany: { one: "{n} Nummer darf jetzt klingeln.", other: "{n} Nummern dürfen jetzt klingeln." }, saved: "Gespeichert.", removed: "{number} steht nicht mehr auf der Liste.", removeTitle: "{number} entfernen?", removeText: "Danach ist diese Nummer hier fremd, es sei denn, sie gehört einer Türstation.",
    many: "Eine Nummer je Zeile; nach einem Komma, wem sie gehört", manyHint: "+44 1632 960 001, Paketdienst", unnamed: "ohne Namen", editOf: "{number} bearbeiten", removeOf: "{number} entfernen",
  },
  fr: {
    title: "Liste autorisée", intro: "Ces numéros peuvent sonner à toutes les portes de cet immeuble, comme ses platines : coursiers, personnel, téléphones des résidents. Les autres appelants suivent la règle de l’immeuble pour les inconnus. Un blocage l’emporte sur cette liste.",
    add: "Ajouter un numéro", addMany: "En ajouter plusieurs", edit: "Modifier", remove: "Retirer", number: "Numéro", numberHint: "Avec l’indicatif du pays : +44 1632 960 001", label: "À qui il est", labelHint: "Pour vous et vos collègues : « Coursier ».", actions: "Actions",
    empty: "Personne n’est sur la liste autorisée", emptyHint: "Ajoutez ceux qui doivent sonner sans être devant une platine : un coursier, le gardien, un résident qui ouvre à ses invités par téléphone.", emptyViewer: "Les gestionnaires de votre société peuvent ajouter des numéros ici.",
    save: "Enregistrer", added: "Le {number} peut sonner maintenant.", addedMany: { one: "{n} numéro peut sonner maintenant.", other: "{n} numéros peuvent sonner maintenant." }, saved: "Enregistré.", removed: "Le {number} n’est plus sur la liste.", removeTitle: "Retirer le {number} ?", removeText: "Ce numéro sera alors un inconnu ici, sauf s’il est celui d’une platine.",
    many: "Un numéro par ligne ; son propriétaire peut suivre après une virgule", manyHint: "+44 1632 960 001, Coursier", unnamed: "sans nom", editOf: "Modifier le {number}", removeOf: "Retirer le {number}",
  },
});

/** @typedef {import("../../app/types").Schema<"AllowlistEntryView">} Entry */

/** @param {string} line `number, label` @param {string} region */
function entryOf(line, region) {
  const [number = "", ...label] = line.split(/[,;\t]/);
  return { number: e164(number, region), label: label.join(",").trim() };
}

/** @param {{ building: { id: string, region: string }, onDone: () => void, onClose: () => void }} properties */
function Many({ building, onDone, onClose }) {
  const draft = useForm({ items: [] }, async ({ items }) => {
    const body = entries(items).map((line) => entryOf(line, building.region));
    await post(`/v1/buildings/${building.id}/allowlist-entries/bulk`, { items: body });
    toast(t("addedMany", { n: body.length }));
    onDone();
    onClose();
  });
  return html`<${Dialog} title=${t("addMany")} onClose=${onClose}>
    <${Form} of=${draft} submit=${t("save")} onCancel=${onClose}>
      <${Field} of=${draft} name="items" label=${t("many")} hint=${t("manyHint")} type="lines" rows=${8} />
    <//>
  <//>`;
}

/** @param {{ building: { id: string, region: string }, of: { data: Entry, etag: string | null } | null, onDone: () => void, onClose: () => void }} properties `of`: the one that is changed; a new one if there is none */
function One({ building, of, onDone, onClose }) {
  const draft = useForm({ number: of?.data.number ?? "", label: of?.data.label ?? "" }, async (values) => {
    const body = { number: e164(values.number, building.region), label: values.label.trim() };
    if (of) await patch(`/v1/allowlist-entries/${of.data.id}`, body, of.etag);
    else await post(`/v1/buildings/${building.id}/allowlist-entries`, body);
    toast(of ? t("saved") : t("added", { number: phone(body.number) }));
    onDone();
    onClose();
  });
  return html`<${Dialog} title=${of ? t("editOf", { number: phone(of.data.number) }) : t("add")} onClose=${onClose}>
    <${Form} of=${draft} submit=${t("save")} onCancel=${onClose}>
      <${Field} of=${draft} name="number" label=${t("number")} hint=${t("numberHint")} type="tel" autocomplete="off" required />
      <${Field} of=${draft} name="label" label=${t("label")} hint=${t("labelHint")} optional maxlength="100" />
    <//>
  <//>`;
}

/** @param {{ params: { id: string } }} properties */
export default function Allowlist({ params: { id } }) {
  const building = useData(`/v1/buildings/${id}`);
  const list = usePages(building.data && `/v1/buildings/${id}/allowlist-entries`);
  const [open, setOpen] = useState(/** @type {{ what: "one" | "many" | "remove", of?: any } | null} */ (null));
  const close = () => setOpen(null);
  const edit = async (/** @type {Entry} */ entry) => {
    try {
      setOpen({ what: "one", of: await read(`/v1/allowlist-entries/${entry.id}`) });
    } catch (problem) {
      toastProblem(problem);
      list.reload();
    }
  };
  const buttons = may("manager") && html`
    <button class="button" onClick=${() => setOpen({ what: "many" })}>${t("addMany")}</button>
    <button class="button primary" onClick=${() => setOpen({ what: "one", of: null })}>${t("add")}</button>`;
  return html`<${Shown} page of=${building}>${(/** @type {any} */ building) => html`
    <${PageHead} title=${t("title")} intro=${t("intro")} back=${{ to: `/buildings/${id}`, text: building.name }} actions=${list.items.length > 0 && buttons} />
    <${BuildingPlaces} id=${id} here="allowlist" />
    <${PagedTable} label=${t("title")} of=${list}
      empty=${html`<${Empty} title=${t("empty")} hint=${may("manager") ? t("emptyHint") : t("emptyViewer")}>${buttons}<//>`}
      columns=${[
        { title: t("number"), class: "nowrap", cell: (/** @type {Entry} */ entry) => phone(entry.number) },
        { title: t("label"), cell: (/** @type {Entry} */ entry) => entry.label || html`<span class="soft">${t("unnamed")}</span>` },
        ...(may("manager")
          ? [{
              title: t("actions"),
              cell: (/** @type {Entry} */ entry) => html`<div class="row end">
                <button class="button small" aria-label=${t("editOf", { number: phone(entry.number) })} onClick=${() => void edit(entry)}>${t("edit")}</button>
                <button class="button small" aria-label=${t("removeOf", { number: phone(entry.number) })} onClick=${() => setOpen({ what: "remove", of: entry })}>${t("remove")}</button>
              </div>`,
            }]
          : []),
      ]} />
    ${open?.what === "one" && html`<${One} building=${building} of=${open.of} onDone=${list.reload} onClose=${close} />`}
    ${open?.what === "many" && html`<${Many} building=${building} onDone=${list.reload} onClose=${close} />`}
    ${open?.what === "remove" && html`<${Confirm} title=${t("removeTitle", { number: phone(open.of.number) })} yes=${t("remove")} onClose=${close}
      onYes=${async () => {
        await remove(`/v1/allowlist-entries/${open.of.id}`);
        toast(t("removed", { number: phone(open.of.number) }));
        list.reload();
      }}><p>${t("removeText")}</p><//>`}
  `}<//>`;
}
