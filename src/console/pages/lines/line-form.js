// A line: its number, whose account it is at, and where it leads.

import { patch, post } from "../../app/api.js";
import { html } from "../../app/html.js";
import { isKnownHere, registerLine } from "../../app/simulator.js";
import { texts } from "../../app/texts.js";
import { Field, Form, orNull, useForm } from "../../parts/form.js";
import { toastProblem } from "../../parts/toast.js";
import { useAll } from "../../parts/whole-list.js";
import { carrier } from "./places.js";

const t = texts({
  en: {
    connection: "Connection", choose: "Choose …", number: "Number", numberHint: "As the carrier has it, with the country: +441632960100.", building: "Building", leads: "Where does it lead?", entrance: "To an entrance: the panel calls it", unit: "To a unit: its residents are rung", stream: "To audio services", streamHint: "Nobody is rung: whoever calls gives a PIN, and talks to your stream backends.",
    watched: "Nowhere: it is only watched", watchedHint: "The carrier puts its calls through; here you see how they fare.", whichEntrance: "Entrance", whichUnit: "Unit", noEntrance: "This building has no entrance yet.", addEntrance: "Add one first", add: "Add the line", save: "Save",
  },
  de: {
    connection: "Anbieterkonto", choose: "Bitte wählen …", number: "Nummer", numberHint: "Wie der Anbieter sie hat, mit Ländervorwahl: +441632960100.", building: "Gebäude", leads: "Wohin führt sie?", entrance: "Zu einem Eingang: Die Sprechanlage ruft sie an", unit: "Zu einer Wohneinheit: Deren Bewohner werden angerufen", stream: "Zu Audiodiensten", streamHint: "Niemand wird angerufen: Wer anruft, gibt eine PIN ein und spricht mit Ihren Audiodiensten.",
    watched: "Nirgendwohin: Sie wird nur beobachtet", watchedHint: "Der Anbieter stellt die Anrufe durch; hier sehen Sie, wie es ihnen ergeht.", whichEntrance: "Eingang", whichUnit: "Wohneinheit", noEntrance: "Dieses Gebäude hat noch keinen Eingang.", addEntrance: "Legen Sie zuerst einen an", add: "Leitung hinzufügen", save: "Speichern",
  },
  fr: {
    connection: "Compte opérateur", choose: "Choisir …", number: "Numéro", numberHint: "Comme l’opérateur l’écrit, avec l’indicatif : +441632960100.", building: "Immeuble", leads: "Où mène-t-elle ?", entrance: "À une entrée : l’interphone l’appelle", unit: "À un logement : ses résidents sont appelés", stream: "À des services audio", streamHint: "Personne n’est appelé : l’appelant donne un code et parle à vos services audio.",
    watched: "Nulle part : elle est seulement observée", watchedHint: "L’opérateur achemine les appels ; vous voyez ici ce qu’ils deviennent.", whichEntrance: "Entrée", whichUnit: "Logement", noEntrance: "Cet immeuble n’a pas encore d’entrée.", addEntrance: "Ajoutez-en une d’abord", add: "Ajouter la ligne", save: "Enregistrer",
  },
});

/** @typedef {import("../../app/types").Schema<"LineView">} Line */

/** @param {Line} line */
export const leadsTo = (line) => (line.is_watched ? "watched" : line.leads_to_stream ? "stream" : line.unit_id ? "unit" : "entrance");

/** @param {Record<string, any>} values */
const bodyOf = ({ connection_id, building_id, number, leads, entrance_id, unit_id }) => ({
  connection_id: orNull(connection_id),
  building_id: orNull(building_id),
  number: number.replace(/[\s()./-]/g, "").replace(/^00/, "+"),
  entrance_id: leads === "entrance" ? orNull(entrance_id) : null,
  unit_id: leads === "unit" ? orNull(unit_id) : null,
  leads_to_stream: leads === "stream",
  is_watched: leads === "watched",
});

/** What was chosen in one building is not there in another. @param {any[] | null} there @param {string} id */
const inBuilding = (there, id) => (there && !there.some((one) => one.id === id) ? "" : id);

