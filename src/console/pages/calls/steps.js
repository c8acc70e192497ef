// What happened and why, as a list of steps; the one that holds at a moment is marked.

import { duration } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { texts, words } from "../../app/texts.js";
import { Icon } from "../../parts/icon.js";

const t = texts({
  en: {
    every: "Show every step, the machinery’s as well", looked: "Details", rule: "Rule", event: "Event", now: "holds at this moment",
    toVisitor: "The visitor hears", to: "{name} hears",
  },
  de: {
    every: "Jeden Schritt zeigen, auch die der Technik", looked: "Einzelheiten", rule: "Regel", event: "Ereignis", now: "gilt in diesem Augenblick",
    toVisitor: "Der Besuch hört", to: "{name} hört",
  },
  fr: {
    every: "Afficher chaque étape, même technique", looked: "Détails", rule: "Règle", event: "Événement", now: "vaut à cet instant",
    toVisitor: "Le visiteur entend", to: "{name} entend",
  },
});

const inputText = words({
  en: {
    unit: "Unit", backends: "Backends", attempt: "Attempt", attempts: "Attempts", wrong_pins: "Wrong PINs", tones: "Tones", step: "Step", ring_seconds: "Rings for (seconds)",
    place: "Place in the group", number: "Which number", members: "Members", limit: "Limit", group: "Group", entry: "Allowlist entry", entrance: "Entrance", block: "Block",
  },
  de: {
    unit: "Wohneinheit", backends: "Dienste", attempt: "Versuch", attempts: "Versuche", wrong_pins: "Falsche PINs", tones: "Töne", step: "Schritt",
    ring_seconds: "Klingelt (Sekunden)", place: "Platz in der Gruppe", number: "Welche Nummer", members: "Mitglieder", limit: "Grenze", group: "Gruppe",
    entry: "Eintrag der Erlaubnisliste", entrance: "Eingang", block: "Sperre",
  },
  fr: {
    unit: "Logement", backends: "Services", attempt: "Essai", attempts: "Essais", wrong_pins: "Codes PIN faux", tones: "Tonalités", step: "Étape",
    ring_seconds: "Sonne (secondes)", place: "Place dans le groupe", number: "Quel numéro", members: "Membres", limit: "Limite", group: "Groupe",
    entry: "Entrée de la liste autorisée", entrance: "Entrée", block: "Blocage",
  },
});

/** Counted from 0 by the machine, from 1 by people. */
const FROM_ZERO = ["group", "place", "number"];

/** @param {string} key @param {unknown} value */
function valueText(key, value) {
  if (FROM_ZERO.includes(key) && typeof value === "number") return String(value + 1);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The step that holds at a moment, among those that are shown. @param {import("./story.js").Step[]} steps @param {number | null} moment */
export function stepAt(steps, moment) {
  return moment === null ? null : (steps.filter((step) => step.at <= moment).at(-1) ?? null);
}

/**
 * @param {{ steps: import("./story.js").Step[], start: number, moment?: number | null, nameOf?: (who: any) => string }} properties
 *   `moment`: the one that is looked at; `nameOf`: of whom something is spoken to
 */
export function Steps({ steps, start, moment = null, nameOf = () => "" }) {
  const [shows_all, setAll] = useState(false);
  const told = steps.filter((step) => !step.is_detail);
  // What one rule does at once is said once.
  const once = told.filter((step, n) => n === 0 || step.what !== null || step.rule !== told[n - 1]?.rule || (step.spoken ?? []).length > 0);
  const shown = shows_all ? steps : once;
  const current = stepAt(shown, moment);
  return html`<ol class="steps plain">
      ${shown.map((step) => html`<li key=${step.version} class=${step === current ? "current" : undefined} aria-current=${step === current ? "step" : undefined}>
        <span class="when number">${duration((step.at - start) / 1000)}</span>
        <div>
          <p>
            ${step.what ? html`<strong>${step.what}.</strong> ` : ""}<span class=${step.what ? "soft" : undefined}>${step.why}</span>
            ${step === current && html` <span class="now">${t("now")}</span>`}
          </p>
          ${(step.spoken ?? []).map((one) => html`<p class="spoken"><${Icon} name="say" size=${16} /> <span class="soft">${one.to ? t("to", { name: nameOf(one.to) }) : t("toVisitor")}:</span> <q lang=${one.language}>${one.text}</q></p>`)}
          <details>
            <summary>${t("looked")}</summary>
            <dl class="facts">
              ${Object.entries(step.inputs).map(([key, value]) => html`<dt>${inputText(key)}</dt><dd>${valueText(key, value)}</dd>`)}
              ${step.rule && html`<dt>${t("rule")}</dt><dd><code>${step.rule}</code></dd>`}
              <dt>${t("event")}</dt><dd><code>${step.event}</code></dd>
            </dl>
          </details>
        </div>
      </li>`)}
    </ol>
    <label class="every"><input type="checkbox" checked=${shows_all} onChange=${(/** @type {any} */ event) => setAll(event.currentTarget.checked)} /> ${t("every")}</label>`;
}
