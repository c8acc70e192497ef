// The editor of a schedule: the week as a grid and as exact times, and the dates on which other hours hold.

import { html, useState } from "../../app/html.js";
import { dayOf } from "../../app/format.js";
import { texts } from "../../app/texts.js";
import { Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { useStylesheet } from "../../parts/stylesheet.js";
import { hoursOf, spanOf, weeklyOf, weekOf } from "./hours.js";
import { Spans } from "./spans.js";
import { WeekGrid } from "./week-grid.js";
import { DAY_NAMES, spanWords } from "./words.js";

const t = texts({
  en: {
    week: "Every week", zone: "By the clock of each building that uses them, summer time included. Hours that end before they start go on past midnight.",
    office: "Mon–Fri 8–18", nights: "Nights 22–6", always: "Always", clear: "Clear", fill: "Fill with", exact: "Exact times", closed: "not at all",
    copy: "Same on all days", dates: "Special dates", datesHint: "On these dates their own hours hold instead of the week’s: holidays, a party.", noDates: "None: every date is like its weekday.",
    date: "Date", add: "Add date", twice: "This date is there already.", past: "past", remove: "Remove {date}",
  },
  de: {
    week: "Jede Woche", zone: "Nach der Uhr des jeweiligen Gebäudes, mit Sommerzeit. Zeiten, die vor ihrem Anfang enden, gehen über Mitternacht hinaus.",
    office: "Mo–Fr 8–18", nights: "Nachts 22–6", always: "Immer", clear: "Leeren", fill: "Füllen mit", exact: "Genaue Zeiten", closed: "gar nicht",
    copy: "An allen Tagen so", dates: "Besondere Tage", datesHint: "An diesen Tagen gelten eigene Zeiten statt der wöchentlichen: Feiertage, ein Fest.", noDates: "Keine: Jeder Tag ist wie sein Wochentag.",
    date: "Datum", add: "Datum hinzufügen", twice: "Dieses Datum gibt es schon.", past: "vorbei", remove: "{date} entfernen",
  },
  fr: {
    week: "Chaque semaine", zone: "À l’heure de chaque immeuble qui les utilise, heure d’été comprise. Des heures qui finissent avant de commencer passent minuit.",
    office: "Lun–ven 8–18", nights: "Nuits 22–6", always: "Toujours", clear: "Vider", fill: "Remplir avec", exact: "Heures exactes", closed: "pas du tout",
    copy: "Pareil tous les jours", dates: "Dates particulières", datesHint: "À ces dates, leurs propres heures remplacent celles de la semaine : jours fériés, une fête.", noDates: "Aucune : chaque date suit son jour de semaine.",
    date: "Date", add: "Ajouter une date", twice: "Cette date existe déjà.", past: "passée", remove: "Retirer {date}",
  },
});

/** @typedef {import("./hours.js").Schedule} Schedule */

/** @type {Record<"office" | "nights" | "always" | "clear", import("./hours.js").Weekly[]>} */
const FILLS = {
  office: [{ days: ["monday", "tuesday", "wednesday", "thursday", "friday"], from: "08:00", to: "18:00" }],
  nights: [{ days: ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], from: "22:00", to: "06:00" }],
  always: [{ days: ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], from: "00:00", to: "00:00" }],
  clear: [],
};

/** @param {{ value: Schedule, onChange?: (schedule: Schedule) => void, readOnly?: boolean, wrong?: string }} properties */
export function HoursEditor({ value, onChange = () => {}, readOnly = false, wrong }) {
  useStylesheet("schedules/schedules.css");
  const [weekly, dates] = [value.weekly ?? [], value.dates ?? []];
  const week = weekOf(weekly);
  const setWeekly = (/** @type {Schedule["weekly"]} */ weekly) => onChange({ weekly, dates });
  return html`<div class="hours-editor">
    <p class="small soft">${t("zone")}</p>
    ${!readOnly && html`<div class="row" role="group" aria-label=${t("fill")}>
      ${/** @type {(keyof typeof FILLS)[]} */ (Object.keys(FILLS)).map((name) => html`<button key=${name} type="button" class="button small" onClick=${() => setWeekly(FILLS[name])}>${t(name)}</button>`)}
    </div>`}
    <${WeekGrid} value=${weekly} onChange=${setWeekly} readOnly=${readOnly} label=${t("week")} />
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
    <details>
      <summary>${t("exact")}</summary>
      <dl class="hours-exact">
        ${week.map((spans, day) => html`<div key=${day}>
          <dt>${DAY_NAMES[day]}</dt>
          <dd>
            ${readOnly ? spans.map(spanWords).join(", ") || t("closed") : html`<${Spans} of=${DAY_NAMES[day]} value=${spans} none=${t("closed")}
              onChange=${(/** @type {any} */ next) => setWeekly(weeklyOf(week.map((other, at) => (at === day ? next : other))))} />`}
            ${!readOnly && day === 0 && spans.length > 0 && html`<button type="button" class="link small" onClick=${() => setWeekly(weeklyOf(week.map(() => spans)))}>${t("copy")}</button>`}
          </dd>
        </div>`)}
      </dl>
    </details>
    <${Dates} value=${dates} readOnly=${readOnly} onChange=${(/** @type {Schedule["dates"]} */ dates) => onChange({ weekly, dates })} />
  </div>`;
}

/** @param {{ value: NonNullable<Schedule["dates"]>, onChange: (dates: NonNullable<Schedule["dates"]>) => void, readOnly: boolean }} properties */
function Dates({ value, onChange, readOnly }) {
  const [date, setDate] = useState("");
  const [wrong, setWrong] = useState("");
  const today = new Date().toLocaleDateString("sv-SE");
  const add = () => {
    if (!date) return;
    if (value.some((entry) => entry.date === date)) return setWrong(t("twice"));
    onChange([...value, { date, hours: [] }].sort((a, b) => a.date.localeCompare(b.date)));
    setDate("");
  };
  /** @type {any} */
  const of = { values: { date }, wrong: wrong ? { date: wrong } : {}, set: (/** @type {string} */ _, /** @type {string} */ date) => (setDate(date), setWrong("")) };
  return html`<fieldset class="hours-dates">
    <legend>${t("dates")}</legend>
    <p class="small soft">${value.length === 0 ? t("noDates") : t("datesHint")}</p>
    <ul class="plain">
      ${value.map((entry) => {
        const name = dayOf(`${entry.date}T12:00`);
        const spans = (entry.hours ?? []).map(spanOf);
        return html`<li key=${entry.date}>
          <span class="hours-date">${name}${entry.date < today && html` <span class="small soft">(${t("past")})</span>`}
            ${!readOnly && html`<button type="button" class="bare" aria-label=${t("remove", { date: name })} onClick=${() => onChange(value.filter((other) => other !== entry))}><${Icon} name="remove" /></button>`}
          </span>
          ${readOnly
            ? html`<span>${spans.map(spanWords).join(", ") || t("closed")}</span>`
            : html`<${Spans} of=${name} value=${spans} none=${t("closed")}
                onChange=${(/** @type {any[]} */ next) => onChange(value.map((other) => (other === entry ? { date: entry.date, hours: next.map(hoursOf) } : other)))} />`}
        </li>`;
      })}
    </ul>
    ${!readOnly && html`<div class="row add">
      <${Field} of=${of} name="date" label=${t("date")} type="date"
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter") { event.preventDefault(); add(); } }} />
      <button type="button" class="button" disabled=${!date} onClick=${add}><${Icon} name="plus" /> ${t("add")}</button>
    </div>`}
  </fieldset>`;
}
