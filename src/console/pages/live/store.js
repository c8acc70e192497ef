// What runs now, as the stream told it; tells only those that show what changed, once a frame however much came.

import { useEffect, useRef, useState } from "../../app/html.js";
import { isTold } from "./sentences.js";
import { follow } from "./stream.js";

/** @typedef {import("./stream.js").LiveCall} LiveCall */
/** @typedef {import("./stream.js").Change} Change */
/** @typedef {import("./stream.js").Connection} Connection */
/** @typedef {LiveCall["participants"][number]} Participant */

/**
 * @typedef {object} Shown a call as it is shown; another object whenever something about it changed
 * @property {LiveCall} call
 * @property {Change | null} over how it ended, if it did
 * @property {"asked" | "opened" | null} door
 * @property {Set<string>} leaving legs that were taken out
 * @property {Set<string>} ended legs whose end was told: what it cost may be told later, as another end
 * @property {Change | null} failure what the carrier could not do
 * @property {Record<string, number>} heard how many events of each type were told of it
 */

/** @typedef {{ n: number, change: Change, by: string | null }} Line a line of the feed; `by`: the manager on whose word it was */

const FEED_MAX = 200;
/** So long it is still shown how a call ended. */
export const STAYS_MS = 6_000;
/** Frames do not come while the page is out of sight. */
const FRAME_AT_MOST_MS = 500;

/** What an event means for the door of its call. @type {Record<string, "asked" | "opened" | null>} */
const DOOR = { DoorOpenRequested: "asked", DoorOpened: "opened", DoorOpenFailed: null };

export class Store {
  constructor() {
    /** @type {Map<string, Shown>} */
    this.calls = new Map();
    /** The newest first. @type {Line[]} */
    this.feed = [];
    /** @type {Connection} */
    this.connection = { kind: "connecting", problem: null, heard: null, offset: 0 };
    /** Whether there was a snapshot: before, nothing says that nothing runs. */
    this.is_known = false;
    /** By call, on which manager's word its next event is: `ManagerStepped` comes right before what was wanted. @type {Map<string, string>} */
    this.stepped = new Map();
    this.lines = 0;
    /** By what they watch: a call's id, `list`, `feed`, `connection`. @type {Map<string, Set<() => void>>} */
    this.watchers = new Map();
    /** @type {Set<string>} */
    this.touched = new Set();
    /** How often each of these was touched. @type {Map<string, number>} */
    this.revisions = new Map();
    /** @type {(() => void)[]} */
    this.waiting = [];
    this.is_planned = false;
  }

  /** Begins to follow. @returns {() => void} ends it */
  start() {
    const followed = follow({
      onSnapshot: (calls) => this.plan(() => this.replace(calls)),
      onChange: (change) => this.plan(() => this.change(change)),
      onConnection: (connection) => {
        const is_news = connection.kind !== this.connection.kind || connection.problem !== this.connection.problem;
        this.connection = connection;
        if (is_news) this.plan(() => this.touched.add("connection"));
      },
    });
    this.again = followed.again;
    return followed.stop;
  }

  again = () => {};

  /** @param {() => void} work */
  plan(work) {
    this.waiting.push(work);
    if (this.is_planned) return;
    this.is_planned = true;
    const frame = requestAnimationFrame(() => this.apply());
    const timer = setTimeout(() => this.apply(), FRAME_AT_MOST_MS);
    this.unplan = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }

  unplan = () => {};

  apply() {
    this.unplan();
    this.is_planned = false;
    for (const work of this.waiting.splice(0)) work();
    const touched = [...this.touched];
    this.touched.clear();
    for (const what of touched) {
      this.revisions.set(what, this.revision(what) + 1);
      this.watchers.get(what)?.forEach((watcher) => watcher());
    }
  }

  /** @param {string} what */
  revision(what) {
    return this.revisions.get(what) ?? 0;
  }

  /** @param {LiveCall[]} calls */
  replace(calls) {
    const ids = new Set(calls.map((call) => call.id));
    for (const id of this.calls.keys()) if (!ids.has(id)) this.forget(id);
    for (const call of calls) this.show(call.id, { ...(this.calls.get(call.id) ?? blank(call)), call, over: null });
    this.is_known = true;
    this.touched.add("list");
  }

