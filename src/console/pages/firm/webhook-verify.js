// How a program knows that a message is ours.

import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";

const t = texts({
  en: {
    title: "How to verify a message",
    how: "Each message has the headers webhook-id, webhook-timestamp and webhook-signature (Standard Webhooks). Take the base64 after whsec_ as the key, compute HMAC-SHA256 over id.timestamp.body, and compare with what follows v1, in constant time. Refuse timestamps older than five minutes. While a secret is replaced there are two signatures: one that fits is enough.",
    answer: "Answer 2xx within 5 seconds to take it; 410 switches the webhook off; anything else is tried again for a day. The same message may come twice: its id tells.", docs: "All messages in the API reference",
  },
  de: {
    title: "So prüfen Sie eine Nachricht",
    how: "Jede Nachricht hat die Kopfzeilen webhook-id, webhook-timestamp und webhook-signature (Standard Webhooks). Nehmen Sie das Base64 nach whsec_ als Schlüssel, berechnen Sie HMAC-SHA256 über id.timestamp.body und vergleichen Sie zeitkonstant mit dem, was auf v1, folgt. Lehnen Sie Zeitstempel ab, die älter als fünf Minuten sind. Während ein Geheimnis ersetzt wird, gibt es zwei Signaturen: Eine passende genügt.",
    answer: "Antworten Sie binnen 5 Sekunden mit 2xx, um sie anzunehmen; 410 schaltet den Webhook ab; alles andere wird einen Tag lang wiederholt. Dieselbe Nachricht kann zweimal kommen: Ihre id verrät es.", docs: "Alle Nachrichten in der API-Referenz",
  },
  fr: {
    title: "Comment vérifier un message",
    how: "Chaque message porte les en-têtes webhook-id, webhook-timestamp et webhook-signature (Standard Webhooks). Prenez le base64 après whsec_ comme clé, calculez HMAC-SHA256 sur id.timestamp.body et comparez, en temps constant, avec ce qui suit v1,. Refusez les horodatages de plus de cinq minutes. Pendant le remplacement d’un secret il y a deux signatures : une seule valable suffit.",
    answer: "Répondez 2xx en moins de 5 secondes pour l’accepter ; 410 désactive le webhook ; tout le reste est réessayé pendant un jour. Un même message peut arriver deux fois : son id le dit.", docs: "Tous les messages dans la référence de l’API",
  },
});

const CODE = `import { createHmac, timingSafeEqual } from "node:crypto";

export function isOurs(headers, body, secret) {
  const signed = \`\${headers["webhook-id"]}.\${headers["webhook-timestamp"]}.\${body}\`;
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const expected = createHmac("sha256", key).update(signed).digest();
  const is_fresh = Math.abs(Date.now() / 1000 - headers["webhook-timestamp"]) < 300;
  return is_fresh && headers["webhook-signature"].split(" ").some((one) => {
    const given = Buffer.from(one.replace("v1,", ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}`;

export function Verify() {
  return html`<details class="webhook-verify">
    <summary>${t("title")}</summary>
    <p>${t("how")}</p>
    <pre tabindex="0" role="region" aria-label="JavaScript">${CODE}</pre>
    <p>${t("answer")} <a href="/docs/">${t("docs")}</a></p>
  </details>`;
}
