// The log of what a webhook was told: filters that live in the address bar, each delivery's state, and telling again what happened in a time.

import { post } from "../../app/api.js";
import { usePages } from "../../app/data.js";
import { dateAndTime, since } from "../../app/format.js";
import { html, useEffect, useState } from "../../app/html.js";
import { useQuery } from "../../app/router.js";
import { texts } from "../../app/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { PagedTable } from "../../parts/list.js";
import { needs } from "../../parts/needs.js";
import { toast } from "../../parts/toast.js";
import { Delivery, DeliveryState, stateName } from "./delivery.js";
import { topicName } from "./webhook-fields.js";

const t = texts({
  en: {
    title: "Deliveries", hint: "Kept for 30 days.", what: "What", state: "State", attempts: "Attempts", when: "When", answer: "Last answer", any: "Any", from: "From", to: "Before",
    next: "again {at}", again: "told again", empty: "Nothing was told yet", emptyHint: "Send a test, or wait for a visitor: every message stands here, with what was answered.", emptyFilter: "Nothing fits these filters",
    emptyFilterHint: "Choose another state or time.", replay: "Replay a time", replayTitle: "Tell again what happened in a time", replayText: "All that this webhook asks for is told again, whether it was told before or not: 5000 events at most. Messages keep their ids.",
    submit: "Replay", replayed: { one: "{n} message is told again.", other: "{n} messages are told again." }, nothing: "Nothing happened in that time that this webhook asks for.", refresh: "Refresh", off: "Switch the webhook on first.",
  },
  de: {
    title: "Zustellungen", hint: "30 Tage aufbewahrt.", what: "Was", state: "Zustand", attempts: "Versuche", when: "Wann", answer: "Letzte Antwort", any: "Alle", from: "Von", to: "Vor",
    next: "wieder {at}", again: "wiederholt", empty: "Noch nichts mitgeteilt", emptyHint: "Senden Sie einen Test, oder warten Sie auf einen Besucher: Jede Nachricht steht hier, mit ihrer Antwort.", emptyFilter: "Nichts passt zu diesen Filtern",
    emptyFilterHint: "Wählen Sie einen anderen Zustand oder Zeitraum.", replay: "Zeitraum wiederholen", replayTitle: "Wiederholen, was in einer Zeit geschah", replayText: "Alles, was dieser Webhook erfahren soll, wird noch einmal mitgeteilt, ob schon geschehen oder nicht: höchstens 5000 Ereignisse. Nachrichten behalten ihre id.",
    submit: "Wiederholen", replayed: { one: "{n} Nachricht wird wiederholt.", other: "{n} Nachrichten werden wiederholt." }, nothing: "In dieser Zeit geschah nichts, was dieser Webhook erfahren soll.", refresh: "Aktualisieren", off: "Schalten Sie den Webhook zuerst ein.",
  },
  fr: {
    title: "Envois", hint: "Conservés 30 jours.", what: "Quoi", state: "État", attempts: "Essais", when: "Quand", answer: "Dernière réponse", any: "Tous", from: "Du", to: "Avant",
    next: "à nouveau {at}", again: "répété", empty: "Rien n’a encore été envoyé", emptyHint: "Envoyez un essai, ou attendez un visiteur : chaque message figure ici, avec sa réponse.", emptyFilter: "Rien ne correspond à ces filtres",
    emptyFilterHint: "Choisissez un autre état ou une autre période.", replay: "Répéter une période", replayTitle: "Répéter ce qui s’est passé pendant une période", replayText: "Tout ce que ce webhook demande est envoyé à nouveau, déjà envoyé ou non : 5000 événements au plus. Les messages gardent leur id.",
    submit: "Répéter", replayed: { one: "{n} message est répété.", other: "{n} messages sont répétés." }, nothing: "Rien de ce que ce webhook demande ne s’est passé pendant cette période.", refresh: "Actualiser", off: "Activez d’abord le webhook.",
  },
});

/** @typedef {import("../../app/types").Schema<"DeliveryView">} Delivered */

/** What is on its way is looked at again after that. */
const LOOK_AGAIN_MS = 4000;

/** A moment that was typed, by the clock of whoever typed it. @param {string | null} local */
const moment = (local) => (local && !Number.isNaN(new Date(local).getTime()) ? new Date(local).toISOString() : null);

