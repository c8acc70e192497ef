// A building's settings: where it is, who may ring, what visitors hear, how units ring, who sees and hears its calls; and its end.

import { remove } from "../../app/api.js";
import { html, useState } from "../../app/html.js";
import { forgetPlaces } from "../../app/places.js";
import { navigate } from "../../app/router.js";
import { may, mayForAll } from "../../app/session.js";
import { texts } from "../../app/texts.js";
import { phone } from "../../app/format.js";
import { Confirm } from "../../parts/dialog.js";
import { EditForm, useEdit } from "../../parts/edit.js";
import { Facts } from "../../parts/facts.js";
import { Field, numberOrNull, orNull } from "../../parts/form.js";
import { toast } from "../../parts/toast.js";
import { CallPrivacy } from "./call-privacy.js";
import { Choices } from "./choices.js";
import { FlowChoice, FlowShown, ringingBody, ringingValues } from "./flow-choice.js";
import { e164 } from "./numbers.js";
import { languageName, languageOptions, regionName, regionOptions, zoneOptions } from "./options.js";
import { Streams } from "./streams.js";
import { st as t } from "./settings-texts.js";
import { strangerWord } from "./words.js";

/** @typedef {import("../../app/types").Schema<"BuildingView">} Building */
/** @typedef {{ building: Building, etag: string | null, onSaved: (building: Building) => void }} Editable */

/** @param {Editable} properties */
export function Settings({ building, etag, onSaved }) {
  const own = { building, etag, onSaved: (/** @type {Building} */ building) => { forgetPlaces(); onSaved(building); } };
  return html`<div class="dir-forms">
    ${may("manager")
      ? html`<${About} ...${own} /><${Callers} ...${own} /><${Music} ...${own} /><${Ringing} ...${own} />`
      : html`<${Shown} building=${building} />`}
    <${CallPrivacy} building=${building} />
    ${may("manager") && html`<${Streams} building=${building} />`}
    ${mayForAll("admin") && html`<${End} building=${building} />`}
  </div>`;
}

/** @param {{ building: Building }} properties */
function Shown({ building }) {
  return html`<section class="card" aria-labelledby="read-only">
      <h2 id="read-only">${t("settings")}</h2>
      <p class="soft">${t("readOnly")}</p>
      <${Facts} of=${[
        [t("name"), building.name],
        [t("address"), building.address],
        [t("language"), languageName(building.language)],
        [t("region"), regionName(building.region)],
        [t("zone"), building.time_zone.replaceAll("_", " ")],
        [t("strangers"), strangerWord(building.strangers)],
        [t("withheld"), strangerWord(building.withheld)],
        [t("concierge"), building.concierge && phone(building.concierge)],
        [t("wrongPins"), t("wrongPinsSaid", { max: building.wrong_pins_max, within: building.wrong_pins_within_hours, hours: building.pin_block_hours })],
        [t("music"), t(building.wait_music?.kind ?? "ours")],
      ]} />
    </section>
    <section class="card" aria-labelledby="rings"><h2 id="rings">${t("rings")}</h2><${FlowShown} of=${building} isBuilding /></section>`;
}

/** @param {Editable} properties */
function About({ building, etag, onSaved }) {
  const draft = useEdit({
    path: `/v1/buildings/${building.id}`,
    thing: building,
    etag,
    onSaved,
    values: ({ name, address, time_zone, language, region }) => ({ name, address, time_zone, language, region }),
    body: (values) => ({ ...values, address: values.address.trim() }),
  });
  const labels = { name: t("name"), address: t("address"), language: t("language"), region: t("region"), time_zone: t("zone") };
  return html`<section class="card" aria-labelledby="about">
    <h2 id="about">${t("about")}</h2>
    <${EditForm} of=${draft} labels=${labels}>
      <${Field} of=${draft} name="name" label=${labels.name} maxlength="100" required />
      <${Field} of=${draft} name="address" label=${labels.address} optional maxlength="300" autocomplete="off" />
      <div class="dir-pair">
        <${Field} of=${draft} name="language" type="select" label=${labels.language} hint=${t("languageHint")} options=${languageOptions(draft.values.language)} />
        <${Field} of=${draft} name="region" type="select" label=${labels.region} hint=${t("regionHint")} options=${regionOptions(draft.values.region)} />
      </div>
      <${Field} of=${draft} name="time_zone" type="select" label=${labels.time_zone} hint=${t("zoneHint")} options=${zoneOptions(draft.values.time_zone)} />
    <//>
  </section>`;
}

