// What happens in calls, as plain sentences: one for each type of event that says something to people.

import { language, texts, words } from "../../app/texts.js";

/** @typedef {import("./stream.js").Change} Change */

const roles = {
  en: {
    visitor: ["The visitor", "the visitor"], concierge: ["The concierge", "the concierge"],
    called: ["Whoever was called", "whoever was called"], connected: ["The second person", "the second person"], resident: ["A former resident", "a former resident"],
    manager: ["A manager", "a manager"], program: ["A program", "a program"], pass: ["A visitor’s pass", "a visitor’s pass"], nobody: ["Someone", "someone"],
  },
  de: {
    visitor: ["Der Besucher", "den Besucher", "beim Besucher"], concierge: ["Der Concierge", "den Concierge", "beim Concierge"],
    called: ["Die angerufene Person", "die angerufene Person", "bei der angerufenen Person"],
    connected: ["Die zweite Person", "die zweite Person", "bei der zweiten Person"],
    resident: ["Ein früherer Bewohner", "einen früheren Bewohner", "bei einem früheren Bewohner"],
    manager: ["Ein Verwalter", "einen Verwalter"], program: ["Ein Programm", "ein Programm"], pass: ["Ein Zutrittspass", "einen Zutrittspass"], nobody: ["Jemand", "jemanden", "bei jemandem"],
  },
  fr: {
    visitor: ["Le visiteur", "le visiteur", "chez le visiteur"], concierge: ["Le concierge", "le concierge", "chez le concierge"],
    called: ["La personne appelée", "la personne appelée", "chez la personne appelée"],
    connected: ["La deuxième personne", "la deuxième personne", "chez la deuxième personne"],
    resident: ["Un ancien résident", "un ancien résident", "chez un ancien résident"],
    manager: ["Un gestionnaire", "un gestionnaire"], program: ["Un programme", "un programme"], pass: ["Un laissez-passer", "un laissez-passer"], nobody: ["Quelqu’un", "quelqu’un", "chez quelqu’un"],
  },
}[language];

/** What the API calls who has no name of their own. */
const NOT_NAMES = ["Visitor", "Concierge"];

/**
 * How someone stands in a sentence: as who does it, to whom it is done, and where (`bei Ada`).
 *
 * @param {string | null | undefined} role @param {string | null | undefined} name
 */
export function person(role, name) {
  if (name && !(NOT_NAMES.includes(name) && role !== "resident")) {
    return { who: name, whom: name, at: { en: name, de: `bei ${name}`, fr: `chez ${name}` }[language] };
  }
  const [who = "", whom = who, at = whom] = /** @type {Record<string, string[]>} */ (roles)[role ?? ""] ?? roles.nobody;
  return { who, whom, at };
}

