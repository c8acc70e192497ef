// One pass: when it opens, how often it was used, and how it is changed, given another PIN, or revoked. Its PIN is not here: nobody knows it any more.

import { post, put } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { dateAndTime } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { usePlaces } from "../../app/places.js";
import { navigate } from "../../app/router.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";
import { Confirm, Dialog } from "../../parts/dialog.js";
import { PageHead, Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { placeOf } from "../buildings/places.js";
import { NewPin } from "./card.js";
import { PassForm, sameAgain } from "./pass-form.js";
import { Scheduled } from "./passes.js";
import { COLOURS, hoursInWords, stateOf, stateWord, visitsOf } from "./validity.js";
import { onTheWall } from "./zone.js";

const t = texts({
  en: {
    own: "Own PIN of {name}", pass: "Pass", back: "Passes", change: "Change", again: "New PIN", revoke: "Revoke", facts: "When it opens", use: "Use", state: "State", unit: "For visitors of", everyone: "everybody",
    entrances: "Entrances", all: "all", from: "From", until: "Until", untilRevoked: "until it is revoked", hours: "Hours", visits: "Visits", left: "Visits left", unlimited: "any number", made: "Made", revoked: "Revoked",
    zone: "Times by the building’s clock, {zone}.", pinHint: "The PIN was shown once, when the pass was made. If it is lost, make a new one: the old one opens no more.", opened: "Calls that passes opened",
    revokeTitle: "Revoke this pass?", revokeText: "Its PIN opens no more from this moment on. That can not be undone, but you can make another pass.", isRevoked: "The pass is revoked.", changed: "The pass is changed.",
    againTitle: "Make a new PIN?", againText: "The same pass gets another PIN, and the one before opens no more.", againYes: "Make a new PIN",
  },
  de: {
    own: "Eigene PIN von {name}", pass: "Zutrittspass", back: "Zutrittspässe", change: "Ändern", again: "Neue PIN", revoke: "Widerrufen", facts: "Wann er öffnet", use: "Benutzung", state: "Zustand", unit: "Für Besuch von", everyone: "allen",
    entrances: "Eingänge", all: "alle", from: "Ab", until: "Bis", untilRevoked: "bis auf Widerruf", hours: "Zeiten", visits: "Besuche", left: "Noch übrig", unlimited: "beliebig viele", made: "Ausgestellt", revoked: "Widerrufen",
    zone: "Zeiten nach der Uhr des Gebäudes, {zone}.", pinHint: "Die PIN wurde einmal angezeigt, beim Ausstellen. Ist sie verloren, vergeben Sie eine neue: Die alte öffnet dann nicht mehr.", opened: "Anrufe, die mit Pässen geöffnet wurden",
    revokeTitle: "Diesen Pass widerrufen?", revokeText: "Seine PIN öffnet ab sofort nicht mehr. Das lässt sich nicht rückgängig machen, aber Sie können einen neuen ausstellen.", isRevoked: "Der Pass ist widerrufen.", changed: "Der Pass ist geändert.",
    againTitle: "Neue PIN vergeben?", againText: "Derselbe Pass bekommt eine andere PIN, und die bisherige öffnet nicht mehr.", againYes: "Neue PIN vergeben",
  },
  fr: {
    own: "Code personnel de {name}", pass: "Laissez-passer", back: "Laissez-passer", change: "Modifier", again: "Nouveau code", revoke: "Révoquer", facts: "Quand il ouvre", use: "Utilisation", state: "État", unit: "Pour les visiteurs de", everyone: "tous",
    entrances: "Entrées", all: "toutes", from: "Du", until: "Au", untilRevoked: "jusqu’à révocation", hours: "Heures", visits: "Visites", left: "Visites restantes", unlimited: "sans limite", made: "Créé", revoked: "Révoqué",
    zone: "Heures de l’immeuble, {zone}.", pinHint: "Le code n’a été affiché qu’une fois, à la création. S’il est perdu, attribuez-en un nouveau : l’ancien n’ouvrira plus.", opened: "Appels ouverts par un laissez-passer",
    revokeTitle: "Révoquer ce laissez-passer ?", revokeText: "Son code n’ouvre plus à partir de maintenant. C’est définitif, mais vous pouvez en créer un autre.", isRevoked: "Le laissez-passer est révoqué.", changed: "Le laissez-passer est modifié.",
    againTitle: "Attribuer un nouveau code ?", againText: "Le même laissez-passer reçoit un autre code, et le précédent n’ouvre plus.", againYes: "Attribuer un nouveau code",
  },
});

/** @param {{ params: { id: string } }} properties */
export default function PassPage({ params }) {
  const pass = useData(`/v1/passes/${params.id}`);
  const building = useData(pass.data ? `/v1/buildings/${pass.data.building_id}` : null);
  const both = pass.data && building.data ? { ...pass, data: { pass: pass.data, building: building.data } } : { ...pass, data: null, problem: pass.problem ?? building.problem };
  return html`<${Shown} page of=${both}>
    ${(/** @type {any} */ data) => html`<${PassOf} ...${data} etag=${pass.etag} reload=${pass.reload} />`}
  <//>`;
}

/** @param {{ pass: import("./validity.js").Pass, building: import("./pass-form.js").Building, etag: string | null, reload: () => void }} properties */
function PassOf({ pass, building, etag, reload }) {
  const [asked, setAsked] = useState(/** @type {"change" | "revoke" | "again" | null} */ (null));
  const [made, setMade] = useState(/** @type {any} */ (null));
  const name = usePlaces();
  const state = stateOf(pass);
  const zone = building.time_zone;
  const is_good = state === "valid" || state === "upcoming";
  const title = pass.resident_id ? t("own", { name: name("resident", pass.resident_id) ?? "…" }) : pass.label || t("pass");
  const close = () => setAsked(null);
  const again = async () => {
    if (pass.resident_id) return setMade(await put(`/v1/residents/${pass.resident_id}/pin`));
    const next = await post(`/v1/buildings/${building.id}/passes`, sameAgain(pass));
    await post(`/v1/passes/${pass.id}/revoke`);
    return setMade(next);
  };
  const actions = may("manager") && !pass.revoked_at && html`
    ${!pass.resident_id && html`<button class="button" onClick=${() => setAsked("change")}>${t("change")}</button>`}
    ${is_good && html`<button class="button" onClick=${() => setAsked("again")}>${t("again")}</button>`}
    <button class="button danger" onClick=${() => setAsked("revoke")}>${t("revoke")}</button>`;
  const entrances = pass.entrances.map((id) => name("entrance", id, building.id) ?? "…").join(", ");
  return html`
    <${PageHead} title=${title} back=${{ to: placeOf(building.id, "passes"), text: `${building.name}: ${t("back")}` }} actions=${actions} />
    <div class="columns">
      <section class="card">
        <h2>${t("facts")}</h2>
        <dl class="facts">
          <dt>${t("state")}</dt><dd><${Badge} kind=${COLOURS[state]}>${stateWord(state)}<//></dd>
          <dt>${t("from")}</dt><dd>${onTheWall(pass.valid_from, zone)}</dd>
          <dt>${t("until")}</dt><dd>${pass.valid_until ? onTheWall(pass.valid_until, zone) : t("untilRevoked")}</dd>
          <dt>${t("hours")}</dt><dd>${pass.schedule_id ? html`<${Scheduled} id=${pass.schedule_id} />` : hoursInWords(/** @type {any} */ (pass.hours))}</dd>
          <dt>${t("entrances")}</dt><dd>${entrances || t("all")}</dd>
          <dt>${t("unit")}</dt><dd>${pass.unit_id ? html`<a href=${`/units/${pass.unit_id}`}>${name("unit", pass.unit_id, building.id) ?? "…"}</a>` : t("everyone")}</dd>
        </dl>
        <p class="soft small">${t("zone", { zone })}</p>
      </section>
      <section class="card">
        <h2>${t("use")}</h2>
        <dl class="facts">
          <dt>${t("visits")}</dt><dd>${visitsOf(pass)}</dd>
          <dt>${t("left")}</dt><dd>${pass.visits_allowed ? Math.max(0, pass.visits_allowed - pass.visits) : t("unlimited")}</dd>
          <dt>${t("made")}</dt><dd>${dateAndTime(pass.created_at)}</dd>
          ${pass.revoked_at && html`<dt>${t("revoked")}</dt><dd>${dateAndTime(pass.revoked_at)}</dd>`}
        </dl>
        <p class="small"><a href=${`/calls?building=${building.id}&cause=pass_opened`}>${t("opened")}</a></p>
        ${is_good && html`<p class="soft small">${t("pinHint")}</p>`}
      </section>
    </div>
    ${asked === "change" && html`<${Dialog} title=${t("change")} wide=${true} onClose=${close}>
      <${PassForm} building=${building} pass=${pass} etag=${etag} onCancel=${close} onChanged=${() => { close(); reload(); toast(t("changed")); }} />
    <//>`}
    ${asked === "revoke" && html`<${Confirm} title=${t("revokeTitle")} yes=${t("revoke")} onClose=${close}
      onYes=${async () => { await post(`/v1/passes/${pass.id}/revoke`); reload(); toast(t("isRevoked")); }}><p>${t("revokeText")}</p><//>`}
    ${asked === "again" && html`<${Confirm} title=${t("againTitle")} yes=${t("againYes")} danger=${false} onClose=${close} onYes=${again}><p>${t("againText")}</p><//>`}
    ${made && html`<${NewPin} made=${made} building=${building} onClose=${() => navigate(`/passes/${made.pass.id}`)} />`}`;
}
