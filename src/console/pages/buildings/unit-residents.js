// Who lives in a unit: listed in the order in which they ring, moved in it, and added.

import { patch, post } from "../../app/api.js";
import { phone } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { useQuery } from "../../app/router.js";
import { may } from "../../app/session.js";
import { Dialog } from "../../parts/dialog.js";
import { Empty } from "../../parts/empty.js";
import { Field, Form, orNull, useForm } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/list.js";
import { Shown } from "../../parts/page.js";
import { toast, toastProblem } from "../../parts/toast.js";
import { languageName, languageOptions } from "./options.js";
import { numbersOf } from "./numbers.js";
import { ResidentState } from "./resident-state.js";
import { ut as t } from "./unit-texts.js";

/** @typedef {import("../../app/types").Schema<"ResidentView">} Resident */
/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */

/** Those of one rank ring as they came: ids are in that order. @param {Resident[]} residents */
const inOrder = (residents) => [...residents].sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));

/** @param {{ unit: { id: string }, building: Building, of: import("../../app/data.js").Loaded }} properties */
export function UnitResidents({ unit, building, of }) {
  const [query, setQuery] = useQuery();
  const [is_busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const add = may("manager") && html`<button class="button primary" onClick=${() => setQuery({ add: "resident" })}><${Icon} name="plus" /> ${t("add")}</button>`;
  /** Each gets its place as its rank; only those that change are sent. @param {Resident[]} residents @param {number} from @param {number} to */
  const move = async (residents, from, to) => {
    const next = [...residents];
    const [moved] = next.splice(from, 1);
    if (!moved) return;
    next.splice(to, 0, moved);
    setBusy(true);
    try {
      for (const [order, resident] of next.entries()) {
        if (resident.order !== order) await patch(`/v1/residents/${resident.id}`, { order });
      }
      of.set({ ...of.data, items: next.map((resident, order) => ({ ...resident, order })) });
      setSaid(t("moved", { name: moved.name, to: to + 1, n: next.length }));
    } catch (problem) {
      toastProblem(problem);
      of.reload();
    } finally {
      setBusy(false);
    }
  };
  return html`<div>
    <div class="row between dir-head"><h2 id="residents">${t("residents")}</h2>${of.data?.items.length > 0 && add}</div>
    <${Shown} of=${of}>${(/** @type {{ items: Resident[] }} */ { items }) => {
      const residents = inOrder(items);
      if (residents.length === 0) return html`<${Empty} title=${t("none")} hint=${may("manager") ? t("noneHint") : t("noneSeen")}>${add}<//>`;
      return html`<${Table} label=${t("residents")} items=${residents} columns=${[
          { title: t("name"), cell: (/** @type {Resident} */ one) => html`<a href=${`/residents/${one.id}`}>${one.name}</a>` },
          { title: t("numbers"), cell: (/** @type {Resident} */ one) => one.numbers.map((number) => html`<div key=${number} class="nowrap">${phone(number)}</div>`) },
          { title: t("state"), cell: (/** @type {Resident} */ one) => html`<${ResidentState} of=${one} zone=${building.time_zone} />` },
          ...(may("manager") && residents.length > 1
            ? [{ title: t("order"), class: "nowrap", cell: (/** @type {Resident} */ one) => html`<${Order} of=${one} residents=${residents} busy=${is_busy} onMove=${move} />` }]
            : []),
        ]} />
        ${residents.length > 1 && html`<p class="soft small dir-after">${t("orderHint")}</p>`}
        ${!may("manager") && html`<p class="soft small dir-after">${t("masked")}</p>`}`;
    }}<//>
    <p class="visually-hidden" role="status">${said}</p>
    ${query.get("add") === "resident" && may("manager") && html`<${AddResident} unit=${unit} building=${building} onClose=${() => setQuery({ add: null })} onAdded=${of.reload} />`}
  </div>`;
}

/** @param {{ of: Resident, residents: Resident[], busy: boolean, onMove: (residents: Resident[], from: number, to: number) => void }} properties */
function Order({ of, residents, busy, onMove }) {
  const at = residents.indexOf(of);
  // Never disabled while it works: whoever has the focus there keeps it.
  const go = (/** @type {number} */ to) => !busy && to >= 0 && to < residents.length && onMove(residents, at, to);
  return html`<button class="bare" aria-label=${t("up", { name: of.name })} aria-disabled=${at === 0 ? "true" : undefined} onClick=${() => go(at - 1)}><${Icon} name="up" /></button>
    <button class="bare" aria-label=${t("down", { name: of.name })} aria-disabled=${at === residents.length - 1 ? "true" : undefined} onClick=${() => go(at + 1)}><${Icon} name="down" /></button>`;
}

/** @param {{ unit: { id: string }, building: Building, onClose: () => void, onAdded: () => void }} properties */
function AddResident({ unit, building, onClose, onAdded }) {
  const draft = useForm({ name: "", numbers: [], language: "", moved_in: "", moved_out: "" }, async (values) => {
    const resident = await post(`/v1/units/${unit.id}/residents`, {
      name: values.name,
      numbers: numbersOf(values.numbers, building.region),
      language: orNull(values.language),
      moved_in: orNull(values.moved_in),
      moved_out: orNull(values.moved_out),
    });
    toast(t("added", { name: resident.name }));
    onAdded();
    onClose();
  });
  return html`<${Dialog} title=${t("add")} onClose=${onClose}>
    <${Form} of=${draft} submit=${t("add")} onCancel=${onClose}>
      <${ResidentFields} of=${draft} building=${building} />
    <//>
  <//>`;
}

/** What both adding and changing ask for. @param {{ of: import("../../parts/form.js").Draft, building: Building }} properties */
export function ResidentFields({ of, building }) {
  /** @type {[string, string][]} */
  const languages = [["", t("asBuilding", { language: languageName(building.language) })], ...languageOptions(of.values.language || null)];
  return html`
    <${Field} of=${of} name="name" label=${t("name")} maxlength="100" autocomplete="off" required />
    <${Field} of=${of} name="numbers" type="lines" rows=${Math.max(2, of.values.numbers.length)} label=${t("numbers")} hint=${t("numbersHint")} inputmode="tel" autocomplete="off" />
    <${Field} of=${of} name="language" type="select" label=${t("language")} options=${languages} />
    <div class="dir-pair">
      <${Field} of=${of} name="moved_in" type="date" label=${t("movedIn")} hint=${t("movedInHint")} optional />
      <${Field} of=${of} name="moved_out" type="date" label=${t("movedOut")} hint=${t("movedOutHint")} optional />
    </div>`;
}
