// The API's words about calls, in the reader's language: what came of them and why, who was in them, how a phone's part ended.

import { words } from "../../app/texts.js";

/** The colour of an outcome's badge; the word beside it says the same. @type {Record<string, "good" | "bad" | "busy" | "info" | "plain">} */
const KINDS = {
  opened: "good", announced: "good", talked: "info", streamed: "info", nobody_came: "busy", visitor_left: "plain", rejected: "bad",
  ended_by_manager: "plain", failed: "bad",
};

/** @param {string | null | undefined} outcome of a call; none while it runs */
export const kindOf = (outcome) => (outcome ? (KINDS[outcome] ?? "plain") : "busy");

const OUTCOMES = {
  en: {
    opened: "Door opened", talked: "Talked", nobody_came: "Nobody came", visitor_left: "Visitor left", rejected: "Not let through",
    ended_by_manager: "Ended by a manager", announced: "Message heard", streamed: "Connected to backends", failed: "Failed",
  },
  de: {
    opened: "Tür geöffnet", talked: "Gesprochen", nobody_came: "Niemand kam", visitor_left: "Besuch ging", rejected: "Nicht durchgelassen",
    ended_by_manager: "Von der Verwaltung beendet", announced: "Nachricht gehört", streamed: "Mit Diensten verbunden", failed: "Fehlgeschlagen",
  },
  fr: {
    opened: "Porte ouverte", talked: "Conversation", nobody_came: "Personne n’est venu", visitor_left: "Visiteur parti", rejected: "Non admis",
    ended_by_manager: "Terminé par un gestionnaire", announced: "Message entendu", streamed: "Relié aux services", failed: "Échec",
  },
};
export const outcomeText = words(OUTCOMES);
/** All there are, in the order in which they are offered. */
export const outcomes = Object.keys(OUTCOMES.en);

const CAUSES = {
  en: {
    caller_blocked: "the number is blocked", stranger_rejected: "nobody listed the number", withheld_rejected: "the number is withheld",
    own_number: "one of your own lines called", wrong_unit_code: "no unit has the code", wrong_pin: "no pass has the PIN",
    pass_opened: "the PIN of a pass opened", nobody_answered: "everyone rang, nobody accepted", everyone_declined: "everyone reached declined",
    nobody_to_ring: "there was nobody to ring", mailbox_picked_up: "the account’s mailbox picked up", visitor_hung_up: "the visitor hung up",
    resident_hung_up: "the resident hung up", resident_ended: "the resident pressed the deny key", talk_limit: "the longest talk was over",
    manager_hung_up: "a manager hung up", message_spoken: "the message was spoken", party_hung_up: "one of the two hung up",
    not_reachable: "the number could not be reached", stream_ended: "the connection to the backends ended",
    backends_lost: "the last required backend was lost", no_backends: "the line has no backends", overdue: "no end was ever reported",
    never_reached_us: "the provider ended it before it arrived", we_did_not_answer: "it came while this server did not answer",
  },
  de: {
    caller_blocked: "die Nummer ist gesperrt", stranger_rejected: "niemand hat die Nummer eingetragen", withheld_rejected: "die Nummer ist unterdrückt",
    own_number: "eine eigene Leitung hat angerufen", wrong_unit_code: "keine Wohneinheit hat den Code", wrong_pin: "kein Zutrittspass hat die PIN",
    pass_opened: "die PIN eines Zutrittspasses hat geöffnet", nobody_answered: "es klingelte überall, niemand nahm an",
    everyone_declined: "alle Erreichten lehnten ab", nobody_to_ring: "es gab niemanden, bei dem es klingeln konnte",
    mailbox_picked_up: "die Mailbox des Kontos ging dran", visitor_hung_up: "der Besuch legte auf", resident_hung_up: "der Bewohner legte auf",
    resident_ended: "der Bewohner drückte die Ablehnen-Taste", talk_limit: "die längste Gesprächszeit war um", manager_hung_up: "die Verwaltung legte auf",
    message_spoken: "die Nachricht wurde gesprochen", party_hung_up: "einer der beiden legte auf", not_reachable: "die Nummer war nicht erreichbar",
    stream_ended: "die Verbindung zu den Diensten endete", backends_lost: "der letzte nötige Dienst ging verloren", no_backends: "die Leitung hat keine Dienste",
    overdue: "ein Ende wurde nie gemeldet", never_reached_us: "der Anbieter beendete ihn, bevor er ankam",
    we_did_not_answer: "er kam, während dieser Server nicht antwortete",
  },
  fr: {
    caller_blocked: "le numéro est bloqué", stranger_rejected: "personne n’a inscrit ce numéro", withheld_rejected: "le numéro est masqué",
    own_number: "l’une de vos lignes a appelé", wrong_unit_code: "aucun logement n’a ce code", wrong_pin: "aucun laissez-passer n’a ce code PIN",
    pass_opened: "le code PIN d’un laissez-passer a ouvert", nobody_answered: "tout a sonné, personne n’a accepté",
    everyone_declined: "toutes les personnes jointes ont refusé", nobody_to_ring: "il n’y avait personne à faire sonner",
    mailbox_picked_up: "la messagerie du compte a décroché", visitor_hung_up: "le visiteur a raccroché", resident_hung_up: "le résident a raccroché",
    resident_ended: "le résident a appuyé sur la touche de refus", talk_limit: "la durée maximale était atteinte", manager_hung_up: "un gestionnaire a raccroché",
    message_spoken: "le message a été prononcé", party_hung_up: "l’un des deux a raccroché", not_reachable: "le numéro était injoignable",
    stream_ended: "la liaison avec les services a pris fin", backends_lost: "le dernier service requis a été perdu", no_backends: "la ligne n’a pas de service",
    overdue: "aucune fin n’a été signalée", never_reached_us: "l’opérateur y a mis fin avant son arrivée",
    we_did_not_answer: "il est arrivé alors que ce serveur ne répondait pas",
  },
};
export const causeText = words(CAUSES);
export const causes = Object.keys(CAUSES.en);

