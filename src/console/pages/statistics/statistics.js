// Statistics: how visitors fare at the doors, in numbers, over time, by the hour, and door by door.

import { url } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { count, share, span } from "../../app/format.js";
import { html } from "../../app/html.js";
import { mayForAll } from "../../app/session.js";
import { saveCsv } from "../../parts/csv.js";
import { Empty } from "../../parts/empty.js";
import { Loading, PageHead, Shown } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";
import { Breakdown } from "./breakdown.js";
import { Chart } from "./lazy-chart.js";
import { bucketNames } from "./period.js";
import { StatisticsPlaces } from "./places.js";
import { ClockNote, ScopeFields, useScope } from "./scope.js";
import { t } from "./texts.js";
import { Tiles } from "./tiles.js";
import { WeekGrid } from "./week.js";

/** @typedef {import("../../app/types").Schema<"CallStatisticsView">} Counted */
/** @typedef {import("../../app/types").Schema<"BucketView">} Bucket */
/** @typedef {import("./scope.js").Scope} Scope */

/** @param {Scope} scope @param {import("./period.js").Range} range @param {string} bucket */
export const countsOf = (scope, range, bucket) => (scope.buildings?.length ? url("/v1/statistics/calls", { ...scope.place, from: range.from, to: range.to, bucket }) : null);

/** @param {Counted} counted @param {Scope} scope */
export const columnsOf = (counted, scope) => counted.buckets.map((one) => bucketNames(one.start, scope.period.bucket, t));

/** All that is shown over time, and what is not, as a file. @param {Counted} counted @param {Scope} scope */
export function saveCounts(counted, scope) {
  const { first, last } = scope.period;
  saveCsv(`statistics-${first}-${last}.csv`, [
    ["start", "calls", "answered", "opened", "rejected", "blocked", "no_answer", "visitor_left", "failed", "answered_rate", "opened_rate", "refused_rate", "answered_within_median", "answered_within_p90"],
    ...counted.buckets.map((one) => [
      one.start, one.calls, one.answered, one.opened, one.rejected, one.blocked, one.no_answer, one.visitor_left, one.failed,
      one.answered_rate, one.opened_rate, one.refused_rate, one.answered_within_median, one.answered_within_p90,
    ]),
  ]);
}

/** @param {{ counted: Counted, scope: Scope }} properties */
function Charts({ counted, scope }) {
  const columns = columnsOf(counted, scope);
  const of = (/** @type {(bucket: Bucket) => number | null | undefined} */ value) => counted.buckets.map((bucket) => value(bucket) ?? null);
  return html`<div class="charts">
    <${Chart} title=${t("visitsChart")} of=${{
      columns, format: count, top: 4,
      series: [
        { name: t("visits"), kind: "bar", tone: "edge", says: "total", values: of((bucket) => bucket.calls) },
        { name: t("opened"), kind: "bar", tone: "accent", says: "total", values: of((bucket) => bucket.opened) },
      ],
    }} />
    <${Chart} title=${t("ratesChart")} of=${{
      columns, format: share, top: 1, fixed: true,
      series: [
        { name: t("answerRate"), kind: "line", tone: "accent", says: "range", values: of((bucket) => bucket.answered_rate) },
        { name: t("openedRate"), kind: "line", tone: "brass", dashed: true, says: "range", values: of((bucket) => bucket.opened_rate) },
      ],
    }} />
    <${Chart} title=${t("waitChart")} of=${{
      columns, format: span, top: 10,
      series: [
        { name: t("median"), kind: "line", tone: "accent", says: "range", values: of((bucket) => bucket.answered_within_median) },
        { name: t("p90"), kind: "line", tone: "info", dashed: true, says: "range", values: of((bucket) => bucket.answered_within_p90) },
      ],
    }} />
    <${RefusedChart} counted=${counted} scope=${scope} />
  </div>`;
}

