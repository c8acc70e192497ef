// What a call was like at a moment: a fold of its events. Pure: the drawing, the replay and its tests share it.

/** @typedef {import("../../app/types").Schema<"EventView">} EventView */
/** @typedef {"requested" | "dialling" | "ringing" | "answered" | "talking" | "ended"} Phase */
/**
 * @typedef {object} LegState
 * @property {string} id
 * @property {string} role `visitor`, `resident`, `concierge`, `called`, `connected`
 * @property {string | null} resident
 * @property {Phase} phase
 * @property {boolean} muted
 * @property {boolean} onHold
 * @property {boolean} inRoom
 * @property {boolean} speaking
 * @property {string | null} cause why it ended
 */
/**
 * @typedef {object} CallState
 * @property {"new" | "screening" | "choosing" | "pin" | "ringing" | "talking" | "watching" | "streaming" | "calling" | "speaking" | "connecting" | "connected" | "closing" | "over"} stage
 * @property {"shut" | "asked" | "opened" | "failed" | "unknown"} door
 * @property {Map<string, LegState>} legs in the order in which they came
 * @property {string | null} unit
 * @property {string | null} outcome
 * @property {string | null} cause
 * @property {string | null} errand of a call that was placed: `say` or `connect`
 * @property {string | null} talker the leg that accepted
 */

/** @returns {CallState} */
export const nothing = () => ({ stage: "new", door: "shut", legs: new Map(), unit: null, outcome: null, cause: null, errand: null, talker: null });

/** RFC 3339 in milliseconds, with what comes after them: much happens within one. @param {string} text */
function momentOf(text) {
  const [, finer = ""] = /\.\d{3}(\d+)/.exec(text) ?? [];
  return Date.parse(text) + Number(`0.${finer || 0}`);
}

/**
 * The events in the order in which things happened: what was told late of the room goes where its count says, and happened before what follows.
 *
 * @param {EventView[]} events @returns {{ event: EventView, at: number }[]} `at` in milliseconds
 */
export function asItHappened(events) {
  /** @type {{ event: EventView, at: number, sequence: number | null }[]} */
  const order = [];
  let room = 0;
  // A call that was found in the carrier's records happened when they say.
  const found = /** @type {any} */ (events.find(({ type }) => type === "CallDiscovered")?.data);
  for (const event of events) {
    const sequence = /** @type {any} */ (event.data)?.sequence ?? null;
    const happened = event.type === "CallDiscovered" ? found.began_at : found?.over_at;
    const told = { event, at: momentOf(happened ?? event.recorded_at), sequence };
    const later = sequence === null ? -1 : order.findIndex((other, n) => n >= room && other.sequence !== null && other.sequence > sequence);
    if (later < 0) order.push(told);
    else order.splice(later, 0, told);
    // Another room counts anew.
    if (event.type === "RoomNamed") room = order.length;
  }
  for (let n = order.length - 2; n >= 0; n -= 1) {
    const [one, next] = [order[n], order[n + 1]];
    if (one && next) one.at = Math.min(one.at, next.at);
  }
  return order;
}

/** The state after the first `count` of these. @param {{ event: EventView }[]} order @param {number} [count] @returns {CallState} */
export function stateAfter(order, count = order.length) {
  return order.slice(0, count).reduce((state, { event }) => apply(state, event), nothing());
}

/** How many of these had happened by then. @param {{ at: number }[]} order @param {number} moment */
export function countUntil(order, moment) {
  let count = 0;
  while (count < order.length && (order[count]?.at ?? Infinity) <= moment) count += 1;
  return count;
}

/** What a call is like at a moment. @param {EventView[]} events @param {number} moment milliseconds */
export function stateAt(events, moment) {
  const order = asItHappened(events);
  return stateAfter(order, countUntil(order, moment));
}

/** The state after an event; the one before stays as it is. @param {CallState} before @param {EventView} event @returns {CallState} */
export function apply(before, event) {
  const change = CHANGES[event.type];
  if (!change) return before;
  const state = { ...before, legs: new Map(before.legs) };
  change(state, /** @type {any} */ (event.data));
  return state;
}

/** @param {CallState} state @param {string} id @param {string} role @param {string | null} resident @param {Phase} phase */
function comes(state, id, role, resident, phase) {
  const leg = { id, role, resident, phase, muted: false, onHold: false, inRoom: false, speaking: false, cause: null };
  if (!state.legs.has(id)) state.legs.set(id, leg);
}

/** @type {Phase[]} */
const PHASES = ["requested", "dialling", "ringing", "answered", "talking", "ended"];

/** Reports come late: nobody who is gone comes back, and nobody who talks rings again. @param {CallState} state @param {string} id @param {Phase} phase */
function reaches(state, id, phase) {
  const leg = state.legs.get(id);
  if (leg && PHASES.indexOf(phase) > PHASES.indexOf(leg.phase)) state.legs.set(id, { ...leg, phase });
}

