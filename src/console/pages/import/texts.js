// The words of the import.

import { texts } from "../../app/texts.js";
import { translated } from "../../parts/translated.js";

export const t = texts({
  en: {
    title: "Import residents: {building}", intro: "Units and residents from a spreadsheet, saved as CSV. Nothing is changed before you have seen what would be; a row that is not right stops all of it.",
    forbidden: "Only managers import residents. Ask an administrator of your firm.", file: "Your file", drop: "Drop a CSV file here, or choose one", choose: "Choose a file", template: "Download a template", export: "Export what is there now",
    text: "Or paste it here", textHint: "Columns: {columns}; the first row names them. Several numbers are separated by “;”. At most 2 MB and 10,000 rows a file.", check: "Check", again: "Check again", guessed: "The file is not UTF-8. It was read as Windows text: look whether names with accents are right.",
    tooLarge: "The file is too large: at most 2 MB. Import it in parts; each part adds to what is there.", preview: "What would happen", rows: { one: "{n} row", other: "{n} rows" },
    units: { one: "{n} new unit", other: "{n} new units" }, added: { one: "{n} new resident", other: "{n} new residents" }, changed: { one: "{n} resident changed", other: "{n} residents changed" }, unchanged: { one: "{n} row unchanged", other: "{n} rows unchanged" },
    wrong: { one: "{n} problem. Nothing is imported until it is put right, here or in your file.", other: "{n} problems. Nothing is imported until they are put right, here or in your file." },
    right: "Everything is right. Nobody is removed: who is not in the file stays as they are.", nothing: "All of this is there already: there is nothing to import.", apply: "Import", stale: "The text was changed after the check. Check it again.",
    row: "Row", state: "What happens", new: "new", same: "unchanged", changes: "changed", problem: "not right", cell: "{column} in row {row}", only: "Only rows with problems", shown: "{n} further rows are not shown.",
    done: "Imported: {units}, {added}, {changed}.", residents: "To the residents", another: "Import another file", whole: "The file", exported: "The file is in your downloads.",
  },
  de: {
    title: "Bewohner importieren: {building}", intro: "Wohneinheiten und Bewohner aus einer Tabelle, als CSV gespeichert. Nichts wird geändert, bevor Sie gesehen haben, was geschähe; eine fehlerhafte Zeile hält alles an.",
    forbidden: "Nur Verwalter importieren Bewohner. Fragen Sie die Administration Ihrer Firma.", file: "Ihre Datei", drop: "Ziehen Sie eine CSV-Datei hierher oder wählen Sie eine", choose: "Datei wählen", template: "Vorlage herunterladen", export: "Jetzigen Stand exportieren",
    text: "Oder hier einfügen", textHint: "Spalten: {columns}; die erste Zeile benennt sie. Mehrere Nummern werden mit „;“ getrennt. Höchstens 2 MB und 10.000 Zeilen je Datei.", check: "Prüfen", again: "Noch einmal prüfen", guessed: "Die Datei ist nicht UTF-8. Sie wurde als Windows-Text gelesen: Prüfen Sie Namen mit Umlauten.",
    tooLarge: "Die Datei ist zu groß: höchstens 2 MB. Importieren Sie sie in Teilen; jeder Teil ergänzt, was da ist.", preview: "Was geschähe", rows: { one: "{n} Zeile", other: "{n} Zeilen" },
    units: { one: "{n} neue Wohneinheit", other: "{n} neue Wohneinheiten" }, added: { one: "{n} neuer Bewohner", other: "{n} neue Bewohner" }, changed: { one: "{n} Bewohner geändert", other: "{n} Bewohner geändert" }, unchanged: { one: "{n} Zeile unverändert", other: "{n} Zeilen unverändert" },
    wrong: { one: "{n} Fehler. Es wird nichts importiert, bevor er behoben ist, hier oder in Ihrer Datei.", other: "{n} Fehler. Es wird nichts importiert, bevor sie behoben sind, hier oder in Ihrer Datei." },
    right: "Alles stimmt. Niemand wird entfernt: Wer nicht in der Datei steht, bleibt, wie er ist.", nothing: "Das alles ist schon da: Es gibt nichts zu importieren.", apply: "Importieren", stale: "Der Text wurde nach der Prüfung geändert. Prüfen Sie ihn noch einmal.",
    row: "Zeile", state: "Was geschieht", new: "neu", same: "unverändert", changes: "geändert", problem: "fehlerhaft", cell: "{column} in Zeile {row}", only: "Nur fehlerhafte Zeilen", shown: "{n} weitere Zeilen werden nicht angezeigt.",
    done: "Importiert: {units}, {added}, {changed}.", residents: "Zu den Bewohnern", another: "Weitere Datei importieren", whole: "Die Datei", exported: "Die Datei liegt in Ihren Downloads.",
  },
  fr: {
    title: "Importer des résidents : {building}", intro: "Logements et résidents d’un tableur, enregistrés en CSV. Rien n’est modifié avant que vous ayez vu ce qui le serait ; une ligne incorrecte arrête tout.",
    forbidden: "Seuls les gestionnaires importent des résidents. Adressez-vous à l’administration de votre société.", file: "Votre fichier", drop: "Déposez un fichier CSV ici, ou choisissez-en un", choose: "Choisir un fichier", template: "Télécharger un modèle", export: "Exporter l’état actuel",
    text: "Ou collez-le ici", textHint: "Colonnes : {columns} ; la première ligne les nomme. Séparez plusieurs numéros par « ; ». Au plus 2 Mo et 10 000 lignes par fichier.", check: "Vérifier", again: "Vérifier à nouveau", guessed: "Le fichier n’est pas en UTF-8. Il a été lu comme texte Windows : vérifiez les noms accentués.",
    tooLarge: "Le fichier est trop grand : 2 Mo au plus. Importez-le en plusieurs parties ; chacune s’ajoute à l’existant.", preview: "Ce qui se passerait", rows: { one: "{n} ligne", other: "{n} lignes" },
    units: { one: "{n} nouveau logement", other: "{n} nouveaux logements" }, added: { one: "{n} nouveau résident", other: "{n} nouveaux résidents" }, changed: { one: "{n} résident modifié", other: "{n} résidents modifiés" }, unchanged: { one: "{n} ligne inchangée", other: "{n} lignes inchangées" },
    wrong: { one: "{n} problème. Rien n’est importé tant qu’il n’est pas corrigé, ici ou dans votre fichier.", other: "{n} problèmes. Rien n’est importé tant qu’ils ne sont pas corrigés, ici ou dans votre fichier." },
    right: "Tout est correct. Personne n’est supprimé : qui n’est pas dans le fichier reste tel quel.", nothing: "Tout cela existe déjà : il n’y a rien à importer.", apply: "Importer", stale: "Le texte a été modifié après la vérification. Vérifiez-le à nouveau.",
    row: "Ligne", state: "Ce qui se passe", new: "nouveau", same: "inchangé", changes: "modifié", problem: "incorrect", cell: "{column}, ligne {row}", only: "Seulement les lignes incorrectes", shown: "{n} autres lignes ne sont pas affichées.",
    done: "Importé : {units}, {added}, {changed}.", residents: "Vers les résidents", another: "Importer un autre fichier", whole: "Le fichier", exported: "Le fichier est dans vos téléchargements.",
  },
});

