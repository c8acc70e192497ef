// Big numbers, each with what it was in the period before.

import { count, share, span } from "../../app/format.js";
import { html } from "../../app/html.js";
import { locale } from "../../app/texts.js";
import { t } from "./texts.js";

const signed = new Intl.NumberFormat(locale, { signDisplay: "exceptZero", maximumFractionDigits: 0 });
const signedShare = new Intl.NumberFormat(locale, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 });

/** @typedef {"count" | "share" | "seconds"} Unit */
/** @typedef {{ label: string, value: number | null | undefined, was: number | null | undefined, unit: Unit, hint?: string }} Figure */

/** @param {Unit} unit @param {number} value */
const written = (unit, value) => (unit === "count" ? count(value) : unit === "share" ? share(value) : span(value));

/** How it changed: counts by a share, shares by points, times by seconds. @param {Unit} unit @param {number} value @param {number} was */
function change(unit, value, was) {
  if (written(unit, value) === written(unit, was)) return "";
  if (unit === "share") return t("points", { n: signed.format(Math.round(value * 100) - Math.round(was * 100)) });
  if (unit === "seconds") return `${signed.format(value - was)} s`;
  return was === 0 ? "" : signedShare.format((value - was) / was);
}

/** @param {{ figures: Figure[], compared: boolean }} properties `compared`: what was before is known */
export function Tiles({ figures, compared }) {
  return html`<dl class="tiles" aria-label=${t("figures")}>
    ${figures.map(({ label, value, was, unit, hint }) => {
      const is_known = value !== null && value !== undefined;
      const was_known = was !== null && was !== undefined;
      const differs = is_known && was_known ? change(unit, value, was) : "";
      return html`<div key=${label} class="card tile">
        <dt>${label}</dt>
        <dd class="value">${is_known ? written(unit, value) : html`<span class="soft">–</span>`}</dd>
        ${hint && html`<dd class="soft small">${hint}</dd>`}
        ${compared && html`<dd class="small was">
          ${was_known ? t("before", { value: written(unit, was) }) : t("nothingBefore")}
          ${differs && html` <span class="differs">${differs}</span>`}
        </dd>`}
      </div>`;
    })}
  </dl>`;
}
