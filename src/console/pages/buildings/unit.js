// One unit: who lives there and is rung, in which order and how; what it is called.

import { remove } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { html, useState } from "../../app/html.js";
import { forgetPlaces } from "../../app/places.js";
import { navigate } from "../../app/router.js";
import { may } from "../../app/session.js";
import { Confirm } from "../../parts/dialog.js";
import { EditForm, useEdit } from "../../parts/edit.js";
import { Field, orNull } from "../../parts/form.js";
import { PageHead, Shown } from "../../parts/page.js";
import { toast } from "../../parts/toast.js";
import { FlowChoice, FlowShown, ringingBody, ringingValues, useFlows } from "./flow-choice.js";
import { UnitResidents } from "./unit-residents.js";
import { ut as t } from "./unit-texts.js";

/** @typedef {import("../../app/types").Schema<"UnitView">} Unit */
/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */
/** @typedef {import("../../app/types").Schema<"ResidentView">} Resident */

/** @param {{ params: { id: string } }} properties */
export default function UnitPage({ params: { id } }) {
  const unit = useData(`/v1/units/${id}`);
  return html`<${Shown} page of=${unit}>${(/** @type {Unit} */ shown) => html`<${Home} unit=${shown} etag=${unit.etag} onSaved=${unit.set} />`}<//>`;
}

/** @param {{ unit: Unit, etag: string | null, onSaved: (unit: Unit) => void }} properties */
function Home({ unit, etag, onSaved }) {
  const building = useData(`/v1/buildings/${unit.building_id}`);
  const residents = useData(`/v1/units/${unit.id}/residents?limit=200`);
  const saved = (/** @type {Unit} */ unit) => { forgetPlaces(); onSaved(unit); };
  const own = { unit, etag, onSaved: saved };
  return html`
    <${PageHead} title=${unit.name} intro=${unit.code ? t("code_", { code: unit.code }) : undefined} back=${{ to: `/buildings/${unit.building_id}`, text: building.data?.name ?? "…" }}
      actions=${html`<a class="button" href=${`/buildings/${unit.building_id}/passes?unit=${unit.id}`}>${t("passes")}</a><a class="button" href=${`/calls?unit=${unit.id}`}>${t("calls")}</a>`} />
    <div class="dir-forms">
      <${Shown} of=${building}>${(/** @type {Building} */ house) => html`
        <${UnitResidents} unit=${unit} building=${house} of=${residents} />
        <${Rings} ...${own} building=${house} residents=${residents.data?.items ?? []} />`}
      <//>
      ${may("manager") && html`<${About} ...${own} /><${End} unit=${unit} />`}
    </div>`;
}

/** @param {{ unit: Unit, etag: string | null, onSaved: (unit: Unit) => void }} properties */
function About({ unit, etag, onSaved }) {
  const draft = useEdit({
    path: `/v1/units/${unit.id}`,
    thing: unit,
    etag,
    onSaved,
    values: ({ name, code }) => ({ name, code: code ?? "" }),
    body: ({ name, code }) => ({ name, code: orNull(code.trim()) }),
  });
  return html`<section class="card" aria-labelledby="about">
    <h2 id="about">${t("unit")}</h2>
    <${EditForm} of=${draft} labels=${{ name: t("name"), code: t("code") }}>
      <div class="dir-pair">
        <${Field} of=${draft} name="name" label=${t("name")} hint=${t("nameHint")} maxlength="100" required />
        <${Field} of=${draft} name="code" label=${t("code")} hint=${t("codeHint")} optional maxlength="10" inputmode="numeric" autocomplete="off" />
      </div>
    <//>
  </section>`;
}

/** @param {{ unit: Unit, etag: string | null, onSaved: (unit: Unit) => void, building: Building, residents: Resident[] }} properties */
function Rings({ unit, etag, onSaved, building, residents }) {
  const flows = useFlows();
  const shared = flows?.find(({ id }) => id === building.flow_id)?.name;
  const what = building.flow ? t("buildingOwn") : building.flow_id ? t("buildingShared", { name: shared ?? "…" }) : t("buildingUsual");
  const hint = t("byBuilding", { what });
  const draft = useEdit({ path: `/v1/units/${unit.id}`, thing: unit, etag, onSaved, values: ringingValues, body: ringingBody });
  return html`<section class="card" aria-labelledby="rings">
    <h2 id="rings">${t("rings")}</h2>
    ${may("manager")
      ? html`<${EditForm} of=${draft} labels=${{ how: t("rings") }}><${FlowChoice} of=${draft} residents=${residents} hint=${hint} /><//>`
      : html`<${FlowShown} of=${unit} residents=${residents} hint=${hint} />`}
  </section>`;
}

/** @param {{ unit: Unit }} properties */
function End({ unit }) {
  const [is_asking, setAsking] = useState(false);
  const end = async () => {
    await remove(`/v1/units/${unit.id}`);
    forgetPlaces();
    toast(t("removed", { name: unit.name }));
    navigate(`/buildings/${unit.building_id}`, { replace: true });
  };
  return html`<section class="card dir-careful" aria-labelledby="end">
    <h2 id="end">${t("remove")}</h2>
    <p>${t("removeHint")}</p>
    <button class="button danger" onClick=${() => setAsking(true)}>${t("remove")}</button>
    ${is_asking && html`<${Confirm} title=${t("removeAsk", { name: unit.name })} yes=${t("remove")} onYes=${end} onClose=${() => setAsking(false)}><p>${t("removeHint")}</p><//>`}
  </section>`;
}
