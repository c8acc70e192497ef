// The places of one building, below its title: every page about a building shows them.

import { html } from "../../app/html.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { SubNav } from "../../parts/subnav.js";

const t = texts({
  en: {
    building: "Building", overview: "Overview", settings: "Settings", residents: "Residents", passes: "Passes", allowlist: "Allowlist",
    blocks: "Blocks", import: "Import",
  },
  de: {
    building: "Gebäude", overview: "Übersicht", settings: "Einstellungen", residents: "Bewohner", passes: "Zutrittspässe", allowlist: "Erlaubnisliste",
    blocks: "Sperren", import: "Import",
  },
  fr: {
    building: "Immeuble", overview: "Vue d’ensemble", settings: "Réglages", residents: "Résidents", passes: "Laissez-passer", allowlist: "Liste autorisée",
    blocks: "Blocages", import: "Import",
  },
});

/** @typedef {"overview" | "settings" | "residents" | "passes" | "allowlist" | "blocks" | "import"} Place */

/** Where a place of a building is. @param {string} id @param {Place} place */
export function placeOf(id, place) {
  if (place === "overview") return `/buildings/${id}`;
  if (place === "settings") return `/buildings/${id}?show=settings`;
  if (place === "residents") return `/residents?building=${id}`;
  return `/buildings/${id}/${place}`;
}

/** @param {{ id: string, here: Place }} properties `id` of the building */
export function BuildingPlaces({ id, here }) {
  /** @type {Place[]} */
  const places = ["overview", "residents", "passes", "allowlist", "blocks", "settings"];
  // Who may change nothing has nothing to import.
  if (may("manager")) places.splice(2, 0, "import");
  return html`<${SubNav} label=${t("building")} here=${placeOf(id, here)}
    places=${places.map((place) => ({ to: placeOf(id, place), text: t(place) }))} />`;
}
