// The words of a unit and of those who live in it.

import { texts } from "../../app/texts.js";

export const ut = texts({
  en: {
    calls: "Its calls", passes: "Passes", residents: "Residents", add: "Add a resident", name: "Name", numbers: "Numbers", state: "State", order: "Order",
    none: "Nobody lives here yet", noneHint: "Add the people whose phones ring when a visitor chooses this unit.", noneSeen: "A manager of your firm adds residents.", noNumber: "no number",
    up: "Move {name} up", down: "Move {name} down", moved: "{name} now rings at place {to} of {n}.", orderHint: "The order counts where residents ring one after the other.", masked: "Your role sees numbers only in part.",
    numbersHint: "One a line, with country code or as one dials them there. The first is rung; the next if that one can not be reached.", language: "Language", asBuilding: "As the building: {language}",
    movedIn: "Moves in on", movedInHint: "Not rung before it. Empty: from now on.", movedOut: "Moves out on", movedOutHint: "The first day on which they are rung no more.", added: "{name} is added.",
    unit: "Name and code", nameHint: "What people call it. Visitors hear it: “Calling unit 1204”.", code: "Code", codeHint: "What a visitor keys in where one line serves many units: 1 to 10 digits.",
    rings: "How it rings", byBuilding: "From its doors it rings as they say; where a door says nothing, as the building does: {what}.", buildingOwn: "by the building’s own flow", buildingShared: "by “{name}”", buildingUsual: "all residents together",
    remove: "Remove the unit", removeHint: "Its residents and its passes go with it. Its calls stay in the history. This can not be undone.", removeAsk: "Remove {name} and who lives in it?", removed: "{name} is removed.", code_: "Code {code}",
  },
  de: {
    calls: "Anrufe", passes: "Zutrittspässe", residents: "Bewohner", add: "Bewohner hinzufügen", name: "Name", numbers: "Nummern", state: "Zustand", order: "Reihenfolge",
    none: "Hier wohnt noch niemand", noneHint: "Fügen Sie die Menschen hinzu, deren Telefone klingeln, wenn ein Besucher diese Wohneinheit wählt.", noneSeen: "Bewohner trägt die Verwaltung Ihrer Firma ein.", noNumber: "keine Nummer",
    up: "{name} nach oben", down: "{name} nach unten", moved: "{name} klingelt jetzt an Stelle {to} von {n}.", orderHint: "Die Reihenfolge zählt, wo es bei Bewohnern nacheinander klingelt.", masked: "Ihre Rolle sieht Nummern nur zum Teil.",
    numbersHint: "Eine je Zeile, mit Landesvorwahl oder so, wie man sie dort wählt. Die erste klingelt; die nächste, wenn jene nicht zu erreichen ist.", language: "Sprache", asBuilding: "Wie das Gebäude: {language}",
    movedIn: "Einzug am", movedInHint: "Vorher klingelt es nicht. Leer: ab sofort.", movedOut: "Auszug am", movedOutHint: "Der erste Tag, an dem es nicht mehr klingelt.", added: "{name} ist hinzugefügt.",
    unit: "Name und Code", nameHint: "So, wie man sie nennt. Besucher hören: „Wohnung 1204 wird gerufen.“", code: "Code", codeHint: "Was ein Besucher eintippt, wenn eine Leitung für mehrere Wohneinheiten da ist: 1 bis 10 Ziffern.",
    rings: "Wie es klingelt", byBuilding: "Von ihren Türen aus klingelt es, wie diese es vorgeben; sonst wie das Gebäude: {what}.", buildingOwn: "nach dem eigenen Ablauf des Gebäudes", buildingShared: "nach „{name}“", buildingUsual: "bei allen Bewohnern gleichzeitig",
    remove: "Wohneinheit entfernen", removeHint: "Ihre Bewohner und Zutrittspässe verschwinden mit ihr. Die Anrufe bleiben im Verlauf. Das lässt sich nicht rückgängig machen.", removeAsk: "{name} mit allen Bewohnern entfernen?", removed: "{name} ist entfernt.", code_: "Code {code}",
  },
  fr: {
    calls: "Ses appels", passes: "Laissez-passer", residents: "Résidents", add: "Ajouter un résident", name: "Nom", numbers: "Numéros", state: "État", order: "Ordre",
    none: "Personne n’habite encore ici", noneHint: "Ajoutez les personnes dont le téléphone sonne quand un visiteur choisit ce logement.", noneSeen: "Un gestionnaire de votre société ajoute les résidents.", noNumber: "aucun numéro",
    up: "Monter {name}", down: "Descendre {name}", moved: "{name} sonne maintenant en position {to} sur {n}.", orderHint: "L’ordre compte lorsque les résidents sont appelés l’un après l’autre.", masked: "Votre rôle ne voit les numéros qu’en partie.",
    numbersHint: "Un par ligne, avec l’indicatif du pays ou comme on les compose sur place. Le premier sonne ; le suivant si celui-ci est injoignable.", language: "Langue", asBuilding: "Comme l’immeuble : {language}",
    movedIn: "Arrivée le", movedInHint: "Pas d’appel avant. Vide : dès maintenant.", movedOut: "Départ le", movedOutHint: "Le premier jour où l’on ne sonne plus chez lui.", added: "{name} est ajouté.",
    unit: "Nom et code", nameHint: "Celui que tout le monde emploie ; il est annoncé aux visiteurs.", code: "Code", codeHint: "Ce que saisit un visiteur lorsqu’une ligne dessert plusieurs logements : 1 à 10 chiffres.",
    rings: "Comment il sonne", byBuilding: "Depuis ses portes, il sonne comme elles le veulent ; sinon comme l’immeuble : {what}.", buildingOwn: "selon le scénario propre à l’immeuble", buildingShared: "selon « {name} »", buildingUsual: "tous les résidents ensemble",
    remove: "Supprimer le logement", removeHint: "Ses résidents et ses laissez-passer disparaissent avec lui. Ses appels restent dans l’historique. C’est irréversible.", removeAsk: "Supprimer {name} et ses résidents ?", removed: "{name} est supprimé.", code_: "Code {code}",
  },
});
