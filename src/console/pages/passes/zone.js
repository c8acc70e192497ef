// Times by the clock on a building's wall, whatever clock the reader has.

import { locale } from "../../app/texts.js";

/** How many milliseconds a zone's clock is ahead of UTC. @param {string} zone @param {number} at */
function ahead(zone, at) {
  return Date.parse(`${toWall(at, zone)}:00Z`) - Math.floor(at / 60_000) * 60_000;
}

/** `2026-11-21T12:04`, as a field for date and time has it. @param {string | number | null | undefined} at @param {string} zone */
export function toWall(at, zone) {
  if (at === null || at === undefined || at === "") return "";
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return format.format(new Date(at)).replace(" ", "T");
}

/** The moment when the clock on the wall shows that; null if nothing was entered. @param {string | null | undefined} wall @param {string} zone */
export function toInstant(wall, zone) {
  const guess = Date.parse(`${wall}Z`);
  if (!wall || Number.isNaN(guess)) return null;
  // Twice: where the clock is put forward or back in between, the first is an hour off.
  const near = guess - ahead(zone, guess);
  return new Date(guess - ahead(zone, near)).toISOString();
}

/** `21 Nov 2026, 12:04` by the clock on the wall. @param {string | null | undefined} at @param {string} zone @param {string} [language] */
export const onTheWall = (at, zone, language = locale) =>
  at ? new Intl.DateTimeFormat(language, { timeZone: zone, dateStyle: "medium", timeStyle: "short" }).format(new Date(at)) : "";
