// A year of visits for a door, put where the statistics count: real ones would take a year. The pages read it through the API, as they read any.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { sharedEnvironment } from "./servers.mjs";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const HOUR_MS = 3_600_000;
/** Visits that a door has on a usual day, by the hour. */
const DAY = [0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 2, 3, 4, 2, 2, 3, 4, 6, 7, 5, 2, 1, 0, 0];

/** Fills the last so many days up to yesterday; what came of the visits follows a plain rule, so that no two runs differ. Answers how many visits there are. */
export async function pastVisits({ firm, building, entrance, unit }, days = 60) {
  const { tenant_id: tenant } = await firm.get("/v1/me");
  const today = Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS;
  const [counts, waits] = [[], []];
  let visits = 0;
  for (let back = 1; back <= days; back += 1) {
    const weekday = new Date(today - back * 24 * HOUR_MS).getUTCDay();
    for (let hour = 0; hour < 24; hour += 1) {
      const calls = Math.max(0, DAY[hour] - (weekday === 0 ? 3 : weekday === 6 ? 1 : 0) - ((back * 7 + hour) % 3 === 0 ? 1 : 0));
      if (calls === 0) continue;
      const at = new Date(today - back * 24 * HOUR_MS + hour * HOUR_MS).toISOString();
      const blocked = (back + hour) % 17 === 0 ? 1 : 0;
      const rejected = calls > blocked && (back + hour) % 9 === 0 ? 1 : 0;
      const left = calls > blocked + rejected && (back * hour) % 11 === 0 ? 1 : 0;
      const missed = calls > blocked + rejected + left && (back + hour * 3) % 8 === 0 ? 1 : 0;
      const answered = calls - blocked - rejected - left - missed;
      const opened = answered - (answered > 1 && (back + hour) % 5 === 0 ? 1 : 0);
      visits += calls;
      counts.push([at, calls, answered, opened, rejected, blocked, missed, left]);
      if (answered > 0) waits.push([at, 5 + ((back * 3 + hour) % 9), answered]);
    }
  }
  const places = [tenant, building.id, entrance.id, unit.id];
  await insert(
    `insert into vestibule.door_count (tenant_id, building_id, entrance_id, unit_id, quarter, calls, answered, opened, rejected, blocked, no_answer, visitor_left)
     select $1, $2, $3, $4, (row ->> 0)::timestamptz, (row ->> 1)::int, (row ->> 2)::int, (row ->> 3)::int, (row ->> 4)::int, (row ->> 5)::int, (row ->> 6)::int, (row ->> 7)::int
     from jsonb_array_elements($5::jsonb) as row`,
    [...places, JSON.stringify(counts)],
  );
  await insert(
    `insert into vestibule.answer_wait (tenant_id, building_id, entrance_id, unit_id, resident_id, quarter, seconds, calls)
     select $1, $2, $3, $4, $5, (row ->> 0)::timestamptz, (row ->> 1)::int, (row ->> 2)::int from jsonb_array_elements($6::jsonb) as row`,
    [...places, NOBODY, JSON.stringify(waits)],
  );
  return visits;
}

/** So many callers who are refused once a day about noon, every day up to yesterday: near midnight, two would fall on one day where the clocks went back. */
export async function pastRefusals({ firm, building }, callers, days) {
  const { tenant_id: tenant } = await firm.get("/v1/me");
  const noon = Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS + 12 * HOUR_MS;
  const rows = Array.from({ length: callers }, () => randomUUID()).flatMap((caller, n) =>
    Array.from({ length: days }, (_, day) => [new Date(noon - (day + 1) * 24 * HOUR_MS - n * HOUR_MS).toISOString(), caller]),
  );
  await insert(
    `insert into vestibule.spam_count (tenant_id, building_id, quarter, caller_id, calls, rejected, last_seen)
     select $1, $2, date_bin('15 minutes', (row ->> 0)::timestamptz, 'epoch'), (row ->> 1)::uuid, 1, 1, (row ->> 0)::timestamptz from jsonb_array_elements($3::jsonb) as row`,
    [tenant, building.id, JSON.stringify(rows)],
  );
  return rows.length;
}

async function insert(sql, values) {
  const client = new pg.Client({ connectionString: sharedEnvironment().DATABASE_URL });
  await client.connect();
  await client.query(sql, values);
  await client.end();
}
