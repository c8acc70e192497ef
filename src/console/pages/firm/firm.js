// The firm: its name, and where calls may go that it places itself.

import { patch } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { count, dayOf } from "../../app/format.js";
import { html } from "../../app/html.js";
import { may, meetAgain } from "../../app/session.js";
import { publicUrl } from "../../app/settings.js";
import { texts } from "../../app/texts.js";
import { Copyable } from "../../parts/copy.js";
import { entries, Field, Form, useForm } from "../../parts/form.js";
import { needs, refuse } from "../../parts/needs.js";
import { PageHead, Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { FirmPlaces } from "./places.js";

const t = texts({
  en: {
    title: "Firm", intro: "What is true of all your buildings.", name: "Name", nameHint: "It stands in the invitations that you send.", save: "Save", saved: "Saved.", ownersOnly: "Only an owner changes this.",
    facts: "Facts", since: "Here since", address: "Address", id: "Id", api: "The API, described",
    calling: "Calls that you place", callingIntro: "Announcements, and connecting two people: they cost money, so they only go where you let them. Premium numbers are never called.",
    prefixes: "Numbers may begin with", prefixesHint: "One a line: a plus sign and the country code, maybe more digits, like +44. None: numbers of the region of the building whose line is called from.",
    anywhere: "Numbers of the region of the building whose line is called from", daily: "Calls a day at most", dailyHint: "From 0 to 100,000, counted by UTC; connecting two people counts as two.", badPrefix: "“{prefix}” is none: a plus sign, then one to seven digits, the first not 0.", badDaily: "A whole number from 0 to 100,000.",
  },
  de: {
    title: "Firma", intro: "Was für alle Ihre Gebäude gilt.", name: "Name", nameHint: "Er steht in den Einladungen, die Sie verschicken.", save: "Speichern", saved: "Gespeichert.", ownersOnly: "Das ändern nur Inhaber.",
    facts: "Angaben", since: "Hier seit", address: "Adresse", id: "Kennung", api: "Die API, beschrieben",
    calling: "Anrufe, die Sie tätigen", callingIntro: "Durchsagen und das Verbinden zweier Personen: Sie kosten Geld und gehen daher nur dorthin, wo Sie es erlauben. Mehrwertnummern werden nie angerufen.",
    prefixes: "Nummern dürfen beginnen mit", prefixesHint: "Je Zeile eine: Pluszeichen und Ländervorwahl, vielleicht weitere Ziffern, wie +44. Keine: Nummern der Region des Gebäudes, von dessen Leitung angerufen wird.",
    anywhere: "Nummern der Region des Gebäudes, von dessen Leitung angerufen wird", daily: "Anrufe am Tag höchstens", dailyHint: "Von 0 bis 100.000, gezählt nach UTC; zwei Personen zu verbinden zählt doppelt.", badPrefix: "„{prefix}“ ist keine: ein Pluszeichen, dann eine bis sieben Ziffern, die erste nicht 0.", badDaily: "Eine ganze Zahl von 0 bis 100.000.",
  },
  fr: {
    title: "Société", intro: "Ce qui vaut pour tous vos immeubles.", name: "Nom", nameHint: "Il figure dans les invitations que vous envoyez.", save: "Enregistrer", saved: "Enregistré.", ownersOnly: "Seul un propriétaire peut le modifier.",
    facts: "Informations", since: "Ici depuis", address: "Adresse", id: "Identifiant", api: "L’API, décrite",
    calling: "Appels que vous passez", callingIntro: "Annonces et mises en relation : elles coûtent de l’argent et ne vont donc que là où vous le permettez. Les numéros surtaxés ne sont jamais appelés.",
    prefixes: "Les numéros peuvent commencer par", prefixesHint: "Un par ligne : le signe plus et l’indicatif du pays, éventuellement d’autres chiffres, comme +44. Aucun : les numéros de la région de l’immeuble dont la ligne appelle.",
    anywhere: "Les numéros de la région de l’immeuble dont la ligne appelle", daily: "Appels par jour au plus", dailyHint: "De 0 à 100 000, comptés en UTC ; une mise en relation compte double.", badPrefix: "« {prefix} » n’en est pas un : le signe plus, puis un à sept chiffres, le premier différent de 0.", badDaily: "Un nombre entier de 0 à 100 000.",
  },
});

/** @typedef {import("../../app/types").Schema<"TenantView">} Tenant */
/** @typedef {import("../../app/types").Schema<"OutboundBody">} Outbound */
/** @typedef {import("../../app/data.js").Loaded} Loaded */

export default function FirmPage() {
  const firm = useData("/v1/tenants/me");
  const calling = useData(may("admin") ? "/v1/outbound-calling" : null);
  return html`<${PageHead} title=${t("title")} intro=${t("intro")} />
    <${FirmPlaces} here="/firm" />
    <div class="columns">
      <${Shown} of=${firm}>${(/** @type {Tenant} */ tenant) => html`<${Facts} tenant=${tenant} of=${firm} />`}<//>
      ${may("admin") && html`<${Shown} of=${calling}>${(/** @type {Outbound} */ rules) => html`<${Calling} key=${calling.etag} rules=${rules} of=${calling} />`}<//>`}
    </div>`;
}

/** @param {{ tenant: Tenant, of: Loaded }} properties */
function Facts({ tenant, of }) {
  return html`<div class="stack">
    ${may("owner") && html`<section class="card" aria-label=${t("title")}><${Name} key=${of.etag} tenant=${tenant} of=${of} /></section>`}
    <section class="card" aria-labelledby="facts">
      <h2 id="facts">${t("facts")}</h2>
      <dl class="facts">
        <dt>${t("name")}</dt><dd>${tenant.name}${!may("owner") && html`<br /><span class="soft small">${t("ownersOnly")}</span>`}</dd>
        <dt>${t("since")}</dt><dd>${dayOf(tenant.created_at)}</dd>
        <dt>${t("address")}</dt><dd><${Copyable} text=${publicUrl} label=${t("address")} /></dd>
        <dt>${t("id")}</dt><dd><${Copyable} text=${tenant.id} label=${t("id")} /></dd>
        <dt>API</dt><dd><a href="/docs/">${t("api")}</a></dd>
      </dl>
    </section>
  </div>`;
}

/** @param {{ tenant: Tenant, of: Loaded }} properties */
function Name({ tenant, of }) {
  const form = useForm({ name: tenant.name }, async (values) => {
    needs(values, "name");
    await patch("/v1/tenants/me", { name: values.name.trim() }, of.etag);
    await meetAgain();
    toast(t("saved"));
    of.reload();
  });
  return html`<${Form} of=${form} submit=${t("save")}>
    <${Field} of=${form} name="name" label=${t("name")} hint=${t("nameHint")} maxlength="100" />
  <//>`;
}

/** @param {{ rules: Outbound, of: Loaded }} properties */
function Calling({ rules, of }) {
  return html`<section class="card" aria-labelledby="calling">
    <h2 id="calling">${t("calling")}</h2>
    <p class="soft">${t("callingIntro")}</p>
    ${may("owner")
      ? html`<${CallingForm} rules=${rules} of=${of} />`
      : html`<dl class="facts">
            <dt>${t("prefixes")}</dt><dd>${(rules.prefixes ?? []).join(", ") || t("anywhere")}</dd>
            <dt>${t("daily")}</dt><dd>${count(rules.daily_max ?? 0)}</dd>
          </dl>
          <p class="soft small">${t("ownersOnly")}</p>`}
  </section>`;
}

/** @param {{ rules: Outbound, of: Loaded }} properties */
function CallingForm({ rules, of }) {
  const form = useForm({ prefixes: rules.prefixes ?? [], daily_max: String(rules.daily_max ?? 0) }, async (values) => {
    const prefixes = entries(values.prefixes).map((prefix) => prefix.replace(/[\s()-]/g, ""));
    const bad = prefixes.find((prefix) => !/^\+[1-9]\d{0,6}$/.test(prefix));
    if (bad !== undefined) refuse({ prefixes: t("badPrefix", { prefix: bad }) });
    if (!/^\d{1,6}$/.test(values.daily_max) || Number(values.daily_max) > 100_000) refuse({ daily_max: t("badDaily") });
    await patch("/v1/outbound-calling", { prefixes, daily_max: Number(values.daily_max) }, of.etag);
    toast(t("saved"));
    of.reload();
  });
  return html`<${Form} of=${form} submit=${t("save")}>
    <${Field} of=${form} name="prefixes" type="lines" label=${t("prefixes")} hint=${t("prefixesHint")} optional spellcheck=${false} />
    <${Field} of=${form} name="daily_max" type="number" label=${t("daily")} hint=${t("dailyHint")} min="0" max="100000" step="1" />
  <//>`;
}
