// The firm's webhooks: URLs that are told what happens.

import { post } from "../../app/api.js";
import { usePages } from "../../app/data.js";
import { html, useState } from "../../app/html.js";
import { may, mayForAll } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Dialog } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Field, Form, orNull, useForm } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { PagedTable } from "../../parts/list.js";
import { needs } from "../../parts/needs.js";
import { PageHead } from "../../parts/page.js";
import { useStylesheet } from "../../parts/stylesheet.js";
import { BuildingNames, useBuildings } from "./buildings.js";
import { FirmPlaces } from "./places.js";
import { SecretShown } from "./secret.js";
import { topicName, WebhookFields, webhookBody, webhookValues } from "./webhook-fields.js";
import { Verify } from "./webhook-verify.js";

const t = texts({
  en: {
    title: "Webhooks", intro: "Your own programs are told at once what happens at the doors: a visitor rang, someone opened, a caller was blocked.", add: "Add a webhook",
    name: "Where", events: "Is told", everything: "everything", more: "{first} and {n} more", building: "Building", state: "State", on: "on", off: "off", failing: "failing", gone: "switched off by us",
    empty: "No webhooks yet", emptyHint: "Add the URL of a program of yours, then send it a test. What it is told is signed, and told again until it takes it.", mayNot: "Only managers see and add webhooks.",
    wholeFirm: "All of the firm", whichBuilding: "Whose events", buildingHint: "It stays as it is: add another webhook for another building.", chooseBuilding: "Choose …",
    made: "The webhook was added", label: "Signing secret", to: "To the webhook: send a test",
  },
  de: {
    title: "Webhooks", intro: "Ihre eigenen Programme erfahren sofort, was an den Türen geschieht: Ein Besucher klingelt, jemand öffnet, ein Anrufer wird gesperrt.", add: "Webhook hinzufügen",
    name: "Wohin", events: "Erfährt", everything: "alles", more: "{first} und {n} weitere", building: "Gebäude", state: "Zustand", on: "an", off: "aus", failing: "schlägt fehl", gone: "von uns abgeschaltet",
    empty: "Noch keine Webhooks", emptyHint: "Fügen Sie die URL eines Ihrer Programme hinzu und senden Sie ihm einen Test. Was es erfährt, ist signiert und wird wiederholt, bis es angenommen ist.", mayNot: "Nur Verwalter sehen Webhooks und fügen welche hinzu.",
    wholeFirm: "Der ganzen Firma", whichBuilding: "Wessen Ereignisse", buildingHint: "Das bleibt so: Für ein anderes Gebäude fügen Sie einen weiteren Webhook hinzu.", chooseBuilding: "Wählen …",
    made: "Der Webhook wurde hinzugefügt", label: "Geheimnis für Signaturen", to: "Zum Webhook: einen Test senden",
  },
  fr: {
    title: "Webhooks", intro: "Vos propres programmes apprennent aussitôt ce qui se passe aux portes : un visiteur sonne, quelqu’un ouvre, un appelant est bloqué.", add: "Ajouter un webhook",
    name: "Où", events: "Apprend", everything: "tout", more: "{first} et {n} autres", building: "Immeuble", state: "État", on: "actif", off: "inactif", failing: "en échec", gone: "désactivé par nous",
    empty: "Pas encore de webhook", emptyHint: "Ajoutez l’URL d’un de vos programmes, puis envoyez-lui un essai. Ce qu’il apprend est signé, et répété jusqu’à ce qu’il l’accepte.", mayNot: "Seuls les gestionnaires voient et ajoutent des webhooks.",
    wholeFirm: "De toute la société", whichBuilding: "Événements de", buildingHint: "Cela ne change plus : ajoutez un autre webhook pour un autre immeuble.", chooseBuilding: "Choisir …",
    made: "Le webhook a été ajouté", label: "Secret de signature", to: "Vers le webhook : envoyer un essai",
  },
});

/** @typedef {import("../../app/types").Schema<"WebhookView">} Webhook */

