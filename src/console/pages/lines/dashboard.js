// What is typed into a carrier's dashboard so that its calls come here, step by step; and a warning where they can not.

import { html } from "../../app/html.js";
import { publicUrl } from "../../app/settings.js";
import { texts } from "../../app/texts.js";
import { Copyable } from "../../parts/copy.js";
import { Icon } from "../../parts/icon.js";

const t = texts({
  en: {
    title: "In the carrier’s dashboard", secret: "These addresses are a secret between you and the carrier: whoever knows them can knock.",
    plain: "Carriers can not reach this server", plainHint: "It calls itself {url}. Carriers need an https address that is open to the internet: a tunnel’s or a proxy’s. Set VESTIBULE_PUBLIC_URL to it and start the server again; the addresses below follow.",
    vonage1: "Open Applications, choose your application, then Edit. The capability Voice is on.", vonage2: "Enter these three, each with the method POST:", vonage3: "Leave “Use signed webhooks” on: what is not signed is refused.", vonage4: "Under Link numbers, link the number to the application.",
    twilio1: "Open Phone Numbers, Active numbers, and choose the number. Look for Voice configuration.", twilio2: "Enter these three, each as a webhook with HTTP POST:", twilio3: "Save the configuration. The address counts letter by letter: it is part of what Twilio signs.",
    sipgate1: "Book sipgate.io for the account, and open its settings for webhooks.", sipgate2: "Enter this address both for incoming and for outgoing calls:", sipgate3: "Send the line itself somewhere sensible, to a concierge or to one resident: that is what a visitor gets while this server is down.", sipgate4: "Press Check above: it says whether the carrier announces calls here.",
    last: "Add the number as a line here, then call it.", incoming: "Incoming and outgoing", call: "A call comes in", fails: "Primary handler fails", status: "Call status changes", answer: "Answer URL", event: "Event URL", fallback: "Fallback URL",
  },
  de: {
    title: "Beim Anbieter einzutragen", secret: "Diese Adressen sind ein Geheimnis zwischen Ihnen und dem Anbieter: Wer sie kennt, kann anklopfen.",
    plain: "Anbieter erreichen diesen Server nicht", plainHint: "Er nennt sich {url}. Anbieter brauchen eine https-Adresse, die aus dem Internet erreichbar ist: die eines Tunnels oder Proxys. Setzen Sie VESTIBULE_PUBLIC_URL darauf und starten Sie den Server neu; die Adressen unten folgen.",
    vonage1: "Öffnen Sie „Applications“, wählen Sie Ihre Application, dann „Edit“. Die Fähigkeit „Voice“ ist an.", vonage2: "Tragen Sie diese drei ein, jeweils mit der Methode POST:", vonage3: "Lassen Sie „Use signed webhooks“ an: Was nicht signiert ist, wird abgewiesen.", vonage4: "Verknüpfen Sie unter „Link numbers“ die Nummer mit der Application.",
    twilio1: "Öffnen Sie „Phone Numbers“, „Active numbers“ und wählen Sie die Nummer. Suchen Sie „Voice configuration“.", twilio2: "Tragen Sie diese drei ein, jeweils als Webhook mit HTTP POST:", twilio3: "Speichern Sie. Jeder Buchstabe der Adresse zählt: Sie gehört zu dem, was Twilio signiert.",
    sipgate1: "Buchen Sie sipgate.io für das Konto und öffnen Sie dessen Einstellungen für Webhooks.", sipgate2: "Tragen Sie diese Adresse für eingehende und für ausgehende Anrufe ein:", sipgate3: "Leiten Sie den Anschluss selbst an eine sinnvolle Stelle, zum Hausdienst oder zu einem Bewohner: Das bekommt der Besuch, solange dieser Server ausfällt.", sipgate4: "Drücken Sie oben „Prüfen“: Dort steht, ob der Anbieter Anrufe hier meldet.",
    last: "Legen Sie die Nummer hier als Leitung an, dann rufen Sie sie an.", incoming: "Ein- und ausgehend", call: "A call comes in", fails: "Primary handler fails", status: "Call status changes", answer: "Answer URL", event: "Event URL", fallback: "Fallback URL",
  },
  fr: {
    title: "À saisir chez l’opérateur", secret: "Ces adresses sont un secret entre vous et l’opérateur : quiconque les connaît peut frapper à la porte.",
    plain: "Les opérateurs ne peuvent pas joindre ce serveur", plainHint: "Il se nomme {url}. Les opérateurs ont besoin d’une adresse https ouverte sur internet : celle d’un tunnel ou d’un proxy. Donnez-la à VESTIBULE_PUBLIC_URL et redémarrez le serveur ; les adresses ci-dessous suivront.",
    vonage1: "Ouvrez « Applications », choisissez votre application, puis « Edit ». La capacité « Voice » est active.", vonage2: "Saisissez ces trois adresses, chacune avec la méthode POST :", vonage3: "Laissez « Use signed webhooks » actif : ce qui n’est pas signé est refusé.", vonage4: "Sous « Link numbers », liez le numéro à l’application.",
    twilio1: "Ouvrez « Phone Numbers », « Active numbers », et choisissez le numéro. Cherchez « Voice configuration ».", twilio2: "Saisissez ces trois adresses, chacune comme webhook en HTTP POST :", twilio3: "Enregistrez. L’adresse compte à la lettre près : elle fait partie de ce que Twilio signe.",
    sipgate1: "Réservez sipgate.io pour le compte, et ouvrez ses réglages de webhooks.", sipgate2: "Saisissez cette adresse pour les appels entrants et sortants :", sipgate3: "Dirigez la ligne elle-même vers un endroit sensé, un gardien ou un résident : c’est ce qu’obtient un visiteur quand ce serveur est arrêté.", sipgate4: "Appuyez sur Vérifier ci-dessus : vous saurez si l’opérateur annonce les appels ici.",
    last: "Ajoutez ici le numéro comme ligne, puis appelez-le.", incoming: "Entrants et sortants", call: "A call comes in", fails: "Primary handler fails", status: "Call status changes", answer: "Answer URL", event: "Event URL", fallback: "Fallback URL",
  },
});