export const kindText = words({
  en: { visit: "Visit", announcement: "Announcement", connection: "Connection of two", watched: "Watched call" },
  de: { visit: "Besuch", announcement: "Ansage", connection: "Verbindung zweier Nummern", watched: "Beobachteter Anruf" },
  fr: { visit: "Visite", announcement: "Annonce", connection: "Mise en relation", watched: "Appel observé" },
});
export const kinds = ["visit", "announcement", "connection", "watched"];

export const roleText = words({
  en: { visitor: "Visitor", resident: "Resident", concierge: "Concierge", called: "Called", connected: "Connected with" },
  de: { visitor: "Besuch", resident: "Bewohner", concierge: "Hausdienst", called: "Angerufen", connected: "Verbunden mit" },
  fr: { visitor: "Visiteur", resident: "Résident", concierge: "Gardien", called: "Appelé", connected: "Mis en relation avec" },
});

/** How one phone's part in a call ended. */
export const endText = words({
  en: {
    hung_up: "hung up", busy: "was busy", declined: "declined", unanswered: "not answered", cancelled: "stopped ringing", machine: "mailbox, hung up on",
    failed: "not reachable",
  },
  de: {
    hung_up: "aufgelegt", busy: "besetzt", declined: "abgelehnt", unanswered: "nicht angenommen", cancelled: "Klingeln beendet", machine: "Mailbox, aufgelegt",
    failed: "nicht erreichbar",
  },
  fr: {
    hung_up: "raccroché", busy: "occupé", declined: "refusé", unanswered: "sans réponse", cancelled: "sonnerie arrêtée", machine: "messagerie, raccroché",
    failed: "injoignable",
  },
});

/** How an end became known that nobody reported. */
export const reconciledText = words({
  en: {
    carrier_calls: "Nobody reported the end; it stood in the provider’s list of calls.",
    carrier_history: "Nobody reported the end; it stood in the provider’s history.",
    presumed: "Nobody reported the end, and the provider’s records do not tell it: it counts as over.",
  },
  de: {
    carrier_calls: "Das Ende wurde nicht gemeldet; es stand in der Anrufliste des Anbieters.",
    carrier_history: "Das Ende wurde nicht gemeldet; es stand im Verlauf des Anbieters.",
    presumed: "Das Ende wurde nicht gemeldet, und auch der Anbieter weiß es nicht: Der Anruf gilt als beendet.",
  },
  fr: {
    carrier_calls: "La fin n’a pas été signalée ; elle figurait dans la liste d’appels de l’opérateur.",
    carrier_history: "La fin n’a pas été signalée ; elle figurait dans l’historique de l’opérateur.",
    presumed: "La fin n’a pas été signalée et l’opérateur ne la connaît pas : l’appel est considéré comme terminé.",
  },
});

/** On whose word the door opened. */
export const openerText = words({
  en: { resident: "a resident", concierge: "the concierge", pass: "a pass", manager: "a manager", program: "a program with an API key" },
  de: { resident: "ein Bewohner", concierge: "der Hausdienst", pass: "ein Zutrittspass", manager: "die Verwaltung", program: "ein Programm mit API-Schlüssel" },
  fr: { resident: "un résident", concierge: "le gardien", pass: "un laissez-passer", manager: "un gestionnaire", program: "un programme avec clé d’API" },
});
