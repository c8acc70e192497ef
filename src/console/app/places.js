// What buildings, entrances, units, residents, lines, passes and users are called, by their ids: asked many at once, each once a session.

import { all, get, Problem } from "./api.js";
import { useEffect, useState } from "./html.js";
import { watchSession } from "./session.js";

/** @typedef {"building" | "entrance" | "unit" | "resident" | "line" | "pass" | "user"} Kind */
/** @typedef {{ kind: Kind, id: string | null | undefined, building?: string | null }} Place `building`: whose it is, if that is known; a list then answers for many */

const PATHS = { building: "buildings", entrance: "entrances", unit: "units", resident: "residents", line: "lines", pass: "passes", user: "users" };
const AT_ONCE = 6;
/** From so many of one building on, its list is read instead of one after the other. */
const WORTH_A_LIST = 4;
/** What could not be read is asked for again after that. */
const AGAIN_AFTER_MS = 15_000;

/** What is known: the API's view, or null for what is not there (any more). @type {Map<string, any>} */
const known = new Map();
/** @type {Map<string, Place>} */
const wanted = new Map();
/** @type {Set<string>} */
const asked = new Set();
/** @type {Set<() => void>} */
const watchers = new Set();
/** Another session knows nothing of what this one read. */
let session = 0;
let running = 0;
let is_planned = false;

watchSession(forgetPlaces);

/** @param {string} kind @param {string} id */
const keyOf = (kind, id) => `${kind}/${id}`;

/** After something was renamed: names are read anew when they are shown. */
export function forgetPlaces() {
  session += 1;
  known.clear();
  wanted.clear();
  asked.clear();
  tell();
}

let is_telling = false;
/** Once for all that came in the same moment. */
function tell() {
  if (is_telling) return;
  is_telling = true;
  queueMicrotask(() => {
    is_telling = false;
    watchers.forEach((watcher) => watcher());
  });
}

/**
 * The place itself, as the API shows it; undefined until it is known, null if it is gone. Asks for it, the first time.
 *
 * @param {Kind} kind @param {string | null | undefined} id @param {string | null} [building]
 */
export function place(kind, id, building = null) {
  if (!id) return null;
  const key = keyOf(kind, id);
  if (known.has(key)) return known.get(key);
  if (!asked.has(key)) {
    asked.add(key);
    wanted.set(key, { kind, id, building });
    if (!is_planned) {
      is_planned = true;
      // What is shown together is asked for together.
      setTimeout(fetchWanted);
    }
  }
  return undefined;
}

/**
 * Its name (a line's number, a pass's label); undefined until it is known, null if it is gone.
 *
 * @param {Kind} kind @param {string | null | undefined} id @param {string | null} [building] @returns {string | null | undefined}
 */
export function placeName(kind, id, building = null) {
  const found = place(kind, id, building);
  return found && (found.name ?? found.number ?? found.label);
}

/** Called whenever names came in. @param {() => void} watcher @returns {() => void} ends it */
export function watchPlaces(watcher) {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

/**
 * Names for a component, which is shown anew when they come in: `const name = usePlaces(); name("unit", call.unit_id, call.building_id)`.
 *
 * @returns {typeof placeName}
 */
export function usePlaces() {
  const [, again] = useState(0);
  useEffect(() => watchPlaces(() => again((n) => n + 1)), []);
  return placeName;
}

/** Once all of these are known, or after a while without: for a file, which can not be filled in later. @param {Place[]} places */
export async function namesOf(places, patience = 20_000) {
  const are_known = () => places.filter(({ kind, id, building }) => place(kind, id, building) === undefined).length === 0;
  if (are_known()) return;
  /** @type {() => void} */
  let stop = () => {};
  await new Promise((resolve) => {
    stop = watchPlaces(() => are_known() && resolve(undefined));
    setTimeout(resolve, patience);
  });
  stop();
}

function fetchWanted() {
  is_planned = false;
  const all_wanted = [...wanted.values()];
  wanted.clear();
  /** @type {(() => Promise<void>)[]} */
  const work = [];
  if (all_wanted.some(({ kind }) => kind === "building")) work.push(() => readList("/v1/buildings", "building", idsOf(all_wanted, "building")));
  for (const kind of /** @type {const} */ (["entrance", "unit"])) {
    const theirs = all_wanted.filter((place) => place.kind === kind);
    for (const building of new Set(theirs.map((place) => place.building ?? ""))) {
      const ids = theirs.filter((place) => (place.building ?? "") === building).map(({ id }) => String(id));
      if (building && ids.length >= WORTH_A_LIST) work.push(() => readList(`/v1/buildings/${building}/${PATHS[kind]}`, kind, ids));
      else work.push(...ids.map((id) => () => readOne(kind, id)));
    }
  }
  for (const kind of /** @type {const} */ (["resident", "line", "pass", "user"])) work.push(...idsOf(all_wanted, kind).map((id) => () => readOne(kind, id)));
  queue.push(...work);
  while (running < AT_ONCE && queue.length > 0) void next();
}

/** @type {(() => Promise<void>)[]} */
const queue = [];

async function next() {
  const work = queue.shift();
  if (!work) return;
  running += 1;
  try {
    await work();
  } finally {
    running -= 1;
    void next();
  }
}

/** @param {Place[]} places @param {Kind} kind */
const idsOf = (places, kind) => places.filter((place) => place.kind === kind).map(({ id }) => String(id));

/** @param {string} path @param {Kind} kind @param {string[]} ids those that were asked for */
async function readList(path, kind, ids) {
  const own = session;
  try {
    const items = await all(path, {}, undefined, 2000);
    if (own !== session) return;
    for (const item of items) known.set(keyOf(kind, item.id), item);
    const missing = ids.filter((id) => !known.has(keyOf(kind, id)));
    // Past what a list may hold, and what is gone: one by one.
    queue.push(...missing.map((id) => () => readOne(kind, id)));
    tell();
  } catch (problem) {
    ids.forEach((id) => failed(kind, id, problem, own));
  }
}

/** @param {Kind} kind @param {string} id */
async function readOne(kind, id) {
  const own = session;
  try {
    const found = await get(`/v1/${PATHS[kind]}/${id}`);
    if (own !== session) return;
    known.set(keyOf(kind, id), found);
    tell();
  } catch (problem) {
    failed(kind, id, problem, own);
  }
}

/** @param {Kind} kind @param {string} id @param {unknown} problem @param {number} own */
function failed(kind, id, problem, own) {
  if (own !== session) return;
  const is_gone = problem instanceof Problem && [403, 404].includes(problem.status);
  if (is_gone) {
    known.set(keyOf(kind, id), null);
    tell();
  } else {
    setTimeout(() => {
      asked.delete(keyOf(kind, id));
      tell();
    }, AGAIN_AFTER_MS);
  }
}
