// What the audit says, in sentences: who did what to which thing. German and French put the thing where their grammar wants it.

import { texts, words } from "../../app/texts.js";

export const t = texts({
  en: {
    title: "Audit", intro: "Who changed what in your firm, newest first. Nothing in it can be changed or taken out; what was personal about an erased person is blank.",
    filters: "What is shown", who: "Who", anybody: "Anybody", what: "What", anything: "Anything", action: "Done", anyAction: "Anything", building: "Building", allBuildings: "All buildings", from: "From", to: "Until", clear: "Clear filters", exportCsv: "Export CSV", exporting: "Exporting …",
    empty: "Nothing was changed", emptyHint: "Whatever people, API keys and the server change from now on stands here.", emptyFound: "Nothing matches these filters", emptyFoundHint: "Choose another time, or clear the filters.",
    when: "When", happened: "What happened", show: "What changed", field: "Field", before: "Before", after: "After", same: "No field is different.", none: "–", request: "Request", thing: "Id of the thing", of: "Only this thing", at: "at {building}", yes: "yes", no: "no", secret: "not shown",
    noAdmin: "Only admins read the audit", noAdminHint: "Ask an administrator or owner of your firm what you need to know.",
    chain: "Proof that nothing was changed", chainIntro: "Every change is chained to the one before by a hash, and the server signs the chain’s end now and then. Whoever holds a checkpoint can prove later that nothing before it was changed, taken out or put in.",
    checkpoints: "Signed checkpoints", noCheckpoints: "No checkpoint is signed yet. The server signs one after a while, when something was changed.", signedAt: "Signed", events: "Events", hash: "Hash", key: "Key",
    saveChain: "Save the chain", saveKeys: "Save the keys", saving: "Saving …", verify: "To verify: save the chain and the keys, then run this where the program is installed. It needs neither database nor network, and names the first thing that is wrong.", ownerOnly: "Only an owner may save the chain.",
    chainEvents: { one: "{n} event so far", other: "{n} events so far" }, command: "the command that verifies", more: "Show more",
  },
  de: {
    title: "Protokoll", intro: "Wer was in Ihrer Firma geändert hat, das Neueste zuerst. Nichts darin lässt sich ändern oder entfernen; Persönliches von gelöschten Personen ist leer.",
    filters: "Was gezeigt wird", who: "Wer", anybody: "Alle", what: "Was", anything: "Alles", action: "Getan", anyAction: "Alles", building: "Gebäude", allBuildings: "Alle Gebäude", from: "Von", to: "Bis", clear: "Filter leeren", exportCsv: "CSV exportieren", exporting: "Wird exportiert …",
    empty: "Nichts wurde geändert", emptyHint: "Was Menschen, API-Schlüssel und der Server ab jetzt ändern, steht hier.", emptyFound: "Nichts passt zu diesen Filtern", emptyFoundHint: "Wählen Sie eine andere Zeit, oder leeren Sie die Filter.",
    when: "Wann", happened: "Was geschah", show: "Was sich änderte", field: "Feld", before: "Vorher", after: "Nachher", same: "Kein Feld ist anders.", none: "–", request: "Anfrage", thing: "Kennung", of: "Nur dieses", at: "in {building}", yes: "ja", no: "nein", secret: "nicht gezeigt",
    noAdmin: "Nur Administratoren lesen das Protokoll", noAdminHint: "Fragen Sie einen Administrator oder Inhaber Ihrer Firma, was Sie wissen müssen.",
    chain: "Beweis, dass nichts verändert wurde", chainIntro: "Jede Änderung ist durch einen Hash mit der vorigen verkettet, und der Server unterschreibt ab und zu das Ende der Kette. Wer einen Prüfpunkt hat, kann später beweisen, dass davor nichts geändert, entfernt oder eingefügt wurde.",
    checkpoints: "Unterschriebene Prüfpunkte", noCheckpoints: "Noch ist kein Prüfpunkt unterschrieben. Der Server unterschreibt einen nach einer Weile, wenn sich etwas geändert hat.", signedAt: "Unterschrieben", events: "Ereignisse", hash: "Hash", key: "Schlüssel",
    saveChain: "Kette speichern", saveKeys: "Schlüssel speichern", saving: "Wird gespeichert …", verify: "Zum Prüfen: Speichern Sie Kette und Schlüssel, und führen Sie dies aus, wo das Programm installiert ist. Es braucht weder Datenbank noch Netz und nennt das Erste, was nicht stimmt.", ownerOnly: "Nur ein Inhaber darf die Kette speichern.",
    chainEvents: { one: "bisher {n} Ereignis", other: "bisher {n} Ereignisse" }, command: "den Befehl zum Prüfen", more: "Mehr anzeigen",
  },
  fr: {
    title: "Journal d’audit", intro: "Qui a modifié quoi dans votre société, du plus récent au plus ancien. Rien ne peut y être modifié ni retiré ; les données d’une personne effacée sont vides.",
    filters: "Ce qui est affiché", who: "Qui", anybody: "Tout le monde", what: "Quoi", anything: "Tout", action: "Action", anyAction: "Toutes", building: "Immeuble", allBuildings: "Tous les immeubles", from: "Du", to: "Au", clear: "Effacer les filtres", exportCsv: "Exporter en CSV", exporting: "Export en cours …",
    empty: "Rien n’a été modifié", emptyHint: "Tout ce que des personnes, des clés d’API et le serveur modifient désormais figure ici.", emptyFound: "Rien ne correspond à ces filtres", emptyFoundHint: "Choisissez une autre période, ou effacez les filtres.",
    when: "Quand", happened: "Ce qui s’est passé", show: "Ce qui a changé", field: "Champ", before: "Avant", after: "Après", same: "Aucun champ ne diffère.", none: "–", request: "Requête", thing: "Identifiant", of: "Seulement ceci", at: "dans {building}", yes: "oui", no: "non", secret: "non affiché",
    noAdmin: "Seuls les administrateurs lisent le journal", noAdminHint: "Demandez à un administrateur ou propriétaire de votre société ce que vous devez savoir.",
    chain: "Preuve que rien n’a été altéré", chainIntro: "Chaque modification est chaînée à la précédente par une empreinte, et le serveur signe la fin de la chaîne de temps à autre. Qui détient un point de contrôle peut prouver plus tard que rien n’a été modifié, retiré ni ajouté avant.",
    checkpoints: "Points de contrôle signés", noCheckpoints: "Aucun point de contrôle n’est encore signé. Le serveur en signe un après quelque temps, lorsque quelque chose a changé.", signedAt: "Signé", events: "Événements", hash: "Empreinte", key: "Clé",
    saveChain: "Enregistrer la chaîne", saveKeys: "Enregistrer les clés", saving: "Enregistrement …", verify: "Pour vérifier : enregistrez la chaîne et les clés, puis lancez ceci là où le programme est installé. Il n’a besoin ni de base de données ni de réseau, et nomme la première anomalie.", ownerOnly: "Seul un propriétaire peut enregistrer la chaîne.",
    chainEvents: { one: "{n} événement à ce jour", other: "{n} événements à ce jour" }, command: "la commande de vérification", more: "Afficher plus",
  },
});

