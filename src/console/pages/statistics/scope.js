// What is counted: which buildings, which door, from when until when; all of it in the address bar. And the fields that choose it.

import { all } from "../../app/api.js";
import { html, useEffect, useId, useMemo, useState } from "../../app/html.js";
import { useQuery } from "../../app/router.js";
import { PRESETS, periodOf } from "./period.js";
import { t } from "./texts.js";

/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */

/**
 * A whole list. A path of `null` asks nothing.
 *
 * @param {string | null} path @returns {{ items: any[] | null, problem: unknown, reload: () => void }}
 */
export function useAll(path) {
  const [state, setState] = useState(/** @type {{ path: string | null, items: any[] | null, problem: unknown }} */ ({ path, items: null, problem: null }));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return undefined;
    const asked = new AbortController();
    all(path, {}, asked.signal).then(
      (items) => asked.signal.aborted || setState({ path, items, problem: null }),
      (problem) => asked.signal.aborted || setState({ path, items: null, problem }),
    );
    return () => asked.abort();
  }, [path, turn]);
  const shown = state.path === path ? state : { items: null, problem: null };
  return { items: shown.items, problem: shown.problem, reload: () => setTurn((turn) => turn + 1) };
}

/** The clock that most buildings go by. @param {Building[]} buildings */
function usualZone(buildings) {
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const { time_zone } of buildings) times.set(time_zone, (times.get(time_zone) ?? 0) + 1);
  const [zone] = [...times].sort((one, other) => other[1] - one[1])[0] ?? [Intl.DateTimeFormat().resolvedOptions().timeZone];
  return zone;
}

/** @typedef {ReturnType<typeof useScope>} Scope */

/** What the address bar asks for, once the buildings are known by whose clock it is counted. */
export function useScope() {
  const [query, change] = useQuery();
  const [now, setNow] = useState(() => Date.now());
  const { items: buildings, problem, reload } = useAll("/v1/buildings");
  const id = query.get("building");
  const building = buildings?.find((one) => one.id === id) ?? null;
  const zone = building?.time_zone ?? usualZone(buildings ?? []);
  const period = useMemo(() => periodOf(query, zone, now), [String(query), zone, now]);
  const place = { building: id, entrance: id && query.get("entrance"), unit: id && query.get("unit") };
  return {
    query, change, buildings, problem, reload, building, zone, period, place,
    /** Counts anew, until now. */
    again: () => setNow(Date.now()),
    /** Those that it is counted in. */
    range: { from: period.from, to: period.to },
  };
}

/** @param {{ label: string, value: string | null, options: [string, string][], any?: string, onChoose: (value: string) => void }} properties */
function Choice({ label, value, options, any, onChoose }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} value=${value ?? ""} onChange=${(/** @type {any} */ event) => onChoose(event.currentTarget.value)}>
      ${any && html`<option value="">${any}</option>`}
      ${options.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
    </select>
  </div>`;
}

/** A day of a period of one's own, taken over when it is complete. @param {{ label: string, value: string, max?: string, onChoose: (value: string) => void }} properties */
function DayField({ label, value, max, onChoose }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} type="date" value=${value} max=${max} min="2020-01-01"
      onChange=${(/** @type {any} */ event) => /^20\d\d-/.test(event.currentTarget.value) && onChoose(event.currentTarget.value)} />
  </div>`;
}

/** @param {{ of: Scope, doors?: boolean, children?: any }} properties `doors`: entrances and units can be chosen as well */
export function ScopeFields({ of, doors = false, children }) {
  const { query, change, period, place } = of;
  const within = doors && of.building ? `/v1/buildings/${of.building.id}` : null;
  const entrances = useAll(within && `${within}/entrances`);
  const units = useAll(within && `${within}/units`);
  const named = (/** @type {any[] | null} */ items) => /** @type {[string, string][]} */ ((items ?? []).map(({ id, name }) => [id, name]));
  return html`<div class="filters" role="group" aria-label=${t("filters")}>
    <${Choice} label=${t("period")} value=${period.preset} options=${PRESETS.map((one) => [one, t(`preset_${one}`)])}
      onChoose=${(/** @type {string} */ wanted) =>
        change({ period: wanted === "month" ? null : wanted, from: wanted === "own" ? period.first : null, to: wanted === "own" ? period.last : null })} />
    ${period.preset === "own" && html`
      <${DayField} label=${t("first")} value=${period.first} onChoose=${(/** @type {string} */ from) => change({ from })} />
      <${DayField} label=${t("last")} value=${period.last} onChoose=${(/** @type {string} */ to) => change({ to })} />`}
    <${Choice} label=${t("building")} value=${place.building} options=${named(of.buildings)} any=${t("allBuildings")}
      onChoose=${(/** @type {string} */ building) => change({ building, entrance: null, unit: null })} />
    ${within && html`
      <${Choice} label=${t("entrance")} value=${query.get("entrance")} options=${named(entrances.items)} any=${t("allEntrances")}
        onChoose=${(/** @type {string} */ entrance) => change({ entrance })} />
      <${Choice} label=${t("unit")} value=${query.get("unit")} options=${named(units.items)} any=${t("allUnits")}
        onChoose=${(/** @type {string} */ unit) => change({ unit })} />`}
    ${children}
  </div>`;
}

/** By whose clock it is counted. @param {{ zones: string[], zone: string }} properties */
export function ClockNote({ zones, zone }) {
  const names = zones.map((name) => name.replaceAll("_", " "));
  return html`<p class="soft small">
    ${zones.length > 1 ? t("ownClocks", { zones: names.join(", "), zone: zone.replaceAll("_", " ") }) : t("oneClock", { zone: (names[0] ?? zone).replaceAll("_", " ") })}
  </p>`;
}
