// A week as a grid of half hours: painted with a pointer, or by keys; what it holds is said in words as well.

import { html, useLayoutEffect, useRef, useState } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { useStylesheet } from "../../parts/stylesheet.js";
import { added, clock, covered, cut, DAY, weeklyOf, weekOf } from "./hours.js";
import { DAY_NAMES, DAY_NAMES_SHORT, daysWords, scheduleWords } from "./words.js";

const SLOT = 1800;
const SLOTS = DAY / SLOT;

const t = texts({
  en: {
    label: "Week", day: "Day", partly: "{cell}, partly", on: "{range} added", off: "{range} taken out", marked: "{range} marked: space changes it",
    help: "Drag over the hours, or use the arrow keys: space adds or takes out half an hour, Shift and arrows mark more.",
  },
  de: {
    label: "Woche", day: "Tag", partly: "{cell}, teilweise", on: "{range} hinzugefügt", off: "{range} herausgenommen", marked: "{range} markiert: Leertaste ändert es",
    help: "Ziehen Sie über die Stunden, oder nutzen Sie die Pfeiltasten: Die Leertaste schaltet eine halbe Stunde um, Umschalt und Pfeile markieren mehr.",
  },
  fr: {
    label: "Semaine", day: "Jour", partly: "{cell}, en partie", on: "{range} ajouté", off: "{range} retiré", marked: "{range} sélectionné : espace le change",
    help: "Faites glisser sur les heures, ou utilisez les flèches : espace ajoute ou retire une demi-heure, Maj et flèches sélectionnent davantage.",
  },
});

/** @typedef {{ day: number, slot: number }} Cell */
/** @typedef {{ days: number[], from: number, to: number }} Area */

/** @param {Cell} a @param {Cell} b @returns {Area} */
function between(a, b) {
  const first = Math.min(a.day, b.day);
  const days = Array.from({ length: Math.abs(a.day - b.day) + 1 }, (_, n) => first + n);
  return { days, from: Math.min(a.slot, b.slot) * SLOT, to: (Math.max(a.slot, b.slot) + 1) * SLOT };
}

/** @param {Area} area */
const areaWords = ({ days, from, to }) => `${daysWords(days)} ${clock(from)}–${to === DAY ? "24:00" : clock(to)}`;

/** @param {import("./hours.js").Week} week @param {Area} area @param {boolean} on */
const painted = (week, { days, from, to }, on) => days.reduce((week, day) => (on ? added : cut)(week, day, from, to), week);

/**
 * @param {{ value: readonly import("./hours.js").Weekly[], onChange?: (weekly: import("./hours.js").Weekly[]) => void, readOnly?: boolean, label?: string }} properties
 */
