// The profile of a door's panel: which tones open it, which keys mean what, how long one talks. What is left empty is as usual.

import { html } from "../../app/html.js";
import { Field, numberOrNull, orNull } from "../../parts/form.js";
import { et as t } from "./entrance-texts.js";

/** @typedef {{ name: "open_digits" | "repeats" | "wait_ms" | "accept_key" | "open_key" | "deny_key" | "extend_key" | "talk_max_seconds" | "talk_warning_seconds", usual: string, number?: [number, number] }} PanelField */

/** With what the server takes where nothing is said. @type {PanelField[]} */
export const PANEL = [
  { name: "open_digits", usual: "9" },
  { name: "repeats", usual: "1", number: [1, 5] },
  { name: "wait_ms", usual: "0", number: [0, 10_000] },
  { name: "accept_key", usual: "1" },
  { name: "open_key", usual: "9" },
  { name: "deny_key", usual: "0" },
  { name: "extend_key", usual: "5" },
  { name: "talk_max_seconds", usual: "120", number: [10, 3600] },
  { name: "talk_warning_seconds", usual: "15", number: [0, 3599] },
];
const KEYS = PANEL.filter(({ name }) => name.endsWith("_key"));

/** @param {any} panel a `PanelDocument` */
export const panelValues = (panel) => Object.fromEntries(PANEL.map(({ name }) => [name, String(panel?.[name] ?? "")]));

/** A merge patch: what is empty is taken away. @param {Record<string, any>} values */
export const panelBody = (values) =>
  Object.fromEntries(PANEL.map(({ name, number }) => [name, number ? numberOrNull(values[name]) : orNull(String(values[name] ?? "").trim())]));

/** What can be seen to be wrong before it is sent: the API says it of the whole panel. @param {Record<string, any>} values @returns {Record<string, string>} */
export function panelWrong(values) {
  /** @type {Record<string, string>} */
  const wrong = {};
  const says = (/** @type {PanelField} */ { name, usual }) => String(values[name] ?? "").trim() || usual;
  for (const field of PANEL) {
    const said = says(field);
    if (field.number) {
      const [least, most] = field.number;
      if (!/^\d+$/.test(said) || Number(said) < least || Number(said) > most) wrong[field.name] = t("wrongRange", { least, most });
    }
  }
  if (!/^[0-9*#]{1,16}$/.test(says(/** @type {PanelField} */ (PANEL[0])))) wrong.open_digits = t("wrongDigits");
  const used = KEYS.map(says);
  KEYS.forEach((key, n) => {
    const said = used[n] ?? "";
    if (!/^[0-9*#]$/.test(said)) wrong[key.name] = t("wrongKey");
    else if (used.indexOf(said) !== n || used.lastIndexOf(said) !== n) wrong[key.name] = t("wrongTwice", { key: said });
  });
  const [talk, warning] = [PANEL[7], PANEL[8]].map((field) => Number(says(/** @type {PanelField} */ (field))));
  if (!wrong.talk_max_seconds && !wrong.talk_warning_seconds && (warning ?? 0) >= (talk ?? 0)) wrong.talk_warning_seconds = t("wrongWarning");
  return wrong;
}

/** For those who only read. @param {any} panel @returns {[string, any][]} */
export const panelFacts = (panel) => PANEL.map(({ name, usual }) => [t(name), panel?.[name] ?? t("usual", { usual })]);

/** @param {{ of: import("../../parts/form.js").Draft }} properties */
export function PanelFields({ of }) {
  /** @param {PanelField["name"][]} names */
  const fields = (...names) =>
    PANEL.filter(({ name }) => names.includes(name)).map(({ name, usual, number }) => html`<${Field} key=${name} of=${of} name=${name} label=${t(name)} hint=${t(`${name}_hint`)} placeholder=${usual}
      type=${number ? "number" : "text"} min=${number?.[0]} max=${number?.[1]} maxlength=${number ? undefined : name === "open_digits" ? 16 : 1} autocomplete="off" />`);
  return html`
    <p class="soft small">${t("panelHint")}</p>
    <fieldset><legend>${t("opening")}</legend><div class="dir-pair">${fields("open_digits", "repeats", "wait_ms")}</div></fieldset>
    <fieldset><legend>${t("keys")}</legend><p class="soft small">${t("keysHint")}</p><div class="dir-pair">${fields("accept_key", "open_key", "deny_key", "extend_key")}</div></fieldset>
    <fieldset><legend>${t("talk")}</legend><div class="dir-pair">${fields("talk_max_seconds", "talk_warning_seconds")}</div></fieldset>
    ${of.wrong.panel && html`<p class="wrong" role="alert">${of.wrong.panel}</p>`}`;
}
