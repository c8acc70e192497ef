// What a file would do: the counts, each row with what becomes of it, and what is wrong at its row and column, where it can be put right.

import { html, useMemo, useState } from "../../app/html.js";
import { Badge } from "../../parts/badge.js";
import { Icon } from "../../parts/icon.js";
import { cellOf, changesOf, COLUMNS, isRow, readSheet, withCell } from "./csv.js";
import { columnTitle, inWords, t } from "./texts.js";

/** @typedef {import("../../app/types").Schema<"ImportReport">} Report */
/** @typedef {import("../../app/types").Schema<"RowProblem">} RowProblem */

const SHOWN = 300;

/**
 * @param {{ report: Report, text: string, present: import("./csv.js").Sheet | null, busy: boolean, isStale: boolean,
 *   correct: (text: string) => void, apply: () => void }} properties
 */
export function Preview({ report, text, present, busy, isStale, correct, apply }) {
  const [wants_all, setAll] = useState(false);
  const sheet = useMemo(() => readSheet(text), [text]);
  const changes = useMemo(() => changesOf(sheet, present), [sheet, present]);
  const wrong = useMemo(() => new Map(sheet.rows.map((row) => [row, report.problems.filter((one) => isRow(row, one.row))])), [sheet, report]);
  const elsewhere = report.problems.filter((one) => !sheet.rows.some((row) => isRow(row, one.row)));
  const n = report.problems.length;
  const is_all_there = n === 0 && report.units_added + report.residents_added + report.residents_changed === 0 && report.unchanged === report.rows;
  const rows = n > 0 && !wants_all ? sheet.rows.filter((row) => (wrong.get(row)?.length ?? 0) > 0) : sheet.rows;
  return html`
    <h2 id="preview">${t("preview")}</h2>
    <ul class="plain counts">
      <li>${t("rows", { n: sheet.rows.length })}</li>
      ${n === 0 && html`
        <li class=${report.units_added > 0 ? "some" : undefined}>${t("units", { n: report.units_added })}</li>
        <li class=${report.residents_added > 0 ? "some" : undefined}>${t("added", { n: report.residents_added })}</li>
        <li class=${report.residents_changed > 0 ? "some" : undefined}>${t("changed", { n: report.residents_changed })}</li>
        <li>${t("unchanged", { n: report.unchanged })}</li>`}
    </ul>
    ${n > 0
      ? html`<div class="note problem" role="alert"><${Icon} name="warn" /><div>
          <p><strong>${t("wrong", { n })}</strong></p>
          ${elsewhere.length > 0 && html`<ul>${elsewhere.map((one) => html`<li>${placed(one)}: <${Said} of=${one} /></li>`)}</ul>`}
        </div></div>`
      : html`<p class="note done"><${Icon} name="check" /> <span>${is_all_there ? t("nothing") : t("right")}</span></p>`}
    ${n > 0 && sheet.rows.length > 0 &&
    html`<label class="only"><input type="checkbox" checked=${!wants_all} onChange=${() => setAll(!wants_all)} /> ${t("only")}</label>`}
    ${rows.length > 0 && html`<${Rows} sheet=${sheet} rows=${rows.slice(0, SHOWN)} wrong=${wrong} changes=${changes} correct=${correct} />`}
    ${rows.length > SHOWN && html`<p class="soft">${t("shown", { n: rows.length - SHOWN })}</p>`}
    ${isStale && html`<p class="note warn" role="status">${t("stale")}</p>`}
    <div class="row end">
      <button type="button" class="button primary" disabled=${busy || n > 0 || isStale || is_all_there} onClick=${apply}>${t("apply")}</button>
    </div>`;
}

/** @param {RowProblem} problem */
const placed = ({ row, column }) =>
  column === "" ? t("whole") : t("cell", { column: COLUMNS.includes(column) ? columnTitle(/** @type {any} */ (column)) : column, row });

/** @param {{ of: RowProblem }} properties */
function Said({ of }) {
  const { text, lang } = inWords(of.message);
  return html`<span lang=${lang}>${text}</span>`;
}

/**
 * @param {{ sheet: import("./csv.js").Sheet, rows: import("./csv.js").Row[], wrong: Map<import("./csv.js").Row, RowProblem[]>,
 *   changes: Map<import("./csv.js").Row, import("./csv.js").Change>, correct: (text: string) => void }} properties
 */
function Rows({ sheet, rows, wrong, changes, correct }) {
  const columns = COLUMNS.filter((column) => sheet.head.includes(column));
  return html`<div class="table-frame" tabindex="0" role="region" aria-label=${t("rows", { n: rows.length })}>
    <table class="sheet-rows">
      <thead><tr>
        <th scope="col" class="number">${t("row")}</th>
        ${columns.map((column) => html`<th scope="col" key=${column}>${columnTitle(/** @type {any} */ (column))}</th>`)}
        <th scope="col">${t("state")}</th>
      </tr></thead>
      <tbody>
        ${rows.map((row) => {
          const problems = wrong.get(row) ?? [];
          const loose = problems.filter((one) => !columns.includes(one.column));
          return html`<tr key=${row.line} class=${problems.length > 0 ? "bad" : undefined}>
            <th scope="row" class="number" data-title=${t("row")}>${row.line}</th>
            ${columns.map((column) => html`<td key=${column} data-title=${columnTitle(/** @type {any} */ (column))}>
              <${Cell} value=${cellOf(sheet, row, column)} label=${t("cell", { column: columnTitle(/** @type {any} */ (column)), row: row.line })}
                problem=${problems.find((one) => one.column === column)} put=${(/** @type {string} */ value) => correct(withCell(sheet, row, column, value))} />
            </td>`)}
            <td data-title=${t("state")}>
              <${State} isWrong=${problems.length > 0} change=${changes.get(row)} />
              ${loose.map((one) => html`<p class="wrong"><${Said} of=${one} /></p>`)}
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

/** @param {{ value: string, label: string, problem?: RowProblem, put: (value: string) => void }} properties one that is wrong can be written anew */
function Cell({ value, label, problem, put }) {
  if (!problem) return value;
  return html`<div class="wrong-cell">
    <input aria-label=${label} aria-invalid="true" aria-describedby=${`wrong-${problem.row}-${problem.column}`} value=${value}
      onChange=${(/** @type {any} */ event) => put(event.currentTarget.value.trim())} />
    <p class="wrong" id=${`wrong-${problem.row}-${problem.column}`}><${Said} of=${problem} /></p>
  </div>`;
}

/** @param {{ isWrong: boolean, change: import("./csv.js").Change | undefined }} properties */
function State({ isWrong, change }) {
  if (isWrong) return html`<${Badge} kind="bad">${t("problem")}<//>`;
  if (change === "new") return html`<${Badge} kind="good">${t("new")}<//>`;
  if (change === "changed") return html`<${Badge} kind="busy">${t("changes")}<//>`;
  return html`<${Badge}>${t("same")}<//>`;
}
