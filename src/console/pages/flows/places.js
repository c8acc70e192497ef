// The two places of the section: in which order residents ring, and when.

import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { SubNav } from "../../parts/subnav.js";

const t = texts({
  en: { label: "Flows and hours", flows: "Flows", schedules: "Schedules" },
  de: { label: "Abläufe und Zeiten", flows: "Klingelabläufe", schedules: "Zeitpläne" },
  fr: { label: "Scénarios et horaires", flows: "Scénarios d’appel", schedules: "Horaires" },
});

/** @param {{ here: string }} properties */
export function FlowPlaces({ here }) {
  const places = [
    { to: "/flows", text: t("flows") },
    { to: "/schedules", text: t("schedules") },
  ];
  return html`<${SubNav} label=${t("label")} places=${places} here=${here} />`;
}
