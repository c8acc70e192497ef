// The calls at the firm's doors, the newest first, by whatever they are looked for.

import { usePages } from "../../app/data.js";
import { dateAndTime, phone, since, span } from "../../app/format.js";
import { html, useEffect, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { useQuery } from "../../app/router.js";
import { hasSimulator } from "../../app/settings.js";
import { Empty } from "../../parts/empty.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead } from "../../parts/page.js";
import { toast, toastProblem } from "../../parts/toast.js";
import { exportCalls, ROWS_MAX } from "./csv.js";
import { Outcome, secondsBetween } from "./facts.js";
import { Filters } from "./filters.js";
import { asked, isFiltered } from "./query.js";
import { t } from "./texts.js";
import { kindText } from "./words.js";

/** @typedef {import("../../app/types").Schema<"CallView">} Call */

const MINUTE_MS = 60_000;

export default function Calls() {
  const [query, change] = useQuery();
  const wanted = asked(query);
  const calls = usePages("/v1/calls", wanted);
  const name = usePlaces();
  const [, passes] = useState(0);
  useEffect(() => {
    // "2 minutes ago" becomes three.
    const timer = setInterval(() => passes((n) => n + 1), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  const columns = [
    { title: t("when"), class: "nowrap", cell: (/** @type {Call} */ call) => html`<a href=${`/calls/${call.id}`}><time datetime=${call.rang_at}>${dateAndTime(call.rang_at)}</time></a><br /><span class="soft small">${since(call.rang_at)}</span>` },
    { title: t("outcome"), cell: (/** @type {Call} */ call) => html`<${Outcome} call=${call} />` },
    { title: t("where"), cell: (/** @type {Call} */ call) => where(call, name) },
    { title: t("unit"), cell: (/** @type {Call} */ call) => (call.details === "hidden" ? html`<span class="soft">${t("hiddenUnit")}</span>` : call.unit_id ? (name("unit", call.unit_id, call.building_id) ?? "…") : "") },
    { title: t("caller"), class: "nowrap", cell: (/** @type {Call} */ call) => (call.kind === "visit" || call.kind === "watched" ? phone(call.caller) : html`<span class="soft">${kindText(call.kind)}</span>`) },
    { title: t("duration"), class: "nowrap", cell: lasted },
  ];
  return html`
    <${PageHead} title=${t("calls")} intro=${t("intro")} actions=${html`<${Export} query=${wanted} disabled=${calls.items.length === 0} />`} />
    <${Filters} query=${query} change=${change} />
    <${PagedTable} label=${t("calls")} of=${calls} columns=${columns} empty=${html`<${Nothing} query=${query} />`} />`;
}

/** @param {Call} call @param {ReturnType<typeof usePlaces>} name */
function where(call, name) {
  const building = name("building", call.building_id);
  const entrance = call.entrance_id && name("entrance", call.entrance_id, call.building_id);
  return html`${building ?? (building === null ? t("gone") : "…")}${entrance && html`<br /><span class="soft small">${entrance}</span>`}`;
}

/** @param {Call} call */
function lasted(call) {
  if (!call.ended_at) return "";
  const all = t("lasted", { span: span(secondsBetween(call.rang_at, call.ended_at)) });
  return typeof call.talk_seconds === "number" ? html`${t("talked", { span: span(call.talk_seconds) })}<br /><span class="soft small">${all}</span>` : all;
}

/** @param {{ query: import("../../app/api.js").Query, disabled: boolean }} properties */
function Export({ query, disabled }) {
  const [is_busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      const { rows, is_cut } = await exportCalls(query);
      toast(is_cut ? t("exportedCut", { n: ROWS_MAX }) : t("exported", { n: rows }));
    } catch (problem) {
      toastProblem(problem);
    } finally {
      setBusy(false);
    }
  };
  return html`<button type="button" class="button" disabled=${disabled || is_busy} aria-busy=${is_busy} onClick=${go}>${is_busy ? t("exporting") : t("export")}</button>`;
}

/** @param {{ query: URLSearchParams }} properties */
function Nothing({ query }) {
  if (isFiltered(query)) return html`<${Empty} title=${t("noneFit")} hint=${t("noneFitHint")}><a class="button" href="/calls">${t("clear")}</a><//>`;
  return html`<${Empty} title=${t("noCalls")} hint=${t("noCallsHint")}>
    <a class="button primary" href=${hasSimulator ? "/try-it" : "/dry-run"}>${t("tryIt")}</a><a class="button" href="/lines">${t("lines")}</a>
  <//>`;
}
