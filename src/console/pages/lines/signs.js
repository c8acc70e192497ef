// Signs of life of a connection and of a line, as a badge: whether news comes, and whether it is believed.

import { get } from "../../app/api.js";
import { useData } from "../../app/data.js";
import { dateAndTime, since } from "../../app/format.js";
import { html, useEffect, useState } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Badge } from "../../parts/badge.js";

/** @typedef {import("../../app/types").Schema<"ConnectionVitals">} Vitals */
/** @typedef {import("../../app/types").Schema<"LineHealth">} LineHealth */

const t = texts({
  en: { never: "No news yet", refused: "Last news refused", failing: "Carrier refuses", alive: "Last news {since}", nowhere: "Leads nowhere", unknown: "Not known" },
  de: { never: "Noch keine Meldung", refused: "Letzte Meldung abgewiesen", failing: "Anbieter lehnt ab", alive: "Letzte Meldung {since}", nowhere: "Führt nirgendwohin", unknown: "Unbekannt" },
  fr: { never: "Pas encore de message", refused: "Dernier message refusé", failing: "L’opérateur refuse", alive: "Dernier message {since}", nowhere: "Ne mène nulle part", unknown: "Inconnu" },
});

/** @typedef {{ kind: "good" | "bad" | "busy" | "plain", text: string, title?: string }} Sign */

/** What came last decides. @param {Pick<Vitals, "last_webhook_at" | "last_failure_at" | "last_refusal_at">} vitals @returns {Sign} */
export function signOf({ last_webhook_at, last_failure_at, last_refusal_at }) {
  const [came, failed, refused] = [last_webhook_at, last_failure_at, last_refusal_at].map((at) => (at ? Date.parse(at) : 0));
  if (Number(refused) > Number(came)) return { kind: "bad", text: t("refused"), title: dateAndTime(last_refusal_at) };
  if (Number(failed) > Number(came)) return { kind: "bad", text: t("failing"), title: dateAndTime(last_failure_at) };
  if (!came) return { kind: "busy", text: t("never") };
  return { kind: "good", text: t("alive", { since: since(came) }), title: dateAndTime(came) };
}

/** @param {LineHealth} health @returns {Sign} */
export function signOfLine({ line, connection, checklist }) {
  if (checklist.some(({ step, result }) => step === "line" && result === "wrong")) return { kind: "bad", text: t("nowhere") };
  return signOf({ last_refusal_at: connection.last_refusal_at, last_webhook_at: line.last_webhook_at, last_failure_at: line.last_failure_at });
}

/** @param {{ of: Sign }} properties */
const Shown = ({ of }) => html`<span title=${of.title}><${Badge} kind=${of.kind}>${of.text}<//></span>`;

/** @param {{ id: string }} properties of a connection */
export function ConnectionSign({ id }) {
  const health = useData(`/v1/connections/${id}/health`);
  if (health.data) return html`<${Shown} of=${signOf(health.data)} />`;
  return health.problem ? html`<${Badge}>${t("unknown")}<//>` : html`<span class="soft">…</span>`;
}

/** A line's health is asked of its carrier as well, so a list asks of a few at a time. */
const AT_ONCE = 3;
/** @type {(() => Promise<void>)[]} */
const waiting = [];
let running = 0;

function next() {
  const work = running < AT_ONCE ? waiting.shift() : undefined;
  if (!work) return;
  running += 1;
  void work().finally(() => {
    running -= 1;
    next();
  });
}

/** @param {{ id: string }} properties of a line */
export function LineSign({ id }) {
  const [sign, setSign] = useState(/** @type {Sign | null} */ (null));
  useEffect(() => {
    const asked = new AbortController();
    waiting.push(async () => {
      if (asked.signal.aborted) return;
      try {
        setSign(signOfLine(await get(`/v1/lines/${id}/health`, {}, asked.signal)));
      } catch {
        if (!asked.signal.aborted) setSign({ kind: "plain", text: t("unknown") });
      }
    });
    next();
    return () => asked.abort();
  }, [id]);
  return sign ? html`<${Shown} of=${sign} />` : html`<span class="soft">…</span>`;
}
