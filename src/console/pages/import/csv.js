// CSV as the import reads it: which row stands on which line, and a file with one cell corrected.

export const COLUMNS = ["unit", "code", "resident", "numbers", "language", "moved_in", "moved_out"];

/**
 * @typedef {object} Row
 * @property {number} line where it begins; the head is on line 1
 * @property {number} after the line behind the row before: the API counts from there where empty lines are between
 * @property {string[]} cells
 */
/** @typedef {{ delimiter: string, head: string[], rows: Row[] }} Sheet */

/** @param {string} text */
function delimiterOf(text) {
  const head = text.slice(0, text.search(/[\r\n]|$/));
  return head.includes(";") && !head.includes(",") ? ";" : ",";
}

/** @param {string} text @returns {Sheet} */
export function readSheet(text) {
  const all = text.replace(/^\uFEFF/, "");
  const delimiter = delimiterOf(all);
  /** @type {Row[]} */
  const records = [];
  let [cell, cells, line, begun, after, is_quoted] = ["", /** @type {string[]} */ ([]), 1, 1, 1, false];
  const endRecord = () => {
    if (cells.length > 0 || cell.trim() !== "") {
      records.push({ line: begun, after, cells: [...cells, cell.trim()] });
      after = line + 1;
    }
    [cell, cells, begun] = ["", [], line + 1];
  };
  for (let n = 0; n < all.length; n += 1) {
    const sign = all[n];
    if (is_quoted) {
      if (sign === '"' && all[n + 1] === '"') {
        cell += '"';
        n += 1;
      } else if (sign === '"') is_quoted = false;
      else {
        cell += sign;
        if (sign === "\n") line += 1;
      }
    } else if (sign === '"' && cell.trim() === "") [is_quoted, cell] = [true, ""];
    else if (sign === delimiter) {
      cells.push(cell.trim());
      cell = "";
    } else if (sign === "\n") {
      endRecord();
      line += 1;
    } else if (sign !== "\r") cell += sign;
  }
  endRecord();
  const [head, ...rows] = records;
  return { delimiter, head: (head?.cells ?? []).map((name) => name.toLowerCase()), rows };
}

/** @param {Sheet} sheet @param {Row} row @param {string} column */
export const cellOf = (sheet, row, column) => row.cells[sheet.head.indexOf(column)] ?? "";

/** Whether a problem on this line is this row's. @param {Row} row @param {number} line */
export const isRow = (row, line) => row.after <= line && line <= row.line;

/** The sheet as text again, with one cell changed. @param {Sheet} sheet @param {Row} row @param {string} column @param {string} value */
export function withCell(sheet, row, column, value) {
  const changed = sheet.rows.map((one) => {
    if (one !== row) return one.cells;
    const cells = sheet.head.map((_, n) => one.cells[n] ?? "");
    cells[sheet.head.indexOf(column)] = value;
    return cells;
  });
  return [sheet.head, ...changed].map((cells) => cells.map((cell) => quoted(cell, sheet.delimiter)).join(sheet.delimiter)).join("\n") + "\n";
}

/** @param {string} cell @param {string} delimiter */
const quoted = (cell, delimiter) => (cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** A file's text: UTF-8, or else what spreadsheets on Windows write. @param {ArrayBuffer} bytes @returns {{ text: string, isGuessed: boolean }} */
export function decoded(bytes) {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), isGuessed: false };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), isGuessed: true };
  }
}

/** @typedef {"new" | "changed" | "same"} Change */

/**
 * What each row would do, by the export of what is there.
 *
 * @param {Sheet} sheet @param {Sheet | null} present @returns {Map<Row, Change>}
 */
export function changesOf(sheet, present) {
  /** @type {Map<Row, Change>} */
  const changes = new Map();
  if (!present) return changes;
  const key = (/** @type {Sheet} */ sheet, /** @type {Row} */ row) => JSON.stringify([cellOf(sheet, row, "unit"), cellOf(sheet, row, "resident")]);
  const units = new Set(present.rows.map((row) => cellOf(present, row, "unit")));
  const known = new Map(present.rows.map((row) => [key(present, row), row]));
  for (const row of sheet.rows) {
    const before = known.get(key(sheet, row));
    const is_unit = cellOf(sheet, row, "resident") === "";
    if (is_unit) changes.set(row, units.has(cellOf(sheet, row, "unit")) ? "same" : "new");
    else if (!before) changes.set(row, "new");
    else changes.set(row, isSame(sheet, row, present, before) ? "same" : "changed");
  }
  return changes;
}

/** @param {Sheet} sheet @param {Row} row @param {Sheet} present @param {Row} before */
function isSame(sheet, row, present, before) {
  const numbers = (/** @type {string} */ cell) => cell.split(/[;|]/).map((one) => one.replace(/\D/g, "")).filter(Boolean);
  const [mine, theirs] = [numbers(cellOf(sheet, row, "numbers")), numbers(cellOf(present, before, "numbers"))];
  // A number may be written as one dials it at home.
  const are_same = mine.length === theirs.length && mine.every((one, n) => theirs[n]?.endsWith(one.replace(/^0+/, "")));
  const code = cellOf(sheet, row, "code");
  return are_same && (code === "" || code === cellOf(present, before, "code")) && ["language", "moved_in", "moved_out"].every((column) => cellOf(sheet, row, column) === cellOf(present, before, column));
}