const said = texts({
  en: {
    CallRang: "Someone rings.", calledOut: "A call goes out.", CallOrdered: "{by} has a call placed.", CallDiscovered: "A call was found that nobody had answered.",
    PartyReached: "{who} picked up.", CallPutThrough: "The call was picked up.", CallerRefused: "The caller was not let through.",
    UnitCodeAsked: "The visitor is asked for a unit’s code.", UnitCodeWrong: "The visitor gave a code that no unit has.", UnitChosen: "It is clear which unit the visitor wants.",
    PinAsked: "The visitor is asked for a PIN.", PinAccepted: "The visitor gave a valid PIN.", PinRefused: "The visitor gave no valid PIN.",
    CallerBlocked: "Too many wrong PINs: the caller is blocked for a while.", EntranceBlocked: "Too many wrong PINs: the entrance takes none for a while.", notReached: "{who} could not be called.",
    LegRinging: "{who}’s phone rings.", conciergeRings: "The concierge’s phone rings.", personRings: "A phone rings.", LegAnswered: "{who} picked up.",
    CallAccepted: "{who} talks to the visitor.", CallDeclined: "{who} turned the visitor away.", TalkExtended: "The talk may last longer.",
    hung_up: "{who} is no longer connected.", busy: "{who} is on another call.", declined: "{who} declined.", unanswered: "{who} did not answer.", cancelled: "{who} is no longer rung.",
    machine: "{who}’s mailbox answered and was hung up on.", failed: "{who} could not be reached.",
    LegTroubled: "The carrier has trouble with the connection to {whom}.",
    opens: "{by} opens the door.", DoorOpened: "{by} opened the door.", openedByPass: "The door opened for the pass “{name}”.", openedBySomePass: "The door opened for a visitor’s pass.", DoorOpenFailed: "The door could not be opened.",
    MuteRequested: "{by} mutes {whom}.", UnmuteRequested: "{by} lets {whom} speak again.", HoldRequested: "{by} puts {whom} on hold.", ResumeRequested: "{by} takes {whom} off hold.",
    LegMuted: "{who} is muted.", LegUnmuted: "{who} can speak again.", LegHeld: "{who} is on hold.", LegResumed: "{who} is off hold.", LegRemoved: "{by} took {whom} out of the call.",
    says: "{by} has a sentence spoken.", hangsUp: "{by} ends the call.",
    AnnouncementFailed: "The sentence could not be spoken.", EffectFailed: "{wanted} failed: {who}.",
    StreamStarted: "A service hears the call.", StreamBackendLost: "A service that heard the call was lost.", StreamBackendRecovered: "A service hears the call again.", StreamRequiredGone: "No service that the call needs is left.",
  },
  de: {
    CallRang: "Jemand klingelt.", calledOut: "Es wird hinaus telefoniert.", CallOrdered: "{by} lässt anrufen.", CallDiscovered: "Ein Anruf wurde gefunden, den niemand angenommen hatte.",
    PartyReached: "{who} hat abgenommen.", CallPutThrough: "Der Anruf wurde angenommen.", CallerRefused: "Der Anrufer wurde nicht durchgelassen.",
    UnitCodeAsked: "Der Besucher wird nach dem Code der Wohneinheit gefragt.", UnitCodeWrong: "Der Besucher gab einen Code ein, den keine Wohneinheit hat.", UnitChosen: "Es steht fest, zu welcher Wohneinheit der Besucher will.",
    PinAsked: "Der Besucher wird nach einer PIN gefragt.", PinAccepted: "Der Besucher gab eine gültige PIN ein.", PinRefused: "Der Besucher gab keine gültige PIN ein.",
    CallerBlocked: "Zu viele falsche PINs: Der Anrufer ist für eine Weile gesperrt.", EntranceBlocked: "Zu viele falsche PINs: Der Eingang nimmt eine Zeit lang keine an.", notReached: "{who} konnte nicht angerufen werden.",
    LegRinging: "Es klingelt {at}.", conciergeRings: "Es klingelt beim Concierge.", personRings: "Ein Telefon klingelt.", LegAnswered: "{who} hat abgenommen.",
    CallAccepted: "{who} spricht mit dem Besucher.", CallDeclined: "{who} hat den Besucher abgewiesen.", TalkExtended: "Das Gespräch darf länger dauern.",
    hung_up: "{who} ist nicht mehr verbunden.", busy: "Es ist besetzt {at}.", declined: "{who} hat abgelehnt.", unanswered: "{who} hat nicht abgenommen.", cancelled: "{who} wird nicht mehr angerufen.",
    machine: "Es meldete sich die Mailbox {at}; es wurde aufgelegt.", failed: "{who} war nicht zu erreichen.",
    LegTroubled: "Der Anbieter hat Mühe mit der Verbindung {at}.",
    opens: "{by} öffnet die Tür.", DoorOpened: "{by} hat die Tür geöffnet.", openedByPass: "Die Tür öffnete sich für den Zutrittspass „{name}“.", openedBySomePass: "Die Tür öffnete sich für einen Zutrittspass.", DoorOpenFailed: "Die Tür konnte nicht geöffnet werden.",
    MuteRequested: "{by} schaltet {whom} stumm.", UnmuteRequested: "{by} lässt {whom} wieder sprechen.", HoldRequested: "{by} lässt {whom} warten.", ResumeRequested: "{by} holt {whom} zurück.",
    LegMuted: "{who} ist stumm.", LegUnmuted: "{who} kann wieder sprechen.", LegHeld: "{who} wird gehalten.", LegResumed: "{who} wird nicht mehr gehalten.", LegRemoved: "{by} hat {whom} aus dem Anruf genommen.",
    says: "{by} lässt einen Satz sprechen.", hangsUp: "{by} beendet den Anruf.",
    AnnouncementFailed: "Der Satz konnte nicht gesprochen werden.", EffectFailed: "{wanted} ist fehlgeschlagen: {who}.",
    StreamStarted: "Ein Dienst hört den Anruf.", StreamBackendLost: "Ein Dienst, der den Anruf hörte, ging verloren.", StreamBackendRecovered: "Ein Dienst hört den Anruf wieder.", StreamRequiredGone: "Von den Diensten, die der Anruf braucht, ist keiner mehr da.",
  },
  fr: {
    CallRang: "Quelqu’un sonne.", calledOut: "Un appel sortant commence.", CallOrdered: "{by} fait passer un appel.", CallDiscovered: "Un appel resté sans réponse a été retrouvé.",
    PartyReached: "{who} a décroché.", CallPutThrough: "L’appel a été pris.", CallerRefused: "L’appelant n’a pas été admis.",
    UnitCodeAsked: "Le code du logement est demandé au visiteur.", UnitCodeWrong: "Le visiteur a donné un code qu’aucun logement n’a.", UnitChosen: "Le logement souhaité est connu.",
    PinAsked: "Un code PIN est demandé au visiteur.", PinAccepted: "Le visiteur a donné un code PIN valable.", PinRefused: "Le visiteur n’a pas donné de code PIN valable.",
    CallerBlocked: "Trop de codes PIN erronés : l’appelant est bloqué pour un moment.", EntranceBlocked: "Trop de codes PIN erronés : l’entrée n’en accepte plus pour un moment.", notReached: "{who} n’a pas pu être appelé.",
    LegRinging: "Ça sonne {at}.", conciergeRings: "Ça sonne chez le concierge.", personRings: "Un téléphone sonne.", LegAnswered: "{who} a décroché.",
    CallAccepted: "{who} parle avec le visiteur.", CallDeclined: "{who} a renvoyé le visiteur.", TalkExtended: "La conversation peut durer plus longtemps.",
    hung_up: "{who} n’est plus en ligne.", busy: "La ligne est occupée {at}.", declined: "{who} a refusé.", unanswered: "{who} n’a pas répondu.", cancelled: "On n’appelle plus {whom}.",
    machine: "La messagerie a répondu {at} ; on a raccroché.", failed: "{who} était injoignable.",
    LegTroubled: "L’opérateur a du mal avec la communication {at}.",
    opens: "{by} ouvre la porte.", DoorOpened: "{by} a ouvert la porte.", openedByPass: "La porte s’est ouverte pour le laissez-passer « {name} ».", openedBySomePass: "La porte s’est ouverte pour un laissez-passer.", DoorOpenFailed: "La porte n’a pas pu être ouverte.",
    MuteRequested: "{by} coupe le micro pour {whom}.", UnmuteRequested: "{by} rend la parole : {whom}.", HoldRequested: "{by} met en attente {whom}.", ResumeRequested: "{by} reprend {whom}.",
    LegMuted: "{who} a le micro coupé.", LegUnmuted: "{who} a de nouveau la parole.", LegHeld: "{who} patiente en attente.", LegResumed: "{who} n’est plus en attente.", LegRemoved: "{by} a retiré {whom} de l’appel.",
    says: "{by} fait dire une phrase.", hangsUp: "{by} met fin à l’appel.",
    AnnouncementFailed: "La phrase n’a pas pu être dite.", EffectFailed: "{wanted} : échec ({who}).",
    StreamStarted: "Un service écoute l’appel.", StreamBackendLost: "Un service qui écoutait l’appel a été perdu.", StreamBackendRecovered: "Un service écoute de nouveau l’appel.", StreamRequiredGone: "Il ne reste aucun des services nécessaires à l’appel.",
  },
});

