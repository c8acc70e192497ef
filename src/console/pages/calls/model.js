// What the drawing draws, from a recorded call or a dry run: lanes with spans on a time axis, and marks through all of them.

import { phone } from "../../app/format.js";
import { texts } from "../../app/texts.js";
import { apply, nothing } from "./state.js";
import { endText, roleText } from "./words.js";

/** @typedef {"requested" | "ringing" | "waiting" | "talking" | "muted" | "held"} SpanKind */
/** @typedef {{ from: number, to: number, kind: SpanKind, text: string }} Span */
/** @typedef {{ at: number, kind: "accepted" | "declined" | "ended" | "door" | "door-failed", text: string }} Mark */
/** @typedef {{ id: string, label: string, spans: Span[], marks: Mark[] }} Lane */
/** @typedef {{ start: number, end: number, lanes: Lane[], marks: Mark[] }} Model times in milliseconds */

const t = texts({
  en: {
    requested: "being called", ringing: "rings", waiting: "picked up", visitorWaits: "waits", talking: "talks", muted: "muted", held: "on hold",
    accepted: "accepted", declined: "declined", door: "Door opened", doorFailed: "Door could not be opened", doorUnknown: "Door: not known whether opened",
    movedOut: "Someone who moved out", someone: "Someone", again: "{name}, again",
  },
  de: {
    requested: "wird angerufen", ringing: "klingelt", waiting: "abgehoben", visitorWaits: "wartet", talking: "spricht", muted: "stumm", held: "gehalten",
    accepted: "angenommen", declined: "abgelehnt", door: "Tür geöffnet", doorFailed: "Tür ließ sich nicht öffnen", doorUnknown: "Tür: unklar, ob geöffnet",
    movedOut: "Jemand, der ausgezogen ist", someone: "Jemand", again: "{name}, noch einmal",
  },
  fr: {
    requested: "est appelé", ringing: "sonne", waiting: "a décroché", visitorWaits: "attend", talking: "parle", muted: "muet", held: "en attente",
    accepted: "a accepté", declined: "a refusé", door: "Porte ouverte", doorFailed: "La porte n’a pas pu être ouverte",
    doorUnknown: "Porte : ouverture incertaine", movedOut: "Quelqu’un qui a déménagé", someone: "Quelqu’un", again: "{name}, de nouveau",
  },
});

/** Each kind of span once, for the legend. @type {Record<SpanKind, string>} */
export const spanTexts = {
  requested: t("requested"), ringing: t("ringing"), waiting: `${t("waiting")} / ${t("visitorWaits")}`, talking: t("talking"), muted: t("muted"), held: t("held"),
};

/**
 * What someone in a call is called.
 *
 * @param {{ role: string, resident?: string | null, number?: string | null }} who @param {typeof import("../../app/places.js").placeName} name
 */
export function personName(who, name) {
  if (who.role === "resident") {
    const found = name("resident", who.resident);
    return found === null ? t("movedOut") : (found ?? "…");
  }
  if (who.role === "called" || who.role === "connected") return who.number ? phone(who.number) : roleText(who.role);
  return roleText(who.role) || t("someone");
}

/** What is seen of a phone; nothing once it is over. @param {import("./state.js").LegState} leg @returns {SpanKind | null} */
function seen(leg) {
  if (leg.phase === "ended") return null;
  if (leg.onHold) return "held";
  if (leg.phase === "talking") return leg.muted ? "muted" : "talking";
  if (leg.phase === "answered") return "waiting";
  return leg.phase === "ringing" ? "ringing" : "requested";
}

/** @param {SpanKind} kind @param {string} role */
const spanText = (kind, role) => (kind === "waiting" && role === "visitor" ? t("visitorWaits") : t(kind));

/**
 * A recorded call.
 *
 * @param {{ event: import("./state.js").EventView, at: number }[]} order its events as they happened @param {number | null} end when it was over; none: it still runs
 * @param {(leg: import("./state.js").LegState) => string} nameOf @returns {Model}
 */
export function modelOf(order, end, nameOf, now = Date.now()) {
  const start = order[0]?.at ?? now;
  /** @type {Map<string, Lane & { role: string, open: Span | null }>} */
  const lanes = new Map();
  /** @type {Mark[]} */
  const marks = [];
  let state = nothing();
  let last = start;
  for (const { event, at } of order) {
    const after = apply(state, event);
    const data = /** @type {any} */ (event.data);
    last = Math.max(last, at);
    for (const leg of after.legs.values()) {
      const lane = lanes.get(leg.id) ?? { id: leg.id, label: nameOf(leg), role: leg.role, spans: [], marks: [], open: null };
      lanes.set(leg.id, lane);
      const kind = seen(leg);
      if (lane.open?.kind !== kind) {
        if (lane.open) lane.open.to = at;
        lane.open = kind && { from: at, to: at, kind, text: spanText(kind, leg.role) };
        if (lane.open) lane.spans.push(lane.open);
      }
      if (leg.phase === "ended" && state.legs.get(leg.id)?.phase !== "ended") lane.marks.push({ at, kind: "ended", text: endText(leg.cause) });
    }
    if (event.type === "CallAccepted") lanes.get(data.leg)?.marks.push({ at, kind: "accepted", text: t("accepted") });
    if (event.type === "CallDeclined") lanes.get(data.leg)?.marks.push({ at, kind: "declined", text: t("declined") });
    if (event.type === "DoorOpened") marks.push({ at, kind: "door", text: t("door") });
    if (event.type === "DoorOpenFailed") marks.push({ at, kind: "door-failed", text: t(data.certainty === "unknown" ? "doorUnknown" : "doorFailed") });
    state = after;
  }
  const over = Math.max(end ?? now, last);
  for (const lane of lanes.values()) if (lane.open) lane.open.to = over;
  return { start, end: Math.max(over, start + 1000), lanes: numbered([...lanes.values()]), marks };
}