  /** @param {Change} change */
  change(change) {
    const id = change.call_id;
    const before = this.calls.get(id);
    const is_repeated = change.type === "LegEnded" && before?.ended.has(change.leg_id ?? "");
    if (!is_repeated) this.note(change);
    if (!before) {
      if (change.call) this.show(id, told(blank(change.call), change));
    } else if (change.call === null) {
      this.show(id, { ...told(before, change), over: change.type === "CallEnded" ? change : (before.over ?? change) });
      setTimeout(() => this.plan(() => this.forgetIfOver(id)), STAYS_MS);
    } else {
      const next = told(before, change);
      const is_ended = change.type === "CallEnded";
      this.show(id, { ...next, call: change.call ?? next.call, over: is_ended ? change : next.over });
    }
  }

  /** @param {string} id @param {Shown} shown */
  show(id, shown) {
    const before = this.calls.get(id);
    this.calls.set(id, shown);
    this.touched.add(id);
    const is_listed_alike = before && before.call.stage === shown.call.stage && before.call.unit_id === shown.call.unit_id && !before.over === !shown.over;
    if (!is_listed_alike) this.touched.add("list");
  }

  /** @param {string} id */
  forget(id) {
    this.calls.delete(id);
    this.stepped.delete(id);
    this.revisions.delete(id);
    this.touched.add("list");
  }

  /** @param {string} id */
  forgetIfOver(id) {
    if (this.calls.get(id)?.over) this.forget(id);
  }

  /** The call's failure was read. @param {string} id */
  dismiss(id) {
    this.plan(() => {
      const shown = this.calls.get(id);
      if (shown) this.show(id, { ...shown, failure: null });
    });
  }

  /** @param {Change} change */
  note(change) {
    const by = this.stepped.get(change.call_id) ?? null;
    if (change.type === "ManagerStepped") this.stepped.set(change.call_id, change.actor?.name ?? "");
    else if (by !== null) this.stepped.delete(change.call_id);
    if (!isTold(change, by)) return;
    this.lines += 1;
    this.feed = [{ n: this.lines, change, by }, ...this.feed.slice(0, FEED_MAX - 1)];
    this.touched.add("feed");
  }

  /** @param {string} what @param {() => void} watcher @returns {() => void} ends it */
  watch(what, watcher) {
    const watchers = this.watchers.get(what) ?? new Set();
    this.watchers.set(what, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.watchers.get(what) === watchers) this.watchers.delete(what);
    };
  }

  /** What the server's clock shows. */
  now() {
    return Date.now() + this.connection.offset;
  }
}

/** @param {LiveCall} call @returns {Shown} */
const blank = (call) => ({ call, over: null, door: null, leaving: new Set(), ended: new Set(), failure: null, heard: {} });

/** What an event says besides how the call is now. @param {Shown} shown @param {Change} change @returns {Shown} */
function told(shown, change) {
  const { type, leg_id: leg } = change;
  const next = { ...shown, heard: { ...shown.heard, [type]: (shown.heard[type] ?? 0) + 1 } };
  if (type in DOOR) next.door = DOOR[type] ?? null;
  if (type === "LegRemoved" && leg) next.leaving = new Set(shown.leaving).add(leg);
  if (type === "LegEnded" && leg) next.ended = new Set(shown.ended).add(leg);
  if (["EffectFailed", "DoorOpenFailed", "AnnouncementFailed"].includes(type)) next.failure = change;
  else if (type === "DoorOpened" && shown.failure?.type === "DoorOpenFailed") next.failure = null;
  return next;
}

/** Shown anew whenever this was touched. @param {Store} store @param {string} what a call's id, `list`, `feed`, `connection` */
export function useTouched(store, what) {
  const [, again] = useState(0);
  const shown = useRef(0);
  shown.current = store.revision(what);
  useEffect(() => {
    // What came between being rendered and now.
    if (shown.current !== store.revision(what)) again((n) => n + 1);
    return store.watch(what, () => again((n) => n + 1));
  }, [store, what]);
}
