// What happened, in a sentence: for each event that people want to know of, in the reader's language.

import { words } from "../../app/texts.js";
import { outcomeText } from "./words.js";

/** `{who}`: whose phone it is about; `{name}`: of the unit, pass, entry or entrance. */
const SAID = {
  en: {
    CallRang: "{who} rang at {name}", CallDiscovered: "{who} rang at {name}; found afterwards in the provider’s records", Outbound: "{who} was called from the line",
    CallOrdered: "{who} ordered this call", PartyReached: "{who} is connected", CallWatched: "The provider puts the call through by itself",
    CallPutThrough: "{who} picked up", LegSentOn: "Nobody picked up in the provider’s time, and it sent the call on",
    AdmittedPanel: "The call came from the door’s panel", AdmittedListed: "The number is on the allowlist", AdmittedStranger: "The building lets strangers ring",
    CallerRefused: "The caller was refused", UnitCodeAsked: "The visitor was asked for a unit’s code", UnitCodeWrong: "No unit has the code that was given",
    UnitChosen: "Unit {name} was called", PinAsked: "The visitor was asked for a PIN", PinAccepted: "The PIN of the pass {name} was given",
    PinRefused: "A wrong PIN was given", NoPin: "No PIN was given", CallerBlocked: "The caller is blocked for a while", EntranceBlocked: "The entrance takes no PINs for a while", ResidentSkipped: "{who} was not rung",
    GroupSkipped: "A group of the flow was passed over", DialStarted: "{who} is called", DialRefused: "{who} could not be called",
    DialUnknown: "It is not known whether {who}’s phone rings", DialExpired: "It was too late to call {who}", LegRinging: "{who}’s phone rings",
    LegAnswered: "{who} picked up", AcceptAsked: "{who} was asked to press a key", LegHeardMachine: "A mailbox answered for {who}, or nobody pressed a key",
    LegSought: "No end was reported of {who}: the provider’s records are asked", CallAccepted: "{who} accepted", CallDeclined: "{who} declined",
    TalkExtended: "The talk may last longer", DoorOpenRequested: "The door shall open", DoorOpened: "The door was opened: {who}",
    DoorOpenFailed: "The door could not be opened", DoorUnknown: "It is not known whether the door was opened", RoomStarted: "They can hear each other",
    RoomEnded: "The room was closed", LegJoined: "{who} came into the room", LegLeft: "{who} left the room", LegMuted: "{who} was muted",
    LegUnmuted: "{who} may speak again", LegHeld: "{who} was put on hold", LegResumed: "{who} is no longer on hold",
    AnnouncementFailed: "An announcement could not be made", LegRemoved: "{who} was taken out of the call", SayRequested: "{who} is told something",
    EffectFailed: "What was wanted of {who} failed", ManagerStepped: "{who} stepped in", StreamStarted: "The backends began to hear the call",
    StreamBackendLost: "A backend was lost", StreamBackendRecovered: "A backend hears the call again", StreamBackendGone: "A backend hears the call no more",
    StreamRequiredGone: "No required backend was left", StreamEnded: "The backends hear the call no more", FlowDegraded: "The line’s provider can do less than the flow asks",
    CallEnded: "The call is over: {name}",
    hung_up: "{who} is no longer connected", busy: "{who}’s phone was busy", declined: "{who} declined", unanswered: "{who} did not answer",
    cancelled: "{who}’s phone stopped ringing", machine: "{who}’s mailbox was hung up on", failed: "{who} could not be reached",
  },
  de: {
    CallRang: "{who} klingelte: {name}", CallDiscovered: "{who} klingelte: {name}; nachträglich in den Aufzeichnungen des Anbieters gefunden",
    Outbound: "{who} wurde von der Leitung angerufen", CallOrdered: "{who} hat diesen Anruf veranlasst", PartyReached: "{who} ist verbunden",
    CallWatched: "Der Anbieter vermittelt den Anruf selbst", CallPutThrough: "{who} hat abgehoben",
    LegSentOn: "In der Zeit des Anbieters hob niemand ab, und er leitete weiter", AdmittedPanel: "Der Anruf kam von der Türstation",
    AdmittedListed: "Die Nummer steht auf der Erlaubnisliste", AdmittedStranger: "Das Gebäude lässt Fremde klingeln", CallerRefused: "Der Anrufer wurde abgewiesen",
    UnitCodeAsked: "Der Besuch wurde nach dem Code der Wohneinheit gefragt", UnitCodeWrong: "Keine Wohneinheit hat den eingegebenen Code",
    UnitChosen: "Wohneinheit {name} wurde gerufen", PinAsked: "Der Besuch wurde nach einer PIN gefragt", PinAccepted: "Die PIN des Zutrittspasses {name} wurde eingegeben",
    PinRefused: "Eine falsche PIN wurde eingegeben", NoPin: "Es wurde keine PIN eingegeben", CallerBlocked: "Der Anrufer ist eine Zeit lang gesperrt", EntranceBlocked: "Der Eingang nimmt eine Zeit lang keine PINs an",
    ResidentSkipped: "{who} wurde nicht angerufen", GroupSkipped: "Eine Gruppe des Klingelablaufs wurde übergangen", DialStarted: "{who} wird angerufen",
    DialRefused: "{who} konnte nicht angerufen werden", DialUnknown: "Niemand weiß, ob das Telefon klingelt: {who}", DialExpired: "Es war zu spät für einen Anruf: {who}",
    LegRinging: "Das Telefon klingelt: {who}", LegAnswered: "{who} hat abgehoben", AcceptAsked: "{who} wurde um einen Tastendruck gebeten",
    LegHeardMachine: "Eine Mailbox ging dran, oder niemand drückte eine Taste: {who}", LegSought: "Kein Ende gemeldet ({who}): Die Aufzeichnungen des Anbieters werden befragt",
    CallAccepted: "{who} hat angenommen", CallDeclined: "{who} hat abgelehnt", TalkExtended: "Das Gespräch darf länger dauern", DoorOpenRequested: "Die Tür soll öffnen",
    DoorOpened: "Die Tür wurde geöffnet: {who}", DoorOpenFailed: "Die Tür konnte nicht geöffnet werden", DoorUnknown: "Niemand weiß, ob die Tür geöffnet wurde",
    RoomStarted: "Sie können einander hören", RoomEnded: "Der gemeinsame Raum wurde geschlossen", LegJoined: "{who} kam dazu", LegLeft: "{who} ging aus dem Gespräch",
    LegMuted: "{who} wurde stummgeschaltet", LegUnmuted: "{who} darf wieder sprechen", LegHeld: "{who} wird gehalten", LegResumed: "{who} wird nicht mehr gehalten",
    AnnouncementFailed: "Eine Ansage war nicht möglich", LegRemoved: "{who} wurde aus dem Anruf genommen", SayRequested: "{who} wird etwas angesagt",
    EffectFailed: "Etwas ist nicht gelungen: {who}", ManagerStepped: "{who} griff ein", StreamStarted: "Die Dienste begannen mitzuhören",
    StreamBackendLost: "Ein Dienst ging verloren", StreamBackendRecovered: "Ein Dienst hört wieder mit", StreamBackendGone: "Ein Dienst hört nicht mehr mit",
    StreamRequiredGone: "Kein nötiger Dienst war mehr da", StreamEnded: "Die Dienste hören nicht mehr mit",
    FlowDegraded: "Der Anbieter der Leitung kann weniger, als der Klingelablauf verlangt", CallEnded: "Der Anruf ist vorbei: {name}",
    hung_up: "{who} ist nicht mehr verbunden", busy: "Besetzt: {who}", declined: "{who} hat abgelehnt", unanswered: "{who} nahm nicht ab",
    cancelled: "Das Telefon hörte auf zu klingeln: {who}", machine: "Bei der Mailbox wurde aufgelegt: {who}", failed: "{who} war nicht erreichbar",
  },
  fr: {
    CallRang: "{who} a sonné : {name}", CallDiscovered: "{who} a sonné : {name} ; retrouvé ensuite dans les relevés de l’opérateur",
    Outbound: "{who} a été appelé depuis la ligne", CallOrdered: "{who} a demandé cet appel", PartyReached: "{who} est en ligne",
    CallWatched: "L’opérateur transmet l’appel lui-même", CallPutThrough: "{who} a décroché",
    LegSentOn: "Personne n’a décroché dans le délai de l’opérateur, qui a renvoyé l’appel", AdmittedPanel: "L’appel venait de la platine de porte",
    AdmittedListed: "Le numéro figure sur la liste autorisée", AdmittedStranger: "L’immeuble laisse sonner les inconnus", CallerRefused: "L’appelant a été refusé",
    UnitCodeAsked: "On a demandé au visiteur le code d’un logement", UnitCodeWrong: "Aucun logement n’a le code saisi", UnitChosen: "Le logement {name} a été appelé",
    PinAsked: "On a demandé un code PIN au visiteur", PinAccepted: "Le code PIN du laissez-passer {name} a été donné", PinRefused: "Un code PIN faux a été donné",
    NoPin: "Aucun code PIN n’a été donné", CallerBlocked: "L’appelant est bloqué pour un temps", EntranceBlocked: "L’entrée n’accepte plus de code pour un temps", ResidentSkipped: "{who} n’a pas été appelé",
    GroupSkipped: "Un groupe du scénario a été passé", DialStarted: "{who} est appelé", DialRefused: "{who} n’a pas pu être appelé",
    DialUnknown: "On ne sait pas si le téléphone sonne : {who}", DialExpired: "Il était trop tard pour appeler : {who}", LegRinging: "Le téléphone sonne : {who}",
    LegAnswered: "{who} a décroché", AcceptAsked: "On a demandé une touche : {who}", LegHeardMachine: "Une messagerie a répondu, ou aucune touche : {who}",
    LegSought: "Aucune fin signalée ({who}) : on consulte les relevés de l’opérateur", CallAccepted: "{who} a accepté", CallDeclined: "{who} a refusé",
    TalkExtended: "La conversation peut durer plus longtemps", DoorOpenRequested: "La porte doit s’ouvrir", DoorOpened: "La porte a été ouverte : {who}",
    DoorOpenFailed: "La porte n’a pas pu être ouverte", DoorUnknown: "On ne sait pas si la porte a été ouverte", RoomStarted: "Ils peuvent s’entendre",
    RoomEnded: "La conversation commune a été fermée", LegJoined: "{who} a rejoint la conversation", LegLeft: "{who} a quitté la conversation",
    LegMuted: "{who} a été rendu muet", LegUnmuted: "{who} peut de nouveau parler", LegHeld: "{who} a été mis en attente", LegResumed: "{who} n’est plus en attente",
    AnnouncementFailed: "Une annonce n’a pas pu être faite", LegRemoved: "{who} a été retiré de l’appel", SayRequested: "On dit quelque chose : {who}",
    EffectFailed: "Une action a échoué : {who}", ManagerStepped: "{who} est intervenu", StreamStarted: "Les services ont commencé à entendre l’appel",
    StreamBackendLost: "Un service a été perdu", StreamBackendRecovered: "Un service entend de nouveau l’appel", StreamBackendGone: "Un service n’entend plus l’appel",
    StreamRequiredGone: "Il ne restait aucun service requis", StreamEnded: "Les services n’entendent plus l’appel",
    FlowDegraded: "L’opérateur de la ligne peut moins que le scénario ne demande", CallEnded: "L’appel est terminé : {name}",
    hung_up: "{who} n’est plus en ligne", busy: "Occupé : {who}", declined: "{who} a refusé", unanswered: "{who} n’a pas répondu",
    cancelled: "Le téléphone a cessé de sonner : {who}", machine: "Raccroché à la messagerie : {who}", failed: "{who} était injoignable",
  },
};

