// Hours in words: `Mon–Fri 08:00–18:00`; days and times as the reader's language calls them.

import { locale, texts } from "../../app/texts.js";
import { clock, DAY, DAYS, weekOf } from "./hours.js";

const t = texts({
  en: { never: "Never", always: "Always", nextDay: "{hours} (next day)", allDay: "all day", dates: { one: "{n} special date", other: "{n} special dates" } },
  de: { never: "Nie", always: "Immer", nextDay: "{hours} (Folgetag)", allDay: "ganztägig", dates: { one: "{n} besonderes Datum", other: "{n} besondere Tage" } },
  fr: { never: "Jamais", always: "Toujours", nextDay: "{hours} (lendemain)", allDay: "toute la journée", dates: { one: "{n} date particulière", other: "{n} dates particulières" } },
});

// 2024 began with a Monday.
const dayNames = (/** @type {"long" | "short"} */ weekday) => {
  const format = new Intl.DateTimeFormat(locale, { weekday, timeZone: "UTC" });
  return DAYS.map((_, n) => format.format(Date.UTC(2024, 0, 1 + n)));
};
/** Monday to Sunday. */
export const DAY_NAMES = dayNames("long");
export const DAY_NAMES_SHORT = dayNames("short");

/** `08:00–18:00` @param {import("./hours.js").Span} span */
export function spanWords([from, to]) {
  if (to - from === DAY && from === 0) return t("allDay");
  const hours = `${clock(from)}–${to === DAY ? "24:00" : clock(to)}`;
  return to > DAY ? t("nextDay", { hours }) : hours;
}

/** `Mon–Fri, Sun` @param {number[]} days in order */
export function daysWords(days) {
  /** @type {number[][]} */
  const runs = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run && run.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  const name = (/** @type {number | undefined} */ day) => DAY_NAMES_SHORT[day ?? 0] ?? "";
  return runs.map((run) => (run.length < 3 ? run.map(name).join(", ") : `${name(run[0])}–${name(run.at(-1))}`)).join(", ");
}

/** When a schedule holds, in a line. @param {import("./hours.js").Schedule} schedule */
export function scheduleWords(schedule) {
  const week = weekOf(schedule.weekly ?? []);
  const dates = (schedule.dates ?? []).length > 0 ? [t("dates", { n: (schedule.dates ?? []).length })] : [];
  /** @type {Map<string, number[]>} */
  const byHours = new Map();
  week.forEach((spans, day) => {
    if (spans.length === 0) return;
    const hours = spans.map(spanWords).join(", ");
    byHours.set(hours, [...(byHours.get(hours) ?? []), day]);
  });
  if (byHours.size === 0) return [t("never"), ...dates].join("; ");
  const is_always = byHours.size === 1 && week.every((spans) => spans.some(([from, to]) => from === 0 && to === DAY));
  const parts = is_always ? [t("always")] : [...byHours].map(([hours, days]) => `${daysWords(days)} ${hours}`);
  return [...parts, ...dates].join("; ");
}
