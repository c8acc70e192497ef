// One shared flow: what it does, who rings by it, and the way to change it.

import { all, post, remove } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { html, useEffect, useState } from "../../app/html.js";
import { navigate } from "../../app/router.js";
import { mayForAll } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Confirm } from "../../parts/dialog.js";
import { EditForm, useEdit } from "../../parts/edit.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { needs, refuse } from "../../parts/needs.js";
import { PageHead, Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { FlowEditor, usualFlow } from "./editor.js";
import { wrongIn } from "./words.js";

const t = texts({
  en: {
    flows: "Flows", groups: "Groups", fresh: "New flow", intro: "Groups ring one after the other until somebody accepts.", name: "Name", nameHint: "So that others find it: “Family first, then concierge”.",
    create: "Add flow", created: "The flow was added. Choose it for a building, an entrance or a unit.",
    delete: "Delete", deleteTitle: "Delete “{name}”?", deleteText: "It can not be taken back. A flow that a building, an entrance or a unit rings by is not deleted: give them another flow first.",
    deleted: "The flow was deleted.", uses: "Who rings by it", usesNone: "No building or entrance does yet. Choose it in a building’s, an entrance’s or a unit’s settings.",
    usesMore: "Units that chose it themselves are not listed here.", entrance: "{entrance}, {building}",
    readOnly: "Only managers of all buildings change shared flows.",
  },
  de: {
    flows: "Klingelabläufe", groups: "Gruppen", fresh: "Neuer Ablauf", intro: "Eine Gruppe nach der anderen klingelt, bis jemand annimmt.", name: "Name", nameHint: "Damit andere ihn finden: „Erst die Familie, dann der Concierge“.",
    create: "Ablauf hinzufügen", created: "Der Ablauf wurde hinzugefügt. Wählen Sie ihn für ein Gebäude, einen Eingang oder eine Wohneinheit.",
    delete: "Löschen", deleteTitle: "„{name}“ löschen?", deleteText: "Das lässt sich nicht rückgängig machen. Ein Ablauf, der für ein Gebäude, einen Eingang oder eine Wohneinheit gilt, wird nicht gelöscht: Wählen Sie dort zuerst einen anderen.",
    deleted: "Der Ablauf wurde gelöscht.", uses: "Wofür er gilt", usesNone: "Noch für kein Gebäude und keinen Eingang. Wählen Sie ihn in den Einstellungen eines Gebäudes, eines Eingangs oder einer Wohneinheit.",
    usesMore: "Wohneinheiten, die ihn selbst gewählt haben, stehen hier nicht.", entrance: "{entrance}, {building}",
    readOnly: "Gemeinsame Abläufe ändert nur, wer alle Gebäude verwaltet.",
  },
  fr: {
    flows: "Scénarios d’appel", groups: "Groupes", fresh: "Nouveau scénario", intro: "Les groupes sonnent l’un après l’autre jusqu’à ce que quelqu’un accepte.", name: "Nom", nameHint: "Pour que d’autres le trouvent : « La famille d’abord, puis le concierge ».",
    create: "Ajouter le scénario", created: "Le scénario a été ajouté. Choisissez-le pour un immeuble, une entrée ou un logement.",
    delete: "Supprimer", deleteTitle: "Supprimer « {name} » ?", deleteText: "C’est définitif. Un scénario qui sert à un immeuble, une entrée ou un logement n’est pas supprimé : donnez-leur d’abord un autre scénario.",
    deleted: "Le scénario a été supprimé.", uses: "À quoi il sert", usesNone: "À aucun immeuble ni entrée pour l’instant. Choisissez-le dans les réglages d’un immeuble, d’une entrée ou d’un logement.",
    usesMore: "Les logements qui l’ont choisi eux-mêmes ne figurent pas ici.", entrance: "{entrance}, {building}",
    readOnly: "Seuls les gestionnaires de tous les immeubles modifient les scénarios partagés.",
  },
});

/** More buildings than this are not asked for their entrances one by one. */
const ASKED_MAX = 40;

/** @param {{ params: { id: string } }} properties */
export default function Flow({ params }) {
  return params.id === "new" ? html`<${Fresh} />` : html`<${Known} key=${params.id} id=${params.id} />`;
}

const back = { to: "/flows", text: t("flows") };

/** What is sent; what is plainly wrong is not, and the groups say so. @param {Record<string, any>} values */
function body({ name, flow }) {
  needs({ name }, "name");
  refuse(Object.fromEntries(Object.entries(wrongIn(flow)).map(([place, text]) => [`flow.${place}`, text])));
  return { name, flow };
}

function Fresh() {
  const form = useForm({ name: "", flow: usualFlow() }, async (values) => {
    const { id } = await post("/v1/flows", body(values));
    toast(t("created"));
    navigate(`/flows/${id}`, { replace: true });
  });
  return html`<${PageHead} title=${t("fresh")} intro=${t("intro")} back=${back} />
    <${Form} of=${form} submit=${t("create")}><${Fields} of=${form} /><//>`;
}

/** @param {{ id: string }} properties */
function Known({ id }) {
  const loaded = useData(`/v1/flows/${id}`);
  return html`<${Shown} page of=${loaded}>
    ${(/** @type {any} */ flow) => html`
      ${mayForAll("manager")
        ? html`<${Edited} flow=${flow} etag=${loaded.etag} onSaved=${loaded.set} />`
        : html`<${PageHead} title=${flow.name} intro=${t("readOnly")} back=${back} />
            <${FlowEditor} value=${flow.flow} readOnly />`}
      <${Uses} id=${id} />`}
  <//>`;
}

/** @param {{ flow: import("../../app/types").Schema<"FlowView">, etag: string | null, onSaved: (flow: any) => void }} properties */
function Edited({ flow, etag, onSaved }) {
  const [is_asking, setAsking] = useState(false);
  const path = `/v1/flows/${flow.id}`;
  const form = useEdit({ path, thing: flow, etag, values: ({ name, flow }) => ({ name, flow }), body, onSaved });
  return html`
    <${PageHead} title=${flow.name} intro=${t("intro")} back=${back}
      actions=${html`<button type="button" class="button" onClick=${() => setAsking(true)}>${t("delete")}</button>`} />
    <${EditForm} of=${form} labels=${{ name: t("name"), flow: t("groups") }}><${Fields} of=${form} /><//>
    ${is_asking && html`<${Confirm} title=${t("deleteTitle", { name: flow.name })} yes=${t("delete")} onClose=${() => setAsking(false)} onYes=${async () => {
      await remove(path);
      toast(t("deleted"));
      navigate("/flows");
    }}><p>${t("deleteText")}</p><//>`}`;
}

/** @param {{ of: import("../../parts/form.js").Draft }} properties */
function Fields({ of }) {
  return html`
    <div class="card flow-name"><${Field} of=${of} name="name" label=${t("name")} hint=${t("nameHint")} maxlength="100" /></div>
    <${FlowEditor} value=${of.values.flow} wrong=${of.wrong} onChange=${(/** @type {any} */ flow) => of.set("flow", flow)} />`;
}

/** @param {{ id: string }} properties */
function Uses({ id }) {
  const [uses, setUses] = useState(/** @type {{ to: string, text: string }[] | null} */ (null));
  useEffect(() => {
    const ask = async () => {
      const buildings = await all("/v1/buildings");
      const asked = buildings.length > ASKED_MAX ? [] : buildings;
      const entrances = await Promise.all(asked.map((building) => all(`/v1/buildings/${building.id}/entrances`)));
      setUses([
        ...buildings.filter((building) => building.flow_id === id).map(({ id, name }) => ({ to: `/buildings/${id}`, text: name })),
        ...asked.flatMap((building, n) => (entrances[n] ?? []).filter((entrance) => entrance.flow_id === id)
          .map((entrance) => ({ to: `/entrances/${entrance.id}`, text: t("entrance", { entrance: entrance.name, building: building.name }) }))),
      ]);
    };
    ask().catch(() => setUses(null));
  }, [id]);
  if (!uses) return null;
  return html`<section class="card flow-uses">
    <h2>${t("uses")}</h2>
    ${uses.length === 0 ? html`<p>${t("usesNone")}</p>` : html`<ul>${uses.map(({ to, text }) => html`<li key=${to}><a href=${to}>${text}</a></li>`)}</ul>`}
    <p class="small soft">${t("usesMore")}</p>
  </section>`;
}
