// One resident: under which numbers, from when to when, when they are not to be disturbed; their PIN; and what is kept of them.

import { useData } from "../../app/data.js";
import { phone } from "../../app/format.js";
import { html } from "../../app/html.js";
import { forgetPlaces, usePlaces } from "../../app/places.js";
import { may } from "../../app/session.js";
import { EditForm, useEdit } from "../../parts/edit.js";
import { Facts } from "../../parts/facts.js";
import { Field, numberOrNull, orNull } from "../../parts/form.js";
import { PageHead, Shown } from "../../parts/page.js";
import { onTheWall, toInstant, toWall } from "../passes/zone.js";
import { Choices } from "./choices.js";
import { numbersOf } from "./numbers.js";
import { languageName } from "./options.js";
import { PersonData } from "./person-data.js";
import { OwnPin } from "./own-pin.js";
import { ResidentState, dayWritten } from "./resident-state.js";
import { rt as t } from "./resident-texts.js";
import { ResidentFields } from "./unit-residents.js";
import { presenceWord } from "./words.js";

/** @typedef {import("../../app/types").Schema<"ResidentView">} Resident */
/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */
/** @typedef {{ resident: Resident, building: Building, etag: string | null, onSaved: (resident: Resident) => void }} Editable */

/** @param {{ params: { id: string } }} properties */
export default function ResidentPage({ params: { id } }) {
  const resident = useData(`/v1/residents/${id}`);
  const building = useData(resident.data ? `/v1/buildings/${resident.data.building_id}` : null);
  const name = usePlaces();
  return html`<${Shown} page of=${resident}>${(/** @type {Resident} */ person) => {
    const saved = (/** @type {Resident} */ resident_) => { forgetPlaces(); resident.set(resident_); };
    return html`
      <${PageHead} title=${person.name} intro=${building.data && html`<${ResidentState} of=${person} zone=${building.data.time_zone} />`}
        back=${{ to: `/units/${person.unit_id}`, text: [name("unit", person.unit_id, person.building_id), building.data?.name].filter(Boolean).join(", ") || "…" }}
        actions=${html`<a class="button" href=${`/calls?resident=${person.id}`}>${t("calls")}</a>`} />
      <${Shown} of=${building}>${(/** @type {Building} */ house) => html`<div class="dir-forms">
        ${may("manager")
          ? html`<${Reach} resident=${person} building=${house} etag=${resident.etag} onSaved=${saved} />
              <${About} resident=${person} building=${house} etag=${resident.etag} onSaved=${saved} />`
          : html`<${ReadOnly} resident=${person} building=${house} />`}
        <${OwnPin} resident=${person} zone=${house.time_zone} />
        ${may("manager") && html`<${PersonData} resident=${person} />`}
      </div>`}
      <//>`;
  }}<//>`;
}

/** @param {{ resident: Resident, building: Building }} properties */
function ReadOnly({ resident, building }) {
  return html`<section class="card" aria-labelledby="about">
    <h2 id="about">${t("about")}</h2>
    <${Facts} of=${[
      [t("numbers"), resident.numbers.map(phone).join(", ")],
      [t("language"), languageName(resident.language ?? building.language)],
      [t("movedIn"), resident.moved_in && dayWritten(resident.moved_in)],
      [t("movedOut"), resident.moved_out && dayWritten(resident.moved_out)],
      [t("presence"), presenceWord(resident.presence)],
      [t("dnd"), resident.do_not_disturb_until && onTheWall(resident.do_not_disturb_until, building.time_zone)],
    ]} />
    <p class="soft small dir-after">${t("masked")}</p>
  </section>`;
}

/** @param {Editable} properties */
function About({ resident, building, etag, onSaved }) {
  const draft = useEdit({
    path: `/v1/residents/${resident.id}`,
    thing: resident,
    etag,
    onSaved,
    values: ({ name, numbers, language, moved_in, moved_out, order }) => ({
      name, numbers, language: language ?? "", moved_in: moved_in ?? "", moved_out: moved_out ?? "", order,
    }),
    body: ({ name, numbers, language, moved_in, moved_out, order }) => ({
      name,
      numbers: numbersOf(numbers, building.region),
      language: orNull(language),
      moved_in: orNull(moved_in),
      moved_out: orNull(moved_out),
      order: numberOrNull(order),
    }),
  });
  const labels = { name: t("name"), numbers: t("numbers"), language: t("language"), moved_in: t("movedIn"), moved_out: t("movedOut"), order: t("order") };
  return html`<section class="card" aria-labelledby="about">
    <h2 id="about">${t("about")}</h2>
    <${EditForm} of=${draft} labels=${labels}>
      <${ResidentFields} of=${draft} building=${building} />
      <${Field} of=${draft} name="order" type="number" min="0" max="1000" label=${t("order")} hint=${t("orderHint")} />
    <//>
  </section>`;
}

/** @param {Editable} properties */
function Reach({ resident, building, etag, onSaved }) {
  const zone = building.time_zone;
  const schedules = useData("/v1/schedules?limit=200");
  const draft = useEdit({
    path: `/v1/residents/${resident.id}`,
    thing: resident,
    etag,
    onSaved,
    values: ({ presence, do_not_disturb_until, quiet_hours_id }) => ({ presence, until: toWall(do_not_disturb_until, zone), quiet_hours_id: quiet_hours_id ?? "" }),
    body: ({ presence, until, quiet_hours_id }) => ({ presence, do_not_disturb_until: toInstant(until, zone), quiet_hours_id: orNull(quiet_hours_id) }),
  });
  const shown = { ...draft, wrong: { ...draft.wrong, until: draft.wrong.do_not_disturb_until ?? "" } };
  const items = /** @type {{ id: string, name: string }[] | undefined} */ (schedules.data?.items);
  /** @type {[string, string][]} */
  const options = [["", t("noQuiet")], ...(items ?? []).map((one) => /** @type {[string, string]} */ ([one.id, one.name]))];
  const chosen = draft.values.quiet_hours_id;
  if (chosen && !items?.some(({ id }) => id === chosen)) options.push([chosen, items ? t("goneSchedule") : "…"]);
  const tomorrow = () => `${toWall(Date.now() + 86_400_000, zone).slice(0, 10)}T08:00`;
  return html`<section class="card" aria-labelledby="reach">
    <h2 id="reach">${t("reach")}</h2>
    <${EditForm} of=${shown} labels=${{ presence: t("presence"), until: t("dnd"), quiet_hours_id: t("quiet") }}>
      <${Choices} of=${shown} name="presence" legend=${t("presence")} options=${[
        { value: "home", text: t("home"), hint: t("homeHint") },
        { value: "away", text: t("away"), hint: t("awayHint") },
      ]} />
      <div>
        <${Field} of=${shown} name="until" type="datetime-local" label=${t("dnd")} hint=${t("dndHint", { zone: zone.replaceAll("_", " ") })} optional />
        <div class="row dir-quick">
          <button type="button" class="button small" onClick=${() => draft.set("until", toWall(Date.now() + 3_600_000, zone))}>${t("hour")}</button>
          <button type="button" class="button small" onClick=${() => draft.set("until", tomorrow())}>${t("tomorrow")}</button>
          ${draft.values.until && html`<button type="button" class="button small" onClick=${() => draft.set("until", "")}>${t("none")}</button>`}
        </div>
      </div>
      <${Field} of=${shown} name="quiet_hours_id" type="select" label=${t("quiet")} hint=${html`${t("quietHint")} <a href="/schedules">${t("make")}</a>`} options=${options} />
    <//>
  </section>`;
}
