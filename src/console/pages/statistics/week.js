// When visitors come: the week by hour, as a table whose shades only repeat its numbers.

import { count } from "../../app/format.js";
import { html, useEffect, useState } from "../../app/html.js";
import { locale } from "../../app/texts.js";
import { t } from "./texts.js";

/** @typedef {import("../../app/types").Schema<"BusiestHoursView">} Week */

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/** 2024 began on a Monday. @param {number} n */
const aDay = (n) => Date.UTC(2024, 0, 1 + n);
const short = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
const long = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" });
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const SHADES = 4;

/** @param {number} hour */
const clock = (hour) => `${String(hour % 24).padStart(2, "0")}:00`;

/** @param {string} query */
function useMedia(query) {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const watcher = () => setHolds(media.matches);
    media.addEventListener("change", watcher);
    return () => media.removeEventListener("change", watcher);
  }, [query]);
  return holds;
}

/** @param {{ calls: number, most: number, when: string }} properties */
function Cell({ calls, most, when }) {
  const shade = calls === 0 ? 0 : Math.max(1, Math.ceil((calls / most) * SHADES));
  return html`<td class=${`shade-${shade}`} title=${`${when}: ${count(calls)}`}>${count(calls)}</td>`;
}

/** @param {{ of: Week }} properties */
export function WeekGrid({ of }) {
  // On a phone the hours stand below each other: 24 columns are too many.
  const is_narrow = useMedia("(max-width: 50rem)");
  const most = of.busiest?.calls ?? 0;
  const calls = (/** @type {number} */ day, /** @type {number} */ hour) => of.days[day]?.calls_by_hour[hour] ?? 0;
  const cell = (/** @type {number} */ day, /** @type {number} */ hour) =>
    html`<${Cell} key=${`${day}-${hour}`} calls=${calls(day, hour)} most=${most} when=${`${short.format(aDay(day))} ${clock(hour)}`} />`;
  const dayHead = (/** @type {number} */ day, /** @type {string} */ scope) =>
    html`<th key=${day} scope=${scope}><abbr title=${long.format(aDay(day))}>${short.format(aDay(day))}</abbr></th>`;
  const hourHead = (/** @type {number} */ hour, /** @type {string} */ scope) => html`<th key=${hour} scope=${scope}>${String(hour).padStart(2, "0")}</th>`;
  const days = DAYS.map((_, n) => n);
  return html`<section class="card">
    <h2>${t("weekTitle")}</h2>
    <p>${of.busiest
      ? t("busiest", { day: long.format(aDay(DAYS.indexOf(of.busiest.weekday))), from: clock(of.busiest.hour), to: clock(of.busiest.hour + 1), n: of.busiest.calls })
      : t("weekIntro")}</p>
    <div class="week-frame" tabindex="0" role="region" aria-label=${t("weekLabel")}>
      <table class="week">
        <caption class="visually-hidden">${t("weekLabel")}</caption>
        ${is_narrow
          ? html`<thead><tr><th scope="col">${t("hour")}</th>${days.map((day) => dayHead(day, "col"))}</tr></thead>
              <tbody>${HOURS.map((hour) => html`<tr key=${hour}>${hourHead(hour, "row")}${days.map((day) => cell(day, hour))}</tr>`)}</tbody>`
          : html`<thead><tr><th scope="col">${t("day")}</th>${HOURS.map((hour) => hourHead(hour, "col"))}</tr></thead>
              <tbody>${days.map((day) => html`<tr key=${day}>${dayHead(day, "row")}${HOURS.map((hour) => cell(day, hour))}</tr>`)}</tbody>`}
      </table>
    </div>
    <p class="shades soft small" aria-hidden="true">${t("fewer")}
      ${Array.from({ length: SHADES + 1 }, (_, n) => html`<span key=${n} class=${`shade shade-${n}`}></span>`)} ${t("more")}</p>
  </section>`;
}
