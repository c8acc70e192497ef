// What each role is called, and what it may, in words.

import { texts, words } from "../../app/texts.js";

/** From the least to the most. */
export const ROLES = ["viewer", "manager", "admin", "owner"];

/** Whether people of a role may be limited to some buildings. @param {string} role */
export const canBeLimited = (role) => role === "viewer" || role === "manager";

export const roleName = words({
  en: { viewer: "Viewer", manager: "Manager", admin: "Administrator", owner: "Owner" },
  de: { viewer: "Betrachter", manager: "Verwalter", admin: "Administrator", owner: "Inhaber" },
  fr: { viewer: "Lecteur", manager: "Gestionnaire", admin: "Administrateur", owner: "Propriétaire" },
});

export const roleSays = words({
  en: {
    viewer: "Sees buildings, residents, calls and statistics. Changes nothing, opens nothing.",
    manager: "Runs buildings: residents, flows, passes, lists and blocks; opens doors and steps into calls.",
    admin: "All that a manager may, in every building; and users, connections, lines, API keys, the audit log and people’s data.",
    owner: "All that an administrator may; and the firm’s name, other owners, and where calls may go.",
  },
  de: {
    viewer: "Sieht Gebäude, Bewohner, Anrufe und Statistik. Ändert nichts, öffnet nichts.",
    manager: "Verwaltet Gebäude: Bewohner, Klingelabläufe, Zutrittspässe, Listen und Sperren; öffnet Türen und greift in Anrufe ein.",
    admin: "Alles, was Verwalter dürfen, in allen Gebäuden; dazu Benutzer, Anbieterkonten, Leitungen, API-Schlüssel, Protokoll und Daten von Personen.",
    owner: "Alles, was Administratoren dürfen; dazu der Name der Firma, andere Inhaber, und wohin Anrufe gehen dürfen.",
  },
  fr: {
    viewer: "Voit les immeubles, les résidents, les appels et les statistiques. Ne modifie rien, n’ouvre rien.",
    manager: "Gère des immeubles : résidents, scénarios d’appel, laissez-passer, listes et blocages ; ouvre les portes et intervient dans les appels.",
    admin: "Tout ce que peut un gestionnaire, dans tous les immeubles ; de plus les utilisateurs, comptes opérateur, lignes, clés d’API, le journal d’audit et les données des personnes.",
    owner: "Tout ce que peut un administrateur ; de plus le nom de la société, les autres propriétaires et les destinations des appels.",
  },
});

const t = texts({
  en: { title: "What each role may" },
  de: { title: "Was jede Rolle darf" },
  fr: { title: "Ce que peut chaque rôle" },
});

export const rolesTitle = t("title");