const said = words(SAID);
/** Types of events begin with a capital; how a phone's part ended does not. */
const told = new Set(Object.keys(SAID.en).filter((key) => /^[A-Z]/.test(key)));

/** Which sentence an event has; none for what only the machinery needs to know. @param {string} type @param {any} data @returns {string | null} */
function keyOf(type, data) {
  if (type === "CallRang" && data.direction === "outbound") return "Outbound";
  if (type === "CallerAdmitted") return { panel: "AdmittedPanel", allowlisted: "AdmittedListed", stranger: "AdmittedStranger" }[String(data.admission?.as)] ?? null;
  if (type === "PinRefused") return data.wrong_pins === 0 ? "NoPin" : "PinRefused";
  if (type === "DoorOpenFailed") return data.certainty === "unknown" ? "DoorUnknown" : "DoorOpenFailed";
  if (type === "LegEnded") return data.end?.cause ?? "hung_up";
  if (type === "LegSought") return data.attempt > 1 ? null : "LegSought";
  return told.has(type) ? type : null;
}

/**
 * An event's sentence, or nothing.
 *
 * @param {string} type @param {any} data of the event; as much of it as is known @param {{ who: string, name?: string }} about
 */
export function tell(type, data, { who, name = "" }) {
  const key = keyOf(type, data);
  if (!key) return null;
  const text = said(key).replaceAll("{who}", () => who).replaceAll("{name}", () => name).replace(/\s*:\s*$|\s+at\s*$/, "");
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** The name that a sentence needs. @param {string} type @param {any} data @param {typeof import("../../app/places.js").placeName} name */
export function nameIn(type, data, name) {
  if (type === "CallRang" || type === "CallDiscovered") return name("entrance", data.entrance, data.building) ?? "";
  if (type === "UnitChosen") return name("unit", data.unit) ?? "";
  if (type === "PinAccepted") return name("pass", data.pass) ?? "";
  if (type === "CallEnded") return outcomeText(data.outcome);
  return "";
}
