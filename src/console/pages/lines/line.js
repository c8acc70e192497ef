// One line: where it leads, what a call to it would meet, whether news of it comes, and what it says.

import { remove } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { dateAndTime, phone } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { navigate } from "../../app/router.js";
import { may } from "../../app/session.js";
import { isKnownHere, registerLine } from "../../app/simulator.js";
import { texts, words } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Confirm, Dialog } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";
import { PageHead, Shown } from "../../parts/page.js";
import { toast, toastProblem } from "../../parts/toast.js";
import { Findings, Sentence, Severity } from "./findings.js";
import { leadsTo, LineForm } from "./line-form.js";
import { carrier, LinePlaces } from "./places.js";
import { Prompts } from "./prompts.js";
import { signOfLine } from "./signs.js";
import { Streams } from "./streams.js";

const t = texts({
  en: {
    back: "Lines", dryRun: "Dry run", calls: "Its calls", change: "Change", remove: "Remove", facts: "The line", number: "Number", building: "Building", leads: "Leads to", connection: "Connection", watched: "nowhere: it is only watched", stream: "audio services", entrance: "entrance {name}", unit: "unit {name}",
    check: "What a call would meet", works: "A visitor who calls now reaches someone.", fails: "A visitor who calls now reaches nobody.", again: "Check again", health: "Does news come?", last: "Last news about it", never: "none yet", failures: "Requests that failed, ever", failed: "Last failed", checklist: "If none comes: where to look, in this order",
    removeTitle: "Remove this line?", removeText: "Calls to {number} are refused from now on. What happened stays in the history.", removed: "The line is removed.", changed: "The line is changed.", gone: "gone",
  },
  de: {
    back: "Leitungen", dryRun: "Probelauf", calls: "Ihre Anrufe", change: "Ändern", remove: "Entfernen", facts: "Die Leitung", number: "Nummer", building: "Gebäude", leads: "Führt zu", connection: "Anbieterkonto", watched: "nirgendwohin: Sie wird nur beobachtet", stream: "Audiodienste", entrance: "Eingang {name}", unit: "Wohneinheit {name}",
    check: "Was einen Anruf erwartet", works: "Wer jetzt anruft, erreicht jemanden.", fails: "Wer jetzt anruft, erreicht niemanden.", again: "Noch einmal prüfen", health: "Kommen Meldungen?", last: "Letzte Meldung dazu", never: "noch keine", failures: "Fehlgeschlagene Anfragen, insgesamt", failed: "Zuletzt fehlgeschlagen", checklist: "Wenn keine kommt: wo nachsehen, in dieser Reihenfolge",
    removeTitle: "Diese Leitung entfernen?", removeText: "Anrufe an {number} werden ab jetzt abgewiesen. Was geschah, bleibt in der Anrufliste.", removed: "Die Leitung ist entfernt.", changed: "Die Leitung ist geändert.", gone: "nicht mehr da",
  },
  fr: {
    back: "Lignes", dryRun: "Essai à blanc", calls: "Ses appels", change: "Modifier", remove: "Supprimer", facts: "La ligne", number: "Numéro", building: "Immeuble", leads: "Mène à", connection: "Compte opérateur", watched: "nulle part : elle est seulement observée", stream: "services audio", entrance: "entrée {name}", unit: "logement {name}",
    check: "Ce qu’un appel rencontrerait", works: "Un visiteur qui appelle maintenant joint quelqu’un.", fails: "Un visiteur qui appelle maintenant ne joint personne.", again: "Vérifier à nouveau", health: "Des messages arrivent-ils ?", last: "Dernier message à son sujet", never: "aucun encore", failures: "Demandes échouées, au total", failed: "Dernier échec", checklist: "S’il n’en vient pas : où regarder, dans cet ordre",
    removeTitle: "Supprimer cette ligne ?", removeText: "Les appels au {number} sont désormais refusés. Ce qui s’est passé reste dans l’historique.", removed: "La ligne est supprimée.", changed: "La ligne est modifiée.", gone: "disparu",
  },
});

const step = words({
  en: { public_url: "Our public address", reachable: "It answers", carrier_url: "The carrier’s settings", line: "The line", last_webhook: "Last news", signature: "Signatures" },
  de: { public_url: "Unsere öffentliche Adresse", reachable: "Sie antwortet", carrier_url: "Einstellungen beim Anbieter", line: "Die Leitung", last_webhook: "Letzte Meldung", signature: "Signaturen" },
  fr: { public_url: "Notre adresse publique", reachable: "Elle répond", carrier_url: "Réglages de l’opérateur", line: "La ligne", last_webhook: "Dernier message", signature: "Signatures" },
});

/** @typedef {import("./line-form.js").Line} Line */

/** @param {{ params: { id: string } }} properties */
export default function LinePage({ params }) {
  const line = useData(`/v1/lines/${params.id}`);
  return html`<${Shown} page of=${line}>
    ${(/** @type {Line} */ found) => html`<${LineOf} line=${found} etag=${line.etag} reload=${line.reload} />`}
  <//>`;
}

