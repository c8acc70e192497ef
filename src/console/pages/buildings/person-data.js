// What is kept of a resident: handed out, removed, or erased for ever with a receipt.

import { download, post, remove } from "../../app/api.js";
import { html, useState } from "../../app/html.js";
import { forgetPlaces } from "../../app/places.js";
import { navigate } from "../../app/router.js";
import { may, mayForAll } from "../../app/session.js";
import { Confirm, Dialog } from "../../parts/dialog.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { toast, toastProblem } from "../../parts/toast.js";
import { rt as t } from "./resident-texts.js";

/** @typedef {import("../../app/types").Schema<"ResidentView">} Resident */
/** @typedef {import("../../app/types").Schema<"ErasureView">} Erasure */

/** @param {{ resident: Resident }} properties */
export function PersonData({ resident }) {
  const { id, name, unit_id } = resident;
  const [asking, setAsking] = useState(/** @type {"remove" | "erase" | null} */ (null));
  const [erased, setErased] = useState(/** @type {Erasure | null} */ (null));
  const [is_busy, setBusy] = useState(false);
  const leave = () => navigate(`/units/${unit_id}`, { replace: true });
  const handOut = async () => {
    setBusy(true);
    try {
      save(`resident-${id}.json`, await post(`/v1/residents/${id}/export`));
      toast(t("exported"));
    } catch (problem) {
      toastProblem(problem);
    }
    setBusy(false);
  };
  const end = async () => {
    await remove(`/v1/residents/${id}`);
    forgetPlaces();
    toast(t("removed", { name }));
    leave();
  };
  return html`<section class="card dir-careful" aria-labelledby="data">
    <h2 id="data">${t("data")}</h2>
    <dl class="dir-acts">
      ${may("admin") && html`<div><dt><button class="button" disabled=${is_busy} onClick=${handOut}>${t("export")}</button></dt><dd>${t("exportHint")}</dd></div>`}
      <div><dt><button class="button" onClick=${() => setAsking("remove")}>${t("remove")}</button></dt><dd>${t("removeHint")}</dd></div>
      ${mayForAll("admin") && html`<div><dt><button class="button danger" onClick=${() => setAsking("erase")}>${t("erase")}</button></dt><dd>${t("eraseHint")}</dd></div>`}
    </dl>
    ${asking === "remove" && html`<${Confirm} title=${t("removeAsk", { name })} yes=${t("remove")} onYes=${end} onClose=${() => setAsking(null)}><p>${t("removeHint")}</p><//>`}
    ${asking === "erase" && html`<${Erase} resident=${resident} onClose=${() => setAsking(null)} onErased=${(/** @type {Erasure} */ receipt) => { setAsking(null); setErased(receipt); forgetPlaces(); }} />`}
    ${erased && html`<${Dialog} title=${t("receiptTitle")} onClose=${leave}>
      <p>${t("erased", { n: erased.events })}</p>
      <p>${t("receiptHint")}</p>
      <div class="row end">
        <button class="button" onClick=${() => save(`erasure-${id}.json`, erased)}>${t("receiptSave")}</button>
        <button class="button primary" onClick=${leave}>${t("done")}</button>
      </div>
    <//>`}
  </section>`;
}

/** @param {string} name @param {unknown} thing */
const save = (name, thing) => download(name, `${JSON.stringify(thing, null, 2)}\n`, "application/json");

/** What can not be taken back at all wants more than a click. @param {{ resident: Resident, onClose: () => void, onErased: (receipt: Erasure) => void }} properties */
function Erase({ resident, onClose, onErased }) {
  const draft = useForm({ typed: "" }, async () => onErased(await post(`/v1/residents/${resident.id}/erase`)));
  const is_sure = draft.values.typed.trim() === resident.name.trim();
  return html`<${Dialog} title=${t("eraseAsk", { name: resident.name })} onClose=${onClose}>
    <p>${t("eraseHint")}</p>
    <${Form} of=${{ ...draft, busy: draft.busy || !is_sure }} submit=${t("eraseYes")} danger onCancel=${onClose}>
      <${Field} of=${draft} name="typed" label=${t("eraseType", { name: resident.name })} autocomplete="off" />
    <//>
  <//>`;
}
