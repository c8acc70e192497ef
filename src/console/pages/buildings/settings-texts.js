// The words of a building's settings.

import { texts } from "../../app/texts.js";

export const st = texts({
  en: {
    settings: "Settings", readOnly: "Your role may look at these, not change them.", about: "About the building", name: "Name", address: "Address", language: "Language at its doors",
    languageHint: "What visitors and residents hear, unless a resident has another.", region: "Country", regionHint: "How numbers without a country code are read.", zone: "Time zone",
    zoneHint: "Hours, quiet times and passes follow this clock.",
    callers: "Who may ring", callersHint: "The panels at its doors and whoever is on the allowlist may ring; blocked numbers never. This is for everybody else.", allowlist: "Allowlist", blocks: "Blocks",
    strangers: "Callers that nobody listed", withheld: "Callers who hide their number", rejectHint: "They hear a short sentence, and nobody is disturbed. The safest.", pinHint: "With a valid pass the door opens; otherwise nobody is rung.",
    ringHint: "As if they stood at the door. Spam will ring as well.", concierge: "Concierge’s number", conciergeHint: "Whom a flow may ring at its end, when nobody else answers.",
    wrongPins: "Wrong PINs", wrongPinsSaid: "{max} within {within} h block a caller for {hours} h", wrongPinsMax: "Block at", wrongPinsMaxHint: "wrong PINs, 1 to 100", withinHours: "Counted over", withinHoursHint: "hours, 1 to 168",
    blockHours: "Blocked for", blockHoursHint: "hours, 1 to 8760",
    music: "While residents are rung", musicWhich: "The visitor hears", ours: "Our music", url: "A sound file of yours", urlHint: "An https:// address that the carrier can fetch: MP3 or WAV, as it takes them.",
    silence: "Nothing", silenceHint: "Some visitors will think that the call was cut off.", rings: "How units ring",
    remove: "Remove the building", removeHint: "Its entrances, units, residents, lines, passes, allowlist and blocks go with it. Its calls stay in the history. This can not be undone.",
    removeAsk: "Remove {name} and all that is in it?", removed: "{name} is removed.",
  },
  de: {
    settings: "Einstellungen", readOnly: "Ihre Rolle darf sie ansehen, nicht ändern.", about: "Zum Gebäude", name: "Name", address: "Adresse", language: "Sprache an den Türen",
    languageHint: "Was Besucher und Bewohner hören, sofern ein Bewohner keine andere hat.", region: "Land", regionHint: "So werden Nummern ohne Landesvorwahl gelesen.", zone: "Zeitzone",
    zoneHint: "Zeiten, Ruhezeiten und Zutrittspässe gehen nach dieser Uhr.",
    callers: "Wer klingeln darf", callersHint: "Die Klingelanlagen an den Türen und wer auf der Erlaubnisliste steht, dürfen klingeln; gesperrte Nummern nie. Hier geht es um alle anderen.", allowlist: "Erlaubnisliste", blocks: "Sperren",
    strangers: "Anrufer, die nirgends stehen", withheld: "Anrufer mit unterdrückter Nummer", rejectHint: "Sie hören einen kurzen Satz, und niemand wird gestört. Am sichersten.", pinHint: "Mit einem gültigen Zutrittspass öffnet die Tür; sonst klingelt es bei niemandem.",
    ringHint: "Als stünden sie vor der Tür. Auch Werbeanrufe klingeln dann.", concierge: "Nummer des Concierge", conciergeHint: "Bei ihm kann ein Ablauf am Ende klingeln, wenn sonst niemand antwortet.",
    wrongPins: "Falsche PINs", wrongPinsSaid: "{max} in {within} Std. sperren einen Anrufer für {hours} Std.", wrongPinsMax: "Sperren ab", wrongPinsMaxHint: "falschen PINs, 1 bis 100", withinHours: "Gezählt über", withinHoursHint: "Stunden, 1 bis 168",
    blockHours: "Gesperrt für", blockHoursHint: "Stunden, 1 bis 8760",
    music: "Während es klingelt", musicWhich: "Der Besucher hört", ours: "Unsere Musik", url: "Eine eigene Tondatei", urlHint: "Eine https://-Adresse, die der Anbieter abrufen kann: MP3 oder WAV, je nach Anbieter.",
    silence: "Nichts", silenceHint: "Manche Besucher werden denken, die Verbindung sei unterbrochen.", rings: "Wie es bei Wohneinheiten klingelt",
    remove: "Gebäude entfernen", removeHint: "Eingänge, Wohneinheiten, Bewohner, Leitungen, Zutrittspässe, Erlaubnisliste und Sperren verschwinden mit ihm. Die Anrufe bleiben im Verlauf. Das lässt sich nicht rückgängig machen.",
    removeAsk: "{name} mit allem darin entfernen?", removed: "{name} ist entfernt.",
  },
  fr: {
    settings: "Réglages", readOnly: "Votre rôle permet de les consulter, pas de les modifier.", about: "L’immeuble", name: "Nom", address: "Adresse", language: "Langue aux portes",
    languageHint: "Ce qu’entendent visiteurs et résidents, sauf si un résident en a une autre.", region: "Pays", regionHint: "Pour lire les numéros sans indicatif de pays.", zone: "Fuseau horaire",
    zoneHint: "Les horaires, les heures calmes et les laissez-passer suivent cette horloge.",
    callers: "Qui peut sonner", callersHint: "Les platines de ses portes et la liste autorisée peuvent sonner ; les numéros bloqués jamais. Il s’agit ici de tous les autres.", allowlist: "Liste autorisée", blocks: "Blocages",
    strangers: "Appelants qui ne figurent nulle part", withheld: "Appelants qui masquent leur numéro", rejectHint: "Ils entendent une courte phrase et personne n’est dérangé. Le plus sûr.", pinHint: "Avec un laissez-passer valable la porte s’ouvre ; sinon personne n’est appelé.",
    ringHint: "Comme s’ils étaient devant la porte. Les appels indésirables sonneront aussi.", concierge: "Numéro du concierge", conciergeHint: "Celui qu’un scénario peut appeler à la fin, si personne d’autre ne répond.",
    wrongPins: "Codes PIN erronés", wrongPinsSaid: "{max} en {within} h bloquent un appelant pendant {hours} h", wrongPinsMax: "Bloquer à partir de", wrongPinsMaxHint: "codes erronés, 1 à 100", withinHours: "Comptés sur", withinHoursHint: "heures, 1 à 168",
    blockHours: "Bloqué pendant", blockHoursHint: "heures, 1 à 8760",
    music: "Pendant que l’on sonne", musicWhich: "Le visiteur entend", ours: "Notre musique", url: "Un fichier son à vous", urlHint: "Une adresse https:// que l’opérateur peut lire : MP3 ou WAV, selon l’opérateur.",
    silence: "Rien", silenceHint: "Certains visiteurs croiront que l’appel est coupé.", rings: "Comment sonnent les logements",
    remove: "Supprimer l’immeuble", removeHint: "Ses entrées, logements, résidents, lignes, laissez-passer, liste autorisée et blocages disparaissent avec lui. Ses appels restent dans l’historique. C’est irréversible.",
    removeAsk: "Supprimer {name} et tout ce qu’il contient ?", removed: "{name} est supprimé.",
  },
});
