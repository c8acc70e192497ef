// One account at a carrier: whether it works, what its carrier must be told, its lines, and what is secret about it.

import { post, remove } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { dateAndTime, phone } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { navigate } from "../../app/router.js";
import { may, mayForAll } from "../../app/session.js";
import { hasSimulator } from "../../app/settings.js";
import { forgetSimulated, isKnownHere } from "../../app/simulator.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Confirm } from "../../parts/dialog.js";
import { PageHead, Shown } from "../../parts/page.js";
import { ProblemNote } from "../../parts/problem.js";
import { toast } from "../../parts/toast.js";
import { useAll } from "../../parts/whole-list.js";
import { ChangeConnection, NewCredentials, NewSecret } from "./connection-forms.js";
import { Dashboard } from "./dashboard.js";
import { Findings } from "./findings.js";
import { carrier, LinePlaces } from "./places.js";
import { signOf } from "./signs.js";
import { Simulated } from "./simulated.js";

const t = texts({
  en: {
    back: "Connections", change: "Change", remove: "Remove", facts: "The account", carrier: "Carrier", signing: "Signatures", required: "required", off: "not checked: anybody who knows the address can ring", news: "News from the carrier", last: "Last news", never: "none yet",
    refusals: "Refused, ever", refused: "Last refused", failures: "Requests that failed, ever", failed: "Last failed", check: "Does the carrier let us in?", checkHint: "Asks the carrier with the credentials. Nothing is changed there, and nobody is called.", go: "Check", again: "Check again", works: "It works.", fails: "It does not work yet.",
    secrets: "Credentials", secretsHint: "They are sealed and never shown again.", replace: "Replace the credentials", rotate: "New signature secret", rotateHint: "For when the carrier’s secret changes: the old one is good for a while yet.", replaced: "The credentials are replaced. Check them.", rotated: "The new secret is taken.",
    lines: "Lines", noLines: "No line is at this connection yet.", addLine: "Add a line", removeTitle: "Remove this connection?", removeText: "Its credentials are deleted, and what the carrier sends is refused. That can not be undone.", removed: "The connection is removed.", inUse: "Lines are at it: remove them first.", changed: "The connection is changed.",
    simulated: "simulated", forbidden: "Only administrators of the whole firm change connections.",
  },
  de: {
    back: "Anbieterkonten", change: "Ändern", remove: "Entfernen", facts: "Das Konto", carrier: "Anbieter", signing: "Signaturen", required: "erforderlich", off: "ungeprüft: Wer die Adresse kennt, kann klingeln", news: "Meldungen des Anbieters", last: "Letzte Meldung", never: "noch keine",
    refusals: "Abgewiesen, insgesamt", refused: "Zuletzt abgewiesen", failures: "Fehlgeschlagene Anfragen, insgesamt", failed: "Zuletzt fehlgeschlagen", check: "Lässt uns der Anbieter ein?", checkHint: "Fragt den Anbieter mit den Zugangsdaten. Dort wird nichts geändert und niemand angerufen.", go: "Prüfen", again: "Noch einmal prüfen", works: "Es geht.", fails: "Es geht noch nicht.",
    secrets: "Zugangsdaten", secretsHint: "Sie sind versiegelt und werden nie wieder angezeigt.", replace: "Zugangsdaten ersetzen", rotate: "Neues Signaturgeheimnis", rotateHint: "Wenn das Geheimnis beim Anbieter wechselt: Das alte gilt noch eine Weile.", replaced: "Die Zugangsdaten sind ersetzt. Prüfen Sie sie.", rotated: "Das neue Geheimnis ist übernommen.",
    lines: "Leitungen", noLines: "An diesem Konto ist noch keine Leitung.", addLine: "Leitung hinzufügen", removeTitle: "Dieses Anbieterkonto entfernen?", removeText: "Seine Zugangsdaten werden gelöscht, und was der Anbieter sendet, wird abgewiesen. Das lässt sich nicht rückgängig machen.", removed: "Das Anbieterkonto ist entfernt.", inUse: "Es hat Leitungen: Entfernen Sie zuerst diese.", changed: "Das Anbieterkonto ist geändert.",
    simulated: "simuliert", forbidden: "Nur Administratoren der ganzen Firma ändern Anbieterkonten.",
  },
  fr: {
    back: "Comptes opérateur", change: "Modifier", remove: "Supprimer", facts: "Le compte", carrier: "Opérateur", signing: "Signatures", required: "exigées", off: "non vérifiées : quiconque connaît l’adresse peut sonner", news: "Messages de l’opérateur", last: "Dernier message", never: "aucun encore",
    refusals: "Refusés, au total", refused: "Dernier refus", failures: "Demandes échouées, au total", failed: "Dernier échec", check: "L’opérateur nous laisse-t-il entrer ?", checkHint: "Interroge l’opérateur avec les identifiants. Rien n’y est modifié, et personne n’est appelé.", go: "Vérifier", again: "Vérifier à nouveau", works: "Cela marche.", fails: "Cela ne marche pas encore.",
    secrets: "Identifiants", secretsHint: "Ils sont scellés et ne sont plus jamais affichés.", replace: "Remplacer les identifiants", rotate: "Nouveau secret de signature", rotateHint: "Quand le secret change chez l’opérateur : l’ancien reste valable un moment.", replaced: "Les identifiants sont remplacés. Vérifiez-les.", rotated: "Le nouveau secret est pris en compte.",
    lines: "Lignes", noLines: "Aucune ligne n’est encore sur ce compte.", addLine: "Ajouter une ligne", removeTitle: "Supprimer ce compte opérateur ?", removeText: "Ses identifiants sont effacés, et ce que l’opérateur envoie est refusé. C’est définitif.", removed: "Le compte opérateur est supprimé.", inUse: "Des lignes y sont rattachées : supprimez-les d’abord.", changed: "Le compte opérateur est modifié.",
    simulated: "simulé", forbidden: "Seuls les administrateurs de toute la société modifient les comptes opérateur.",
  },
});

