// What a flow does, in sentences; and what is wrong with one, by the rules that the API checks as well.

import { language, locale, texts } from "../../app/texts.js";

/** @typedef {import("../../app/types").Schema<"FlowDocument">} Flow */
/** @typedef {Flow["groups"][number]} Group */
/** @typedef {{ residents?: Map<string, string>, schedules?: Map<string, string>, size?: number | null }} Known the names of what a flow names, and how many live in the unit, where that is clear */

export const GROUPS_MAX = 10;
export const MEMBERS_MAX = 20;
/** What is absent is as usual. */
export const RING_SECONDS = 25;
export const GAP_SECONDS = 5;

const t = texts({
  en: {
    everyone: "everyone of the unit", concierge: "the concierge", someone: "a resident", nobody: "nobody yet",
    alone: "Rings {who} for {n} s", together: "Rings {who} together for {n} s", spaced: "Rings {who} one after the other, {gap} s apart, for {n} s",
    key: "; a key press accepts", detect: "; whoever picks up accepts, voicemail does not", none: "; picking up accepts, even voicemail",
    next_group: "; a refusal ends this group", stop_all: "; a refusal ends all ringing",
    hours: "Only during “{name}”.", ownHours: "Only in its own hours.", unknownHours: "Only during a schedule that is gone.",
    sayUsual: "Nobody accepted: the visitor hears that nobody answers.", say: "Nobody accepted: the visitor hears “{text}”",
    endConcierge: "Nobody accepted: the concierge is rung.", hangUp: "Nobody accepted: a short goodbye.",
    wrongGroups: "A flow has 1 to 10 groups.", wrongMembers: "Choose 1 to 20 residents.", wrongRing: "From 5 to 120 seconds.",
    wrongGap: "From 1 to 60 seconds.", wrongFit: "The last one would start after the group is over: ring longer, or closer together.",
    wrongText: "From 1 to 500 characters.", wrongHours: "Choose a schedule, or other hours.",
  },
  de: {
    everyone: "bei allen in der Wohneinheit", concierge: "beim Concierge", someone: "einem Bewohner", nobody: "noch bei niemandem",
    alone: "Klingelt {n} s lang {who}", together: "Klingelt {n} s lang gleichzeitig {who}", spaced: "Klingelt {n} s lang nacheinander {who}, im Abstand von {gap} s",
    key: "; ein Tastendruck nimmt an", detect: "; wer abhebt, nimmt an, eine Mailbox nicht", none: "; Abheben nimmt an, auch eine Mailbox",
    next_group: "; eine Ablehnung beendet diese Gruppe", stop_all: "; eine Ablehnung beendet das Klingeln",
    hours: "Nur während „{name}“.", ownHours: "Nur zu eigenen Zeiten.", unknownHours: "Nur während eines Zeitplans, den es nicht mehr gibt.",
    sayUsual: "Niemand nahm an: Der Besucher hört, dass niemand antwortet.", say: "Niemand nahm an: Der Besucher hört „{text}“",
    endConcierge: "Niemand nahm an: Es klingelt beim Concierge.", hangUp: "Niemand nahm an: eine kurze Verabschiedung.",
    wrongGroups: "Ein Ablauf hat 1 bis 10 Gruppen.", wrongMembers: "Wählen Sie 1 bis 20 Bewohner.", wrongRing: "5 bis 120 Sekunden.",
    wrongGap: "1 bis 60 Sekunden.", wrongFit: "Beim Letzten würde es erst klingeln, wenn die Gruppe vorbei ist: länger klingeln oder den Abstand verkürzen.",
    wrongText: "1 bis 500 Zeichen.", wrongHours: "Wählen Sie einen Zeitplan oder andere Zeiten.",
  },
  fr: {
    everyone: "tous les résidents du logement", concierge: "le concierge", someone: "un résident", nobody: "encore personne",
    alone: "Fait sonner {who} pendant {n} s", together: "Fait sonner {who} en même temps pendant {n} s", spaced: "Fait sonner {who} l’un après l’autre, à {gap} s d’intervalle, pendant {n} s",
    key: " ; une touche accepte", detect: " ; qui décroche accepte, pas un répondeur", none: " ; décrocher suffit, même un répondeur",
    next_group: " ; un refus met fin à ce groupe", stop_all: " ; un refus met fin à toute la sonnerie",
    hours: "Seulement pendant « {name} ».", ownHours: "Seulement à ses propres heures.", unknownHours: "Seulement pendant un horaire qui n’existe plus.",
    sayUsual: "Personne n’a accepté : le visiteur entend que personne ne répond.", say: "Personne n’a accepté : le visiteur entend « {text} »",
    endConcierge: "Personne n’a accepté : le concierge est appelé.", hangUp: "Personne n’a accepté : un bref au revoir.",
    wrongGroups: "Un scénario comporte de 1 à 10 groupes.", wrongMembers: "Choisissez de 1 à 20 résidents.", wrongRing: "De 5 à 120 secondes.",
    wrongGap: "De 1 à 60 secondes.", wrongFit: "Le dernier sonnerait après la fin du groupe : sonnez plus longtemps ou réduisez l’intervalle.",
    wrongText: "De 1 à 500 caractères.", wrongHours: "Choisissez un horaire, ou d’autres heures.",
  },
});

