// How residents are rung: as what is around says, by a flow that is shared, or by one of its own. For a unit and for a building.

import { useData } from "../../app/data.js";
import { html } from "../../app/html.js";
import { texts } from "../../app/texts.js";
import { Facts } from "../../parts/facts.js";
import { Field } from "../../parts/form.js";
import { FlowEditor, usualFlow } from "../flows/editor.js";
import { Choices } from "./choices.js";

/** @typedef {{ flow?: any, flow_id?: string | null }} Ringing */

const t = texts({
  en: {
    legend: "How its residents are rung", legendBuilding: "How units ring that have no flow of their own", inherit: "As the entrance or the building says", usual: "All residents together",
    usualHint: "Everybody’s phone rings at once for 25 seconds; whoever presses a key first talks.", shared: "By a shared flow", sharedHint: "One flow for many: a change of it holds everywhere.",
    none: "There is no shared flow yet.", make: "Make one", own: "By a flow of its own", which: "Shared flow", choose: "Choose a flow …", gone: "A flow that is gone", flows: "Look at it",
  },
  de: {
    legend: "Wie es bei den Bewohnern klingelt", legendBuilding: "Wie es bei Wohneinheiten ohne eigenen Ablauf klingelt", inherit: "Wie Eingang oder Gebäude es vorgeben", usual: "Bei allen gleichzeitig",
    usualHint: "Alle Telefone klingeln 25 Sekunden lang zugleich; wer zuerst eine Taste drückt, spricht.", shared: "Nach einem gemeinsamen Ablauf", sharedHint: "Ein Ablauf für viele: Eine Änderung daran gilt überall.",
    none: "Es gibt noch keinen gemeinsamen Ablauf.", make: "Einen anlegen", own: "Nach einem eigenen Ablauf", which: "Gemeinsamer Ablauf", choose: "Ablauf wählen …", gone: "Ein Ablauf, den es nicht mehr gibt", flows: "Ansehen",
  },
  fr: {
    legend: "Comment les résidents sont appelés", legendBuilding: "Comment sonnent les logements sans scénario propre", inherit: "Comme le veut l’entrée ou l’immeuble", usual: "Tous les résidents ensemble",
    usualHint: "Tous les téléphones sonnent en même temps pendant 25 secondes ; le premier qui appuie sur une touche parle.", shared: "Selon un scénario partagé", sharedHint: "Un scénario pour plusieurs : une modification vaut partout.",
    none: "Il n’y a pas encore de scénario partagé.", make: "En créer un", own: "Selon son propre scénario", which: "Scénario partagé", choose: "Choisissez un scénario…", gone: "Un scénario disparu", flows: "Le consulter",
  },
});

/** What the form holds. @param {Ringing} thing */
export const ringingValues = (thing) => ({
  how: thing.flow ? "own" : thing.flow_id ? "shared" : "inherit",
  flow: thing.flow ?? null,
  flow_id: thing.flow_id ?? "",
});

/** What the API is told: a merge patch, so what a flow no longer says must be named. @param {Record<string, any>} values */
export function ringingBody({ how, flow, flow_id }) {
  if (how === "own") return { flow: said(flow ?? usualFlow()), flow_id: null };
  return { flow: null, flow_id: how === "shared" ? flow_id || null : null };
}

/** @param {any} flow */
function said(flow) {
  const end = flow.on_none ?? null;
  return { ...flow, on_none: end && typeof end === "object" && "say" in end ? { say: { text: end.say?.text || null } } : end };
}

/** @param {{ of: import("../../parts/form.js").Draft, residents?: { id: string, name: string }[] | null, isBuilding?: boolean, hint?: any }} properties `hint`: what holds where it has none of its own */
export function FlowChoice({ of, residents = null, isBuilding = false, hint }) {
  const flows = useFlows();
  const is_there = flows?.some(({ id }) => id === of.values.flow_id);
  /** @type {[string, string][]} */
  const options = [["", t("choose")], ...(flows ?? []).map((flow) => /** @type {[string, string]} */ ([flow.id, flow.name]))];
  if (of.values.flow_id && flows && !is_there) options.push([of.values.flow_id, t("gone")]);
  const has_none = flows?.length === 0;
  return html`
    <${Choices} of=${of} name="how" legend=${isBuilding ? t("legendBuilding") : t("legend")} options=${[
      { value: "inherit", text: isBuilding ? t("usual") : t("inherit"), hint: hint ?? t("usualHint") },
      { value: "shared", text: t("shared"), hint: has_none ? html`${t("none")} <a href="/flows">${t("make")}</a>` : t("sharedHint"), disabled: has_none && of.values.how !== "shared" },
      { value: "own", text: t("own") },
    ]} />
    ${of.values.how === "shared" && html`<${Field} of=${of} name="flow_id" type="select" label=${t("which")} options=${options}
      hint=${is_there && html`<a href=${`/flows/${of.values.flow_id}`}>${t("flows")}</a>`} />`}
    ${of.values.how === "own" && html`<${FlowEditor} value=${of.values.flow ?? usualFlow()} onChange=${(/** @type {any} */ flow) => of.set("flow", flow)} residents=${residents} wrong=${of.wrong} />`}`;
}

/** The same for reading. @param {{ of: Ringing, residents?: { id: string, name: string }[] | null, isBuilding?: boolean, hint?: any }} properties */
export function FlowShown({ of, residents = null, isBuilding = false, hint }) {
  const flows = useFlows();
  if (of.flow) return html`<${FlowEditor} value=${of.flow} residents=${residents} readOnly />`;
  const name = flows?.find(({ id }) => id === of.flow_id)?.name ?? t("gone");
  return html`<${Facts} of=${[
    [isBuilding ? t("legendBuilding") : t("legend"), of.flow_id ? html`<a href=${`/flows/${of.flow_id}`}>${name}</a>` : html`${isBuilding ? t("usual") : t("inherit")}. ${hint ?? t("usualHint")}`],
  ]} />`;
}

/** The shared flows. @returns {{ id: string, name: string }[] | null} */
export function useFlows() {
  return useData("/v1/flows?limit=200").data?.items ?? null;
}
