// Forms: fields with their labels and what the API finds wrong with them, and a button that shows that it works.

import { html, useCallback, useId, useRef, useState } from "../app/html.js";
import { texts } from "../app/texts.js";
import { explained, ProblemNote } from "./problem.js";

const t = texts({
  en: { optional: "optional", cancel: "Cancel" },
  de: { optional: "optional", cancel: "Abbrechen" },
  fr: { optional: "facultatif", cancel: "Annuler" },
});

/**
 * @typedef {object} Draft
 * @property {Record<string, any>} values
 * @property {(name: string, value: any) => void} set
 * @property {(changes: Record<string, any>) => void} change several at once
 * @property {Record<string, string>} wrong what is wrong with which field
 * @property {unknown} problem
 * @property {boolean} busy
 * @property {(event?: Event) => Promise<void>} submit
 */

/**
 * What is being filled in, and how it is sent: `send` fails with a `Problem`, whose fields are shown where they belong.
 *
 * @param {Record<string, any>} initial @param {(values: Record<string, any>) => Promise<unknown>} send @returns {Draft}
 */
export function useForm(initial, send) {
  const [values, setValues] = useState(initial);
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  const latest = useRef({ values, send });
  latest.current = { values, send };
  const change = useCallback((/** @type {Record<string, any>} */ changes) => setValues((last) => ({ ...last, ...changes })), []);
  const set = useCallback((/** @type {string} */ name, /** @type {any} */ value) => change({ [name]: value }), []);
  const submit = useCallback(async (/** @type {Event | undefined} */ event) => {
    event?.preventDefault();
    const form = event?.target instanceof HTMLFormElement ? event.target : null;
    setBusy(true);
    setProblem(null);
    try {
      await latest.current.send(latest.current.values);
    } catch (error) {
      setProblem(error);
      // To the first field that is wrong, once it is marked.
      setTimeout(() => /** @type {HTMLElement | null} */ (form?.querySelector('[aria-invalid="true"]'))?.focus());
    } finally {
      setBusy(false);
    }
  }, []);
  return { values, set, change, wrong: problem ? explained(problem).fields : {}, problem, busy, submit };
}

/**
 * A form: its fields, what went wrong as a whole, and its button.
 *
 * @param {{ of: Draft, submit: string, children: any, onCancel?: () => void, danger?: boolean, inline?: boolean }} properties
 */
export function Form({ of, submit, children, onCancel, danger = false, inline = false }) {
  return html`<form class=${inline ? "inline" : undefined} novalidate onSubmit=${of.submit}>
    ${children}
    ${of.problem && html`<${ProblemNote} of=${of.problem} brief=${Object.keys(of.wrong).length > 0} />`}
    <div class="row end">
      ${onCancel && html`<button type="button" class="button" onClick=${onCancel}>${t("cancel")}</button>`}
      <button class=${danger ? "button danger" : "button primary"} disabled=${of.busy}>${submit}</button>
    </div>
  </form>`;
}

/**
 * A field with its label, a hint, and what is wrong with it. Further properties go to the control.
 *
 * @param {{ of: Draft, name: string, label: string, hint?: any, optional?: boolean, type?: string, options?: [string, string][], rows?: number, [further: string]: any }} properties
 *   `type`: as of an input, or `select` (with `options`, value and text), `area`, `check`, `lines` (one entry a line, an array)
 */
export function Field({ of, name, label, hint, optional = false, type = "text", options = [], rows = 3, ...further }) {
  const id = useId();
  const wrong = of.wrong[name];
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
  const value = of.values[name];
  const shared = { id, name, "aria-describedby": described, "aria-invalid": wrong ? "true" : undefined, ...further };
  const take = (/** @type {any} */ event) => of.set(name, event.currentTarget.value);
  const control = {
    select: () => html`<select ...${shared} value=${value ?? ""} onChange=${take}>
      ${options.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
    </select>`,
    area: () => html`<textarea ...${shared} rows=${rows} value=${value ?? ""} onInput=${take}></textarea>`,
    lines: () => html`<textarea ...${shared} rows=${rows} value=${(value ?? []).join("\n")}
      onInput=${(/** @type {any} */ event) => of.set(name, event.currentTarget.value.split("\n"))}></textarea>`,
    check: () => html`<input ...${shared} type="checkbox" checked=${value === true}
      onChange=${(/** @type {any} */ event) => of.set(name, event.currentTarget.checked)} />`,
  }[type];
  const said = html`<label for=${id}>${label} ${optional && html`<span class="optional">${t("optional")}</span>`}</label>`;
  return html`<div class=${`field ${type}`}>
    ${type !== "check" && said}
    ${control ? control() : html`<input ...${shared} type=${type} value=${value ?? ""} onInput=${take} />`}
    ${type === "check" && said}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${wrong && html`<p class="wrong" id=${`${id}-wrong`}>${wrong}</p>`}
  </div>`;
}

/** Text that was typed as an absent value where there is none. @param {any} value */
export const orNull = (value) => (value === "" || value === undefined ? null : value);
/** A number that was typed; absent if none was. @param {any} value */
export const numberOrNull = (value) => (value === "" || value === undefined || value === null ? null : Number(value));
/** The entries of a `lines` field, without the empty ones. @param {string[] | undefined} lines */
export const entries = (lines) => (lines ?? []).map((line) => line.trim()).filter(Boolean);