export function WeekGrid({ value, onChange = () => {}, readOnly = false, label = t("label") }) {
  useStylesheet("schedules/schedules.css");
  const week = weekOf(value);
  const grid = useRef(/** @type {HTMLElement | null} */ (null));
  const [at, setAt] = useState(/** @type {Cell} */ ({ day: 0, slot: 16 }));
  const [anchor, setAnchor] = useState(/** @type {Cell | null} */ (null));
  const [drag, setDrag] = useState(/** @type {{ start: Cell, end: Cell, on: boolean } | null} */ (null));
  const [said, setSaid] = useState("");
  const wants_focus = useRef(/** @type {"shown" | "as it is" | null} */ (null));
  // Before the next key: a later one would find its wish used up by this one.
  useLayoutEffect(() => {
    if (!wants_focus.current) return;
    // A finger that scrolls the page must not have it jump.
    const preventScroll = wants_focus.current === "as it is";
    wants_focus.current = null;
    /** @type {HTMLElement | null | undefined} */ (grid.current?.querySelector('[tabindex="0"]'))?.focus({ preventScroll });
  });

  const is_on = (/** @type {Cell} */ { day, slot }) => covered(week, day, slot * SLOT, (slot + 1) * SLOT) === "all";
  const paint = (/** @type {Area} */ area, /** @type {boolean} */ on) => {
    onChange(weeklyOf(painted(week, area, on)));
    setSaid(t(on ? "on" : "off", { range: areaWords(area) }));
  };

  const cellAt = (/** @type {PointerEvent} */ event) => {
    const first = grid.current?.querySelector("[data-cell]")?.getBoundingClientRect();
    const last = grid.current?.querySelector('[data-cell="6-47"]')?.getBoundingClientRect();
    if (!first || !last) return null;
    const place = (/** @type {number} */ at, /** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ count) =>
      Math.min(count - 1, Math.max(0, Math.floor(((at - from) / (to - from)) * count)));
    return { day: place(event.clientY, first.top, last.bottom, 7), slot: place(event.clientX, first.left, last.right, SLOTS) };
  };
  const begin = (/** @type {PointerEvent} */ event) => {
    const start = event.target instanceof Element && event.target.closest("[data-cell]") ? cellAt(event) : null;
    if (!start || event.button !== 0) return;
    if (event.pointerType === "mouse") event.preventDefault();
    grid.current?.setPointerCapture(event.pointerId);
    setAnchor(null);
    setAt(start);
    wants_focus.current = "as it is";
    setDrag({ start, end: start, on: !is_on(start) });
  };
  const go = (/** @type {PointerEvent} */ event) => {
    const end = drag && cellAt(event);
    if (!drag || !end || (end.day === drag.end.day && end.slot === drag.end.slot)) return;
    setDrag({ ...drag, end });
    setSaid(areaWords(between(drag.start, end)));
  };
  const finish = () => {
    if (!drag) return;
    paint(between(drag.start, drag.end), drag.on);
    setAt(drag.end);
    setDrag(null);
  };

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    /** @type {Record<string, Cell>} */
    const steps = {
      ArrowLeft: { ...at, slot: at.slot - 1 }, ArrowRight: { ...at, slot: at.slot + 1 }, ArrowUp: { ...at, day: at.day - 1 }, ArrowDown: { ...at, day: at.day + 1 },
      Home: { day: event.ctrlKey ? 0 : at.day, slot: 0 }, End: { day: event.ctrlKey ? 6 : at.day, slot: SLOTS - 1 },
      PageUp: { ...at, day: 0 }, PageDown: { ...at, day: 6 },
    };
    const to = steps[event.key];
    if (to && !event.altKey && !event.metaKey) {
      event.preventDefault();
      const next = { day: Math.min(6, Math.max(0, to.day)), slot: Math.min(SLOTS - 1, Math.max(0, to.slot)) };
      const start = event.shiftKey ? (anchor ?? at) : null;
      setAnchor(start);
      setAt(next);
      setSaid(start ? t("marked", { range: areaWords(between(start, next)) }) : "");
      wants_focus.current = "shown";
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      const start = anchor ?? at;
      paint(between(start, at), !is_on(start));
      setAnchor(null);
    } else if (event.key === "Escape" && (anchor || drag)) {
      event.preventDefault();
      setAnchor(null);
      setDrag(null);
      setSaid("");
    }
  };

  const shown = drag ? painted(week, between(drag.start, drag.end), drag.on) : week;
  const marked = anchor && between(anchor, at);
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  if (readOnly) {
    return html`<div class="week-grid still" role="img" aria-label=${`${label}: ${scheduleWords({ weekly: [...value], dates: [] })}`}>
      <${Head} hours=${hours} />
      ${DAY_NAMES_SHORT.map((name, day) => html`<div key=${day} class="week-row"><span class="week-day">${name}</span>
        ${Array.from({ length: SLOTS }, (_, slot) => html`<span key=${slot} class=${`week-cell ${covered(shown, day, slot * SLOT, (slot + 1) * SLOT)}`}></span>`)}</div>`)}
    </div>`;
  }
  return html`<div class="week-paint">
    <div class="week-grid" role="grid" aria-label=${label} aria-multiselectable="true" ref=${grid} onKeyDown=${onKeyDown}
      onPointerDown=${begin} onPointerMove=${go} onPointerUp=${finish} onPointerCancel=${() => setDrag(null)}>
      <${Head} hours=${hours} grid />
      ${DAY_NAMES.map((name, day) => html`<div key=${day} class="week-row" role="row">
        <span class="week-day" role="rowheader" aria-label=${name}>${DAY_NAMES_SHORT[day]}</span>
        ${Array.from({ length: SLOTS }, (_, slot) => {
          const [from, to] = [slot * SLOT, (slot + 1) * SLOT];
          const state = covered(shown, day, from, to);
          const cell = `${name} ${clock(from)}`;
          const is_marked = marked && marked.days.includes(day) && from >= marked.from && to <= marked.to;
          return html`<span key=${slot} role="gridcell" data-cell=${`${day}-${slot}`} class=${`week-cell ${state}${is_marked ? " marked" : ""}`}
            tabindex=${at.day === day && at.slot === slot ? 0 : -1} aria-selected=${state === "all" ? "true" : "false"}
            aria-label=${state === "some" ? t("partly", { cell }) : cell}></span>`;
        })}
      </div>`)}
    </div>
    <p class="week-said" aria-live="polite">${said || html`<span class="soft">${t("help")}</span>`}</p>
  </div>`;
}

/** @param {{ hours: number[], grid?: boolean }} properties */
function Head({ hours, grid = false }) {
  return html`<div class="week-row week-hours" role=${grid ? "row" : undefined}>
    <span class="week-day" role=${grid ? "columnheader" : undefined}>${grid && html`<span class="visually-hidden">${t("day")}</span>`}</span>
    ${hours.map((hour) => html`<span key=${hour} class="week-hour" role=${grid ? "columnheader" : undefined} aria-colspan=${grid ? 2 : undefined}>${hour}</span>`)}
  </div>`;
}
