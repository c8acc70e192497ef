// The forms of the first steps: a building, its door, who lives there, and a number to call.

import { post } from "../../app/api.js";
import { html, useState } from "../../app/html.js";
import { canSimulate, makeSimulatedConnection, registerLine } from "../../app/simulator.js";
import { hasSimulator } from "../../app/settings.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { ProblemNote } from "../../parts/problem.js";
import { e164 } from "../buildings/numbers.js";
import { languageOptions, likely, regionOptions, zoneOptions } from "../buildings/options.js";
import { t } from "./texts.js";

/** Numbers that nobody has (Ofcom's, for drama): three digits at their end are free to choose. @param {string} prefix */
const nobodys = (prefix) => prefix + String(crypto.getRandomValues(new Uint16Array(1))[0] ?? 0).padStart(3, "0").slice(-3);
const LANDLINE = "+441632960";
const MOBILE = "+447700900";

/** @param {{ onDone: () => Promise<void> }} properties */
export function BuildingStep({ onDone }) {
  const draft = useForm({ name: "", address: "", ...likely() }, async (values) => {
    await post("/v1/buildings", values);
    await onDone();
  });
  return html`<p>${t("buildingHint")}</p>
    <${Form} of=${draft} submit=${t("addBuilding")}>
      <${Field} of=${draft} name="name" label=${t("name")} placeholder=${t("nameExample")} required autocomplete="off" />
      <${Field} of=${draft} name="address" label=${t("address")} optional autocomplete="off" />
      <div class="columns">
        <${Field} of=${draft} name="time_zone" label=${t("zone")} type="select" options=${zoneOptions(draft.values.time_zone)} />
        <${Field} of=${draft} name="language" label=${t("language")} type="select" options=${languageOptions(draft.values.language)} />
        <${Field} of=${draft} name="region" label=${t("region")} type="select" options=${regionOptions(draft.values.region)} />
      </div>
    <//>`;
}

/** @param {{ building: any, onDone: () => Promise<void> }} properties */
export function EntranceStep({ building, onDone }) {
  const draft = useForm({ name: t("entranceExample"), number: hasSimulator ? nobodys(LANDLINE) : "", open_digits: "9" }, async (values) => {
    await post(`/v1/buildings/${building.id}/entrances`, {
      name: values.name,
      panel_numbers: values.number ? [e164(values.number, building.region)] : [],
      panel: { open_digits: values.open_digits },
    });
    await onDone();
  });
  return html`<p>${t("entranceHint")}</p>
    <${Form} of=${renamed(draft, "panel_numbers", "number")} submit=${t("addEntrance")}>
      <${Field} of=${draft} name="name" label=${t("entranceName")} required autocomplete="off" />
      <${Field} of=${renamed(draft, "panel_numbers", "number")} name="number" label=${t("panelNumber")} type="tel" required
        hint=${hasSimulator ? t("simulatedNumber") : undefined} placeholder="+44 1632 960 001" autocomplete="off" />
      <${Field} of=${renamed(draft, "panel", "open_digits")} name="open_digits" label=${t("openDigits")} inputmode="numeric" autocomplete="off" />
    <//>`;
}

/** What the API finds wrong with one field, at the field that stands for it here. @param {import("../../parts/form.js").Draft} draft @param {string} api @param {string} here */
function renamed(draft, api, here) {
  const wrong = draft.wrong[api];
  return wrong ? { ...draft, wrong: { ...draft.wrong, [here]: wrong } } : draft;
}

/** @param {{ building: any, onDone: () => Promise<void> }} properties */
export function UnitStep({ building, onDone }) {
  const [rows, setRows] = useState(["Ada", "Ben"].map((name) => (hasSimulator ? { name, number: nobodys(MOBILE) } : { name: "", number: "" })));
  const [made, setMade] = useState(/** @type {any} */ (null));
  const change = (/** @type {number} */ n, /** @type {Record<string, string>} */ changes) => setRows(rows.map((row, m) => (m === n ? { ...row, ...changes } : row)));
  const draft = useForm({ name: "1204" }, async ({ name }) => {
    // A second try, after a number that was not good, must not make the unit twice.
    const unit = made ?? (await post(`/v1/buildings/${building.id}/units`, { name, code: /^\d{1,10}$/.test(name) ? name : null }));
    setMade(unit);
    const left = [...rows];
    for (const row of rows.filter((row) => row.name.trim() && row.number.trim())) {
      await post(`/v1/units/${unit.id}/residents`, { name: row.name, numbers: [e164(row.number, building.region)] });
      left.splice(left.indexOf(row), 1);
      setRows([...left]);
    }
    await onDone();
  });
  return html`<p>${t("unitHint")}</p>
    <${Form} of=${draft} submit=${t("addUnit")}>
      <${Field} of=${draft} name="name" label=${t("unitName")} required disabled=${made !== null} autocomplete="off" />
      ${rows.map((row, n) => html`<div key=${n} class="person">
        <div class="field"><label for=${`name-${n}`}>${t("residentName")}</label>
          <input id=${`name-${n}`} value=${row.name} autocomplete="off" onInput=${(/** @type {any} */ event) => change(n, { name: event.currentTarget.value })} /></div>
        <div class="field"><label for=${`number-${n}`}>${t("residentNumber")}</label>
          <input id=${`number-${n}`} type="tel" value=${row.number} autocomplete="off" onInput=${(/** @type {any} */ event) => change(n, { number: event.currentTarget.value })} /></div>
      </div>`)}
      <p class="row between small"><span class="soft">${t("withoutPerson")}</span>
        <button type="button" class="button small" onClick=${() => setRows([...rows, { name: "", number: "" }])}>${t("anotherResident")}</button></p>
    <//>`;
}

/** @param {{ building: any, entrance: any, onDone: () => Promise<void> }} properties */
export function LineStep({ building, entrance, onDone }) {
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const [is_busy, setBusy] = useState(false);
  const simulate = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const connection = await makeSimulatedConnection(t("simulated"));
      const number = nobodys(LANDLINE);
      await post("/v1/lines", { connection_id: connection.id, building_id: building.id, entrance_id: entrance.id, number });
      await registerLine(connection, [number]);
      await onDone();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return html`<p>${t("lineHint")}</p>
    <div class="columns">
      ${hasSimulator && html`<section class="start-choice">
        <h3>${t("simulated")}</h3>
        <p>${t("simulatedHint")}</p>
        ${canSimulate()
          ? html`<button class="button primary" disabled=${is_busy} onClick=${() => void simulate()}>${is_busy ? t("working") : t("useSimulated")}</button>`
          : html`<p class="soft">${t("insecure")}</p>`}
        ${problem && html`<${ProblemNote} of=${problem} />`}
      </section>`}
      <section class="start-choice">
        <h3>${t("own")}</h3>
        <p>${t("ownHint")}</p>
        <p class="row"><a class="button" href="/connections">${t("useOwn")}</a><a class="button" href="/lines">${t("addLine")}</a></p>
      </section>
    </div>`;
}
