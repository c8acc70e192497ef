// A role, with what it may, and the buildings that it is for: the same fields for who is invited and who is there.

import { html } from "../../app/html.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Field } from "../../parts/form.js";
import { refuse } from "../../parts/needs.js";
import { BuildingChoice } from "./buildings.js";
import { canBeLimited, ROLES, roleName, roleSays } from "./roles.js";

const t = texts({
  en: { role: "Role", choose: "Choose one building at least, or all." },
  de: { role: "Rolle", choose: "Wählen Sie mindestens ein Gebäude, oder alle." },
  fr: { role: "Rôle", choose: "Choisissez au moins un immeuble, ou tous." },
});

/** @param {{ of: import("../../parts/form.js").Draft, buildings: import("./buildings.js").Building[] | null, why?: string }} properties `why`: what keeps the role as it is */
export function RoleFields({ of, buildings, why }) {
  // Nobody gives more than they have.
  const options = ROLES.filter((role) => may(/** @type {any} */ (role))).map((role) => [role, roleName(role)]);
  return html`<${Field} of=${of} name="role" type="select" label=${t("role")} hint=${why ?? roleSays(of.values.role)} options=${options} disabled=${why !== undefined} />
    ${canBeLimited(of.values.role) && html`<${BuildingChoice} of=${of} buildings=${buildings} />`}`;
}

/** As it is sent; fails if no building is chosen. @param {Record<string, any>} values @returns {{ role: string, buildings: string[] | null }} */
export function roleAndBuildings({ role, buildings }) {
  const limited = canBeLimited(role) ? buildings : null;
  if (limited?.length === 0) refuse({ buildings: t("choose") });
  return { role, buildings: limited };
}