/** @param {CallState} state @param {string} id @param {string} cause */
function ends(state, id, cause) {
  const leg = state.legs.get(id);
  if (!leg) return;
  // Of two causes of one end the one that says more: a carrier's last word often just says that it is over.
  const says_little = (/** @type {string | null} */ one) => one === null || one === "hung_up" || one === "unanswered";
  const told = leg.phase !== "ended" || (says_little(leg.cause) && !says_little(cause)) ? cause : leg.cause;
  state.legs.set(id, { ...leg, phase: "ended", inRoom: false, speaking: false, onHold: false, cause: told });
  // Nobody is left to talk to.
  if (id === state.talker) becomes(state, visitorOf(state), { phase: "answered" });
}

/** @param {CallState} state @param {string} id @param {Partial<LegState>} how */
function becomes(state, id, how) {
  const leg = state.legs.get(id);
  if (leg && leg.phase !== "ended") state.legs.set(id, { ...leg, ...how });
}

/** @param {CallState} state */
const visitorOf = (state) => [...state.legs.values()].find((leg) => leg.role === "visitor")?.id ?? "";

/** @param {CallState} state @param {any} rang */
function rings(state, rang) {
  comes(state, rang.leg, "visitor", null, "ringing");
  state.stage = "screening";
}

/** Each event type that changes what one sees. @type {Record<string, (state: CallState, data: any) => void>} */
const CHANGES = {
  CallRang: rings,
  CallDiscovered: rings,
  CallOrdered: (state, data) => {
    state.stage = "calling";
    state.errand = data.errand?.errand ?? null;
  },
  CallWatched: (state) => (state.stage = "watching"),
  CallPutThrough: (state, { leg }) => {
    reaches(state, leg, "talking");
    state.stage = "talking";
  },
  UnitCodeAsked: (state) => (state.stage = "choosing"),
  PinAsked: (state) => (state.stage = "pin"),
  UnitChosen: (state, { unit }) => {
    state.unit = unit;
    state.stage = "ringing";
  },
  GroupStarted: (state) => {
    if (state.stage === "screening") state.stage = "ringing";
  },
  DialRequested: (state, { leg, target, by }) => {
    comes(state, leg, target.who, target.who === "resident" ? target.id : null, by === "script" ? "dialling" : "requested");
  },
  DialStarted: (state, { leg }) => reaches(state, leg, "dialling"),
  DialPlaced: (state, { leg }) => reaches(state, leg, "dialling"),
  LegIdentified: (state, { leg }) => reaches(state, leg, "dialling"),
  DialDropped: (state, { leg }) => ends(state, leg, "cancelled"),
  DialRefused: (state, { leg, again }) => ends(state, leg, again === "never" ? "failed" : "cancelled"),
  DialExpired: (state, { leg }) => ends(state, leg, "unanswered"),
  LegRinging: (state, { leg }) => reaches(state, leg, "ringing"),
  LegAnswered: (state, { leg }) => reaches(state, leg, "answered"),
  LegEnded: (state, { leg, end }) => ends(state, leg, end.cause),
  LegHeardMachine: (state, { leg }) => becomes(state, leg, { cause: "machine" }),
  CallAccepted: (state, { leg }) => {
    reaches(state, leg, "talking");
    reaches(state, visitorOf(state), "talking");
    state.stage = "talking";
    state.talker = leg;
  },
  PartyReached: (state, { leg }) => {
    reaches(state, leg, "talking");
    if (state.errand === "say") state.stage = "speaking";
    else state.stage = state.stage === "connecting" ? "connected" : "connecting";
  },
  RoomNamed: (state) => {
    for (const id of state.legs.keys()) becomes(state, id, { inRoom: false, muted: false, onHold: false, speaking: false });
  },
  RoomEnded: (state) => {
    for (const id of state.legs.keys()) becomes(state, id, { inRoom: false, speaking: false });
  },
  // Where the carrier counts its news, mute and hold belong to a stay in the room.
  LegJoined: (state, { leg, sequence }) =>
    becomes(state, leg, { inRoom: true, speaking: false, ...(sequence === undefined ? {} : { muted: false, onHold: false }) }),
  LegLeft: (state, { leg }) => becomes(state, leg, { inRoom: false, speaking: false }),
  LegMuted: (state, { leg }) => becomes(state, leg, { muted: true }),
  LegUnmuted: (state, { leg }) => becomes(state, leg, { muted: false }),
  LegHeld: (state, { leg }) => becomes(state, leg, { onHold: true }),
  LegResumed: (state, { leg }) => becomes(state, leg, { onHold: false }),
  SpeechStarted: (state, { leg }) => becomes(state, leg, { speaking: true }),
  SpeechStopped: (state, { leg }) => becomes(state, leg, { speaking: false }),
  StreamRequested: (state, { kind, leg }) => {
    if (kind !== "line") return;
    state.stage = "streaming";
    reaches(state, leg, "talking");
  },
  DoorOpenRequested: (state) => {
    if (state.door !== "opened") state.door = "asked";
  },
  DoorOpened: (state) => (state.door = "opened"),
  DoorOpenFailed: (state, { certainty }) => {
    if (state.door !== "opened") state.door = certainty === "unknown" ? "unknown" : "failed";
  },
  CallClosing: (state, { outcome, cause }) => {
    Object.assign(state, { stage: "closing", outcome, cause });
  },
  CallEnded: (state, { outcome, cause }) => {
    Object.assign(state, { stage: "over", outcome, cause });
  },
};
