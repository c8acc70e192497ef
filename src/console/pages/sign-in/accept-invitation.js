// Coming into a firm with the link of an invitation's e-mail.

import { post } from "../../app/api.js";
import { html } from "../../app/html.js";
import { navigate } from "../../app/router.js";
import { signedIn } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { needs } from "../../parts/needs.js";
import { needsGoodPassword, PasswordField } from "../../parts/password.js";
import { Entry } from "./entry.js";
import { useFragment } from "./secrets.js";

const t = texts({
  en: {
    title: "Accept the invitation", intro: "Say what you are called and choose a password: then you are in.",
    email: "E-mail", emailHint: "The address at which the invitation arrived. You sign in with it.", name: "Your name", password: "Password", submit: "Accept",
    none: "This link is not complete", noneHint: "Open the link in the e-mail once more, or copy all of it. If it is older than a week or was used already, ask for another invitation.",
    signIn: "Sign in",
  },
  de: {
    title: "Einladung annehmen", intro: "Sagen Sie, wie Sie heißen, und wählen Sie ein Passwort: dann sind Sie dabei.",
    email: "E-Mail", emailHint: "Die Adresse, an die die Einladung kam. Mit ihr melden Sie sich an.", name: "Ihr Name", password: "Passwort", submit: "Annehmen",
    none: "Dieser Link ist unvollständig", noneHint: "Öffnen Sie den Link in der E-Mail noch einmal oder kopieren Sie ihn ganz. Ist er älter als eine Woche oder schon benutzt, bitten Sie um eine neue Einladung.",
    signIn: "Anmelden",
  },
  fr: {
    title: "Accepter l’invitation", intro: "Indiquez votre nom et choisissez un mot de passe : vous y êtes.",
    email: "E-mail", emailHint: "L’adresse à laquelle l’invitation est arrivée. C’est avec elle que vous vous connectez.", name: "Votre nom", password: "Mot de passe", submit: "Accepter",
    none: "Ce lien est incomplet", noneHint: "Ouvrez de nouveau le lien de l’e-mail, ou copiez-le en entier. S’il date de plus d’une semaine ou a déjà servi, demandez une autre invitation.",
    signIn: "Se connecter",
  },
});

export default function AcceptInvitation() {
  const [token, keepToken] = useFragment();
  const form = useForm({ email: "", name: "", password: "" }, async (values) => {
    const { email, name, password } = values;
    needs(values, "email", "name", "password");
    needsGoodPassword(values, "password");
    await post("/v1/invitations/accept", { token, name, password }, { anonymous: true });
    try {
      await signedIn(await post("/v1/sessions", { email, password, refresh_in: "cookie" }, { anonymous: true }));
      navigate("/", { replace: true });
    } catch {
      // It is another address, then; the account is there.
      navigate("/sign-in?news=accepted", { replace: true });
    }
  });
  if (!token) {
    return html`<${Entry} title=${t("none")} intro=${t("noneHint")}><p class="further"><a href="/sign-in">${t("signIn")}</a></p><//>`;
  }
  return html`<${Entry} title=${t("title")} intro=${t("intro")} beforeReload=${keepToken}>
    <${Form} of=${form} submit=${t("submit")}>
      <${Field} of=${form} name="name" label=${t("name")} autocomplete="name" maxlength="100" required />
      <${Field} of=${form} name="email" type="email" label=${t("email")} hint=${t("emailHint")} autocomplete="username" autocapitalize="none" spellcheck=${false} required />
      <${PasswordField} of=${form} name="password" label=${t("password")} isNew />
    <//>
  <//>`;
}