const list = new Intl.ListFormat(locale, { type: "conjunction" });

/** The residents that a group names. @param {Group} group @returns {string[]} */
export const namedIn = (group) => (typeof group.members === "object" ? group.members.residents : []);

/** How many seconds lie between two members; null: they ring together. @param {Group} group */
export const gapOf = (group) => (group.start && typeof group.start === "object" ? group.start.spaced.seconds : null);

/** @param {Group} group */
export const ringSeconds = (group) => group.ring_seconds ?? RING_SECONDS;

/** How many a group rings, where that is clear. @param {Group} group @param {Known} known @returns {number | null} */
export function membersOf(group, known) {
  if (group.members === "concierge") return 1;
  return group.members === "all_residents" ? (known.size ?? null) : namedIn(group).length;
}

/** `Ada and Ben` @param {Group} group @param {Known} known */
export function who(group, known) {
  if (group.members === "all_residents") return t("everyone");
  if (group.members === "concierge") return t("concierge");
  const names = namedIn(group).map((id) => known.residents?.get(id) ?? t("someone"));
  if (names.length === 0) return t("nobody");
  return language === "de" ? `bei ${list.format(names)}` : list.format(names);
}

/** Everything that a group does. @param {Group} group @param {Known} known */
export function groupSentence(group, known) {
  const gap = gapOf(group);
  const is_alone = membersOf(group, known) === 1;
  const how = is_alone ? "alone" : gap === null ? "together" : "spaced";
  const ring = t(how, { who: who(group, known), n: ringSeconds(group), gap: gap ?? 0 });
  const decline = group.on_decline && group.on_decline !== "leave_me_out" ? t(group.on_decline) : "";
  return `${ring}${t(group.accept ?? "key")}${decline}. ${hoursSentence(group, known)}`.trim();
}

/** @param {Group} group @param {Known} known */
function hoursSentence(group, known) {
  if (!group.hours) return "";
  if (!("schedule_id" in group.hours)) return t("ownHours");
  const name = known.schedules?.get(group.hours.schedule_id);
  return name || !known.schedules ? t("hours", { name: name ?? "…" }) : t("unknownHours");
}

/** What comes after the last group. @param {Flow} flow */
export function endSentence(flow) {
  const end = flow.on_none;
  if (end && typeof end === "object") return end.say.text ? t("say", { text: end.say.text }) : t("sayUsual");
  return t(end === "concierge" ? "endConcierge" : "hangUp");
}

/**
 * What is wrong with it, by the place where it stands: `groups[1].ring_seconds`.
 *
 * @param {Flow} flow @returns {Record<string, string>}
 */
export function wrongIn(flow) {
  /** @type {Record<string, string>} */
  const wrong = {};
  if (flow.groups.length < 1 || flow.groups.length > GROUPS_MAX) wrong.groups = t("wrongGroups");
  flow.groups.forEach((group, n) => {
    const at = `groups[${n}]`;
    const [seconds, gap, named] = [ringSeconds(group), gapOf(group), namedIn(group).length];
    if (typeof group.members === "object" && (named < 1 || named > MEMBERS_MAX)) wrong[`${at}.members`] = t("wrongMembers");
    if (!(seconds >= 5 && seconds <= 120)) wrong[`${at}.ring_seconds`] = t("wrongRing");
    if (gap !== null && !(gap >= 1 && gap <= 60)) wrong[`${at}.start`] = t("wrongGap");
    else if (gap !== null && gap * Math.max(0, named - 1) >= seconds) wrong[`${at}.start`] = t("wrongFit");
    if (group.hours && "schedule_id" in group.hours && !group.hours.schedule_id) wrong[`${at}.hours`] = t("wrongHours");
  });
  const end = flow.on_none;
  if (end && typeof end === "object" && end.say.text && [...end.say.text].length > 500) wrong.on_none = t("wrongText");
  return wrong;
}
