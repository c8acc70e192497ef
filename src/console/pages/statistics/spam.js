// Spam: who calls the doors and is turned away, over time and by caller; blocked and lifted right here.

import { url } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { count } from "../../app/format.js";
import { html, useId, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { may } from "../../app/session.js";
import { saveCsv } from "../../parts/csv.js";
import { Empty } from "../../parts/empty.js";
import { Table } from "../../parts/list.js";
import { Loading, PageHead, Shown } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";
import { toastProblem } from "../../parts/toast.js";
import { e164 } from "../buildings/numbers.js";
import { callerName, Callers } from "./callers.js";
import { longDay } from "./period.js";
import { StatisticsPlaces } from "./places.js";
import { ClockNote, ScopeFields, useScope } from "./scope.js";
import { allSpamDays, ROWS_MAX } from "./spam-data.js";
import { countsOf, NoBuildings, RefusedChart } from "./statistics.js";
import { t } from "./texts.js";
import { Tiles } from "./tiles.js";

/** @typedef {import("../../app/types").Schema<"SpamCallerView">} Caller */
/** @typedef {import("../../app/types").Schema<"SpamDayView">} SpamDay */
/** @typedef {import("../../app/types").Schema<"CallStatisticsView">} Counted */
/** @typedef {import("./scope.js").Scope} Scope */

const CALLERS_MAX = 100;
const DAYS_AT_FIRST = 20;

/** @param {{ of: Scope }} properties */
function NumberField({ of }) {
  const id = useId();
  const number = of.query.get("number") ?? "";
  const [typed, setTyped] = useState(number);
  const find = (/** @type {Event} */ event) => {
    event.preventDefault();
    of.change({ number: typed.trim() === "withheld" ? "withheld" : e164(typed, (of.building ?? of.buildings?.[0])?.region) });
  };
  return html`<form class="row find" role="search" novalidate onSubmit=${find}>
    <div class="field">
      <label for=${id}>${t("number")}</label>
      <input id=${id} type="search" autocomplete="off" placeholder="+44…" title=${t("numberHint")} value=${typed}
        onInput=${(/** @type {any} */ event) => setTyped(event.currentTarget.value)} />
    </div>
    <button class="button">${t("findNumber")}</button>
    ${number && html`<button type="button" class="button" onClick=${() => { setTyped(""); of.change({ number: null }); }}>${t("allCallers")}</button>`}
  </form>`;
}

/** @param {{ counted: Counted, before: Counted | null }} properties */
function Figures({ counted: { total }, before }) {
  const was = before && before.total.calls > 0 ? before.total : null;
  return html`<${Tiles} compared=${before !== null} figures=${[
    { label: t("rejected"), unit: "count", value: total.rejected, was: was?.rejected },
    { label: t("blocked"), unit: "count", value: total.blocked, was: was?.blocked },
    { label: t("shareRefused"), unit: "share", value: total.refused_rate, was: was?.refused_rate, hint: t("answeredOf", { n: total.rejected + total.blocked, of: total.calls }) },
  ]} />`;
}

/** @param {{ days: SpamDay[], callers: Caller[], scope: Scope, query: Record<string, any> }} properties */
function Days({ days, callers, scope, query }) {
  const name = usePlaces();
  const [shows_all, setShowsAll] = useState(false);
  const [is_busy, setBusy] = useState(false);
  const known = new Map(callers.map((caller) => [caller.caller_id, caller]));
  const called = (/** @type {SpamDay} */ day) => callerName(known.get(day.caller_id) ?? { caller_id: day.caller_id, number: t("someone") });
  const building = (/** @type {SpamDay} */ day) => scope.buildings?.find(({ id }) => id === day.building_id)?.name ?? name("building", day.building_id) ?? t("gone");
  const save = async () => {
    setBusy(true);
    try {
      const rows = await allSpamDays(scope.buildings ?? [], query, scope.range);
      saveCsv(`spam-days-${scope.period.first}-${scope.period.last}.csv`, [
        ["day", "building", "building_id", "number", "caller_id", "calls", "rejected", "wrong_pins", "blocked", "lifted", "last_seen"],
        ...rows.map((day) => [
          day.day, building(day), day.building_id, known.get(day.caller_id)?.number ?? "", day.caller_id, day.calls, day.rejected, day.wrong_pins, day.blocked, day.lifted, day.last_seen,
        ]),
      ]);
    } catch (problem) {
      toastProblem(problem);
    } finally {
      setBusy(false);
    }
  };
  const shown = shows_all ? days : days.slice(0, DAYS_AT_FIRST);
  const number = (/** @type {"rejected" | "wrong_pins" | "blocked" | "lifted"} */ what) => ({ class: "number", cell: (/** @type {SpamDay} */ day) => count(day[what]) });
  return html`<section class="card">
    <div class="row between"><h2>${t("days")}</h2>
      <button class="button small" disabled=${is_busy || days.length === 0} onClick=${save}>${is_busy ? t("exporting") : t("exportCsv")}</button></div>
    ${days.length >= ROWS_MAX && html`<p class="soft small">${t("daysMore")}</p>`}
    <${Table} label=${t("days")} items=${shown} rowKey=${(/** @type {SpamDay} */ day) => `${day.day}/${day.building_id}/${day.caller_id}`} columns=${[
      { title: t("day"), class: "nowrap", cell: (/** @type {SpamDay} */ day) => longDay(day.day) },
      { title: t("building"), cell: building },
      { title: t("caller"), class: "nowrap", cell: called },
      { title: t("rejected"), ...number("rejected") },
      { title: t("wrongPins"), ...number("wrong_pins") },
      { title: t("blocked"), ...number("blocked") },
      { title: t("liftedCount"), ...number("lifted") },
    ]} />
    ${days.length > shown.length && html`<p class="row center"><button class="button" onClick=${() => setShowsAll(true)}>${t("showAll", { n: days.length })}</button></p>`}
  </section>`;
}

/** @param {Caller[]} callers @param {Scope} scope */
function saveCallers(callers, scope) {
  saveCsv(`spam-callers-${scope.period.first}-${scope.period.last}.csv`, [
    ["number", "caller_id", "calls", "rejected", "wrong_pins", "blocked", "lifted", "buildings", "last_seen"],
    ...callers.map((caller) => [
      caller.number ?? "withheld", caller.caller_id, caller.calls, caller.rejected, caller.wrong_pins, caller.blocked, caller.lifted, caller.buildings, caller.last_seen,
    ]),
  ]);
}

export default function Spam() {
  const scope = useScope();
  const { period } = scope;
  const query = { building: scope.place.building, number: scope.query.get("number") };
  const when = scope.buildings?.length ? { ...query, ...scope.range } : null;
  const overall = { ...scope, place: { building: scope.place.building, entrance: null, unit: null } };
  const counts = useData(countsOf(overall, scope.range, period.bucket));
  const before = useData(countsOf(overall, period.before, "month"));
  const callers = useData(when && url("/v1/statistics/spam/top", { ...when, limit: CALLERS_MAX }));
  const days = useData(when && url("/v1/statistics/spam", { ...when, limit: ROWS_MAX }));
  const again = () => [counts, callers, days].forEach((one) => one.reload());
  const head = html`<${PageHead} title=${t("spam")} intro=${t("spamIntro")} actions=${scope.buildings?.length ? html`<button class="button" onClick=${scope.again}>${t("refresh")}</button>` : null} />
    <${StatisticsPlaces} here="/spam" query=${scope.query} />`;
  if (scope.problem) return html`${head}<${ProblemNote} of=${scope.problem} again=${scope.reload} />`;
  if (!scope.buildings) return html`${head}<${Loading} />`;
  if (scope.buildings.length === 0) return html`${head}<${NoBuildings} />`;
  return html`${head}
    <${ScopeFields} of=${scope}><${NumberField} of=${scope} /><//>
    ${!may("manager") && html`<p class="soft small">${t("masked")}</p>`}
    <div class="stack">
      ${!query.number && html`<${Shown} of=${counts}>${(/** @type {Counted} */ counted) => html`<div class="stack">
        <${ClockNote} zones=${counted.time_zones} zone=${scope.zone} />
        <${Figures} counted=${counted} before=${before.data} />
        ${counted.total.rejected + counted.total.blocked > 0 && html`<${RefusedChart} counted=${counted} scope=${scope} />`}
      </div>`}<//>`}
      <${Shown} of=${callers}>${(/** @type {Caller[]} */ callers) =>
        callers.length === 0
          ? html`<${Empty} title=${t("callersEmpty")} hint=${t("callersEmptyHint")}>
              ${period.preset !== "year" && html`<button class="button" onClick=${() => scope.change({ period: "year", from: null, to: null })}>${t("longer")}</button>`}
            <//>`
          : html`<section class="card">
              <div class="row between"><h2>${t("callers")}</h2>
                <button class="button small" onClick=${() => saveCallers(callers, scope)}>${t("exportCsv")}</button></div>
              ${callers.length >= CALLERS_MAX && html`<p class="soft small">${t("callersMax")}</p>`}
              <${Callers} callers=${callers} days=${days.data ?? []} scope=${scope} onChange=${again} />
            </section>
            <${Shown} of=${days}>${(/** @type {SpamDay[]} */ days) => days.length > 0 && html`<${Days} days=${days} callers=${callers} scope=${scope} query=${query} />`}<//>`}<//>
    </div>`;
}
