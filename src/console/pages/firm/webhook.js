// One webhook: how it is, what it is told and where; trying it, switching it, its secret; and the log of what it was told.

import { patch, post, read, remove } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { dateAndTime } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { navigate } from "../../app/router.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Confirm, Dialog } from "../../parts/dialog.js";
import { EditForm, useEdit } from "../../parts/edit.js";
import { Facts } from "../../parts/facts.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { needs } from "../../parts/needs.js";
import { PageHead, Shown } from "../../parts/page.js";
import { useStylesheet } from "../../parts/stylesheet.js";
import { toast, toastProblem } from "../../parts/toast.js";
import { BuildingNames } from "./buildings.js";
import { overlaps, SecretShown } from "./secret.js";
import { Deliveries } from "./deliveries.js";
import { Delivery } from "./delivery.js";
import { WebhookFields, webhookBody, webhookValues } from "./webhook-fields.js";
import { Verify } from "./webhook-verify.js";
import { WebhookState } from "./webhooks.js";

const t = texts({
  en: {
    mayNot: "Only managers see webhooks.", webhooks: "Webhooks", test: "Send a test", on: "Switch on", off: "Switch off", rotate: "Replace secret", delete: "Delete", state: "State", building: "Building", since: "Added", oldSecret: "Former secret signs until",
    failing: "Nothing but failures since {at}. After five days of them it is switched off.", becauseGone: "It answered 410: never again. Switch it on to tell it again.",
    becauseFailing: "It answered nothing but failures for five days. Put it right, send a test, then switch it on.", personal: "This webhook is told whole phone numbers: only administrators change it.",
    nowOn: "The webhook is on.", nowOff: "The webhook is off: nothing is told, and what happens meanwhile can be replayed later.", deleteTitle: "Delete this webhook?", deleteText: "Its log goes with it. Nothing is told to it any more.", deleted: "The webhook was deleted.",
    rotateText: "From now on messages are signed with a new secret; for a while with the old one as well, so that none fails its check.", overlap: "How long the old one signs as well", made: "The new secret", label: "Signing secret", settings: "What it is told, and where",
    url: "URL", description: "Description", events: "What it is told", whole: "Whole numbers",
  },
  de: {
    mayNot: "Nur Verwalter sehen Webhooks.", webhooks: "Webhooks", test: "Test senden", on: "Einschalten", off: "Ausschalten", rotate: "Geheimnis ersetzen", delete: "Löschen", state: "Zustand", building: "Gebäude", since: "Hinzugefügt", oldSecret: "Früheres Geheimnis signiert bis",
    failing: "Seit {at} nur Fehlschläge. Nach fünf Tagen wird er abgeschaltet.", becauseGone: "Er antwortete 410: nie wieder. Schalten Sie ihn ein, damit er wieder etwas erfährt.",
    becauseFailing: "Fünf Tage lang gab es nur Fehlschläge. Beheben Sie die Ursache, senden Sie einen Test und schalten Sie ihn wieder ein.", personal: "Dieser Webhook erfährt ganze Telefonnummern: Nur Administratoren ändern ihn.",
    nowOn: "Der Webhook ist an.", nowOff: "Der Webhook ist aus: Er erfährt nichts; was inzwischen geschieht, lässt sich später wiederholen.", deleteTitle: "Diesen Webhook löschen?", deleteText: "Sein Protokoll wird mit gelöscht. Er erfährt nichts mehr.", deleted: "Der Webhook wurde gelöscht.",
    rotateText: "Ab jetzt werden Nachrichten mit einem neuen Geheimnis signiert, eine Zeit lang auch mit dem alten, damit keine Prüfung scheitert.", overlap: "Wie lange das alte noch mit signiert", made: "Das neue Geheimnis", label: "Geheimnis für Signaturen", settings: "Was er erfährt, und wohin",
    url: "URL", description: "Beschreibung", events: "Was er erfährt", whole: "Ganze Nummern",
  },
  fr: {
    mayNot: "Seuls les gestionnaires voient les webhooks.", webhooks: "Webhooks", test: "Envoyer un essai", on: "Activer", off: "Désactiver", rotate: "Remplacer le secret", delete: "Supprimer", state: "État", building: "Immeuble", since: "Ajouté", oldSecret: "L’ancien secret signe jusqu’au",
    failing: "Rien que des échecs depuis le {at}. Après cinq jours il est désactivé.", becauseGone: "Il a répondu 410 : plus jamais. Activez-le pour qu’il apprenne à nouveau.",
    becauseFailing: "Rien que des échecs pendant cinq jours. Corrigez la cause, envoyez un essai, puis activez-le.", personal: "Ce webhook apprend les numéros entiers : seuls les administrateurs le modifient.",
    nowOn: "Le webhook est actif.", nowOff: "Le webhook est inactif : il n’apprend rien ; ce qui se passe entre-temps pourra être répété.", deleteTitle: "Supprimer ce webhook ?", deleteText: "Son journal disparaît avec lui. Il n’apprend plus rien.", deleted: "Le webhook a été supprimé.",
    rotateText: "Désormais les messages sont signés avec un nouveau secret ; pendant un temps aussi avec l’ancien, pour qu’aucune vérification n’échoue.", overlap: "Combien de temps l’ancien signe aussi", made: "Le nouveau secret", label: "Secret de signature", settings: "Ce qu’il apprend, et où",
    url: "URL", description: "Description", events: "Ce qu’il apprend", whole: "Numéros entiers",
  },
});

