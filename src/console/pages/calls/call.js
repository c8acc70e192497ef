// One call: what came of it, who was in it, its drawing, its replay, and why everything happened.

import { useData } from "../../app/data.js";
import { dateAndTime } from "../../app/format.js";
import { html, useEffect, useMemo, useState } from "../../app/html.js";
import { placeName, usePlaces } from "../../app/places.js";
import { may } from "../../app/session.js";
import { url } from "../../app/api.js";
import { PageHead, Shown } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";
import { BlockCaller } from "./block.js";
import { Drawing } from "./drawing.js";
import { Facts, Outcome, People } from "./facts.js";
import { modelOf, personName } from "./model.js";
import { Replay } from "./replay.js";
import { asItHappened } from "./state.js";
import { Steps } from "./steps.js";
import { learnRules, storyOf } from "./story.js";
import { t } from "./texts.js";

/** @typedef {import("../../app/types").Schema<"CallView">} Call */

/** As long as a call runs its page follows it. */
const AGAIN_MS = 2000;

/** @param {{ params: { id: string } }} properties */
export default function CallPage({ params }) {
  const call = useData(`/v1/calls/${params.id}`);
  const data = /** @type {Call | null} */ (call.data);
  usePlaces();
  const is_running = data !== null && !data.ended_at;
  useEffect(() => {
    if (!is_running) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && call.reload(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [is_running]);
  const place = data && (placeName(data.entrance_id ? "entrance" : "building", data.entrance_id ?? data.building_id, data.building_id) ?? "…");
  return html`
    <${PageHead} title=${place ? t("callAt", { place }) : t("call")} back=${{ to: "/calls", text: t("back") }} actions=${data && html`<${Actions} call=${data} />`}
      intro=${data && html`<${Outcome} call=${data} /> <span class="nowrap">${dateAndTime(data.rang_at)}</span>`} />
    <${Shown} of=${call}>${(/** @type {Call} */ shown) => html`<${Body} call=${shown} />`}<//>`;
}

/** @param {{ call: Call }} properties */
function Actions({ call }) {
  const is_visit = call.kind === "visit";
  return html`
    ${!call.ended_at && html`<a class="button" href="/live">${t("watchLive")}</a>`}
    ${may("manager") && call.caller?.startsWith("+") && html`<a class="button" href=${url("/calls", { caller: call.caller })}>${t("sameCaller")}</a>`}
    ${call.unit_id && html`<a class="button" href=${url("/calls", { building: call.building_id, unit: call.unit_id })}>${t("sameUnit")}</a>`}
    ${is_visit && may("manager") && call.line_id && call.caller !== "[erased]" && html`<a class="button" href=${url("/dry-run", { line: call.line_id, from: call.caller ?? "withheld", at: call.rang_at, unit: call.unit_id })}>${t("dryRun")}</a>`}
    ${is_visit && html`<${BlockCaller} call=${call} />`}`;
}

/** @param {{ call: Call }} properties */
function Body({ call }) {
  const is_shown = call.details === "shown";
  const events = useData(is_shown ? `/v1/calls/${call.id}/events` : null);
  return html`<div class="stack">
    ${!is_shown && html`<div class="note"><div><p><strong>${t("hidden")}</strong></p><p>${t("hiddenHint")}</p></div></div>`}
    ${call.kind === "watched" && html`<div class="note"><p>${t("watchedHint")}</p></div>`}
    ${(call.kind === "announcement" || call.kind === "connection") && html`<div class="note"><p>${t("outboundHint")}</p></div>`}
    ${is_shown && html`<${Told} call=${call} events=${events} />`}
    <div class="call-columns">
      <section class="card" aria-labelledby="facts"><h2 id="facts">${t("facts")}</h2><${Facts} call=${call} currency=${currencyOf(events.data)} /></section>
      ${is_shown && (call.legs ?? []).length > 0 && html`<div><h2>${t("people")}</h2><${People} call=${call} /></div>`}
    </div>
  </div>`;
}

/** What the carrier counts its charge in. @param {import("./state.js").EventView[] | null} events @returns {string | null} */
const currencyOf = (events) => events?.map(({ data }) => /** @type {any} */ (data)?.end?.cost?.currency).find(Boolean) ?? null;

/** Its drawing, replay and story. @param {{ call: Call, events: import("../../app/data.js").Loaded }} properties */
function Told({ call, events }) {
  const explained = useData(`/v1/calls/${call.id}/explain`);
  const timeline = useData(`/v1/calls/${call.id}/timeline`);
  const [knows_rules, setKnows] = useState(false);
  const [moment, setMoment] = useState(/** @type {number | null} */ (null));
  const name = usePlaces();
  useEffect(() => {
    void learnRules().finally(() => setKnows(true));
  }, []);
  useEffect(() => {
    // What is told of a running call grows.
    for (const one of [events, explained, timeline]) if (one.data) one.reload();
  }, [call]);
  const is_there = events.data !== null && explained.data !== null && timeline.data !== null && knows_rules;
  const order = useMemo(() => asItHappened(events.data ?? []), [events.data]);
  const nameOf = (/** @type {{ id?: string, role: string, resident?: string | null }} */ leg) =>
    personName({ ...leg, number: call.legs?.find(({ id }) => id === leg.id)?.number }, name);
  const sentences = useMemo(
    () => new Map((timeline.data ?? []).map((/** @type {any} */ entry) => [entry.version, entry.sentence])), [timeline.data]);
  const names = order.map(({ event }) => nameKey(event, name)).join();
  const model = useMemo(() => modelOf(order, call.ended_at ? Date.parse(call.ended_at) : null, nameOf), [order, call, names]);
  const steps = useMemo(() => (is_there ? storyOf(order, explained.data, call, name, sentences) : []), [is_there, order, explained.data, sentences, names]);
  const problem = events.problem ?? explained.problem ?? timeline.problem;
  if (problem && !is_there) return html`<${ProblemNote} of=${problem} again=${() => [events, explained, timeline].forEach((one) => one.reload())} />`;
  if (!is_there) return null;
  return html`
    <section class="card" aria-labelledby="drawing">
      <h2 id="drawing">${t("drawing")}</h2>
      <${Drawing} model=${model} cursor=${moment} />
      <${Replay} order=${order} start=${model.start} end=${model.end} steps=${steps} nameOf=${nameOf} moment=${moment} onMove=${setMoment} />
    </section>
    <section class="card" aria-labelledby="story">
      <h2 id="story">${t("story")}</h2>
      <${Steps} steps=${steps} start=${model.start} moment=${moment} />
    </section>`;
}

/** What changes when names come in. @param {import("./state.js").EventView} event @param {typeof placeName} name */
function nameKey(event, name) {
  const data = /** @type {any} */ (event.data);
  if (event.type === "DialRequested" && data.target.who === "resident") return name("resident", data.target.id);
  if (event.type === "CallRang") return name("entrance", data.entrance, data.building);
  if (event.type === "UnitChosen") return name("unit", data.unit);
  return event.type === "ResidentSkipped" ? name("resident", data.resident) : "";
}
