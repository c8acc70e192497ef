// Hours of a week as a short list: these days, from then to then. Enough for a cleaner; for more there are schedules.

import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Icon } from "../../parts/icon.js";
import { DAYS, dayName } from "./validity.js";

const t = texts({
  en: { days: "Days", from: "From", to: "To", add: "Add further hours", remove: "Remove these hours", nth: "Hours {n}", over: "Hours that end before they start go on past midnight." },
  de: { days: "Tage", from: "Von", to: "Bis", add: "Weitere Zeiten hinzufügen", remove: "Diese Zeiten entfernen", nth: "Zeiten {n}", over: "Zeiten, die vor ihrem Anfang enden, gehen über Mitternacht." },
  fr: { days: "Jours", from: "De", to: "À", add: "Ajouter des heures", remove: "Retirer ces heures", nth: "Heures {n}", over: "Une plage qui finit avant de commencer passe minuit." },
});

/** @typedef {{ days: string[], from: string, to: string }} Weekly */

/** What a new row begins with. @returns {Weekly} */
export const someHours = () => ({ days: ["monday", "tuesday", "wednesday", "thursday", "friday"], from: "08:00", to: "18:00" });

/** @param {{ value: Weekly[], onChange: (value: Weekly[]) => void, wrong?: string }} properties */
export function HoursField({ value, onChange, wrong }) {
  const put = (/** @type {number} */ n, /** @type {Partial<Weekly>} */ change) => onChange(value.map((row, m) => (m === n ? { ...row, ...change } : row)));
  return html`<div class="stack">
    ${value.map(
      (row, n) => html`<fieldset key=${n} class="weekly">
        <legend>${t("nth", { n: n + 1 })}</legend>
        <div class="days" role="group" aria-label=${t("days")}>
          ${DAYS.map(
            (day) => html`<label key=${day} class="day">
              <input type="checkbox" checked=${row.days.includes(day)} aria-label=${dayName(day, undefined, "long")}
                onChange=${() => put(n, { days: DAYS.filter((one) => (one === day) !== row.days.includes(one)) })} />
              <span aria-hidden="true">${dayName(day)}</span>
            </label>`,
          )}
        </div>
        <div class="row">
          <label class="time">${t("from")} <input type="time" required value=${row.from.slice(0, 5)} onInput=${(/** @type {any} */ event) => put(n, { from: event.currentTarget.value })} /></label>
          <label class="time">${t("to")} <input type="time" required value=${row.to.slice(0, 5)} onInput=${(/** @type {any} */ event) => put(n, { to: event.currentTarget.value })} /></label>
          ${value.length > 1 &&
          html`<button type="button" class="bare" aria-label=${`${t("remove")}: ${t("nth", { n: n + 1 })}`} onClick=${() => onChange(value.filter((_, m) => m !== n))}><${Icon} name="remove" /></button>`}
        </div>
      </fieldset>`,
    )}
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
    <p class="hint soft small">${t("over")}</p>
    <div><button type="button" class="button small" onClick=${() => onChange([...value, someHours()])}><${Icon} name="plus" /> ${t("add")}</button></div>
  </div>`;
}
