// The words of the dry run.

import { language, texts, words } from "../../app/texts.js";

export const t = texts({
  en: {
    title: "Dry run", intro: "What happens if someone calls? Nothing rings and nothing is kept: today’s settings decide as they would.",
    noLines: "There is no line to call yet", noLinesHint: "A line is the number that a door’s panel calls. Add the first one, then try it here.", start: "Set up the first door",
    lines: "To the lines", notAllowed: "Your role does not allow this. Managers may.", who: "Who calls", line: "Line", choose: "Choose a line",
    from: "Caller’s number", fromHint: "With its country code, like +44 1632 960001.", panel: "The door’s panel calls from {number}.", usePanel: "Use it",
    withheld: "The number is withheld", at: "When", atHint: "On the clocks of {zone}.", unit: "Whom they visit", keys: "Keys that the visitor presses",
    keysHint: "0–9, * and #; # ends a code or a PIN.", after: "After (s)", digits: "Keys", addKeys: "Add keys", removeKeys: "Remove these keys", leaves: "The visitor leaves after (s)",
    leavesHint: "Empty: they stay until the call is over.", residents: "What the residents do", noResidents: "Nobody lives in this unit.", concierge: "Concierge", does: "{name} …",
    afterRing: "after (s)", key: "then presses", none: "no key", run: "Try the call", outcome: "What would happen", idle: "Fill in who calls, and try it.",
    would: "The call would be over after {time}.", goes: "The call would still go on.", opens: "The door would open after {time}, on the word of {name}.",
    stays: "The door would stay shut.", why: "Why: {cause}.", drawing: "Who would ring when", steps: "What would happen, and why",
    degraded: "The line’s provider can do less than the flow asks", assumed: "Nothing was said of {names}: taken as letting it ring.",
    again: "Changed since: try it again to see what that makes of it.",
  },
  de: {
    title: "Probelauf", intro: "Was geschieht, wenn jemand anruft? Nichts klingelt, nichts wird gespeichert: Die heutigen Einstellungen entscheiden wie im Ernstfall.",
    noLines: "Es gibt noch keine Leitung", noLinesHint: "Eine Leitung ist die Nummer, die eine Türstation anruft. Legen Sie die erste an und probieren Sie sie hier aus.",
    start: "Die erste Tür einrichten", lines: "Zu den Leitungen", notAllowed: "Ihre Rolle erlaubt das nicht. Verwalter dürfen es.", who: "Wer anruft", line: "Leitung",
    choose: "Leitung wählen", from: "Nummer des Anrufers", fromHint: "Mit Landesvorwahl, etwa +44 1632 960001.", panel: "Die Türstation ruft von {number} an.", usePanel: "Diese nehmen",
    withheld: "Die Nummer ist unterdrückt", at: "Wann", atHint: "Nach der Uhr in {zone}.", unit: "Wen sie besuchen", keys: "Tasten, die der Besuch drückt",
    keysHint: "0–9, * und #; # schließt einen Code oder eine PIN ab.", after: "Nach (s)", digits: "Tasten", addKeys: "Tasten hinzufügen", removeKeys: "Diese Tasten entfernen",
    leaves: "Der Besuch geht nach (s)", leavesHint: "Leer: Er bleibt, bis der Anruf vorbei ist.", residents: "Was die Bewohner tun", noResidents: "In dieser Wohneinheit wohnt niemand.",
    concierge: "Hausdienst", does: "{name} …", afterRing: "nach (s)", key: "drückt dann", none: "keine Taste", run: "Anruf ausprobieren", outcome: "Was geschähe",
    idle: "Geben Sie ein, wer anruft, und probieren Sie es aus.", would: "Der Anruf wäre nach {time} vorbei.", goes: "Der Anruf würde noch laufen.",
    opens: "Die Tür ginge nach {time} auf, durch: {name}.", stays: "Die Tür bliebe zu.", why: "Warum: {cause}.", drawing: "Wer wann klingeln würde",
    steps: "Was geschähe, und warum", degraded: "Der Anbieter der Leitung kann weniger, als der Klingelablauf verlangt",
    assumed: "Nichts gesagt zu {names}: Es wird angenommen, dass sie es klingeln lassen.", again: "Inzwischen geändert: Probieren Sie es noch einmal aus.",
  },
  fr: {
    title: "Simulation", intro: "Que se passe-t-il si quelqu’un appelle ? Rien ne sonne, rien n’est conservé : les réglages d’aujourd’hui décident comme en vrai.",
    noLines: "Il n’y a pas encore de ligne", noLinesHint: "Une ligne est le numéro qu’appelle la platine d’une porte. Ajoutez la première, puis essayez-la ici.",
    start: "Installer la première porte", lines: "Vers les lignes", notAllowed: "Votre rôle ne le permet pas. Les gestionnaires le peuvent.", who: "Qui appelle", line: "Ligne",
    choose: "Choisir une ligne", from: "Numéro de l’appelant", fromHint: "Avec l’indicatif du pays, comme +44 1632 960001.", panel: "La platine de la porte appelle du {number}.",
    usePanel: "L’utiliser", withheld: "Le numéro est masqué", at: "Quand", atHint: "À l’heure de {zone}.", unit: "Qui l’on vient voir", keys: "Touches que le visiteur presse",
    keysHint: "0–9, * et # ; # termine un code ou un code PIN.", after: "Après (s)", digits: "Touches", addKeys: "Ajouter des touches", removeKeys: "Retirer ces touches",
    leaves: "Le visiteur part après (s)", leavesHint: "Vide : il reste jusqu’à la fin de l’appel.", residents: "Ce que font les résidents", noResidents: "Personne n’habite ce logement.",
    concierge: "Gardien", does: "{name} …", afterRing: "après (s)", key: "puis presse", none: "aucune touche", run: "Essayer l’appel", outcome: "Ce qui se passerait",
    idle: "Indiquez qui appelle, puis essayez.", would: "L’appel serait terminé après {time}.", goes: "L’appel serait encore en cours.",
    opens: "La porte s’ouvrirait après {time}, par : {name}.", stays: "La porte resterait fermée.", why: "Pourquoi : {cause}.", drawing: "Qui sonnerait quand",
    steps: "Ce qui se passerait, et pourquoi", degraded: "L’opérateur de la ligne peut moins que le scénario ne demande",
    assumed: "Rien n’a été dit de {names} : on suppose qu’ils laissent sonner.", again: "Modifié depuis : essayez de nouveau pour voir l’effet.",
  },
});

