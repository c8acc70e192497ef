// One's own account: who one is, the password, the second factor, where one is signed in, and how the console speaks and looks.

import { post } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { html } from "../../app/html.js";
import { may, tenant } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Form, useForm } from "../../parts/form.js";
import { needs } from "../../parts/needs.js";
import { PageHead, Shown } from "../../parts/page.js";
import { needsGoodPassword, PasswordField } from "../../parts/password.js";
import { LanguageChoice, ThemeChoice } from "../../parts/taste.js";
import { toast } from "../../parts/toast.js";
import { BuildingNames } from "../firm/buildings.js";
import { roleName, roleSays } from "../firm/roles.js";
import { SecondFactor } from "./second-factor.js";
import { Sessions } from "./sessions.js";

const t = texts({
  en: {
    title: "Your account", you: "You", name: "Name", email: "E-mail", role: "Role", firm: "Firm", buildings: "Buildings", edit: "Change your name",
    ask: "An administrator of your firm can change these.",
    password: "Password", current: "Current password", next: "New password", change: "Change password", passwordIntro: "Your other sessions end with it; this one goes on.",
    changed: "Your password is changed. Every other session is over.",
    taste: "Language and appearance", tasteIntro: "Kept in this browser.",
  },
  de: {
    title: "Ihr Konto", you: "Sie", name: "Name", email: "E-Mail", role: "Rolle", firm: "Firma", buildings: "Gebäude", edit: "Namen ändern",
    ask: "Ändern kann das die Verwaltung Ihrer Firma.",
    password: "Passwort", current: "Bisheriges Passwort", next: "Neues Passwort", change: "Passwort ändern", passwordIntro: "Ihre anderen Sitzungen enden damit; diese läuft weiter.",
    changed: "Ihr Passwort ist geändert. Alle anderen Sitzungen sind beendet.",
    taste: "Sprache und Darstellung", tasteIntro: "Wird in diesem Browser gemerkt.",
  },
  fr: {
    title: "Votre compte", you: "Vous", name: "Nom", email: "E-mail", role: "Rôle", firm: "Société", buildings: "Immeubles", edit: "Modifier votre nom",
    ask: "Un administrateur de votre société peut les modifier.",
    password: "Mot de passe", current: "Mot de passe actuel", next: "Nouveau mot de passe", change: "Modifier le mot de passe", passwordIntro: "Vos autres sessions prennent fin ; celle-ci continue.",
    changed: "Votre mot de passe est modifié. Toutes les autres sessions sont fermées.",
    taste: "Langue et apparence", tasteIntro: "Retenues dans ce navigateur.",
  },
});

export default function Account() {
  const me = useData("/v1/me");
  const sessions = useData("/v1/sessions?limit=100");
  return html`<${PageHead} title=${t("title")} />
    <div class="account">
      <${Shown} of=${me}>${(/** @type {import("../../app/types").Schema<"MeView">} */ me) => html`<${You} me=${me} />`}<//>
      <${Password} onChanged=${sessions.reload} />
      <${SecondFactor} />
      <${Sessions} of=${sessions} />
      <section class="card taste" aria-labelledby="taste">
        <h2 id="taste">${t("taste")}</h2>
        <p class="soft">${t("tasteIntro")}</p>
        <div class="row"><${LanguageChoice} /><${ThemeChoice} /></div>
      </section>
    </div>`;
}

/** @param {{ me: import("../../app/types").Schema<"MeView"> }} properties */
function You({ me }) {
  return html`<section class="card" aria-labelledby="you">
    <div class="row between"><h2 id="you">${t("you")}</h2>${may("admin") && html`<a href=${`/users/${me.id}`}>${t("edit")}</a>`}</div>
    <dl class="facts">
      <dt>${t("name")}</dt><dd>${me.name}</dd>
      <dt>${t("email")}</dt><dd>${me.email}</dd>
      <dt>${t("firm")}</dt><dd>${tenant()?.name}</dd>
      <dt>${t("role")}</dt><dd>${roleName(me.role)}<br /><span class="soft small">${roleSays(me.role)}</span></dd>
      <dt>${t("buildings")}</dt><dd><${BuildingNames} of=${me.buildings} /></dd>
    </dl>
    ${!may("admin") && html`<p class="soft small">${t("ask")}</p>`}
  </section>`;
}

/** @param {{ onChanged: () => void }} properties */
function Password({ onChanged }) {
  const empty = { current_password: "", new_password: "" };
  const form = useForm(empty, async (values) => {
    needs(values, "current_password", "new_password");
    needsGoodPassword(values, "new_password");
    await post("/v1/me/password", values);
    form.change(empty);
    toast(t("changed"));
    onChanged();
  });
  return html`<section class="card" aria-labelledby="password">
    <h2 id="password">${t("password")}</h2>
    <p class="soft">${t("passwordIntro")}</p>
    <${Form} of=${form} submit=${t("change")}>
      <${PasswordField} of=${form} name="current_password" label=${t("current")} />
      <${PasswordField} of=${form} name="new_password" label=${t("next")} isNew />
    <//>
  </section>`;
}
