// Whether somebody is rung now, and if not, why: as the rules of calls say it.

import { html } from "../../app/html.js";
import { locale, texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { onTheWall, toWall } from "../passes/zone.js";

/** @typedef {import("../../app/types").Schema<"ResidentView">} Resident */

const t = texts({
  en: { rings: "Rings", away: "Away", quiet: "Not before {at}", from: "Moves in {day}", out: "Moved out {day}", leaves: "Moves out {day}", noNumber: "No number" },
  de: { rings: "Klingelt", away: "Abwesend", quiet: "Nicht vor {at}", from: "Einzug {day}", out: "Ausgezogen {day}", leaves: "Auszug {day}", noNumber: "Keine Nummer" },
  fr: { rings: "Sonne", away: "Absent", quiet: "Pas avant {at}", from: "Arrive le {day}", out: "Parti le {day}", leaves: "Part le {day}", noNumber: "Aucun numéro" },
});

const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });

/** A day of the calendar, which is the same everywhere. @param {string} day `2026-11-21` */
export const dayWritten = (day) => days.format(new Date(`${day}T12:00:00Z`));

/** @param {{ of: Resident, zone: string, now?: number }} properties `zone`: its building's */
export function ResidentState({ of, zone, now = Date.now() }) {
  const today = toWall(now, zone).slice(0, 10);
  const until = of.do_not_disturb_until ? Date.parse(of.do_not_disturb_until) : 0;
  if (of.moved_out && of.moved_out <= today) return html`<${Badge}>${t("out", { day: dayWritten(of.moved_out) })}<//>`;
  if (of.moved_in && of.moved_in > today) return html`<${Badge} kind="info">${t("from", { day: dayWritten(of.moved_in) })}<//>`;
  if (of.numbers.length === 0) return html`<${Badge} kind="bad">${t("noNumber")}<//>`;
  const leaves = of.moved_out && html` <${Badge} kind="info">${t("leaves", { day: dayWritten(of.moved_out) })}<//>`;
  if (of.presence === "away") return html`<${Badge} kind="busy">${t("away")}<//>${leaves}`;
  if (until > now) return html`<${Badge} kind="busy">${t("quiet", { at: onTheWall(of.do_not_disturb_until, zone) })}<//>${leaves}`;
  return html`<${Badge} kind="good">${t("rings")}<//>${leaves}`;
}