/** Kinds of things, as in a list. */
export const resourceName = words({
  en: {
    allowlist_entry: "Allowlist entry", api_key: "API key", block: "Block", building: "Building", call_privacy: "Call privacy", connection: "Connection", entrance: "Entrance", flow: "Flow", invitation: "Invitation", line: "Line", outbound_calling: "Outbound calling",
    pass: "Pass", prompt: "Prompt", resident: "Resident", schedule: "Schedule", session: "Session", stream_backend: "Audio backend", stream_set: "Audio streams", tenant: "Firm", unit: "Unit", user: "User", webhook: "Webhook",
  },
  de: {
    allowlist_entry: "Erlaubnislisten-Eintrag", api_key: "API-Schlüssel", block: "Sperre", building: "Gebäude", call_privacy: "Anrufdatenschutz", connection: "Anbieterkonto", entrance: "Eingang", flow: "Klingelablauf", invitation: "Einladung", line: "Leitung", outbound_calling: "Ausgehende Anrufe",
    pass: "Zutrittspass", prompt: "Ansage", resident: "Bewohner", schedule: "Zeitplan", session: "Sitzung", stream_backend: "Audio-Ziel", stream_set: "Audioströme", tenant: "Firma", unit: "Wohneinheit", user: "Benutzer", webhook: "Webhook",
  },
  fr: {
    allowlist_entry: "Entrée de la liste autorisée", api_key: "Clé d’API", block: "Blocage", building: "Immeuble", call_privacy: "Confidentialité des appels", connection: "Compte opérateur", entrance: "Entrée", flow: "Scénario d’appel", invitation: "Invitation", line: "Ligne", outbound_calling: "Appels sortants",
    pass: "Laissez-passer", prompt: "Annonce", resident: "Résident", schedule: "Horaire", session: "Session", stream_backend: "Destination audio", stream_set: "Flux audio", tenant: "Société", unit: "Logement", user: "Utilisateur", webhook: "Webhook",
  },
});
export const RESOURCES = [
  "allowlist_entry", "api_key", "block", "building", "call_privacy", "connection", "entrance", "flow", "invitation", "line", "outbound_calling",
  "pass", "prompt", "resident", "schedule", "session", "stream_backend", "stream_set", "tenant", "unit", "user", "webhook",
];

