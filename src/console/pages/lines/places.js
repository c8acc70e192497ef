// The two places of this section: lines, and the carriers' accounts that they are at.

import { html } from "../../app/html.js";
import { may } from "../../app/session.js";
import { texts, words } from "../../app/texts.js";
import { SubNav } from "../../parts/subnav.js";

const t = texts({
  en: { label: "Lines and connections", lines: "Lines", connections: "Connections" },
  de: { label: "Leitungen und Anbieterkonten", lines: "Leitungen", connections: "Anbieterkonten" },
  fr: { label: "Lignes et comptes opérateur", lines: "Lignes", connections: "Comptes opérateur" },
});

/** A carrier's own name. */
export const carrier = words({
  en: { vonage: "Vonage", twilio: "Twilio", sipgate: "sipgate" },
  de: { vonage: "Vonage", twilio: "Twilio", sipgate: "sipgate" },
  fr: { vonage: "Vonage", twilio: "Twilio", sipgate: "sipgate" },
});

/** @param {{ here: "/lines" | "/connections" }} properties */
export function LinePlaces({ here }) {
  // A viewer may not see connections; one place alone is no choice.
  if (!may("manager")) return null;
  return html`<${SubNav} label=${t("label")} here=${here} places=${[{ to: "/lines", text: t("lines") }, { to: "/connections", text: t("connections") }]} />`;
}