/**
 * @param {{ line?: Line | null, etag?: string | null, connection?: string, building?: string, onDone: (line: Line) => void, onCancel: () => void }} properties
 *   with a `line` it is changed, else one is added
 */
export function LineForm({ line = null, etag = null, connection = "", building = "", onDone, onCancel }) {
  const connections = useAll("/v1/connections");
  const buildings = useAll("/v1/buildings");
  const backends = useAll("/v1/stream-backends");
  const first = {
    connection_id: line?.connection_id ?? connection,
    building_id: line?.building_id ?? building,
    number: line?.number ?? "",
    leads: line ? leadsTo(line) : "entrance",
    entrance_id: line?.entrance_id ?? "",
    unit_id: line?.unit_id ?? "",
  };
  const form = useForm(first, async (values) => {
    const body = bodyOf(only(values));
    const saved = line ? await patch(`/v1/lines/${line.id}`, body, etag) : await post("/v1/lines", body);
    const at = connections.data?.find((one) => one.id === saved.connection_id);
    // The line is there, whether the simulated carrier hears of it or not: its page says how to tell it again.
    if (at && isKnownHere(at.id)) await registerLine(at).catch(toastProblem);
    onDone(saved);
  });
  /** What there is just one of is chosen already. @param {Record<string, any>} values */
  const only = (values) => ({
    ...values,
    connection_id: values.connection_id || (connections.data?.length === 1 ? connections.data[0].id : ""),
    building_id: values.building_id || (buildings.data?.length === 1 ? buildings.data[0].id : ""),
    entrance_id: inBuilding(entrances.data, values.entrance_id) || (entrances.data?.length === 1 ? entrances.data[0].id : ""),
    unit_id: inBuilding(units.data, values.unit_id),
  });
  const at_building = form.values.building_id || (buildings.data?.length === 1 ? buildings.data[0].id : "");
  const entrances = useAll(at_building ? `/v1/buildings/${at_building}/entrances` : null);
  const units = useAll(at_building && form.values.leads === "unit" ? `/v1/buildings/${at_building}/units` : null);
  const shown = { ...form, values: only(form.values) };
  const provider = connections.data?.find((one) => one.id === shown.values.connection_id)?.provider;
  /** @type {[string, string][]} */
  const ways = [["entrance", t("entrance")], ["unit", t("unit")]];
  if ((backends.data?.length ?? 0) > 0 || line?.leads_to_stream) ways.push(["stream", t("stream")]);
  // Only sipgate puts calls through by itself.
  if (provider === "sipgate" || line?.is_watched) ways.push(["watched", t("watched")]);
  const named = (/** @type {any[] | null} */ items, /** @type {(one: any) => string} */ name) => [["", t("choose")], ...(items ?? []).map((one) => [one.id, name(one)])];
  const { leads } = form.values;
  return html`<${Form} of=${shown} submit=${t(line ? "save" : "add")} onCancel=${onCancel}>
    <${Field} of=${shown} name="connection_id" label=${t("connection")} type="select" options=${named(connections.data, (one) => `${one.label} (${carrier(one.provider)})`)} />
    <${Field} of=${shown} name="number" label=${t("number")} type="tel" hint=${t("numberHint")} autocomplete="off" />
    <${Field} of=${shown} name="building_id" label=${t("building")} type="select" options=${named(buildings.data, (one) => one.name)} />
    <${Field} of=${shown} name="leads" label=${t("leads")} type="select" options=${ways} hint=${leads === "stream" ? t("streamHint") : leads === "watched" ? t("watchedHint") : undefined} />
    ${leads === "entrance" &&
    (entrances.data?.length === 0
      ? html`<p class="note warn">${t("noEntrance")} <a href=${`/buildings/${at_building}`}>${t("addEntrance")}</a></p>`
      : html`<${Field} of=${shown} name="entrance_id" label=${t("whichEntrance")} type="select" options=${named(entrances.data, (one) => one.name)} />`)}
    ${leads === "unit" && html`<${Field} of=${shown} name="unit_id" label=${t("whichUnit")} type="select" options=${named(units.data, (one) => one.name)} />`}
  <//>`;
}