/** @typedef {import("../../app/types").Schema<"ConnectionView">} Connection */

/** @param {{ params: { id: string } }} properties */
export default function ConnectionPage({ params }) {
  const connection = useData(`/v1/connections/${params.id}`);
  return html`<${Shown} page of=${connection}>
    ${(/** @type {Connection} */ found) => html`<${ConnectionOf} connection=${found} etag=${connection.etag} reload=${connection.reload} />`}
  <//>`;
}

/** @param {{ connection: Connection, etag: string | null, reload: () => void }} properties */
function ConnectionOf({ connection, etag, reload }) {
  const [asked, setAsked] = useState(/** @type {"change" | "remove" | "credentials" | "secret" | null} */ (null));
  const lines = useAll(`/v1/lines?connection=${connection.id}`);
  const may_change = mayForAll("admin");
  const has_lines = (lines.data?.length ?? 1) > 0;
  const close = () => setAsked(null);
  const did = (/** @type {string} */ text) => () => { close(); reload(); toast(text); };
  const actions = may_change && html`
    <button class="button" onClick=${() => setAsked("change")}>${t("change")}</button>
    <button class="button danger" disabled=${has_lines} title=${has_lines ? t("inUse") : undefined} onClick=${() => setAsked("remove")}>${t("remove")}</button>`;
  const is_simulated = isKnownHere(connection.id);
  return html`
    <${PageHead} title=${connection.label} back=${{ to: "/connections", text: t("back") }} actions=${actions} />
    <${LinePlaces} here="/connections" />
    <div class="columns">
      <div class="stack">
        <section class="card">
          <h2>${t("facts")}</h2>
          <dl class="facts">
            <dt>${t("carrier")}</dt><dd>${carrier(connection.provider)} ${is_simulated && html`<${Badge} kind="info">${t("simulated")}<//>`}</dd>
            <dt>${t("signing")}</dt><dd><${Badge} kind=${connection.signing === "required" ? "good" : "bad"}>${t(connection.signing === "required" ? "required" : "off")}<//></dd>
          </dl>
        </section>
        ${may("admin") && html`<${Check} connection=${connection} />`}
        <${News} connection=${connection} />
      </div>
      <div class="stack">
        <${LinesOf} connection=${connection} lines=${lines} />
        <section class="card">
          <h2>${t("secrets")}</h2>
          <p class="soft">${t("secretsHint")}${!may_change && ` ${t("forbidden")}`}</p>
          ${may_change && html`<div class="row">
            <button class="button" onClick=${() => setAsked("credentials")}>${t("replace")}</button>
            ${connection.provider !== "sipgate" && !is_simulated && html`<button class="button" title=${t("rotateHint")} onClick=${() => setAsked("secret")}>${t("rotate")}</button>`}
          </div>`}
        </section>
      </div>
    </div>
    <div class="stack below">
      ${hasSimulator && connection.provider === "vonage" && html`<${Simulated} connection=${connection} onTold=${reload} />`}
      ${!is_simulated && html`<${Dashboard} connection=${connection} />`}
    </div>
    ${asked === "change" && html`<${ChangeConnection} connection=${connection} etag=${etag} onDone=${did(t("changed"))} onClose=${close} />`}
    ${asked === "credentials" && html`<${NewCredentials} connection=${connection} onDone=${() => { forgetSimulated(connection.id); did(t("replaced"))(); }} onClose=${close} />`}
    ${asked === "secret" && html`<${NewSecret} connection=${connection} onDone=${did(t("rotated"))} onClose=${close} />`}
    ${asked === "remove" && html`<${Confirm} title=${t("removeTitle")} yes=${t("remove")} onClose=${close} onYes=${async () => {
      await remove(`/v1/connections/${connection.id}`);
      forgetSimulated(connection.id);
      toast(t("removed"));
      navigate("/connections");
    }}><p>${t("removeText")}</p><//>`}`;
}

/** @param {{ connection: Connection }} properties */
function Check({ connection }) {
  const [found, setFound] = useState(/** @type {import("../../app/types").Schema<"ConnectionCheck"> | null} */ (null));
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const [is_busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setFound(await post(`/v1/connections/${connection.id}/check`));
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  return html`<section class="card">
    <h2>${t("check")}</h2>
    <p class="soft">${t("checkHint")}</p>
    <div aria-live="polite">
      ${problem && html`<${ProblemNote} of=${problem} />`}
      ${found && html`<p><strong>${t(found.works ? "works" : "fails")}</strong></p><${Findings} findings=${found.findings} />`}
    </div>
    <button class="button" disabled=${is_busy} aria-busy=${is_busy} onClick=${go}>${t(found ? "again" : "go")}</button>
  </section>`;
}

/** @param {{ connection: Connection }} properties */
function News({ connection }) {
  const health = useData(`/v1/connections/${connection.id}/health`);
  return html`<section class="card">
    <h2>${t("news")}</h2>
    <${Shown} of=${health}>
      ${(/** @type {import("./signs.js").Vitals} */ vitals) => html`<dl class="facts">
        <dt>${t("last")}</dt><dd><${Badge} kind=${signOf(vitals).kind}>${signOf(vitals).text}<//> ${vitals.last_webhook_at && dateAndTime(vitals.last_webhook_at)}</dd>
        <dt>${t("refusals")}</dt><dd>${vitals.refusals}</dd>
        ${vitals.last_refusal_at && html`<dt>${t("refused")}</dt><dd>${dateAndTime(vitals.last_refusal_at)}: <span lang="en">${vitals.last_refusal}</span></dd>`}
        <dt>${t("failures")}</dt><dd>${vitals.failures}</dd>
        ${vitals.last_failure_at && html`<dt>${t("failed")}</dt><dd>${dateAndTime(vitals.last_failure_at)}: <span lang="en">${vitals.last_failure}</span></dd>`}
      </dl>`}
    <//>
  </section>`;
}

/** @param {{ connection: Connection, lines: import("../../app/data.js").Loaded<any[]> }} properties */
function LinesOf({ connection, lines }) {
  return html`<section class="card">
    <h2>${t("lines")}</h2>
    <${Shown} of=${lines}>
      ${(/** @type {any[]} */ all) =>
        all.length === 0 ? html`<p class="soft">${t("noLines")}</p>` : html`<ul>${all.map((line) => html`<li key=${line.id}><a href=${`/lines/${line.id}`}>${phone(line.number)}</a></li>`)}</ul>`}
    <//>
    ${may("admin") && html`<a class="button" href=${`/lines?new=yes&connection=${connection.id}`}>${t("addLine")}</a>`}
  </section>`;
}