/** @param {Editable} properties */
function Callers({ building, etag, onSaved }) {
  const draft = useEdit({
    path: `/v1/buildings/${building.id}`,
    thing: building,
    etag,
    onSaved,
    values: ({ strangers, withheld, concierge, wrong_pins_max, wrong_pins_within_hours, pin_block_hours }) => ({
      strangers, withheld, concierge: concierge ?? "", wrong_pins_max, wrong_pins_within_hours, pin_block_hours,
    }),
    body: (values) => ({
      ...values,
      concierge: orNull(e164(values.concierge, building.region)),
      wrong_pins_max: numberOrNull(values.wrong_pins_max),
      wrong_pins_within_hours: numberOrNull(values.wrong_pins_within_hours),
      pin_block_hours: numberOrNull(values.pin_block_hours),
    }),
  });
  const options = (/** @type {string} */ hints) => ["reject", "pin", "ring"].map((value) => ({ value, text: strangerWord(value), hint: hints && t(/** @type {any} */ (`${value}Hint`)) }));
  return html`<section class="card" aria-labelledby="callers">
    <h2 id="callers">${t("callers")}</h2>
    <p class="soft">${t("callersHint")} <a href=${`/buildings/${building.id}/allowlist`}>${t("allowlist")}</a> · <a href=${`/buildings/${building.id}/blocks`}>${t("blocks")}</a></p>
    <${EditForm} of=${draft} labels=${{
      strangers: t("strangers"), withheld: t("withheld"), concierge: t("concierge"), wrong_pins_max: t("wrongPinsMax"),
      wrong_pins_within_hours: t("withinHours"), pin_block_hours: t("blockHours"),
    }}>
      <${Choices} of=${draft} name="strangers" legend=${t("strangers")} options=${options("said")} />
      <${Choices} of=${draft} name="withheld" legend=${t("withheld")} options=${options("")} />
      <${Field} of=${draft} name="concierge" label=${t("concierge")} hint=${t("conciergeHint")} optional type="tel" autocomplete="off" />
      <fieldset>
        <legend>${t("wrongPins")}</legend>
        <div class="dir-pair">
          <${Field} of=${draft} name="wrong_pins_max" type="number" min="1" max="100" label=${t("wrongPinsMax")} hint=${t("wrongPinsMaxHint")} />
          <${Field} of=${draft} name="wrong_pins_within_hours" type="number" min="1" max="168" label=${t("withinHours")} hint=${t("withinHoursHint")} />
          <${Field} of=${draft} name="pin_block_hours" type="number" min="1" max="8760" label=${t("blockHours")} hint=${t("blockHoursHint")} />
        </div>
      </fieldset>
    <//>
  </section>`;
}

/** @param {Editable} properties */
function Music({ building, etag, onSaved }) {
  const draft = useEdit({
    path: `/v1/buildings/${building.id}`,
    thing: building,
    etag,
    onSaved,
    values: ({ wait_music }) => ({ kind: wait_music?.kind ?? "ours", url: wait_music?.url ?? "" }),
    body: ({ kind, url }) => ({ wait_music: { kind, url: kind === "url" ? orNull(url.trim()) : null } }),
  });
  const wrong = { ...draft.wrong, url: draft.wrong["wait_music.url"] ?? "" };
  const shown = { ...draft, wrong };
  return html`<section class="card" aria-labelledby="music">
    <h2 id="music">${t("music")}</h2>
    <${EditForm} of=${shown} labels=${{ kind: t("music"), url: t("url") }}>
      <${Choices} of=${shown} name="kind" legend=${t("musicWhich")} options=${[
        { value: "ours", text: t("ours") },
        { value: "url", text: t("url"), hint: t("urlHint") },
        { value: "silence", text: t("silence"), hint: t("silenceHint") },
      ]} />
      ${draft.values.kind === "url" && html`<${Field} of=${shown} name="url" type="url" label=${t("address")} placeholder="https://sounds.example.com/lobby.mp3" maxlength="2000" />`}
    <//>
  </section>`;
}

/** @param {Editable} properties */
function Ringing({ building, etag, onSaved }) {
  const draft = useEdit({ path: `/v1/buildings/${building.id}`, thing: building, etag, onSaved, values: ringingValues, body: ringingBody });
  return html`<section class="card" aria-labelledby="ringing">
    <h2 id="ringing">${t("rings")}</h2>
    <${EditForm} of=${draft} labels=${{ how: t("rings") }}><${FlowChoice} of=${draft} isBuilding /><//>
  </section>`;
}

/** @param {{ building: Building }} properties */
function End({ building }) {
  const [is_asking, setAsking] = useState(false);
  const end = async () => {
    await remove(`/v1/buildings/${building.id}`);
    toast(t("removed", { name: building.name }));
    navigate("/buildings", { replace: true });
  };
  return html`<section class="card dir-careful" aria-labelledby="end">
    <h2 id="end">${t("remove")}</h2>
    <p>${t("removeHint")}</p>
    <button class="button danger" onClick=${() => setAsking(true)}>${t("remove")}</button>
    ${is_asking && html`<${Confirm} title=${t("removeAsk", { name: building.name })} yes=${t("remove")} onYes=${end} onClose=${() => setAsking(false)}>
      <p>${t("removeHint")}</p>
    <//>`}
  </section>`;
}
