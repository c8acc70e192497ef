// Asking for an e-mail to choose another password. The answer is the same whether there is such an account.

import { post } from "../../app/api.js";
import { html, useState } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { needs } from "../../parts/needs.js";
import { Entry } from "./entry.js";
import { untilThen } from "./wait.js";

const t = texts({
  en: {
    title: "Forgot your password?", intro: "We send you an e-mail with a link to choose another one.", email: "E-mail", submit: "Send the link", back: "Back to sign-in",
    sent: "Look into your mailbox", sentIntro: "If somebody signs in here with {email}, an e-mail is on its way. Its link is good for an hour.",
    nothing: "Nothing there after a few minutes? Look among the spam, check the address for typing errors, or ask an administrator of your firm.", again: "Try another address",
  },
  de: {
    title: "Passwort vergessen?", intro: "Wir senden Ihnen eine E-Mail mit einem Link, um ein anderes zu wählen.", email: "E-Mail", submit: "Link senden", back: "Zurück zur Anmeldung",
    sent: "Sehen Sie in Ihr Postfach", sentIntro: "Wenn sich hier jemand mit {email} anmeldet, ist eine E-Mail unterwegs. Ihr Link gilt eine Stunde.",
    nothing: "Nach einigen Minuten nichts da? Sehen Sie im Spam nach, prüfen Sie die Adresse auf Tippfehler, oder fragen Sie die Verwaltung Ihrer Firma.", again: "Andere Adresse versuchen",
  },
  fr: {
    title: "Mot de passe oublié ?", intro: "Nous vous envoyons un e-mail avec un lien pour en choisir un autre.", email: "E-mail", submit: "Envoyer le lien", back: "Retour à la connexion",
    sent: "Regardez votre boîte de réception", sentIntro: "Si quelqu’un se connecte ici avec {email}, un e-mail est en route. Son lien est valable une heure.",
    nothing: "Rien après quelques minutes ? Regardez dans les indésirables, vérifiez l’adresse, ou adressez-vous à l’administration de votre société.", again: "Essayer une autre adresse",
  },
});

export default function ForgotPassword() {
  const [sentTo, setSentTo] = useState("");
  const form = useForm({ email: "" }, async (values) => {
    needs(values, "email");
    const email = values.email.trim();
    await post("/v1/password-resets", { email }, { anonymous: true }).catch((problem) => Promise.reject(untilThen(problem)));
    setSentTo(email);
  });
  const back = html`<p class="further"><a href="/sign-in">${t("back")}</a></p>`;
  if (sentTo) {
    return html`<${Entry} key="sent" title=${t("sent")}>
      <p role="status">${t("sentIntro", { email: sentTo })}</p>
      <p class="soft">${t("nothing")}</p>
      <button type="button" class="button" onClick=${() => setSentTo("")}>${t("again")}</button>
      ${back}
    <//>`;
  }
  return html`<${Entry} key="ask" title=${t("title")} intro=${t("intro")}>
    <${Form} of=${form} submit=${t("submit")}>
      <${Field} of=${form} name="email" type="email" label=${t("email")} autocomplete="username" autocapitalize="none" spellcheck=${false} required />
    <//>
    ${back}
  <//>`;
}
