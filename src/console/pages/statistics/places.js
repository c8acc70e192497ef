// The two pages of this room, beside each other; what is chosen goes along.

import { html } from "../../app/html.js";
import { SubNav } from "../../parts/subnav.js";
import { t } from "./texts.js";

/** @param {{ here: "/statistics" | "/spam", query: URLSearchParams }} properties */
export function StatisticsPlaces({ here, query }) {
  const kept = new URLSearchParams([...query].filter(([name]) => ["period", "from", "to", "building"].includes(name)));
  const to = (/** @type {string} */ path) => (String(kept) ? `${path}?${kept}` : path);
  return html`<${SubNav} label=${t("places")} here=${to(here)} places=${[
    { to: to("/statistics"), text: t("statistics") },
    { to: to("/spam"), text: t("spam") },
  ]} />`;
}
