// The card that goes with a pass: where, the PIN, until when and how, in the language that is spoken at the door. It is shown, and printed, once.

import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Copyable } from "../../parts/copy.js";
import { Dialog } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";
import { useAll } from "../../parts/whole-list.js";
import { hoursOf } from "./validity.js";
import { onTheWall } from "./zone.js";

/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */

const t = texts({
  en: { title: "The pass is made", once: "The PIN is shown now and never again: hand it over, copy it or print the card.", pin: "PIN", print: "Print the card", done: "Done", preview: "The card" },
  de: { title: "Der Pass ist ausgestellt", once: "Die PIN erscheint nur jetzt und nie wieder: Geben Sie sie weiter, kopieren Sie sie oder drucken Sie die Karte.", pin: "PIN", print: "Karte drucken", done: "Fertig", preview: "Die Karte" },
  fr: { title: "Le laissez-passer est créé", once: "Le code n’est affiché que maintenant : transmettez-le, copiez-le ou imprimez la carte.", pin: "Code", print: "Imprimer la carte", done: "Terminé", preview: "La carte" },
});

/** What stands on the card, by the building's language, not the reader's. */
const WORDS = {
  en: {
    pin: "PIN", entrance: "Entrance", all: "all entrances", from: "Valid from", until: "Valid until", untilRevoked: "until it is withdrawn", hours: "Hours", visits: "Visits",
    for: "For visitors of", how: "How it works",
    steps: ["Ring at the entrance’s panel.", "When you are asked, key in the PIN, then #.", "The door opens. Please come in."],
    keep: "Keep this card safe: whoever knows the PIN can come in.",
  },
  de: {
    pin: "PIN", entrance: "Eingang", all: "alle Eingänge", from: "Gültig ab", until: "Gültig bis", untilRevoked: "bis auf Widerruf", hours: "Zeiten", visits: "Besuche",
    for: "Für Besuch von", how: "So geht es",
    steps: ["Klingeln Sie an der Sprechanlage.", "Geben Sie, wenn Sie gefragt werden, die PIN ein, dann #.", "Die Tür öffnet sich. Bitte treten Sie ein."],
    keep: "Bewahren Sie diese Karte gut auf: Wer die PIN kennt, kommt herein.",
  },
  fr: {
    pin: "Code", entrance: "Entrée", all: "toutes les entrées", from: "Valable à partir du", until: "Valable jusqu’au", untilRevoked: "jusqu’à révocation", hours: "Heures", visits: "Visites",
    for: "Pour les visiteurs de", how: "Mode d’emploi",
    steps: ["Sonnez à l’interphone de l’entrée.", "Lorsqu’on vous le demande, tapez le code, puis #.", "La porte s’ouvre. Entrez."],
    keep: "Gardez cette carte en lieu sûr : quiconque connaît le code peut entrer.",
  },
};

/** @param {{ made: import("../../app/types").Schema<"NewPass">, building: Building }} properties */
export function PassCard({ made, building }) {
  const { pin, pass } = made;
  const entrances = useAll(`/v1/buildings/${building.id}/entrances`);
  const units = useAll(pass.unit_id ? `/v1/buildings/${building.id}/units` : null);
  const language = building.language.slice(0, 2);
  const words = WORDS[/** @type {keyof typeof WORDS} */ (language in WORDS ? language : "en")];
  const spoken = language in WORDS ? building.language : "en-GB";
  const names = (entrances.data ?? []).filter(({ id }) => pass.entrances.length === 0 || pass.entrances.includes(id)).map(({ name }) => name);
  const unit = units.data?.find(({ id }) => id === pass.unit_id)?.name;
  const hours = hoursOf(/** @type {any} */ (pass.hours), spoken);
  return html`<article class="pass-card" lang=${spoken} aria-label=${t("preview")}>
    <header>
      <p class="place">${building.name}</p>
      <p>${building.address}</p>
    </header>
    <p class="digits"><span class="what">${words.pin}</span> <strong>${pin.replace(/(...)(?=.)/g, "$1 ")}</strong></p>
    <dl class="facts">
      <dt>${words.entrance}</dt><dd>${names.length > 0 ? names.join(", ") : words.all}</dd>
      ${unit && html`<dt>${words.for}</dt><dd>${unit}</dd>`}
      <dt>${words.from}</dt><dd>${onTheWall(pass.valid_from, building.time_zone, spoken)}</dd>
      <dt>${words.until}</dt><dd>${pass.valid_until ? onTheWall(pass.valid_until, building.time_zone, spoken) : words.untilRevoked}</dd>
      ${hours.length > 0 && html`<dt>${words.hours}</dt><dd>${hours.join("; ")}</dd>`}
      ${pass.visits_allowed && html`<dt>${words.visits}</dt><dd>${pass.visits_allowed}</dd>`}
    </dl>
    <div>
      <p class="how">${words.how}</p>
      <ol>${words.steps.map((step) => html`<li key=${step}>${step}</li>`)}</ol>
      <p class="small">${words.keep}</p>
    </div>
  </article>`;
}

/** @param {{ made: import("../../app/types").Schema<"NewPass">, building: Building, onClose: () => void }} properties */
export function NewPin({ made, building, onClose }) {
  return html`<${Dialog} title=${t("title")} onClose=${onClose}>
    <p class="not-printed">${t("once")}</p>
    <p class="row not-printed"><span>${t("pin")}</span> <${Copyable} text=${made.pin} label=${t("pin")} /></p>
    <${PassCard} made=${made} building=${building} />
    <div class="row end not-printed">
      <button type="button" class="button" onClick=${() => print()}><${Icon} name="print" /> ${t("print")}</button>
      <button type="button" class="button primary" onClick=${onClose}>${t("done")}</button>
    </div>
  <//>`;
}
