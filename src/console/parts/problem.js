// What went wrong, in the reader's language, and what to do. The API's own detail is English and says most: it stands below.

import { Problem } from "../app/api.js";
import { html } from "../app/html.js";
import { language, texts, words } from "../app/texts.js";
import { Icon } from "./icon.js";

const t = texts({
  en: { again: "Try again", unknown: "Something went wrong in this page. Load it again; if it happens again, tell whoever runs this server." },
  de: { again: "Noch einmal versuchen", unknown: "In dieser Seite ging etwas schief. Laden Sie sie neu; wenn es wieder geschieht, sagen Sie es dem Betreiber." },
  fr: { again: "Réessayer", unknown: "Une erreur s’est produite dans cette page. Rechargez-la ; si cela se reproduit, prévenez l’exploitant." },
});

/** By the slug of the problem's type. Where one says nothing that the detail does not say, it is left out. */
const said = words({
  en: {
    unreachable: "The server can not be reached. Check the connection; this page tries again when you do.",
    "wrong-credentials": "E-mail or password are wrong.",
    "second-factor-needed": "Enter the six digits that your app shows, or a recovery code.",
    "wrong-code": "This code is not good. Wait for the next one, and check your phone’s clock.",
    "token-not-good": "This link is used up, too old or incomplete. Ask for a new one.",
    "not-allowed": "Your role does not allow this. Ask an administrator of your firm.",
    "not-found": "It is not there (any more).",
    changed: "Somebody changed it in the meantime. Load it again, then repeat your change.",
    "concurrent-change": "It changed at the same moment. Try again.",
    unavailable: "The server is busy or restarts. Try again in a moment.",
    internal: "That was a fault of ours. Try again; if it happens again, tell whoever runs this server.",
    invalid: "Some entries are not right yet.",
  },
  de: {
    unreachable: "Der Server ist nicht erreichbar. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.",
    "wrong-credentials": "E-Mail oder Passwort stimmen nicht.",
    "second-factor-needed": "Geben Sie die sechs Ziffern aus Ihrer App ein, oder einen Wiederherstellungscode.",
    "wrong-code": "Dieser Code gilt nicht. Warten Sie auf den nächsten und prüfen Sie die Uhr Ihres Telefons.",
    "token-not-good": "Dieser Link ist verbraucht, zu alt oder unvollständig. Fordern Sie einen neuen an.",
    "not-signed-in": "Sie sind nicht angemeldet.",
    "too-many-attempts": "Zu viele Versuche. Warten Sie einige Minuten.",
    "too-many-requests": "Zu viele Anfragen auf einmal. Warten Sie einen Augenblick.",
    "not-allowed": "Ihre Rolle erlaubt das nicht. Fragen Sie die Verwaltung Ihrer Firma.",
    "above-oneself": "Das geht über Ihre eigene Rolle hinaus.",
    "sign-up-is-closed": "Hier kann man sich nicht selbst anmelden. Fragen Sie den Betreiber.",
    "last-owner": "Eine Firma braucht mindestens einen Inhaber.",
    "people-only": "Das kann nur eine Person, kein Programm.",
    "out-of-scope": "Dieser Schlüssel darf das nicht.",
    already: "Das gibt es schon.",
    taken: "Das ist schon vergeben.",
    "not-found": "Das gibt es nicht (mehr).",
    "in-use": "Es wird noch gebraucht und kann nicht gelöscht werden.",
    over: "Das ist schon vorbei.",
    "not-running": "Das läuft (noch) nicht.",
    refused: "Eine Regel der Anrufe verbietet das.",
    changed: "Jemand hat es inzwischen geändert. Laden Sie neu und wiederholen Sie Ihre Änderung.",
    "concurrent-change": "Es hat sich im selben Augenblick geändert. Bitte noch einmal.",
    "too-large": "Das ist zu groß.",
    unavailable: "Der Server ist beschäftigt oder startet neu. Gleich noch einmal versuchen.",
    internal: "Das war ein Fehler von uns. Bitte noch einmal; geschieht es wieder, sagen Sie es dem Betreiber.",
    invalid: "Einige Angaben stimmen noch nicht.",
    unreadable: "Die Angaben konnten nicht gelesen werden.",
  },
  fr: {
    unreachable: "Le serveur est injoignable. Vérifiez la connexion, puis réessayez.",
    "wrong-credentials": "L’adresse e-mail ou le mot de passe est incorrect.",
    "second-factor-needed": "Saisissez les six chiffres de votre application, ou un code de secours.",
    "wrong-code": "Ce code n’est pas valable. Attendez le suivant et vérifiez l’heure de votre téléphone.",
    "token-not-good": "Ce lien est utilisé, périmé ou incomplet. Demandez-en un nouveau.",
    "not-signed-in": "Vous n’êtes pas connecté.",
    "too-many-attempts": "Trop de tentatives. Attendez quelques minutes.",
    "too-many-requests": "Trop de demandes à la fois. Attendez un instant.",
    "not-allowed": "Votre rôle ne le permet pas. Adressez-vous à l’administration de votre société.",
    "above-oneself": "Cela dépasse votre propre rôle.",
    "sign-up-is-closed": "L’inscription libre est fermée ici. Adressez-vous à l’exploitant.",
    "last-owner": "Une société a besoin d’au moins un propriétaire.",
    "people-only": "Seule une personne peut faire cela, pas un programme.",
    "out-of-scope": "Cette clé ne le permet pas.",
    already: "Cela existe déjà.",
    taken: "C’est déjà pris.",
    "not-found": "Cela n’existe pas (ou plus).",
    "in-use": "C’est encore utilisé et ne peut être supprimé.",
    over: "C’est déjà terminé.",
    "not-running": "Cela n’est pas (encore) en cours.",
    refused: "Une règle des appels l’interdit.",
    changed: "Quelqu’un l’a modifié entre-temps. Rechargez, puis répétez votre modification.",
    "concurrent-change": "Cela a changé au même instant. Réessayez.",
    "too-large": "C’est trop grand.",
    unavailable: "Le serveur est occupé ou redémarre. Réessayez dans un instant.",
    internal: "C’était une erreur de notre part. Réessayez ; si cela se reproduit, prévenez l’exploitant.",
    invalid: "Certaines indications ne sont pas encore correctes.",
    unreadable: "Les indications n’ont pas pu être lues.",
  },
});