/** With its article, as the one that something is done to. */
const thing = words({
  en: {
    allowlist_entry: "the allowlist entry", api_key: "the API key", block: "the block of", building: "the building", call_privacy: "the call privacy", connection: "the connection", entrance: "the entrance", flow: "the flow", invitation: "the invitation of", line: "the line", outbound_calling: "the settings of outbound calling",
    pass: "the pass", prompt: "a prompt", resident: "the resident", schedule: "the schedule", session: "a session", stream_backend: "the audio backend", stream_set: "the audio streams", tenant: "the firm", unit: "unit", user: "the user", webhook: "the webhook",
  },
  de: {
    allowlist_entry: "den Erlaubnislisten-Eintrag", api_key: "den API-Schlüssel", block: "die Sperre von", building: "das Gebäude", call_privacy: "den Anrufdatenschutz", connection: "das Anbieterkonto", entrance: "den Eingang", flow: "den Klingelablauf", invitation: "die Einladung von", line: "die Leitung", outbound_calling: "die Einstellungen für ausgehende Anrufe",
    pass: "den Zutrittspass", prompt: "eine Ansage", resident: "den Bewohner-Eintrag", schedule: "den Zeitplan", session: "eine Sitzung", stream_backend: "das Audio-Ziel", stream_set: "die Audioströme", tenant: "die Firma", unit: "die Wohneinheit", user: "den Benutzer", webhook: "den Webhook",
  },
  fr: {
    allowlist_entry: "l’entrée de la liste autorisée", api_key: "la clé d’API", block: "le blocage de", building: "l’immeuble", call_privacy: "la confidentialité des appels", connection: "le compte opérateur", entrance: "l’entrée", flow: "le scénario", invitation: "l’invitation de", line: "la ligne", outbound_calling: "les réglages des appels sortants",
    pass: "le laissez-passer", prompt: "une annonce", resident: "le résident", schedule: "l’horaire", session: "une session", stream_backend: "la destination audio", stream_set: "les flux audio", tenant: "la société", unit: "le logement", user: "l’utilisateur", webhook: "le webhook",
  },
});