/** Whether a carrier on the internet can reach an address. @param {string} address */
export function isReachable(address) {
  const { protocol, hostname } = new URL(address);
  const is_own = hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^0\.0\.0\.0$/.test(hostname);
  return protocol === "https:" && !is_own;
}

/** By carrier: the steps before the addresses, the addresses, the steps after them. @type {Record<string, { before: string[], urls: [string, string][], after: string[] }>} */
const STEPS = {
  vonage: { before: ["vonage1", "vonage2"], urls: [["answer", "/answer"], ["event", "/event"], ["fallback", "/fallback"]], after: ["vonage3", "vonage4", "last"] },
  twilio: { before: ["twilio1", "twilio2"], urls: [["call", "/voice"], ["fails", "/fallback"], ["status", "/status"]], after: ["twilio3", "last"] },
  sipgate: { before: ["sipgate1", "sipgate2"], urls: [["incoming", ""]], after: ["sipgate3", "sipgate4", "last"] },
};

/** @param {{ connection: import("../../app/types").Schema<"ConnectionView"> }} properties */
export function Dashboard({ connection }) {
  const steps = STEPS[connection.provider];
  if (!steps) return null;
  const hooks = `${publicUrl}/hooks/${connection.provider}/${connection.token}`;
  const say = (/** @type {string} */ key) => t(/** @type {any} */ (key));
  return html`<section class="card">
    <h2>${t("title")}</h2>
    ${!isReachable(publicUrl) &&
    html`<div class="note warn"><${Icon} name="warn" /><div><p><strong>${t("plain")}</strong></p><p>${t("plainHint", { url: publicUrl })}</p></div></div>`}
    <ol class="steps">
      ${steps.before.map((key, n) => html`<li key=${key}>${say(key)}
        ${n === steps.before.length - 1 &&
        html`<dl class="facts urls">${steps.urls.map(([label, path]) => html`<dt>${say(label)}</dt><dd><${Copyable} text=${hooks + path} label=${say(label)} /></dd>`)}</dl>`}
      </li>`)}
      ${steps.after.map((key) => html`<li key=${key}>${say(key)}</li>`)}
    </ol>
    <p class="soft small">${t("secret")}</p>
  </section>`;
}
