// Inviting somebody: an e-mail with a link goes to them.

import { post } from "../../app/api.js";
import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { needs } from "../../parts/needs.js";
import { toast } from "../../parts/toast.js";
import { RoleFields, roleAndBuildings } from "./role-fields.js";

const t = texts({
  en: { title: "Invite someone", email: "E-mail", hint: "The invitation goes there, and is good for a week. They choose their own password.", submit: "Invite", done: "{email} is invited: an e-mail is on its way." },
  de: { title: "Jemanden einladen", email: "E-Mail", hint: "Dorthin geht die Einladung; sie gilt eine Woche. Das Passwort wählen die Eingeladenen selbst.", submit: "Einladen", done: "{email} ist eingeladen: Eine E-Mail ist unterwegs." },
  fr: { title: "Inviter quelqu’un", email: "E-mail", hint: "L’invitation y est envoyée ; elle est valable une semaine. La personne choisit elle-même son mot de passe.", submit: "Inviter", done: "{email} est invité : un e-mail est en route." },
});

/** @param {{ buildings: import("./buildings.js").Building[] | null, onInvited: () => void, onClose: () => void }} properties */
export function Invite({ buildings, onInvited, onClose }) {
  const form = useForm({ email: "", role: "manager", buildings: null }, async (values) => {
    needs(values, "email");
    const email = values.email.trim();
    await post("/v1/invitations", { email, ...roleAndBuildings(values) });
    toast(t("done", { email }));
    onInvited();
  });
  return html`<${Dialog} title=${t("title")} onClose=${onClose}>
    <${Form} of=${form} submit=${t("submit")} onCancel=${onClose}>
      <${Field} of=${form} name="email" type="email" label=${t("email")} hint=${t("hint")} autocomplete="off" autocapitalize="none" spellcheck=${false} required />
      <${RoleFields} of=${form} buildings=${buildings} />
    <//>
  <//>`;
}
