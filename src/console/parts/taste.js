// How the console speaks and looks to this reader: a language, and light or dark. Kept by the browser.

import { html, useState } from "../app/html.js";
import { setTheme, theme } from "../app/settings.js";
import { chooseLanguage, language, LANGUAGES, texts } from "../app/texts.js";

const t = texts({
  en: { language: "Language", theme: "Appearance", system: "As the device", light: "Light", dark: "Dark" },
  de: { language: "Sprache", theme: "Darstellung", system: "Wie das Gerät", light: "Hell", dark: "Dunkel" },
  fr: { language: "Langue", theme: "Apparence", system: "Comme l’appareil", light: "Clair", dark: "Sombre" },
});

/** @param {{ label: string, choices: [string, any][], chosen: string, onChoose: (wanted: string) => void, ofLanguages?: boolean }} properties */
function Choice({ label, choices, chosen, onChoose, ofLanguages = false }) {
  return html`<div class="choice" role="group" aria-label=${label}>
    ${choices.map(
      ([value, text]) => html`<button key=${value} type="button" lang=${ofLanguages ? value : undefined} aria-pressed=${value === chosen} onClick=${() => onChoose(value)}>
        ${text}
      </button>`,
    )}
  </div>`;
}

/** Another language is another page load. @param {{ beforeReload?: () => void }} properties */
export function LanguageChoice({ beforeReload }) {
  const choose = (/** @type {any} */ wanted) => {
    if (wanted === language) return;
    beforeReload?.();
    chooseLanguage(wanted);
  };
  return html`<${Choice} label=${t("language")} choices=${Object.entries(LANGUAGES)} chosen=${language} onChoose=${choose} ofLanguages />`;
}

export function ThemeChoice() {
  const [chosen, setChosen] = useState(theme());
  const choose = (/** @type {string} */ wanted) => {
    setTheme(wanted);
    setChosen(wanted);
  };
  const choices = [["system", t("system")], ["light", t("light")], ["dark", t("dark")]];
  return html`<${Choice} label=${t("theme")} choices=${choices} chosen=${chosen} onChoose=${choose} />`;
}
