// The dry run's form: who calls, which keys the visitor presses, what the residents do.

import { useData } from "../../app/data.js";
import { phone } from "../../app/format.js";
import { html, useEffect, useId } from "../../app/html.js";
import { place } from "../../app/places.js";
import { Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { keyText, reactions, reactionText, t } from "./texts.js";

/** @typedef {import("../../parts/form.js").Draft} Draft */
/** @typedef {import("../../app/types").Schema<"LineView">} Line */

const KEYS = ["open", "talk", "deny", "extend"];
const AT_FIRST = { reaction: "no_answer", after: 5, key: "open" };
/** A visitor who was asked for a code needs so long to find it. */
const FINDS_THE_CODE_AFTER = 4;

/** @param {{ of: Draft, lines: Line[], label: (line: Line) => string, line: Line, zone: string }} properties */
export function Caller({ of, lines, label, line, zone }) {
  const panel = place("entrance", line.entrance_id, line.building_id)?.panel_numbers[0];
  const hint = panel && of.values.from !== panel && !of.values.withheld
    ? html`${t("panel", { number: phone(panel) })} <button type="button" class="link" onClick=${() => of.set("from", panel)}>${t("usePanel")}</button>`
    : t("fromHint");
  return html`
    <${Field} of=${of} name="line" label=${t("line")} type="select" options=${lines.map((one) => [one.id, label(one)])} />
    <${Field} of=${of} name="from" label=${t("from")} type="tel" hint=${hint} disabled=${of.values.withheld} required=${!of.values.withheld} />
    <${Field} of=${of} name="withheld" label=${t("withheld")} type="check" />
    <${Field} of=${of} name="at" label=${t("at")} type="datetime-local" hint=${t("atHint", { zone })} />`;
}

/** @param {{ of: Draft }} properties */
export function Keys({ of }) {
  const id = useId();
  const presses = /** @type {{ after: number | string, digits: string }[]} */ (of.values.presses);
  const change = (/** @type {number} */ n, /** @type {Record<string, unknown>} */ how) => of.set("presses", presses.map((press, m) => (m === n ? { ...press, ...how } : press)));
  const wrong = of.wrong.digits;
  return html`<fieldset aria-describedby=${`${id}-hint`}>
    <legend>${t("keys")}</legend>
    <p class="soft small" id=${`${id}-hint`}>${t("keysHint")}</p>
    ${presses.map((press, n) => html`<div key=${n} class="row press">
      <label>${t("after")} <input type="number" min="0" max="3600" value=${press.after} onInput=${(/** @type {any} */ event) => change(n, { after: event.currentTarget.value })} /></label>
      <label>${t("digits")} <input inputmode="tel" maxlength="40" value=${press.digits} aria-invalid=${wrong ? "true" : undefined} onInput=${(/** @type {any} */ event) => change(n, { digits: event.currentTarget.value })} /></label>
      <button type="button" class="bare" aria-label=${t("removeKeys")} title=${t("removeKeys")} onClick=${() => of.set("presses", presses.filter((_, m) => m !== n))}><${Icon} name="remove" /></button>
    </div>`)}
    ${wrong && html`<p class="wrong">${wrong}</p>`}
    <div><button type="button" class="button small" disabled=${presses.length >= 20} onClick=${() => of.set("presses", [...presses, { after: 10, digits: "" }])}><${Icon} name="plus" /> ${t("addKeys")}</button></div>
    <${Field} of=${of} name="leaves" label=${t("leaves")} type="number" min="0" max="3600" hint=${t("leavesHint")} optional />
  </fieldset>`;
}

/** Who lives where the line leads to, and what each does when their phone rings. @param {{ of: Draft, line: Line, building: any }} properties */
export function Reactions({ of, line, building }) {
  const units = useData(line.unit_id || line.leads_to_stream ? null : `/v1/buildings/${line.building_id}/units?limit=200`);
  /** @type {any[]} */
  const choices = units.data?.items ?? [];
  const unit = line.unit_id ?? of.values.unit ?? choices[0]?.id ?? null;
  const residents = useData(unit ? `/v1/units/${unit}/residents?limit=200` : null);
  const visits = (/** @type {any} */ wanted) => {
    const asks = choices.length > 1 && wanted?.code;
    of.change({ unit: wanted?.id ?? null, reactions: {}, presses: asks ? [{ after: FINDS_THE_CODE_AFTER, digits: `${wanted.code}#` }] : [] });
  };
  useEffect(() => {
    if (units.data) visits(choices.find(({ id }) => id === of.values.unit) ?? choices[0]);
  }, [units.data]);
  useEffect(() => {
    if (line.unit_id && of.values.unit !== line.unit_id) of.change({ unit: line.unit_id, reactions: {}, presses: [] });
  }, [line.id]);
  if (line.leads_to_stream) return null;
  /** @type {{ id: string, name: string }[]} */
  const people = [...(residents.data?.items ?? []), ...(building.concierge ? [{ id: "concierge", name: t("concierge") }] : [])];
  return html`<fieldset>
    <legend>${t("residents")}</legend>
    ${choices.length > 1 && html`<${Unit} choices=${choices} value=${unit} onChange=${(/** @type {string} */ id) => visits(choices.find((one) => one.id === id))} />`}
    ${residents.data && residents.data.items.length === 0 && html`<p class="soft">${t("noResidents")}</p>`}
    ${people.map((one) => html`<${Reaction} key=${one.id} name=${one.name} value=${of.values.reactions[one.id] ?? AT_FIRST}
      onChange=${(/** @type {any} */ how) => of.set("reactions", { ...of.values.reactions, [one.id]: how })} />`)}
    ${of.wrong.residents && html`<p class="wrong">${of.wrong.residents}</p>`}
  </fieldset>`;
}

/** @param {{ choices: any[], value: string | null, onChange: (id: string) => void }} properties */
function Unit({ choices, value, onChange }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${t("unit")}</label>
    <select id=${id} value=${value ?? ""} onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.value)}>
      ${choices.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === value}>${one.name}</option>`)}
    </select>
  </div>`;
}

/** @param {{ name: string, value: { reaction: string, after: number | string, key: string }, onChange: (value: any) => void }} properties */
function Reaction({ name, value, onChange }) {
  const id = useId();
  const reacts = value.reaction !== "no_answer" && value.reaction !== "unreachable";
  return html`<div class="reaction" role="group" aria-label=${name}>
    <div class="field">
      <label for=${id}>${t("does", { name })}</label>
      <select id=${id} value=${value.reaction} onChange=${(/** @type {any} */ event) => onChange({ ...value, reaction: event.currentTarget.value })}>
        ${reactions.map((one) => html`<option key=${one} value=${one} selected=${one === value.reaction}>${reactionText(one)}</option>`)}
      </select>
    </div>
    ${reacts && html`<div class="field"><label for=${`${id}-after`}>${t("afterRing")}</label>
      <input id=${`${id}-after`} type="number" min="0" max="3600" value=${value.after} onInput=${(/** @type {any} */ event) => onChange({ ...value, after: event.currentTarget.value })} /></div>`}
    ${value.reaction === "answers" && html`<div class="field"><label for=${`${id}-key`}>${t("key")}</label>
      <select id=${`${id}-key`} value=${value.key} onChange=${(/** @type {any} */ event) => onChange({ ...value, key: event.currentTarget.value })}>
        ${["", ...KEYS].map((one) => html`<option key=${one} value=${one} selected=${one === value.key}>${one ? keyText(one) : t("none")}</option>`)}
      </select></div>`}
  </div>`;
}
