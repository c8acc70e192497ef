// The words of a door and its panel.

import { texts } from "../../app/texts.js";

export const et = texts({
  en: {
    intro: "A door with its panel: visitors ring here, residents open it.", calls: "Calls at this door", door: "Door and panel", panel: "Its panel", name: "Name", nameHint: "Residents hear it: “Visitor at Front door”.",
    numbers: "Panel’s numbers", numbersHint: "The numbers from which this panel calls, one a line. Whoever calls from one of them stands at this door.", flow: "Units ring by", flowHint: "For units without a flow of their own that are rung from this door.",
    noFlow: "As the building says", panelHint: "What is left empty is as shown in grey. Most panels need nothing but the digits that open the door.", opening: "Opening the door", keys: "Keys on a resident’s phone",
    keysHint: "Four different ones of 0–9, * and #.", talk: "Talking",
    open_digits: "Digits that open", open_digits_hint: "What the panel must hear: 0–9, * and #.", repeats: "Sent how often", repeats_hint: "1 to 5; some panels miss the first time.", wait_ms: "Wait before (ms)", wait_ms_hint: "Up to 10000; some panels listen late.",
    accept_key: "Accept", accept_key_hint: "Talks to the visitor.", open_key: "Open", open_key_hint: "Opens the door; accepts as well.", deny_key: "Refuse", deny_key_hint: "Sends the visitor away, ends the talk.", extend_key: "Extend", extend_key_hint: "Talks on for longer.",
    talk_max_seconds: "Longest talk (s)", talk_max_seconds_hint: "10 to 3600.", talk_warning_seconds: "Warning before its end (s)", talk_warning_seconds_hint: "Shorter than the talk.",
    wrongRange: "A number from {least} to {most}.", wrongDigits: "1 to 16 of 0–9, * and #.", wrongKey: "One of 0–9, * and #.", wrongTwice: "{key} has two meanings: take another key.", wrongWarning: "The warning must come before the end of the talk.", usual: "{usual} (as usual)",
    lines: "Lines to this door", number: "Number", kind: "Try it", dryRun: "What would happen?", noLine: "No line leads here yet", noLineHint: "The panel calls a line: a phone number at your carrier. Add one that leads to this door.",
    noLineAsk: "The panel calls a line: a phone number at your carrier. An administrator of your firm adds it.", toLines: "To the lines",
    remove: "Remove the entrance", removeHint: "Only when no line leads to it any more. Past calls stay in the history.", removeAsk: "Remove {name}?", removed: "{name} is removed.",
  },
  de: {
    intro: "Eine Tür mit ihrer Klingelanlage: Hier klingeln Besucher, und Bewohner öffnen.", calls: "Anrufe an dieser Tür", door: "Tür und Klingelanlage", panel: "Die Klingelanlage", name: "Name", nameHint: "Bewohner hören ihn: „Besuch an Haustür“.",
    numbers: "Nummern der Klingelanlage", numbersHint: "Die Nummern, von denen diese Anlage anruft, eine je Zeile. Wer von einer davon anruft, steht vor dieser Tür.", flow: "Es klingelt nach", flowHint: "Für Wohneinheiten ohne eigenen Ablauf, bei denen von dieser Tür aus geklingelt wird.",
    noFlow: "Wie das Gebäude es vorgibt", panelHint: "Was leer bleibt, ist wie grau gezeigt. Die meisten Anlagen brauchen nur die Ziffern, die die Tür öffnen.", opening: "Tür öffnen", keys: "Tasten am Telefon der Bewohner",
    keysHint: "Vier verschiedene aus 0–9, * und #.", talk: "Gespräch",
    open_digits: "Ziffern zum Öffnen", open_digits_hint: "Was die Anlage hören muss: 0–9, * und #.", repeats: "Wie oft gesendet", repeats_hint: "1 bis 5; manche Anlagen überhören das erste Mal.", wait_ms: "Wartezeit davor (ms)", wait_ms_hint: "Bis 10000; manche Anlagen hören erst spät zu.",
    accept_key: "Annehmen", accept_key_hint: "Spricht mit dem Besucher.", open_key: "Öffnen", open_key_hint: "Öffnet die Tür; nimmt auch an.", deny_key: "Ablehnen", deny_key_hint: "Weist den Besucher ab, beendet das Gespräch.", extend_key: "Verlängern", extend_key_hint: "Spricht länger weiter.",
    talk_max_seconds: "Längstes Gespräch (s)", talk_max_seconds_hint: "10 bis 3600.", talk_warning_seconds: "Warnung vor dem Ende (s)", talk_warning_seconds_hint: "Kürzer als das Gespräch.",
    wrongRange: "Eine Zahl von {least} bis {most}.", wrongDigits: "1 bis 16 aus 0–9, * und #.", wrongKey: "Eine von 0–9, * und #.", wrongTwice: "{key} hat zwei Bedeutungen: Nehmen Sie eine andere Taste.", wrongWarning: "Die Warnung muss vor dem Ende des Gesprächs kommen.", usual: "{usual} (wie üblich)",
    lines: "Leitungen zu dieser Tür", number: "Nummer", kind: "Ausprobieren", dryRun: "Was würde geschehen?", noLine: "Noch führt keine Leitung hierher", noLineHint: "Die Klingelanlage ruft eine Leitung an: eine Rufnummer bei Ihrem Anbieter. Fügen Sie eine hinzu, die zu dieser Tür führt.",
    noLineAsk: "Die Klingelanlage ruft eine Leitung an: eine Rufnummer bei Ihrem Anbieter. Die Administration Ihrer Firma legt sie an.", toLines: "Zu den Leitungen",
    remove: "Eingang entfernen", removeHint: "Nur, wenn keine Leitung mehr hierher führt. Frühere Anrufe bleiben im Verlauf.", removeAsk: "{name} entfernen?", removed: "{name} ist entfernt.",
  },
  fr: {
    intro: "Une porte avec sa platine : les visiteurs y sonnent, les résidents l’ouvrent.", calls: "Appels à cette porte", door: "Porte et platine", panel: "Sa platine", name: "Nom", nameHint: "Les résidents l’entendent : « Visiteur à Porte principale ».",
    numbers: "Numéros de la platine", numbersHint: "Les numéros depuis lesquels cette platine appelle, un par ligne. Qui appelle de l’un d’eux se tient devant cette porte.", flow: "Les logements sonnent selon", flowHint: "Pour les logements sans scénario propre, appelés depuis cette porte.",
    noFlow: "Comme le veut l’immeuble", panelHint: "Ce qui reste vide vaut comme indiqué en gris. La plupart des platines n’ont besoin que des chiffres qui ouvrent la porte.", opening: "Ouvrir la porte", keys: "Touches du téléphone d’un résident",
    keysHint: "Quatre touches différentes parmi 0–9, * et #.", talk: "Conversation",
    open_digits: "Chiffres d’ouverture", open_digits_hint: "Ce que la platine doit entendre : 0–9, * et #.", repeats: "Nombre d’envois", repeats_hint: "1 à 5 ; certaines platines manquent le premier.", wait_ms: "Attente avant (ms)", wait_ms_hint: "Jusqu’à 10000 ; certaines platines écoutent tard.",
    accept_key: "Accepter", accept_key_hint: "Parle au visiteur.", open_key: "Ouvrir", open_key_hint: "Ouvre la porte ; accepte aussi.", deny_key: "Refuser", deny_key_hint: "Renvoie le visiteur, termine la conversation.", extend_key: "Prolonger", extend_key_hint: "Continue plus longtemps.",
    talk_max_seconds: "Durée maximale (s)", talk_max_seconds_hint: "10 à 3600.", talk_warning_seconds: "Avertir avant la fin (s)", talk_warning_seconds_hint: "Moins que la conversation.",
    wrongRange: "Un nombre de {least} à {most}.", wrongDigits: "1 à 16 parmi 0–9, * et #.", wrongKey: "Une touche parmi 0–9, * et #.", wrongTwice: "{key} a deux sens : prenez une autre touche.", wrongWarning: "L’avertissement doit précéder la fin de la conversation.", usual: "{usual} (valeur habituelle)",
    lines: "Lignes vers cette porte", number: "Numéro", kind: "Essayer", dryRun: "Que se passerait-il ?", noLine: "Aucune ligne ne mène encore ici", noLineHint: "La platine appelle une ligne : un numéro chez votre opérateur. Ajoutez-en une qui mène à cette porte.",
    noLineAsk: "La platine appelle une ligne : un numéro chez votre opérateur. L’administration de votre société l’ajoute.", toLines: "Vers les lignes",
    remove: "Supprimer l’entrée", removeHint: "Seulement si plus aucune ligne n’y mène. Les appels passés restent dans l’historique.", removeAsk: "Supprimer {name} ?", removed: "{name} est supprimée.",
  },
});
