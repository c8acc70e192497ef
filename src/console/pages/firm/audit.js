// The audit: who changed what, in plain sentences, with what was before and after; as a file; and the proof that it is whole.

import { all, download, request } from "../../app/api.js";
import { usePages } from "../../app/data.js";
import { dateAndTime, phone, since } from "../../app/format.js";
import { html, useEffect, useId, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { useQuery } from "../../app/router.js";
import { mayForAll } from "../../app/session.js";
import { Empty } from "../../parts/empty.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead } from "../../parts/page.js";
import { toastProblem } from "../../parts/toast.js";
import { ActorOptions, namer, usePeople } from "./actors.js";
import { Chain } from "./audit-chain.js";
import { actionName, ACTIONS, resourceName, RESOURCES, sentenceOf, t, thing } from "./audit-words.js";
import { DifferenceTable } from "./difference.js";
import { FirmPlaces } from "./places.js";

/** @typedef {import("../../app/types").Schema<"AuditEntryView">} Entry */

const FILTERS = ["actor", "resource", "resource_id", "action", "building", "from", "to"];

/** What a thing is called, by what was written down of it. @param {Entry} entry */
function nameOf({ before, after, resource }) {
  /** @type {Record<string, any>} */
  const document = { ...(before ?? {}), ...(after ?? {}) };
  if (resource === "block" && document.number === null) return "";
  const name = document.name ?? document.label ?? document.number ?? document.email ?? document.url ?? "";
  return typeof name === "string" ? (name.startsWith("+") || name === "[erased]" ? phone(name) : name) : "";
}

/** What was done, as a sentence. @param {Entry} entry @param {(did: any) => string} actor */
function told(entry, actor) {
  const name = nameOf(entry);
  const what = `${thing(entry.resource)} ${name}`.trim();
  /** @type {Record<string, any>} */
  const values = { who: actor(entry), what: name ? html`${thing(entry.resource)} <strong>${name}</strong>` : what, name: html`<strong>${name || what}</strong>`, action: actionName(entry.action) };
  // Names stand out, whatever the sentence's order.
  return sentenceOf(entry.resource, entry.action).split(/\{(\w+)\}/).map((part, n) => (n % 2 === 1 ? (values[part] ?? "") : part));
}

/** Midnight of the reader's day. @param {string | null} day @param {number} plus days */
function midnight(day, plus) {
  if (!day || !/^\d{4}-\d\d-\d\d$/.test(day)) return null;
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + plus);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** @param {{ label: string, value: string | null, any: string, onChoose: (value: string) => void, children: any }} properties */
function Choice({ label, value, any, onChoose, children }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} value=${value ?? ""} onChange=${(/** @type {any} */ event) => onChoose(event.currentTarget.value)}><option value="">${any}</option>${children}</select>
  </div>`;
}

/** @param {{ label: string, value: string | null, onChoose: (value: string) => void }} properties */
function Day({ label, value, onChoose }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} type="date" value=${value ?? ""} onChange=${(/** @type {any} */ event) => onChoose(event.currentTarget.value)} />
  </div>`;
}

/** @param {{ query: URLSearchParams, change: (changes: Record<string, string | null>) => void, people: ReturnType<typeof usePeople> }} properties */
function Filters({ query, change, people }) {
  const [buildings, setBuildings] = useState(/** @type {any[]} */ ([]));
  useEffect(() => {
    const asked = new AbortController();
    all("/v1/buildings", {}, asked.signal).then(setBuildings, () => null);
    return () => asked.abort();
  }, []);
  const sorted = (/** @type {string[]} */ keys, /** @type {(key: string) => string} */ name) =>
    keys.map((key) => ({ key, text: name(key) })).sort((one, other) => one.text.localeCompare(other.text)).map(({ key, text }) => html`<option key=${key} value=${key}>${text}</option>`);
  const chooses = (/** @type {string} */ name) => ({ value: query.get(name), onChoose: (/** @type {string} */ value) => change({ [name]: value }) });
  return html`<div class="filters" role="group" aria-label=${t("filters")}>
    <${Choice} label=${t("who")} any=${t("anybody")} ...${chooses("actor")} key=${`actor-${people.is_known}`}><${ActorOptions} of=${people} /><//>
    <${Choice} label=${t("what")} any=${t("anything")} ...${chooses("resource")}>${sorted(RESOURCES, resourceName)}<//>
    <${Choice} label=${t("action")} any=${t("anyAction")} ...${chooses("action")}>${sorted(ACTIONS, actionName)}<//>
    <${Choice} label=${t("building")} any=${t("allBuildings")} ...${chooses("building")} key=${`building-${buildings.length}`}>
      ${buildings.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}<//>
    <${Day} label=${t("from")} ...${chooses("from")} />
    <${Day} label=${t("to")} ...${chooses("to")} />
    ${FILTERS.some((name) => query.get(name)) && html`<button class="button" onClick=${() => change(Object.fromEntries(FILTERS.map((name) => [name, null])))}>${t("clear")}</button>`}
  </div>`;
}

