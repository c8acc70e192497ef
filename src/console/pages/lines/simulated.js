// Whether the simulated carrier knows a connection's lines, and how it is told again: it forgets them when it restarts.

import { html, useState } from "../../app/html.js";
import { mayForAll } from "../../app/session.js";
import { canSimulate, isKnownHere, registerLine } from "../../app/simulator.js";
import { texts } from "../../app/texts.js";
import { Confirm } from "../../parts/dialog.js";
import { toast, toastProblem } from "../../parts/toast.js";

const t = texts({
  en: {
    title: "The simulated carrier", known: "This browser made the connection, and tells the simulated carrier of its lines by itself. The carrier forgets them when it restarts: tell it again then.", again: "Tell it again",
    other: "There is a simulated carrier here. If this connection is one of it that another browser made, this one can take it over: it gets new credentials, and the carrier is told of its lines.", take: "Take it over", takeTitle: "Take this connection over?", takeText: "Its credentials are replaced with new ones for the simulated carrier. Do not do that to your real account.",
    told: "The simulated carrier knows the lines.", noKeys: "This browser makes no keys here: it does so only over https or on localhost.",
  },
  de: {
    title: "Der simulierte Anbieter", known: "Dieser Browser hat das Konto angelegt und meldet dem simulierten Anbieter seine Leitungen von selbst. Bei einem Neustart vergisst der Anbieter sie: Melden Sie sie dann noch einmal.", again: "Noch einmal melden",
    other: "Hier gibt es einen simulierten Anbieter. Wenn ein anderer Browser dieses Konto für ihn angelegt hat, kann dieser es übernehmen: Es bekommt neue Zugangsdaten, und der Anbieter erfährt von den Leitungen.", take: "Übernehmen", takeTitle: "Dieses Anbieterkonto übernehmen?", takeText: "Seine Zugangsdaten werden durch neue für den simulierten Anbieter ersetzt. Tun Sie das nicht mit Ihrem echten Konto.",
    told: "Der simulierte Anbieter kennt die Leitungen.", noKeys: "Dieser Browser erzeugt hier keine Schlüssel: Das tut er nur über https oder auf localhost.",
  },
  fr: {
    title: "L’opérateur simulé", known: "Ce navigateur a créé le compte et annonce lui-même ses lignes à l’opérateur simulé. Au redémarrage, l’opérateur les oublie : annoncez-les alors à nouveau.", again: "Annoncer à nouveau",
    other: "Il y a ici un opérateur simulé. Si un autre navigateur a créé ce compte pour lui, celui-ci peut le reprendre : il reçoit de nouveaux identifiants, et l’opérateur apprend ses lignes.", take: "Reprendre", takeTitle: "Reprendre ce compte ?", takeText: "Ses identifiants sont remplacés par de nouveaux pour l’opérateur simulé. Ne le faites pas avec votre vrai compte.",
    told: "L’opérateur simulé connaît les lignes.", noKeys: "Ce navigateur ne crée pas de clés ici : il ne le fait qu’en https ou sur localhost.",
  },
});

/** @param {{ connection: import("../../app/types").Schema<"ConnectionView">, onTold: () => void }} properties */
export function Simulated({ connection, onTold }) {
  const [is_known, setKnown] = useState(isKnownHere(connection.id));
  const [is_asked, setAsked] = useState(false);
  const tell = async () => {
    await registerLine(connection);
    setKnown(true);
    onTold();
    toast(t("told"));
  };
  const may_take = mayForAll("admin") && canSimulate();
  return html`<section class="card">
    <h2>${t("title")}</h2>
    <p>${t(is_known ? "known" : "other")}</p>
    ${is_known
      ? html`<button class="button" onClick=${() => void tell().catch(toastProblem)}>${t("again")}</button>`
      : html`<button class="button" disabled=${!may_take} title=${mayForAll("admin") && !canSimulate() ? t("noKeys") : undefined} onClick=${() => setAsked(true)}>${t("take")}</button>`}
    ${is_asked && html`<${Confirm} title=${t("takeTitle")} yes=${t("take")} onYes=${tell} onClose=${() => setAsked(false)}><p>${t("takeText")}</p><//>`}
  </section>`;
}
