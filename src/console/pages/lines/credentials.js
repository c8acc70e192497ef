// What each carrier's account is reached and recognised with: the fields, where the carrier shows it, and how it is sent.

import { html, useId } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { entries, Field, numberOrNull } from "../../parts/form.js";

const t = texts({
  en: {
    application_id: "Application ID", application_idHint: "In the Vonage dashboard under Applications.", api_key: "API key", api_keyHint: "Eight characters, at the top of the dashboard.",
    private_key: "The application’s private key", private_keyHint: "The text of the file private.key that the dashboard gave when the key pair was made.", keyFile: "Take it from a file",
    signature_secrets: "Signature secret", signature_secretsHint: "Under Settings of the account. It is not the API secret. While it changes: one a line.",
    account_sid: "Account SID", account_sidHint: "AC and 32 characters. Of a subaccount, its own.", auth_tokens: "Auth token", auth_tokensHint: "It signs what Twilio sends. While it changes: the primary and the secondary one, one a line.",
    api_key_sid: "API key SID", api_key_sidHint: "SK and 32 characters. With a key the auth token only verifies.", api_key_secret: "API key secret", calls_per_second: "Calls a second", calls_per_secondHint: "As many as Twilio lets the account start: 1 unless they raised it.",
    account_number: "Account number", account_numberHint: "What stands before the letter in 7654321w0.", token_id: "Token ID", token_idHint: "Of a personal access token with the scopes sessions:calls:write, rtcm:read, rtcm:write, history:read and settings:sipgateio:read.",
    token: "Token", device_id: "Extension for outgoing calls", device_idHint: "For example e0. Without one, no call can be placed.",
  },
  de: {
    application_id: "Application ID", application_idHint: "Im Vonage-Dashboard unter „Applications“.", api_key: "API key", api_keyHint: "Acht Zeichen, oben im Dashboard.",
    private_key: "Privater Schlüssel der Application", private_keyHint: "Der Text der Datei private.key, die das Dashboard beim Anlegen des Schlüsselpaars gab.", keyFile: "Aus einer Datei nehmen",
    signature_secrets: "Signature secret", signature_secretsHint: "In den Einstellungen des Kontos. Es ist nicht das API secret. Während es wechselt: eines je Zeile.",
    account_sid: "Account SID", account_sidHint: "AC und 32 Zeichen. Bei einem Unterkonto dessen eigene.", auth_tokens: "Auth token", auth_tokensHint: "Damit signiert Twilio. Während es wechselt: das primäre und das sekundäre, eines je Zeile.",
    api_key_sid: "API key SID", api_key_sidHint: "SK und 32 Zeichen. Mit einem Schlüssel prüft das Auth token nur noch.", api_key_secret: "API key secret", calls_per_second: "Anrufe je Sekunde", calls_per_secondHint: "So viele, wie Twilio dem Konto erlaubt: 1, wenn nichts anderes vereinbart ist.",
    account_number: "Kontonummer", account_numberHint: "Was in 7654321w0 vor dem Buchstaben steht.", token_id: "Token-ID", token_idHint: "Eines Personal Access Tokens mit den Rechten sessions:calls:write, rtcm:read, rtcm:write, history:read und settings:sipgateio:read.",
    token: "Token", device_id: "Anschluss für ausgehende Anrufe", device_idHint: "Zum Beispiel e0. Ohne ihn kann kein Anruf aufgebaut werden.",
  },
  fr: {
    application_id: "Application ID", application_idHint: "Dans le tableau de bord Vonage, sous « Applications ».", api_key: "API key", api_keyHint: "Huit caractères, en haut du tableau de bord.",
    private_key: "Clé privée de l’application", private_keyHint: "Le texte du fichier private.key fourni à la création de la paire de clés.", keyFile: "Prendre d’un fichier",
    signature_secrets: "Signature secret", signature_secretsHint: "Dans les réglages du compte. Ce n’est pas l’API secret. Pendant un changement : un par ligne.",
    account_sid: "Account SID", account_sidHint: "AC et 32 caractères. Pour un sous-compte, le sien.", auth_tokens: "Auth token", auth_tokensHint: "Il signe ce que Twilio envoie. Pendant un changement : le principal et le secondaire, un par ligne.",
    api_key_sid: "API key SID", api_key_sidHint: "SK et 32 caractères. Avec une clé, l’auth token ne sert qu’à vérifier.", api_key_secret: "API key secret", calls_per_second: "Appels par seconde", calls_per_secondHint: "Autant que Twilio en permet au compte : 1 sauf accord.",
    account_number: "Numéro de compte", account_numberHint: "Ce qui précède la lettre dans 7654321w0.", token_id: "ID du jeton", token_idHint: "D’un jeton d’accès personnel avec les droits sessions:calls:write, rtcm:read, rtcm:write, history:read et settings:sipgateio:read.",
    token: "Jeton", device_id: "Poste pour les appels sortants", device_idHint: "Par exemple e0. Sans lui, aucun appel ne peut être passé.",
  },
});

