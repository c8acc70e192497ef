// What a manager does to a running call: asked for, shown as pending until the stream tells it, and why not if it fails.

import { post } from "../../app/api.js";
import { html, useEffect, useRef, useState } from "../../app/html.js";
import { Confirm, Dialog } from "../../parts/dialog.js";
import { Field, Form, useForm } from "../../parts/form.js";
import { toast } from "../../parts/toast.js";
import { person } from "./sentences.js";
import { t } from "./texts.js";

/** @typedef {import("./store.js").Shown} Shown */
/** @typedef {import("./store.js").Participant} Participant */
/** @typedef {"open" | "hang-up" | "say" | "mute" | "unmute" | "hold" | "resume" | "remove" | "announce"} Act */
/** @typedef {{ kind: "hang-up" | "remove" | "say", shown: Shown, title: string, leg?: Participant }} Question */

const SENTENCE_MAX = 500;
/** A decision that the stream does not tell of within that is no longer waited for. */
const PATIENCE_MS = 10_000;

/** Someone is on the leg: a visitor from the first ring, whoever is rung once they picked up. @param {Participant} leg */
export const isConnected = (leg) => ["answered", "talking"].includes(leg.state);

/** Whether the call is over without them. @param {Shown} shown @param {Participant} leg */
export const carriesCall = ({ call }, leg) => leg.role === "visitor" || call.kind === "announcement" || call.kind === "connection";

/** @param {string} call @param {Act} act @param {string} [leg] */
const pathOf = (call, act, leg) => (leg ? `/v1/calls/${call}/legs/${leg}/${act}` : `/v1/calls/${call}/${act}`);

/**
 * Acts on one call.
 *
 * @param {Shown} shown
 * @returns {{ act: (act: Act, leg?: string) => Promise<void>, isAsked: (act: Act, leg?: string) => boolean, problem: unknown, forgive: () => void }}
 */
export function useActs(shown) {
  const [asked, setAsked] = useState(/** @type {Record<string, { event: string, after: number } | null>} */ ({}));
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const latest = useRef(shown);
  latest.current = shown;
  const is_gone = useRef(false);
  useEffect(() => () => {
    is_gone.current = true;
  }, []);

  /** @param {string} path */
  const settle = (path) => {
    if (!is_gone.current) setAsked(({ [path]: _, ...others }) => others);
  };
  /** @param {Act} act @param {string} [leg] */
  const act = async (act, leg) => {
    const path = pathOf(shown.call.id, act, leg);
    const before = { ...latest.current.heard };
    setProblem(null);
    setAsked((last) => ({ ...last, [path]: null }));
    try {
      /** @type {import("../../app/types").Schema<"DecidedView">} */
      const { decided } = await post(path);
      const event = decided.at(-1)?.event;
      if (event === undefined) return settle(path);
      if (!is_gone.current) setAsked((last) => ({ ...last, [path]: { event, after: before[event] ?? 0 } }));
      setTimeout(() => settle(path), PATIENCE_MS);
    } catch (error) {
      settle(path);
      if (!is_gone.current) setProblem(error);
    }
  };
  /** @param {Act} act @param {string} [leg] */
  const isAsked = (act, leg) => {
    const waiting = asked[pathOf(shown.call.id, act, leg)];
    return waiting === null || (waiting !== undefined && (shown.heard[waiting.event] ?? 0) <= waiting.after);
  };
  return { act, isAsked, problem, forgive: () => setProblem(null) };
}

/** What is asked before an act, in front of the page. @param {{ of: Question, onClose: () => void }} properties */
export function Asked({ of, onClose }) {
  const { kind, shown, title, leg } = of;
  if (kind === "say") return html`<${Say} shown=${shown} title=${title} onClose=${onClose} />`;
  if (kind === "hang-up") {
    return html`<${Confirm} title=${t("hangUpTitle")} yes=${t("hangUp")} onYes=${() => post(pathOf(shown.call.id, "hang-up"))} onClose=${onClose}>
      <p>${t("hangUpText", { call: title })}</p>
    <//>`;
  }
  return html`<${Confirm} title=${t("removeTitle", { whom: capitalised(person(leg?.role, leg?.name).whom) })} yes=${t("removeYes")}
    onYes=${() => post(pathOf(shown.call.id, "remove", leg?.leg_id))} onClose=${onClose}>
    <p>${t("removeText")}</p>
  <//>`;
}

/** Only where the sentence begins with it. @param {string} text */
const capitalised = (text) => (t("removeTitle", { whom: "" }).startsWith(" ") ? text.charAt(0).toUpperCase() + text.slice(1) : text);

/** @param {{ shown: Shown, title: string, onClose: () => void }} properties */
function Say({ shown, title, onClose }) {
  const { call } = shown;
  const form = useForm({ to: "", text: "" }, async ({ to, text }) => {
    await post(to ? pathOf(call.id, "announce", to) : pathOf(call.id, "say"), { text });
    toast(t("said"));
    onClose();
  });
  /** @type {[string, string][]} */
  const people = call.participants.filter(isConnected).map((leg) => [leg.leg_id, person(leg.role, leg.name).who]);
  return html`<${Dialog} title=${t("sayTitle")} onClose=${onClose}>
    <p class="soft">${title}</p>
    <${Form} of=${form} submit=${t("sayIt")} onCancel=${onClose}>
      ${people.length > 1 && html`<${Field} of=${form} name="to" type="select" label=${t("sayTo")} options=${[["", t("everyone")], ...people]} />`}
      <${Field} of=${form} name="text" type="area" label=${t("sentence")} maxlength=${SENTENCE_MAX} autofocus
        hint=${t("sentenceHint", { n: SENTENCE_MAX - form.values.text.length })} />
    <//>
  <//>`;
}
