// What changes of a connection: its name, its credentials as a whole, or the secret that signs what its carrier sends.

import { patch, post, put } from "../../app/api.js";
import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { CredentialFields, credentialsOf } from "./credentials.js";

const t = texts({
  en: {
    change: "Change the connection", label: "Name", signing: "Signatures of what the carrier sends", required: "Required", off: "Not checked (only on a machine of your own)", save: "Save",
    credentials: "Replace the credentials", credentialsHint: "All of them at once; what was there before is good no more.", replace: "Replace", secret: "New signature secret", secretHint: "As the carrier’s dashboard shows it: Vonage’s signature secret, Twilio’s auth token.",
    overlap: "The old one is good for", now: "no longer", hour: "one more hour", day: "one more day", week: "one more week", take: "Take the new secret",
  },
  de: {
    change: "Anbieterkonto ändern", label: "Name", signing: "Signaturen der Meldungen", required: "Erforderlich", off: "Ungeprüft (nur auf einem eigenen Rechner)", save: "Speichern",
    credentials: "Zugangsdaten ersetzen", credentialsHint: "Alle auf einmal; was vorher galt, gilt nicht mehr.", replace: "Ersetzen", secret: "Neues Signaturgeheimnis", secretHint: "Wie es der Anbieter anzeigt: Vonages Signature secret, Twilios Auth token.",
    overlap: "Das alte gilt noch", now: "nicht mehr", hour: "eine Stunde", day: "einen Tag", week: "eine Woche", take: "Neues Geheimnis übernehmen",
  },
  fr: {
    change: "Modifier le compte opérateur", label: "Nom", signing: "Signatures des messages", required: "Exigées", off: "Non vérifiées (seulement sur votre propre machine)", save: "Enregistrer",
    credentials: "Remplacer les identifiants", credentialsHint: "Tous à la fois ; les précédents ne valent plus.", replace: "Remplacer", secret: "Nouveau secret de signature", secretHint: "Comme l’opérateur l’affiche : le signature secret de Vonage, l’auth token de Twilio.",
    overlap: "L’ancien reste valable", now: "plus du tout", hour: "une heure encore", day: "un jour encore", week: "une semaine encore", take: "Prendre le nouveau secret",
  },
});

/** @typedef {{ connection: import("../../app/types").Schema<"ConnectionView">, onDone: () => void, onClose: () => void }} Changing */

/** @param {Changing & { etag: string | null }} properties */
export function ChangeConnection({ connection, etag, onDone, onClose }) {
  const form = useForm({ label: connection.label, signing: connection.signing }, async (values) => {
    await patch(`/v1/connections/${connection.id}`, values, etag);
    onDone();
  });
  return html`<${Dialog} title=${t("change")} onClose=${onClose}>
    <${Form} of=${form} submit=${t("save")} onCancel=${onClose}>
      <${Field} of=${form} name="label" label=${t("label")} maxlength="100" />
      <${Field} of=${form} name="signing" label=${t("signing")} type="select" options=${[["required", t("required")], ["off", t("off")]]} />
    <//>
  <//>`;
}

/** @param {Changing} properties */
export function NewCredentials({ connection, onDone, onClose }) {
  const form = useForm({}, async (values) => {
    await put(`/v1/connections/${connection.id}/credentials`, credentialsOf(connection.provider, values));
    onDone();
  });
  return html`<${Dialog} title=${t("credentials")} wide=${true} onClose=${onClose}>
    <p class="soft">${t("credentialsHint")}</p>
    <${Form} of=${form} submit=${t("replace")} onCancel=${onClose}><${CredentialFields} of=${form} provider=${connection.provider} /><//>
  <//>`;
}

/** @param {Changing} properties */
export function NewSecret({ connection, onDone, onClose }) {
  const form = useForm({ secret: "", overlap_seconds: "3600" }, async ({ secret, overlap_seconds }) => {
    await post(`/v1/connections/${connection.id}/signature-secrets`, { secret: secret.trim(), overlap_seconds: Number(overlap_seconds) });
    onDone();
  });
  return html`<${Dialog} title=${t("secret")} onClose=${onClose}>
    <${Form} of=${form} submit=${t("take")} onCancel=${onClose}>
      <${Field} of=${form} name="secret" label=${t("secret")} hint=${t("secretHint")} type="password" autocomplete="new-password" />
      <${Field} of=${form} name="overlap_seconds" label=${t("overlap")} type="select"
        options=${[["0", t("now")], ["3600", t("hour")], ["86400", t("day")], ["604800", t("week")]]} />
    <//>
  <//>`;
}
