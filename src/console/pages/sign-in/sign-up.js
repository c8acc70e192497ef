// Signing up a firm and its owner, who is signed in with it.

import { post } from "../../app/api.js";
import { html } from "../../app/html.js";
import { navigate } from "../../app/router.js";
import { signedIn } from "../../app/session.js";
import { offersSignUp } from "../../app/settings.js";
import { texts } from "../../app/texts.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { needs } from "../../parts/needs.js";
import { needsGoodPassword, PasswordField } from "../../parts/password.js";
import { Entry } from "./entry.js";

const t = texts({
  en: {
    title: "Sign up your firm", intro: "You become its owner: you invite the others, and decide what they may.",
    firm: "Firm", name: "Your name", email: "E-mail", password: "Password", submit: "Sign up", there: "Is it here already?", signIn: "Sign in",
    closed: "Sign-up is closed", closedIntro: "People come here by invitation. Ask an administrator of your firm, or whoever runs this server.",
  },
  de: {
    title: "Firma registrieren", intro: "Sie werden Inhaber: Sie laden die anderen ein und bestimmen, was sie dürfen.",
    firm: "Firma", name: "Ihr Name", email: "E-Mail", password: "Passwort", submit: "Registrieren", there: "Schon registriert?", signIn: "Anmelden",
    closed: "Die Registrierung ist geschlossen", closedIntro: "Hierher kommt man auf Einladung. Fragen Sie die Verwaltung Ihrer Firma oder den Betreiber dieses Servers.",
  },
  fr: {
    title: "Inscrire votre société", intro: "Vous en devenez propriétaire : vous invitez les autres et décidez de leurs droits.",
    firm: "Société", name: "Votre nom", email: "E-mail", password: "Mot de passe", submit: "S’inscrire", there: "Déjà inscrite ?", signIn: "Se connecter",
    closed: "L’inscription est fermée", closedIntro: "On vient ici sur invitation. Adressez-vous à l’administration de votre société ou à l’exploitant de ce serveur.",
  },
});

export default function SignUp() {
  const form = useForm({ name: "", owner_name: "", email: "", password: "" }, async (values) => {
    needs(values, "name", "owner_name", "email", "password");
    needsGoodPassword(values, "password");
    await post("/v1/tenants", values, { anonymous: true });
    try {
      const { email, password } = values;
      await signedIn(await post("/v1/sessions", { email, password, refresh_in: "cookie" }, { anonymous: true }));
      navigate("/", { replace: true });
    } catch {
      // The firm is there; only this went wrong.
      navigate("/sign-in?news=signed-up", { replace: true });
    }
  });
  if (!offersSignUp) {
    return html`<${Entry} title=${t("closed")} intro=${t("closedIntro")}><p class="further"><a href="/sign-in">${t("signIn")}</a></p><//>`;
  }
  return html`<${Entry} title=${t("title")} intro=${t("intro")}>
    <${Form} of=${form} submit=${t("submit")}>
      <${Field} of=${form} name="name" label=${t("firm")} autocomplete="organization" maxlength="100" required />
      <${Field} of=${form} name="owner_name" label=${t("name")} autocomplete="name" maxlength="100" required />
      <${Field} of=${form} name="email" type="email" label=${t("email")} autocomplete="username" autocapitalize="none" spellcheck=${false} required />
      <${PasswordField} of=${form} name="password" label=${t("password")} isNew />
    <//>
    <p class="further">${t("there")} <a href="/sign-in">${t("signIn")}</a></p>
  <//>`;
}
