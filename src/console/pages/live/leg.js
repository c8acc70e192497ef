// Someone in a running call: who, what they do, since when, and what can be done to them.

import { timeOfDay } from "../../app/format.js";
import { html } from "../../app/html.js";
import { Badge } from "../../parts/badge.js";
import { Icon } from "../../parts/icon.js";
import { carriesCall, isConnected } from "./acts.js";
import { person } from "./sentences.js";
import { doing, t } from "./texts.js";

/** @typedef {import("./store.js").Shown} Shown */
/** @typedef {import("./store.js").Participant} Participant */

/** @type {Record<string, "good" | "busy" | "info" | "plain">} */
const KINDS = { talking: "good", ringing: "busy", requested: "busy", answered: "info", waits: "info" };

/** What they do: a visitor is there from the start, and talks when the call does. @param {Shown} shown @param {Participant} leg */
export function stateOf({ call }, leg) {
  if (leg.state === "ended") return leg.left_because ?? "ended";
  if (leg.role === "visitor" && leg.state === "answered") return call.stage === "talking" ? "talking" : "waits";
  return leg.state;
}

/**
 * @param {{ shown: Shown, leg: Participant, mayAct: boolean, acts: ReturnType<typeof import("./acts.js").useActs>, onRemove: (leg: Participant) => void }} properties
 */
export function Leg({ shown, leg, mayAct, acts, onRemove }) {
  const state = stateOf(shown, leg);
  const { who } = person(leg.role, leg.name);
  const is_over = leg.state === "ended" || shown.over !== null;
  return html`<li class=${leg.state === "ended" ? "leg gone" : "leg"}>
    <div class="person">
      <${Icon} name=${leg.role === "visitor" ? "door" : "person"} />
      <span class="name">${who}</span>
      <${Badge} kind=${KINDS[state] ?? "plain"}>${doing(state)}<//>
      ${leg.speaking && !is_over && html`<${Badge} kind="good"><${Icon} name="say" size=${14} /> ${t("speaking")}<//>`}
      ${leg.muted && !is_over && html`<${Badge} kind="bad"><${Icon} name="micOff" size=${14} /> ${t("muted")}<//>`}
      ${leg.on_hold && !is_over && html`<${Badge} kind="busy"><${Icon} name="hold" size=${14} /> ${t("onHold")}<//>`}
      ${leg.joined_at && !is_over && html`<span class="soft small">${t("joined", { time: timeOfDay(leg.joined_at) })}</span>`}
    </div>
    ${mayAct && !is_over && html`<div class="acts">
      ${isConnected(leg) && html`<${Switch} of=${voice(leg)} leg=${leg} who=${who} acts=${acts} /><${Switch} of=${holding(leg)} leg=${leg} who=${who} acts=${acts} />`}
      <${Remove} shown=${shown} leg=${leg} who=${who} acts=${acts} onRemove=${onRemove} />
    </div>`}
  </li>`;
}

/** @typedef {{ act: "mute" | "unmute" | "hold" | "resume", icon: import("../../parts/icon.js").IconName, pending: "muting" | "unmuting" | "holding" | "resuming", is_pending: boolean }} Choice */

/** @param {Participant} leg @returns {Choice} */
function voice({ muted, mute_requested: asked }) {
  const mutes = asked ? asked === "mute" : !muted;
  return { act: mutes ? "mute" : "unmute", icon: mutes ? "micOff" : "mic", pending: mutes ? "muting" : "unmuting", is_pending: Boolean(asked) };
}

/** @param {Participant} leg @returns {Choice} */
function holding({ on_hold, hold_requested: asked }) {
  const holds = asked ? asked === "hold" : !on_hold;
  return { act: holds ? "hold" : "resume", icon: holds ? "hold" : "try", pending: holds ? "holding" : "resuming", is_pending: Boolean(asked) };
}

/** @param {{ of: Choice, leg: Participant, who: string, acts: ReturnType<typeof import("./acts.js").useActs> }} properties */
function Switch({ of, leg, who, acts }) {
  const is_pending = of.is_pending || acts.isAsked(of.act, leg.leg_id);
  const text = t(is_pending ? of.pending : of.act);
  return html`<${Press} icon=${of.icon} text=${text} label=${t("actsOn", { act: text, call: who })} isPending=${is_pending} onPress=${() => acts.act(of.act, leg.leg_id)} />`;
}

/** @param {{ shown: Shown, leg: Participant, who: string, acts: ReturnType<typeof import("./acts.js").useActs>, onRemove: (leg: Participant) => void }} properties */
function Remove({ shown, leg, who, acts, onRemove }) {
  const is_pending = shown.leaving.has(leg.leg_id) || acts.isAsked("remove", leg.leg_id);
  const text = t(is_pending ? "removing" : isConnected(leg) ? "remove" : "stop");
  const press = () => (carriesCall(shown, leg) ? onRemove(leg) : acts.act("remove", leg.leg_id));
  return html`<${Press} icon="remove" text=${text} label=${t("actsOn", { act: text, call: who })} isPending=${is_pending} onPress=${press} />`;
}

/**
 * A button that keeps the focus while it works: it says so instead of going away.
 *
 * @param {{ icon: import("../../parts/icon.js").IconName, text: string, label: string, isPending: boolean, onPress: () => void, kind?: string }} properties
 */
export function Press({ icon, text, label, isPending, onPress, kind = "" }) {
  return html`<button type="button" class=${`button small ${kind}`} aria-label=${label} aria-disabled=${isPending ? "true" : undefined} aria-busy=${isPending ? "true" : undefined}
    onClick=${() => isPending || onPress()}><${Icon} name=${icon} size=${16} /> ${text}</button>`;
}