/** What can be done, as in a list. */
export const actionName = words({
  en: {
    created: "added", changed: "changed", deleted: "removed", lifted: "lifted", revoked: "revoked", rotated: "renewed", erased: "erased", signed_out: "signed out", signed_out_everywhere: "signed out everywhere", reused_token: "token used twice", password_changed: "password changed", password_reset: "password reset",
    password_reset_requested: "password reset requested", second_factor_enabled: "second factor enabled", second_factor_disabled: "second factor disabled", recovery_codes_replaced: "recovery codes replaced", recovery_code_used: "recovery code used", credentials_replaced: "credentials replaced", secret_rotated: "secret renewed",
    authorization_replaced: "authorization replaced", replayed: "sent again", tested: "tested",
  },
  de: {
    created: "hinzugefügt", changed: "geändert", deleted: "entfernt", lifted: "aufgehoben", revoked: "widerrufen", rotated: "erneuert", erased: "gelöscht", signed_out: "abgemeldet", signed_out_everywhere: "überall abgemeldet", reused_token: "Token zweimal benutzt", password_changed: "Passwort geändert", password_reset: "Passwort zurückgesetzt",
    password_reset_requested: "Zurücksetzen des Passworts verlangt", second_factor_enabled: "zweiter Faktor eingeschaltet", second_factor_disabled: "zweiter Faktor ausgeschaltet", recovery_codes_replaced: "Wiederherstellungscodes ersetzt", recovery_code_used: "Wiederherstellungscode benutzt", credentials_replaced: "Zugangsdaten ersetzt", secret_rotated: "Geheimnis erneuert",
    authorization_replaced: "Berechtigung ersetzt", replayed: "erneut gesendet", tested: "getestet",
  },
  fr: {
    created: "ajouté", changed: "modifié", deleted: "supprimé", lifted: "levé", revoked: "révoqué", rotated: "renouvelé", erased: "effacé", signed_out: "déconnecté", signed_out_everywhere: "déconnecté partout", reused_token: "jeton utilisé deux fois", password_changed: "mot de passe modifié", password_reset: "mot de passe réinitialisé",
    password_reset_requested: "réinitialisation demandée", second_factor_enabled: "second facteur activé", second_factor_disabled: "second facteur désactivé", recovery_codes_replaced: "codes de secours remplacés", recovery_code_used: "code de secours utilisé", credentials_replaced: "identifiants remplacés", secret_rotated: "secret renouvelé",
    authorization_replaced: "autorisation remplacée", replayed: "renvoyé", tested: "testé",
  },
});
export const ACTIONS = [
  "created", "changed", "deleted", "lifted", "revoked", "rotated", "erased", "signed_out", "signed_out_everywhere", "reused_token", "password_changed", "password_reset", "password_reset_requested",
  "second_factor_enabled", "second_factor_disabled", "recovery_codes_replaced", "recovery_code_used", "credentials_replaced", "secret_rotated", "authorization_replaced", "replayed", "tested",
];