/**
 * A problem in words: `text` for all of it, `fields` by name (of `numbers[0]` also `numbers`).
 *
 * @param {unknown} problem @returns {{ text: string, detail: string, fields: Record<string, string> }}
 */
export function explained(problem) {
  if (!(problem instanceof Problem)) {
    console.error(problem);
    return { text: t("unknown"), detail: problem instanceof Error ? problem.message : "", fields: {} };
  }
  /** @type {Record<string, string>} */
  const fields = {};
  for (const { field, message } of problem.fields) {
    fields[field] ??= message;
    fields[field.split(/[.[ ]/)[0] ?? field] ??= message;
  }
  const text = said(problem.slug);
  const is_known = text !== problem.slug.replaceAll("_", " ");
  const detail = problem.message;
  return { text: is_known ? text : detail, detail: is_known && (language === "en" || problem.status !== 0) && detail !== text ? detail : "", fields };
}

/** @param {{ of: unknown, again?: () => void, brief?: boolean }} properties `brief`: the fields say it already */
export function ProblemNote({ of, again, brief = false }) {
  const { text, detail } = explained(of);
  return html`<div class="note problem" role="alert">
    <${Icon} name="warn" />
    <div>
      <p>${text}</p>
      ${!brief && detail && detail !== text && !detail.startsWith("HTTP ") && html`<p class="detail" lang="en">${detail}</p>`}
      ${again && html`<button type="button" class="button" onClick=${again}>${t("again")}</button>`}
    </div>
  </div>`;
}
