// What a building still needs before a visitor can ring, each with the way there.

import { useData } from "../../app/data.js";
import { html } from "../../app/html.js";
import { may } from "../../app/session.js";
import { hasSimulator } from "../../app/settings.js";
import { texts } from "../../app/texts.js";
import { Icon } from "../../parts/icon.js";

/** @typedef {import("../../app/types").Schema<"EntranceView">} Entrance */

const t = texts({
  en: {
    title: { one: "One step before a visitor can ring", other: "{n} steps before a visitor can ring" }, done: "done", open: "still to do",
    entrance: "A door", entranceHint: "The entrance at which visitors stand.", entranceGo: "Add an entrance",
    panel: "Its panel’s number", panelHint: "The number from which the door’s panel calls; without it, it is an unknown caller.", panelGo: "Enter the number",
    unit: "A unit", unitHint: "A flat or an office that is rung.", unitGo: "Add units",
    resident: "A resident with a phone", residentHint: "Somebody whose phone rings.", residentGo: "Add a resident", importGo: "or import a list",
    line: "A line", lineHint: "The phone number that the panel calls.", lineGo: "Add a line", lineAsk: "An administrator of your firm adds lines.",
    ready: "Everything is there: a visitor can ring.", tryIt: "Try it", dryRun: "What would happen?",
  },
  de: {
    title: { one: "Noch ein Schritt, bis Besucher klingeln können", other: "Noch {n} Schritte, bis Besucher klingeln können" }, done: "erledigt", open: "noch zu tun",
    entrance: "Eine Tür", entranceHint: "Der Eingang, vor dem Besucher stehen.", entranceGo: "Eingang hinzufügen",
    panel: "Die Nummer der Klingelanlage", panelHint: "Die Nummer, von der die Anlage an der Tür anruft; ohne sie gilt sie als unbekannter Anrufer.", panelGo: "Nummer eintragen",
    unit: "Eine Wohneinheit", unitHint: "Eine Wohnung oder ein Büro, bei dem es klingelt.", unitGo: "Wohneinheiten hinzufügen",
    resident: "Ein Bewohner mit Telefon", residentHint: "Jemand, dessen Telefon klingelt.", residentGo: "Bewohner hinzufügen", importGo: "oder eine Liste importieren",
    line: "Eine Leitung", lineHint: "Die Rufnummer, die von der Klingelanlage angerufen wird.", lineGo: "Leitung hinzufügen", lineAsk: "Leitungen legt die Administration Ihrer Firma an.",
    ready: "Alles ist da: Besucher können klingeln.", tryIt: "Ausprobieren", dryRun: "Was würde geschehen?",
  },
  fr: {
    title: { one: "Encore une étape avant qu’un visiteur puisse sonner", other: "Encore {n} étapes avant qu’un visiteur puisse sonner" }, done: "fait", open: "à faire",
    entrance: "Une porte", entranceHint: "L’entrée devant laquelle se tiennent les visiteurs.", entranceGo: "Ajouter une entrée",
    panel: "Le numéro de sa platine", panelHint: "Le numéro depuis lequel la platine appelle ; sans lui, c’est un appelant inconnu.", panelGo: "Saisir le numéro",
    unit: "Un logement", unitHint: "Un appartement ou un bureau où l’on sonne.", unitGo: "Ajouter des logements",
    resident: "Un résident avec un téléphone", residentHint: "Quelqu’un dont le téléphone sonne.", residentGo: "Ajouter un résident", importGo: "ou importer une liste",
    line: "Une ligne", lineHint: "Le numéro de téléphone que la platine appelle.", lineGo: "Ajouter une ligne", lineAsk: "Les lignes sont ajoutées par l’administration de votre société.",
    ready: "Tout est en place : un visiteur peut sonner.", tryIt: "Essayer", dryRun: "Que se passerait-il ?",
  },
});

/** @param {{ building: { id: string }, entrances: Entrance[] | undefined, hasUnits?: boolean, firstUnit?: string }} properties undefined: not known yet */
export function Checklist({ building: { id }, entrances, hasUnits, firstUnit }) {
  const residents = useData(hasUnits ? `/v1/residents?building=${id}&limit=200` : null);
  const lines = useData(`/v1/lines?building=${id}&limit=200`);
  const has_residents = hasUnits === false ? false : residents.data?.items.some((/** @type {any} */ resident) => resident.numbers.length > 0);
  const has_lines = lines.data?.items.some((/** @type {any} */ line) => line.entrance_id || line.unit_id);
  // A line that leads to a unit, or a panel that is known: the panel's number matters where a line leads to a door.
  const needs_panel = !lines.data?.items.some((/** @type {any} */ line) => line.unit_id);
  const first = entrances?.[0];
  /** @type {{ name: "entrance" | "panel" | "unit" | "resident" | "line", is_there: boolean | undefined, go: any }[]} */
  const steps = [
    { name: "entrance", is_there: entrances && entrances.length > 0, go: html`<a href="?add=entrance">${t("entranceGo")}</a>` },
    ...(needs_panel
      ? [{ name: /** @type {const} */ ("panel"), is_there: entrances?.some((door) => door.panel_numbers.length > 0), go: first && html`<a href=${`/entrances/${first.id}`}>${t("panelGo")}</a>` }]
      : []),
    { name: "unit", is_there: hasUnits, go: html`<a href="?add=units">${t("unitGo")}</a>` },
    {
      name: "resident",
      is_there: has_residents,
      go: firstUnit && html`<a href=${`/units/${firstUnit}?add=resident`}>${t("residentGo")}</a> <a href=${`/buildings/${id}/import`}>${t("importGo")}</a>`,
    },
    { name: "line", is_there: has_lines, go: may("admin") ? html`<a href=${`/lines?building=${id}`}>${t("lineGo")}</a>` : html`<span class="soft">${t("lineAsk")}</span>` },
  ];
  if (steps.some((step) => step.is_there === undefined)) return null;
  const missing = steps.filter((step) => !step.is_there).length;
  if (missing === 0) {
    return html`<p class="dir-ready"><${Icon} name="check" /> ${t("ready")} ${may("manager") && html`<a href=${hasSimulator ? "/try-it" : `/dry-run?building=${id}`}>${hasSimulator ? t("tryIt") : t("dryRun")}</a>`}</p>`;
  }
  return html`<section class="card dir-steps" aria-labelledby="steps">
    <h2 id="steps">${t("title", { n: missing })}</h2>
    <ol class="plain">
      ${steps.map(
        ({ name, is_there, go }) => html`<li key=${name} class=${is_there ? "there" : ""}>
          <span class="mark"><${Icon} name=${is_there ? "check" : "right"} /></span>
          <div>
            <strong>${t(name)}</strong> <span class="visually-hidden">(${is_there ? t("done") : t("open")})</span>
            ${!is_there && html`<p class="soft small">${t(/** @type {any} */ (`${name}Hint`))}</p>`}
            ${!is_there && may("manager") && go && html`<p>${go}</p>`}
          </div>
        </li>`,
      )}
    </ol>
  </section>`;
}