/** @param {{ params: { id: string } }} properties */
export default function Webhook({ params }) {
  useStylesheet("firm/webhooks.css");
  const loaded = useData(may("manager") ? `/v1/webhooks/${params.id}` : null);
  if (!may("manager")) return html`<${PageHead} title=${t("webhooks")} intro=${t("mayNot")} />`;
  return html`<${Shown} page of=${loaded}>
    ${(/** @type {any} */ webhook) => html`<${Known} webhook=${webhook} loaded=${loaded} />`}
  <//>`;
}

/** @param {{ webhook: import("../../app/types").Schema<"WebhookView">, loaded: import("../../app/data.js").Loaded }} properties */
function Known({ webhook, loaded }) {
  const [asking, setAsking] = useState(/** @type {"rotate" | "delete" | null} */ (null));
  const [secret, setSecret] = useState(/** @type {string | null} */ (null));
  const [tested, setTested] = useState(/** @type {string | null} */ (null));
  const [turn, setTurn] = useState(0);
  const path = `/v1/webhooks/${webhook.id}`;
  const may_steer = may(webhook.personal ? "admin" : "manager");
  const close = () => setAsking(null);
  const test = () => post(`${path}/test`).then(({ id }) => setTested(id), toastProblem);
  const turnTo = async (/** @type {boolean} */ enabled) => {
    try {
      const { etag } = await read(path);
      loaded.set(await patch(path, { enabled }, etag));
      toast(enabled ? t("nowOn") : t("nowOff"));
    } catch (problem) {
      toastProblem(problem);
    }
  };
  const acts = may_steer && html`
    <button type="button" class="button primary" onClick=${test}>${t("test")}</button>
    <button type="button" class="button" onClick=${() => turnTo(!webhook.enabled)}>${webhook.enabled ? t("off") : t("on")}</button>
    <button type="button" class="button" onClick=${() => setAsking("rotate")}>${t("rotate")}</button>`;
  const warning = webhook.disabled_because === "gone" ? t("becauseGone") : webhook.disabled_because ? t("becauseFailing")
    : webhook.failing_since ? t("failing", { at: dateAndTime(webhook.failing_since) }) : null;
  return html`
    <${PageHead} title=${webhook.description || new URL(webhook.url).host} back=${{ to: "/webhooks", text: t("webhooks") }}
      actions=${html`${acts}<button type="button" class="button" onClick=${() => setAsking("delete")}>${t("delete")}</button>`} />
    ${warning && html`<div class="note warn"><${Icon} name="warn" /><p>${warning}</p></div>`}
    <div class="stack">
      <section class="card"><${Facts} of=${[
        [t("state"), html`<${WebhookState} of=${webhook} />`],
        [t("building"), html`<${BuildingNames} of=${webhook.building_id ? [webhook.building_id] : null} />`],
        [t("since"), dateAndTime(webhook.created_at)],
        [t("oldSecret"), webhook.old_secret_until && new Date(webhook.old_secret_until) > new Date() && dateAndTime(webhook.old_secret_until)],
      ]} /></section>
      <${Deliveries} key=${turn} webhook=${webhook} maySteer=${may_steer} />
      <section class="card">
        <h2>${t("settings")}</h2>
        <${Settings} webhook=${webhook} etag=${loaded.etag} maySteer=${may_steer} onSaved=${loaded.set} />
        <${Verify} />
      </section>
    </div>
    ${tested && html`<${Delivery} webhook=${webhook} id=${tested} maySteer=${may_steer} onClose=${() => {
      setTested(null);
      setTurn(turn + 1);
      loaded.reload();
    }} />`}
    ${asking === "rotate" && html`<${Rotate} path=${path} onClose=${close} onMade=${(/** @type {any} */ made) => {
      close();
      setSecret(made.secret);
      loaded.set({ ...webhook, old_secret_until: made.old_secret_until });
    }} />`}
    ${secret && html`<${SecretShown} title=${t("made")} label=${t("label")} secret=${secret} onClose=${() => setSecret(null)} />`}
    ${asking === "delete" && html`<${Confirm} title=${t("deleteTitle")} yes=${t("delete")} onClose=${close} onYes=${async () => {
      await remove(path);
      toast(t("deleted"));
      navigate("/webhooks");
    }}><p>${t("deleteText")}</p><//>`}`;
}

/** @param {{ webhook: any, etag: string | null, maySteer: boolean, onSaved: (webhook: any) => void }} properties */
function Settings({ webhook, etag, maySteer, onSaved }) {
  const body = (/** @type {Record<string, any>} */ values) => {
    needs(values, "url");
    return webhookBody(values);
  };
  const form = useEdit({ path: `/v1/webhooks/${webhook.id}`, thing: webhook, etag, values: webhookValues, body, onSaved });
  if (!maySteer) return html`<p>${t("personal")}</p><div class="stack"><${WebhookFields} of=${form} disabled /></div>`;
  return html`<${EditForm} of=${form} labels=${{ url: t("url"), description: t("description"), events: t("events"), personal: t("whole") }}><${WebhookFields} of=${form} /><//>`;
}

/** @param {{ path: string, onMade: (made: any) => void, onClose: () => void }} properties */
function Rotate({ path, onMade, onClose }) {
  const form = useForm({ overlap_seconds: "86400" }, async ({ overlap_seconds }) => {
    onMade(await post(`${path}/rotate-secret`, { overlap_seconds: Number(overlap_seconds) }));
  });
  return html`<${Dialog} title=${t("rotate")} onClose=${onClose}>
    <p>${t("rotateText")}</p>
    <${Form} of=${form} submit=${t("rotate")} onCancel=${onClose}>
      <${Field} of=${form} name="overlap_seconds" label=${t("overlap")} type="select" options=${overlaps(604_800)} />
    <//>
  <//>`;
}