/** @param {{ of: Webhook }} properties */
export function WebhookState({ of }) {
  if (of.disabled_because) return html`<${Badge} kind="bad">${t("gone")}<//>`;
  if (!of.enabled) return html`<${Badge}>${t("off")}<//>`;
  return of.failing_since ? html`<${Badge} kind="bad">${t("failing")}<//>` : html`<${Badge} kind="good">${t("on")}<//>`;
}

/** @param {string[]} events */
function eventsWords(events) {
  const [first, ...others] = events.map(topicName);
  if (!first) return t("everything");
  return others.length > 1 ? t("more", { first, n: others.length }) : [first, ...others].join(", ");
}

export default function Webhooks() {
  const is_allowed = may("manager");
  useStylesheet("firm/webhooks.css");
  const webhooks = usePages(is_allowed ? "/v1/webhooks" : null);
  const buildings = useBuildings();
  const [is_adding, setAdding] = useState(false);
  const [made, setMade] = useState(/** @type {any} */ (null));
  if (!is_allowed) return html`<${PageHead} title=${t("title")} intro=${t("mayNot")} /><${FirmPlaces} here="/webhooks" />`;

  const add = html`<button type="button" class="button primary" onClick=${() => setAdding(true)}><${Icon} name="plus" /> ${t("add")}</button>`;
  return html`
    <${PageHead} title=${t("title")} intro=${t("intro")} actions=${webhooks.items.length > 0 && add} />
    <${FirmPlaces} here="/webhooks" />
    <${PagedTable} label=${t("title")} of=${webhooks}
      columns=${[
        { title: t("name"), cell: (/** @type {Webhook} */ webhook) => html`<a class="webhook-url" href=${`/webhooks/${webhook.id}`}>${webhook.description || webhook.url}</a>
          ${webhook.description && html`<br /><span class="small soft webhook-url">${webhook.url}</span>`}` },
        { title: t("events"), cell: (/** @type {Webhook} */ webhook) => eventsWords(webhook.events) },
        { title: t("building"), cell: (/** @type {Webhook} */ webhook) => html`<${BuildingNames} of=${webhook.building_id ? [webhook.building_id] : null} known=${buildings} />` },
        { title: t("state"), cell: (/** @type {Webhook} */ webhook) => html`<${WebhookState} of=${webhook} />` },
      ]}
      empty=${html`<${Empty} title=${t("empty")} hint=${t("emptyHint")}>${add}<//>`} />
    ${is_adding && html`<${Add} buildings=${buildings ?? []} onClose=${() => setAdding(false)} onMade=${(/** @type {any} */ shown) => {
      setAdding(false);
      setMade(shown);
      webhooks.reload();
    }} />`}
    ${made && html`<${SecretShown} title=${t("made")} label=${t("label")} secret=${made.secret} onClose=${() => setMade(null)}>
      <${Verify} />
      <p><a href=${`/webhooks/${made.id}`}>${t("to")}</a></p>
    <//>`}`;
}

/** @param {{ buildings: { id: string, name: string }[], onMade: (made: any) => void, onClose: () => void }} properties */
function Add({ buildings, onMade, onClose }) {
  const runs_all = mayForAll("manager");
  const empty = webhookValues({ url: "", description: "", events: [], personal: false });
  const form = useForm({ ...empty, building_id: "" }, async (values) => {
    needs(values, "url", ...(runs_all ? [] : ["building_id"]));
    onMade(await post("/v1/webhooks", { ...webhookBody(values), building_id: orNull(values.building_id), enabled: true }));
  });
  const options = [["", runs_all ? t("wholeFirm") : t("chooseBuilding")], ...buildings.map(({ id, name }) => [id, name])];
  return html`<${Dialog} title=${t("add")} onClose=${onClose} wide>
    <${Form} of=${form} submit=${t("add")} onCancel=${onClose}>
      <${WebhookFields} of=${form} />
      <${Field} of=${form} name="building_id" label=${t("whichBuilding")} hint=${t("buildingHint")} type="select" options=${options} />
    <//>
  <//>`;
}
