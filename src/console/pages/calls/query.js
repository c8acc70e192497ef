// The filters of the calls' list as they stand in the address bar, and what the API is asked for because of them.

/** Every filter, by its name in the address and in the API. */
export const FILTERS = ["kind", "building", "entrance", "unit", "resident", "caller", "outcome", "cause", "reconciled", "from", "to"];

/** The day of a moment where the reader is, `2026-11-21`. @param {string | null} text a day, or RFC 3339 */
export function dayOfFilter(text) {
  if (!text || /^\d{4}-\d\d-\d\d$/.test(text)) return text ?? "";
  const at = new Date(text);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return Number.isNaN(at.getTime()) ? "" : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Midnight of a day where the reader is; a moment stays what it is. @param {string | null} text @param {number} days later */
function moment(text, days) {
  if (!text) return undefined;
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (!year) return text;
  const at = new Date(Number(year), Number(month) - 1, Number(day) + days);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** What the API is asked for: `to` is the last day that counts. @param {URLSearchParams} query @returns {import("../../app/api.js").Query} */
export function asked(query) {
  /** @type {import("../../app/api.js").Query} */
  const wanted = {};
  for (const name of FILTERS) wanted[name] = query.get(name) ?? undefined;
  // People write numbers with spaces and brackets.
  wanted.caller = query.get("caller")?.replace(/[\s()/-]/g, "") || undefined;
  if (wanted.caller && !String(wanted.caller).startsWith("+")) wanted.caller = `+${wanted.caller}`;
  return { ...wanted, from: moment(query.get("from"), 0), to: moment(query.get("to"), 1) };
}

/** @param {URLSearchParams} query */
export const isFiltered = (query) => FILTERS.some((name) => query.get(name));