/**
 * A dry run.
 *
 * @param {import("../../app/types").Schema<"TriedView">} tried @param {(who: { role: string, resident: string | null }) => string} nameOf @returns {Model}
 */
export function modelOfTried(tried, nameOf) {
  const ms = (/** @type {number | null | undefined} */ seconds) => (seconds ?? 0) * 1000;
  const last = Math.max(...tried.steps.map((step) => step.at_seconds), ...tried.rings.map((ring) => ring.over_after_seconds ?? 0), 0);
  const end = Math.max(ms(tried.over_after_seconds ?? last), 1000);
  const talks = Math.min(...tried.rings.flatMap(({ accepted_after_seconds: at }) => (typeof at === "number" ? [at] : [])));
  const visitor_end = ms(tried.over_after_seconds ?? last);
  /** @type {Lane} */
  const visitor = { id: "visitor", label: nameOf({ role: "visitor", resident: null }), marks: [], spans: [] };
  const waits_until = Math.min(Number.isFinite(talks) ? talks * 1000 : visitor_end, visitor_end);
  if (waits_until > 0) visitor.spans.push({ from: 0, to: waits_until, kind: "waiting", text: t("visitorWaits") });
  if (visitor_end > waits_until) visitor.spans.push({ from: waits_until, to: visitor_end, kind: "talking", text: t("talking") });
  const lanes = tried.rings.filter((ring) => typeof ring.dialled_after_seconds === "number").map((ring, n) => {
    const role = ring.who;
    const over = ms(ring.over_after_seconds ?? tried.over_after_seconds ?? last);
    const [dialled, answered, accepted] = [ms(ring.dialled_after_seconds), ring.answered_after_seconds, ring.accepted_after_seconds].map((at, n) =>
      n === 0 ? /** @type {number} */ (at) : typeof at === "number" ? at * 1000 : null,
    );
    /** @type {Span[]} */
    const spans = [{ from: dialled ?? 0, to: answered ?? over, kind: "ringing", text: t("ringing") }];
    if (typeof answered === "number") spans.push({ from: answered, to: accepted ?? over, kind: "waiting", text: t("waiting") });
    if (typeof accepted === "number") spans.push({ from: accepted, to: over, kind: "talking", text: t("talking") });
    /** @type {Mark[]} */
    const marks = [];
    if (typeof accepted === "number") marks.push({ at: accepted, kind: "accepted", text: t("accepted") });
    if (ring.end_cause) marks.push({ at: over, kind: ring.end_cause === "declined" ? "declined" : "ended", text: endText(ring.end_cause) });
    return { id: String(n), label: nameOf({ role, resident: ring.resident ?? null }), spans: spans.filter((span) => span.to > span.from), marks };
  });
  /** @type {Mark[]} */
  const marks = typeof tried.opened_after_seconds === "number" ? [{ at: ms(tried.opened_after_seconds), kind: "door", text: t("door") }] : [];
  return { start: 0, end: Math.max(end, ...lanes.flatMap((lane) => lane.spans.map((span) => span.to))), lanes: numbered([visitor, ...lanes]), marks };
}

/** Whoever is called twice has two lanes. @param {Lane[]} lanes */
function numbered(lanes) {
  const seen = new Set();
  return lanes.map(({ id, label, spans, marks }) => {
    const told = seen.has(label) ? t("again", { name: label }) : label;
    seen.add(label);
    return { id, label: told, spans, marks };
  });
}

/**
 * All that the drawing shows, moment after moment: for whoever does not see it.
 *
 * @param {Model} model @returns {{ at: number, who: string, text: string }[]}
 */
export function momentsOf(model) {
  const of_lanes = model.lanes.flatMap((lane) => [
    ...lane.spans.map((span) => ({ at: span.from, who: lane.label, text: span.text })),
    // That someone accepted is said by their talk, too, which begins then.
    ...lane.marks.map((mark) => ({ at: mark.at, who: lane.label, text: mark.text })),
  ]);
  const of_all = model.marks.map((mark) => ({ at: mark.at, who: "", text: mark.text }));
  return [...of_lanes, ...of_all].sort((one, other) => one.at - other.at);
}