export const reactionText = words({
  en: { no_answer: "lets it ring", answers: "picks up", declines: "declines", busy: "is on the phone", voicemail: "has a mailbox pick up", unreachable: "can not be reached" },
  de: { no_answer: "lässt es klingeln", answers: "hebt ab", declines: "lehnt ab", busy: "telefoniert gerade", voicemail: "hat eine Mailbox dran", unreachable: "ist nicht erreichbar" },
  fr: { no_answer: "laisse sonner", answers: "décroche", declines: "refuse", busy: "est déjà au téléphone", voicemail: "a une messagerie qui répond", unreachable: "est injoignable" },
});
export const reactions = ["no_answer", "answers", "declines", "busy", "voicemail", "unreachable"];

export const keyText = words({
  en: { open: "the open key", talk: "the talk key", deny: "the deny key", extend: "the extend key" },
  de: { open: "die Öffnen-Taste", talk: "die Sprechen-Taste", deny: "die Ablehnen-Taste", extend: "die Verlängern-Taste" },
  fr: { open: "la touche d’ouverture", talk: "la touche de conversation", deny: "la touche de refus", extend: "la touche de prolongation" },
});

/** What a provider lacks, as the API says it in English. @type {[RegExp, de: string, fr: string][]} */
const LACKS = [
  [/^machine detection/, "Mailboxen erkennt er nicht: Angenommen wird mit einem Tastendruck.", "Il ne reconnaît pas les messageries : on accepte par une touche."],
  [/^a key press before/, "Vor dem Gespräch hört er keine Taste: Wer zuerst abhebt, spricht mit dem Besuch, auch eine Mailbox.", "Il n’entend aucune touche avant la conversation : le premier qui décroche parle au visiteur, même une messagerie."],
  [/^ringing one after/, "Nacheinander klingeln kann er nicht: Alle klingeln zugleich.", "Il ne sait pas faire sonner l’un après l’autre : tout sonne à la fois."],
  [/^a ring time/, "Eine Klingeldauer kennt er nicht: Telefone klingeln, solange das Konto es lässt.", "Il ne connaît pas de durée de sonnerie : les téléphones sonnent tant que le compte le permet."],
  [/^ringing more than (\d+)/, "Mehr als $1 Telefone zugleich klingeln nicht: Die übrigen bleiben stumm.", "Pas plus de $1 téléphones à la fois : les autres ne sonnent pas."],
  [/^ringing one group/, "Gruppen nacheinander kann er nicht: Die nächste klingelt nur, wenn das Konto unbeantwortete Anrufe weiterleitet.", "Il ne sait pas enchaîner les groupes : le suivant ne sonne que si le compte renvoie les appels sans réponse."],
  [/^keys during/, "Tasten im Gespräch hört er nicht: Die Türstation hört sie selbst, und ob sie öffnete, ist nicht bekannt.", "Il n’entend pas les touches pendant la conversation : la platine les entend elle-même, et l’ouverture reste inconnue."],
];

/** @param {string} lost */
export function lackText(lost) {
  const found = LACKS.find(([pattern]) => pattern.test(lost));
  if (!found || language === "en") return `${lost.charAt(0).toUpperCase()}${lost.slice(1)}.`;
  const number = found[0].exec(lost)?.[1] ?? "";
  return found[language === "de" ? 1 : 2].replace("$1", number);
}