/** @typedef {{ name: string, type?: string, optional?: true, hint?: true }} Wanted */

/** @type {Record<string, Wanted[]>} */
const FIELDS = {
  vonage: [
    { name: "application_id", hint: true },
    { name: "api_key", hint: true },
    { name: "private_key", type: "area", hint: true },
    { name: "signature_secrets", type: "lines", hint: true },
  ],
  twilio: [
    { name: "account_sid", hint: true },
    { name: "auth_tokens", type: "lines", hint: true },
    { name: "api_key_sid", optional: true, hint: true },
    { name: "api_key_secret", type: "password", optional: true },
    { name: "calls_per_second", type: "number", optional: true, hint: true },
  ],
  sipgate: [
    { name: "account_number", hint: true },
    { name: "token_id", hint: true },
    { name: "token", type: "password" },
    { name: "device_id", optional: true, hint: true },
  ],
};

/** Fields have the names by which the API tells what is wrong with them. @param {string} name */
const fieldOf = (name) => `credentials.${name}`;

/** @param {string} provider @param {Record<string, any>} values of a form @returns {Record<string, unknown>} */
export function credentialsOf(provider, values) {
  const wanted = FIELDS[provider] ?? [];
  return Object.fromEntries(
    wanted
      .map(({ name, type }) => {
        const value = values[fieldOf(name)];
        if (type === "lines") return [name, entries(value)];
        if (type === "number") return [name, numberOrNull(value)];
        return [name, type === "area" ? (value ?? "") : (value ?? "").trim()];
      })
      .filter(([name, value]) => !(wanted.find((one) => one.name === name)?.optional && (value === "" || value === null))),
  );
}

/** @param {{ of: import("../../parts/form.js").Draft, provider: string }} properties */
export function CredentialFields({ of, provider }) {
  return html`${(FIELDS[provider] ?? []).map(({ name, type, optional, hint }) => {
    const key = /** @type {any} */ (name);
    const secret = type === "lines" || type === "area" ? { rows: type === "area" ? 5 : 2, class: "mono" } : {};
    return html`<${Field} key=${name} of=${of} name=${fieldOf(name)} label=${t(key)} type=${type ?? "text"} optional=${optional === true}
        hint=${hint && t(/** @type {any} */ (`${name}Hint`))} autocomplete=${type === "password" ? "new-password" : "off"} spellcheck=${false} ...${secret} />
      ${name === "private_key" && html`<${KeyFile} take=${(/** @type {string} */ text) => of.set(fieldOf(name), text)} />`}`;
  })}`;
}

/** @param {{ take: (text: string) => void }} properties */
function KeyFile({ take }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${t("keyFile")}</label>
    <input id=${id} type="file" accept=".key,.pem,.txt" onChange=${async (/** @type {any} */ event) => take((await event.currentTarget.files[0]?.text()) ?? "")} />
  </div>`;
}
