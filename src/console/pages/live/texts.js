// The live page's words.

import { texts, words } from "../../app/texts.js";

export const t = texts({
  en: {
    title: "Live", intro: "Every call that runs right now, as it happens.", watching: "Your role lets you watch. Managers can step in.",
    running: { one: "{n} running call", other: "{n} running calls" }, fitting: "{shown} of {n} running calls", toFeed: "What happens", feed: "What happens", feedEmpty: "News of calls appear here.",
    connecting: "Connecting …", live: "Live", reconnecting: "Reconnecting … last news {seconds} s ago", lost: "Reconnecting …",
    building: "Building", allBuildings: "All buildings", state: "State", allStates: "All", search: "Unit or entrance", noneFits: "No running call fits", noneFitsHint: "Other calls run: change what you look for, or show them all.", showAll: "Show all",
    empty: "Nothing runs right now", emptyHint: "As soon as somebody rings, the call appears here by itself.", tryIt: "Try it", toCalls: "Calls so far", firstSteps: "First steps",
    visit: "A visit", announcement: "A message is delivered by phone", connection: "Two people are connected", watched: "A call on a watched line", outboundWatched: "A call out of a watched line",
    users: "Rings: {users}", answeredBy: "Picked up: {who}", hidden: "This building keeps private who is visited.", heardBy: "Heard by: {labels}", details: "Details", detailsOf: "Details: {call}",
    after: "after {time}", since: "since {time}", joined: "joined {time}",
    open: "Open door", opening: "Opening …", opened: "Door opened", say: "Say", hangUp: "Hang up", hangingUp: "Ending …", dismiss: "Dismiss",
    actsOn: "{act}: {call}",
    mute: "Mute", unmute: "Unmute", hold: "Hold", resume: "Resume", remove: "Remove", stop: "Stop ringing",
    muting: "Muting …", unmuting: "Unmuting …", holding: "Holding …", resuming: "Resuming …", removing: "Removing …",
    muted: "muted", onHold: "on hold", speaking: "speaking",
    hangUpTitle: "End this call?", hangUpText: "Everyone in it is hung up on: {call}.", removeTitle: "Take {whom} out of the call?", removeText: "The call can not go on without them: it ends for everyone.", removeYes: "Remove and end the call",
    sayTitle: "Say a sentence", sayTo: "To", everyone: "Everyone who is connected", sentence: "Sentence", sentenceHint: "Spoken in the building’s language; {n} characters left.", sayIt: "Speak it", said: "The sentence is on its way.",
    over: "This call is over.", carrierSays: "The carrier could not do it.",
  },
  de: {
    title: "Live", intro: "Jeder Anruf, der gerade läuft, in diesem Augenblick.", watching: "Ihre Rolle darf zusehen. Verwalter können eingreifen.",
    running: { one: "{n} laufender Anruf", other: "{n} laufende Anrufe" }, fitting: "{shown} von {n} laufenden Anrufen", toFeed: "Was geschieht", feed: "Was geschieht", feedEmpty: "Neues von Anrufen erscheint hier.",
    connecting: "Wird verbunden …", live: "Live", reconnecting: "Wird wieder verbunden … letzte Nachricht vor {seconds} s", lost: "Wird wieder verbunden …",
    building: "Gebäude", allBuildings: "Alle Gebäude", state: "Zustand", allStates: "Alle", search: "Wohneinheit oder Eingang", noneFits: "Kein laufender Anruf passt", noneFitsHint: "Es laufen andere Anrufe: Suchen Sie anders, oder zeigen Sie alle an.", showAll: "Alle anzeigen",
    empty: "Gerade läuft nichts", emptyHint: "Sobald jemand klingelt, erscheint der Anruf hier von selbst.", tryIt: "Ausprobieren", toCalls: "Bisherige Anrufe", firstSteps: "Erste Schritte",
    visit: "Ein Besuch", announcement: "Eine Nachricht wird telefonisch überbracht", connection: "Zwei Personen werden verbunden", watched: "Ein Anruf auf einer beobachteten Leitung", outboundWatched: "Ein Anruf aus einer beobachteten Leitung",
    users: "Es klingelt bei: {users}", answeredBy: "Abgenommen: {who}", hidden: "Dieses Gebäude behält für sich, wer besucht wird.", heardBy: "Es hören mit: {labels}", details: "Einzelheiten", detailsOf: "Einzelheiten: {call}",
    after: "nach {time}", since: "seit {time}", joined: "dabei seit {time}",
    open: "Tür öffnen", opening: "Wird geöffnet …", opened: "Tür geöffnet", say: "Ansage", hangUp: "Auflegen", hangingUp: "Wird beendet …", dismiss: "Ausblenden",
    actsOn: "{act}: {call}",
    mute: "Stumm", unmute: "Sprechen lassen", hold: "Halten", resume: "Zurückholen", remove: "Entfernen", stop: "Nicht mehr klingeln",
    muting: "Wird stumm …", unmuting: "Darf gleich sprechen …", holding: "Wird gehalten …", resuming: "Wird zurückgeholt …", removing: "Wird entfernt …",
    muted: "stumm", onHold: "gehalten", speaking: "spricht",
    hangUpTitle: "Diesen Anruf beenden?", hangUpText: "Bei allen wird aufgelegt: {call}.", removeTitle: "{whom} aus dem Anruf nehmen?", removeText: "Ohne diese Person kann der Anruf nicht weitergehen: Er endet für alle.", removeYes: "Entfernen und Anruf beenden",
    sayTitle: "Einen Satz ansagen", sayTo: "Für", everyone: "Alle, die verbunden sind", sentence: "Satz", sentenceHint: "Wird in der Sprache des Gebäudes gesprochen; noch {n} Zeichen.", sayIt: "Ansagen", said: "Der Satz wird gesprochen.",
    over: "Dieser Anruf ist vorbei.", carrierSays: "Der Anbieter konnte es nicht ausführen.",
  },
  fr: {
    title: "En direct", intro: "Chaque appel en cours, à l’instant même.", watching: "Votre rôle permet d’observer. Les gestionnaires peuvent intervenir.",
    running: { one: "{n} appel en cours", other: "{n} appels en cours" }, fitting: "{shown} des {n} appels en cours", toFeed: "Ce qui se passe", feed: "Ce qui se passe", feedEmpty: "Les nouvelles des appels s’affichent ici.",
    connecting: "Connexion …", live: "En direct", reconnecting: "Reconnexion … dernières nouvelles il y a {seconds} s", lost: "Reconnexion …",
    building: "Immeuble", allBuildings: "Tous les immeubles", state: "État", allStates: "Tous", search: "Logement ou entrée", noneFits: "Aucun appel en cours ne correspond", noneFitsHint: "D’autres appels sont en cours : changez de recherche ou affichez-les tous.", showAll: "Tout afficher",
    empty: "Rien en cours pour l’instant", emptyHint: "Dès que quelqu’un sonne, l’appel apparaît ici de lui-même.", tryIt: "Essayer", toCalls: "Appels passés", firstSteps: "Premiers pas",
    visit: "Une visite", announcement: "Un message est transmis par téléphone", connection: "Deux personnes sont mises en relation", watched: "Un appel sur une ligne observée", outboundWatched: "Un appel depuis une ligne observée",
    users: "Ça sonne chez : {users}", answeredBy: "A décroché : {who}", hidden: "Cet immeuble garde pour lui qui reçoit la visite.", heardBy: "À l’écoute : {labels}", details: "Détails", detailsOf: "Détails : {call}",
    after: "après {time}", since: "depuis {time}", joined: "présent depuis {time}",
    open: "Ouvrir la porte", opening: "Ouverture …", opened: "Porte ouverte", say: "Annonce", hangUp: "Raccrocher", hangingUp: "Fin de l’appel …", dismiss: "Masquer",
    actsOn: "{act} : {call}",
    mute: "Couper le micro", unmute: "Rendre la parole", hold: "Mettre en attente", resume: "Reprendre", remove: "Retirer", stop: "Ne plus sonner",
    muting: "Coupure du micro …", unmuting: "Parole rendue …", holding: "Mise en attente …", resuming: "Reprise …", removing: "Retrait …",
    muted: "micro coupé", onHold: "en attente", speaking: "parle",
    hangUpTitle: "Mettre fin à cet appel ?", hangUpText: "Tout le monde sera raccroché : {call}.", removeTitle: "Retirer {whom} de l’appel ?", removeText: "L’appel ne peut pas continuer sans cette personne : il se termine pour tous.", removeYes: "Retirer et terminer l’appel",
    sayTitle: "Dire une phrase", sayTo: "À", everyone: "Toutes les personnes en ligne", sentence: "Phrase", sentenceHint: "Dite dans la langue de l’immeuble ; encore {n} caractères.", sayIt: "Faire dire", said: "La phrase va être dite.",
    over: "Cet appel est terminé.", carrierSays: "L’opérateur n’a pas pu le faire.",
  },
});

