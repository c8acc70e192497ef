// A word about what was just done, read out politely, gone after a while.

import { html, useEffect, useState } from "../app/html.js";
import { explained } from "./problem.js";

/** @typedef {{ n: number, text: string, kind: "done" | "problem" }} Toast */

const STAYS_MS = 6000;
/** @type {Toast[]} */
let toasts = [];
let last = 0;
/** @type {Set<() => void>} */
const watchers = new Set();

/** @param {string} text @param {"done" | "problem"} [kind] */
export function toast(text, kind = "done") {
  const n = (last += 1);
  toasts = [...toasts.slice(-3), { n, text, kind }];
  watchers.forEach((watcher) => watcher());
  setTimeout(() => {
    toasts = toasts.filter((toast) => toast.n !== n);
    watchers.forEach((watcher) => watcher());
  }, STAYS_MS);
}

/** What went wrong with something that has no better place to say it. @param {unknown} problem */
export const toastProblem = (problem) => toast(explained(problem).text, "problem");

export function Toasts() {
  const [, again] = useState(0);
  useEffect(() => {
    const watcher = () => again((n) => n + 1);
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }, []);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.map((toast) => html`<p key=${toast.n} class=${`toast ${toast.kind}`}>${toast.text}</p>`)}
  </div>`;
}