/** @param {{ line: Line, etag: string | null, reload: () => void }} properties */
function LineOf({ line, etag, reload }) {
  const [asked, setAsked] = useState(/** @type {"change" | "remove" | null} */ (null));
  const connection = useData(may("manager") ? `/v1/connections/${line.connection_id}` : null);
  const name = usePlaces();
  const close = () => setAsked(null);
  const shown = (/** @type {string | null | undefined} */ found) => (found === null ? t("gone") : (found ?? "…"));
  const way = leadsTo(line);
  const goal = {
    watched: () => t("watched"),
    stream: () => t("stream"),
    unit: () => html`<a href=${`/units/${line.unit_id}`}>${t("unit", { name: shown(name("unit", line.unit_id, line.building_id)) })}</a>`,
    entrance: () => html`<a href=${`/entrances/${line.entrance_id}`}>${t("entrance", { name: shown(name("entrance", line.entrance_id, line.building_id)) })}</a>`,
  }[way];
  const actions = html`
    ${!line.is_watched && html`<a class="button" href=${`/dry-run?line=${line.id}`}><${Icon} name="try" /> ${t("dryRun")}</a>`}
    ${may("admin") && html`
      <button class="button" onClick=${() => setAsked("change")}>${t("change")}</button>
      <button class="button danger" onClick=${() => setAsked("remove")}>${t("remove")}</button>`}`;
  return html`
    <${PageHead} title=${phone(line.number)} back=${{ to: "/lines", text: t("back") }} actions=${actions} />
    <${LinePlaces} here="/lines" />
    <div class="columns">
      <div class="stack">
        <section class="card">
          <h2>${t("facts")}</h2>
          <dl class="facts">
            <dt>${t("number")}</dt><dd>${phone(line.number)}</dd>
            <dt>${t("building")}</dt><dd><a href=${`/buildings/${line.building_id}`}>${shown(name("building", line.building_id))}</a></dd>
            <dt>${t("leads")}</dt><dd>${goal()}</dd>
            ${may("manager") && html`<dt>${t("connection")}</dt><dd><a href=${`/connections/${line.connection_id}`}>${connection.data ? `${connection.data.label} (${carrier(connection.data.provider)})` : "…"}</a></dd>`}
          </dl>
          <p class="small below"><a href=${`/calls?building=${line.building_id}${line.entrance_id ? `&entrance=${line.entrance_id}` : ""}`}>${t("calls")}</a></p>
        </section>
        <${Check} key=${etag} line=${line} />
      </div>
      <${Health} line=${line} />
    </div>
    <div class="stack below">
      <${Prompts} key=${etag} line=${line} />
      ${!line.is_watched && html`<${Streams} line=${line} />`}
    </div>
    ${asked === "change" && html`<${Dialog} title=${t("change")} onClose=${close}>
      <${LineForm} line=${line} etag=${etag} onCancel=${close} onDone=${() => { close(); reload(); toast(t("changed")); }} />
    <//>`}
    ${asked === "remove" && html`<${Confirm} title=${t("removeTitle")} yes=${t("remove")} onClose=${close} onYes=${async () => {
      await remove(`/v1/lines/${line.id}`);
      if (connection.data && isKnownHere(line.connection_id)) await registerLine(connection.data).catch(toastProblem);
      toast(t("removed"));
      navigate("/lines");
    }}><p>${t("removeText", { number: phone(line.number) })}</p><//>`}`;
}

/** @param {{ line: Line }} properties */
function Check({ line }) {
  const check = useData(`/v1/lines/${line.id}/check`);
  return html`<section class="card">
    <div class="row between"><h2>${t("check")}</h2>
      <button class="button small" disabled=${check.loading} onClick=${check.reload}><${Icon} name="refresh" size=${16} /> ${t("again")}</button></div>
    <${Shown} of=${check}>
      ${(/** @type {import("../../app/types").Schema<"LineCheck">} */ { works, findings }) => html`
        ${!line.is_watched && html`<p class=${works ? "note done" : "note problem"}><${Icon} name=${works ? "check" : "warn"} /> <strong>${t(works ? "works" : "fails")}</strong></p>`}
        <${Findings} findings=${findings} />`}
    <//>
  </section>`;
}

/** @param {{ line: Line }} properties */
function Health({ line }) {
  const health = useData(`/v1/lines/${line.id}/health`);
  return html`<section class="card">
    <div class="row between"><h2>${t("health")}</h2>
      <button class="button small" disabled=${health.loading} onClick=${health.reload}><${Icon} name="refresh" size=${16} /> ${t("again")}</button></div>
    <${Shown} of=${health}>
      ${(/** @type {import("./signs.js").LineHealth} */ found) => html`
        <dl class="facts">
          <dt>${t("last")}</dt><dd><${Badge} kind=${signOfLine(found).kind}>${signOfLine(found).text}<//> ${found.line.last_webhook_at ? dateAndTime(found.line.last_webhook_at) : ""}</dd>
          <dt>${t("failures")}</dt><dd>${found.line.failures}</dd>
          ${found.line.last_failure_at && html`<dt>${t("failed")}</dt><dd>${dateAndTime(found.line.last_failure_at)}: <span lang="en">${found.line.last_failure}</span></dd>`}
        </dl>
        <h3 class="below">${t("checklist")}</h3>
        <ol class="checklist">
          ${found.checklist.map((one) => html`<li key=${one.step}><span class="row"><strong>${step(one.step)}</strong> <${Severity} of=${one.result} /></span> <${Sentence} of=${one.finding} /></li>`)}
        </ol>`}
    <//>
  </section>`;
}
