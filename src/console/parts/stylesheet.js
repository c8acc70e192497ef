// The stylesheet of a part that shows up on pages of several rooms: worn as long as the part is shown.

import { useEffect } from "../app/html.js";
import { assets } from "../app/settings.js";

/** By path, and by how many parts it is worn. @type {Map<string, { link: HTMLLinkElement, wearers: number }>} */
const worn = new Map();

/** @param {string} path @param {1 | -1 | 0} change */
function wear(path, change) {
  let sheet = worn.get(path);
  if (!sheet) {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${assets}/pages/${path}` });
    link.onload = () => wear(path, 0);
    sheet = { link, wearers: 0 };
    worn.set(path, sheet);
    document.head.append(link);
  }
  sheet.wearers += change;
  if (sheet.link.sheet) sheet.link.sheet.disabled = sheet.wearers === 0;
}

/** @param {string} path below `pages/`, `flows/flows.css` */
export function useStylesheet(path) {
  useEffect(() => {
    wear(path, 1);
    return () => wear(path, -1);
  }, [path]);
}
