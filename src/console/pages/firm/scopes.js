// What a program may, in words.

import { words } from "../../app/texts.js";

export const SCOPES = ["read", "calls", "directory", "gate", "admin"];

/** From reading to administrating. @param {string[]} scopes */
export const inOrder = (scopes) => [...scopes].sort((a, b) => SCOPES.indexOf(a) - SCOPES.indexOf(b));

export const scopeName = words({
  en: { read: "read", calls: "step into calls", directory: "write the directory", gate: "ask at the gate", admin: "administrate" },
  de: { read: "lesen", calls: "in Anrufe eingreifen", directory: "Verzeichnis schreiben", gate: "an der Tür fragen", admin: "verwalten" },
  fr: { read: "lire", calls: "intervenir dans les appels", directory: "écrire l’annuaire", gate: "interroger à la porte", admin: "administrer" },
});

export const scopeSays = words({
  en: {
    read: "Read everything but users and keys.", calls: "Mute, open, hang up in running calls.", directory: "Write buildings, units, residents, allowlists, passes and flows.",
    gate: "Ask whether a PIN opens, a number is blocked or a stream runs: for flows at a carrier.", admin: "Everything else: users, keys, connections, lines. Needs the role administrator.",
  },
  de: {
    read: "Alles lesen außer Benutzern und Schlüsseln.", calls: "In laufenden Anrufen stumm schalten, öffnen, auflegen.", directory: "Gebäude, Wohneinheiten, Bewohner, Erlaubnislisten, Zutrittspässe und Abläufe schreiben.",
    gate: "Fragen, ob eine PIN öffnet, eine Nummer gesperrt ist oder ein Audiostrom läuft: für Abläufe beim Anbieter.", admin: "Alles andere: Benutzer, Schlüssel, Anbieterkonten, Leitungen. Braucht die Rolle Administrator.",
  },
  fr: {
    read: "Tout lire sauf les utilisateurs et les clés.", calls: "Couper le micro, ouvrir, raccrocher dans les appels en cours.", directory: "Écrire immeubles, logements, résidents, listes autorisées, laissez-passer et scénarios.",
    gate: "Demander si un code ouvre, si un numéro est bloqué ou si un flux audio tourne : pour des scénarios chez l’opérateur.", admin: "Tout le reste : utilisateurs, clés, comptes opérateur, lignes. Exige le rôle administrateur.",
  },
});
