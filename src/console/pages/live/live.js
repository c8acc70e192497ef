// The live page: a card for each call that runs, and what happens in them; it keeps itself up to date.

import { all } from "../../app/api.js";
import { count } from "../../app/format.js";
import { html, useEffect, useMemo, useRef, useState } from "../../app/html.js";
import { watchPlaces } from "../../app/places.js";
import { useQuery } from "../../app/router.js";
import { may, mayForAll } from "../../app/session.js";
import { hasSimulator } from "../../app/settings.js";
import { Empty } from "../../parts/empty.js";
import { Loading, PageHead } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";
import { Asked } from "./acts.js";
import { Card } from "./card.js";
import { everySecond } from "./clock.js";
import { Feed } from "./feed.js";
import { door, namesOf } from "./places.js";
import { Store, useTouched } from "./store.js";
import { stage, t } from "./texts.js";

/** @typedef {{ building: string, state: string, search: string }} Filter */

/** So few are shown whole at once; of more, those that are near what is seen. */
const FEW = 24;
const STATES = ["ringing", "talking", "screening", "choosing_unit", "giving_pin", "streaming", "speaking", "connecting", "closing"];

export default function Live() {
  const store = useMemo(() => new Store(), []);
  useEffect(() => store.start(), [store]);
  const [asked, setAsked] = useState(/** @type {import("./acts.js").Question | null} */ (null));
  const [query, setQuery] = useQuery();
  const filter = { building: query.get("building") ?? "", state: query.get("state") ?? "", search: query.get("q") ?? "" };
  const may_act = may("manager");
  return html`
    <${PageHead} title=${t("title")} intro=${may_act ? t("intro") : `${t("intro")} ${t("watching")}`} actions=${html`<${ConnectionState} store=${store} />`} />
    <div class="live">
      <${Running} store=${store} filter=${filter} setFilter=${setQuery} mayAct=${may_act} ask=${setAsked} />
      <${Feed} store=${store} building=${filter.building} />
    </div>
    ${asked && html`<${Asked} of=${asked} onClose=${() => setAsked(null)} />`}`;
}

/** Whether what is shown is up to date, in words. @param {{ store: Store }} properties */
function ConnectionState({ store }) {
  useTouched(store, "connection");
  const [, again] = useState(0);
  const { kind, heard } = store.connection;
  useEffect(() => (kind === "waiting" ? everySecond(() => again((n) => n + 1)) : undefined), [kind]);
  const seconds = heard === null ? null : Math.max(0, Math.round((Date.now() - heard) / 1000));
  const lost = seconds === null ? t("lost") : t("reconnecting", { seconds });
  return html`<p class=${`connection ${kind}`}>${{ connecting: t("connecting"), live: t("live"), waiting: lost }[kind]}</p>`;
}

/**
 * @param {{ store: Store, filter: Filter, setFilter: (changes: Record<string, string | null>) => void, mayAct: boolean, ask: (question: import("./acts.js").Question) => void }} properties
 */
