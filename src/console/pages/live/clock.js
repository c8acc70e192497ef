// Running times: one tick a second for all that are shown, each a text that is set, not a component that is rendered.

import { duration } from "../../app/format.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../app/html.js";

/** @type {Set<() => void>} */
const ticking = new Set();
/** @type {ReturnType<typeof setInterval> | null} */
let timer = null;

/** @param {() => void} tick @returns {() => void} ends it */
export function everySecond(tick) {
  ticking.add(tick);
  timer ??= setInterval(() => ticking.forEach((tick) => tick()), 1000);
  return () => {
    ticking.delete(tick);
    if (ticking.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** How long it has lasted. @param {{ since: string, now: () => number }} properties */
export function Timer({ since, now }) {
  const shown = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const begun = Date.parse(since);
    const write = () => {
      if (shown.current) shown.current.textContent = duration((now() - begun) / 1000);
    };
    write();
    return everySecond(write);
  }, [since]);
  return html`<span class="timer" role="timer" ref=${shown}></span>`;
}

/** @type {WeakMap<Element, () => void>} */
const awaited = new WeakMap();
/** What is about to be scrolled to counts as seen. */
const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) awaited.get(entry.target)?.();
  },
  { rootMargin: "600px" },
);

/**
 * Whether an element was ever near what is seen: until then it may be shown in short.
 *
 * @param {boolean} from_start @returns {[boolean, { current: HTMLElement | null }]}
 */
export function useNear(from_start) {
  const [is_near, setNear] = useState(from_start);
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const watched = element.current;
    if (is_near || !watched) return undefined;
    awaited.set(watched, () => setNear(true));
    observer.observe(watched);
    return () => observer.unobserve(watched);
  }, [is_near]);
  return [is_near, element];
}
