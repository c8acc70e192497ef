// The schedules that flows, passes and quiet hours share.

import { usePages } from "../../app/data.js";
import { html } from "../../app/html.js";
import { mayForAll } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Empty } from "../../parts/empty.js";
import { Icon } from "../../parts/icon.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead } from "../../parts/page.js";
import { FlowPlaces } from "../flows/places.js";
import { scheduleWords } from "./words.js";

const t = texts({
  en: {
    title: "Schedules", intro: "Weekly hours and special dates, made once and used by flows, passes and residents’ quiet hours.", add: "Add a schedule", name: "Name", when: "When it holds",
    empty: "No schedules yet", emptyHint: "Make one for delivery hours, for the concierge’s shift or for quiet nights, then choose it where hours are asked for.",
    emptyViewer: "Managers of all buildings make them here: delivery hours, the concierge’s shift, quiet nights.",
  },
  de: {
    title: "Zeitpläne", intro: "Wochenzeiten und besondere Tage, einmal angelegt und genutzt von Abläufen, Zutrittspässen und Ruhezeiten der Bewohner.", add: "Zeitplan hinzufügen", name: "Name", when: "Wann er gilt",
    empty: "Noch keine Zeitpläne", emptyHint: "Legen Sie einen an für Lieferzeiten, die Schicht des Concierge oder ruhige Nächte, und wählen Sie ihn dort, wo nach Zeiten gefragt wird.",
    emptyViewer: "Wer alle Gebäude verwaltet, legt sie hier an: Lieferzeiten, die Schicht des Concierge, ruhige Nächte.",
  },
  fr: {
    title: "Horaires", intro: "Heures hebdomadaires et dates particulières, créées une fois et utilisées par les scénarios, les laissez-passer et les heures de repos des résidents.", add: "Ajouter un horaire", name: "Nom", when: "Quand il vaut",
    empty: "Pas encore d’horaire", emptyHint: "Créez-en un pour les livraisons, le service du concierge ou les nuits calmes, puis choisissez-le là où des heures sont demandées.",
    emptyViewer: "Les gestionnaires de tous les immeubles les créent ici : livraisons, service du concierge, nuits calmes.",
  },
});

export default function Schedules() {
  const schedules = usePages("/v1/schedules");
  const add = mayForAll("manager") && html`<a class="button primary" href="/schedules/new"><${Icon} name="plus" /> ${t("add")}</a>`;
  return html`
    <${PageHead} title=${t("title")} intro=${t("intro")} actions=${schedules.items.length > 0 && add} />
    <${FlowPlaces} here="/schedules" />
    <${PagedTable} label=${t("title")} of=${schedules}
      columns=${[
        { title: t("name"), cell: (/** @type {any} */ schedule) => html`<a href=${`/schedules/${schedule.id}`}>${schedule.name}</a>` },
        { title: t("when"), cell: (/** @type {any} */ schedule) => scheduleWords(schedule.hours) },
      ]}
      empty=${html`<${Empty} title=${t("empty")} hint=${add ? t("emptyHint") : t("emptyViewer")}>${add}<//>`} />`;
}