function Running({ store, filter, setFilter, mayAct, ask }) {
  useTouched(store, "list");
  useTouched(store, "connection");
  const [, again] = useState(0);
  // Names may come in later than the calls that are looked for by them.
  useEffect(() => (filter.search ? watchPlaces(() => again((n) => n + 1)) : undefined), [filter.search]);

  const ids = useRef(/** @type {string[]} */ ([]));
  ids.current = [...store.calls.values()].filter((shown) => fits(shown, filter)).map(({ call }) => call.id);
  const [n, shown] = [store.calls.size, ids.current.length];
  const is_filtered = Boolean(filter.building || filter.state || filter.search);
  if (!store.is_known) {
    const { problem } = store.connection;
    return html`<section>${problem ? html`<${ProblemNote} of=${problem} again=${store.again} />` : html`<${Loading} />`}</section>`;
  }
  if (n === 0 && !is_filtered) return html`<section><${NothingRuns} /></section>`;
  return html`<section aria-labelledby="running">
    <div class="row between">
      <h2 id="running">${is_filtered ? t("fitting", { shown: count(shown), n: count(n) }) : t("running", { n })}</h2>
      <a class="to-feed small" href="#feed" onClick=${toFeed}>${t("toFeed")} ↓</a>
    </div>
    ${(n > 1 || is_filtered) && html`<${Filters} filter=${filter} setFilter=${setFilter} />`}
    ${n === 0 && html`<${NothingRuns} />`}
    ${n > 0 && shown === 0 && html`<${Empty} title=${t("noneFits")} hint=${t("noneFitsHint")}>
      <button type="button" class="button" onClick=${() => setFilter({ building: null, state: null, q: null })}>${t("showAll")}</button>
    <//>`}
    <${Cards} store=${store} ids=${ids.current} mayAct=${mayAct} ask=${ask} />
  </section>`;
}

/** @param {Event} event */
function toFeed(event) {
  event.preventDefault();
  const feed = document.getElementById("feed");
  feed?.scrollIntoView();
  feed?.focus({ preventScroll: true });
}

/** @param {import("./store.js").Shown} shown @param {Filter} filter */
function fits({ call }, { building, state, search }) {
  if (building && call.building_id !== building) return false;
  if (state && call.stage !== state) return false;
  if (!search.trim()) return true;
  const names = door(namesOf(call)).toLocaleLowerCase();
  return search.toLocaleLowerCase().split(/\s+/).every((word) => names.includes(word));
}

/** @param {{ store: Store, ids: string[], mayAct: boolean, ask: (question: import("./acts.js").Question) => void }} properties */
function Cards({ store, ids, mayAct, ask }) {
  const room = useMemo(() => ({ store, mayAct, ask, few: ids.length <= FEW }), [store, mayAct, ask]);
  room.few = ids.length <= FEW;
  // The same card again is not looked at: each follows its own call.
  const made = useRef(/** @type {Map<string, any>} */ (new Map()));
  const cards = new Map(ids.map((id) => [id, made.current.get(id) ?? html`<${Card} key=${id} id=${id} room=${room} />`]));
  made.current = cards;
  return html`<ul class="running plain">${[...cards.values()]}</ul>`;
}

/** @param {{ filter: Filter, setFilter: (changes: Record<string, string | null>) => void }} properties */
function Filters({ filter, setFilter }) {
  const [buildings, setBuildings] = useState(/** @type {{ id: string, name: string }[]} */ ([]));
  useEffect(() => {
    const asked = new AbortController();
    // Without them there is one thing less to choose by.
    all("/v1/buildings", {}, asked.signal).then(setBuildings, () => null);
    return () => asked.abort();
  }, []);
  const value = (/** @type {any} */ event) => event.currentTarget.value;
  return html`<div class="filters" role="search" aria-labelledby="running">
    ${(buildings.length > 1 || filter.building) && html`<div class="field">
      <label for="live-building">${t("building")}</label>
      <select id="live-building" value=${filter.building} onChange=${(/** @type {Event} */ event) => setFilter({ building: value(event) })}>
        <option value="">${t("allBuildings")}</option>
        ${buildings.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}
      </select>
    </div>`}
    <div class="field">
      <label for="live-state">${t("state")}</label>
      <select id="live-state" value=${filter.state} onChange=${(/** @type {Event} */ event) => setFilter({ state: value(event) })}>
        <option value="">${t("allStates")}</option>
        ${STATES.map((state) => html`<option key=${state} value=${state}>${stage(state)}</option>`)}
      </select>
    </div>
    <div class="field">
      <label for="live-search">${t("search")}</label>
      <input id="live-search" type="search" value=${filter.search} onInput=${(/** @type {Event} */ event) => setFilter({ q: value(event) })} />
    </div>
  </div>`;
}

function NothingRuns() {
  return html`<${Empty} title=${t("empty")} hint=${t("emptyHint")}>
    ${hasSimulator && may("manager") && html`<a class="button primary" href="/try-it">${t("tryIt")}</a>`}
    <a class="button" href="/calls">${t("toCalls")}</a>
    ${mayForAll("admin") && html`<a class="button" href="/start">${t("firstSteps")}</a>`}
  <//>`;
}
