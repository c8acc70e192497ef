// The frame around the pages of people who are not signed in: what this is, one card, and how it speaks and looks.

import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Icon } from "../../parts/icon.js";
import { PageHead } from "../../parts/page.js";
import { LanguageChoice, ThemeChoice } from "../../parts/taste.js";

const t = texts({
  en: { what: "Door intercoms for apartment buildings, run by phone", taste: "Language and appearance" },
  de: { what: "Türsprechanlagen für Wohnhäuser, übers Telefon", taste: "Sprache und Darstellung" },
  fr: { what: "Interphones d’immeubles, gérés par téléphone", taste: "Langue et apparence" },
});

/** @param {{ title: string, intro?: any, children: any, beforeReload?: () => void }} properties `beforeReload`: another language loads the page anew */
export function Entry({ title, intro, children, beforeReload }) {
  return html`<div class="entry">
    <header>
      <a class="brand" href="/sign-in"><${Icon} name="door" size=${24} /> Vestibule</a>
      <p class="soft small">${t("what")}</p>
    </header>
    <main id="main">
      <div class="card"><${PageHead} title=${title} intro=${intro} />${children}</div>
    </main>
    <footer aria-label=${t("taste")}>
      <${LanguageChoice} beforeReload=${beforeReload} />
      <${ThemeChoice} />
    </footer>
  </div>`;
}
