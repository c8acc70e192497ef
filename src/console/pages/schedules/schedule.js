// One shared schedule, and the way to change it.

import { post, remove } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { html, useState } from "../../app/html.js";
import { navigate } from "../../app/router.js";
import { mayForAll } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Confirm } from "../../parts/dialog.js";
import { EditForm, useEdit } from "../../parts/edit.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { needs } from "../../parts/needs.js";
import { PageHead, Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { HoursEditor } from "./hours-editor.js";
import { scheduleWords } from "./words.js";

const t = texts({
  en: {
    schedules: "Schedules", fresh: "New schedule", name: "Name", nameHint: "What others look for: “Delivery hours”.", create: "Add schedule",
    created: "The schedule was added.", delete: "Delete", deleteTitle: "Delete “{name}”?",
    deleteText: "It can not be taken back. A schedule that a flow, a pass or a resident’s quiet hours use is not deleted: choose other hours there first.",
    deleted: "The schedule was deleted.", readOnly: "Only managers of all buildings change schedules.", now: "In words", hours: "Hours",
  },
  de: {
    schedules: "Zeitpläne", fresh: "Neuer Zeitplan", name: "Name", nameHint: "Wonach andere suchen: „Lieferzeiten“.", create: "Zeitplan hinzufügen",
    created: "Der Zeitplan wurde hinzugefügt.", delete: "Löschen", deleteTitle: "„{name}“ löschen?",
    deleteText: "Das lässt sich nicht rückgängig machen. Ein Zeitplan, den ein Ablauf, ein Zutrittspass oder Ruhezeiten nutzen, wird nicht gelöscht: Wählen Sie dort zuerst andere Zeiten.",
    deleted: "Der Zeitplan wurde gelöscht.", readOnly: "Zeitpläne ändert nur, wer alle Gebäude verwaltet.", now: "In Worten", hours: "Zeiten",
  },
  fr: {
    schedules: "Horaires", fresh: "Nouvel horaire", name: "Nom", nameHint: "Ce que d’autres chercheront : « Heures de livraison ».", create: "Ajouter l’horaire",
    created: "L’horaire a été ajouté.", delete: "Supprimer", deleteTitle: "Supprimer « {name} » ?",
    deleteText: "C’est définitif. Un horaire qu’utilisent un scénario, un laissez-passer ou des heures de repos n’est pas supprimé : choisissez-y d’abord d’autres heures.",
    deleted: "L’horaire a été supprimé.", readOnly: "Seuls les gestionnaires de tous les immeubles modifient les horaires.", now: "En clair", hours: "Heures",
  },
});

const back = { to: "/schedules", text: t("schedules") };

/** @param {{ params: { id: string } }} properties */
export default function Schedule({ params }) {
  return params.id === "new" ? html`<${Fresh} />` : html`<${Known} key=${params.id} id=${params.id} />`;
}

/** @param {Record<string, any>} values */
function body({ name, hours }) {
  needs({ name }, "name");
  return { name, hours };
}

function Fresh() {
  const form = useForm({ name: "", hours: { weekly: [], dates: [] } }, async (values) => {
    const { id } = await post("/v1/schedules", body(values));
    toast(t("created"));
    navigate(`/schedules/${id}`, { replace: true });
  });
  return html`<${PageHead} title=${t("fresh")} back=${back} />
    <${Form} of=${form} submit=${t("create")}><${Fields} of=${form} /><//>`;
}

/** @param {{ id: string }} properties */
function Known({ id }) {
  const loaded = useData(`/v1/schedules/${id}`);
  return html`<${Shown} page of=${loaded}>
    ${(/** @type {any} */ schedule) => mayForAll("manager")
      ? html`<${Edited} schedule=${schedule} etag=${loaded.etag} onSaved=${loaded.set} />`
      : html`<${PageHead} title=${schedule.name} intro=${t("readOnly")} back=${back} />
          <${HoursEditor} value=${schedule.hours} readOnly />`}
  <//>`;
}

/** @param {{ schedule: import("../../app/types").Schema<"ScheduleView">, etag: string | null, onSaved: (schedule: any) => void }} properties */
function Edited({ schedule, etag, onSaved }) {
  const [is_asking, setAsking] = useState(false);
  const path = `/v1/schedules/${schedule.id}`;
  const form = useEdit({ path, thing: schedule, etag, values: ({ name, hours }) => ({ name, hours }), body, onSaved });
  return html`
    <${PageHead} title=${schedule.name} back=${back} actions=${html`<button type="button" class="button" onClick=${() => setAsking(true)}>${t("delete")}</button>`} />
    <${EditForm} of=${form} labels=${{ name: t("name"), hours: t("hours") }}><${Fields} of=${form} /><//>
    ${is_asking && html`<${Confirm} title=${t("deleteTitle", { name: schedule.name })} yes=${t("delete")} onClose=${() => setAsking(false)} onYes=${async () => {
      await remove(path);
      toast(t("deleted"));
      navigate("/schedules");
    }}><p>${t("deleteText")}</p><//>`}`;
}

/** @param {{ of: import("../../parts/form.js").Draft }} properties */
function Fields({ of }) {
  return html`
    <div class="card hours-name"><${Field} of=${of} name="name" label=${t("name")} hint=${t("nameHint")} maxlength="100" /></div>
    <section class="card">
      <div class="row between"><h2>${t("hours")}</h2><p class="hours-words"><span class="visually-hidden">${t("now")}: </span>${scheduleWords(of.values.hours)}</p></div>
      <${HoursEditor} value=${of.values.hours} wrong=${of.wrong.hours} onChange=${(/** @type {any} */ hours) => of.set("hours", hours)} />
    </section>`;
}
