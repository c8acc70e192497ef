// What a webhook is told, in words, and the fields that both a new one and one that is there have.

import { html } from "../../app/html.js";
import { may } from "../../app/session.js";
import { texts, words } from "../../app/texts.js";
import { Field } from "../../parts/form.js";

const t = texts({
  en: {
    url: "URL", urlHint: "Where messages are posted to: https, on the public internet.", description: "Description", descriptionHint: "What people call it: “Parcel desk”.",
    events: "What it is told", everything: "Everything, also what is new in later versions", chosen: "Only what is chosen", personal: "Tell whole phone numbers",
    personalHint: "Otherwise their middle is hidden: +44••••••••01. Only administrators may set this, and change such a webhook.", personalNo: "Only administrators may set this.",
  },
  de: {
    url: "URL", urlHint: "Wohin Nachrichten gesendet werden: https, im öffentlichen Internet.", description: "Beschreibung", descriptionHint: "Wie man ihn nennt: „Paketschalter“.",
    events: "Was er erfährt", everything: "Alles, auch was in späteren Versionen dazukommt", chosen: "Nur Ausgewähltes", personal: "Ganze Telefonnummern mitteilen",
    personalHint: "Sonst ist ihre Mitte verdeckt: +44••••••••01. Nur Administratoren dürfen das einstellen und einen solchen Webhook ändern.", personalNo: "Nur Administratoren dürfen das einstellen.",
  },
  fr: {
    url: "URL", urlHint: "Où les messages sont envoyés : en https, sur l’internet public.", description: "Description", descriptionHint: "Comment on l’appelle : « Guichet des colis ».",
    events: "Ce qu’il apprend", everything: "Tout, y compris les nouveautés des versions suivantes", chosen: "Seulement ce qui est choisi", personal: "Communiquer les numéros entiers",
    personalHint: "Sinon leur milieu est masqué : +44••••••••01. Seuls les administrateurs peuvent régler cela et modifier un tel webhook.", personalNo: "Seuls les administrateurs peuvent régler cela.",
  },
});

export const TOPICS = [
  "call.rang", "caller.admitted", "caller.refused", "caller.blocked", "entrance.blocked", "pin.accepted", "pin.refused", "call.ringing", "call.accepted", "call.declined",
  "door.opened", "door.open_failed", "participant.joined", "participant.left", "participant.muted", "participant.unmuted", "participant.held", "participant.resumed", "call.ended", "webhook.disabled",
];

