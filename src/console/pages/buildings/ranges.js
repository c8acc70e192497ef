// Units as one writes many of them: `101–124, A1-A5, Office`.

/** What the API takes in one request. */
export const MOST_AT_ONCE = 500;
/** A slip of the finger (`1–1000000`) must not fill the memory. */
const LONGEST_RANGE = 2000;

/** @typedef {{ name: string, code: string | null }} NewUnit */

/** @param {string} part @returns {string[]} */
function range(part) {
  // Letters that both ends share, then numbers; the second end may leave the letters out.
  const found = /^(.*?)(\d+)\s*(?:[-–—]|\.\.|…)\s*(.*?)(\d+)$/.exec(part);
  if (!found) return [part];
  const [, before = "", from = "", again = "", to = ""] = found;
  const [first, last] = [Number(from), Number(to)];
  if ((again !== "" && again !== before) || last < first || last - first >= LONGEST_RANGE) return [part];
  const digits = from.startsWith("0") ? from.length : 0;
  return Array.from({ length: last - first + 1 }, (_, n) => before + String(first + n).padStart(digits, "0"));
}

/** Each once, in their order. @param {string} text @param {boolean} withCodes names of digits alone are codes as well @returns {NewUnit[]} */
export function unitsFrom(text, withCodes) {
  const names = text.split(/[,;\n]/).map((part) => part.trim().replace(/\s+/g, " ")).filter(Boolean).flatMap(range);
  return [...new Set(names)].map((name) => ({ name, code: withCodes && /^\d{1,10}$/.test(name) ? name : null }));
}
