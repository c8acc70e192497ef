// A call's facts: what came of it, by whom and when; and the phones that were in it.

import { dateAndTime, phone, since, span, timeOfDay } from "../../app/format.js";
import { html } from "../../app/html.js";
import { placeName } from "../../app/places.js";
import { locale } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Table } from "../../parts/list.js";
import { personName } from "./model.js";
import { openerName } from "./story.js";
import { t } from "./texts.js";
import { causeText, endText, kindOf, kindText, outcomeText, reconciledText, roleText } from "./words.js";

/** @typedef {import("../../app/types").Schema<"CallView">} Call */

/** @param {string | null | undefined} one @param {string | null | undefined} other */
export const secondsBetween = (one, other) => (Date.parse(other ?? "") - Date.parse(one ?? "")) / 1000;

/** What came of a call, as a badge and in words. @param {{ call: Pick<Call, "outcome" | "cause" | "ended_at"> }} properties */
export function Outcome({ call }) {
  return html`<${Badge} kind=${kindOf(call.outcome)}>${call.outcome ? outcomeText(call.outcome) : t("running")}<//>${call.cause && html` <span class="soft small">${causeText(call.cause)}</span>`}`;
}

/** A name that may still be on its way, or gone. @param {string | null | undefined} name @param {string} to */
const linked = (name, to) => (name ? html`<a href=${to}>${name}</a>` : html`<span class="soft">${name === null ? t("gone") : "…"}</span>`);

/** @param {{ call: Call, currency: string | null }} properties */
export function Facts({ call, currency }) {
  const name = placeName;
  const opener = /** @type {any} */ (call.opened_by);
  const orderer = /** @type {any} */ (call.ordered_by);
  /** @type {[string, any][]} */
  const facts = [
    [t("kind"), kindText(call.kind)],
    [t("building"), linked(name("building", call.building_id), `/buildings/${call.building_id}`)],
    [t("entrance"), call.entrance_id && linked(name("entrance", call.entrance_id, call.building_id), `/entrances/${call.entrance_id}`)],
    [t("unit"), call.unit_id && linked(name("unit", call.unit_id, call.building_id), `/units/${call.unit_id}`)],
    [t("line"), call.line_id && linked(lineName(call.line_id), `/lines/${call.line_id}`)],
    [t("caller"), call.kind === "visit" || call.kind === "watched" ? phone(call.caller) : null],
    [t("orderedBy"), orderer && openerName(typeof orderer === "string" ? { by: "manager", id: orderer } : { by: "program" }, name)],
    [t("users"), call.users.length > 0 && call.users.join(", ")],
    [t("answeredBy"), call.answered_by],
    [t("rangAt"), html`<time datetime=${call.rang_at}>${dateAndTime(call.rang_at)}</time> <span class="soft">(${since(call.rang_at)})</span>`],
    [t("acceptedAt"), call.accepted_at && t("acceptedAfter", { time: timeOfDay(call.accepted_at), span: span(secondsBetween(call.rang_at, call.accepted_at)) })],
    [t("openedAt"), call.opened_at && (opener ? t("openedBy", { time: timeOfDay(call.opened_at), name: openerName(opener, name) }) : timeOfDay(call.opened_at))],
    [t("room"), call.room?.started_at && timeOfDay(call.room.started_at)],
    [t("talkedFor"), typeof call.talk_seconds === "number" && span(call.talk_seconds)],
    [t("endedAt"), call.ended_at ? timeOfDay(call.ended_at) : t("runningLong")],
    [t("lastedFor"), call.ended_at && span(secondsBetween(call.rang_at, call.ended_at))],
    [t("cost"), currency && call.cost_micros > 0 && money(call.cost_micros, currency)],
    [t("reconciled"), call.reconciled && reconciledText(call.reconciled.source)],
    [t("id"), html`<code>${call.id}</code>`],
  ];
  return html`<dl class="facts">${facts.filter(([, value]) => value).map(([title, value]) => html`<dt>${title}</dt><dd>${value}</dd>`)}</dl>`;
}

/** @param {string | null | undefined} id */
function lineName(id) {
  const number = placeName("line", id);
  return number && phone(number);
}

/** @param {number} micros @param {string} currency */
function money(micros, currency) {
  return new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: 2, maximumFractionDigits: 4 }).format(micros / 1e6);
}

/** The phones of a call, in the order in which they came. @param {{ call: Call }} properties */
export function People({ call }) {
  const time = (/** @type {string | null | undefined} */ at) => (at ? timeOfDay(at) : "");
  /** @typedef {import("../../app/types").Schema<"LegView">} Leg */
  const columns = [
    { title: t("who"), cell: (/** @type {Leg} */ leg) => who(leg) },
    { title: t("number"), class: "nowrap", cell: (/** @type {Leg} */ leg) => (leg.role === "visitor" ? phone(call.caller) : leg.number ? phone(leg.number) : "") },
    { title: t("step"), class: "number", cell: (/** @type {Leg} */ leg) => leg.step ?? "" },
    { title: t("rang"), class: "number", cell: (/** @type {Leg} */ leg) => time(leg.role === "visitor" ? call.rang_at : leg.ringing_at) },
    { title: t("picked"), class: "number", cell: (/** @type {Leg} */ leg) => (leg.role === "visitor" ? "" : time(leg.answered_at)) },
    { title: t("accepted"), class: "number", cell: (/** @type {Leg} */ leg) => time(leg.accepted_at) },
    { title: t("ended"), class: "number", cell: (/** @type {Leg} */ leg) => time(leg.ended_at) },
    { title: t("how"), cell: (/** @type {Leg} */ leg) => endText(leg.end_cause) },
  ];
  return html`<${Table} label=${t("people")} items=${call.legs ?? []} columns=${columns} />`;
}

/** @param {import("../../app/types").Schema<"LegView">} leg */
function who(leg) {
  const name = personName({ role: leg.role, resident: leg.resident_id, number: leg.number }, placeName);
  const is_there = leg.resident_id && placeName("resident", leg.resident_id);
  return is_there ? html`<a href=${`/residents/${leg.resident_id}`}>${name}</a>` : leg.role === "called" || leg.role === "connected" ? roleText(leg.role) : name;
}
