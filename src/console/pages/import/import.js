// Residents from a spreadsheet: a file or pasted text, what it would change row by row, and only then the import.

import { download, post, Problem, request } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { html, useEffect, useId, useRef, useState } from "../../app/html.js";
import { forgetPlaces } from "../../app/places.js";
import { may } from "../../app/session.js";
import { Icon } from "../../parts/icon.js";
import { PageHead, Shown } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";
import { toastProblem } from "../../parts/toast.js";
import { BuildingPlaces, placeOf } from "../buildings/places.js";
import { COLUMNS, decoded, readSheet } from "./csv.js";
import { Preview } from "./preview.js";
import { t } from "./texts.js";

/** @typedef {import("../../app/types").Schema<"ImportReport">} Report */
/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */

const FILE_MAX = 2 * 1024 * 1024;
const TEMPLATE = `${COLUMNS.join(",")}\n1204,1204,Ada,+447700900101;+447700900102,en-GB,2026-11-20,\n1204,1204,Ben,+447700900103,,,\n1205,1205,,,,,\n`;
const NOTHING = { applied: false, rows: 0, units_added: 0, residents_added: 0, residents_changed: 0, unchanged: 0 };

/** @param {{ params: { id: string } }} properties */
export default function Import({ params }) {
  const building = useData(`/v1/buildings/${params.id}`);
  return html`<${Shown} page of=${building}>${(/** @type {Building} */ found) => html`<${ImportInto} building=${found} />`}<//>`;
}

/** What was refused as a whole, told as the preview tells it. @param {unknown} problem @returns {Report | null} */
function reportOf(problem) {
  if (!(problem instanceof Problem) || problem.fields.length === 0) return null;
  const problems = problem.fields.map(({ field, message }) => {
    const [, row = "1", column = ""] = /^row (\d+), ?(\w*)$/.exec(field) ?? [];
    return { row: Number(row), column, message };
  });
  return { ...NOTHING, problems };
}

/** @param {{ building: Building }} properties */
function ImportInto({ building }) {
  const [text, setText] = useState("");
  const [is_guessed, setGuessed] = useState(false);
  const [checked, setChecked] = useState(/** @type {{ text: string, report: Report } | null} */ (null));
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const [is_busy, setBusy] = useState(false);
  const [is_too_large, setTooLarge] = useState(false);
  const [present, setPresent] = useState(/** @type {import("./csv.js").Sheet | null} */ (null));
  const path = `/v1/buildings/${building.id}`;
  const result = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => result.current?.focus(), [checked]);

  const send = async (/** @type {string} */ file, /** @type {boolean} */ dry_run) => {
    setBusy(true);
    setProblem(null);
    try {
      if (dry_run) setPresent(readSheet(await request(`${path}/export`, { accept: "text/csv" })));
      const report = await post(`${path}/import`, file, { query: { dry_run }, type: "text/csv" });
      if (report.applied) forgetPlaces();
      setChecked({ text: file, report });
    } catch (error) {
      const report = reportOf(error);
      setChecked(report ? { text: file, report } : null);
      if (!report) setProblem(error);
    }
    setBusy(false);
  };
  const write = (/** @type {string} */ next) => {
    setText(next);
    setTooLarge(false);
  };
  const take = async (/** @type {File | undefined | null} */ file) => {
    if (!file) return;
    setProblem(null);
    setChecked(null);
    setTooLarge(file.size > FILE_MAX);
    if (file.size > FILE_MAX) return;
    const { text: read, isGuessed } = decoded(await file.arrayBuffer());
    setText(read);
    setGuessed(isGuessed);
    await send(read, true);
  };
  const correct = (/** @type {string} */ next) => {
    setText(next);
    void send(next, true);
  };
  const again = () => {
    setText("");
    setChecked(null);
    setGuessed(false);
  };

  const head = html`
    <${PageHead} title=${t("title", { building: building.name })} intro=${t("intro")} back=${{ to: placeOf(building.id, "overview"), text: building.name }} />
    <${BuildingPlaces} id=${building.id} here="import" />`;
  if (!may("manager")) return html`${head}<p class="note">${t("forbidden")}</p>`;
  const report = checked?.report;
  if (report?.applied) return html`${head}<${Done} report=${report} building=${building} again=${again} focus=${result} />`;
  return html`${head}
    <div class="stack">
      <${Source} building=${building} text=${text} write=${write} take=${take} busy=${is_busy} check=${() => void send(text, true)} isAgain=${checked !== null} />
      ${is_too_large && html`<p class="note problem" role="alert">${t("tooLarge")}</p>`}
      ${is_guessed && html`<p class="note warn">${t("guessed")}</p>`}
      ${problem && html`<${ProblemNote} of=${problem} />`}
      ${checked && html`<section class="card" tabindex="-1" ref=${result} aria-labelledby="preview">
        <${Preview} report=${checked.report} text=${checked.text} present=${present} busy=${is_busy} isStale=${checked.text !== text}
          correct=${correct} apply=${() => void send(checked.text, false)} />
      </section>`}
    </div>`;
}

