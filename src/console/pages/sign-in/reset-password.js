// Choosing another password with the link of an e-mail.

import { post, Problem } from "../../app/api.js";
import { html } from "../../app/html.js";
import { navigate } from "../../app/router.js";
import { signedOut } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Form, useForm } from "../../parts/form.js";
import { needs } from "../../parts/needs.js";
import { needsGoodPassword, PasswordField } from "../../parts/password.js";
import { Entry } from "./entry.js";
import { useFragment } from "./secrets.js";

const t = texts({
  en: {
    title: "Choose another password", intro: "Every session ends with it, on every device. A second factor stays as it is.", password: "New password", submit: "Change the password",
    none: "This link is not complete", noneHint: "Open the link in the e-mail once more, or copy all of it. It is good for an hour, and once.", again: "Ask for another link",
  },
  de: {
    title: "Anderes Passwort wählen", intro: "Damit enden alle Sitzungen, auf allen Geräten. Ein zweiter Faktor bleibt, wie er ist.", password: "Neues Passwort", submit: "Passwort ändern",
    none: "Dieser Link ist unvollständig", noneHint: "Öffnen Sie den Link in der E-Mail noch einmal oder kopieren Sie ihn ganz. Er gilt eine Stunde und nur einmal.", again: "Einen neuen Link anfordern",
  },
  fr: {
    title: "Choisir un autre mot de passe", intro: "Toutes les sessions prennent fin, sur tous les appareils. Un second facteur reste en place.", password: "Nouveau mot de passe", submit: "Modifier le mot de passe",
    none: "Ce lien est incomplet", noneHint: "Ouvrez de nouveau le lien de l’e-mail, ou copiez-le en entier. Il est valable une heure, et une seule fois.", again: "Demander un autre lien",
  },
});

export default function ResetPassword() {
  const [token, keepToken] = useFragment();
  const form = useForm({ new_password: "" }, async (values) => {
    needs(values, "new_password");
    needsGoodPassword(values, "new_password");
    await post("/v1/password-resets/confirm", { token, new_password: values.new_password }, { anonymous: true });
    signedOut();
    navigate("/sign-in?news=reset", { replace: true });
  });
  const again = html`<p class="further"><a href="/forgot-password">${t("again")}</a></p>`;
  if (!token) return html`<${Entry} title=${t("none")} intro=${t("noneHint")}>${again}<//>`;
  return html`<${Entry} title=${t("title")} intro=${t("intro")} beforeReload=${keepToken}>
    <${Form} of=${form} submit=${t("submit")}>
      <${PasswordField} of=${form} name="new_password" label=${t("password")} isNew />
    <//>
    ${form.problem instanceof Problem && form.problem.slug === "token-not-good" && again}
  <//>`;
}
