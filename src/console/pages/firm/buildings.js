// The buildings that somebody is limited to: by name, and to choose.

import { all } from "../../app/api.js";
import { html, useEffect, useId, useState } from "../../app/html.js";
import { texts } from "../../app/texts.js";

const t = texts({
  en: { all: "All buildings", onlySome: "Only some", which: "Buildings", none: "None: nothing is seen", noBuildings: "There is no building yet.", gone: { one: "{n} that is gone", other: "{n} that are gone" } },
  de: { all: "Alle Gebäude", onlySome: "Nur einige", which: "Gebäude", none: "Keines: nichts ist zu sehen", noBuildings: "Es gibt noch kein Gebäude.", gone: { one: "{n} nicht mehr vorhandenes", other: "{n} nicht mehr vorhandene" } },
  fr: { all: "Tous les immeubles", onlySome: "Certains seulement", which: "Immeubles", none: "Aucun : rien n’est visible", noBuildings: "Il n’y a pas encore d’immeuble.", gone: { one: "{n} qui n’existe plus", other: "{n} qui n’existent plus" } },
});

/** @typedef {Pick<import("../../app/types").Schema<"BuildingView">, "id" | "name">} Building */

/** Every building that one may see, by name; null until they are there. @returns {Building[] | null} */
export function useBuildings() {
  const [buildings, setBuildings] = useState(/** @type {Building[] | null} */ (null));
  useEffect(() => {
    const asked = new AbortController();
    all("/v1/buildings", {}, asked.signal).then(
      (found) => setBuildings(found.sort((a, b) => a.name.localeCompare(b.name))),
      () => asked.signal.aborted || setBuildings([]),
    );
    return () => asked.abort();
  }, []);
  return buildings;
}

/** @param {{ of: string[] | null | undefined, known?: Building[] | null }} properties `known`: where the page has them already */
export function BuildingNames({ of, known }) {
  if (!of) return t("all");
  if (of.length === 0) return t("none");
  return known === undefined ? html`<${Asked} of=${of} />` : names(of, known);
}

/** @param {{ of: string[] }} properties */
function Asked({ of }) {
  return names(of, useBuildings());
}

/** @param {string[]} ids @param {Building[] | null} known */
function names(ids, known) {
  if (known === null) return "…";
  const found = known.filter((building) => ids.includes(building.id)).map((building) => building.name);
  const gone = ids.length - found.length;
  return [...found, ...(gone > 0 ? [t("gone", { n: gone })] : [])].join(", ");
}

/** All of them, or which. @param {{ of: import("../../parts/form.js").Draft, buildings: Building[] | null }} properties its field `buildings` is null for all */
export function BuildingChoice({ of, buildings }) {
  const group = useId();
  /** @type {string[] | null} */
  const chosen = of.values.buildings;
  const toggle = (/** @type {string} */ id) => of.set("buildings", chosen?.includes(id) ? chosen.filter((other) => other !== id) : [...(chosen ?? []), id]);
  const whole = (/** @type {boolean} */ is_all) => html`<div class="field check">
    <input type="radio" id=${`${group}-${is_all}`} name=${group} checked=${(chosen === null) === is_all} onChange=${() => of.set("buildings", is_all ? null : [])} />
    <label for=${`${group}-${is_all}`}>${is_all ? t("all") : t("onlySome")}</label>
  </div>`;
  return html`<fieldset>
    <legend>${t("which")}</legend>
    ${whole(true)} ${whole(false)}
    ${chosen !== null && buildings?.length === 0 && html`<p class="soft">${t("noBuildings")}</p>`}
    ${chosen !== null &&
    html`<div class="choose-buildings">
      ${(buildings ?? []).map(
        ({ id, name }) => html`<div class="field check" key=${id}>
          <input type="checkbox" id=${`${group}-${id}`} checked=${chosen.includes(id)} onChange=${() => toggle(id)} />
          <label for=${`${group}-${id}`}>${name}</label>
        </div>`,
      )}
    </div>`}
    ${of.wrong.buildings && html`<p class="wrong" role="alert">${of.wrong.buildings}</p>`}
  </fieldset>`;
}
