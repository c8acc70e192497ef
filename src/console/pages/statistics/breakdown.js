// Buildings, entrances, units or residents beside each other: who is visited most, and how often someone answers.

import { url } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { count, share, span } from "../../app/format.js";
import { html, useId, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { saveCsv } from "../../parts/csv.js";
import { Table } from "../../parts/list.js";
import { Shown } from "../../parts/page.js";
import { t } from "./texts.js";

/** @typedef {"building" | "entrance" | "unit" | "resident"} By */
/** @typedef {import("../../app/types").Schema<"PartView">} Part */

/** @type {By[]} */
const ALL = ["building", "entrance", "unit", "resident"];
const AT_FIRST = 12;
const PAGES = { building: "buildings", entrance: "entrances", unit: "units", resident: "residents" };

/** What is still different within what was chosen. @param {import("./scope.js").Scope} scope @returns {By[]} */
const comparable = ({ place }) => ALL.filter((by) => !(by === "building" && place.building) && !(by === "entrance" && place.entrance) && !(by === "unit" && place.unit));

/** @param {{ of: import("./scope.js").Scope }} properties */
export function Breakdown({ of }) {
  const id = useId();
  const name = usePlaces();
  const [shows_all, setShowsAll] = useState(false);
  const offered = comparable(of);
  const asked = /** @type {By} */ (of.query.get("by"));
  const by = offered.includes(asked) ? asked : (offered[0] ?? "resident");
  const parts = useData(url("/v1/statistics/breakdown", { ...of.place, ...of.range, by }));
  /** @param {Part} part */
  const called = (part) => {
    if (!part.id) return t("noPart");
    const found = name(by, part.id, of.place.building);
    return found === undefined ? "…" : (found ?? t("gone"));
  };
  /** @param {Part[]} rows */
  const save = (rows) =>
    saveCsv(`statistics-${by}-${of.period.first}-${of.period.last}.csv`, [
      [t(`by_${by}`), "id", "calls", "answered", "opened", "rejected", "blocked", "no_answer", "visitor_left", "failed", "declined", "answered_rate", "opened_rate", "answered_within_median", "answered_within_p90"],
      ...rows.map((part) => [
        called(part), part.id, part.calls, part.answered, part.opened, part.rejected, part.blocked, part.no_answer, part.visitor_left, part.failed, part.declined,
        part.answered_rate, part.opened_rate, part.answered_within_median, part.answered_within_p90,
      ]),
    ]);
  return html`<section class="card">
    <div class="row between">
      <h2>${t("breakdown")}</h2>
      <div class="row">
        <label for=${id}>${t("by")}</label>
        <select id=${id} class="short" value=${by} onChange=${(/** @type {any} */ event) => of.change({ by: event.currentTarget.value })}>
          ${offered.map((one) => html`<option key=${one} value=${one}>${t(`by_${one}`)}</option>`)}
        </select>
        <button class="button small" disabled=${!parts.data?.parts.length} onClick=${() => save(parts.data.parts)}>${t("exportCsv")}</button>
      </div>
    </div>
    ${by === "resident" && html`<p class="soft small">${t("residentsCount")}</p>`}
    <${Shown} of=${parts}>${(/** @type {{ parts: Part[] }} */ { parts }) => {
      if (parts.length === 0) return html`<p class="soft">${t("breakdownEmpty")}</p>`;
      const most = Math.max(...parts.map((part) => part.calls), 1);
      const shown = shows_all ? parts : parts.slice(0, AT_FIRST);
      return html`<${Table} label=${t("breakdown")} items=${shown} rowKey=${(/** @type {Part} */ part) => part.id ?? "none"} columns=${[
          { title: t(`by_${by}`), cell: (/** @type {Part} */ part) => (part.id ? html`<a href=${`/${PAGES[by]}/${part.id}`}>${called(part)}</a>` : called(part)) },
          {
            title: t("visits"), class: "bars",
            cell: (/** @type {Part} */ part) => html`<span class="bar-row"><span class="amount">${count(part.calls)}</span>
              <span class="gauge" aria-hidden="true"><span style=${{ width: `${(part.calls / most) * 100}%` }}></span></span></span>`,
          },
          { title: t("answered"), class: "number", cell: (/** @type {Part} */ part) => `${count(part.answered)} (${share(part.answered_rate ?? 0)})` },
          { title: t("opened"), class: "number", cell: (/** @type {Part} */ part) => `${count(part.opened)} (${share(part.opened_rate ?? 0)})` },
          by === "resident"
            ? { title: t("declined"), class: "number", cell: (/** @type {Part} */ part) => count(part.declined) }
            : { title: t("refused"), class: "number", cell: (/** @type {Part} */ part) => count(part.rejected + part.blocked) },
          { title: t("waited"), class: "number", cell: (/** @type {Part} */ part) => span(part.answered_within_median) || "–" },
        ]} />
        ${parts.length > shown.length && html`<p class="row center"><button class="button" onClick=${() => setShowsAll(true)}>${t("showAll", { n: parts.length })}</button></p>`}`;
    }}<//>
  </section>`;
}
