// The flows that buildings, entrances and units share.

import { all } from "../../app/api.js";
import { usePages } from "../../app/data.js";
import { html, useEffect, useState } from "../../app/html.js";
import { mayForAll } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Empty } from "../../parts/empty.js";
import { Icon } from "../../parts/icon.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead } from "../../parts/page.js";
import { FlowPlaces } from "./places.js";
import { endSentence, groupSentence } from "./words.js";

const t = texts({
  en: {
    title: "Flows", intro: "Who rings first, who next, and what happens if nobody accepts. A flow that stands here can be shared by buildings, entrances and units.",
    add: "Add a flow", name: "Name", does: "What it does", used: "Used by", buildings: { one: "{n} building", other: "{n} buildings" }, none: "no building",
    empty: "No shared flows yet", emptyHint: "Without one, everyone of a unit rings together for 25 seconds. Add a flow to ring in order, at certain hours, or the concierge last.",
    emptyViewer: "Without one, everyone of a unit rings together for 25 seconds.",
  },
  de: {
    title: "Klingelabläufe", intro: "Bei wem es zuerst klingelt, bei wem danach, und was geschieht, wenn niemand annimmt. Ein Ablauf von hier kann für Gebäude, Eingänge und Wohneinheiten gelten.",
    add: "Ablauf hinzufügen", name: "Name", does: "Was er tut", used: "Gilt für", buildings: { one: "{n} Gebäude", other: "{n} Gebäude" }, none: "kein Gebäude",
    empty: "Noch keine gemeinsamen Abläufe", emptyHint: "Ohne Ablauf klingelt es 25 Sekunden lang bei allen in der Wohneinheit. Legen Sie einen an, damit es der Reihe nach klingelt, zu bestimmten Zeiten oder zuletzt beim Concierge.",
    emptyViewer: "Ohne Ablauf klingelt es 25 Sekunden lang bei allen in der Wohneinheit.",
  },
  fr: {
    title: "Scénarios d’appel", intro: "Qui sonne d’abord, qui ensuite, et ce qui se passe si personne n’accepte. Un scénario créé ici peut servir à des immeubles, des entrées et des logements.",
    add: "Ajouter un scénario", name: "Nom", does: "Ce qu’il fait", used: "Utilisé par", buildings: { one: "{n} immeuble", other: "{n} immeubles" }, none: "aucun immeuble",
    empty: "Pas encore de scénario partagé", emptyHint: "Sans scénario, tous les résidents d’un logement sonnent ensemble pendant 25 secondes. Ajoutez-en un pour sonner dans l’ordre, à certaines heures, ou le concierge en dernier.",
    emptyViewer: "Sans scénario, tous les résidents d’un logement sonnent ensemble pendant 25 secondes.",
  },
});

/** How many buildings ring by each flow, and what schedules are called: beside the list, which does not wait for them. */
function useAround() {
  const [uses, setUses] = useState(/** @type {Map<string, number> | null} */ (null));
  const [schedules, setSchedules] = useState(/** @type {Map<string, string> | undefined} */ (undefined));
  useEffect(() => {
    all("/v1/buildings").then((buildings) => {
      const uses = new Map();
      for (const { flow_id } of buildings) if (flow_id) uses.set(flow_id, (uses.get(flow_id) ?? 0) + 1);
      setUses(uses);
    }, () => null);
    all("/v1/schedules").then((found) => setSchedules(new Map(found.map(({ id, name }) => [id, name]))), () => null);
  }, []);
  return { uses, schedules };
}

export default function Flows() {
  const flows = usePages("/v1/flows");
  const { uses, schedules } = useAround();
  const add = mayForAll("manager") && html`<a class="button primary" href="/flows/new"><${Icon} name="plus" /> ${t("add")}</a>`;
  const used = (/** @type {string} */ id) => {
    if (!uses) return "";
    const n = uses.get(id) ?? 0;
    return n > 0 ? t("buildings", { n }) : html`<span class="soft">${t("none")}</span>`;
  };
  return html`
    <${PageHead} title=${t("title")} intro=${t("intro")} actions=${flows.items.length > 0 && add} />
    <${FlowPlaces} here="/flows" />
    <${PagedTable} label=${t("title")} of=${flows}
      columns=${[
        { title: t("name"), cell: (/** @type {any} */ flow) => html`<a href=${`/flows/${flow.id}`}>${flow.name}</a>` },
        {
          title: t("does"),
          cell: (/** @type {any} */ { flow }) => html`<ol class="flow-steps">
            ${flow.groups.map((/** @type {any} */ group, /** @type {number} */ n) => html`<li key=${n}>${groupSentence(group, { schedules })}</li>`)}
            <li class="soft">${endSentence(flow)}</li>
          </ol>`,
        },
        { title: t("used"), class: "nowrap", cell: (/** @type {any} */ flow) => used(flow.id) },
      ]}
      empty=${html`<${Empty} title=${t("empty")} hint=${add ? t("emptyHint") : t("emptyViewer")}>${add}<//>`} />`;
}