/**
 * @param {{ building: Building, text: string, write: (text: string) => void, take: (file: File | null | undefined) => void,
 *   busy: boolean, check: () => void, isAgain: boolean }} properties
 */
function Source({ building, text, write, take, busy, check, isAgain }) {
  const [is_over, setOver] = useState(false);
  const file = useRef(/** @type {HTMLInputElement | null} */ (null));
  const id = useId();
  const drop = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer?.files[0]);
  };
  const over = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(true);
  };
  const exported = async () => {
    try {
      download(`${building.name}.csv`, await request(`/v1/buildings/${building.id}/export`, { accept: "text/csv" }));
    } catch (error) {
      toastProblem(error);
    }
  };
  return html`<section class="card" aria-label=${t("file")}>
    <div class="row between">
      <h2>${t("file")}</h2>
      <div class="row">
        <button type="button" class="button small" onClick=${() => download("residents.csv", TEMPLATE)}>${t("template")}</button>
        <button type="button" class="button small" onClick=${exported}>${t("export")}</button>
      </div>
    </div>
    <div class=${is_over ? "drop over" : "drop"} onDragOver=${over} onDragLeave=${() => setOver(false)} onDrop=${drop}>
      <p>${t("drop")}</p>
      <button type="button" class="button" onClick=${() => file.current?.click()}>${t("choose")}</button>
      <input class="visually-hidden" tabindex="-1" type="file" accept=".csv,.txt,text/csv" aria-label=${t("choose")} ref=${file}
        onChange=${(/** @type {any} */ event) => { take(event.currentTarget.files[0]); event.currentTarget.value = ""; }} />
    </div>
    <form onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); check(); }}>
      <div class="field">
        <label for=${id}>${t("text")}</label>
        <textarea id=${id} class="mono sheet" rows="7" wrap="off" spellcheck=${false} aria-describedby=${`${id}-hint`} value=${text}
          onInput=${(/** @type {any} */ event) => write(event.currentTarget.value)}></textarea>
        <p class="hint" id=${`${id}-hint`}>${t("textHint", { columns: COLUMNS.join(", ") })}</p>
      </div>
      <div class="row end"><button class="button primary" disabled=${busy || text.trim() === ""}>${isAgain ? t("again") : t("check")}</button></div>
    </form>
  </section>`;
}

/** @param {{ report: Report, building: Building, again: () => void, focus: any }} properties */
function Done({ report, building, again, focus }) {
  const said = { units: t("units", { n: report.units_added }), added: t("added", { n: report.residents_added }), changed: t("changed", { n: report.residents_changed }) };
  return html`<div class="note done" role="status" tabindex="-1" ref=${focus}>
    <${Icon} name="check" />
    <div>
      <p><strong>${t("done", said)}</strong></p>
      <p class="row"><a class="button primary" href=${placeOf(building.id, "residents")}>${t("residents")}</a>
        <button type="button" class="button" onClick=${again}>${t("another")}</button></p>
    </div>
  </div>`;
}
