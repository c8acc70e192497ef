// The phones of a simulated visit: the visitor's at the door, and each that is rung.

import { html } from "../../app/html.js";
import { phone as readable } from "../../app/format.js";
import { Badge } from "../../parts/badge.js";
import { Icon } from "../../parts/icon.js";
import { toastProblem } from "../../parts/toast.js";
import { drive, lastHeard } from "./run.js";
import { t } from "./texts.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** @param {import("./run.js").Phone} phone */
const stateOf = (phone) => (phone.ended_at ? "over" : phone.answered_at ? "answered" : "ringing");

/** @param {{ phone: import("./run.js").Phone, name: string, onAct: () => void, isVisitor?: boolean }} properties */
export function VirtualPhone({ phone, name, onAct, isVisitor = false }) {
  const given = isVisitor ? phone.from : phone.to;
  // Carriers leave the plus out.
  const number = /^\d+$/.test(given) ? `+${given}` : given;
  const state = stateOf(phone);
  const act = async (/** @type {"answer" | "decline" | "hang_up" | "press"} */ what, /** @type {string} */ keys = "") => {
    try {
      await drive(number, what, keys || undefined);
      onAct();
    } catch (problem) {
      toastProblem(problem);
    }
  };
  const heard = lastHeard(phone);
  const canDrive = number.startsWith("+");
  const keys = html`<div class="keys" role="group" aria-label=${isVisitor ? t("keypadVisitor") : t("keypad", { name })}>
    ${KEYS.map((key) => html`<button key=${key} class="button key" onClick=${() => void act("press", key)}>${key}</button>`)}
  </div>`;
  return html`<section class=${`phone ${state}`} aria-label=${name}>
    <div class="row between">
      ${isVisitor ? html`<h2>${name}</h2>` : html`<h3>${name}</h3>`}
      <${Badge} kind=${state === "ringing" ? "busy" : state === "answered" ? "good" : "plain"}>${t(/** @type {any} */ (`state_${state}`))}<//>
    </div>
    <p class="small soft">${readable(number)}</p>
    <p class="heard" aria-live="polite">${heard && html`<span class="soft">${t("hears")}</span> ${heard}`}</p>
    ${canDrive && state === "ringing" && !isVisitor && html`<div class="row">
      <button class="button primary" onClick=${() => void act("answer")}>${t("answer")}</button>
      <button class="button" onClick=${() => void act("decline")}>${t("decline")}</button>
    </div>`}
    ${canDrive && state === "answered" && html`
      ${isVisitor ? html`<details><summary>${t("keypadVisitor")}</summary>${keys}</details>` : keys}
      <button class="button" onClick=${() => void act("hang_up")}><${Icon} name="hangUp" /> ${isVisitor ? t("leave") : t("hangUp")}</button>`}
  </section>`;
}
