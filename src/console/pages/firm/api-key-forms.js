// What can be done with API keys, each in a dialog: make one, give it another secret, call it something else, revoke it.

import { patch, post, read, remove } from "../../app/api.js";
import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Confirm, Dialog } from "../../parts/dialog.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { needs, refuse } from "../../parts/needs.js";
import { toast } from "../../parts/toast.js";
import { BuildingChoice } from "./buildings.js";
import { roleAndBuildings } from "./role-fields.js";
import { canBeLimited, roleName, roleSays } from "./roles.js";
import { SCOPES, scopeName, scopeSays } from "./scopes.js";
import { overlaps } from "./secret.js";

const t = texts({
  en: {
    make: "Make an API key", name: "Name", nameHint: "What it is for: “Move-in sync”.", role: "Role", scopes: "What it may of that", scopesWrong: "Choose one at least.",
    until: "Valid", forever: "Until it is revoked", days: "For {n} days", year: "For a year", date: "Until a date", day: "Last day", rotate: "Replace the secret of “{name}”",
    rotateHint: "Programs that use it need the new key before the old one stops.", overlap: "How long the old one goes on working", rename: "Rename “{name}”", save: "Rename",
    renamed: "The key was renamed.", revoke: "Revoke “{name}”?", revokeText: "No request with it is answered any more. Programs that still use it stop working at once.", yes: "Revoke", revoked: "The key was revoked.",
    dayWrong: "A day that is still to come.", replace: "Replace secret",
  },
  de: {
    make: "API-Schlüssel erstellen", name: "Name", nameHint: "Wofür er ist: „Einzugsabgleich“.", role: "Rolle", scopes: "Was er davon darf", scopesWrong: "Wählen Sie mindestens eines.",
    until: "Gültig", forever: "Bis zum Widerruf", days: "{n} Tage", year: "Ein Jahr", date: "Bis zu einem Datum", day: "Letzter Tag", rotate: "Geheimnis von „{name}“ ersetzen",
    rotateHint: "Programme, die ihn nutzen, brauchen den neuen Schlüssel, bevor der alte endet.", overlap: "Wie lange der alte noch gilt", rename: "„{name}“ umbenennen", save: "Umbenennen",
    renamed: "Der Schlüssel wurde umbenannt.", revoke: "„{name}“ widerrufen?", revokeText: "Keine Anfrage mit ihm wird mehr beantwortet. Programme, die ihn noch nutzen, stehen sofort still.", yes: "Widerrufen", revoked: "Der Schlüssel wurde widerrufen.",
    dayWrong: "Ein Tag in der Zukunft.", replace: "Geheimnis ersetzen",
  },
  fr: {
    make: "Créer une clé d’API", name: "Nom", nameHint: "À quoi elle sert : « Synchronisation des entrées ».", role: "Rôle", scopes: "Ce qu’elle peut en faire", scopesWrong: "Choisissez-en au moins un.",
    until: "Validité", forever: "Jusqu’à révocation", days: "{n} jours", year: "Un an", date: "Jusqu’à une date", day: "Dernier jour", rotate: "Remplacer le secret de « {name} »",
    rotateHint: "Les programmes qui l’utilisent ont besoin de la nouvelle clé avant que l’ancienne cesse.", overlap: "Combien de temps l’ancienne reste valable", rename: "Renommer « {name} »", save: "Renommer",
    renamed: "La clé a été renommée.", revoke: "Révoquer « {name} » ?", revokeText: "Plus aucune requête avec elle n’est acceptée. Les programmes qui l’utilisent encore s’arrêtent aussitôt.", yes: "Révoquer", revoked: "La clé a été révoquée.",
    dayWrong: "Un jour à venir.", replace: "Remplacer le secret",
  },
});

const DAY_MS = 86_400_000;

/** @param {string} until @param {string} day @returns {string | null} */
function expiry(until, day) {
  if (until === "forever") return null;
  if (until !== "date") return new Date(Date.now() + Number(until) * DAY_MS).toISOString();
  // To the end of that day, by the clock of whoever says so.
  const end = new Date(`${day}T23:59:59`);
  if (Number.isNaN(end.getTime()) || end.getTime() < Date.now()) refuse({ day: t("dayWrong") });
  return end.toISOString();
}

