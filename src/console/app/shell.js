// The frame around every page of someone who is signed in: where one can go, and whose it is.

import { Icon } from "../parts/icon.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { useLocation } from "./router.js";
import { signOut, tenant, user } from "./session.js";
import { hasSimulator } from "./settings.js";
import { texts } from "./texts.js";

const t = texts({
  en: {
    skip: "Skip to the content", menu: "Menu", nav: "Main", live: "Live", calls: "Calls", statistics: "Statistics", buildings: "Buildings",
    flows: "Flows and hours", lines: "Lines", try: "Try it", firm: "Firm", account: "Your account", signOut: "Sign out",
  },
  de: {
    skip: "Zum Inhalt springen", menu: "Menü", nav: "Hauptmenü", live: "Live", calls: "Anrufe", statistics: "Statistik", buildings: "Gebäude",
    flows: "Abläufe und Zeiten", lines: "Leitungen", try: "Ausprobieren", firm: "Firma", account: "Ihr Konto", signOut: "Abmelden",
  },
  fr: {
    skip: "Aller au contenu", menu: "Menu", nav: "Principal", live: "En direct", calls: "Appels", statistics: "Statistiques", buildings: "Immeubles",
    flows: "Scénarios et horaires", lines: "Lignes", try: "Essayer", firm: "Société", account: "Votre compte", signOut: "Se déconnecter",
  },
});

/** @type {[string, string, import("../parts/icon.js").IconName][]} */
const PLACES = [
  ["live", "/live", "live"],
  ["calls", "/calls", "calls"],
  ["statistics", "/statistics", "chart"],
  ["buildings", "/buildings", "building"],
  ["flows", "/flows", "flow"],
  ["lines", "/lines", "line"],
  ["try", hasSimulator ? "/try-it" : "/dry-run", "try"],
  ["firm", "/firm", "firm"],
];

/** @param {{ route: import("./routes.js").Route, children: any }} properties */
export function Shell({ route, children }) {
  const [is_open, setOpen] = useState(false);
  const { path } = useLocation();
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const first = useRef(true);
  useEffect(() => {
    setOpen(false);
    // Whoever reads with their ears learns that another page is there.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);
  return html`
    <a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => { event.preventDefault(); main.current?.focus(); }}>${t("skip")}</a>
    <div class="frame">
      <header class="side">
        <a class="brand" href="/"><${Icon} name="door" /> Vestibule</a>
        <button class="menu" aria-expanded=${is_open} aria-controls="places" onClick=${() => setOpen(!is_open)}>
          <${Icon} name="menu" /> ${t("menu")}
        </button>
        <div id="places" class=${is_open ? "places open" : "places"}>
          <nav aria-label=${t("nav")}>
            ${PLACES.map(
              ([name, to, icon]) => html`
                <a key=${name} href=${to} aria-current=${route.section === name ? "page" : undefined}>
                  <${Icon} name=${icon} /> ${t(/** @type {any} */ (name))}
                </a>`,
            )}
          </nav>
          <div class="who">
            <span class="firm" title=${tenant()?.name}>${tenant()?.name}</span>
            <a href="/account" title=${t("account")} aria-current=${path === "/account" ? "page" : undefined}>${user()?.name}</a>
            <button class="link" onClick=${() => void signOut()}>${t("signOut")}</button>
          </div>
        </div>
      </header>
      <main id="main" tabindex="-1" ref=${main}>${children}</main>
    </div>`;
}
