// The firm's accounts at carriers, and how another is connected: a simulated one, where there is a simulator, or a real one.

import { post } from "../../app/api.js";
import { usePages } from "../../app/data.js";
import { html, useState } from "../../app/html.js";
import { navigate, useQuery } from "../../app/router.js";
import { may, mayForAll } from "../../app/session.js";
import { hasSimulator } from "../../app/settings.js";
import { canSimulate, makeSimulatedConnection } from "../../app/simulator.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Dialog } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { PagedTable } from "../../parts/list.js";
import { PageHead } from "../../parts/page.js";
import { CredentialFields, credentialsOf } from "./credentials.js";
import { ConnectionSign } from "./signs.js";
import { carrier, LinePlaces } from "./places.js";

const t = texts({
  en: {
    title: "Connections", intro: "A connection is your account at a carrier. The numbers that you have there become lines.", add: "New connection", table: "Connections", name: "Name", carrier: "Carrier", signing: "Signatures", health: "News",
    required: "required", off: "not checked", none: "No connections yet", noneHint: "Connect your account at Vonage, Twilio or sipgate: then the calls to your numbers come here.", noneSimulated: "Begin with the simulated carrier to see it all work, then connect your account at Vonage, Twilio or sipgate.",
    forbidden: "Only managers see connections. Ask an administrator of your firm.", which: "Which carrier?", simulated: "Simulated carrier", simulatedHint: "Rings phones that exist only in this server: to try everything without an account.",
    vonageHint: "Rooms, spoken text, keys: all that Vestibule can do.", twilioHint: "Rooms and spoken text; during a talk residents press star first.", sipgateHint: "One dial to all phones at once; what is spoken is played from files.",
    noKeys: "This browser makes no keys here: it does so only over https or on localhost. Open the console at such an address to use the simulated carrier.", label: "Name", labelHint: "What you call the account: Main account.", make: "Add the connection", makeSimulated: "Add the simulated carrier", simulatedName: "Simulated carrier",
  },
  de: {
    title: "Anbieterkonten", intro: "Ein Anbieterkonto ist Ihr Konto bei einem Telefonanbieter. Ihre Nummern dort werden zu Leitungen.", add: "Neues Anbieterkonto", table: "Anbieterkonten", name: "Name", carrier: "Anbieter", signing: "Signaturen", health: "Meldungen",
    required: "erforderlich", off: "ungeprüft", none: "Noch keine Anbieterkonten", noneHint: "Verbinden Sie Ihr Konto bei Vonage, Twilio oder sipgate: Dann kommen die Anrufe Ihrer Nummern hier an.", noneSimulated: "Beginnen Sie mit dem simulierten Anbieter, um alles zu erproben, und verbinden Sie dann Ihr Konto bei Vonage, Twilio oder sipgate.",
    forbidden: "Nur Verwalter sehen Anbieterkonten. Fragen Sie die Administration Ihrer Firma.", which: "Welcher Anbieter?", simulated: "Simulierter Anbieter", simulatedHint: "Ruft Telefone an, die es nur in diesem Server gibt: zum Ausprobieren ohne Konto.",
    vonageHint: "Konferenzen, gesprochener Text, Tasten: alles, was Vestibule kann.", twilioHint: "Konferenzen und gesprochener Text; im Gespräch drücken Bewohner zuerst Stern.", sipgateHint: "Alle Telefone klingeln auf einmal; Gesprochenes kommt aus Dateien.",
    noKeys: "Dieser Browser erzeugt hier keine Schlüssel: Das tut er nur über https oder auf localhost. Öffnen Sie die Konsole unter einer solchen Adresse, um den simulierten Anbieter zu nutzen.", label: "Name", labelHint: "Wie Sie das Konto nennen: Hauptkonto.", make: "Anbieterkonto hinzufügen", makeSimulated: "Simulierten Anbieter hinzufügen", simulatedName: "Simulierter Anbieter",
  },
  fr: {
    title: "Comptes opérateur", intro: "C’est votre compte chez un opérateur. Les numéros que vous y avez deviennent des lignes.", add: "Nouveau compte opérateur", table: "Comptes opérateur", name: "Nom", carrier: "Opérateur", signing: "Signatures", health: "Messages",
    required: "exigées", off: "non vérifiées", none: "Pas encore de compte opérateur", noneHint: "Reliez votre compte Vonage, Twilio ou sipgate : les appels à vos numéros arriveront ici.", noneSimulated: "Commencez par l’opérateur simulé pour tout voir fonctionner, puis reliez votre compte Vonage, Twilio ou sipgate.",
    forbidden: "Seuls les gestionnaires voient les comptes opérateur. Adressez-vous à l’administration de votre société.", which: "Quel opérateur ?", simulated: "Opérateur simulé", simulatedHint: "Fait sonner des téléphones qui n’existent que dans ce serveur : pour tout essayer sans compte.",
    vonageHint: "Salles, texte parlé, touches : tout ce que Vestibule sait faire.", twilioHint: "Salles et texte parlé ; pendant la conversation, le résident appuie d’abord sur étoile.", sipgateHint: "Tous les téléphones sonnent à la fois ; les annonces sont des fichiers.",
    noKeys: "Ce navigateur ne crée pas de clés ici : il ne le fait qu’en https ou sur localhost. Ouvrez la console à une telle adresse pour utiliser l’opérateur simulé.", label: "Nom", labelHint: "Comment vous appelez le compte : compte principal.", make: "Ajouter le compte", makeSimulated: "Ajouter l’opérateur simulé", simulatedName: "Opérateur simulé",
  },
});

