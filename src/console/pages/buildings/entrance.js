// One door: what it is called, from which numbers its panel calls, and how that panel wants to be talked to.

import { remove } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { phone } from "../../app/format.js";
import { html, useState } from "../../app/html.js";
import { forgetPlaces } from "../../app/places.js";
import { navigate } from "../../app/router.js";
import { may } from "../../app/session.js";
import { Confirm } from "../../parts/dialog.js";
import { EditForm, useEdit } from "../../parts/edit.js";
import { Empty } from "../../parts/empty.js";
import { Facts } from "../../parts/facts.js";
import { Field, orNull } from "../../parts/form.js";
import { Table } from "../../parts/list.js";
import { PageHead, Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { et as t } from "./entrance-texts.js";
import { useFlows } from "./flow-choice.js";
import { numbersOf } from "./numbers.js";
import { PANEL, PanelFields, panelBody, panelFacts, panelValues, panelWrong } from "./panel.js";

/** @typedef {import("../../app/types").Schema<"EntranceView">} Entrance */
/** @typedef {import("../../app/types").Schema<"LineView">} Line */

/** @param {{ params: { id: string } }} properties */
export default function EntrancePage({ params: { id } }) {
  const entrance = useData(`/v1/entrances/${id}`);
  return html`<${Shown} page of=${entrance}>${(/** @type {Entrance} */ door) => html`<${Door} door=${door} etag=${entrance.etag} onSaved=${entrance.set} />`}<//>`;
}

/** @param {{ door: Entrance, etag: string | null, onSaved: (door: Entrance) => void }} properties */
function Door({ door, etag, onSaved }) {
  const building = useData(`/v1/buildings/${door.building_id}`);
  const [is_asking, setAsking] = useState(false);
  const end = async () => {
    await remove(`/v1/entrances/${door.id}`);
    forgetPlaces();
    toast(t("removed", { name: door.name }));
    navigate(`/buildings/${door.building_id}`, { replace: true });
  };
  const saved = (/** @type {Entrance} */ door) => { forgetPlaces(); onSaved(door); };
  return html`
    <${PageHead} title=${door.name} intro=${t("intro")} back=${{ to: `/buildings/${door.building_id}`, text: building.data?.name ?? "…" }}
      actions=${html`<a class="button" href=${`/calls?entrance=${door.id}`}>${t("calls")}</a>`} />
    <div class="dir-sides">
      <div class="dir-forms">
        ${may("manager")
          ? html`<${Edit} door=${door} etag=${etag} region=${building.data?.region} onSaved=${saved} />`
          : html`<section class="card" aria-labelledby="facts"><h2 id="facts">${t("panel")}</h2>
              <${Facts} of=${[[t("numbers"), door.panel_numbers.map(phone).join(", ")], ...panelFacts(door.panel)]} /></section>`}
        ${may("manager") && html`<section class="card dir-careful" aria-labelledby="end">
          <h2 id="end">${t("remove")}</h2>
          <p>${t("removeHint")}</p>
          <button class="button danger" onClick=${() => setAsking(true)}>${t("remove")}</button>
        </section>`}
      </div>
      <${Lines} door=${door} />
    </div>
    ${is_asking && html`<${Confirm} title=${t("removeAsk", { name: door.name })} yes=${t("remove")} onYes=${end} onClose=${() => setAsking(false)}><p>${t("removeHint")}</p><//>`}`;
}

/** @param {{ door: Entrance, etag: string | null, region: string | undefined, onSaved: (door: Entrance) => void }} properties */
function Edit({ door, etag, region, onSaved }) {
  const flows = useFlows();
  const draft = useEdit({
    path: `/v1/entrances/${door.id}`,
    thing: door,
    etag,
    onSaved,
    values: ({ name, panel_numbers, flow_id, panel }) => ({ name, panel_numbers, flow_id: flow_id ?? "", ...panelValues(panel) }),
    body: ({ name, panel_numbers, flow_id, ...panel }) => ({
      name,
      panel_numbers: numbersOf(panel_numbers, region),
      flow_id: orNull(flow_id),
      panel: panelBody(panel),
    }),
  });
  const shown = { ...draft, wrong: { ...draft.wrong, ...panelWrong(draft.values) } };
  /** @type {[string, string][]} */
  const options = [["", t("noFlow")], ...(flows ?? []).map((flow) => /** @type {[string, string]} */ ([flow.id, flow.name]))];
  const labels = { name: t("name"), panel_numbers: t("numbers"), flow_id: t("flow"), ...Object.fromEntries(PANEL.map((field) => [field.name, t(field.name)])) };
  return html`<section class="card" aria-labelledby="door">
    <h2 id="door">${t("door")}</h2>
    <${EditForm} of=${shown} labels=${labels}>
      <${Field} of=${shown} name="name" label=${labels.name} hint=${t("nameHint")} maxlength="100" required />
      <${Field} of=${shown} name="panel_numbers" type="lines" rows=${Math.max(2, draft.values.panel_numbers.length)} label=${t("numbers")} hint=${t("numbersHint")} inputmode="tel" />
      <${Field} of=${shown} name="flow_id" type="select" label=${t("flow")} hint=${t("flowHint")} options=${options} />
      <${PanelFields} of=${shown} />
    <//>
  </section>`;
}

/** The lines that lead here. @param {{ door: Entrance }} properties */
function Lines({ door }) {
  const lines = useData(`/v1/lines?building=${door.building_id}&limit=200`);
  return html`<div>
    <div class="dir-head"><h2 id="lines">${t("lines")}</h2></div>
    <${Shown} of=${lines}>${(/** @type {{ items: Line[] }} */ { items }) => {
      const here = items.filter((line) => line.entrance_id === door.id);
      if (here.length === 0) {
        return html`<${Empty} title=${t("noLine")} hint=${may("admin") ? t("noLineHint") : t("noLineAsk")}>${may("admin") && html`<a class="button" href="/lines">${t("toLines")}</a>`}<//>`;
      }
      return html`<${Table} label=${t("lines")} items=${here} columns=${[
        { title: t("number"), cell: (/** @type {Line} */ line) => html`<a class="nowrap" href=${`/lines/${line.id}`}>${phone(line.number)}</a>` },
        { title: t("kind"), cell: (/** @type {Line} */ line) => html`<a href=${`/dry-run?line=${line.id}`}>${t("dryRun")}</a>` },
      ]} />`;
    }}<//>
  </div>`;
}
