// When a pass opens, in words: its state now, its span, its hours, its visits.

import { locale, texts, words } from "../../app/texts.js";
import { onTheWall } from "./zone.js";

/** @typedef {import("../../app/types").Schema<"PassView">} Pass */
/** @typedef {{ weekly?: { days: string[], from: string, to: string }[], dates?: any[] }} Hours */
/** @typedef {"valid" | "upcoming" | "used" | "over" | "revoked"} State */

export const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** @param {Pass} pass @param {number} [now] @returns {State} */
export function stateOf(pass, now = Date.now()) {
  if (pass.revoked_at) return "revoked";
  if (pass.valid_until && Date.parse(pass.valid_until) <= now) return "over";
  if (pass.visits_allowed && pass.visits >= pass.visits_allowed) return "used";
  return Date.parse(pass.valid_from) > now ? "upcoming" : "valid";
}

/** @type {Record<State, "good" | "bad" | "busy" | "info" | "plain">} */
export const COLOURS = { valid: "good", upcoming: "info", used: "plain", over: "plain", revoked: "bad" };

export const stateWord = words({
  en: { valid: "valid", upcoming: "not yet valid", used: "used up", over: "over", revoked: "revoked" },
  de: { valid: "gültig", upcoming: "noch nicht gültig", used: "aufgebraucht", over: "abgelaufen", revoked: "widerrufen" },
  fr: { valid: "valable", upcoming: "pas encore valable", used: "épuisé", over: "expiré", revoked: "révoqué" },
});

const t = texts({
  en: {
    fromOn: "from {from}", until: "until {until}", span: "{from} – {until}", visits: "{used} of {allowed} visits", visited: { one: "{n} visit", other: "{n} visits" },
    always: "at any time", dates: "other hours on {n} dates",
  },
  de: {
    fromOn: "ab {from}", until: "bis {until}", span: "{from} – {until}", visits: "{used} von {allowed} Besuchen", visited: { one: "{n} Besuch", other: "{n} Besuche" },
    always: "jederzeit", dates: "andere Zeiten an {n} Tagen",
  },
  fr: {
    fromOn: "à partir du {from}", until: "jusqu’au {until}", span: "{from} – {until}", visits: "{used} visites sur {allowed}", visited: { one: "{n} visite", other: "{n} visites" },
    always: "à tout moment", dates: "autres horaires à {n} dates",
  },
});

/** @param {Pass} pass @param {string} zone */
export const spanOf = (pass, zone) =>
  pass.valid_until
    ? t("span", { from: onTheWall(pass.valid_from, zone), until: onTheWall(pass.valid_until, zone) })
    : t("fromOn", { from: onTheWall(pass.valid_from, zone) });

/** @param {Pass} pass */
export const visitsOf = (pass) =>
  pass.visits_allowed ? t("visits", { used: pass.visits, allowed: pass.visits_allowed }) : t("visited", { n: pass.visits });

/** `Tue` @param {string} day @param {string} [language] @param {"short" | "long"} [length] */
export function dayName(day, language = locale, length = "short") {
  // 2 January 2023 was a Monday.
  const date = new Date(Date.UTC(2023, 0, 2 + DAYS.indexOf(day)));
  return new Intl.DateTimeFormat(language, { weekday: length, timeZone: "UTC" }).format(date);
}

/** `Mon–Fri`, `Tue, Thu` @param {string[]} days @param {string} [language] */
export function daysOf(days, language = locale) {
  const numbers = days.map((day) => DAYS.indexOf(day)).sort((one, other) => one - other);
  const is_run = numbers.length > 2 && numbers.every((number, n) => n === 0 || number === Number(numbers[n - 1]) + 1);
  const names = numbers.map((number) => dayName(DAYS[number] ?? "monday", language));
  return is_run ? `${names[0]}–${names.at(-1)}` : names.join(", ");
}

/** `Tue, Thu 09:00–12:00` each. @param {Hours | null | undefined} hours @param {string} [language] @returns {string[]} */
export const hoursOf = (hours, language = locale) =>
  (hours?.weekly ?? []).map(({ days, from, to }) => `${daysOf(days, language)} ${from.slice(0, 5)}–${to.slice(0, 5)}`);

/** All of it in a line. @param {Hours | null | undefined} hours */
export function hoursInWords(hours) {
  if (!hours) return t("always");
  const dates = hours.dates?.length ?? 0;
  return [...hoursOf(hours), ...(dates > 0 ? [t("dates", { n: dates })] : [])].join("; ");
}
