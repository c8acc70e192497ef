// Times, durations, numbers and phone numbers, as the reader's language writes them.

import { language, locale } from "./texts.js";

const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const short = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short", year: "numeric" });
const whole = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const number = new Intl.NumberFormat(locale);
const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "long" });

/** @typedef {string | number | Date | null | undefined} Moment */

/** @param {Moment} at */
const date = (at) => (at instanceof Date ? at : new Date(at ?? NaN));

/** @param {Intl.DateTimeFormat} format @param {Moment} at */
const written = (format, at) => (Number.isNaN(date(at).getTime()) ? "" : format.format(date(at)));

/** `12:04:31` @param {Moment} at */
export const timeOfDay = (at) => written(clock, at);
/** `12:04` @param {Moment} at */
export const hourAndMinute = (at) => written(short, at);
/** `Sat, 21 Nov 2026` @param {Moment} at */
export const dayOf = (at) => written(day, at);
/** `21 Nov 2026, 12:04` @param {Moment} at */
export const dateAndTime = (at) => written(whole, at);
/** @param {number} value */
export const count = (value) => number.format(value);
/** @param {number} share 0 to 1 */
export const share = (share) => percent.format(share);

/** `1:05` minutes and seconds, `1:02:03` with hours. @param {number} seconds */
export function duration(seconds) {
  const all = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `8 s`, `2 min 5 s` @param {number | null | undefined} seconds */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const all = Math.round(seconds);
  return all < 60 ? `${all} s` : `${Math.floor(all / 60)} min${all % 60 ? ` ${all % 60} s` : ""}`;
}

/** `3 minutes ago` @param {Moment} at @param {number} [now] */
export function since(at, now = Date.now()) {
  const seconds = (date(at).getTime() - now) / 1000;
  /** @type {[Intl.RelativeTimeFormatUnit, number][]} */
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return ago.format(Math.round(seconds / size), unit);
}

/**
 * A number that people can read: E.164 in groups of three; masked and erased ones as they are. @param {string | null | undefined} e164
 */
export function phone(e164) {
  if (!e164) return { en: "withheld", de: "unterdrückt", fr: "masqué" }[language];
  if (!/^\+\d{7,15}$/.test(e164)) return e164 === "[erased]" ? { en: "erased", de: "gelöscht", fr: "effacé" }[language] : e164;
  return e164.slice(0, 3) + e164.slice(3).replace(/(\d{3,4})(?=(\d{3})+$)|(\d{3})(?=\d)/g, " $&").replace(/\s+/g, " ");
}