export default function Connections() {
  const [query, change] = useQuery();
  const connections = usePages(may("manager") ? "/v1/connections" : null);
  const is_adding = query.get("new") !== null && mayForAll("admin");
  const add = mayForAll("admin") && html`<button class="button primary" onClick=${() => change({ new: "yes" })}><${Icon} name="plus" /> ${t("add")}</button>`;
  const head = html`<${PageHead} title=${t("title")} intro=${t("intro")} actions=${add} /><${LinePlaces} here="/connections" />`;
  if (!may("manager")) return html`${head}<p class="note">${t("forbidden")}</p>`;
  const columns = [
    { title: t("name"), cell: (/** @type {any} */ one) => html`<a href=${`/connections/${one.id}`}>${one.label}</a>` },
    { title: t("carrier"), cell: (/** @type {any} */ one) => carrier(one.provider) },
    { title: t("signing"), cell: (/** @type {any} */ one) => html`<${Badge} kind=${one.signing === "required" ? "good" : "bad"}>${t(one.signing === "required" ? "required" : "off")}<//>` },
    { title: t("health"), cell: (/** @type {any} */ one) => html`<${ConnectionSign} id=${one.id} />` },
  ];
  return html`${head}
    <${PagedTable} label=${t("table")} of=${connections} columns=${columns}
      empty=${html`<${Empty} title=${t("none")} hint=${t(hasSimulator ? "noneSimulated" : "noneHint")}>${add}<//>`} />
    ${is_adding && html`<${Dialog} title=${t("add")} wide=${true} onClose=${() => change({ new: null })}>
      <${NewConnection} onMade=${(/** @type {any} */ made) => navigate(`/connections/${made.id}`)} onCancel=${() => change({ new: null })} />
    <//>`}`;
}

/** @param {{ onMade: (made: any) => void, onCancel: () => void }} properties */
function NewConnection({ onMade, onCancel }) {
  const form = useForm({ kind: hasSimulator ? "simulated" : "vonage", label: "" }, async (values) => {
    const label = values.label.trim();
    if (values.kind === "simulated") return onMade(await makeSimulatedConnection(label || t("simulatedName")));
    return onMade(await post("/v1/connections", { provider: values.kind, label, credentials: credentialsOf(values.kind, values) }));
  });
  const { kind } = form.values;
  /** @type {[string, string, string][]} */
  const kinds = [
    ["vonage", carrier("vonage"), t("vonageHint")],
    ["twilio", carrier("twilio"), t("twilioHint")],
    ["sipgate", carrier("sipgate"), t("sipgateHint")],
  ];
  if (hasSimulator) kinds.unshift(["simulated", t("simulated"), t("simulatedHint")]);
  const is_simulated = kind === "simulated";
  const is_impossible = is_simulated && !canSimulate();
  const choice = html`<fieldset class="kinds">
    <legend>${t("which")}</legend>
    ${kinds.map(
      ([value, name, hint]) => html`<label key=${value} class="kind">
        <input type="radio" name="kind" value=${value} checked=${kind === value} onChange=${() => form.set("kind", value)} />
        <span><strong>${name}</strong> <span class="soft small">${hint}</span></span>
      </label>`,
    )}
  </fieldset>`;
  if (is_impossible) return html`<form>${choice}<p class="note warn"><${Icon} name="warn" /> ${t("noKeys")}</p></form>`;
  return html`<${Form} of=${form} submit=${is_simulated ? t("makeSimulated") : t("make")} onCancel=${onCancel}>
    ${choice}
    <${Field} of=${form} name="label" label=${t("label")} hint=${is_simulated ? undefined : t("labelHint")} maxlength="100" placeholder=${is_simulated ? t("simulatedName") : undefined} optional=${is_simulated} />
    ${!is_simulated && html`<${CredentialFields} key=${kind} of=${form} provider=${kind} />`}
  <//>`;
}
