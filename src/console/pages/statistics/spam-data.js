// Who was refused, day by day, all of a period: the API answers the latest 200 rows at once, so a fuller period is asked for in parts.

import { get } from "../../app/api.js";
import { dayAt, midnight, plusDays } from "./period.js";

/** @typedef {import("../../app/types").Schema<"SpamDayView">} SpamDay */

export const ROWS_MAX = 200;
const QUARTER_MS = 900_000;

/** @param {number} at */
const rfc = (at) => new Date(at).toISOString();

/** @param {Record<string, any>} query @param {number} from @param {number} to @returns {Promise<SpamDay[]>} */
const rows = (query, from, to) => get("/v1/statistics/spam", { ...query, from: rfc(from), to: rfc(to), limit: ROWS_MAX });

/**
 * One building's rows: a part that is full is halved, between days as long as there are several.
 *
 * @param {{ id: string, time_zone: string }} building @param {Record<string, any>} query @param {number} from @param {number} to @returns {Promise<SpamDay[]>}
 */
async function ofBuilding(building, query, from, to) {
  const found = await rows({ ...query, building: building.id }, from, to);
  if (found.length < ROWS_MAX || to - from <= QUARTER_MS) return found;
  const half = from + (to - from) / 2;
  const day = dayAt(half, building.time_zone);
  const quarter = Math.floor(half / QUARTER_MS) * QUARTER_MS;
  const between = [midnight(day, building.time_zone), midnight(plusDays(day, 1), building.time_zone), quarter].find((at) => at > from && at < to) ?? to;
  if (between === to) return found;
  return [...(await ofBuilding(building, query, between, to)), ...(await ofBuilding(building, query, from, between))];
}

/** A caller's day that was asked for in two parts is one row. @param {SpamDay[]} days */
function merged(days) {
  /** @type {Map<string, SpamDay>} */
  const byDay = new Map();
  for (const day of days) {
    const key = `${day.day}/${day.building_id}/${day.caller_id}`;
    const known = byDay.get(key);
    if (!known) {
      byDay.set(key, { ...day });
      continue;
    }
    for (const name of /** @type {const} */ (["calls", "rejected", "wrong_pins", "blocked", "lifted"])) known[name] += day[name];
    if (day.last_seen > known.last_seen) known.last_seen = day.last_seen;
  }
  return [...byDay.values()].sort((one, other) => (one.day === other.day ? other.rejected - one.rejected : one.day < other.day ? 1 : -1));
}

/**
 * All rows of a period.
 *
 * @param {{ id: string, time_zone: string }[]} buildings @param {Record<string, any>} query @param {{ from: string, to: string }} range
 */
export async function allSpamDays(buildings, query, range) {
  const [from, to] = [Date.parse(range.from), Date.parse(range.to)];
  const at_once = await rows(query, from, to);
  if (at_once.length < ROWS_MAX) return at_once;
  /** @type {SpamDay[]} */
  const days = [];
  for (const building of buildings.filter(({ id }) => !query.building || id === query.building)) days.push(...(await ofBuilding(building, query, from, to)));
  return merged(days);
}
