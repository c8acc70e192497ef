// Who hears a line's calls: stream backends of the firm's own, or those of its building. Shown only where the firm has any.

import { put, remove } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { html, useState } from "../../app/html.js";
import { may } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { Dialog } from "../../parts/dialog.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { useAll } from "../../parts/whole-list.js";

const t = texts({
  en: { title: "Who hears its calls", inherited: "As its building says:", own: "Of its own:", nobody: "nobody", change: "Choose", whose: "Whose choice?", building: "As its building says", line: "Its own", backends: "Stream backends", lost: "When no required one is left", end_call: "The call ends", carry_on: "The call goes on", save: "Save", saved: "It counts from the next call on." },
  de: { title: "Wer ihre Anrufe hört", inherited: "Wie bei ihrem Gebäude:", own: "Eigene Wahl:", nobody: "niemand", change: "Auswählen", whose: "Wessen Wahl?", building: "Wie bei ihrem Gebäude", line: "Eigene", backends: "Audiodienste", lost: "Wenn kein erforderlicher mehr da ist", end_call: "Der Anruf endet", carry_on: "Der Anruf geht weiter", save: "Speichern", saved: "Es gilt ab dem nächsten Anruf." },
  fr: { title: "Qui entend ses appels", inherited: "Comme son immeuble :", own: "Choix propre :", nobody: "personne", change: "Choisir", whose: "Le choix de qui ?", building: "Comme son immeuble", line: "Le sien", backends: "Services audio", lost: "S’il ne reste aucun service requis", end_call: "L’appel se termine", carry_on: "L’appel continue", save: "Enregistrer", saved: "Valable dès le prochain appel." },
});

/** @param {{ line: import("./line-form.js").Line }} properties */
export function Streams({ line }) {
  const backends = useAll("/v1/stream-backends");
  const set = useData(`/v1/lines/${line.id}/streams`);
  const [is_asked, setAsked] = useState(false);
  if (!backends.data || backends.data.length === 0) return null;
  const labels = (/** @type {string[]} */ ids) => ids.map((id) => backends.data?.find((one) => one.id === id)?.label ?? "…").join(", ");
  return html`<section class="card">
    <h2>${t("title")}</h2>
    <${Shown} of=${set}>
      ${(/** @type {import("../../app/types").Schema<"StreamSetView">} */ found) => html`<p>${t(found.inherited ? "inherited" : "own")} ${labels(found.backends) || t("nobody")}</p>`}
    <//>
    ${may("admin") && set.data && html`<button class="button" onClick=${() => setAsked(true)}>${t("change")}</button>`}
    ${is_asked && html`<${Dialog} title=${t("title")} onClose=${() => setAsked(false)}>
      <${Choose} line=${line} set=${set.data} etag=${set.etag} backends=${backends.data} onCancel=${() => setAsked(false)}
        onDone=${() => { setAsked(false); set.reload(); toast(t("saved")); }} />
    <//>`}
  </section>`;
}

/** @param {{ line: any, set: any, etag: string | null, backends: any[], onDone: () => void, onCancel: () => void }} properties */
function Choose({ line, set, etag, backends, onDone, onCancel }) {
  const first = { whose: set.inherited ? "building" : "line", backends: set.backends, on_last_required_lost: set.on_last_required_lost };
  const form = useForm(first, async ({ whose, backends, on_last_required_lost }) => {
    if (whose === "building") await remove(`/v1/lines/${line.id}/streams`);
    else await put(`/v1/lines/${line.id}/streams`, { backends, on_last_required_lost }, { etag });
    onDone();
  });
  /** @type {string[]} */
  const chosen = form.values.backends;
  const flip = (/** @type {string} */ id) => form.set("backends", chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return html`<${Form} of=${form} submit=${t("save")} onCancel=${onCancel}>
    <${Field} of=${form} name="whose" label=${t("whose")} type="select" options=${[["building", t("building")], ["line", t("line")]]} />
    ${form.values.whose === "line" && html`
      <fieldset>
        <legend>${t("backends")}</legend>
        ${backends.map(({ id, label }) => html`<label key=${id} class="line-choice"><input type="checkbox" checked=${chosen.includes(id)} onChange=${() => flip(id)} /> ${label}</label>`)}
        ${form.wrong.backends && html`<p class="wrong">${form.wrong.backends}</p>`}
      </fieldset>
      <${Field} of=${form} name="on_last_required_lost" label=${t("lost")} type="select" options=${[["end_call", t("end_call")], ["carry_on", t("carry_on")]]} />`}
  <//>`;
}