/** Sentences of an action; those of one kind of thing first (`session created`). */
const sentence = words({
  en: {
    created: "{who} added {what}", changed: "{who} changed {what}", deleted: "{who} removed {what}", lifted: "{who} lifted {what}", revoked: "{who} revoked {what}", rotated: "{who} renewed {what}", erased: "{who} erased {what}", replayed: "{who} sent messages of {what} again", tested: "{who} tested {what}",
    password_changed: "{who} changed their password", password_reset: "{who} set a new password by e-mail", password_reset_requested: "{who} asked for a new password for {what}", second_factor_enabled: "{who} switched the second factor on", second_factor_disabled: "{who} switched the second factor off",
    recovery_codes_replaced: "{who} replaced their recovery codes", recovery_code_used: "{who} signed in with a recovery code", credentials_replaced: "{who} replaced the credentials of {what}", secret_rotated: "{who} renewed the secret of {what}", authorization_replaced: "{who} replaced the authorization of {what}",
    "session created": "{who} signed in", signed_out: "{who} signed out", signed_out_everywhere: "{who} signed out everywhere", reused_token: "A sign-in of {who} was ended: its token was used twice", "block created": "{who} blocked {name}", "invitation created": "{who} invited {name}",
    else: "{who}: {action}, {what}",
  },
  de: {
    created: "{who} hat {what} hinzugefügt", changed: "{who} hat {what} geändert", deleted: "{who} hat {what} entfernt", lifted: "{who} hat {what} aufgehoben", revoked: "{who} hat {what} widerrufen", rotated: "{who} hat {what} erneuert", erased: "{who} hat {what} gelöscht", replayed: "{who} hat erneut Nachrichten gesendet über {what}", tested: "{who} hat {what} getestet",
    password_changed: "{who} hat das eigene Passwort geändert", password_reset: "{who} hat per E-Mail ein neues Passwort gesetzt", password_reset_requested: "{who} hat ein neues Passwort verlangt für {what}", second_factor_enabled: "{who} hat den zweiten Faktor eingeschaltet", second_factor_disabled: "{who} hat den zweiten Faktor ausgeschaltet",
    recovery_codes_replaced: "{who} hat die Wiederherstellungscodes ersetzt", recovery_code_used: "{who} hat sich mit einem Wiederherstellungscode angemeldet", credentials_replaced: "{who} hat neue Zugangsdaten hinterlegt für {what}", secret_rotated: "{who} hat ein neues Geheimnis hinterlegt für {what}", authorization_replaced: "{who} hat eine neue Berechtigung hinterlegt für {what}",
    "session created": "{who} hat sich angemeldet", signed_out: "{who} hat sich abgemeldet", signed_out_everywhere: "{who} hat sich überall abgemeldet", reused_token: "Eine Anmeldung von {who} wurde beendet: Ihr Token wurde zweimal benutzt", "block created": "{who} hat {name} gesperrt", "invitation created": "{who} hat {name} eingeladen",
    else: "{who}: {action}, {what}",
  },
  fr: {
    created: "{who} a ajouté {what}", changed: "{who} a modifié {what}", deleted: "{who} a supprimé {what}", lifted: "{who} a levé {what}", revoked: "{who} a révoqué {what}", rotated: "{who} a renouvelé {what}", erased: "{who} a effacé {what}", replayed: "{who} a renvoyé des messages par {what}", tested: "{who} a testé {what}",
    password_changed: "{who} a modifié son mot de passe", password_reset: "{who} a choisi un nouveau mot de passe par e-mail", password_reset_requested: "{who} a demandé un nouveau mot de passe pour {what}", second_factor_enabled: "{who} a activé le second facteur", second_factor_disabled: "{who} a désactivé le second facteur",
    recovery_codes_replaced: "{who} a remplacé ses codes de secours", recovery_code_used: "{who} s’est connecté avec un code de secours", credentials_replaced: "{who} a remplacé les identifiants pour {what}", secret_rotated: "{who} a renouvelé le secret pour {what}", authorization_replaced: "{who} a remplacé l’autorisation pour {what}",
    "session created": "{who} s’est connecté", signed_out: "{who} s’est déconnecté", signed_out_everywhere: "{who} s’est déconnecté partout", reused_token: "Une connexion de {who} a été terminée : son jeton a servi deux fois", "block created": "{who} a bloqué {name}", "invitation created": "{who} a invité {name}",
    else: "{who} : {action}, {what}",
  },
});

/** The sentence of an entry, with its places still open. @param {string} resource @param {string} action */
export function sentenceOf(resource, action) {
  for (const key of [`${resource} ${action}`, action]) {
    const found = sentence(key);
    // A word without a text comes back as itself.
    if (found.includes("{")) return found;
  }
  return sentence("else");
}

export { thing };
