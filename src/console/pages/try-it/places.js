// The two ways to try a door: by ringing it, and by asking what would happen.

import { html } from "../../app/html.js";
import { hasSimulator } from "../../app/settings.js";
import { SubNav } from "../../parts/subnav.js";
import { t } from "./texts.js";

/** Nothing where there is one way only. @param {{ here: string }} properties */
export function TryPlaces({ here }) {
  const places = [{ to: "/try-it", text: t("title") }, { to: "/dry-run", text: t("dryRun") }];
  return hasSimulator ? html`<${SubNav} label=${t("ways")} here=${here} places=${places} />` : null;
}
