// Putting a list into another order by dragging: with a mouse, a pen or a finger. The list itself changes when it is let go.

import { useEffect, useRef, useState } from "../../app/html.js";

/** So close to the screen's edge the page scrolls along. */
const EDGE = 56;
const SCROLL = 12;

/**
 * @param {(from: number, to: number) => void} onMove
 * @returns {{ list: { current: any }, begin: (n: number) => (event: PointerEvent) => void, shift: (n: number) => object | undefined, dragged: number | null }}
 *   `list`: for the element whose children are the things; `begin`: for their handles; `shift`: the style of each while something is dragged
 */
export function useReorder(onMove) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const end = useRef(/** @type {(() => void) | null} */ (null));
  const [drag, setDrag] = useState(/** @type {{ from: number, to: number, by: number, step: number } | null} */ (null));
  useEffect(() => () => end.current?.(), []);

  const begin = (/** @type {number} */ from) => (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0 || !list.current) return;
    event.preventDefault();
    const handle = /** @type {HTMLElement} */ (event.currentTarget);
    const boxes = [...list.current.children].map((child) => child.getBoundingClientRect());
    const own = /** @type {DOMRect} */ (boxes[from]);
    const next = boxes[from + 1] ?? boxes[from - 1];
    const gap = next ? Math.max(0, next.top > own.top ? next.top - own.bottom : own.top - next.bottom) : 0;
    const start = event.clientY + scrollY;
    let now = { from, to: from, by: 0, step: own.height + gap };
    handle.setPointerCapture(event.pointerId);
    handle.focus();

    const move = (/** @type {PointerEvent} */ moved) => {
      if (moved.clientY < EDGE) scrollBy(0, -SCROLL);
      else if (moved.clientY > innerHeight - EDGE) scrollBy(0, SCROLL);
      const by = moved.clientY + scrollY - start;
      // Whoever's middle was passed makes way.
      const above = boxes.filter((box, n) => n < from && own.top + by < box.top + box.height / 2).length;
      const below = boxes.filter((box, n) => n > from && own.bottom + by > box.top + box.height / 2).length;
      now = { ...now, by, to: from - above + below };
      setDrag(now);
    };
    const over = () => {
      for (const kind of ["pointermove", "pointerup", "pointercancel", "keydown"]) handle.removeEventListener(kind, /** @type {any} */ (listeners)[kind]);
      end.current = null;
      setDrag(null);
    };
    const listeners = {
      pointermove: move,
      pointerup: () => {
        over();
        if (now.to !== from) onMove(from, now.to);
      },
      pointercancel: over,
      keydown: (/** @type {KeyboardEvent} */ pressed) => pressed.key === "Escape" && over(),
    };
    for (const [kind, listener] of Object.entries(listeners)) handle.addEventListener(kind, /** @type {any} */ (listener));
    end.current = over;
    setDrag(now);
  };

  const shift = (/** @type {number} */ n) => {
    if (!drag) return undefined;
    if (n === drag.from) return { transform: `translateY(${drag.by}px)` };
    if (n > drag.from && n <= drag.to) return { transform: `translateY(${-drag.step}px)` };
    if (n < drag.from && n >= drag.to) return { transform: `translateY(${drag.step}px)` };
    return { transform: "translateY(0)" };
  };
  return { list, begin, shift, dragged: drag ? drag.from : null };
}

/** The same list with one thing elsewhere. @template T @param {T[]} things @param {number} from @param {number} to @returns {T[]} */
export function moved(things, from, to) {
  const rest = things.filter((_, n) => n !== from);
  return [...rest.slice(0, to), /** @type {T} */ (things[from]), ...rest.slice(to)];
}
