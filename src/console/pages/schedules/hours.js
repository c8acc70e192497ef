// Weekly hours as they are worked with: for each day what starts on it, in seconds since its midnight. What goes on past midnight ends after 24 h.

/** @typedef {import("../../app/types").Schema<"ScheduleDocument">} Schedule */
/** @typedef {import("../../app/types").Schema<"WeeklyDocument">} Weekly */
/** @typedef {[from: number, to: number]} Span `to` later than `from`, by a day at most */
/** @typedef {Span[][]} Week for Monday to Sunday */

export const DAYS = /** @type {const} */ (["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]);
export const DAY = 86_400;

/** `08:30`, `08:30:15` @param {string} text */
export function seconds(text) {
  const [h = 0, m = 0, s = 0] = text.split(":").map(Number);
  return h * 3600 + m * 60 + s;
}

/** As the API and time fields write it; midnight at a day's end is `00:00`. @param {number} at */
export function clock(at) {
  const within = ((at % DAY) + DAY) % DAY;
  const parts = [Math.floor(within / 3600), Math.floor(within / 60) % 60, within % 60];
  return (parts[2] === 0 ? parts.slice(0, 2) : parts).map((part) => String(part).padStart(2, "0")).join(":");
}

/** Hours that end before they start go on past midnight; that end when they start, last a day. @param {{ from: string, to: string }} hours @returns {Span} */
export function spanOf({ from, to }) {
  const [start, end] = [seconds(from), seconds(to)];
  return [start, end > start ? end : end + DAY];
}

/** @param {Span} span */
export const hoursOf = ([from, to]) => ({ from: clock(from), to: clock(to) });

/** @param {readonly Weekly[]} weekly @returns {Week} */
export function weekOf(weekly) {
  return DAYS.map((day) =>
    weekly
      .filter((entry) => entry.days.includes(day))
      .map(spanOf)
      .sort((a, b) => a[0] - b[0]),
  );
}

/** Days with the same hours are one entry. @param {Week} week @returns {Weekly[]} */
export function weeklyOf(week) {
  /** @type {Map<string, Weekly>} */
  const entries = new Map();
  week.forEach((spans, n) => {
    for (const span of spans) {
      const key = span.join("-");
      const entry = entries.get(key) ?? { days: [], ...hoursOf(span) };
      const day = /** @type {typeof DAYS[number]} */ (DAYS[n]);
      if (!entry.days.includes(day)) entry.days.push(day);
      entries.set(key, entry);
    }
  });
  return [...entries.values()];
}

/** How much of this part of a day counts: all of it, some, or none. @param {Week} week @param {number} day 0 to 6 @param {number} from @param {number} to @returns {"all" | "some" | "none"} */
export function covered(week, day, from, to) {
  const own = week[day] ?? [];
  // What started the day before and goes on past midnight.
  const before = (week[(day + 6) % 7] ?? []).map(([start, end]) => /** @type {Span} */ ([start - DAY, end - DAY]));
  let at = from;
  let some = false;
  for (const [start, end] of [...before, ...own].sort((a, b) => a[0] - b[0])) {
    if (end <= from || start >= to) continue;
    some = true;
    if (start <= at) at = Math.max(at, end);
  }
  return at >= to ? "all" : some ? "some" : "none";
}

/** The same week in which this part of a day counts as well. @param {Week} week @param {number} day @param {number} from @param {number} to @returns {Week} */
export function added(week, day, from, to) {
  if (covered(week, day, from, to) === "all") return week;
  return week.map((spans, n) => {
    if (n !== day) return spans;
    const near = spans.filter(([start, end]) => start <= to && end >= from);
    const whole = /** @type {Span} */ ([Math.min(from, ...near.map(([start]) => start)), Math.max(to, ...near.map(([, end]) => end))]);
    // Nothing lasts longer than a day: what would, stays apart.
    if (whole[1] - whole[0] > DAY) return sorted([...spans, [from, to]]);
    return sorted([...spans.filter((span) => !near.includes(span)), whole]);
  });
}

/** The same week in which this part of a day counts no longer. @param {Week} week @param {number} day @param {number} from @param {number} to @returns {Week} */
export function cut(week, day, from, to) {
  const left = week.map((spans, n) => {
    if (n === day) return without(spans, from, to);
    return n === (day + 6) % 7 ? without(spans, from + DAY, to + DAY) : spans;
  });
  // What is left of a night after midnight alone starts on the next day.
  return left.map((spans, n) => {
    const own = spans.filter(([start]) => start < DAY);
    const late = (left[(n + 6) % 7] ?? []).filter(([start]) => start >= DAY);
    return sorted([...own, ...late.map(([start, end]) => /** @type {Span} */ ([start - DAY, end - DAY]))]);
  });
}

/** @param {Span[]} spans @param {number} from @param {number} to @returns {Span[]} */
function without(spans, from, to) {
  return spans.flatMap(([start, end]) => {
    if (end <= from || start >= to) return [/** @type {Span} */ ([start, end])];
    return [/** @type {Span} */ ([start, from]), /** @type {Span} */ ([to, end])].filter(([start, end]) => end > start);
  });
}

/** @param {Span[]} spans */
const sorted = (spans) => [...spans].sort((a, b) => a[0] - b[0]);
