// A door that can be rung from here: its panel with a button a unit, the phones that ring, and what came of it.

import { all } from "../../app/api.js";
import { phone as readable } from "../../app/format.js";
import { html, useEffect, useState } from "../../app/html.js";
import { isKnownHere, registerLine } from "../../app/simulator.js";
import { may } from "../../app/session.js";
import { Confirm } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";
import { ProblemNote } from "../../parts/problem.js";
import { VirtualPhone } from "./phones.js";
import { doorTones, ring, useRun } from "./run.js";
import { t } from "./texts.js";

/** Somebody whom no list knows; a number that nobody has. */
const STRANGER = "+442079460123";

/** @typedef {{ line: any, entrance: any, building: any, connection: any, units: any[], residents: Record<string, any[]> }} Tried */

/**
 * @param {{ door: Tried, onOpened?: () => void }} properties `onOpened`: called once its panel heard what opens it
 */
export function TriedDoor({ door, onOpened }) {
  const { line, entrance, units, residents } = door;
  const panel = entrance?.panel_numbers[0] ?? null;
  const [from, setFrom] = useState(panel ?? STRANGER);
  const [id, setId] = useState(/** @type {number | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [is_busy, setBusy] = useState(false);
  const { run, look } = useRun(id);

  const tones = run ? doorTones(run) : "";
  const opens = entrance?.panel?.open_digits ?? "9";
  const is_open = tones.includes(opens);
  useEffect(() => {
    if (is_open) onOpened?.();
  }, [is_open]);

  const press = async (/** @type {any} */ unit) => {
    setBusy(true);
    setProblem(null);
    const people = unit ? (residents[unit.id] ?? []) : Object.values(residents).flat();
    const phones = people.flatMap((resident) => resident.numbers.map((/** @type {string} */ number) => ({ number, name: resident.name })));
    const wantsCode = units.length > 1 && !line.unit_id;
    try {
      setId(await ring({ from, to: line.number, keys: unit?.code && wantsCode ? `${unit.code}#` : null, phones }));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const [is_asked, setAsked] = useState(false);
  const introduce = async () => {
    await registerLine(door.connection, [line.number]);
    setProblem(null);
  };
  const is_running = run?.state === "running";
  const [visitor, ...called] = run?.legs ?? [];

  return html`<div class="try">
    <section class="card panel" aria-label=${entrance?.name ?? line.number}>
      <p class="plate"><${Icon} name="door" /> ${door.building.name} · ${entrance?.name ?? readable(line.number)}</p>
      <div class="buttons">
        ${units.map((unit) => html`<button key=${unit.id} class="button bell" disabled=${is_busy || is_running} onClick=${() => void press(unit)}>
          <span class="visually-hidden">${t("press")} </span>
          <span class="unit">${unit.name}</span>
          <span class="names"> ${(residents[unit.id] ?? []).map((resident) => resident.name).join(", ")}</span>
        </button>`)}
        ${units.length === 0 && html`<p>${t("noUnits")} <a href=${`/buildings/${door.building.id}`}>${t("addUnits")}</a></p>`}
      </div>
      <div class="field">
        <label for="caller">${t("caller")}</label>
        <select id="caller" value=${from} disabled=${is_running} onChange=${(/** @type {any} */ event) => setFrom(event.currentTarget.value)}>
          ${panel && html`<option value=${panel}>${t("panel", { number: readable(panel) })}</option>`}
          <option value=${STRANGER}>${t("stranger", { number: readable(STRANGER) })}</option>
          <option value="withheld">${t("withheld")}</option>
        </select>
      </div>
      ${!panel && html`<p class="small"><a href=${`/entrances/${entrance?.id}`}>${t("newPanel")}</a></p>`}
      ${problem && html`<${ProblemNote} of=${problem} />`}
      ${problem?.status === 404 && html`<p>${t("notKnown")} ${may("admin") && html`<button class="button small" onClick=${() => setAsked(true)}>${t("introduce")}</button>`}</p>`}
      ${is_asked && html`<${Confirm} title=${t("introduce")} yes=${t("introduce")} danger=${!isKnownHere(line.connection_id)} onYes=${introduce} onClose=${() => setAsked(false)}>
        <p>${isKnownHere(line.connection_id) ? t("toldAgain") : t("newKeys", { label: door.connection?.label ?? "" })}</p>
      <//>`}
    </section>

    <section class="stack" aria-label=${t("ringing")}>
      ${visitor ? html`<${VirtualPhone} phone=${visitor} name=${t("visitor")} isVisitor onAct=${look} />` : html`<p class="soft">${t("silence")}</p>`}
      <div role="status" class="came">
        ${is_open && html`<div class="note done"><${Icon} name="check" /><p>${t("opened", { digits: tones })}</p></div>`}
        ${run?.state === "over" && html`<p>${t("over")} ${t("again")}</p>`}
      </div>
      ${run && html`<p class="row">
        <a class="button" href="/live">${t("live")}</a>
        <a class="button" href=${`/calls?building=${door.building.id}`}>${t("explain")}</a>
      </p>`}
    </section>

    <section class="phones" aria-labelledby="phones">
      <h2 id="phones">${t("phones")}</h2>
      <p class="soft small">${called.length === 0 ? t("noPhones") : t("hint")}</p>
      <div class="columns">
        ${called.map((phone) => html`<${VirtualPhone} key=${phone.uuid} phone=${phone} name=${phone.phone || readable(`+${phone.to.replace("+", "")}`)} onAct=${look} />`)}
      </div>
    </section>
  </div>`;
}

/** Everything that a door needs to be tried: its line, entrance, units, and who lives there. @param {any} line @returns {Promise<Tried>} */
export async function triedDoor(line) {
  const building = line.building_id;
  const [buildings, connections, entrances, units] = await Promise.all([
    all("/v1/buildings"), all("/v1/connections"), all(`/v1/buildings/${building}/entrances`), all(`/v1/buildings/${building}/units`),
  ]);
  const shown = units.filter((unit) => !line.unit_id || unit.id === line.unit_id).slice(0, 60);
  const lists = await Promise.all(shown.map((unit) => all(`/v1/units/${unit.id}/residents`)));
  return {
    line,
    building: buildings.find((one) => one.id === building),
    connection: connections.find((one) => one.id === line.connection_id),
    entrance: entrances.find((one) => one.id === line.entrance_id) ?? null,
    units: shown,
    residents: Object.fromEntries(shown.map((unit, n) => [unit.id, lists[n] ?? []])),
  };
}