/** @param {{ counted: Counted, scope: Scope }} properties */
export function RefusedChart({ counted, scope }) {
  return html`<${Chart} title=${t("refusedChart")} of=${{
    columns: columnsOf(counted, scope), format: count, top: 4, stacked: true,
    series: [
      { name: t("rejected"), kind: "bar", tone: "brass", says: "total", values: counted.buckets.map((bucket) => bucket.rejected) },
      { name: t("blocked"), kind: "bar", tone: "danger", hatched: true, says: "total", values: counted.buckets.map((bucket) => bucket.blocked) },
    ],
  }} />`;
}

export default function Statistics() {
  const scope = useScope();
  const { period } = scope;
  const counts = useData(countsOf(scope, scope.range, period.bucket));
  const before = useData(countsOf(scope, period.before, "month"));
  const week = useData(scope.buildings?.length ? url("/v1/statistics/busiest-hours", { ...scope.place, ...scope.range }) : null);
  const has_visits = (counts.data?.total.calls ?? 0) > 0;
  const head = html`<${PageHead} title=${t("statistics")} intro=${t("intro")} actions=${scope.buildings?.length
    ? html`<button class="button" onClick=${scope.again}>${t("refresh")}</button>
        <button class="button" disabled=${!has_visits} onClick=${() => saveCounts(counts.data, scope)}>${t("exportCsv")}</button>`
    : null} />
    <${StatisticsPlaces} here="/statistics" query=${scope.query} />`;
  if (scope.problem) return html`${head}<${ProblemNote} of=${scope.problem} again=${scope.reload} />`;
  if (!scope.buildings) return html`${head}<${Loading} />`;
  if (scope.buildings.length === 0) return html`${head}<${NoBuildings} />`;
  return html`${head}
    <${ScopeFields} of=${scope} doors />
    <${Shown} of=${counts}>${(/** @type {Counted} */ counted) => html`<div class="stack">
      <${ClockNote} zones=${counted.time_zones} zone=${scope.zone} />
      <${Figures} counted=${counted} before=${before.data} />
      ${has_visits
        ? html`<${Charts} counted=${counted} scope=${scope} />
            <${Shown} of=${week}>${(/** @type {any} */ week) => html`<${WeekGrid} of=${week} />`}<//>
            <${Breakdown} of=${scope} />`
        : html`<${NoVisits} scope=${scope} />`}
    </div>`}<//>`;
}

/** @param {{ counted: Counted, before: Counted | null }} properties */
function Figures({ counted: { total }, before }) {
  const was = before?.total;
  const had = (was?.calls ?? 0) > 0;
  return html`<${Tiles} compared=${before !== null} figures=${[
    { label: t("visits"), unit: "count", value: total.calls, was: had ? was?.calls : null },
    { label: t("opened"), unit: "count", value: total.opened, was: had ? was?.opened : null, hint: total.calls ? t("openedOf", { share: share(total.opened_rate ?? 0) }) : undefined },
    { label: t("answerRate"), unit: "share", value: total.answered_rate, was: was?.answered_rate, hint: total.calls ? t("answeredOf", { n: total.answered, of: total.calls }) : undefined },
    {
      label: t("waited"), unit: "seconds", value: total.answered_within_median, was: was?.answered_within_median,
      hint: total.answered_within_p90 != null ? `${t("waitedHint")}; ${t("ninety", { span: span(total.answered_within_p90) })}` : undefined,
    },
    { label: t("refused"), unit: "count", value: total.rejected + total.blocked, was: had && was ? was.rejected + was.blocked : null, hint: t("refusedHint", { rejected: total.rejected, blocked: total.blocked }) },
  ]} />`;
}

export function NoBuildings() {
  return html`<${Empty} title=${t("noBuildings")} hint=${t("noBuildingsHint")}>
    ${mayForAll("admin") && html`<a class="button primary" href="/buildings">${t("addBuilding")}</a>`}
  <//>`;
}

/** @param {{ scope: Scope }} properties */
export function NoVisits({ scope }) {
  return html`<${Empty} title=${t("noVisits")} hint=${t("noVisitsHint")}>
    ${scope.period.preset !== "year" && html`<button class="button" onClick=${() => scope.change({ period: "year", from: null, to: null })}>${t("longer")}</button>`}
  <//>`;
}