/** @param {{ buildings: import("./buildings.js").Building[] | null, onMade: (made: any) => void, onClose: () => void }} properties */
export function MakeKey({ buildings, onMade, onClose }) {
  const form = useForm({ name: "", role: "viewer", buildings: null, scopes: ["read"], until: "forever", day: "" }, async (values) => {
    needs(values, "name");
    if (values.scopes.length === 0) refuse({ scopes: t("scopesWrong") });
    const body = { name: values.name, scopes: values.scopes, ...roleAndBuildings(values), expires_at: expiry(values.until, values.day) };
    onMade(await post("/v1/api-keys", body));
  });
  const { role, scopes, until } = form.values;
  const offered = SCOPES.filter((scope) => scope !== "admin" || role === "admin");
  /** Each scope as a field of its own. @type {any} */
  const of = {
    values: Object.fromEntries(SCOPES.map((scope) => [scope, scopes.includes(scope)])),
    wrong: {},
    set: (/** @type {string} */ name, /** @type {boolean} */ is_on) => form.set("scopes", SCOPES.filter((scope) => (scope === name ? is_on : scopes.includes(scope)))),
  };
  const choose = (/** @type {string} */ name, /** @type {any} */ value) => {
    form.change({ [name]: value, ...(name === "role" && value !== "admin" ? { scopes: scopes.filter((/** @type {string} */ scope) => scope !== "admin") } : {}) });
  };
  return html`<${Dialog} title=${t("make")} onClose=${onClose} wide>
    <${Form} of=${form} submit=${t("make")} onCancel=${onClose}>
      <${Field} of=${form} name="name" label=${t("name")} hint=${t("nameHint")} maxlength="100" autocomplete="off" />
      <${Field} of=${{ ...form, set: choose }} name="role" label=${t("role")} type="select" hint=${roleSays(role)} options=${["viewer", "manager", "admin"].map((role) => [role, roleName(role)])} />
      <fieldset>
        <legend>${t("scopes")}</legend>
        ${offered.map((scope) => html`<${Field} key=${scope} of=${of} name=${scope} label=${html`<strong>${scopeName(scope)}</strong> <code class="small soft">${scope}</code>`} type="check" hint=${scopeSays(scope)} />`)}
        ${form.wrong.scopes && html`<p class="wrong" role="alert">${form.wrong.scopes}</p>`}
      </fieldset>
      ${canBeLimited(role) && html`<${BuildingChoice} of=${form} buildings=${buildings} />`}
      <div class="columns">
        <${Field} of=${form} name="until" label=${t("until")} type="select" options=${[["forever", t("forever")], ["30", t("days", { n: 30 })], ["90", t("days", { n: 90 })], ["365", t("year")], ["date", t("date")]]} />
        ${until === "date" && html`<${Field} of=${form} name="day" label=${t("day")} type="date" />`}
      </div>
    <//>
  <//>`;
}

/** @param {{ of: any, onMade: (made: any) => void, onClose: () => void }} properties */
export function RotateKey({ of, onMade, onClose }) {
  const form = useForm({ overlap_seconds: "86400" }, async ({ overlap_seconds }) => {
    onMade(await post(`/v1/api-keys/${of.id}/rotate`, { overlap_seconds: Number(overlap_seconds) }));
  });
  return html`<${Dialog} title=${t("rotate", { name: of.name })} onClose=${onClose}>
    <p>${t("rotateHint")}</p>
    <${Form} of=${form} submit=${t("replace")} onCancel=${onClose}>
      <${Field} of=${form} name="overlap_seconds" label=${t("overlap")} type="select" options=${overlaps(2_592_000)} />
    <//>
  <//>`;
}

/** @param {{ of: any, onDone: () => void, onClose: () => void }} properties */
export function RenameKey({ of, onDone, onClose }) {
  const path = `/v1/api-keys/${of.id}`;
  const form = useForm({ name: of.name }, async (values) => {
    needs(values, "name");
    // Only its name can change: whoever changed it meanwhile is not in the way.
    await patch(path, { name: values.name }, (await read(path)).etag);
    toast(t("renamed"));
    onDone();
  });
  return html`<${Dialog} title=${t("rename", { name: of.name })} onClose=${onClose}>
    <${Form} of=${form} submit=${t("save")} onCancel=${onClose}>
      <${Field} of=${form} name="name" label=${t("name")} maxlength="100" autocomplete="off" />
    <//>
  <//>`;
}

/** @param {{ of: any, onDone: () => void, onClose: () => void }} properties */
export function RevokeKey({ of, onDone, onClose }) {
  const revoke = async () => {
    await remove(`/v1/api-keys/${of.id}`);
    toast(t("revoked"));
    onDone();
  };
  return html`<${Confirm} title=${t("revoke", { name: of.name })} yes=${t("yes")} onYes=${revoke} onClose=${onClose}><p>${t("revokeText")}</p><//>`;
}
