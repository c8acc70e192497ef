// Signing in: e-mail and password, then a code where a second factor asks for one.

import { post, Problem } from "../../app/api.js";
import { html, useEffect, useState } from "../../app/html.js";
import { navigate, useLocation } from "../../app/router.js";
import { signedIn, user } from "../../app/session.js";
import { offersSignUp } from "../../app/settings.js";
import { texts } from "../../app/texts.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { needs } from "../../parts/needs.js";
import { PasswordField } from "../../parts/password.js";
import { Entry } from "./entry.js";
import { ownPath, useFragment } from "./secrets.js";
import { untilThen } from "./wait.js";

const t = texts({
  en: {
    title: "Sign in", email: "E-mail", password: "Password", submit: "Sign in", forgot: "Forgot your password?", noFirm: "New here?", signUp: "Sign up your firm",
    code: "Code", codeTitle: "One more step", codeIntro: "Enter the six digits that your authenticator app shows for Vestibule.",
    codeHint: "Phone lost? A recovery code works as well, each of them once.", other: "Use another account", as: "Signing in as {email}",
    accepted: "Welcome! Your account is ready. Sign in with the e-mail address at which you were invited.",
    signedUp: "Your firm is signed up. Sign in to set up the first door.",
    reset: "Your password is changed, and every session was ended. Sign in with the new one.",
    left: "You are signed out everywhere.",
  },
  de: {
    title: "Anmelden", email: "E-Mail", password: "Passwort", submit: "Anmelden", forgot: "Passwort vergessen?", noFirm: "Neu hier?", signUp: "Firma registrieren",
    code: "Code", codeTitle: "Noch ein Schritt", codeIntro: "Geben Sie die sechs Ziffern ein, die Ihre Authenticator-App für Vestibule zeigt.",
    codeHint: "Telefon verloren? Ein Wiederherstellungscode geht auch, jeder einmal.", other: "Anderes Konto verwenden", as: "Anmeldung als {email}",
    accepted: "Willkommen! Ihr Konto ist bereit. Melden Sie sich mit der E-Mail-Adresse an, unter der Sie eingeladen wurden.",
    signedUp: "Ihre Firma ist registriert. Melden Sie sich an, um die erste Tür einzurichten.",
    reset: "Ihr Passwort ist geändert, und alle Sitzungen wurden beendet. Melden Sie sich mit dem neuen an.",
    left: "Sie sind überall abgemeldet.",
  },
  fr: {
    title: "Se connecter", email: "E-mail", password: "Mot de passe", submit: "Se connecter", forgot: "Mot de passe oublié ?", noFirm: "Nouveau ici ?", signUp: "Inscrire votre société",
    code: "Code", codeTitle: "Encore une étape", codeIntro: "Saisissez les six chiffres que votre application d’authentification affiche pour Vestibule.",
    codeHint: "Téléphone perdu ? Un code de secours convient aussi, chacun une seule fois.", other: "Utiliser un autre compte", as: "Connexion en tant que {email}",
    accepted: "Bienvenue ! Votre compte est prêt. Connectez-vous avec l’adresse e-mail à laquelle vous avez été invité.",
    signedUp: "Votre société est inscrite. Connectez-vous pour installer la première porte.",
    reset: "Votre mot de passe est modifié et toutes les sessions ont été fermées. Connectez-vous avec le nouveau.",
    left: "Vous êtes déconnecté partout.",
  },
});

/** What the page before has to say. @type {Record<string, () => string>} */
const NEWS = { accepted: () => t("accepted"), "signed-up": () => t("signedUp"), reset: () => t("reset"), left: () => t("left") };

export default function SignIn() {
  const { query } = useLocation();
  // The terminal's link of `vestibule up` fills the form.
  const [fragment, keepFragment] = useFragment();
  const given = new URLSearchParams(fragment);
  const [needsCode, setNeedsCode] = useState(false);
  const goOn = () => navigate(ownPath(query.get("to")), { replace: true });

  // Whoever is signed in already, or comes back with the browser's arrow, has nothing to do here, and sees nothing of it.
  const [isThere] = useState(() => user() !== null);
  useEffect(() => {
    if (isThere) goOn();
  }, []);

  const form = useForm({ email: given.get("email") ?? "", password: given.get("password") ?? "", code: "" }, async (values) => {
    needs(values, "email", "password", ...(needsCode ? ["code"] : []));
    const { email, password } = values;
    const code = needsCode ? values.code.trim() : undefined;
    try {
      await signedIn(await post("/v1/sessions", { email, password, code, refresh_in: "cookie" }, { anonymous: true }));
    } catch (problem) {
      if (problem instanceof Problem && problem.slug === "second-factor-needed" && !needsCode) return setNeedsCode(true);
      throw untilThen(problem);
    }
    goOn();
  });
  const startAnew = () => {
    form.change({ password: "", code: "" });
    setNeedsCode(false);
  };
  const news = NEWS[query.get("news") ?? ""];

  if (isThere) return null;
  if (needsCode) {
    return html`<${Entry} key="code" title=${t("codeTitle")} intro=${t("codeIntro")} beforeReload=${keepFragment}>
      <${Form} of=${form} submit=${t("submit")}>
        <p class="soft">${t("as", { email: form.values.email })}</p>
        <${Field} of=${form} name="code" label=${t("code")} hint=${t("codeHint")} autocomplete="one-time-code" inputmode="numeric" autocapitalize="none"
          spellcheck=${false} maxlength="20" ref=${focus} />
      <//>
      <p class="further"><button type="button" class="link" onClick=${startAnew}>${t("other")}</button></p>
    <//>`;
  }
  return html`<${Entry} key="password" title=${t("title")} beforeReload=${keepFragment}>
    ${news && html`<p class="note done" role="status">${news()}</p>`}
    <${Form} of=${form} submit=${t("submit")}>
      <${Field} of=${form} name="email" type="email" label=${t("email")} autocomplete="username" autocapitalize="none" spellcheck=${false} required />
      <${PasswordField} of=${form} name="password" label=${t("password")} />
    <//>
    <p class="further"><a href="/forgot-password">${t("forgot")}</a></p>
    ${offersSignUp && html`<p class="further">${t("noFirm")} <a href="/sign-up">${t("signUp")}</a></p>`}
  <//>`;
}

/** The one field of this step is where typing goes. @param {HTMLElement | null} field */
function focus(field) {
  field?.focus();
}