/** @param {{ webhook: any, maySteer: boolean }} properties */
export function Deliveries({ webhook, maySteer }) {
  const [query, change] = useQuery();
  const filter = { state: query.get("state"), from: moment(query.get("from")), to: moment(query.get("to")) };
  const is_filtered = Object.values(filter).some(Boolean);
  const deliveries = usePages(`/v1/webhooks/${webhook.id}/deliveries`, filter);
  const [shown, setShown] = useState(/** @type {string | null} */ (null));
  const [is_replaying, setReplaying] = useState(false);
  // A delivery that waits for hours is not worth a look every few seconds.
  const is_moving = deliveries.items.some((one) => one.state === "pending" && (!one.next_attempt_at || Date.parse(one.next_attempt_at) < Date.now() + LOOK_AGAIN_MS));
  const is_first_page = deliveries.items.length <= 50;
  useEffect(() => {
    if (!is_moving || !is_first_page || shown) return undefined;
    const timer = setTimeout(deliveries.reload, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [is_moving, is_first_page, shown, deliveries.loading]);

  /** @type {any} */
  const of = { values: { state: query.get("state") ?? "", from: query.get("from") ?? "", to: query.get("to") ?? "" }, wrong: {}, set: (/** @type {string} */ name, /** @type {string} */ value) => change({ [name]: value }) };
  const states = [["", t("any")], ...["pending", "delivered", "failed"].map((state) => [state, stateName(state)])];
  return html`<section class="card deliveries">
    <div class="row between">
      <h2>${t("title")}</h2>
      <div class="row">
        <button type="button" class="button small" onClick=${deliveries.reload}><${Icon} name="refresh" /> ${t("refresh")}</button>
        ${maySteer && html`<button type="button" class="button small" disabled=${!webhook.enabled} title=${webhook.enabled ? undefined : t("off")} onClick=${() => setReplaying(true)}>${t("replay")}</button>`}
      </div>
    </div>
    <div class="filters">
      <${Field} of=${of} name="state" label=${t("state")} type="select" options=${states} />
      <${Field} of=${of} name="from" label=${t("from")} type="datetime-local" />
      <${Field} of=${of} name="to" label=${t("to")} type="datetime-local" />
    </div>
    <${PagedTable} label=${t("title")} of=${deliveries}
      columns=${[
        { title: t("what"), cell: (/** @type {Delivered} */ one) => html`<button type="button" class="link" onClick=${() => setShown(one.id)}>${topicName(one.type)}</button>
          ${one.replay_of && html` <span class="small soft">(${t("again")})</span>`}<br /><code class="small soft">${one.type}</code>` },
        { title: t("when"), cell: (/** @type {Delivered} */ one) => dateAndTime(one.created_at) },
        { title: t("state"), cell: (/** @type {Delivered} */ one) => html`<${DeliveryState} of=${one.state} />
          ${one.next_attempt_at && html` <span class="small soft">${t("next", { at: since(one.next_attempt_at) })}</span>`}` },
        { title: t("attempts"), class: "number", cell: (/** @type {Delivered} */ one) => one.attempts },
        { title: t("answer"), cell: (/** @type {Delivered} */ one) => one.last_status ?? (one.last_error && html`<span class="small" lang="en">${one.last_error}</span>`) },
      ]}
      empty=${html`<${Empty} title=${is_filtered ? t("emptyFilter") : t("empty")} hint=${is_filtered ? t("emptyFilterHint") : t("emptyHint")} />`} />
    <p class="small soft">${t("hint")}</p>
    ${shown && html`<${Delivery} webhook=${webhook} id=${shown} maySteer=${maySteer} onClose=${() => {
      setShown(null);
      deliveries.reload();
    }} />`}
    ${is_replaying && html`<${Replay} webhook=${webhook} onClose=${() => setReplaying(false)} onDone=${() => {
      setReplaying(false);
      deliveries.reload();
    }} />`}
  </section>`;
}

/** @param {number} at for a field of the kind `datetime-local` */
const typed = (at) => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** @param {{ webhook: any, onDone: () => void, onClose: () => void }} properties */
function Replay({ webhook, onDone, onClose }) {
  const form = useForm({ from: typed(Date.now() - 3_600_000), to: typed(Date.now() + 60_000) }, async (values) => {
    needs({ from: moment(values.from) ?? "", to: moment(values.to) ?? "" }, "from", "to");
    const { deliveries } = await post(`/v1/webhooks/${webhook.id}/replay`, { from: moment(values.from), to: moment(values.to) });
    toast(deliveries > 0 ? t("replayed", { n: deliveries }) : t("nothing"));
    onDone();
  });
  return html`<${Dialog} title=${t("replayTitle")} onClose=${onClose}>
    <p>${t("replayText")}</p>
    <${Form} of=${form} submit=${t("submit")} onCancel=${onClose}>
      <${Field} of=${form} name="from" label=${t("from")} type="datetime-local" />
      <${Field} of=${form} name="to" label=${t("to")} type="datetime-local" />
    <//>
  <//>`;
}
