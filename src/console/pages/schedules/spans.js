// Hours as pairs of exact times, one a line: for whoever rather types than paints.

import { html, useState } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Icon } from "../../parts/icon.js";
import { clock, DAY, hoursOf, spanOf } from "./hours.js";

const t = texts({
  en: { from: "{of}: from", to: "{of}: to", remove: "Remove {hours} from {of}", add: "Add hours", addTo: "Add hours: {of}", next: "next day", whole: "all day", until: "to" },
  de: { from: "{of}: von", to: "{of}: bis", remove: "{hours} entfernen: {of}", add: "Zeiten hinzufügen", addTo: "Zeiten hinzufügen: {of}", next: "Folgetag", whole: "ganztägig", until: "bis" },
  fr: { from: "{of} : de", to: "{of} : à", remove: "Retirer {hours} : {of}", add: "Ajouter des heures", addTo: "Ajouter des heures : {of}", next: "lendemain", whole: "toute la journée", until: "à" },
});

/** @typedef {import("./hours.js").Span} Span */

/** Where the next hours of a day may begin. @param {Span[]} spans @returns {Span} */
function further(spans) {
  const last = spans.at(-1);
  if (!last) return [8 * 3600, 18 * 3600];
  const from = Math.min(last[1] + 3600, DAY - 3600);
  return last[1] >= DAY ? [0, 3600] : [from, Math.min(from + 2 * 3600, DAY)];
}

/** @param {{ of: string, value: Span[], onChange: (spans: Span[]) => void, max?: number, none: string }} properties `of`: whose hours, "Monday" */
export function Spans({ of, value, onChange, max = 10, none }) {
  return html`<div class="hours-spans">
    ${value.length === 0 && html`<span class="soft none">${none}</span>`}
    ${value.map((span, n) => html`<${Line} key=${n} of=${of} value=${span}
      onChange=${(/** @type {Span} */ next) => onChange(value.map((other, at) => (at === n ? next : other)))}
      onRemove=${() => onChange(value.filter((_, at) => at !== n))} />`)}
    ${value.length < max && html`<button type="button" class="bare" aria-label=${t("addTo", { of })} onClick=${() => onChange([...value, further(value)])}>
      <${Icon} name="plus" /> <span class="small">${t("add")}</span></button>`}
  </div>`;
}

/** @param {{ of: string, value: Span, onChange: (span: Span) => void, onRemove: () => void }} properties */
function Line({ of, value, onChange, onRemove }) {
  const hours = hoursOf(value);
  const [typed, setTyped] = useState(/** @type {{ from?: string, to?: string }} */ ({}));
  const now = { ...hours, ...typed };
  // Taken over when both are as they shall be: hours are sorted then, and would move away under the fingers before.
  const take = () => {
    if (now.from && now.to && (now.from !== hours.from || now.to !== hours.to)) onChange(spanOf(now));
    setTyped({});
  };
  const [start, end] = spanOf({ from: now.from || hours.from, to: now.to || hours.to });
  const input = (/** @type {"from" | "to"} */ end) => html`<input type="time" aria-label=${t(end, { of })} value=${now[end]} step=${now[end].length > 5 ? 1 : 60}
    onInput=${(/** @type {any} */ event) => setTyped({ ...typed, [end]: event.currentTarget.value })}
    onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Enter" && take()} />`;
  return html`<span class="hours-span" onFocusOut=${(/** @type {FocusEvent} */ event) => {
    const within = /** @type {HTMLElement} */ (event.currentTarget).contains(/** @type {Node | null} */ (event.relatedTarget));
    if (!within) take();
  }}>
    ${input("from")} <span aria-hidden="true">–</span> ${input("to")}
    <button type="button" class="bare" aria-label=${t("remove", { of, hours: `${clock(value[0])}–${clock(value[1])}` })} onClick=${onRemove}><${Icon} name="remove" /></button>
    ${end > DAY ? html`<span class="small soft">${end - start === DAY ? "24 h, " : ""}${t("next")}</span>` : end - start === DAY && html`<span class="small soft">${t("whole")}</span>`}
  </span>`;
}
