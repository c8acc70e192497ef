// A call told step by step: what happened, and the rule that made it so. From its events and their explanation.

import { language } from "../../app/texts.js";
import { personName } from "./model.js";
import { apply, nothing } from "./state.js";
import { nameIn, tell } from "./told.js";
import { openerText } from "./words.js";

/** @typedef {{ version: number, at: number, event: string, what: string | null, rule: string | null, why: string, inputs: Record<string, unknown>, is_detail: boolean, spoken?: any[] }} Step */

/** Rules that say only who told it: with what happened, they say nothing more. */
const SAYS_LITTLE = new Set(["carrier_reported", "worker_reported", "still_wanted", "stream_reported"]);
/** Why, where that says more than what happened. @param {string | null} what @param {string | null} rule @param {string} sentence @param {boolean} [is_spoken] */
function whyOf(what, rule, sentence, is_spoken = false) {
  const is_idle = rule === null || SAYS_LITTLE.has(rule) || rule === "nothing_is_forever";
  return is_idle && (what !== null || is_spoken) ? "" : rule === null ? "" : ruleText(rule, sentence);
}

/** What only the machinery needs to know. */
const MACHINERY = new Set(["TimerSet", "DialPlaced", "LegIdentified", "RoomNamed", "KeysListenedFor", "DialRequested", "LegRedirected", "LegModified", "LegHeardHuman"]);

/** @type {Record<string, [string, string]> | null} */
let translated = null;

/** Readers of English read the API's own sentences; the others' are fetched when they are needed. */
export async function learnRules() {
  if (language !== "en" && !translated) translated = (await import("./rules.js")).rules;
}

/** What a rule says. @param {string} rule @param {string} sentence the API's */
export const ruleText = (rule, sentence) => translated?.[rule]?.[language === "de" ? 0 : 1] ?? sentence;

/** @param {string | null} what @param {string} event @param {string | null} rule */
const isDetail = (what, event, rule) => what === null && (MACHINERY.has(event) || rule === null || SAYS_LITTLE.has(rule));

/**
 * @param {{ event: import("./state.js").EventView, at: number }[]} order events as they happened
 * @param {import("../../app/types").Schema<"ExplainedStep">[]} explained @param {import("../../app/types").Schema<"CallView">} call
 * @param {typeof import("../../app/places.js").placeName} name @param {Map<number, string>} sentences the API's, by version: they know more names, in English
 * @returns {Step[]}
 */
export function storyOf(order, explained, call, name, sentences) {
  const why = new Map(explained.map((step) => [step.version, step]));
  let state = nothing();
  return order.map(({ event, at }) => {
    const before = state;
    state = apply(state, event);
    const what = isNews(event, before) ? (language === "en" && sentences.get(event.version)?.replace(/\.$/, "")) || whatOf(event, state, call, name) : null;
    const because = why.get(event.version);
    const rule = because?.rule ?? null;
    return {
      version: event.version, at, event: event.type, what, rule, why: whyOf(what, rule, because?.sentence ?? ""),
      inputs: /** @type {any} */ (because?.inputs ?? {}), is_detail: isDetail(what, event.type, rule),
    };
  });
}

/** Reports repeat themselves, and some tell what goes without saying. @param {import("./state.js").EventView} event @param {import("./state.js").CallState} before */
function isNews(event, before) {
  const leg = before.legs.get(/** @type {any} */ (event.data)?.leg);
  if (event.type === "LegAnswered" && leg?.role === "visitor") return false;
  const after_the_end = ["LegEnded", "LegJoined", "LegLeft", "CallDeclined", "LegHeardMachine", "LegAnswered", "LegRinging"];
  return !(leg?.phase === "ended" && after_the_end.includes(event.type));
}

/** @param {import("./state.js").EventView} event @param {import("./state.js").CallState} state @param {import("../../app/types").Schema<"CallView">} call @param {typeof import("../../app/places.js").placeName} name */
function whatOf(event, state, call, name) {
  const data = /** @type {any} */ (event.data);
  return tell(event.type, data, { who: whoIn(data, state, call, name), name: nameIn(event.type, data, name) });
}

/** @param {any} data @param {import("./state.js").CallState} state @param {import("../../app/types").Schema<"CallView">} call @param {typeof import("../../app/places.js").placeName} name */
function whoIn(data, state, call, name) {
  if (data.opener) return openerName(data.opener, name);
  if ("by" in data && data.by !== "script") return openerName(typeof data.by === "string" ? { by: "manager", id: data.by } : { by: "program" }, name);
  if (typeof data.resident === "string") return personName({ role: "resident", resident: data.resident }, name);
  const leg = state.legs.get(data.leg);
  const number = call.legs?.find((one) => one.id === data.leg)?.number ?? null;
  return personName({ role: leg?.role ?? "visitor", resident: leg?.resident, number }, name);
}

/** On whose word the door opened. @param {{ by: string, id?: string | null }} opener @param {typeof import("../../app/places.js").placeName} name */
export function openerName(opener, name) {
  const kind = /** @type {const} */ ({ resident: "resident", pass: "pass", manager: "user" })[opener.by];
  return (kind && name(kind, opener.id)) || openerText(opener.by);
}

/**
 * The steps of a dry run.
 *
 * @param {import("../../app/types").Schema<"TriedView">} tried @param {typeof import("../../app/places.js").placeName} name @returns {Step[]}
 */
export function storyOfTried(tried, name) {
  /** @type {Set<string>} */
  const over = new Set();
  return tried.steps.map((step, n) => {
    const role = step.about?.who ?? "visitor";
    const who = personName({ role, resident: step.about?.resident ?? null }, name);
    const inputs = /** @type {Record<string, any>} */ (step.inputs ?? {});
    const of_visitor = !step.about;
    const key = `${role}/${step.about?.resident ?? ""}`;
    const repeats = step.event === "LegEnded" && over.has(key);
    if (step.event === "LegEnded") over.add(key);
    const ring = tried.rings.find((ring) => ring.who === role && (ring.resident ?? null) === (step.about?.resident ?? null) && ring.over_after_seconds === step.at_seconds);
    const data = {
      end: { cause: of_visitor ? "hung_up" : (ring?.end_cause ?? "hung_up") },
      admission: { as: { panels_may_ring: "panel", allowlisted_may_ring: "allowlisted", strangers_may_ring: "stranger", withheld_may_ring: "stranger" }[step.rule] },
    };
    const names = { UnitChosen: inputs.unit, CallEnded: nameIn("CallEnded", { outcome: tried.outcome }, name), DoorOpened: "" };
    const opener = /** @type {any} */ (tried.opened_by);
    const is_told = !repeats && !(of_visitor && ["LegAnswered", "LegJoined"].includes(step.event));
    const about = { who: step.event === "DoorOpened" && opener ? openerName(opener, name) : who, name: String(/** @type {any} */ (names)[step.event] ?? "") };
    const what = is_told ? tell(step.event, data, about) : null;
    return {
      version: n, at: step.at_seconds * 1000, event: step.event, what, rule: step.rule, why: whyOf(what, step.rule, step.sentence, step.spoken.length > 0), inputs,
      is_detail: isDetail(what, step.event, step.rule) && step.spoken.length === 0, spoken: step.spoken,
    };
  });
}
