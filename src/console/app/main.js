// Where the console begins: who is signed in, which page, and what it needs; the frame around it is in `shell.js`.

import { PageHead } from "../parts/page.js";
import { Toasts } from "../parts/toast.js";
import { html, render, useEffect, useState } from "./html.js";
import { navigate, routeOf, useLocation } from "./router.js";
import { resume, user, watchSession } from "./session.js";
import { applyTheme, assets } from "./settings.js";
import { Shell } from "./shell.js";
import { language, texts } from "./texts.js";

const t = texts({
  en: {
    missing: "There is no such page",
    missingHint: "The address may be mistyped, or what it showed is gone.",
    home: "To the start page",
    broken: "This page could not be loaded",
    brokenHint: "The connection may be down, or the console was just updated. Load it again.",
    again: "Load again",
  },
  de: {
    missing: "Diese Seite gibt es nicht",
    missingHint: "Vielleicht ist die Adresse vertippt, oder was sie zeigte, ist weg.",
    home: "Zur Startseite",
    broken: "Diese Seite konnte nicht geladen werden",
    brokenHint: "Vielleicht fehlt die Verbindung, oder die Konsole wurde gerade erneuert. Bitte noch einmal laden.",
    again: "Noch einmal laden",
  },
  fr: {
    missing: "Cette page n’existe pas",
    missingHint: "L’adresse est peut-être mal saisie, ou ce qu’elle montrait a disparu.",
    home: "Vers la page d’accueil",
    broken: "Cette page n’a pas pu être chargée",
    brokenHint: "La connexion est peut-être coupée, ou la console vient d’être mise à jour. Rechargez la page.",
    again: "Recharger",
  },
});

/** Stylesheets of pages, by their paths. @type {Map<string, HTMLLinkElement>} */
const sheets = new Map();

/** A stylesheet of a page, fetched once; resolved when it is there. @param {string} path */
function style(path) {
  if (sheets.has(path)) return Promise.resolve();
  return new Promise((resolve) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${assets}/pages/${path}` });
    link.onload = link.onerror = () => resolve(undefined);
    sheets.set(path, link);
    document.head.append(link);
  });
}

/** What one room says of its pages is not said of another's. @param {string[]} paths */
function wear(paths) {
  for (const [path, link] of sheets) if (link.sheet) link.sheet.disabled = !paths.includes(path);
}

/** The page of where we are, once it is fetched; the one before is shown until then. */
function usePage() {
  const { path } = useLocation();
  const found = routeOf(path);
  const [shown, setShown] = useState(/** @type {any} */ (null));
  useEffect(() => {
    if (!found) return undefined;
    let is_current = true;
    const { load, styles = [] } = found.route;
    Promise.all([load(), ...styles.map(style)]).then(
      ([module]) => {
        if (!is_current) return;
        wear(styles);
        setShown({ path, page: module.default, ...found });
      },
      () => is_current && setShown({ path, page: Broken, ...found }),
    );
    return () => {
      is_current = false;
    };
  }, [path, found?.route]);
  return found ? shown : { path, page: Missing, params: {}, route: { path: "" } };
}

function Missing() {
  return html`<${PageHead} title=${t("missing")} intro=${t("missingHint")} /><p><a class="button" href="/">${t("home")}</a></p>`;
}

function Broken() {
  return html`<${PageHead} title=${t("broken")} intro=${t("brokenHint")} />
    <button class="button" onClick=${() => location.reload()}>${t("again")}</button>`;
}

function Console() {
  const [me, setMe] = useState(user());
  useEffect(() => watchSession(() => setMe(user())), []);
  const { path } = useLocation();
  const found = routeOf(path);
  const is_open = found?.route.open === true;
  useEffect(() => {
    if (!me && !is_open) {
      const back = path === "/" ? "" : `?to=${encodeURIComponent(location.pathname + location.search)}`;
      navigate(`/sign-in${back}`, { replace: true });
    }
  }, [me, is_open, path]);
  const shown = usePage();
  if (!shown || (!me && !shown.route.open)) return html`<${Toasts} />`;
  const page = html`<${shown.page} key=${shown.path} params=${shown.params} />`;
  return html`${shown.route.open ? page : html`<${Shell} route=${shown.route}>${page}<//>`}<${Toasts} />`;
}

applyTheme();
document.documentElement.lang = language;
const root = document.getElementById("console");
await resume();
if (root) render(html`<${Console} />`, root);
