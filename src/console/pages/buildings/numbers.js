// Phone numbers as people type them, made E.164 where that is certain; what is not, the API tells.

import { entries } from "../../parts/form.js";

/** The country's code, and what a number within the country begins with. Where a number says it without doubt: Italy keeps its zero, for example. @type {Record<string, [string, string]>} */
const COUNTRIES = {
  GB: ["44", "0"], IE: ["353", "0"], DE: ["49", "0"], AT: ["43", "0"], CH: ["41", "0"], LI: ["423", ""], FR: ["33", "0"], BE: ["32", "0"], NL: ["31", "0"],
  LU: ["352", ""], IT: ["39", ""], ES: ["34", ""], PT: ["351", ""], PL: ["48", ""], CZ: ["420", ""], DK: ["45", ""], NO: ["47", ""], SE: ["46", "0"],
  US: ["1", ""], CA: ["1", ""], AU: ["61", "0"], NZ: ["64", "0"],
};

/** `07700 900 101` in `GB` as `+447700900101`. @param {string} typed @param {string | null | undefined} region of the building */
export function e164(typed, region) {
  // The zero of `+44 (0)7700 …` is for callers from within; it is no part of the number.
  const plain = typed.trim().replace(/^(\+|00)([\d\s]+)\(0\)/, "$1$2").replace(/[\s().\/–-]/g, "");
  if (!/^\+?\d+$/.test(plain)) return typed.trim();
  if (plain.startsWith("+")) return plain;
  if (plain.startsWith("00")) return `+${plain.slice(2)}`;
  const [code, first] = COUNTRIES[region ?? ""] ?? [];
  if (code === undefined || first === undefined || !plain.startsWith(first) || (first === "" && plain.startsWith(code))) return plain;
  return `+${code}${plain.slice(first.length)}`;
}

/** The numbers of a field with one a line. @param {string[] | undefined} lines @param {string | null | undefined} region */
export const numbersOf = (lines, region) => entries(lines).map((line) => e164(line, region));
