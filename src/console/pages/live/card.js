// One running call: where, in which state, since when, who is in it, and what can be done.

import { duration } from "../../app/format.js";
import { html } from "../../app/html.js";
import { Icon } from "../../parts/icon.js";
import { ProblemNote } from "../../parts/problem.js";
import { useActs } from "./acts.js";
import { Timer, useNear } from "./clock.js";
import { Leg, Press, stateOf } from "./leg.js";
import { door, useNames } from "./places.js";
import { ending, person, sentence } from "./sentences.js";
import { useTouched } from "./store.js";
import { stage, t } from "./texts.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Shown} Shown */
/** @typedef {{ store: Store, mayAct: boolean, ask: (question: import("./acts.js").Question) => void, few: boolean }} Room what all cards share */

/** @param {Shown} shown @param {ReturnType<typeof useNames>} names */
function titleOf({ call }, names) {
  if (call.kind === "watched") return t(call.direction === "outbound" ? "outboundWatched" : "watched");
  if (call.kind === "announcement" || call.kind === "connection") return t(call.kind);
  return door(names) || t("visit");
}

/** The state in words: of a talk, between whom. @param {Shown} shown */
function stateInWords(shown) {
  const { call, over } = shown;
  if (over) return ending(over);
  const talking = call.participants.filter((leg) => leg.role !== "visitor" && stateOf(shown, leg) === "talking").map((leg) => person(leg.role, leg.name).who);
  const ringing = call.participants.filter((leg) => leg.state === "ringing").map((leg) => person(leg.role, leg.name).who);
  const whom = { talking, ringing }[call.stage] ?? [];
  return [stage(call.stage), whom.join(", ")].filter(Boolean).join(": ");
}

/** @param {{ id: string, room: Room }} properties */
export function Card({ id, room }) {
  useTouched(room.store, id);
  const shown = room.store.calls.get(id);
  // Gone, and the list does not know it yet.
  return shown ? html`<${Call} shown=${shown} room=${room} />` : null;
}

/** @param {{ shown: Shown, room: Room }} properties */
function Call({ shown, room }) {
  const { call, over } = shown;
  const names = useNames(call);
  const [is_near, card] = useNear(room.few);
  const title = titleOf(shown, names);
  const heading = `call-${call.id}`;
  return html`<li class=${over ? "call over" : `call ${call.stage}`} ref=${card}>
    <article aria-labelledby=${heading}>
      <header>
        <div>
          <h3 id=${heading}>${title}</h3>
          <p class="soft small">${names.building}</p>
        </div>
        ${is_near && !over && html`<${Timer} since=${call.rang_at} now=${() => room.store.now()} />`}
        ${over && html`<span class="timer">${t("after", { time: lasted(shown) })}</span>`}
      </header>
      <p class="state">${stateInWords(shown)}</p>
      ${is_near && html`<${Inside} shown=${shown} room=${room} title=${[title, names.building].filter(Boolean).join(", ")} />`}
    </article>
  </li>`;
}

/** @param {Shown} shown */
const lasted = ({ call, over }) => duration((Date.parse(over?.at ?? call.rang_at) - Date.parse(call.rang_at)) / 1000);

/** @param {{ shown: Shown, room: Room, title: string }} properties */
function Inside({ shown, room, title }) {
  const { call, over, failure } = shown;
  const acts = useActs(shown);
  const can_act = room.mayAct && !over && call.kind !== "watched";
  const is_closing = call.stage === "closing" || acts.isAsked("hang-up");
  const remove = (/** @type {import("./store.js").Participant} */ leg) => room.ask({ kind: "remove", shown, title, leg });
  const labels = backends(call);
  return html`
    ${call.stage === "running" && html`<p class="soft small">${t("hidden")}</p>`}
    ${call.users.length > 0 && html`<p class="small">${t("users", { users: call.users.join(", ") })}</p>`}
    ${call.answered_by && html`<p class="small">${t("answeredBy", { who: call.answered_by })}</p>`}
    ${call.participants.length > 0 && html`<ul class="legs plain">
      ${call.participants.map((leg) => html`<${Leg} key=${leg.leg_id} shown=${shown} leg=${leg} mayAct=${can_act && !is_closing} acts=${acts} onRemove=${remove} />`)}
    </ul>`}
    ${labels && html`<p class="soft small">${t("heardBy", { labels })}</p>`}
    ${acts.problem && html`<div class="failed">
      <${ProblemNote} of=${acts.problem} />
      <p><button type="button" class="link" onClick=${acts.forgive}>${t("dismiss")}</button></p>
    </div>`}
    ${failure && html`<div class="failed">
      <div class="note problem"><${Icon} name="warn" />
        <div class="row between"><p>${sentence(failure)} ${t("carrierSays")}</p>
        <button type="button" class="link" onClick=${() => room.store.dismiss(call.id)}>${t("dismiss")}</button></div>
      </div>
    </div>`}
    <footer class="acts">
      ${can_act && call.kind === "visit" && html`<${Open} shown=${shown} acts=${acts} title=${title} />`}
      ${can_act && !is_closing && html`<${Press} icon="say" text=${t("say")} label=${t("actsOn", { act: t("say"), call: title })} isPending=${false}
        onPress=${() => room.ask({ kind: "say", shown, title })} />`}
      ${can_act && html`<${Press} icon="hangUp" text=${t(is_closing ? "hangingUp" : "hangUp")} label=${t("actsOn", { act: t(is_closing ? "hangingUp" : "hangUp"), call: title })}
        isPending=${is_closing} kind="end" onPress=${() => room.ask({ kind: "hang-up", shown, title })} />`}
      <a class="details small" href=${`/calls/${call.id}`} aria-label=${t("detailsOf", { call: title })}>${t("details")}</a>
    </footer>`;
}

/** @param {{ shown: Shown, acts: ReturnType<typeof useActs>, title: string }} properties */
function Open({ shown, acts, title }) {
  const is_pending = shown.door === "asked" || acts.isAsked("open");
  const text = t(is_pending ? "opening" : "open");
  return html`
    <${Press} icon="open" kind="primary" text=${text} label=${t("actsOn", { act: text, call: title })} isPending=${is_pending} onPress=${() => acts.act("open")} />
    ${shown.door === "opened" && html`<span class="opened small"><${Icon} name="check" size=${16} /> ${t("opened")}</span>`}`;
}

/** Who hears it, by label. @param {import("./stream.js").LiveCall} call */
function backends({ streams }) {
  /** @type {{ backends?: { label?: string | null }[] }[]} */
  const heard = Array.isArray(streams) ? streams : [];
  return heard.flatMap((stream) => stream.backends ?? []).map((backend) => backend.label).filter(Boolean).join(", ");
}
