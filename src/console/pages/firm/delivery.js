// One delivery: the message, and each try with what was answered. What is still on its way is watched until it is over or waits.

import { post } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { dateAndTime, timeOfDay } from "../../app/format.js";
import { html, useEffect, useState } from "../../app/html.js";
import { texts, words } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Dialog } from "../../parts/dialog.js";
import { Facts } from "../../parts/facts.js";
import { Shown } from "../../parts/page.js";
import { toastProblem } from "../../parts/toast.js";
import { topicName } from "./webhook-fields.js";

const t = texts({
  en: {
    state: "State", id: "webhook-id", when: "Since", next: "Tried again", message: "Request", gone: "The event can not be read any more.", tries: "Tries", none: "It was not tried yet: this page looks again by itself.",
    status: "Answered {status} after {ms} ms", failed: "No answer after {ms} ms", empty: "An empty answer.", again: "Replay this one", replayed: "A new delivery of the same message:", off: "Switch the webhook on first.",
    try: "Try {n}, {at}", hidden: "Of a webhook that is told whole numbers only administrators see answers.",
  },
  de: {
    state: "Zustand", id: "webhook-id", when: "Seit", next: "Nächster Versuch", message: "Anfrage", gone: "Das Ereignis ist nicht mehr lesbar.", tries: "Versuche", none: "Noch nicht versucht: Diese Seite sieht von selbst wieder nach.",
    status: "Antwort {status} nach {ms} ms", failed: "Keine Antwort nach {ms} ms", empty: "Eine leere Antwort.", again: "Diese wiederholen", replayed: "Eine neue Zustellung derselben Nachricht:", off: "Schalten Sie den Webhook zuerst ein.",
    try: "Versuch {n}, {at}", hidden: "Bei einem Webhook, der ganze Nummern erfährt, sehen nur Administratoren die Antworten.",
  },
  fr: {
    state: "État", id: "webhook-id", when: "Depuis", next: "Prochain essai", message: "Requête", gone: "L’événement n’est plus lisible.", tries: "Essais", none: "Pas encore essayé : cette page regarde à nouveau d’elle-même.",
    status: "Réponse {status} après {ms} ms", failed: "Pas de réponse après {ms} ms", empty: "Une réponse vide.", again: "Répéter celui-ci", replayed: "Un nouvel envoi du même message :", off: "Activez d’abord le webhook.",
    try: "Essai {n}, {at}", hidden: "Pour un webhook qui apprend les numéros entiers, seuls les administrateurs voient les réponses.",
  },
});

export const stateName = words({
  en: { pending: "on its way", delivered: "delivered", failed: "failed" },
  de: { pending: "unterwegs", delivered: "zugestellt", failed: "gescheitert" },
  fr: { pending: "en route", delivered: "remis", failed: "échoué" },
});

/** @param {{ of: string }} properties */
export function DeliveryState({ of }) {
  return html`<${Badge} kind=${of === "delivered" ? "good" : of === "failed" ? "bad" : "busy"}>${stateName(of)}<//>`;
}

const LOOK_AGAIN_MS = 700;

/** @param {{ webhook: any, id: string, maySteer: boolean, onClose: () => void }} properties */
export function Delivery({ webhook, id: first, maySteer, onClose }) {
  const [id, setId] = useState(first);
  const loaded = useData(`/v1/webhooks/${webhook.id}/deliveries/${id}`);
  const one = loaded.data;
  const is_due = one?.state === "pending" && !(one.next_attempt_at && Date.parse(one.next_attempt_at) > Date.now() + 10_000);
  useEffect(() => {
    if (!is_due || loaded.loading) return undefined;
    const timer = setTimeout(loaded.reload, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [is_due, loaded.loading]);
  const replay = () => post(`/v1/webhooks/${webhook.id}/deliveries/${id}/replay`).then((made) => setId(made.id), toastProblem);
  const may_replay = webhook.enabled || one?.type === "ping";
  return html`<${Dialog} title=${topicName(one?.type) || "…"} onClose=${onClose} wide>
    ${id !== first && html`<p>${t("replayed")}</p>`}
    <${Shown} of=${loaded}>
      ${(/** @type {any} */ delivery) => html`<div class="stack delivery">
        <div aria-live="polite"><${Facts} of=${[
          [t("state"), html`<${DeliveryState} of=${delivery.state} />`],
          [t("when"), dateAndTime(delivery.created_at)],
          [t("next"), delivery.next_attempt_at && dateAndTime(delivery.next_attempt_at)],
          [t("id"), html`<code>${delivery.event_id ?? delivery.id}</code>`],
        ]} /></div>
        <section>
          <h3>${t("message")}</h3>
          <pre tabindex="0" role="region" aria-label=${t("message")}>${requestOf(webhook, delivery) ?? t("gone")}</pre>
        </section>
        <section>
          <h3>${t("tries")}</h3>
          ${delivery.tries.length === 0 && html`<p class="soft">${t("none")}</p>`}
          <ol class="plain stack">
            ${delivery.tries.map((/** @type {any} */ attempt) => html`<li key=${attempt.attempt}>
              <p><strong>${t("try", { n: attempt.attempt, at: timeOfDay(attempt.attempted_at) })}</strong>: ${attempt.status
                ? t("status", { status: String(attempt.status), ms: attempt.duration_ms }) : t("failed", { ms: attempt.duration_ms })}
                ${attempt.error && html` – <span lang="en">${attempt.error}</span>`}</p>
              ${attempt.status && (attempt.answer
                ? html`<pre tabindex="0" role="region" aria-label=${t("try", { n: attempt.attempt, at: timeOfDay(attempt.attempted_at) })}>${attempt.answer}</pre>`
                : html`<p class="small soft">${webhook.personal && !maySteer ? t("hidden") : t("empty")}</p>`)}
            </li>`)}
          </ol>
        </section>
        ${maySteer && html`<div class="row end"><button type="button" class="button" disabled=${!may_replay} title=${may_replay ? undefined : t("off")} onClick=${replay}>${t("again")}</button></div>`}
      </div>`}
    <//>
  <//>`;
}

/** As it goes over the wire, but for what signs it. @param {any} webhook @param {any} delivery */
function requestOf(webhook, delivery) {
  if (!delivery.message) return null;
  const head = [`POST ${webhook.url}`, `webhook-id: ${delivery.message.id}`, "webhook-timestamp: …", "webhook-signature: v1,…", "content-type: application/json"];
  return `${head.join("\n")}\n\n${JSON.stringify(delivery.message, null, 2)}`;
}
