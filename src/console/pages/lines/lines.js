// The firm's lines: the numbers that doors call, where each leads, and whether news of it comes.

import { usePages } from "../../app/data.js";
import { phone } from "../../app/format.js";
import { html } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { navigate, useQuery } from "../../app/router.js";
import { may, mayForAll } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Dialog } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Icon } from "../../parts/icon.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead } from "../../parts/page.js";
import { useAll } from "../../parts/whole-list.js";
import { leadsTo, LineForm } from "./line-form.js";
import { carrier, LinePlaces } from "./places.js";
import { LineSign } from "./signs.js";

const t = texts({
  en: {
    title: "Lines", intro: "A line is a phone number that a door’s panel calls. It leads to an entrance or to a unit.", add: "New line", table: "Lines", number: "Number", building: "Building", leads: "Leads to", connection: "Connection", health: "News", watched: "watched", stream: "audio services",
    all: "All buildings", filter: "Building", none: "No lines yet", noneHint: "Take a number at your carrier and lead it to a door. Begin with the guide, or add the line here.", start: "Set up the first door", noConnection: "A line is a number at a carrier: connect your account there first.", connect: "Connect a carrier", noneHere: "No line leads to this building", viewer: "Ask an administrator of your firm to add one.", gone: "gone",
  },
  de: {
    title: "Leitungen", intro: "Eine Leitung ist eine Rufnummer, die eine Sprechanlage anruft. Sie führt zu einem Eingang oder einer Wohneinheit.", add: "Neue Leitung", table: "Leitungen", number: "Nummer", building: "Gebäude", leads: "Führt zu", connection: "Anbieterkonto", health: "Meldungen", watched: "beobachtet", stream: "Audiodienste",
    all: "Alle Gebäude", filter: "Gebäude", none: "Noch keine Leitungen", noneHint: "Nehmen Sie eine Nummer bei Ihrem Anbieter und führen Sie sie zu einer Tür. Beginnen Sie mit der Anleitung, oder legen Sie die Leitung hier an.", start: "Erste Tür einrichten", noConnection: "Eine Leitung ist eine Nummer bei einem Anbieter: Verbinden Sie zuerst Ihr Konto dort.", connect: "Anbieter verbinden", noneHere: "Keine Leitung führt zu diesem Gebäude", viewer: "Bitten Sie die Administration Ihrer Firma, eine anzulegen.", gone: "nicht mehr da",
  },
  fr: {
    title: "Lignes", intro: "Une ligne est un numéro que l’interphone d’une porte appelle. Elle mène à une entrée ou à un logement.", add: "Nouvelle ligne", table: "Lignes", number: "Numéro", building: "Immeuble", leads: "Mène à", connection: "Compte opérateur", health: "Messages", watched: "observée", stream: "services audio",
    all: "Tous les immeubles", filter: "Immeuble", none: "Pas encore de lignes", noneHint: "Prenez un numéro chez votre opérateur et menez-le à une porte. Commencez par le guide, ou ajoutez la ligne ici.", start: "Installer la première porte", noConnection: "Une ligne est un numéro chez un opérateur : reliez d’abord votre compte.", connect: "Relier un opérateur", noneHere: "Aucune ligne ne mène à cet immeuble", viewer: "Demandez à l’administration de votre société d’en ajouter une.", gone: "disparu",
  },
});

export default function Lines() {
  const [query, change] = useQuery();
  const building = query.get("building");
  const lines = usePages("/v1/lines", { building, connection: query.get("at") });
  const buildings = useAll("/v1/buildings");
  const connections = useAll(may("manager") ? "/v1/connections" : null);
  const name = usePlaces();
  const has_none = connections.data?.length === 0;
  const is_adding = query.get("new") !== null && may("admin") && !has_none;
  const close = () => change({ new: null, connection: null });
  const add = may("admin") && (has_none
    ? mayForAll("admin") && html`<a class="button primary" href="/connections?new=yes">${t("connect")}</a>`
    : html`<button class="button primary" onClick=${() => change({ new: "yes" })}><${Icon} name="plus" /> ${t("add")}</button>`);
  const shown = (/** @type {string | null | undefined} */ found) => (found === null ? t("gone") : (found ?? "…"));
  const goal = (/** @type {import("./line-form.js").Line} */ line) => {
    const way = leadsTo(line);
    if (way === "watched") return html`<${Badge} kind="info">${t("watched")}<//>`;
    if (way === "stream") return t("stream");
    return way === "unit"
      ? html`<a href=${`/units/${line.unit_id}`}>${shown(name("unit", line.unit_id, line.building_id))}</a>`
      : html`<a href=${`/entrances/${line.entrance_id}`}>${shown(name("entrance", line.entrance_id, line.building_id))}</a>`;
  };
  const columns = [
    { title: t("number"), class: "nowrap", cell: (/** @type {any} */ line) => html`<a href=${`/lines/${line.id}`}>${phone(line.number)}</a>` },
    { title: t("building"), cell: (/** @type {any} */ line) => html`<a href=${`/buildings/${line.building_id}`}>${shown(name("building", line.building_id))}</a>` },
    { title: t("leads"), cell: goal },
    ...(may("manager")
      ? [{
          title: t("connection"),
          cell: (/** @type {any} */ line) => {
            const at = connections.data?.find((one) => one.id === line.connection_id);
            return html`<a href=${`/connections/${line.connection_id}`}>${at ? `${at.label} (${carrier(at.provider)})` : "…"}</a>`;
          },
        }]
      : []),
    { title: t("health"), cell: (/** @type {any} */ line) => html`<${LineSign} id=${line.id} />` },
  ];
  const hint = !may("admin") ? t("viewer") : has_none ? t("noConnection") : t("noneHint");
  const empty = building
    ? html`<${Empty} title=${t("noneHere")} hint=${may("admin") ? undefined : t("viewer")}>${add}<//>`
    : html`<${Empty} title=${t("none")} hint=${hint}>${mayForAll("admin") && html`<a class="button" href="/start">${t("start")}</a>`}${add}<//>`;
  return html`
    <${PageHead} title=${t("title")} intro=${t("intro")} actions=${add} />
    <${LinePlaces} here="/lines" />
    ${(buildings.data?.length ?? 0) > 1 &&
    html`<div class="filters"><div class="field">
      <label for="of-building">${t("filter")}</label>
      <select id="of-building" value=${building ?? ""} onChange=${(/** @type {any} */ event) => change({ building: event.currentTarget.value })}>
        <option value="">${t("all")}</option>
        ${buildings.data?.map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}
      </select>
    </div></div>`}
    <${PagedTable} label=${t("table")} of=${lines} columns=${columns} empty=${empty} />
    ${is_adding && html`<${Dialog} title=${t("add")} onClose=${close}>
      <${LineForm} connection=${query.get("connection") ?? ""} building=${building ?? ""} onCancel=${close}
        onDone=${(/** @type {any} */ line) => navigate(`/lines/${line.id}`)} />
    <//>`}`;
}
