// The filters above the calls' list: what is chosen stands in the address bar, so that a filtered list can be sent on.

import { useData } from "../../app/data.js";
import { html, useEffect, useId, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { may } from "../../app/session.js";
import { dayOfFilter, isFiltered } from "./query.js";
import { t } from "./texts.js";
import { causes, causeText, kinds, kindText, outcomes, outcomeText } from "./words.js";

/** Those behind "more". */
const FURTHER = ["kind", "entrance", "unit", "resident", "cause", "reconciled"];
const TYPED_MS = 500;

/** @param {{ query: URLSearchParams, change: (changes: Record<string, string | null>) => void }} properties */
export function Filters({ query, change }) {
  const building = query.get("building");
  const buildings = useData("/v1/buildings?limit=200");
  const entrances = useData(building ? `/v1/buildings/${building}/entrances?limit=200` : null);
  const units = useData(building ? `/v1/buildings/${building}/units?limit=200` : null);
  const unit = query.get("unit");
  const residents = useData(unit ? `/v1/units/${unit}/residents?limit=200` : null);
  const name = usePlaces();
  /** @param {string} key @param {string} title @param {[string, string][]} options @param {string} any @param {Record<string, null>} [resets] */
  const select = (key, title, options, any, resets = {}) =>
    html`<${Select} key=${key} title=${title} value=${query.get(key) ?? ""} options=${options} any=${any} onChange=${(/** @type {string} */ value) => change({ ...resets, [key]: value })} />`;
  /** The ones to choose from; the chosen one also if it is not among them. @param {any} of @param {any} kind */
  const listed = (of, kind) => {
    /** @type {[string, string][]} */
    const options = (of.data?.items ?? []).map((/** @type {any} */ one) => [one.id, one.name]);
    const chosen = query.get(kind);
    if (chosen && !of.loading && !options.some(([id]) => id === chosen)) options.push([chosen, name(kind, chosen) ?? "…"]);
    return options;
  };
  return html`<section class="call-filters" aria-label=${t("filters")}>
    <div class="filters">
      ${select("building", t("building"), listed(buildings, "building"), t("anyBuilding"), { entrance: null, unit: null, resident: null })}
      ${select("outcome", t("outcome"), outcomes.map((one) => [one, outcomeText(one)]), t("any"))}
      <${Day} title=${t("from")} value=${dayOfFilter(query.get("from"))} max=${dayOfFilter(query.get("to"))} onChange=${(/** @type {string} */ from) => change({ from })} />
      <${Day} title=${t("to")} value=${dayOfFilter(query.get("to"))} min=${dayOfFilter(query.get("from"))} onChange=${(/** @type {string} */ to) => change({ to })} />
      <${CallerField} value=${query.get("caller") ?? ""} onChange=${(/** @type {string} */ caller) => change({ caller })} />
    </div>
    <details open=${FURTHER.some((key) => query.get(key))}>
      <summary>${t("moreFilters")}</summary>
      <div class="filters">
        ${select("kind", t("kind"), kinds.map((one) => [one, kindText(one)]), t("any"))}
        ${(building || query.get("entrance")) && select("entrance", t("entrance"), listed(entrances, "entrance"), t("any"))}
        ${(building || unit) && select("unit", t("unit"), listed(units, "unit"), t("any"), { resident: null })}
        ${(unit || query.get("resident")) && select("resident", t("resident"), listed(residents, "resident"), t("any"))}
        ${select("cause", t("cause"), causes.map((one) => [one, causeText(one)]), t("any"))}
        ${select("reconciled", t("reconciled"), [["false", t("reported")], ["true", t("notReported")]], t("any"))}
      </div>
    </details>
    ${isFiltered(query) && html`<p><button type="button" class="button small" onClick=${() => change(Object.fromEntries([...query.keys()].map((key) => [key, null])))}>${t("clear")}</button></p>`}
  </section>`;
}

/** @param {{ title: string, value: string, options: [string, string][], any: string, onChange: (value: string) => void }} properties */
function Select({ title, value, options, any, onChange }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${title}</label>
    <select id=${id} value=${value} onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.value)}>
      <option value="">${any}</option>
      ${options.map(([one, text]) => html`<option key=${one} value=${one} selected=${one === value}>${text}</option>`)}
    </select>
  </div>`;
}

/** @param {{ title: string, value: string, min?: string, max?: string, onChange: (value: string) => void }} properties */
function Day({ title, value, min, max, onChange }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${title}</label>
    <input id=${id} type="date" value=${value} min=${min || undefined} max=${max || undefined} onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.value)} />
  </div>`;
}

/** Asked for once nothing more is typed. @param {{ value: string, onChange: (value: string) => void }} properties */
function CallerField({ value, onChange }) {
  const id = useId();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => onChange(typed.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const is_allowed = may("manager");
  return html`<div class="field">
    <label for=${id}>${t("caller")}</label>
    <input id=${id} type="tel" value=${typed} placeholder="+44 …" disabled=${!is_allowed} title=${is_allowed ? t("callerHint") : t("onlyManagers")}
      onInput=${(/** @type {any} */ event) => setTyped(event.currentTarget.value)} />
  </div>`;
}
