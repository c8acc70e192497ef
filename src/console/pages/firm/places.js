// The places of the firm's section: those that one's role can see.

import { html } from "../../app/html.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { SubNav } from "../../parts/subnav.js";

const t = texts({
  en: { label: "Firm", firm: "Firm", users: "Users", keys: "API keys", webhooks: "Webhooks", audit: "Audit" },
  de: { label: "Firma", firm: "Firma", users: "Benutzer", keys: "API-Schlüssel", webhooks: "Webhooks", audit: "Protokoll" },
  fr: { label: "Société", firm: "Société", users: "Utilisateurs", keys: "Clés d’API", webhooks: "Webhooks", audit: "Journal d’audit" },
});

/** @param {{ here: string }} properties `here`: the path of this place, `/users` */
export function FirmPlaces({ here }) {
  const places = [
    { to: "/firm", text: t("firm"), may: true },
    { to: "/users", text: t("users"), may: may("admin") },
    { to: "/api-keys", text: t("keys"), may: may("admin") },
    { to: "/webhooks", text: t("webhooks"), may: may("manager") },
    { to: "/audit", text: t("audit"), may: may("admin") },
  ];
  return html`<${SubNav} label=${t("label")} places=${places.filter((place) => place.may)} here=${here} />`;
}
