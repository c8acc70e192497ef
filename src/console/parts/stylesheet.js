// The stylesheet of a part that shows up on pages of several rooms: fetched with the first of them, beside the page's own.

import { useEffect } from "../app/html.js";
import { assets } from "../app/settings.js";

/** @param {string} path below `pages/`, `flows/flows.css` */
export function useStylesheet(path) {
  useEffect(() => {
    const href = `${assets}/pages/${path}`;
    if (document.querySelector(`link[href="${href}"]`)) return;
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
  }, [path]);
}
