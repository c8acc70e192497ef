// Tables for a spreadsheet (RFC 4180), made here of what is shown; a cell that it would take for a formula gets an apostrophe before it.

import { download } from "../app/api.js";

/** @typedef {string | number | null | undefined} Cell */

/** @param {Cell} value */
function cell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  // A negative number is a number; a phone number, a name or a reason may be anything.
  const is_formula = typeof value !== "number" && /^[=+\-@\t\r]/.test(text);
  const safe = is_formula ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {Cell[][]} rows the first one names the columns */
export const csv = (rows) => rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");

/** Saves a table as a file of the reader's; with a mark at its start, by which spreadsheets know UTF-8. @param {string} name @param {Cell[][]} rows */
export const saveCsv = (name, rows) => download(name, `\uFEFF${csv(rows)}`);