/** @param {{ entry: Entry, actor: (did: any) => string, only: (id: string) => void }} properties */
function Happened({ entry, actor, only }) {
  const name = usePlaces();
  const [is_open, setOpen] = useState(false);
  const building = entry.resource !== "building" && entry.building_id ? name("building", entry.building_id) : null;
  const has_sides = entry.before !== null || entry.after !== null;
  return html`<div>${told(entry, actor)}${building && html` <span class="soft">${t("at", { building })}</span>`}</div>
    <details onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
      <summary class="small">${t("show")}</summary>
      ${is_open && html`
        ${has_sides ? html`<${DifferenceTable} before=${entry.before} after=${entry.after} label=${t("show")} />` : html`<p class="soft small">${t("same")}</p>`}
        <p class="soft small">${t("thing")}: <code>${entry.resource_id}</code>${entry.request_id && html` · ${t("request")}: <code>${entry.request_id}</code>`}
          ${" "}<button class="link" onClick=${() => only(entry.resource_id)}>${t("of")}</button></p>`}
    </details>`;
}

function Log() {
  const [query, change] = useQuery();
  const people = usePeople();
  const actor = namer(people);
  const [is_busy, setBusy] = useState(false);
  const asked = {
    ...Object.fromEntries(FILTERS.map((name) => [name, query.get(name)])),
    from: midnight(query.get("from"), 0), to: midnight(query.get("to"), 1),
  };
  const list = usePages("/v1/audit", asked);
  const is_filtered = Object.values(asked).some(Boolean);
  const save = async () => {
    setBusy(true);
    try {
      download("audit.csv", await request("/v1/audit.csv", { query: asked, accept: "text/csv" }));
    } catch (problem) {
      toastProblem(problem);
    }
    setBusy(false);
  };
  const clear = () => change(Object.fromEntries(FILTERS.map((name) => [name, null])));
  const empty = is_filtered
    ? html`<${Empty} title=${t("emptyFound")} hint=${t("emptyFoundHint")}><button class="button" onClick=${clear}>${t("clear")}</button><//>`
    : html`<${Empty} title=${t("empty")} hint=${t("emptyHint")} />`;
  return html`
    <${PageHead} title=${t("title")} intro=${t("intro")}
      actions=${html`<button class="button" disabled=${is_busy || list.items.length === 0} onClick=${save}>${is_busy ? t("exporting") : t("exportCsv")}</button>`} />
    <${FirmPlaces} here="/audit" />
    <div class="stack">
      <div>
        <${Filters} query=${query} change=${change} people=${people} />
        <${PagedTable} label=${t("title")} of=${list} empty=${empty} columns=${[
          {
            title: t("when"), class: "nowrap",
            cell: (/** @type {Entry} */ entry) => html`<time datetime=${entry.at}>${dateAndTime(entry.at)}</time><div class="soft small">${since(entry.at)}</div>`,
          },
          { title: t("happened"), cell: (/** @type {Entry} */ entry) => html`<${Happened} entry=${entry} actor=${actor} only=${(/** @type {string} */ id) => change({ resource_id: id })} />` },
        ]} />
      </div>
      <${Chain} />
    </div>`;
}

export default function Audit() {
  if (mayForAll("admin")) return html`<${Log} />`;
  return html`<${PageHead} title=${t("title")} /><${FirmPlaces} here="/audit" /><${Empty} title=${t("noAdmin")} hint=${t("noAdminHint")} />`;
}