const wantedWords = words({
  en: { mute: "Muting", unmute: "Unmuting", hold: "Putting on hold", resume: "Taking off hold", say: "Speaking the sentence" },
  de: { mute: "Das Stummschalten", unmute: "Das Aufheben der Stummschaltung", hold: "Das Halten", resume: "Das Zurückholen", say: "Das Sprechen des Satzes" },
  fr: { mute: "Couper le micro", unmute: "Rendre la parole", hold: "Mettre en attente", resume: "Reprendre", say: "Dire la phrase" },
});

/** What came of a call, when it is over. */
export const outcome = words({
  en: {
    opened: "the door was opened", talked: "they talked", nobody_came: "nobody came", visitor_left: "the visitor left", rejected: "the visitor was not let through",
    ended_by_manager: "a manager ended it", announced: "the message was spoken", streamed: "it went to your services", failed: "something broke",
  },
  de: {
    opened: "die Tür wurde geöffnet", talked: "es wurde gesprochen", nobody_came: "niemand kam", visitor_left: "der Besucher ging", rejected: "der Besucher wurde nicht durchgelassen",
    ended_by_manager: "von der Verwaltung beendet", announced: "die Nachricht wurde gesprochen", streamed: "er ging an Ihre Dienste", failed: "etwas ging schief",
  },
  fr: {
    opened: "la porte a été ouverte", talked: "ils se sont parlé", nobody_came: "personne n’est venu", visitor_left: "le visiteur est parti", rejected: "le visiteur n’a pas été admis",
    ended_by_manager: "la gestion y a mis fin", announced: "le message a été dit", streamed: "il est allé à vos services", failed: "un problème est survenu",
  },
});