/** What the columns hold. The names in the file are the same in every language. */
export const columnTitle = texts({
  en: { unit: "Unit", code: "Code", resident: "Resident", numbers: "Numbers", language: "Language", moved_in: "Moved in", moved_out: "Moved out" },
  de: { unit: "Wohneinheit", code: "Code", resident: "Bewohner", numbers: "Nummern", language: "Sprache", moved_in: "Einzug", moved_out: "Auszug" },
  fr: { unit: "Logement", code: "Code", resident: "Résident", numbers: "Numéros", language: "Langue", moved_in: "Arrivée", moved_out: "Départ" },
});

/** What the API says of a row. */
export const inWords = translated([
  [/^not a phone number of (.+?): (.+)$/, "keine Rufnummer in $1: $2", "n’est pas un numéro de téléphone ($1) : $2"],
  [/^this resident of this unit is in an earlier row already$/, "diese Person dieser Wohneinheit steht schon in einer früheren Zeile", "ce résident de ce logement figure déjà plus haut"],
  [/^an earlier row gives this unit the code (.+)$/, "eine frühere Zeile gibt dieser Wohneinheit den Code $1", "une ligne précédente donne à ce logement le code $1"],
  [/^a name is missing, or (.+) is too much$/, "der Name fehlt, oder $1 ist zu viel", "il manque un nom, ou $1 est de trop"],
  [/^the code (.+) would ring (.+) and (.+)$/, "der Code $1 würde bei $2 und $3 klingeln", "le code $1 sonnerait chez $2 et $3"],
  [/^there is no column "(.*)"; the columns are (.+)$/, "es gibt keine Spalte „$1“; die Spalten sind $2", "il n’y a pas de colonne « $1 » ; les colonnes sont $2"],
  [/^the column "unit" is missing$/, "die Spalte „unit“ fehlt", "la colonne « unit » manque"],
  [/^(\d+) cells, but (\d+) columns$/, "$1 Zellen, aber $2 Spalten", "$1 cellules pour $2 colonnes"],
  [/^at most (\d+) rows in one file$/, "höchstens $1 Zeilen je Datei", "au plus $1 lignes par fichier"],
  [/^it is empty$/, "sie ist leer", "il est vide"],
]);
