// The words of one resident's page.

import { texts } from "../../app/texts.js";

export const rt = texts({
  en: {
    about: "The person", calls: "Their calls", name: "Name", numbers: "Numbers", language: "Language", movedIn: "Moves in on", movedOut: "Moves out on", order: "Order", orderHint: "Where residents ring one after the other: the lower first, 0 to 1000.",
    reach: "When they are rung", presence: "Presence", homeHint: "Rung as usual.", awayHint: "Not rung until they are back.", dnd: "Do not disturb until", dndHint: "Not rung before this, by the building’s clock ({zone}).", hour: "1 hour", tomorrow: "Until tomorrow, 8:00", none: "Not any more",
    quiet: "Quiet hours", quietHint: "Not rung while this schedule holds.", noQuiet: "None", make: "Schedules", goneSchedule: "A schedule that is gone", masked: "Your role sees numbers only in part.", unit: "Unit",
    pin: "PIN of their own", pinIs: "Has a PIN since {at}. It can not be shown again; only a new one can be given.", pinNone: "Has no PIN. With one they open the door by keying it in at the panel, without anybody being rung.", pinGive: "Give a PIN", pinNew: "Give a new PIN", pinRemove: "Take the PIN away",
    pinNewAsk: "Give {name} a new PIN?", pinNewHint: "The one before opens no more.", pinRemoveAsk: "Take {name}’s PIN away?", pinRemoveHint: "It opens no more, from now on.", pinRemoved: "The PIN opens no more.",
    pinTitle: "{name}’s new PIN", pinOnce: "It is shown now and never again: hand it over or copy it.", pinUse: "At the panel, they key it in when they are asked, then #.", pinDone: "Done", pinUsed: "PIN",
    data: "What is kept of them", export: "Export", exportHint: "Everything that is known of this person, as a file to hand over: their entry, calls and changes.", exported: "The file is saved.",
    remove: "Remove", removeHint: "They are rung no more and leave the list. What happened in past calls stays.", removeAsk: "Remove {name}?", removed: "{name} is removed.",
    erase: "Erase for ever", eraseHint: "Removes them and makes their data in every past call unreadable, as everybody has a right to. Nobody can bring it back.", eraseAsk: "Erase {name} for ever?",
    eraseType: "Type “{name}” to go on", eraseYes: "Erase for ever", erased: { one: "Erased: one past event can no longer be read.", other: "Erased: {n} past events can no longer be read." }, receipt: "Receipt",
    receiptTitle: "The person is erased", receiptHint: "This signed receipt proves that it was done, and when. Keep it with your records.", receiptSave: "Save the receipt", done: "To the unit", home: "Home", away: "Away",
  },
  de: {
    about: "Zur Person", calls: "Anrufe", name: "Name", numbers: "Nummern", language: "Sprache", movedIn: "Einzug am", movedOut: "Auszug am", order: "Reihenfolge", orderHint: "Wo es nacheinander klingelt: die kleinere Zahl zuerst, 0 bis 1000.",
    reach: "Wann es klingelt", presence: "Anwesenheit", homeHint: "Es klingelt wie üblich.", awayHint: "Es klingelt nicht, bis die Person zurück ist.", dnd: "Nicht stören bis", dndHint: "Vorher klingelt es nicht; nach der Uhr des Gebäudes ({zone}).", hour: "1 Stunde", tomorrow: "Bis morgen, 8:00 Uhr", none: "Nicht mehr",
    quiet: "Ruhezeiten", quietHint: "Es klingelt nicht, solange dieser Zeitplan gilt.", noQuiet: "Keine", make: "Zeitpläne", goneSchedule: "Ein Zeitplan, den es nicht mehr gibt", masked: "Ihre Rolle sieht Nummern nur zum Teil.", unit: "Wohneinheit",
    pin: "Eigene PIN", pinIs: "Hat eine PIN seit {at}. Sie kann nicht noch einmal gezeigt werden; man kann nur eine neue vergeben.", pinNone: "Hat keine PIN. Mit einer PIN öffnet die Person die Tür selbst an der Klingelanlage, ohne dass es bei jemandem klingelt.", pinGive: "PIN vergeben", pinNew: "Neue PIN vergeben", pinRemove: "PIN entziehen",
    pinNewAsk: "Neue PIN für {name} vergeben?", pinNewHint: "Die bisherige öffnet dann nicht mehr.", pinRemoveAsk: "{name} die PIN entziehen?", pinRemoveHint: "Sie öffnet ab sofort nicht mehr.", pinRemoved: "Die PIN öffnet nicht mehr.",
    pinTitle: "Neue PIN für {name}", pinOnce: "Sie erscheint nur jetzt und nie wieder: Geben Sie sie weiter oder kopieren Sie sie.", pinUse: "An der Klingelanlage wird sie auf Nachfrage eingetippt, dann #.", pinDone: "Fertig", pinUsed: "PIN",
    data: "Was gespeichert ist", export: "Exportieren", exportHint: "Alles, was über diese Person bekannt ist, als Datei zum Aushändigen: ihr Eintrag, Anrufe und Änderungen.", exported: "Die Datei ist gespeichert.",
    remove: "Entfernen", removeHint: "Es klingelt nicht mehr, und die Person verschwindet aus der Liste. Was in früheren Anrufen geschah, bleibt.", removeAsk: "{name} entfernen?", removed: "{name} ist entfernt.",
    erase: "Endgültig löschen", eraseHint: "Entfernt die Person und macht ihre Daten in allen früheren Anrufen unlesbar, worauf jeder ein Recht hat. Niemand kann das rückgängig machen.", eraseAsk: "{name} endgültig löschen?",
    eraseType: "Zum Fortfahren „{name}“ eintippen", eraseYes: "Endgültig löschen", erased: { one: "Gelöscht: Ein früheres Ereignis ist nicht mehr lesbar.", other: "Gelöscht: {n} frühere Ereignisse sind nicht mehr lesbar." }, receipt: "Beleg",
    receiptTitle: "Die Person ist gelöscht", receiptHint: "Dieser signierte Beleg beweist, dass und wann es geschah. Bewahren Sie ihn bei Ihren Unterlagen auf.", receiptSave: "Beleg speichern", done: "Zur Wohneinheit", home: "Zu Hause", away: "Abwesend",
  },
  fr: {
    about: "La personne", calls: "Ses appels", name: "Nom", numbers: "Numéros", language: "Langue", movedIn: "Arrivée le", movedOut: "Départ le", order: "Ordre", orderHint: "Lorsque les résidents sont appelés l’un après l’autre : le plus petit d’abord, 0 à 1000.",
    reach: "Quand on l’appelle", presence: "Présence", homeHint: "On l’appelle normalement.", awayHint: "On ne l’appelle pas jusqu’à son retour.", dnd: "Ne pas déranger jusqu’à", dndHint: "Pas d’appel avant, selon l’horloge de l’immeuble ({zone}).", hour: "1 heure", tomorrow: "Jusqu’à demain, 8 h", none: "Plus maintenant",
    quiet: "Heures calmes", quietHint: "Pas d’appel tant que cet horaire est en vigueur.", noQuiet: "Aucune", make: "Horaires", goneSchedule: "Un horaire disparu", masked: "Votre rôle ne voit les numéros qu’en partie.", unit: "Logement",
    pin: "Code personnel", pinIs: "A un code depuis le {at}. Il ne peut plus être affiché ; on ne peut qu’en donner un nouveau.", pinNone: "N’a pas de code. Avec un code, cette personne ouvre elle-même la porte à la platine, sans que l’on appelle personne.", pinGive: "Donner un code", pinNew: "Donner un nouveau code", pinRemove: "Retirer le code",
    pinNewAsk: "Donner un nouveau code à {name} ?", pinNewHint: "Le précédent n’ouvrira plus.", pinRemoveAsk: "Retirer le code de {name} ?", pinRemoveHint: "Il n’ouvre plus, dès maintenant.", pinRemoved: "Le code n’ouvre plus.",
    pinTitle: "Nouveau code de {name}", pinOnce: "Il n’est affiché que maintenant et plus jamais : transmettez-le ou copiez-le.", pinUse: "À la platine, on le tape quand il est demandé, puis #.", pinDone: "Terminé", pinUsed: "Code",
    data: "Ce qui est conservé", export: "Exporter", exportHint: "Tout ce que l’on sait de cette personne, dans un fichier à remettre : sa fiche, ses appels et les modifications.", exported: "Le fichier est enregistré.",
    remove: "Retirer", removeHint: "On ne l’appelle plus et elle quitte la liste. Ce qui s’est passé lors des appels reste.", removeAsk: "Retirer {name} ?", removed: "{name} est retiré.",
    erase: "Effacer définitivement", eraseHint: "Retire la personne et rend ses données illisibles dans tous les appels passés, comme chacun en a le droit. Personne ne pourra les rétablir.", eraseAsk: "Effacer {name} définitivement ?",
    eraseType: "Tapez « {name} » pour continuer", eraseYes: "Effacer définitivement", erased: { one: "Effacé : un événement passé n’est plus lisible.", other: "Effacé : {n} événements passés ne sont plus lisibles." }, receipt: "Reçu",
    receiptTitle: "La personne est effacée", receiptHint: "Ce reçu signé prouve que c’est fait, et quand. Gardez-le dans vos dossiers.", receiptSave: "Enregistrer le reçu", done: "Vers le logement", home: "Présent", away: "Absent",
  },
});