const over = texts({
  en: { known: "Over: {outcome}.", unknown: "Over." },
  de: { known: "Vorbei: {outcome}.", unknown: "Vorbei." },
  fr: { known: "Terminé : {outcome}.", unknown: "Terminé." },
});

/** @param {Change} change */
export const ending = (change) => (change.outcome ? over("known", { outcome: outcome(change.outcome) }) : over("unknown"));

/** Types whose text is named as they are. */
const PLAIN = /** @type {const} */ ([
  "CallOrdered", "CallDiscovered", "PartyReached", "CallPutThrough", "CallerRefused", "UnitCodeAsked", "UnitCodeWrong", "UnitChosen", "PinAsked", "PinAccepted",
  "PinRefused", "CallerBlocked", "EntranceBlocked", "CallAccepted", "CallDeclined", "TalkExtended", "LegTroubled", "DoorOpenFailed", "MuteRequested", "UnmuteRequested", "HoldRequested",
  "ResumeRequested", "LegMuted", "LegUnmuted", "LegHeld", "LegResumed", "LegRemoved", "AnnouncementFailed", "EffectFailed", "StreamStarted", "StreamBackendLost",
  "StreamBackendRecovered", "StreamRequiredGone",
]);
/** What a manager wanted, where nothing that follows says it better. @type {Record<string, "opens" | "says" | "hangsUp">} */
const STEPS = { "open the door": "opens", "say a sentence": "says", "say a sentence to a leg": "says", "hang up": "hangsUp" };
const ENDS = /** @type {const} */ (["hung_up", "busy", "declined", "unanswered", "cancelled", "machine", "failed"]);

/** What a manager's word comes before; without it a rule did it by itself, and what comes of it says enough. */
const ON_A_WORD = ["MuteRequested", "UnmuteRequested", "HoldRequested", "ResumeRequested"];

/** Which text says it; null if none does: types that mean nothing to people, and those that are new here. @param {Change} change @param {string | null} by */
function keyOf(change, by) {
  const { type } = change;
  if (by === null && ON_A_WORD.includes(type)) return null;
  switch (type) {
    case "CallRang":
      return change.direction === "outbound" ? "calledOut" : "CallRang";
    case "CallEnded":
      return "over";
    case "DialRefused":
    case "DialUnknown":
    case "DialExpired":
      return "notReached";
    case "LegRinging":
      if (person(change.role, change.name).who === change.name) return "LegRinging";
      return change.role === "concierge" ? "conciergeRings" : "personRings";
    case "LegAnswered":
      return change.role === "visitor" ? null : "LegAnswered";
    case "LegEnded":
      return ENDS.find((cause) => cause === change.cause) ?? "hung_up";
    case "DoorOpened":
      if (change.actor?.by !== "pass") return "DoorOpened";
      return change.actor.name ? "openedByPass" : "openedBySomePass";
    case "ManagerStepped":
      return STEPS[change.wanted ?? ""] ?? null;
    default:
      return PLAIN.find((known) => known === type) ?? null;
  }
}

/** @param {Change} change @param {string | null} by the manager on whose word it was, if the change before says so; may be nameless */
export const isTold = (change, by) => keyOf(change, by) !== null;

/** @param {Change} change @param {string | null} [by] */
export function sentence(change, by = null) {
  const key = keyOf(change, by);
  if (key === null) return "";
  if (key === "over") return ending(change);
  const { actor, role, name } = change;
  const { who } = actor ? person(actor.by, actor.name) : person("manager", by);
  return said(key, { ...person(role, name), by: who, name: actor?.name ?? "", wanted: wantedWords(change.wanted) });
}