export const topicName = words({
  en: {
    "call.rang": "A visitor called", "caller.admitted": "A caller was let in", "caller.refused": "A caller was refused", "caller.blocked": "A caller was blocked",
    "entrance.blocked": "An entrance takes no PINs for a while",
    "pin.accepted": "A PIN was right", "pin.refused": "A PIN was wrong", "call.ringing": "A group rings", "call.accepted": "Someone accepted", "call.declined": "Someone refused",
    "door.opened": "The door was opened", "door.open_failed": "Opening failed", "participant.joined": "Someone joined", "participant.left": "Someone left",
    "participant.muted": "Someone was muted", "participant.unmuted": "Someone may speak again", "participant.held": "Someone was put on hold", "participant.resumed": "Someone is off hold",
    "call.ended": "The call is over", "webhook.disabled": "A webhook was switched off", ping: "A test",
  },
  de: {
    "call.rang": "Ein Besucher rief an", "caller.admitted": "Ein Anrufer wurde vorgelassen", "caller.refused": "Ein Anrufer wurde abgewiesen", "caller.blocked": "Ein Anrufer wurde gesperrt",
    "entrance.blocked": "Ein Eingang nimmt eine Zeit lang keine PINs an",
    "pin.accepted": "Eine PIN stimmte", "pin.refused": "Eine PIN stimmte nicht", "call.ringing": "Eine Gruppe klingelt", "call.accepted": "Jemand nahm an", "call.declined": "Jemand lehnte ab",
    "door.opened": "Die Tür wurde geöffnet", "door.open_failed": "Öffnen misslang", "participant.joined": "Jemand kam dazu", "participant.left": "Jemand ging",
    "participant.muted": "Jemand wurde stummgeschaltet", "participant.unmuted": "Jemand darf wieder sprechen", "participant.held": "Jemand wird gehalten", "participant.resumed": "Jemand ist zurück",
    "call.ended": "Der Anruf ist vorbei", "webhook.disabled": "Ein Webhook wurde abgeschaltet", ping: "Ein Test",
  },
  fr: {
    "call.rang": "Un visiteur a appelé", "caller.admitted": "Un appelant a été admis", "caller.refused": "Un appelant a été refusé", "caller.blocked": "Un appelant a été bloqué",
    "entrance.blocked": "Une entrée n’accepte plus de code pour un temps",
    "pin.accepted": "Un code était bon", "pin.refused": "Un code était faux", "call.ringing": "Un groupe sonne", "call.accepted": "Quelqu’un a accepté", "call.declined": "Quelqu’un a refusé",
    "door.opened": "La porte a été ouverte", "door.open_failed": "L’ouverture a échoué", "participant.joined": "Quelqu’un est arrivé", "participant.left": "Quelqu’un est parti",
    "participant.muted": "Un micro a été coupé", "participant.unmuted": "Un micro a été rétabli", "participant.held": "Quelqu’un est mis en attente", "participant.resumed": "Quelqu’un est repris",
    "call.ended": "L’appel est terminé", "webhook.disabled": "Un webhook a été désactivé", ping: "Un essai",
  },
});

/** What a form holds of a webhook. @param {any} webhook */
export const webhookValues = ({ url, description, events, personal }) => ({ url, description: description ?? "", events: events ?? [], chooses: (events ?? []).length > 0, personal });

/** What the API is told of that. @param {Record<string, any>} values */
export const webhookBody = ({ url, description, events, chooses, personal }) => ({ url: url.trim(), description, events: chooses ? events : [], personal });

/** @param {{ of: import("../../parts/form.js").Draft, disabled?: boolean }} properties */
export function WebhookFields({ of, disabled = false }) {
  const chosen = of.values.events;
  /** Each topic as a field of its own. @type {any} */
  const topics = {
    values: Object.fromEntries(TOPICS.map((topic) => [topic, chosen.includes(topic)])),
    wrong: {},
    set: (/** @type {string} */ name, /** @type {boolean} */ is_on) => of.set("events", TOPICS.filter((topic) => (topic === name ? is_on : chosen.includes(topic)))),
  };
  /** @type {any} */
  const which = { values: { which: of.values.chooses ? "chosen" : "all" }, wrong: { which: of.wrong.events }, set: (/** @type {string} */ _, /** @type {string} */ value) => of.set("chooses", value === "chosen") };
  return html`
    <${Field} of=${of} name="url" label=${t("url")} hint=${t("urlHint")} type="url" inputmode="url" autocomplete="off" maxlength="2000" placeholder="https://" disabled=${disabled} />
    <${Field} of=${of} name="description" label=${t("description")} hint=${t("descriptionHint")} maxlength="200" optional disabled=${disabled} />
    <${Field} of=${which} name="which" label=${t("events")} type="select" options=${[["all", t("everything")], ["chosen", t("chosen")]]} disabled=${disabled} />
    ${of.values.chooses && html`<fieldset class="webhook-topics" disabled=${disabled}>
      <legend>${t("events")}</legend>
      ${TOPICS.map((topic) => html`<${Field} key=${topic} of=${topics} name=${topic} type="check" label=${html`${topicName(topic)} <code class="small soft">${topic}</code>`} />`)}
    </fieldset>`}
    <${Field} of=${of} name="personal" label=${t("personal")} type="check" hint=${may("admin") ? t("personalHint") : t("personalNo")} disabled=${disabled || !may("admin")} />`;
}
