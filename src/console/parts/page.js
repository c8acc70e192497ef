// The head of a page, and the states that every page has: loading, failed, there.

import { html, useEffect } from "../app/html.js";
import { texts } from "../app/texts.js";
import { ProblemNote } from "./problem.js";

const t = texts({
  en: { loading: "Loading …", gone: "Not there", failed: "Could not be loaded" },
  de: { loading: "Wird geladen …", gone: "Nicht da", failed: "Konnte nicht geladen werden" },
  fr: { loading: "Chargement …", gone: "Introuvable", failed: "Chargement impossible" },
});

/**
 * A page's title, the way back to what it belongs to, and what can be done on it.
 *
 * @param {{ title: string, intro?: any, back?: { to: string, text: string }, actions?: any }} properties
 */
export function PageHead({ title, intro, back, actions }) {
  useEffect(() => {
    document.title = `${title} · Vestibule`;
  }, [title]);
  return html`<div class="head">
    ${back && html`<p class="back"><a href=${back.to}>← ${back.text}</a></p>`}
    <div class="row between">
      <h1>${title}</h1>
      ${actions && html`<div class="row">${actions}</div>`}
    </div>
    ${intro && html`<p class="intro">${intro}</p>`}
  </div>`;
}

export function Loading() {
  return html`<p class="loading" role="status">${t("loading")}</p>`;
}

/**
 * What was asked for, once it is there: `children` is a function of the data. Where it is the whole page, the page has a title without it, too.
 *
 * @param {{ of: import("../app/data.js").Loaded, page?: boolean, children: any }} properties
 */
export function Shown({ of, page = false, children }) {
  const show = Array.isArray(children) ? children.find((child) => typeof child === "function") : children;
  if (of.data !== null) return show(of.data);
  if (of.problem) {
    return html`
      ${page && html`<${PageHead} title=${t(of.problem.status === 404 ? "gone" : "failed")} />`}
      <${ProblemNote} of=${of.problem} again=${of.reload} />`;
  }
  return html`<${Loading} />`;
}
