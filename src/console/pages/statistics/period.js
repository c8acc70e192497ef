// From when until when is counted: the usual periods and a reader's own, by the clock on a building's wall; and the one before, to compare with.

import { locale } from "../../app/texts.js";

/** @typedef {"today" | "week" | "month" | "year" | "own"} Preset */
/** @typedef {"hour" | "day" | "month" | "week"} Bucket */
/** @typedef {{ from: string, to: string }} Range RFC 3339 */
/** @typedef {Range & { preset: Preset, first: string, last: string, before: Range, bucket: Bucket }} Period `first` and `last`: days */

/** @type {Preset[]} */
export const PRESETS = ["today", "week", "month", "year", "own"];
const DAYS = { today: 1, week: 7, month: 30 };
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** How far a zone's clock is ahead of UTC at an instant. @param {number} at @param {string} zone */
function ahead(at, zone) {
  const format = new Intl.DateTimeFormat("en", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
  return wall - Math.floor(at / 1000) * 1000;
}

/** The instant at which a zone's clock shows this. @param {number} wall as if it were UTC @param {string} zone */
function instant(wall, zone) {
  const guess = wall - ahead(wall, zone);
  return wall - ahead(guess, zone);
}

/** @param {string} date `2026-11-20` */
const parsed = (date) => Date.parse(`${date}T00:00:00Z`);
/** @param {number} wall */
const written = (wall) => new Date(wall).toISOString().slice(0, 10);

/** Midnight of a day. @param {string} date @param {string} zone */
export const midnight = (date, zone) => instant(parsed(date), zone);

/** The day that a zone's clock shows at an instant. @param {number} at @param {string} zone */
export const dayAt = (at, zone) => written(at + ahead(at, zone));

/** @param {string} date @param {number} days */
export const plusDays = (date, days) => written(parsed(date) + days * DAY_MS);

/** The same wall clock, some months before. @param {number} wall @param {number} months */
function monthsBefore(wall, months) {
  const date = new Date(wall);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, length));
  return date.getTime();
}

/** @param {string | null} text */
const isDate = (text) => text !== null && /^20\d\d-\d\d-\d\d$/.test(text) && !Number.isNaN(parsed(text)) && written(parsed(text)) === text;

/** @param {number} days @returns {Bucket} */
function bucketFor(days) {
  if (days <= 2) return "hour";
  if (days <= 62) return "day";
  return days <= 200 ? "week" : "month";
}

/**
 * The period that the address bar asks for.
 *
 * @param {URLSearchParams} query @param {string} zone @param {number} now @returns {Period}
 */
export function periodOf(query, zone, now) {
  const end = now;
  const wall = end + ahead(end, zone);
  const today = written(wall);
  const range = (/** @type {number} */ from, /** @type {number} */ to) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  const asked = query.get("period");
  const [from, to] = [query.get("from"), query.get("to")];
  if (asked === "own" && isDate(from) && isDate(to)) {
    const [first, last] = [String(from), String(to)].sort();
    const days = Math.round((parsed(String(last)) - parsed(String(first))) / DAY_MS) + 1;
    const start = midnight(String(first), zone);
    // A day that still runs is compared with as much of the one before; at least a minute of it.
    const stop = Math.max(Math.min(midnight(plusDays(String(last), 1), zone), end), start + MINUTE_MS);
    const back = (/** @type {number} */ at) => instant(at + ahead(at, zone) - days * DAY_MS, zone);
    return { preset: "own", first: String(first), last: String(last), ...range(start, stop), before: range(back(start), back(stop)), bucket: bucketFor(days) };
  }
  if (asked === "year") {
    const first = written(monthsBefore(parsed(`${today.slice(0, 8)}01`), 11));
    const before = range(instant(monthsBefore(parsed(first), 12), zone), instant(monthsBefore(wall, 12), zone));
    return { preset: "year", first, last: today, ...range(midnight(first, zone), end), before, bucket: "month" };
  }
  const preset = asked === "today" || asked === "week" ? asked : "month";
  const first = plusDays(today, 1 - DAYS[preset]);
  const before = range(midnight(plusDays(first, -DAYS[preset]), zone), instant(wall - DAYS[preset] * DAY_MS, zone));
  return { preset, first, last: today, ...range(midnight(first, zone), end), before, bucket: preset === "today" ? "hour" : "day" };
}

const utc = /** @type {const} */ ({ timeZone: "UTC" });
const dayShort = new Intl.DateTimeFormat(locale, { ...utc, day: "numeric", month: "short" });
const dayLong = new Intl.DateTimeFormat(locale, { ...utc, weekday: "short", day: "numeric", month: "short", year: "numeric" });
const monthShort = new Intl.DateTimeFormat(locale, { ...utc, month: "short" });
const monthLong = new Intl.DateTimeFormat(locale, { ...utc, month: "long", year: "numeric" });

/** `20 Nov` @param {string} date */
export const shortDay = (date) => dayShort.format(parsed(date));
/** `Fri, 20 Nov 2026` @param {string} date */
export const longDay = (date) => dayLong.format(parsed(date));

/**
 * Where a bucket begins, short for an axis and in full: a date, or for an hour a time with its offset. That clock's own hour is shown.
 *
 * @param {string} start @param {Bucket} bucket @param {(key: "weekOf", values: any) => string} t @returns {{ short: string, long: string }}
 */
export function bucketNames(start, bucket, t) {
  const date = start.slice(0, 10);
  if (bucket === "hour") return { short: start.slice(11, 16), long: `${shortDay(date)}, ${start.slice(11, 16)}` };
  if (bucket === "month") return { short: monthShort.format(parsed(date)), long: monthLong.format(parsed(date)) };
  return { short: shortDay(date), long: bucket === "week" ? t("weekOf", { day: shortDay(date) }) : longDay(date) };
}
