// One of the firm's people: their name, role and buildings, and the end of their time here.

import { all, patch } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { dayOf } from "../../app/format.js";
import { html, useEffect, useState } from "../../app/html.js";
import { meetAgain, may, user as self } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Empty } from "../../parts/empty.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { needs } from "../../parts/needs.js";
import { PageHead, Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { BuildingNames, useBuildings } from "./buildings.js";
import { Farewell, FormerUser } from "./farewell.js";
import { RoleFields, roleAndBuildings } from "./role-fields.js";
import { roleName, roleSays } from "./roles.js";

const t = texts({
  en: {
    users: "Users", user: "User", name: "Name", email: "E-mail", role: "Role", buildings: "Buildings", factor: "Second factor", since: "Since", on: "On", off: "Off", you: "You",
    what: "Name, role and buildings", counts: "A change counts from their next click on.", save: "Save", saved: "{name} is changed.",
    lastOwner: "{name} is the only owner, and a firm must have one. Make somebody else an owner first.",
    above: "{name} is {role}: only an owner changes owners.",
    notYours: "Users are managed by administrators", notYoursHint: "Ask an administrator of your firm.",
  },
  de: {
    users: "Benutzer", user: "Benutzer", name: "Name", email: "E-Mail", role: "Rolle", buildings: "Gebäude", factor: "Zweiter Faktor", since: "Seit", on: "Ein", off: "Aus", you: "Sie",
    what: "Name, Rolle und Gebäude", counts: "Eine Änderung gilt ab dem nächsten Klick.", save: "Speichern", saved: "{name} ist geändert.",
    lastOwner: "{name} ist der einzige Inhaber, und eine Firma braucht einen. Machen Sie zuerst jemand anderen zum Inhaber.",
    above: "{name} ist {role}: Inhaber ändern nur Inhaber.",
    notYours: "Benutzer verwaltet die Administration", notYoursHint: "Fragen Sie die Administration Ihrer Firma.",
  },
  fr: {
    users: "Utilisateurs", user: "Utilisateur", name: "Nom", email: "E-mail", role: "Rôle", buildings: "Immeubles", factor: "Second facteur", since: "Depuis", on: "Activé", off: "Désactivé", you: "Vous",
    what: "Nom, rôle et immeubles", counts: "Une modification s’applique dès le prochain clic.", save: "Enregistrer", saved: "{name} est modifié.",
    lastOwner: "{name} est le seul propriétaire, et une société doit en avoir un. Nommez d’abord un autre propriétaire.",
    above: "{name} est {role} : seul un propriétaire modifie des propriétaires.",
    notYours: "Les utilisateurs sont gérés par les administrateurs", notYoursHint: "Adressez-vous à un administrateur de votre société.",
  },
});

/** @typedef {import("../../app/types").Schema<"UserView">} User */

/** @param {{ params: { id: string } }} properties */
export default function UserPage({ params }) {
  const back = { to: "/users", text: t("users") };
  const found = useData(may("admin") ? `/v1/users/${params.id}` : null);
  if (!may("admin")) return html`<${PageHead} title=${t("user")} back=${back} /><${Empty} title=${t("notYours")} hint=${t("notYoursHint")} />`;
  // Gone, here or just now: what the records say of them is left.
  if (found.problem?.slug === "not-found") return html`<${FormerUser} id=${params.id} back=${back} />`;
  return html`<${PageHead} title=${found.data?.name ?? t("user")} back=${back} />
    <${Shown} of=${found}>${(/** @type {User} */ user) => html`<${Someone} user=${user} found=${found} />`}<//>`;
}

/** Whether nobody else is an owner; unknown until it was looked up. @param {User} user */
function useIsLastOwner(user) {
  const [is_last, setLast] = useState(false);
  useEffect(() => {
    if (user.role !== "owner") return setLast(false);
    all("/v1/users").then(
      (users) => setLast(!users.some((other) => other.role === "owner" && other.id !== user.id)),
      // The API says it as well, when it comes to that.
      () => setLast(false),
    );
  }, [user]);
  return is_last;
}

/** @param {{ user: User, found: import("../../app/data.js").Loaded }} properties */
function Someone({ user, found }) {
  const buildings = useBuildings();
  const is_last = useIsLastOwner(user);
  const is_above = !may(/** @type {any} */ (user.role));
  const why = is_last ? t("lastOwner", { name: user.name }) : undefined;
  return html`<div class="columns">
    <section class="card" aria-labelledby="facts">
      <div class="row between"><h2 id="facts">${user.name}</h2>${user.id === self()?.id && html`<${Badge} kind="info">${t("you")}<//>`}</div>
      <dl class="facts">
        <dt>${t("email")}</dt><dd>${user.email}</dd>
        <dt>${t("role")}</dt><dd>${roleName(user.role)}<br /><span class="soft small">${roleSays(user.role)}</span></dd>
        <dt>${t("buildings")}</dt><dd><${BuildingNames} of=${user.buildings} known=${buildings} /></dd>
        <dt>${t("factor")}</dt><dd><${Badge} kind=${user.has_second_factor ? "good" : "plain"}>${user.has_second_factor ? t("on") : t("off")}<//></dd>
        <dt>${t("since")}</dt><dd>${dayOf(user.created_at)}</dd>
      </dl>
    </section>
    ${is_above
      ? html`<div class="note"><${Icon} name="warn" /><p>${t("above", { name: user.name, role: roleName(user.role) })}</p></div>`
      : html`<div class="stack">
          <${Change} key=${found.etag} user=${user} found=${found} buildings=${buildings} why=${why} />
          <${Farewell} user=${user} why=${why} onGone=${found.reload} />
        </div>`}
  </div>`;
}

/** @param {{ user: User, found: import("../../app/data.js").Loaded, buildings: import("./buildings.js").Building[] | null, why: string | undefined }} properties */
function Change({ user, found, buildings, why }) {
  const form = useForm({ name: user.name, role: user.role, buildings: user.buildings ?? null }, async (values) => {
    needs(values, "name");
    await patch(`/v1/users/${user.id}`, { name: values.name.trim(), ...roleAndBuildings(values) }, found.etag);
    toast(t("saved", { name: values.name.trim() }));
    if (user.id === self()?.id) await meetAgain();
    found.reload();
  });
  return html`<section class="card" aria-labelledby="change">
    <h2 id="change">${t("what")}</h2>
    <p class="soft">${t("counts")}</p>
    <${Form} of=${form} submit=${t("save")}>
      <${Field} of=${form} name="name" label=${t("name")} maxlength="100" />
      <${RoleFields} of=${form} buildings=${buildings} why=${why} />
    <//>
  </section>`;
}
