// How far a firm is on the way to its first opened door, as the API knows it: nothing is kept here, so that one can go and come back.

import { all, get } from "../../app/api.js";
import { useCallback, useEffect, useState } from "../../app/html.js";

/** @typedef {{ building: any, entrance: any, unit: any, residents: any[], line: any, connections: any[], opened: any }} Progress */

/** @returns {Promise<Progress>} */
async function lookedUp() {
  const [buildings, lines, connections] = await Promise.all([get("/v1/buildings", { limit: 50 }), get("/v1/lines", { limit: 50 }), get("/v1/connections", { limit: 10 })]);
  // The building that is furthest on its way: one with a line, else the newest.
  const line = lines.items.find((/** @type {any} */ one) => one.entrance_id || one.unit_id) ?? null;
  const building = buildings.items.find((/** @type {any} */ one) => one.id === line?.building_id) ?? buildings.items.at(-1) ?? null;
  const nothing = { building, entrance: null, unit: null, residents: [], line, connections: connections.items, opened: null };
  if (!building) return nothing;
  const [entrances, units, opened, newest] = await Promise.all([
    get(`/v1/buildings/${building.id}/entrances`, { limit: 50 }),
    get(`/v1/buildings/${building.id}/units`, { limit: 20 }),
    get("/v1/calls", { building: building.id, outcome: "opened", limit: 1 }),
    // A call has an outcome once it is over; whoever just went in may still be on the line.
    get("/v1/calls", { building: building.id, limit: 5 }),
  ]);
  const lists = await Promise.all(units.items.map((/** @type {any} */ unit) => all(`/v1/units/${unit.id}/residents`)));
  const lived_in = lists.findIndex((residents) => residents.length > 0);
  return {
    ...nothing,
    entrance: entrances.items.find((/** @type {any} */ one) => one.id === line?.entrance_id) ?? entrances.items[0] ?? null,
    unit: units.items[lived_in] ?? null,
    residents: lists[lived_in] ?? [],
    opened: opened.items[0] ?? newest.items.find((/** @type {any} */ call) => call.opened_at) ?? null,
  };
}

/** The first step that is not done, 1 to 6; 6 once a door was opened. @param {Progress} progress */
export function stepOf({ building, entrance, unit, line, opened }) {
  const done = [building, entrance, unit, line, opened];
  const open = done.findIndex((thing) => !thing);
  return open === -1 ? 6 : open + 1;
}

/** @returns {{ progress: Progress | null, problem: unknown, again: () => Promise<void> }} */
export function useProgress() {
  const [progress, setProgress] = useState(/** @type {Progress | null} */ (null));
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const again = useCallback(async () => {
    try {
      setProgress(await lookedUp());
      setProblem(null);
    } catch (error) {
      setProblem(error);
    }
  }, []);
  useEffect(() => void again(), []);
  return { progress, problem, again };
}
