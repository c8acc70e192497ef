// Calls as a file for a spreadsheet.

import { all } from "../../app/api.js";
import { namesOf, placeName } from "../../app/places.js";
import { saveCsv } from "../../parts/csv.js";
import { secondsBetween } from "./facts.js";

/** So many rows are collected at most. */
export const ROWS_MAX = 10_000;

const COLUMNS = ["rang_at", "kind", "direction", "building", "entrance", "unit", "caller", "outcome", "cause", "accepted_at", "opened_at", "ended_at", "talk_seconds", "total_seconds", "end", "id"];

/** Collects the calls that fit, and hands them to the reader. @param {import("../../app/api.js").Query} query @returns {Promise<{ rows: number, is_cut: boolean }>} */
export async function exportCalls(query) {
  const found = await all("/v1/calls", query, undefined, ROWS_MAX + 1);
  const calls = found.slice(0, ROWS_MAX);
  const places = calls.flatMap((call) => [
    { kind: /** @type {const} */ ("building"), id: call.building_id },
    ...(call.entrance_id ? [{ kind: /** @type {const} */ ("entrance"), id: call.entrance_id, building: call.building_id }] : []),
    ...(call.unit_id ? [{ kind: /** @type {const} */ ("unit"), id: call.unit_id, building: call.building_id }] : []),
  ]);
  await namesOf(places);
  const rows = calls.map((call) => [
    call.rang_at, call.kind, call.direction, placeName("building", call.building_id), placeName("entrance", call.entrance_id, call.building_id),
    placeName("unit", call.unit_id, call.building_id), call.caller ?? "withheld", call.outcome ?? "running", call.cause, call.accepted_at, call.opened_at, call.ended_at,
    call.talk_seconds, call.ended_at ? Math.round(secondsBetween(call.rang_at, call.ended_at)) : "", call.reconciled?.source ?? (call.ended_at ? "reported" : ""), call.id,
  ]);
  saveCsv(`calls-${new Date().toISOString().slice(0, 10)}.csv`, [COLUMNS, ...rows]);
  return { rows: rows.length, is_cut: found.length > ROWS_MAX };
}