/** Where a call is. */
export const stage = words({
  en: {
    screening: "The caller is being checked", choosing_unit: "The visitor chooses a unit", giving_pin: "The visitor enters a PIN", ringing: "Ringing", talking: "Talking",
    streaming: "With your services", speaking: "The message is being spoken", connecting: "The second person is being called", closing: "Ending", running: "In progress",
  },
  de: {
    screening: "Der Anrufer wird geprüft", choosing_unit: "Der Besucher wählt eine Wohneinheit", giving_pin: "Der Besucher gibt eine PIN ein", ringing: "Es klingelt", talking: "Gespräch",
    streaming: "Bei Ihren Diensten", speaking: "Die Nachricht wird gesprochen", connecting: "Die zweite Person wird angerufen", closing: "Geht zu Ende", running: "Läuft",
  },
  fr: {
    screening: "L’appelant est vérifié", choosing_unit: "Le visiteur choisit un logement", giving_pin: "Le visiteur saisit un code PIN", ringing: "Ça sonne", talking: "En conversation",
    streaming: "Chez vos services", speaking: "Le message est en train d’être dit", connecting: "La deuxième personne est appelée", closing: "Se termine", running: "En cours",
  },
});

/** What someone in a call does; of who left, why. */
export const doing = words({
  en: {
    requested: "being called", ringing: "ringing", answered: "picked up", waits: "waits", talking: "talking", ended: "gone",
    hung_up: "hung up", never_came: "never came", redirected: "hears something else", removed: "taken out", room_ended: "gone",
  },
  de: {
    requested: "wird angerufen", ringing: "klingelt", answered: "hat abgenommen", waits: "wartet", talking: "im Gespräch", ended: "nicht mehr da",
    hung_up: "hat aufgelegt", never_came: "kam nicht", redirected: "hört etwas anderes", removed: "wurde entfernt", room_ended: "nicht mehr da",
  },
  fr: {
    requested: "est appelé", ringing: "ça sonne", answered: "a décroché", waits: "attend", talking: "en conversation", ended: "plus en ligne",
    hung_up: "a raccroché", never_came: "n’est pas venu", redirected: "entend autre chose", removed: "a été retiré", room_ended: "plus en ligne",
  },
});
