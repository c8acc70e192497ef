// Blocks a caller, from a call of theirs.

import { post } from "../../app/api.js";
import { phone } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { place, placeName } from "../../app/places.js";
import { may } from "../../app/session.js";
import { Dialog } from "../../parts/dialog.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { toast } from "../../parts/toast.js";
import { t } from "./texts.js";

const DAYS = { day: 1, week: 7, month: 30 };

/** Why this caller can not be blocked; nothing if it can. @param {import("../../app/types").Schema<"CallView">} call */
function hindrance(call) {
  if (!may("manager")) return t("onlyManagers");
  if (!/^\+\d+$/.test(call.caller ?? "")) return t("noBlockWithheld");
  const entrance = place("entrance", call.entrance_id, call.building_id);
  return entrance?.panel_numbers.includes(call.caller) ? t("noBlockPanel") : null;
}

/** @param {{ call: import("../../app/types").Schema<"CallView"> }} properties */
export function BlockCaller({ call }) {
  const [is_open, setOpen] = useState(false);
  const why_not = hindrance(call);
  return html`<button type="button" class="button" disabled=${why_not !== null} title=${why_not ?? undefined} onClick=${() => setOpen(true)}>${t("block")}</button>
    ${is_open && html`<${Ask} call=${call} onClose=${() => setOpen(false)} />`}`;
}

/** @param {{ call: import("../../app/types").Schema<"CallView">, onClose: () => void }} properties */
function Ask({ call, onClose }) {
  const form = useForm({ reason: "", until: "forever" }, async ({ reason, until }) => {
    const days = /** @type {Record<string, number>} */ (DAYS)[until];
    const expires_at = days ? new Date(Date.now() + days * 86_400_000).toISOString() : null;
    await post(`/v1/buildings/${call.building_id}/blocks`, { kind: "number", number: call.caller, reason: reason.trim(), expires_at });
    onClose();
    toast(t("blocked"));
  });
  const options = /** @type {const} */ (["forever", "day", "week", "month"]).map((key) => [key, t(key)]);
  return html`<${Dialog} title=${t("blockTitle", { number: phone(call.caller) })} onClose=${onClose}>
    <p>${t("blockText", { building: placeName("building", call.building_id) ?? "…" })}</p>
    <${Form} of=${form} submit=${t("block")} danger onCancel=${onClose}>
      <${Field} of=${form} name="reason" label=${t("reason")} maxlength="200" />
      <${Field} of=${form} name="until" label=${t("until")} type="select" options=${options} />
    <//>
  <//>`;
}
