// Which page the address bar asks for. Plain links work: one of this console's own is followed without loading the document again.

import { useEffect, useState } from "./html.js";
import { routes } from "./routes.js";

/** @typedef {Record<string, string>} Params */

/** @type {Set<() => void>} */
const watchers = new Set();
const tell = () => watchers.forEach((watcher) => watcher());

/** @param {string} pattern @param {string} path @returns {Params | null} */
function match(pattern, path) {
  const [wanted, found] = [pattern.split("/"), path.replace(/\/+$/, "").split("/")];
  if (wanted.length !== found.length) return null;
  /** @type {Params} */
  const params = {};
  const fits = wanted.every((part, n) => {
    if (!part.startsWith(":")) return part === found[n];
    params[part.slice(1)] = decodeURIComponent(found[n] ?? "");
    return found[n] !== "";
  });
  return fits ? params : null;
}

/** The route of a path, and what stands in its places. @param {string} path */
export function routeOf(path) {
  for (const route of routes) {
    const params = match(route.path, path === "/" ? "" : path);
    if (params) return { route, params };
  }
  return null;
}

/** @param {string} to a path, with its query @param {{ replace?: boolean }} [how] */
export function navigate(to, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  tell();
  if (!replace) scrollTo(0, 0);
}

addEventListener("popstate", tell);
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || event.defaultPrevented || !plain || link.target || link.hasAttribute("download")) return;
  const to = new URL(link.href, location.href);
  if (to.origin !== location.origin || !routeOf(to.pathname)) return;
  if (to.pathname === location.pathname && to.search === location.search && to.hash) return;
  event.preventDefault();
  navigate(to.pathname + to.search + to.hash);
});

/** Where we are; a component that asks is shown anew when that changes. */
export function useLocation() {
  const [, again] = useState(0);
  useEffect(() => {
    const watcher = () => again((n) => n + 1);
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }, []);
  return { path: location.pathname, query: new URLSearchParams(location.search), hash: location.hash };
}

/**
 * Filters that live in the address bar: what they are, and how to change some of them (an empty one is taken out).
 *
 * @returns {[URLSearchParams, (changes: Record<string, string | null | undefined>) => void]}
 */
export function useQuery() {
  const { query } = useLocation();
  return [
    query,
    (changes) => {
      const next = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(changes)) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      const search = String(next);
      navigate(location.pathname + (search ? `?${search}` : ""), { replace: true });
    },
  ];
}
