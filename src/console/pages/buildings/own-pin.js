// A resident's own PIN: given, shown once, replaced, taken away.

import { put, remove } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { html, useState } from "../../app/html.js";
import { may } from "../../app/session.js";
import { Copyable } from "../../parts/copy.js";
import { Confirm, Dialog } from "../../parts/dialog.js";
import { Shown } from "../../parts/page.js";
import { toast, toastProblem } from "../../parts/toast.js";
import { onTheWall } from "../passes/zone.js";
import { rt as t } from "./resident-texts.js";

/** @typedef {import("../../app/types").Schema<"ResidentView">} Resident */
/** @typedef {import("../../app/types").Schema<"PassView">} Pass */

/** @param {{ resident: Resident, zone: string }} properties */
export function OwnPin({ resident, zone }) {
  const passes = useData(`/v1/buildings/${resident.building_id}/passes?resident=${resident.id}&valid=true`);
  const [asking, setAsking] = useState(/** @type {"new" | "remove" | null} */ (null));
  const [pin, setPin] = useState(/** @type {string | null} */ (null));
  const [is_busy, setBusy] = useState(false);
  const give = async () => {
    const made = await put(`/v1/residents/${resident.id}/pin`);
    setPin(made.pin);
    passes.reload();
  };
  const first = async () => {
    setBusy(true);
    await give().catch(toastProblem);
    setBusy(false);
  };
  const end = async () => {
    await remove(`/v1/residents/${resident.id}/pin`);
    toast(t("pinRemoved"));
    passes.reload();
  };
  const { name } = resident;
  return html`<section class="card" aria-labelledby="pin">
    <h2 id="pin">${t("pin")}</h2>
    <${Shown} of=${passes}>${(/** @type {{ items: Pass[] }} */ { items }) => {
      const own = items[0];
      return html`<p>${own ? t("pinIs", { at: onTheWall(own.created_at, zone) }) : t("pinNone")}</p>
        ${may("manager") && html`<div class="row">
          ${own
            ? html`<button class="button" onClick=${() => setAsking("new")}>${t("pinNew")}</button><button class="button" onClick=${() => setAsking("remove")}>${t("pinRemove")}</button>`
            : html`<button class="button" disabled=${is_busy} onClick=${first}>${t("pinGive")}</button>`}
        </div>`}`;
    }}<//>
    ${asking === "new" && html`<${Confirm} title=${t("pinNewAsk", { name })} yes=${t("pinNew")} danger=${false} onYes=${give} onClose=${() => setAsking(null)}><p>${t("pinNewHint")}</p><//>`}
    ${asking === "remove" && html`<${Confirm} title=${t("pinRemoveAsk", { name })} yes=${t("pinRemove")} onYes=${end} onClose=${() => setAsking(null)}><p>${t("pinRemoveHint")}</p><//>`}
    ${pin && asking === null && html`<${Dialog} title=${t("pinTitle", { name })} onClose=${() => setPin(null)}>
      <p>${t("pinOnce")}</p>
      <p class="dir-pin"><${Copyable} text=${pin} label=${t("pinUsed")} /></p>
      <p class="soft">${t("pinUse")}</p>
      <div class="row end"><button class="button primary" onClick=${() => setPin(null)}>${t("pinDone")}</button></div>
    <//>`}
  </section>`;
}
